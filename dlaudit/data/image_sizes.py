"""Sizes: resized and cropped as torchvision does it on Pillow images, so that a model sees what it was trained on."""

from typing import TYPE_CHECKING

from dlaudit.data.image_faults import ImageFault
from dlaudit.spec import ImageInput

if TYPE_CHECKING:
    from PIL.Image import Image

ENLARGED = "enlarged"
"""A picture smaller than the model's input: it has less detail than others."""


def resized_size(width: int, height: int, resize: int | list[int] | None) -> tuple[int, int]:
    """Width and height after `resize`: one number is the length of the shorter side, the longer one follows, cut off
    to a whole number; two are height and width.
    """
    if resize is None:
        return width, height
    if isinstance(resize, list):
        return resize[1], resize[0]
    short, long = min(width, height), max(width, height)
    other = max(1, int(resize * long / short))
    return (resize, other) if width <= height else (other, resize)


def cropped_box(width: int, height: int, crop: int | list[int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the middle that `crop` keeps.

    Raises:
        ImageFault: The image is smaller (DLA346).
    """
    down, right = (crop, crop) if isinstance(crop, int) else (crop[0], crop[1])
    if right > width or down > height:
        raise ImageFault(
            "DLA346",
            f"the image is {width} x {height} where {right} x {down} are to be kept",
            expected="an image at least as large as crop",
            fix="Resize first, to no less than crop.",
        )
    left, top = round((width - right) / 2), round((height - down) / 2)
    return left, top, left + right, top + down


def sized(image: "Image", asked: ImageInput, notes: list[str]) -> "Image":
    """The image resized, with anti-aliasing, and cropped.

    Raises:
        ImageFault: It is smaller than the crop (DLA346), or so narrow that it would become too large (DLA343).
    """
    from PIL import Image

    size = resized_size(image.width, image.height, asked.resize)
    if size[0] * size[1] > asked.max_pixels:
        raise ImageFault(
            "DLA343",
            f"the image is {image.width:,} x {image.height:,} and would be resized to {size[0]:,} x {size[1]:,} pixels",
            expected=f"at most {asked.max_pixels:,} pixels",
            fix="Check the file; or set resize to [height, width] in [input.image].",
        )
    if size[0] > image.width or size[1] > image.height:
        notes.append(ENLARGED)
    if size != image.size:
        image = image.resize(size, Image.Resampling[asked.interpolation.upper()])
    return image.crop(cropped_box(image.width, image.height, asked.crop)) if asked.crop is not None else image
