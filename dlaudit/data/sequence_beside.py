"""What goes to a model beside a sequence, and what is refused or counted of its rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from dlaudit.data.grid import Grid
from dlaudit.data.raw import RawTable
from dlaudit.data.rejects import MISSING_INPUT, NOT_FINITE_INPUT
from dlaudit.data.sequence_steps import Frame
from dlaudit.errors import DataRefused
from dlaudit.spec import SequenceInput

EMPTY = "the sequence is empty"
UNEVEN = "the lists of a sequence do not fit one another"
UNKNOWN_SYMBOL = "a symbol is not listed"
_CODES = {EMPTY: "DLA350", UNKNOWN_SYMBOL: "DLA325", MISSING_INPUT: "DLA312", NOT_FINITE_INPUT: "DLA313"}
_FIXES = {
    EMPTY: "Remove it",
    UNKNOWN_SYMBOL: "List it as the model was trained with, or say what it becomes ([input.sequence] unknown)",
    MISSING_INPUT: "Say what it becomes as in training, [input.sequence] fill",
    NOT_FINITE_INPUT: "Correct it",
}


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The input of lengths, or of a mask, that follows the sequence."""

    name: str
    """Its name."""
    kind: str
    """`lengths` or `mask`."""
    padding: bool = False
    """Whether the mask is true for padding."""

    def made(self, frame: Frame, lengths: Int[np.ndarray, " n"]) -> np.ndarray[Any, Any]:
        """int64 [n], or bool [n, time]."""
        if self.kind == "lengths":
            return frame.kept(lengths)
        mask = frame.mask(lengths)
        return ~mask if self.padding else mask

    @property
    def grid(self) -> Grid:
        """It is one player: how long a sequence is can carry a gap of its own."""
        return Grid(input=self.name, names=("number of steps",))


def beside_of(asked: SequenceInput) -> Beside | None:
    """What `lengths` or `mask` asks for."""
    if asked.lengths:
        return Beside(name=asked.lengths if isinstance(asked.lengths, str) else "lengths", kind="lengths")
    if asked.mask:
        name = asked.mask if isinstance(asked.mask, str) else "mask"
        return Beside(name=name, kind="mask", padding=asked.mask_marks == "padding")
    return None


def frame_of(asked: SequenceInput, length: int) -> Frame:
    """How steps are laid out."""
    return Frame(length=asked.max_length or length, keep=asked.keep, align=asked.align)


def cut_name(frame: Frame) -> str:
    """What is said of rows that were too long."""
    return f"cut to the {frame.keep} {frame.length} steps"


def refuse(bad: dict[str, Bool[np.ndarray, " n"]], first_row: int, file: RawTable, column: str) -> None:
    """Nothing, where no row is bad.

    Raises:
        DataRefused: One is (DLA312, DLA313, DLA325, DLA350).
    """
    for reason, rows in bad.items():
        if rows.any():
            more = int(rows.sum()) - 1
            raise DataRefused(
                _CODES[reason],
                reason + (f", and {more:,} more of these records" if more else ""),
                place=file.place(first_row + int(np.argmax(rows)), column),
                fix=f"{_FIXES[reason]}; or count such records by slice and leave them out: --set data.on_bad=reject.",
            )
