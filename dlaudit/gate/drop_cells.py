"""What got worse since the baseline, slice by slice or between two slices, as cells that have a ceiling."""

from dataclasses import replace
from itertools import combinations

from dlaudit.gate.cells import Cell
from dlaudit.gate.changed import Flips, Shape, growth, side_of
from dlaudit.record import DisparityChange, RateChange, ValueChange

_LEVEL = 0.95
_NONE = 1e-9


def cell_of_rate(one: RateChange, *, rises: bool, small: bool, unchanged: bool = False) -> Cell:
    """How much worse a metric of a slice got.

    Args:
        one: The slice in both runs.
        rises: Whether it is worse the larger it is.
        small: Whether no pass speaks about it.
        unchanged: Whether the model and all that it was given are as they were.
    """
    cell = Cell(id=one.slice, label=one.slice, rows=one.rows, small=small, among=(one.slice,))
    if one.base is None or one.tuned is None:
        return replace(cell, undefined=one.undefined)
    if unchanged and one.base == one.tuned:
        return _as_it_was(cell)
    if one.n and one.gained is not None and one.lost is not None:
        worse, better = (one.gained, one.lost) if rises else (one.lost, one.gained)
        cell = replace(cell, flips=Flips(worse, better, one.n), value=(worse - better) / one.n, support=one.n)
    else:
        value = one.tuned - one.base if rises else one.base - one.tuned
        rests = one.rows if one.freedom is None else round(one.freedom) + 1
        cell = replace(cell, value=value, support=rests, freedom=one.freedom)
    if one.low is None or one.high is None:
        return cell
    low, high = (one.low, one.high) if rises else (-one.high, -one.low)
    # of what did not change at all the limit 0 is kept, and none is broken
    return replace(cell, low=low - _NONE if low == high else low, high=high)


def _as_it_was(cell: Cell) -> Cell:
    """What did not change at all, for anybody: the limit 0 is kept, and none is broken."""
    return replace(cell, value=0.0, low=-_NONE, high=0.0, support=cell.rows, flips=None, growth=None)


def cells_of_gaps(
    rates: list[RateChange], shape: Shape, small: frozenset[str], most: int, *, unchanged: bool = False
) -> list[Cell]:
    """How much worse the gap between every two slices got; of more than `most` slices that of each and the largest.

    Args:
        rates: Slices where the metric has a value in both runs.
        shape: What is compared.
        small: Ids of slices that no pass speaks about.
        most: Slices that are compared in pairs.
        unchanged: As in `cell_of_rate`.
    """
    ordered = sorted(rates, key=lambda one: (-one.rows, one.slice))
    couples = list(combinations(ordered, 2)) if len(ordered) <= most else [(ordered[0], one) for one in ordered[1:]]
    cells = [_cell_of_gap(smaller, larger, shape, small) for larger, smaller in couples]
    same = frozenset(one.slice for one in rates if unchanged and one.base == one.tuned)
    return [_as_it_was(one) if one.value is not None and same.issuperset(one.slices) else one for one in cells]


def _cell_of_gap(one: RateChange, other: RateChange, shape: Shape, small: frozenset[str]) -> Cell:
    name, sides, rows = f"{one.slice} and {other.slice}", (one.slice, other.slice), min(one.rows, other.rows)
    is_small = bool(small.intersection(sides))
    cell = Cell(id=name, label=name, rows=rows, small=is_small, among=sides, support=rows)
    fault = _no_ratio(one, other) if shape == "ratio" else None
    if fault is not None:
        return replace(cell, undefined=fault)
    now, before = (_gap(*pair, shape) for pair in ((one.tuned, other.tuned), (one.base, other.base)))
    first, second = side_of(one), side_of(other)
    if first is None or second is None:
        return replace(cell, value=now - before)
    has_zero = shape == "ratio" and 0 in (one.base, one.tuned, other.base, other.tuned)
    found = growth(first, second, shape, crossing=one.crossing or other.crossing, has_zero=has_zero)
    low, high = found.limits((1 - _LEVEL) / 2)
    return replace(cell, value=now - before, growth=found, low=low, high=None if has_zero else high)


def _gap(a: float | None, b: float | None, shape: Shape) -> float:
    """The larger the worse: the difference, or the ratio of the smaller to the larger with a minus."""
    assert a is not None and b is not None, "a gap of what is undefined"
    return abs(a - b) if shape == "difference" else -min(a, b) / max(a, b)


def _no_ratio(one: RateChange, other: RateChange) -> str | None:
    """Why there is no ratio of the two slices, or none whose error is known."""
    for run, values in (("the baseline", (one.base, other.base)), ("this run", (one.tuned, other.tuned))):
        numbers = [value for value in values if value is not None]
        if min(numbers) < 0:
            return f"a ratio has no meaning where a value is negative, as in {run}"
        if max(numbers) == 0:
            return f"both are 0 in {run}, so that their ratio is undefined"
        if min(numbers) == 0 and (one.n is None or other.n is None):
            return f"a value is 0 in {run}, and no counts tell how near to 0 it may be"
    return None


def cell_of_figures(found: DisparityChange, name: str) -> Cell:
    """How much worse a disparity got, from the figures of two runs as of independent samples."""
    change = found.change
    rows = min(found.old.n, found.new.n)
    # which slices the disparity is between may differ in the two runs, so that no slice is named
    cell = Cell(id=name, label=name, rows=rows, small=False, is_rest=True, support=rows, level=change.level)
    if change.value is None:
        return replace(cell, undefined=_undefined(found))
    if found.kind == "difference":
        return replace(cell, value=change.value, low=change.low, high=change.high)
    low, high = (None if end is None else -end for end in (change.high, change.low))
    return replace(cell, value=-change.value, low=low, high=high)


def cell_of_value(found: ValueChange, *, rises: bool, small: bool, counts_rows: bool) -> Cell:
    """How much worse a metric of a slice got, from the figures of two runs as of independent samples.

    Args:
        found: The slice in both runs.
        rises: Whether it is worse the larger it is.
        small: Whether no pass speaks about it.
        counts_rows: Whether every row of this run is counted once, independent of the others.
    """
    change, rows = found.change, min(found.old.n, found.new.n)
    cell = Cell(id=found.slice, label=found.slice, rows=found.new.n, small=small, support=rows, level=change.level)
    if change.value is None:
        return replace(cell, undefined=_undefined(found))
    before, after = (one.counts if counts_rows else None for one in (found.old, found.new))
    if before is not None and after is not None:
        cell = replace(cell, samples=(*after, *before) if rises else (*before, *after))
    if rises:
        return replace(cell, value=change.value, low=change.low, high=change.high)
    low, high = (None if end is None else -end for end in (change.high, change.low))
    return replace(cell, value=-change.value, low=low, high=high)


def _undefined(found: DisparityChange | ValueChange) -> str:
    side, run = (found.old, "the baseline") if found.old.value is None else (found.new, "this run")
    return f"it is undefined in {run}: {side.undefined}"
