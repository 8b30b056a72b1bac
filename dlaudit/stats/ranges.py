"""The largest difference and the smallest ratio over several slices, with bounds that hold for all pairs at once.

The largest gap in a sample is above the largest gap in truth: it is the largest of many. So its lower bound is the
largest of all pairs' lower bounds, each at its share of the error rate (Bonferroni). Its upper bound needs no share:
it holds whenever the bound of the one truly widest pair holds.
"""

import numpy as np
from jaxtyping import Float, Int, Real

from dlaudit.stats.intervals import clopper_pearson, mover_difference, mover_ratio, rate_of
from dlaudit.stats.numbers import Limits

Counts = Int[np.ndarray, " slices"]
Values = Real[np.ndarray, " slices"]


def range_difference(x: Counts, n: Counts, level: float = 0.95) -> tuple[float, float]:
    """Bounds of max p - min p over slices, each end wrong with probability at most (1 - level) / 2.

    From MOVER intervals with Clopper-Pearson limits. Slices with n = 0 are left out; NaN where fewer than two remain.

    Args:
        x: Successes.
        n: Trials.
        level: Confidence level.
    """
    x, n = x[n > 0], n[n > 0]
    tail = (1 - level) / 2
    return value_range_difference(rate_of(x, n), _stretched(x, n, tail), clopper_pearson(x, n, 1 - 2 * tail))


def range_ratio(x: Counts, n: Counts, level: float = 0.95) -> tuple[float, float]:
    """Bounds of min p / max p over slices, each end wrong with probability at most (1 - level) / 2.

    From MOVER-R intervals with Clopper-Pearson limits. Slices with n = 0 are left out; NaN where fewer than two
    remain or every rate is 0. The upper end is at most 1.

    Args:
        x: Successes.
        n: Trials.
        level: Confidence level.
    """
    x, n = x[n > 0], n[n > 0]
    tail = (1 - level) / 2
    return value_range_ratio(rate_of(x, n), _stretched(x, n, tail), clopper_pearson(x, n, 1 - 2 * tail))


def value_range_difference(value: Values, shared: Limits, single: Limits) -> tuple[float, float]:
    """Bounds of max - min of any independent estimates.

    Args:
        value: Estimates.
        shared: Their intervals at the level that is left for each ordered pair.
        single: Their intervals at the level of one pair.
    """
    if len(value) < 2:
        return float("nan"), float("nan")
    one, two = _pairs(len(value))
    lower = mover_difference(value[one], _take(shared, one), value[two], _take(shared, two)).low
    upper = mover_difference(value[one], _take(single, one), value[two], _take(single, two)).high
    return max(0.0, float(lower.max())), float(upper.max())


def value_range_ratio(value: Values, shared: Limits, single: Limits) -> tuple[float, float]:
    """Bounds of min / max of any independent estimates that are not negative; see `value_range_difference`."""
    if len(value) < 2 or not (value > 0).any():
        return float("nan"), float("nan")
    one, two = _pairs(len(value))
    lower = mover_ratio(value[one], _take(single, one), value[two], _take(single, two)).low
    upper = mover_ratio(value[one], _take(shared, one), value[two], _take(shared, two)).high
    return float(lower.min()), min(1.0, float(upper.min()))


def ordered_pairs(slices: int) -> int:
    """How many ordered pairs of different slices there are: the hypotheses that share an error rate."""
    return slices * (slices - 1)


def _stretched(x: Counts, n: Counts, tail: float) -> Limits:
    return clopper_pearson(x, n, 1 - 2 * tail / max(ordered_pairs(len(x)), 1))


def _pairs(slices: int) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
    one, two = np.nonzero(~np.eye(slices, dtype=bool))
    return one, two


def _take(limits: Limits, places: Int[np.ndarray, " pairs"]) -> Limits:
    low: Float[np.ndarray, " pairs"] = limits.low[places]
    return Limits(low, limits.high[places])
