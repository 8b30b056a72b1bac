"""Metrics of a number that each row brings with it, as the Dice score of an image: mean, median, tenth percentile."""

import math

import numpy as np
from jaxtyping import Float
from scipy.stats import binom

from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.registry import NO_INTERVAL, Interval, Undefined, metric
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.intervals import cluster_wilson

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
    meaning="Mean of the number that each row brings with it (metrics.values).",
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
    Nagaraja 2003, Order Statistics, 7.1): at least `level`. Of rows that share units they are those at the ends of the
    interval of the share of rows below (Woodruff 1952, DOI 10.1080/01621459.1952.10483443). An end for which there are
    too few rows is unbounded.
    """
    ordered = np.sort(rows.prediction.astype(np.float64))
    if rows.unit is None:
        return _by_ranks(ordered, share, level)
    below = (rows.prediction <= percentile(ordered, share)).astype(np.float64)
    variance, units = between_units((below - below.mean()) / len(below), rows.unit)
    limits = cluster_wilson(share, variance, units, level)
    if units < 2 or not np.isfinite(limits.low + limits.high):
        return NO_INTERVAL
    ends = percentile(ordered, float(limits.low)), percentile(ordered, float(limits.high))
    return Interval(*ends, "woodruff_clustered", "asymptotic", float(units - 1))


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
    meaning="Half of the rows have at most this value (metrics.values).",
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
    meaning="The worst tenth of the rows has at most this value, where higher is better (metrics.values).",
    interval=lambda rows, level: percentile_interval(rows, TENTH, level),
    robust_interval=lambda rows, level: percentile_interval(rows, TENTH, level),
    weighted=False,
)
def tenth_percentile(rows: ScoredRows) -> float:
    """The tenth percentile of the values."""
    return _value(rows, TENTH)
