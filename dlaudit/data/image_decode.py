"""One image decoded: kind and number of pixels are checked before any pixel is, and every decision is noted."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from dlaudit.data.image_faults import ImageFault
from dlaudit.data.image_formats import kind_of_image
from dlaudit.data.image_modes import check_depth, in_mode
from dlaudit.data.image_scans import MOST, scans
from dlaudit.data.image_sizes import sized
from dlaudit.errors import UsageError, shown
from dlaudit.spec import ImageInput

if TYPE_CHECKING:
    from PIL.Image import Image

BYTES_A_PIXEL = 8
"""Of the largest pixels that are stored as they are: four channels of 16 bits."""
HEADERS = 1 << 24
"""Bytes that headers, profiles and comments may add."""
TURNED = "turned as its camera noted"
NOT_TURNED = "left as it lies although its camera noted a turn"
FIRST = "first of several pictures taken"
_ORIENTATION = 0x0112
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A decoded image."""

    pixels: UInt8[np.ndarray, "h w c"]
    """Rows from the top, columns from the left, channels last."""
    notes: tuple[str, ...] = ()
    """What was decided on the way."""


def most_bytes(asked: ImageInput) -> int:
    """Bytes of a file from which it cannot be an image of so many pixels as are allowed."""
    return BYTES_A_PIXEL * asked.max_pixels + HEADERS


def decode(data: bytes, asked: ImageInput) -> Picture:
    """The picture that the bytes of a file hold. Call it inside `pillow`.

    Raises:
        ImageFault: It is of a kind that is not allowed, too large, broken, or needs a decision.
    """
    if len(data) > most_bytes(asked):
        raise _too_large(f"the file has more than {most_bytes(asked):,} bytes", asked)
    kind = kind_of_image(data, list(asked.formats))
    if kind == "jpeg" and scans(data) > MOST:
        fix = "Save it again as a plain JPEG."
        raise ImageFault("DLA343", f"the JPEG has more than {MOST} scans", expected=f"at most {MOST}", fix=fix)
    notes: list[str] = []
    try:
        with _opened(data, kind, asked) as image:
            return picture_of(_loaded(image, asked, notes), asked, notes)
    except ImageFault:
        raise
    except Exception as error:  # whatever a decoder makes of hostile bytes
        what = f"the image cannot be decoded ({_said(error)})"
        raise ImageFault("DLA342", what, expected=f"a whole {kind.upper()} file", fix="Fetch it again.") from error


def picture_of(image: "Image", asked: ImageInput, notes: list[str]) -> Picture:
    """A loaded image in the mode and size that are asked for.

    Raises:
        ImageFault: A decision is needed (DLA345), or it is smaller than the crop (DLA346).
    """
    made = np.asarray(sized(in_mode(image, asked, notes), asked, notes))
    return Picture(pixels=made[:, :, None] if made.ndim == 2 else made, notes=tuple(notes))


@contextmanager
def pillow(asked: ImageInput) -> Iterator[None]:
    """Pillow as it is used here: no truncated images, its own pixel limit no lower than ours, its warnings unsaid.

    Raises:
        UsageError: It is not installed (DLA706).
    """
    try:
        from PIL import Image, ImageFile
    except ImportError as absent:
        raise UsageError(
            "DLA706", "images need Pillow, which is not installed", fix="pip install 'dlaudit[image]'"
        ) from absent
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = asked.max_pixels, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def _opened(data: bytes, kind: str, asked: ImageInput) -> "Image":
    """The image with its header read and no pixel decoded."""
    from PIL import Image

    try:
        image = Image.open(BytesIO(data), formats=[kind.upper()])
    except Image.DecompressionBombError as bomb:
        raise _too_large("the header says that it has more than twice the pixels that are allowed", asked) from bomb
    pixels = image.width * image.height
    if pixels > asked.max_pixels:
        raise _too_large(f"the image has {image.width:,} x {image.height:,} = {pixels:,} pixels", asked)
    return image


def _loaded(image: "Image", asked: ImageInput, notes: list[str]) -> "Image":
    """Its pixels, of the first picture, turned as the configuration says."""
    from PIL import Image

    # a JPEG with previews or a depth map says that it holds several pictures; the first is the photograph
    if getattr(image, "is_animated", False) and image.format != "MPO":
        if asked.animated == "error":
            what = f"the file holds {getattr(image, 'n_frames', 'several')} pictures"
            raise ImageFault("DLA345", what, expected="one picture", fix='Set animated = "first" in [input.image].')
        image.seek(0)
        notes.append(FIRST)
    check_depth(image, asked, notes)
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    image.load()
    if turn is None:
        return image
    if image.format == "TIFF" and asked.exif == "ignore":
        what = "the TIFF notes a turn, which Pillow always carries out"
        raise ImageFault("DLA345", what, expected='exif = "apply"', fix="Apply turns, or convert the file.")
    notes.append(TURNED if asked.exif == "apply" else NOT_TURNED)
    if image.format == "TIFF" or asked.exif == "ignore":
        return image
    return image.transpose(Image.Transpose[turn])


def _said(error: Exception) -> str:
    """What a decoder said, without an address in memory, which differs from run to run."""
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "its header cannot be read"
    return shown(str(error) or type(error).__name__, limit=100, quote=False)


def _too_large(what: str, asked: ImageInput) -> ImageFault:
    return ImageFault(
        "DLA343",
        what,
        expected=f"at most {asked.max_pixels:,} pixels",
        fix="Check the file; if it is as meant, raise the limit: max_pixels in [input.image].",
    )
