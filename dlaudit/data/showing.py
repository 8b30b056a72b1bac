"""How single rows are shown to a person: as they are or masked, with what their parts moved the score by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlaudit.data.grid import Grid
from dlaudit.data.raw import RawTable
from dlaudit.record import Content

COMMON = 20
"""Rows, or people, that have to share a value, or texts a word, for it to be shown where rows are masked."""
MASKED = "[…]"
"""What stands for a word that is masked."""


@dataclass(frozen=True, kw_only=True)
class RowParts:
    """What the parts of one row moved the score by, in units of the score."""

    by_name: Mapping[str, float] = field(default_factory=dict)
    """Of columns, or of parts of a grid, by name."""
    words: Sequence[tuple[str, float]] = ()
    """Of words, or of spans of words, in order."""

    def on(self, grid: Grid) -> list[float]:
        """Of every part of a grid; nothing where that is not known."""
        known = [self.by_name[name] for name in grid.names if name in self.by_name]
        return known if len(known) == len(grid.names) else []


@dataclass(frozen=True, kw_only=True)
class Showing:
    """What is asked about some rows."""

    masked: bool
    """Whether what is rare is masked."""
    file: RawTable
    """The data, which says what is rare."""
    hidden: frozenset[str] = frozenset()
    """Columns that are left out where masked: ids, sensitive features, weights."""
    units: tuple[str, ...] = ()
    """The column that says whose a row is, where one is declared: then people are counted, not rows."""
    parts: Sequence[RowParts | None] = ()
    """What is known of each row; empty where nothing is known of any."""

    def of(self, row: int) -> RowParts:
        """What is known of the row at that place."""
        found = self.parts[row] if self.parts else None
        return found if found is not None else RowParts()

    def on(self, row: int, grid: Grid) -> list[float]:
        """What the parts of a grid moved the score of the row by, coarsely where masked; nothing where not known."""
        found = self.of(row).on(grid)
        return [float(f"{value:.1g}") for value in found] if self.masked else found


def coarse(value: float | None) -> float | None:
    """A contribution to one significant digit, as it is told where rows are masked."""
    return None if value is None else float(f"{value:.1g}")


def together(parts: Sequence[Content]) -> Content:
    """What several kinds of input show of one row, as one content."""
    return Content(
        cells=[one for part in parts for one in part.cells],
        columns=sum(part.columns for part in parts),
        passages=[one for part in parts for one in part.passages],
        rasters=[one for part in parts for one in part.rasters],
        clips=[one for part in parts for one in part.clips],
        curves=[one for part in parts for one in part.curves],
        failed=[one for part in parts for one in part.failed],
    )
