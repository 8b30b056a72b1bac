"""Small pictures of single rows as PNG files of few colours; coarse squares where rows are masked."""

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, UInt8

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS, MASKED_PIXELS = 128, 8
"""Pixels of the longer side of a picture; where masked, squares of the mean colour."""
COLOURS = 64
SOUND_SHAPE, MASKED_SOUND_SHAPE = (40, 120), (10, 24)
"""Bands and spans of time of the picture of a sound."""
LOUDNESS = 60.0
"""Decibels below the loudest from which on a sound is dark."""
_ANCHORS = np.array(
    [(0, 32, 76), (52, 69, 108), (102, 105, 112), (148, 142, 119), (200, 184, 102), (253, 231, 55)], dtype=np.float64
)
"""Colours after cividis (Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239): dark to bright."""


def picture_png(pixels: UInt8[np.ndarray, "h w c"], *, masked: bool) -> tuple[str, int, int]:
    """A picture as a PNG in base64, its width and its height."""
    from PIL import Image

    whole = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    small = _reduced(whole, MASKED_PIXELS if masked else MOST_PIXELS)
    indices, palette = _indexed(small)
    return png(indices, palette), small.width, small.height


def sound_png(bands: Float[np.ndarray, "bands frames"], *, masked: bool) -> tuple[str, int, int]:
    """The frequencies of a sound over time as a PNG in base64, its width and height.

    Args:
        bands: Decibels, the lowest band first; it stands at the bottom.
        masked: Whether to draw only coarse means.
    """
    shape = MASKED_SOUND_SHAPE if masked else SOUND_SHAPE
    means = block_means(block_means(np.asarray(bands, dtype=np.float64), shape[0], 0), shape[1], 1)
    level = np.clip((means - means.max()) / LOUDNESS + 1, 0, 1)
    steps = np.linspace(0, len(_ANCHORS) - 1, COLOURS)
    palette = np.stack([np.interp(steps, np.arange(len(_ANCHORS)), _ANCHORS[:, at]) for at in range(3)], axis=1)
    indices = np.rint(level * (COLOURS - 1)).astype(np.uint8)[::-1]
    return png(indices, np.rint(palette).astype(np.uint8)), int(indices.shape[1]), int(indices.shape[0])


def block_means(values: Float[np.ndarray, "..."], parts: int, axis: int) -> Float[np.ndarray, "..."]:
    """Means of at most `parts` nearly equal spans along an axis."""
    length = values.shape[axis]
    parts = min(parts, length)
    starts = np.arange(parts) * length // parts
    sizes = np.diff([*starts, length])
    shape = [1] * values.ndim
    shape[axis] = parts
    return np.asarray(np.add.reduceat(values, starts, axis=axis) / sizes.reshape(shape))


def png(indices: UInt8[np.ndarray, "h w"], palette: UInt8[np.ndarray, "k 3"]) -> str:
    """A PNG with a palette in base64 (ISO/IEC 15948): the same bytes for the same picture, whatever made it."""
    height, width = indices.shape
    rows = np.concatenate([np.zeros((height, 1), dtype=np.uint8), indices], axis=1).tobytes()
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode("ascii")


def _reduced(image: "Image", most: int) -> "Image":
    """The picture with a longer side of at most `most` pixels, each the mean of those that it stands for."""
    from PIL import Image

    longer = max(image.size)
    if longer <= most:
        return image
    width, height = (max(1, round(side * most / longer)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BOX)


def _indexed(image: "Image") -> tuple[Any, Any]:
    """Numbers of colours and the colours: all of them where they are few, else those that serve the picture best."""
    pixels = np.asarray(image)
    colours, places = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    if len(colours) <= COLOURS:
        return places.reshape(pixels.shape[:2]).astype(np.uint8), colours
    few = image.quantize(COLOURS)
    palette = np.array(few.getpalette(), dtype=np.uint8).reshape(-1, 3)
    indices = np.asarray(few)
    return indices, palette[: int(indices.max()) + 1]
