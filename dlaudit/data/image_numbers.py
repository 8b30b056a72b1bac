"""Pixels as the numbers that the model was trained on: scaled, then shifted and stretched by channel."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, UInt8

from dlaudit.spec import ImageInput


def levels(asked: ImageInput) -> Float32[np.ndarray, "c 256"]:
    """The number that each of the 256 values of a channel becomes.

    In float32 and in torchvision's order: divided by 255 (`scale = "0-1"`), less the mean, divided by the deviation;
    so that the numbers are those of ToTensor and Normalize to the last bit.
    """
    channels = 3 if asked.mode == "RGB" else 1
    known = np.tile(np.arange(256, dtype=np.float32), (channels, 1))
    if asked.scale == "0-1":
        known /= np.float32(255)
    known -= np.asarray(asked.mean or [0.0] * channels, dtype=np.float32)[:, None]
    return np.asarray(known / np.asarray(asked.std or [1.0] * channels, dtype=np.float32)[:, None])


def numbers(
    pictures: "Sequence[UInt8[np.ndarray, 'h w c'] | None]", size: tuple[int, int], known: Float32[np.ndarray, "c 256"]
) -> Float32[np.ndarray, "n c h w"]:
    """The pictures as one array, channels first; zeros where there is none.

    Args:
        pictures: All of `size`.
        size: Height and width.
        known: From `levels`.
    """
    made = np.zeros((len(pictures), len(known), *size), dtype=np.float32)
    for row, pixels in enumerate(pictures):
        if pixels is not None:
            for channel, level in enumerate(known):
                made[row, channel] = level[pixels[:, :, channel]]
    return made
