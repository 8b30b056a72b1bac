"""Metrics of a number that each row brings with it, as the Dice score of an image: mean, median, tenth percentile."""

import math
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import binom

from dlaudit.marking import N_
from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.registry import NO_INTERVAL, Interval, Undefined, metric
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.intervals import cluster_wilson
from dlaudit.stats.numbers import Limits

ANY = (-math.inf, math.inf)
MEDIAN, TENTH = 0.5, 0.1


@metric(
    "mean_value",
    task="regression",
    needs="mean",
    variable="prediction",
    better=None,
    formula="sum of values / N",
    undefined="no rows",
    span=ANY,
    meaning=N_("Mean of the number that each row brings with it (metrics.values)."),
)
def mean_value(mean: float) -> float:
    """Mean of the values."""
    return mean


def percentile(values: Float[np.ndarray, " n"], share: float) -> float:
    """The smallest value with at least `share` of all values at or below it: one of the values themselves."""
    ordered = np.sort(values)
    return float(ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)])


def percentile_interval(rows: ScoredRows, share: float, level: float) -> Interval:
    """Interval of a percentile from the order of the values, whatever their distribution.

    Of independent rows the ends are values whose ranks a binomial number of rows below the percentile leaves (David &
    Nagaraja 2003, Order Statistics, 7.1): at least `level`. Of rows that share units they are the outermost values that
    could be the percentile: those of which the interval of the share of rows at or below, and below, leaves room for
    `share` (Francisco & Fuller 1991, DOI 10.1214/aos/1176347993). An end for which there are too few rows or units is
    unbounded.
    """
    ordered = np.sort(rows.prediction.astype(np.float64))
    return _by_ranks(ordered, share, level) if rows.unit is None else _by_units(rows, ordered, share, level)


def _by_units(rows: ScoredRows, ordered: Float[np.ndarray, " n"], share: float, level: float) -> Interval:
    """The values between those at or below which too few rows lie, and those below which too many do."""
    assert rows.unit is not None, "rows without units have ranks"
    unit, values = rows.unit, np.unique(ordered)
    units = len(np.unique(unit))
    if units < 2:
        return NO_INTERVAL

    def limits(below: Bool[np.ndarray, " n"]) -> Limits:
        rate = float(below.mean())
        variance, _ = between_units((below - rate) / len(below), unit)
        return cluster_wilson(rate, variance, units, level)

    def enough(at: int) -> bool:
        return bool(limits(rows.prediction <= values[at]).high >= share)

    def too_many(at: int) -> bool:
        return bool(limits(rows.prediction < values[at]).low > share)

    nobody = np.zeros(len(rows), dtype=bool)
    low = None if limits(nobody).high >= share else float(values[_first(enough, len(values) - 1)])
    high = None if limits(~nobody).low <= share else float(values[_first(too_many, len(values)) - 1])
    if (low, high) == (None, None):
        return NO_INTERVAL
    return Interval(low, high, "percentile_by_units", "asymptotic", float(units - 1))


def _first(holds: Callable[[int], bool], end: int) -> int:
    """The first place before `end` from which on something holds; `end` where it never does."""
    return bisect_left(range(end), True, key=holds)


def _by_ranks(ordered: Float[np.ndarray, " n"], share: float, level: float) -> Interval:
    n, tail = len(ordered), (1 - level) / 2
    if n < 2:
        return NO_INTERVAL
    lower = int(binom.ppf(tail, n, share))  # P(fewer than this many rows lie below the percentile) <= tail
    upper = int(binom.ppf(1 - tail, n, share)) + 1
    low = float(ordered[lower - 1]) if lower >= 1 else None
    high = float(ordered[upper - 1]) if upper <= n else None
    return Interval(low, high, "order_statistics", "finite-sample") if (low, high) != (None, None) else NO_INTERVAL


def _value(rows: ScoredRows, share: float) -> float:
    if len(rows) == 0:
        raise Undefined("no rows in this slice")
    return percentile(rows.prediction.astype(np.float64), share)


@metric(
    "median_value",
    task="regression",
    needs="rows",
    better=None,
    formula="the smallest value with half of the rows at or below it",
    undefined="no rows",
    span=ANY,
    meaning=N_("Half of the rows have at most this value (metrics.values)."),
    interval=lambda rows, level: percentile_interval(rows, MEDIAN, level),
    robust_interval=lambda rows, level: percentile_interval(rows, MEDIAN, level),
    weighted=False,
)
def median_value(rows: ScoredRows) -> float:
    """The median of the values."""
    return _value(rows, MEDIAN)


@metric(
    "tenth_percentile",
    task="regression",
    needs="rows",
    better=None,
    formula="the smallest value with a tenth of the rows at or below it",
    undefined="no rows",
    span=ANY,
    meaning=N_("The worst tenth of the rows has at most this value, where higher is better (metrics.values)."),
    interval=lambda rows, level: percentile_interval(rows, TENTH, level),
    robust_interval=lambda rows, level: percentile_interval(rows, TENTH, level),
    weighted=False,
)
def tenth_percentile(rows: ScoredRows) -> float:
    """The tenth percentile of the values."""
    return _value(rows, TENTH)
