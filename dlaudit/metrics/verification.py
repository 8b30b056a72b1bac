"""Metrics of verification: the equal error rate, beside the false match and non-match rates of rates.py."""

import math

import numpy as np

from dlaudit.marking import N_
from dlaudit.metrics.bootstrap import bootstrap_interval
from dlaudit.metrics.registry import NO_INTERVAL, Interval, Undefined, metric
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.equal_error import PassingRows


def _interval(rows: ScoredRows, level: float) -> Interval:
    """Of pairs from where the lower ends of the intervals of both rates cross to where the upper ends do.

    Every slice's threshold is its own, and its uncertainty is in the interval. Of other rows a bootstrap.
    """
    if rows.unit is None or rows.unit.ndim != 2:
        return bootstrap_interval(_value_or_nan, rows, level)
    low, high, freedom = _passing(rows).interval(rows.unit, level)
    if not math.isfinite(low + high):
        return NO_INTERVAL
    return Interval(low, high, "wilson_clustered_crossing", "asymptotic", freedom)


@metric(
    "equal_error_rate",
    task="binary",
    needs="rows",
    better="lower",
    formula="(FPR + FNR) / 2 at the threshold at which the two are closest",
    undefined="no positives or no negatives",
    aliases=("EER", "crossover error rate"),
    meaning=N_(
        "Error rate at the slice's own threshold at which as large a share of negatives matches as of positives "
        "does not."
    ),
    robust_interval=_interval,
)
def equal_error_rate(rows: ScoredRows) -> float:
    """The rate at which false positives and false negatives are equally frequent, each slice at its own threshold."""
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    for label, name in ((1, "positives"), (0, "negatives")):
        if not weight[rows.target == label].any():
            raise Undefined(f"no {name} in this slice")
    return _passing(rows).equal_error


def _passing(rows: ScoredRows) -> PassingRows:
    return PassingRows(rows.score[:, 0].astype(np.float64), rows.target.astype(np.int64), rows.weight)


def _value_or_nan(rows: ScoredRows) -> float:
    try:
        return float(equal_error_rate(rows))
    except Undefined:
        return math.nan
