"""R²: the share of the variance of a number that its predictions account for."""

import math
from fractions import Fraction

import numpy as np

from dlaudit.marking import N_
from dlaudit.metrics.counts import VARIABLES, Counts
from dlaudit.metrics.exact_sum import number
from dlaudit.metrics.registry import NO_INTERVAL, FromCounts, Undefined, metric
from dlaudit.metrics.rows import ScoredRows

ALIKE = "no two different true values"


def _from_counts(sides: Counts, place: int, level: float) -> FromCounts:
    """R² to the last digit from sums; a bootstrap needs rows, so there is no interval."""
    assert sides.row_weights is None, "weighted sums of squares are not kept"
    rows = int(sides.rows[0])
    total, _, squares = _sums(sides, "target")
    spread = squares - total * total / rows
    if spread <= 0:
        raise Undefined(f"{ALIKE} in this slice")
    return FromCounts(float(1 - _sums(sides, "squared_error")[0] / spread), NO_INTERVAL, rows)


def _sums(sides: Counts, variable: str) -> tuple[Fraction, Fraction, Fraction]:
    first, cross, second = sides.moments[0, VARIABLES[sides.task].index(variable)]
    return number(first), number(cross), number(second)


@metric(
    "r2",
    task="regression",
    needs="rows",
    better="higher",
    formula="1 - sum of (y - prediction)² / sum of (y - mean y)²",
    undefined=ALIKE,
    span=(-math.inf, 1.0),
    aliases=("coefficient of determination",),
    meaning=N_("Share of the variance of y that the predictions account for; a slice of small variance scores low."),
    from_counts=_from_counts,
)
def r2(rows: ScoredRows) -> float:
    """1 - the squared error over the squared distance from the slice's own mean; NaN where all y are equal."""
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    spread = np.sum(weight * (rows.target - np.average(rows.target, weights=weight)) ** 2)
    if len(np.unique(rows.target[weight > 0])) < 2:
        return math.nan
    return float(1 - np.sum(weight * (rows.target - rows.prediction) ** 2) / spread)
