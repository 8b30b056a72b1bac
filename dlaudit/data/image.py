"""Images: files (or one array) of pictures to float32 [n, channels, height, width], by declared rules and limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.encoded import Encoded, Inputs, Unadorned
from dlaudit.data.grid import Grid
from dlaudit.data.image_decode import Picture
from dlaudit.data.image_faults import ImageFault
from dlaudit.data.image_masks import Masks, inside_column
from dlaudit.data.image_numbers import levels, numbers
from dlaudit.data.image_players import patches, places
from dlaudit.data.image_rows import Cells, read_each
from dlaudit.data.image_sources import ArrayPictures, FilePictures, Source
from dlaudit.data.media_files import MediaFolder, check_files, names_of
from dlaudit.data.modalities import MODALITIES, Making, Modality
from dlaudit.data.showing import Showing
from dlaudit.data.shown_pictures import pictures_shown
from dlaudit.errors import DataRefused, UsageError
from dlaudit.record import Content
from dlaudit.spec import AuditSpec, ImageInput
from dlaudit.tensors import tensor_table

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable

BYTES_AT_ONCE = 1 << 26
"""Of the pictures that are decoded at once, as float32."""
MOST_AT_ONCE = 1_024
PEEKED = 64
"""Rows that are looked at together for the first picture."""


@dataclass(frozen=True, kw_only=True)
class ImageInputs(Unadorned):
    """A column of images as pixels."""

    column: str
    """Column of file names, or of numbers of an array's pictures."""
    source: Source
    """Where the pictures are."""
    asked: ImageInput
    """How they are decoded."""
    size: tuple[int, int]
    """Height and width."""
    rejects: bool = False
    """Whether rows with a fault are left out and counted, rather than refused."""
    mask: str | None = None
    """Column of masks."""
    masks: Masks | None = None
    """How masks are read."""
    modality = "image"

    @property
    def columns(self) -> list[str]:
        """The column of images, and that of masks."""
        return [self.column] if self.mask is None else [self.column, self.mask]

    @property
    def at_once(self) -> int:
        """Fewer for larger pictures."""
        channels = 3 if self.asked.mode == "RGB" else 1
        return int(max(1, min(MOST_AT_ONCE, BYTES_AT_ONCE // (4 * channels * self.size[0] * self.size[1]))))

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """The pixels of those rows, what was decided on the way, and which rows cannot be used.

        Raises:
            DataRefused: A name leads outside the folder (DLA340); or a picture or mask cannot be used (DLA341 to
                DLA346) and such rows are not left out.
        """
        here = Cells(
            column=self.column,
            texts=names_of(columns[self.column]),
            first_row=first_row,
            file=file,
            source=self.source,
            asked=self.asked,
        )
        found = read_each(here, self.picture, rejects=self.rejects)
        pictures = [None if one is None else one[0] for one in found.read]
        pixels = numbers([None if one is None else one.pixels for one in pictures], self.size, levels(self.asked))
        table, bad = {self.asked.name: pixels}, found.bad
        if self.mask is not None and self.masks is not None:
            over = replace(here, column=self.mask, texts=names_of(columns[self.mask]), source=self.masks.files)
            inside = read_each(over, self.masks.inside, rejects=self.rejects)
            table[inside_column(self.asked.name)] = self.masks.stacked(inside.read)
            bad = bad | {f"mask: {reason}": rows for reason, rows in inside.bad.items()}
        digests = np.array([0 if one is None else one[1] for one in found.read], dtype=np.uint64)
        return Encoded(inputs=tensor_table(table), bad=bad, altered=_noted(pictures), digest=digests)

    @property
    def grids(self) -> list[Grid]:
        """Patches."""
        return [patches(self.asked, self.size)]

    @property
    def maps(self) -> list[Grid]:
        """Pixels, or small blocks of them."""
        return [places(self.asked, self.size)]

    def files(self, file: "RawTable") -> Iterator[str]:
        """Pictures and masks, or the array of pictures."""
        yield from self.source.files(file)
        if self.masks is not None:
            yield from self.masks.files.files(file)

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """The pictures as the model is given them, small; those that cannot be decoded any more are told."""
        return pictures_shown(self, names_of(columns[self.column]), how)

    def picture(self, cell: str) -> tuple[Picture, int]:
        """The picture of a cell, and a digest of what was stored. Call it inside `pillow`.

        Raises:
            ImageFault: It cannot be used.
            ValueError: The cell names a file outside the folder.
        """
        picture, digest = self.source.picture(cell)
        height, width = picture.pixels.shape[:2]
        if (height, width) != self.size:
            raise ImageFault(
                "DLA346",
                f"the image becomes {width} x {height}",
                expected=f"{self.size[1]} x {self.size[0]}, as the first one",
                fix="Say how images are brought to one size: resize = [height, width], or resize and crop, in "
                "[input.image].",
            )
        return picture, digest


def image_columns(spec: AuditSpec) -> list[str] | None:
    """The column of images, and that of masks."""
    if spec.data.image is None:
        return None
    return [spec.data.image] if spec.data.mask is None else [spec.data.image, spec.data.mask]


def image_inputs(making: Making) -> Inputs:
    """Images as inputs; every file is looked up before one is decoded.

    Raises:
        UsageError: The user's own code encodes rows, too (DLA107), or Pillow is not installed (DLA706).
        DataRefused: A name leads outside the folder (DLA340), files are missing (DLA341), or no picture can be used.
    """
    spec, raw = making.spec, making.raw
    if making.has_preprocess:
        raise UsageError(
            "DLA107",
            "both data.image and the code's preprocess say how rows become inputs",
            fix="Remove one of them.",
        )
    asked, rejects = spec.input.image or ImageInput(), spec.data.on_bad == "reject"
    column, mask = making.features[0], spec.data.mask
    source: Source
    if asked.array is None:
        folder = MediaFolder.of(spec.data.root, column, raw)
        check_files(folder, raw, missing_allowed=rejects)
        source = FilePictures(folder=folder, asked=asked)
    else:
        source = ArrayPictures.of(asked)
    size = first_size(Cells(column=column, texts=[], first_row=1, file=raw, source=source, asked=asked), rejects)
    masks = None
    if mask is not None:
        folder = MediaFolder.of(spec.data.root, mask, raw)
        check_files(folder, raw, missing_allowed=rejects)
        masks = Masks.of(folder, asked, places(asked, size), size)
    return ImageInputs(column=column, source=source, asked=asked, size=size, rejects=rejects, mask=mask, masks=masks)


def first_size(cells: Cells, rejects: bool) -> tuple[int, int]:
    """Height and width of the first picture that can be used: all others must come to the same.

    Args:
        cells: The column, of which rows are read until there is one.
        rejects: Whether rows with a fault are passed over.

    Raises:
        DataRefused: A fault, or there is no picture at all (DLA301).
    """
    first = 1
    for batch in cells.file.batches(PEEKED, [cells.column]):
        for at, text in enumerate(names_of(batch.column(0))):
            here = replace(cells, texts=[text], first_row=first + at)
            picture = read_each(here, lambda cell: cells.source.picture(cell)[0], rejects=rejects).read[0]
            if picture is not None:
                return picture.pixels.shape[0], picture.pixels.shape[1]
        first += batch.num_rows
    raise DataRefused(
        "DLA301",
        "there is no image that can be used",
        place=cells.file.place(None, cells.column),
        fix="Leave data.on_bad at error to see what is wrong with the first.",
    )


def _noted(pictures: Sequence[Picture | None]) -> dict[str, np.ndarray[Any, Any]]:
    """What was decided, to the rows it was decided for."""
    notes = [() if one is None else one.notes for one in pictures]
    known = sorted({note for several in notes for note in several})
    return {note: np.array([note in several for several in notes], dtype=bool) for note in known}


MODALITIES.add("image", Modality(columns=image_columns, make=image_inputs, rows_are="pictures"))
