"""Cells of a column read by several threads, in order; a fault is the row's own, or ends the run."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from dlaudit.data.image_decode import pillow
from dlaudit.data.image_faults import ImageFault
from dlaudit.data.image_sources import Source
from dlaudit.spec import ImageInput

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable

THREADS = 4
"""Threads that decode at most: each may hold one picture of `max_pixels`. Pillow lets others run while it decodes."""
Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Some cells of one column of pictures."""

    column: str
    """Name of the column."""
    texts: Sequence[str]
    """What the cells say."""
    first_row: int
    """Record number of the first."""
    file: "RawTable"
    """The data, for messages."""
    source: Source
    """Where the pictures are."""
    asked: ImageInput
    """How they are decoded."""


@dataclass(frozen=True, kw_only=True)
class Found(Generic[Read]):
    """What was read, and what could not be."""

    read: "list[Read | None]"
    """One for each cell; None where there is a fault."""
    bad: "dict[str, np.ndarray[Any, Any]]"
    """Reason to the rows, bool [n]."""


def read_each(cells: Cells, read: Callable[[str], Read], *, rejects: bool) -> Found[Read]:
    """What `read` makes of every cell, in order.

    Args:
        cells: The cells.
        read: Makes something of one cell, inside `pillow`; raises ImageFault where it cannot.
        rejects: Whether a fault makes its row bad; else the first one in order is raised.

    Raises:
        DataRefused: A fault (DLA341 to DLA346), or a name that leads outside the folder (DLA340).
    """

    def one(cell: str) -> "Read | ImageFault | ValueError":
        try:
            return read(cell)
        except (ImageFault, ValueError) as fault:
            return fault

    with pillow(cells.asked), ThreadPoolExecutor(min(THREADS, len(os.sched_getaffinity(0)))) as pool:
        made = list(pool.map(one, cells.texts))
    bad: dict[str, np.ndarray[Any, Any]] = {}
    for at, item in enumerate(made):
        if isinstance(item, ValueError) or (isinstance(item, ImageFault) and not rejects):
            place = cells.file.place(cells.first_row + at, cells.column)
            raise cells.source.refusal(item, cells.texts[at], place) from item
        if isinstance(item, ImageFault):
            bad.setdefault(item.reason, np.zeros(len(made), dtype=bool))[at] = True
    return Found(read=[None if isinstance(one, ImageFault | ValueError) else one for one in made], bad=bad)
