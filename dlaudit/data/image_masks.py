"""Masks: pictures that are bright where the object is, laid over the places of the maps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from dlaudit.data.grid import Grid
from dlaudit.data.image_faults import ImageFault
from dlaudit.data.image_sources import FilePictures
from dlaudit.data.media_files import MediaFolder
from dlaudit.spec import ImageInput
from dlaudit.tensors import ABOUT

INSIDE = 128
"""Brightness from which a pixel of a mask is inside the object."""


def mask_rules(asked: ImageInput) -> ImageInput:
    """How masks are decoded: as the images, but grey, and transparent parts are outside."""
    grey = {"mode": "L", "mean": None, "std": None, "scale": "0-255", "alpha": "black", "interpolation": "nearest"}
    return asked.model_copy(update=grey)


def inside_column(name: str) -> str:
    """Column of rows, kept for readers, that says how much of each place of the map of the input `name` is inside."""
    return f"{ABOUT}{name}:inside"


@dataclass(frozen=True, kw_only=True)
class Masks:
    """A column of mask files."""

    files: FilePictures
    """The files."""
    map: Grid
    """Places of the map."""
    size: tuple[int, int]
    """Height and width of the model's pictures."""

    @classmethod
    def of(cls, folder: MediaFolder, asked: ImageInput, places: Grid, size: tuple[int, int]) -> "Masks":
        """Masks of the folder's files, laid over the places."""
        return cls(files=FilePictures(folder=folder, asked=mask_rules(asked)), map=places, size=size)

    def inside(self, cell: str) -> UInt8[np.ndarray, " K"]:
        """How much of each place is inside the object, 0 to 255.

        Raises:
            ImageFault: The mask cannot be used, or is not as large as the picture.
        """
        picture, _ = self.files.picture(cell)
        if picture.pixels.shape[:2] != self.size:
            what = f"the mask becomes {picture.pixels.shape[1]} x {picture.pixels.shape[0]}"
            expected = f"{self.size[1]} x {self.size[0]}, as the picture"
            raise ImageFault("DLA346", what, expected=expected, fix="Store masks in the size of their pictures.")
        brightest = int(picture.pixels.max())
        if 0 < brightest < INSIDE:
            what = f"the brightest pixel of the mask is {brightest}, so that nothing would be inside"
            raise ImageFault(
                "DLA345",
                what,
                expected=f"{INSIDE} or more inside the object, 0 outside",
                fix="Multiply masks of 0 and 1 by 255.",
            )
        within = (picture.pixels[:, :, 0] >= INSIDE).astype(np.float64)
        owner = np.broadcast_to(self.map.owner(4)[0, 0], self.size).ravel()
        count = np.bincount(owner, minlength=len(self.map.names))
        return np.round(255 * np.bincount(owner, weights=within.ravel(), minlength=len(count)) / count).astype(np.uint8)

    def stacked(self, inside: "Sequence[UInt8[np.ndarray, ' K'] | None]") -> UInt8[np.ndarray, "n K"]:
        """Those of several rows as one array; nothing is inside where a row has none."""
        nothing = np.zeros(len(self.map.names), dtype=np.uint8)
        return np.array([nothing if one is None else one for one in inside], dtype=np.uint8).reshape(-1, len(nothing))
