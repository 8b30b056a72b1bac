"""`[input.image]`: how image files become model inputs."""

from math import isfinite
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dlaudit.spec.base import Positive, Section


class ImageInput(Section):
    """`[input.image]`: image files to float32 [n, channels, height, width]."""

    name: str = "image"
    """Name of the input, where the model has several."""
    mode: Literal["RGB", "L"] = "RGB"
    """Colour, or grey."""
    resize: Positive | Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    """Length of the shorter side, or height and width; where absent, all images must have one size."""
    crop: Positive | Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    """Side, or height and width, of the middle that is kept."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    """How sizes are changed."""
    antialias: Literal[True] = True
    """Whether pixels are averaged where a picture becomes smaller; Pillow always does."""
    scale: Literal["0-1", "0-255"] = "0-1"
    """Range of the numbers before mean and std are applied."""
    mean: list[float] | None = None
    """Subtracted from every channel, in the range of `scale`."""
    std: list[float] | None = None
    """What every channel is then divided by."""
    formats: list[Literal["jpeg", "png", "bmp", "tiff", "webp", "gif"]] = ["jpeg", "png"]
    """Kinds of file that are decoded, told by content."""
    max_pixels: Positive = 40_000_000
    """Refuse larger images before they are decoded."""
    exif: Literal["apply", "ignore"] = "apply"
    """Whether an image is turned as its camera noted; counted either way."""
    alpha: Literal["error", "white", "black", "drop"] = "error"
    """What a transparent image becomes: an error, laid over white or black, or its colours alone."""
    deep: Literal["error", "scale"] = "error"
    """What an image of 16 bits becomes: an error, or its range scaled to that of 8 bits."""
    animated: Literal["error", "first"] = "error"
    """What a file with several pictures becomes: an error, or its first picture."""
    cmyk: Literal["error", "convert"] = "error"
    """What a picture in printing colours becomes: an error, or Pillow's plain conversion, which shifts colours."""
    array: str | None = None
    """A .npy file of pictures, uint8 [n, height, width] or [n, height, width, channels]; `data.image` then holds the
    number of each row's picture, from 0, and no image file is read."""
    grid: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    """Patches from top to bottom and from left to right: the players of an explanation. Where absent 4 along the
    shorter side, and as many along the other as keep patches about square."""
    aligned: bool = False
    """Whether the same place shows the same thing in every image, as in passport photos: only then are mean maps of
    slices compared place by place."""

    @model_validator(mode="after")
    def _one_number_a_channel(self) -> "ImageInput":
        channels = 3 if self.mode == "RGB" else 1
        for key, given in (("mean", self.mean), ("std", self.std)):
            if given is not None and len(given) != channels:
                raise ValueError(f"{key} has {len(given)} numbers where mode {self.mode} has {channels} channels")
            if given is not None and not all(isfinite(one) for one in given):
                raise ValueError(f"{key} holds a number that is not finite")
        if self.std is not None and not all(one > 0 for one in self.std):
            raise ValueError("std must be above 0")
        if not self.formats:
            raise ValueError("formats names no kind of file")
        return self
