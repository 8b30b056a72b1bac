"""The three ways to judge one contrast: exactly from counts, from intervals, or by the estimates alone."""

from functools import lru_cache
from typing import Protocol

import numpy as np
from scipy.special import betainc

from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import Contrast
from dlaudit.stats.exact import exact_difference, exact_ratio
from dlaudit.stats.intervals import clopper_pearson, mover_difference, mover_ratio, rescaled
from dlaudit.stats.numbers import Limits


class Tests(Protocol):
    """Answers about one contrast, each wrong with probability at most `alpha`."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the data show that the statement does not hold."""
        ...

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the data show that the statement holds."""
        ...


class Exact:
    """Binomial and exact unconditional tests: the error rate holds for every sample size."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether an exact test rejects the statement."""
        x1, n1 = _counts(contrast.first)
        limit = float(contrast.limit)
        if contrast.second is None:
            return (_at_most if contrast.kind == "floor" else _at_least)(x1, n1, limit) <= alpha
        x2, n2 = _counts(contrast.second)
        if contrast.kind == "difference":
            return exact_difference(x1, n1, x2, n2, limit, alpha)
        return exact_ratio(x2, n2, x1, n1, float(1 / contrast.limit), alpha)

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether an exact test rejects the statement's contrary."""
        x1, n1 = _counts(contrast.first)
        limit = float(contrast.limit)
        if contrast.second is None:
            cannot_break = limit <= 0 if contrast.kind == "floor" else limit >= 1
            return cannot_break or (_at_least if contrast.kind == "floor" else _at_most)(x1, n1, limit) <= alpha
        x2, n2 = _counts(contrast.second)
        if contrast.kind == "difference":
            return exact_difference(x2, n2, x1, n1, -limit, alpha)
        return exact_ratio(x1, n1, x2, n2, limit, alpha)


class ByInterval:
    """One-sided bounds from intervals, put together by MOVER: the error rate holds for large samples."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the bound lies beyond the limit."""
        low, high = bounds(contrast, alpha)
        return low > contrast.limit if contrast.seeks_largest else high < contrast.limit

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the other bound lies within the limit."""
        low, high = bounds(contrast, alpha)
        return high <= contrast.limit if contrast.seeks_largest else low >= contrast.limit


class ByPoint:
    """The estimates alone, in exact arithmetic: a screen, without error rates."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the estimates are beyond the limit."""
        return not contrast.holds

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the estimates are within the limit."""
        return contrast.holds


def bounds(contrast: Contrast, alpha: float) -> tuple[float, float]:
    """A lower and an upper bound of the contrast's value, each wrong with probability about `alpha`."""
    first = _limits(contrast.first, alpha)
    if contrast.second is None:
        return float(first.low), float(first.high)
    second = _limits(contrast.second, alpha)
    a, b = float(contrast.first.exact), float(contrast.second.exact)
    if contrast.kind == "difference":
        found = mover_difference(a, first, b, second)
        return float(found.low), float(found.high)
    ends = [first.low, first.high, second.low, second.high]
    if not np.isfinite(ends).all():
        return 0.0, float("inf")
    found = mover_ratio(a, first, b, second)
    return float(found.low), float(found.high)


@lru_cache(maxsize=4096)
def _limits(cell: Cell, alpha: float) -> Limits:
    level = 1 - 2 * alpha
    if cell.x is not None and cell.n is not None:
        return clopper_pearson(cell.x, cell.n, level)
    assert cell.value is not None, "undefined cells are not compared"
    low = -np.inf if cell.low is None else cell.low
    high = np.inf if cell.high is None else cell.high
    ends = Limits(np.asarray(low, dtype=float), np.asarray(high, dtype=float))
    return rescaled(cell.value, ends, cell.level, level, np.inf if cell.freedom is None else cell.freedom)


def _counts(cell: Cell) -> tuple[int, int]:
    assert cell.x is not None and cell.n is not None, "exact tests are for counted rows"
    return cell.x, cell.n


def _at_most(x: int, n: int, rate: float) -> float:
    """The largest P(X <= x) over rates >= `rate`; 0 where there are none."""
    if rate > 1:
        return 0.0
    return 1.0 if x == n or rate <= 0 else float(betainc(n - x, x + 1, 1 - rate))


def _at_least(x: int, n: int, rate: float) -> float:
    """The largest P(X >= x) over rates <= `rate`; 0 where there are none."""
    return _at_most(n - x, n, 1 - rate)
