"""Bounds of a difference and of a ratio of two rates: where the exact tests change their answer.

A test of p1 - p2 <= m rejects for small m and does not for large m. The lower bound is the largest m of a decimal grid
at which it rejects; the upper bound is that of the slices exchanged. The grid is finer than a fiftieth of the standard
error and holds the limits that people write (0.1, 0.8), so that a bound answers for such a limit as the test does.

The score orders tables anew at every m, so that for a few tables of small slices the answer changes more than once. The
search starts where the p-value is nearest to alpha: at the step it finds the test rejects, and at the next step of the
grid it does not. Then, for slices of up to 100 rows, it looks further out for limits that are not rejected, and goes
beyond them. That a bound is wrong with probability at most alpha follows from the test's size where the test rejects
all limits beyond the bound. Between looks it may not; enumerated over small slices the error was at most 1.004 alpha.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import floor, inf, log10, sqrt
from operator import truediv

from scipy.special import ndtri

from dlaudit.stats.exact import is_rejected, level_reached
from dlaudit.stats.nulls import Null, Table
from dlaudit.stats.numbers import Number

_DECADES = 9
"""Ratios are looked for between 1e-9 and 1e9."""
_ROUGH = 0.02
"""Precision of the p-value that the search starts from."""
_SHARE = 100
"""A grid of differences has at least this many steps to one over the square root of the smaller slice's rows."""
_LOOKS = 12
"""Looks further out, one after the other, that must all reject before a bound is believed."""
_STRIDE_DIFFERENCE, _STRIDE_RATIO = 0.01, 0.04
"""From one look to the next, in 1 / sqrt(rows of the smaller slice); of a ratio's logarithm."""
_LOOKED_AT = 100
"""Rows of the smaller slice up to which looks are made."""


def bounds_difference(x1: int, n1: int, x2: int, n2: int, alpha: Number) -> tuple[float, float]:
    """A lower and an upper bound of p1 - p2 that agree with `exact_difference` at `alpha`.

    The test rejects p1 - p2 <= low, and does not at the next step of the grid; it rejects p1 - p2 >= high, and does not
    one step below. -1 and 1 where nothing is rejected, as for an empty slice. Each is wrong with probability about
    `alpha` or less (see the top of this file for what that rests on).

    Args:
        x1: Successes of the first slice.
        n1: Its trials.
        x2: Successes of the second slice.
        n2: Its trials.
        alpha: Error rate of each bound.

    Source: Chan and Zhang 1999, DOI 10.1111/j.0006-341X.1999.01202.x.
    """
    return _lower_difference((x1, n1, x2, n2), float(alpha)), -_lower_difference((x2, n2, x1, n1), float(alpha))


def bounds_ratio(x1: int, n1: int, x2: int, n2: int, alpha: Number) -> tuple[float, float]:
    """A lower and an upper bound of p1 / p2 that agree with `exact_ratio` at `alpha`.

    The test rejects p1 <= low p2, and p1 >= high p2 (as p2 <= p1 / high). 0 and infinity where nothing is rejected, as
    for an empty slice. Each is wrong with probability about `alpha` or less, as for `bounds_difference`.

    Args:
        x1: Successes of the first slice.
        n1: Its trials.
        x2: Successes of the second slice.
        n2: Its trials.
        alpha: Error rate of each bound.
    """
    return _lower_ratio((x1, n1, x2, n2), float(alpha)), _upper_ratio((x1, n1, x2, n2), float(alpha))


def bound_difference(table: Table, alpha: Number, *, upper: bool) -> float:
    """One end of `bounds_difference` of x1, n1, x2, n2, in half the time."""
    x1, n1, x2, n2 = table
    return -_lower_difference((x2, n2, x1, n1), float(alpha)) if upper else _lower_difference(table, float(alpha))


def bound_ratio(table: Table, alpha: Number, *, upper: bool) -> float:
    """One end of `bounds_ratio` of x1, n1, x2, n2, in half the time."""
    return (_upper_ratio if upper else _lower_ratio)(table, float(alpha))


