"""How a gap moved between two runs: wider, narrower, the other way round, or by no more than chance."""

import math
from collections.abc import Sequence

from dlaudit.record import DisparityChange, Estimate, GapChange, PairedEstimate

AnyChange = GapChange | DisparityChange
"""A gap of the same rows, or the widest gap of two runs."""
WORSE, TURNED, OPEN, BETTER = "fail", "ref", "undecided", "pass"
"""Also the class and the shape of its mark."""
_GROWN, _SHRUNK = {"created", "grown"}, {"removed", "shrunk"}
_ORDER = (WORSE, TURNED, OPEN, BETTER)


def move_of(one: AnyChange) -> str:
    """What the change comes to: `fail` (wider), `pass` (narrower), `ref` (the other way round) or `undecided`.

    Wider is said only where the interval of the change excludes 0 in the direction away from no gap; of gaps on the
    same rows also only where the tests that share one error rate show it.
    """
    if isinstance(one, GapChange):
        return _move_of_rows(one)
    if one.old.value is None or one.new.value is None:
        return OPEN
    even = 0.0 if one.kind == "difference" else 1.0
    return _move(one.old.value - even, one.new.value - even, one.change)


def growth(one: AnyChange) -> float:
    """How much farther from no gap the later value lies, in the unit of the gap; of ratios as a log of them."""
    if isinstance(one, GapChange):
        return abs(one.tuned.value) - abs(one.base.value)
    if one.old.value is None or one.new.value is None:
        return -math.inf
    if one.kind == "difference":
        return abs(one.new.value) - abs(one.old.value)
    return _log_size(one.new.value) - _log_size(one.old.value)


def worst_first(changes: Sequence[AnyChange]) -> list[AnyChange]:
    """The changes: wider ones, those that turned round, those that could be chance, narrower ones; the larger growth
    first.
    """
    return sorted(changes, key=lambda one: (_ORDER.index(move_of(one)), -growth(one)))


def _move_of_rows(one: GapChange) -> str:
    found = _move(one.base.value, one.tuned.value, one.change)
    if one.status == "reversed":
        return TURNED if found == TURNED else OPEN
    if one.status in _GROWN:
        return WORSE if _excludes(one.change, above=one.tuned.value > 0) else OPEN
    if one.status in _SHRUNK:
        return BETTER if _excludes(one.change, above=one.base.value < 0) else OPEN
    return OPEN


def _move(old: float, new: float, change: Estimate | PairedEstimate) -> str:
    """From two values around no gap at 0 and the interval of their change."""
    for above in (True, False):
        if not _excludes(change, above=above):
            continue
        if old < 0 < new or new < 0 < old:
            return TURNED
        return WORSE if (old + new > 0) == above else BETTER
    return OPEN


def _excludes(change: Estimate | PairedEstimate, *, above: bool) -> bool:
    """Whether the interval of the change lies wholly above 0 (or below it)."""
    if change.low is None or change.high is None:
        return False
    return change.low > 0 if above else change.high < 0


def _log_size(ratio: float) -> float:
    return abs(math.log(max(ratio, 1e-6)))
