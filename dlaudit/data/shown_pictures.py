"""Pictures of single rows, decoded once more within the same limits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlaudit.data.image_decode import pillow
from dlaudit.data.image_faults import ImageFault
from dlaudit.data.showing import Showing
from dlaudit.data.shown_pixels import picture_png
from dlaudit.record import Content, Raster

if TYPE_CHECKING:
    from dlaudit.data.image import ImageInputs


def pictures_shown(inputs: "ImageInputs", cells: Sequence[str], how: Showing) -> list[Content]:
    """The picture of every cell, or why it cannot be shown."""
    with pillow(inputs.asked):
        return [_shown(inputs, cell, how.on(at, inputs.grids[0]), how) for at, cell in enumerate(cells)]


def _shown(inputs: "ImageInputs", cell: str, moved: list[float], how: Showing) -> Content:
    try:
        pixels = inputs.picture(cell)[0].pixels
    except (ImageFault, ValueError) as fault:
        return Content(failed=[f"the picture cannot be shown: {fault}"])
    encoded, width, height = picture_png(pixels, masked=how.masked)
    picture = Raster(
        name=inputs.column,
        of="image",
        png=encoded,
        width=width,
        height=height,
        input=inputs.asked.name,
        contributions=moved,
    )
    return Content(rasters=[picture])
