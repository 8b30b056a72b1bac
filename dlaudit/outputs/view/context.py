"""Marked inputs once more: other values in the slice, or another effect of the same values."""

from dataclasses import dataclass

from dlaudit.findings.explained import is_more_than_chance
from dlaudit.outputs import text
from dlaudit.outputs.view.axis import Axis
from dlaudit.record import Contribution, Decomposition

MOST_ROWS = 8


@dataclass(frozen=True)
class Piece:
    """One piece of a contribution, drawn from 0."""

    value: str
    x: str
    width: str
    lowers: bool
    y: str
    """Where its bar lies in the row, from the top."""


@dataclass(frozen=True)
class ContextRow:
    """One input: what its other values, and another effect of equal values, carry of the gap."""

    feature: str
    pieces: list[Piece | None]
    """Other values, other effect, one side only; None for a piece that was not worked out."""
    whole: str


@dataclass(frozen=True)
class ContextTable:
    """The rows, and where 0 lies."""

    rows: list[ContextRow]
    zero: str


_HEIGHTS = ("4", "12", "20")


def context(one: Decomposition, written: text.Format) -> ContextTable | None:
    """Composition and context of the contributions that are more than chance; None where none was worked out."""
    chosen = [part for part in one.contributions if part.composition is not None and is_more_than_chance(part)]
    chosen = chosen[:MOST_ROWS]
    if not chosen:
        return None
    axis = Axis.around([0.0, *(value for part in chosen for value in _pieces(part))])
    return ContextTable([_row(part, axis, written) for part in chosen], axis.at(0.0))


def _pieces(part: Contribution) -> tuple[float | None, float | None, float | None]:
    return part.composition, part.context, part.unsupported


def _row(part: Contribution, axis: Axis, written: text.Format) -> ContextRow:
    pieces = [
        None
        if value is None
        else Piece(written(value), axis.at(min(0.0, value)), axis.width(0.0, value), value < 0, height)
        for value, height in zip(_pieces(part), _HEIGHTS, strict=True)
    ]
    return ContextRow(part.feature, pieces, written(part.value))
