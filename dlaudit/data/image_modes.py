"""Modes: 16 bits, printing colours, transparency and palettes become 8-bit RGB or grey, as `[input.image]` says."""

from typing import TYPE_CHECKING

import numpy as np

from dlaudit.data.image_faults import ImageFault
from dlaudit.spec import ImageInput

if TYPE_CHECKING:
    from PIL.Image import Image

DEEP = "16 bits scaled to 8"
PRINT = "printing colours converted"
LAID = "transparent parts laid over {}"
DROPPED = "transparency dropped"
PALETTE = "palette replaced by its colours"
GREY_TO_COLOUR = "grey turned into three equal channels"
COLOUR_TO_GREY = "colour turned into grey"
_GREY = {"L", "1", "LA", "I;16", "I;16B", "I;16L", "I;16N"}
_KNOWN = {"RGB", "RGBA", "L", "LA", "P", "PA", "1", "CMYK", "YCbCr", "RGBX"}


def in_mode(image: "Image", asked: ImageInput, notes: list[str]) -> "Image":
    """The loaded image in 8-bit `asked.mode`; what was decided on the way is added to `notes`.

    Raises:
        ImageFault: A decision is needed that the configuration does not take (DLA345).
    """
    grey = image.mode in _GREY
    image = _eight_bits(image, asked, notes)
    if image.mode not in _KNOWN:
        raise _undecided(f"the image's mode is {image.mode}", "RGB, grey or palette of 8 bits", "Convert it.")
    image = _for_screens(image, asked, notes)
    image = _opaque(image, asked, notes)
    if image.mode in {"P", "PA"}:
        notes.append(PALETTE)
        image = image.convert("RGB")
    if grey and asked.mode == "RGB":
        notes.append(GREY_TO_COLOUR)
    if not grey and asked.mode == "L":
        notes.append(COLOUR_TO_GREY)
    return image if image.mode == asked.mode else image.convert(asked.mode)


def is_deep(image: "Image") -> bool:
    """Whether the file has 16 bits a channel, also where Pillow would silently drop half of them; ask before `load`."""
    raw = [part.args if isinstance(part.args, str) else (part.args or ("",))[0] for part in getattr(image, "tile", [])]
    return image.mode.startswith("I;16") or any(";16" in str(one) for one in raw)


def check_depth(image: "Image", asked: ImageInput, notes: list[str]) -> None:
    """Nothing, where the opened image has 8 bits a channel, or `deep` says what to do.

    Raises:
        ImageFault: It has 16, and nothing is said (DLA345); or 32 bits, of unknown range (DLA345).
    """
    if image.mode in {"I", "F"}:
        what = "the image has 32 bits a channel, whose range is not known"
        raise _undecided(what, "8 bits", "Convert it, or load it in the code file's preprocess.")
    if not is_deep(image):
        return
    if asked.deep == "error":
        raise _undecided("the image has 16 bits a channel", "8 bits", 'Set deep = "scale" in [input.image].')
    notes.append(DEEP)


def _eight_bits(image: "Image", asked: ImageInput, notes: list[str]) -> "Image":
    """A grey image of 16 bits with its range scaled to 8; Pillow has done so for colours (it keeps the upper byte)."""
    from PIL import Image

    if not image.mode.startswith("I;16"):
        return image
    if "transparency" in image.info:
        raise _undecided("the image is grey of 16 bits with a transparent value", "an opaque image", "Convert it.")
    return Image.fromarray(scaled_down(np.asarray(image)))


def scaled_down(
    deep: "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Values of 16 bits as the nearest of 8: 65535 becomes 255."""
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _for_screens(image: "Image", asked: ImageInput, notes: list[str]) -> "Image":
    if image.mode != "CMYK":
        return image
    if asked.cmyk == "error":
        raise _undecided("the image is in printing colours (CMYK)", "RGB or grey", 'Set cmyk = "convert".')
    notes.append(PRINT)
    return image.convert("RGB")


def _opaque(image: "Image", asked: ImageInput, notes: list[str]) -> "Image":
    """The image without transparency; one that is opaque everywhere needs no decision."""
    from PIL import Image

    if image.mode not in {"RGBA", "LA", "PA"} and "transparency" not in image.info:
        return image
    see_through = image.convert("RGBA")
    if see_through.getchannel("A").getextrema()[0] == 255:
        return see_through.convert("RGB") if image.mode not in {"LA", "L"} else image.convert("L")
    if asked.alpha == "error":
        raise _undecided(
            "the image is transparent in places", "an opaque image", 'Set alpha = "white", "black" or "drop".'
        )
    if asked.alpha == "drop":
        notes.append(DROPPED)
        return see_through.convert("RGB")
    notes.append(LAID.format(asked.alpha))
    under = Image.new("RGBA", image.size, asked.alpha)
    under.alpha_composite(see_through)
    return under.convert("RGB")


def _undecided(what: str, expected: str, fix: str) -> ImageFault:
    return ImageFault("DLA345", what, expected=expected, fix=fix)
