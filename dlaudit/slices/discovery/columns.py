"""Columns as levels: texts as they are, numbers cut at their quartiles, without a look at any outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, Shaped, UInt8

from dlaudit.record import UNKNOWN
from dlaudit.slices.bins import bin_labels, number_text

FEW = 8
"""Numbers with at most this many distinct values are levels by themselves."""
_QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, kw_only=True)
class LevelColumn:
    """A column of few levels."""

    name: str
    """Column."""
    codes: UInt8[np.ndarray, " n"]
    """Place in `levels` of each row's level."""
    levels: tuple[str, ...]
    """Names of the levels."""

    def take(self, rows: Shaped[np.ndarray, " m"]) -> "LevelColumn":
        """The rows at those places, or where a mask is true."""
        return LevelColumn(name=self.name, codes=self.codes[rows], levels=self.levels)


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """A column of numbers."""

    name: str
    """Column."""
    values: Float32[np.ndarray, " n"]
    """Numbers; NaN where not recorded."""

    def take(self, rows: Shaped[np.ndarray, " m"]) -> "NumberColumn":
        """The rows at those places, or where a mask is true."""
        return NumberColumn(name=self.name, values=self.values[rows])


def as_levels(column: LevelColumn | NumberColumn) -> LevelColumn:
    """The column as levels in a fixed order, whatever the order of its rows.

    Numbers with few distinct values are levels by themselves. Others are cut at their quartiles and named as the bins
    of `slices.bins` with these edges: `below 25`, `[25, 40)`, `[40, 60]`, `above 60`. What is not recorded is the
    level `(unknown)`. Levels that no row has are left out.
    """
    if isinstance(column, LevelColumn):
        order = sorted(range(len(column.levels)), key=lambda at: column.levels[at])
        place = np.argsort(order)
        return _without_empty(column.name, place[column.codes], [column.levels[at] for at in order])
    known = ~np.isnan(column.values)
    distinct = np.unique(column.values[known])
    if len(distinct) <= FEW:
        places, names = np.searchsorted(distinct, column.values), [shortest(one) for one in distinct]
    else:
        places, names = _cut(column.values, np.sort(column.values[known]), column.name)
    places = np.where(known, places, len(names))
    return _without_empty(column.name, places, [*names, UNKNOWN])


def evenness(column: LevelColumn) -> float:
    """How evenly rows spread over the levels: the entropy in bits, 0 for a single level."""
    counts = np.bincount(column.codes)
    shares = counts[counts > 0] / max(1, len(column.codes))
    return float(abs((shares * np.log2(shares)).sum()))


def shortest(value: np.float32 | float) -> str:
    """A number in the fewest digits that still tell it from its float32 neighbours: `25`, `0.1`."""
    return number_text(float(str(np.float32(value))))


def _cut(
    values: Float32[np.ndarray, " n"], ordered: Float32[np.ndarray, " known"], name: str
) -> tuple[Int[np.ndarray, " n"], list[str]]:
    """Places and names of the bins between the quartiles; left-closed, the last inner one closed on both sides."""
    edges = np.unique([ordered[int(np.ceil(share * len(ordered))) - 1] for share in _QUARTILES])
    low, high = shortest(edges[0]), shortest(edges[-1])
    inner = bin_labels([float(str(edge)) for edge in edges], name) if len(edges) > 1 else [low]
    places = np.searchsorted(edges, values, side="right")
    places[values == edges[-1]] = len(inner)
    places[values > edges[-1]] = len(inner) + 1
    return places, [f"below {low}", *inner, f"above {high}"]


def _without_empty(name: str, places: Int[np.ndarray, " n"], names: Sequence[str]) -> LevelColumn:
    used = np.flatnonzero(np.bincount(places, minlength=len(names)))
    codes = np.zeros(len(names), dtype=np.uint8)
    codes[used] = np.arange(len(used))
    return LevelColumn(name=name, codes=codes[places], levels=tuple(names[at] for at in used.tolist()))