@dataclass(frozen=True)
class _Ladder:
    """Null hypotheses on a grid of limits, each easier to reject than the next."""

    null_at: Callable[[int], Null]
    table: Table
    alpha: float
    stride: Callable[[int], int]
    """Steps from here to the next look further out."""

    def rejects(self, step: int) -> bool:
        """Whether the test rejects at this step."""
        return is_rejected(self.null_at(step), self.table, self.alpha)

    def last(self, lowest: int, highest: int) -> int:
        """The largest step at which it rejects; `lowest`, which is taken for granted, where there is none."""
        at = self._nearest(lowest + 1, highest - 1)
        inside, outside, pace = lowest, highest, 1
        while inside < at < outside:
            if self.rejects(at):
                inside, at = at, at + pace
            else:
                outside, at = at, at - pace
            pace *= 2
        inside = self._between(inside, outside)
        return self._beyond_gaps(inside, lowest) if min(self.table[1], self.table[3]) <= _LOOKED_AT else inside

    def _between(self, inside: int, outside: int) -> int:
        """A step that is rejected beside one that is not, between one of each."""
        while outside - inside > 1:
            middle = (inside + outside) // 2
            inside, outside = (middle, outside) if self.rejects(middle) else (inside, middle)
        return inside

    def _beyond_gaps(self, inside: int, lowest: int) -> int:
        """The same step, or one further out if limits between are not rejected."""
        at, kept = inside, 0
        while kept < _LOOKS and at > lowest:
            farther = max(lowest, at - self.stride(at))
            if farther == lowest or self.rejects(farther):
                kept += 1
            else:
                inside, kept = farther, 0
            at = farther
        if self.rejects(inside) or inside == lowest:
            return inside
        return self._between(max(lowest, inside - self.stride(inside)), inside)

    def _nearest(self, lowest: int, highest: int) -> int:
        """About where the level at which the test rejects is alpha: by the normal law first, then corrected by it."""
        wanted = float(-ndtri(self.alpha))
        low, high = lowest, highest
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._score(middle) > wanted else (low, middle)
        if not self.null_at(low).is_beyond(*self.table):
            return low
        reached = level_reached(self.null_at(low), self.table, self.alpha, _ROUGH)
        if not 0 < reached < 1:
            return low
        reach = max(1, min((highest - lowest) // 1000, high - lowest, highest - low))
        pace = (self._score(max(low - reach, lowest)) - self._score(min(low + reach, highest))) / (2 * reach)
        off = (float(-ndtri(reached)) - wanted) / pace if 0 < pace < inf else 0.0
        return min(max(low + round(off), lowest), highest)

    def _score(self, step: int) -> float:
        return float(self.null_at(step).score(*self.table))


@lru_cache(maxsize=1 << 14)
def _lower_difference(table: Table, alpha: float) -> float:
    _, n1, _, n2 = table
    if 0 in (n1, n2):
        return -1.0
    unit: int = 10 ** min(6, max(3, -floor(log10(1 / sqrt(min(n1, n2)) / _SHARE))))
    stride = max(1, round(_STRIDE_DIFFERENCE * unit / sqrt(min(n1, n2))))
    ladder = _Ladder(lambda step: Null("difference", step / unit), table, alpha, lambda _: stride)
    return ladder.last(-unit, unit) / unit


@lru_cache(maxsize=1 << 14)
def _lower_ratio(table: Table, alpha: float) -> float:
    x1, n1, _, n2 = table
    if 0 in (n1, n2) or x1 == 0:
        return 0.0
    digits = _digits(n1, n2)
    end = _DECADES * _decade(digits)
    ladder = _Ladder(
        lambda step: Null("ratio", truediv(*_fraction(digits, step))),
        table,
        alpha,
        lambda step: _log_stride(digits, step, min(n1, n2)),
    )
    step = ladder.last(-end, end)
    return 0.0 if step == -end else truediv(*_fraction(digits, step))


@lru_cache(maxsize=1 << 14)
def _upper_ratio(table: Table, alpha: float) -> float:
    x1, n1, x2, n2 = table
    if 0 in (n1, n2) or x2 == 0:
        return inf
    digits = _digits(n1, n2)
    end = _DECADES * _decade(digits)

    def null_at(step: int) -> Null:
        above, below = _fraction(digits, -step)
        return Null("ratio", below / above)

    def stride(step: int) -> int:
        return _log_stride(digits, -step, min(n1, n2))

    step = _Ladder(null_at, (x2, n2, x1, n1), alpha, stride).last(-end, end)
    return inf if step == -end else truediv(*_fraction(digits, -step))


def _fraction(digits: int, step: int) -> tuple[int, int]:
    """Numerator and denominator of a step of the grid of ratios: with two digits 1.0, 1.1, ... 9.9, 10, 11, ..."""
    decade, place = divmod(step, _decade(digits))
    exponent = decade - digits + 1
    return (10 ** (digits - 1) + place) * 10 ** max(0, exponent), 10 ** max(0, -exponent)


def _log_stride(digits: int, step: int, rows: int) -> int:
    """Steps of the grid of ratios that make up one look's distance."""
    mantissa: int = 10 ** (digits - 1) + step % _decade(digits)
    return max(1, round(float(_STRIDE_RATIO * mantissa) / sqrt(rows)))


def _decade(digits: int) -> int:
    """Numbers of so many digits between a power of ten and the next."""
    return int(9 * 10 ** (digits - 1))


def _digits(n1: int, n2: int) -> int:
    return min(5, max(3, 2 + floor(log10(min(n1, n2)) / 2 + 0.5)))
