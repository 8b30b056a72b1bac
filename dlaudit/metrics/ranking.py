"""Metrics that need the rows themselves: the order of scores, and shares of variance."""

import math

import numpy as np

from dlaudit.metrics.registry import Interval, Undefined, metric
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.auc import auc as area
from dlaudit.stats.auc import auc_interval


def _area_interval(rows: ScoredRows, level: float) -> Interval:
    found = auc_interval(rows.score[:, 0], rows.target, level)
    return Interval(found.low, found.high, found.method, "asymptotic")


@metric(
    "auc",
    task="binary",
    needs="rows",
    better="higher",
    formula="P(score of a positive > score of a negative) + P(equal) / 2",
    undefined="no positives or no negatives",
    aliases=("ROC AUC", "C statistic"),
    meaning="Share of pairs of a positive and a negative in which the positive has the higher score.",
    interval=_area_interval,
)
def auc(rows: ScoredRows) -> float:
    """The area under the ROC curve, as a share of pairs (Mann & Whitney 1947)."""
    held = rows.target if rows.weight is None else rows.target[rows.weight > 0]
    for label, name in ((1, "positives"), (0, "negatives")):
        if not (held == label).any():
            raise Undefined(f"no {name} in this slice")
    return float(area(rows.score[:, 0], rows.target, rows.weight))


@metric(
    "r2",
    task="regression",
    needs="rows",
    better="higher",
    formula="1 - sum of (y - prediction)² / sum of (y - mean y)²",
    undefined="no two different true values",
    span=(-math.inf, 1.0),
    aliases=("coefficient of determination",),
    meaning="Share of the variance of y that the predictions account for; a slice of small variance scores low.",
)
def r2(rows: ScoredRows) -> float:
    """1 - the squared error over the squared distance from the slice's own mean; NaN where all y are equal."""
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    spread = np.sum(weight * (rows.target - np.average(rows.target, weights=weight)) ** 2)
    if len(np.unique(rows.target[weight > 0])) < 2:
        return math.nan
    return float(1 - np.sum(weight * (rows.target - rows.prediction) ** 2) / spread)
