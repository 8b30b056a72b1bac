"""The three ways to judge one contrast: exactly from counts, from intervals, or by the estimates alone."""

from functools import lru_cache
from math import inf, nextafter
from typing import Literal, Protocol

import numpy as np
from scipy.special import betainc, betaincinv

from dlaudit.gate.apart import Apart
from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import Contrast
from dlaudit.gate.flipped import EASIER, HARDER, Flipped
from dlaudit.stats.exact import exact_difference, exact_ratio
from dlaudit.stats.exact_bounds import bound_difference, bound_ratio
from dlaudit.stats.intervals import clopper_pearson, mover_difference, mover_ratio, rescaled
from dlaudit.stats.numbers import Limits
from dlaudit.stats.paired import tango_limits

JudgeName = Literal["exact", "interval", "point"]


class Tests(Protocol):
    """Answers about one contrast, each wrong with probability at most `alpha`."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the data show that the statement does not hold."""
        ...

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the data show that the statement holds."""
        ...

    def breaks(self, contrast: Contrast, alpha: float) -> float:
        """The widest limit between the two sides that the data show to be broken."""
        ...

    def keeps(self, contrast: Contrast, alpha: float) -> float:
        """The tightest limit between the two sides that the data show to be kept."""
        ...

    def outer_breaks(self, contrast: Contrast, alpha: float) -> float:
        """A limit no tighter than `breaks`, quickly."""
        ...

    def outer_keeps(self, contrast: Contrast, alpha: float) -> float:
        """A limit no tighter than `keeps`, quickly."""
        ...


class Exact:
    """Exact tests, whose error rates hold for every sample size: `Flipped` or `Apart` of a drop, else `Binomial`."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether an exact test rejects the statement."""
        return _exact_for(contrast).broken(contrast, alpha)

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether an exact test rejects the statement's contrary."""
        return _exact_for(contrast).kept(contrast, alpha)

    def breaks(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `broken` changes its answer."""
        return _exact_for(contrast).breaks(contrast, alpha)

    def keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `kept` changes its answer."""
        return _exact_for(contrast).keeps(contrast, alpha)

    def outer_breaks(self, contrast: Contrast, alpha: float) -> float:
        """A quick bound that only tells which comparisons to look at; no verdict rests on it."""
        return _exact_for(contrast).outer_breaks(contrast, alpha)

    def outer_keeps(self, contrast: Contrast, alpha: float) -> float:
        """As `outer_breaks`."""
        return _exact_for(contrast).outer_keeps(contrast, alpha)


class Binomial:
    """Binomial and exact unconditional tests of shares of counted rows."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether an exact test rejects the statement."""
        if contrast.always_holds:
            return False
        x1, n1 = _counts(contrast.first)
        limit = float(contrast.limit)
        if contrast.second is None:
            return (_at_most if contrast.kind == "floor" else _at_least)(x1, n1, limit) <= alpha
        x2, n2 = _counts(contrast.second)
        if contrast.kind == "difference":
            return limit < 1 and exact_difference(x1, n1, x2, n2, limit, alpha)
        return exact_ratio(x2, n2, x1, n1, float(1 / contrast.limit), alpha)

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether an exact test rejects the statement's contrary."""
        if contrast.always_holds:
            return True
        x1, n1 = _counts(contrast.first)
        limit = float(contrast.limit)
        if contrast.second is None:
            cannot_break = limit <= 0 if contrast.kind == "floor" else limit >= 1
            return cannot_break or (_at_least if contrast.kind == "floor" else _at_most)(x1, n1, limit) <= alpha
        x2, n2 = _counts(contrast.second)
        if contrast.kind == "difference":
            return limit > 1 or exact_difference(x2, n2, x1, n1, -limit, alpha)
        return exact_ratio(x1, n1, x2, n2, limit, alpha)

    def breaks(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `broken` changes its answer."""
        return _exact_bound(contrast, alpha, upper=not contrast.seeks_largest)

    def keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound at which `kept` changes its answer."""
        return _exact_bound(contrast, alpha, upper=contrast.seeks_largest)

    def outer_breaks(self, contrast: Contrast, alpha: float) -> float:
        """MOVER's bound at five times the level: in thousands of random tables none of the exact bounds lay beyond it.

        It only tells which comparisons to look at; no verdict rests on it.
        """
        low, high = bounds(contrast, min(EASIER * alpha, 0.4))
        return low if contrast.seeks_largest else high

    def outer_keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound of two Clopper-Pearson intervals, each at a hundredth of the level; as for `outer_breaks`."""
        first = _limits(contrast.first, alpha / HARDER)
        if contrast.second is None:
            return float(first.high if contrast.seeks_largest else first.low)
        second = _limits(contrast.second, alpha / HARDER)
        if contrast.kind == "difference":
            return float(first.high - second.low)
        return float(first.low / second.high)


class ByInterval:
    """One-sided bounds from intervals, put together by MOVER: the error rate holds for large samples."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the bound lies beyond the limit."""
        return _is_beyond(contrast, self.breaks(contrast, alpha))

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the other bound lies within the limit."""
        return not _is_beyond(contrast, self.keeps(contrast, alpha))

    def breaks(self, contrast: Contrast, alpha: float) -> float:
        """The bound towards the limit."""
        low, high = bounds(contrast, alpha)
        return low if contrast.seeks_largest else high

    def keeps(self, contrast: Contrast, alpha: float) -> float:
        """The bound away from it."""
        low, high = bounds(contrast, alpha)
        return high if contrast.seeks_largest else low

    outer_breaks, outer_keeps = breaks, keeps


class ByPoint:
    """The estimates alone, in exact arithmetic: a screen, without error rates."""

    def broken(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the estimates are beyond the limit."""
        return not contrast.holds

    def kept(self, contrast: Contrast, alpha: float) -> bool:
        """Whether the estimates are within the limit."""
        return contrast.holds

    def breaks(self, contrast: Contrast, alpha: float) -> float:
        """The last limit before the estimate."""
        return nextafter(self.keeps(contrast, alpha), -inf if contrast.seeks_largest else inf)

    def keeps(self, contrast: Contrast, alpha: float) -> float:
        """The estimate."""
        first = contrast.first.exact
        if contrast.second is None:
            return float(first)
        second = contrast.second.exact
        if contrast.kind == "difference":
            return float(first - second)
        return float(first / second) if second else inf

    outer_breaks, outer_keeps = breaks, keeps


_PAIRED, _APART, _BINOMIAL = Flipped(), Apart(), Binomial()
TESTS: dict[JudgeName, Tests] = {"exact": Exact(), "interval": ByInterval(), "point": ByPoint()}


def bounds(contrast: Contrast, alpha: float) -> tuple[float, float]:
    """A lower and an upper bound of the contrast's value by MOVER, each wrong with probability about `alpha`."""
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


def _exact_for(contrast: Contrast) -> Tests:
    if contrast.first.samples is not None:
        return _APART
    return _BINOMIAL if contrast.first.flips is None else _PAIRED


def _is_beyond(contrast: Contrast, value: float) -> bool:
    return value > contrast.limit if contrast.seeks_largest else value < contrast.limit


@lru_cache(maxsize=4096)
def _limits(cell: Cell, alpha: float) -> Limits:
    level = 1 - 2 * alpha
    if cell.x is not None and cell.n is not None:
        return clopper_pearson(cell.x, cell.n, level)
    assert cell.value is not None, "undefined cells are not compared"
    if cell.flips is not None:
        return tango_limits(*cell.flips, level)
    if cell.growth is not None:
        least, most = cell.growth.limits(alpha)
        return Limits(np.asarray(min(least, cell.value)), np.asarray(max(most, cell.value)))
    low = -np.inf if cell.low is None else cell.low
    high = np.inf if cell.high is None else cell.high
    ends = Limits(np.asarray(low, dtype=float), np.asarray(high, dtype=float))
    return rescaled(cell.value, ends, cell.level, level, np.inf if cell.freedom is None else cell.freedom)


def _exact_bound(contrast: Contrast, alpha: float, *, upper: bool) -> float:
    x1, n1 = _counts(contrast.first)
    if contrast.second is None and upper:
        return float(betaincinv(x1 + 1, n1 - x1, 1 - alpha)) if x1 < n1 else 1.0
    if contrast.second is None:
        return float(betaincinv(x1, n1 - x1 + 1, alpha)) if x1 > 0 else 0.0
    x2, n2 = _counts(contrast.second)
    return (bound_difference if contrast.kind == "difference" else bound_ratio)((x1, n1, x2, n2), alpha, upper=upper)


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
