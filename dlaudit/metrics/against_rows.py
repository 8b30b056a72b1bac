"""What every row adds to a metric's error on one slice: two models on the same rows then share their errors.

The error of an estimate is, to first order, the sum over rows of an influence. The gap between two slices, and the
change of a gap between two models, are sums of influences of the same rows, so that what both models have in common
cancels row by row.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata

from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.counts import cell_codes, variables
from dlaudit.metrics.forms import Asked, form, row_parts
from dlaudit.metrics.registry import CellValue, Mapped
from dlaudit.metrics.rows import ScoredRows

_STEP = 1e-6


@dataclass(frozen=True, kw_only=True)
class Valued:
    """A metric on the rows of one slice."""

    value: float
    """The metric; NaN where undefined."""
    influence: Float[np.ndarray, " n"]
    """What each row adds to its error, 0 outside the slice; sums to 0 up to rounding."""
    counted: Bool[np.ndarray, " n"]
    """Rows that it rests on."""


def why_not_paired(asked: Asked, rows: ScoredRows) -> str | None:
    """Why the metric has no influences; None where it has."""
    metric = asked.metric
    if metric.needs == "mean":
        return None
    if metric.needs == "rows":
        able = metric.name == "auc" and rows.task == "binary" and rows.weight is None
        return None if able else "it is no share or mean of rows"
    codes, side = cell_codes(rows.take(np.zeros(0, dtype=np.int64)))
    made = form(asked, np.zeros((1, codes.shape[1], side, side), dtype=np.int64), rows.task)
    return "it is no share or mean of rows" if isinstance(made, CellValue | Mapped) else None


def valued(asked: Asked, rows: ScoredRows, inside: Bool[np.ndarray, " n"]) -> Valued:
    """The metric on the rows where `inside` is true, with what each of them adds to its error.

    Shares: w (numerator - p denominator) / W. Means: w (x - m) / W, times the slope of what is made of the mean. AUC:
    placement values (DeLong et al. 1988, DOI 10.2307/2531595).

    Args:
        asked: The metric; `why_not_paired` has nothing against it.
        rows: All rows.
        inside: The slice.
    """
    weight = np.where(inside, np.ones(len(rows)) if rows.weight is None else rows.weight, 0.0)
    if asked.metric.needs == "mean":
        return _mean(asked, rows, weight)
    if asked.metric.needs == "rows":
        return _area(rows, inside)
    return _share(asked, rows, weight)


def _share(asked: Asked, rows: ScoredRows, weight: Float[np.ndarray, " n"]) -> Valued:
    shares = row_parts(asked, rows)
    value, influence, counted = 0.0, np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)
    for above, below in shares:
        total = float((weight * below).sum())
        if total <= 0:
            return Valued(value=math.nan, influence=np.zeros(len(rows)), counted=counted)
        share = float((weight * above).sum()) / total
        value += share / len(shares)
        influence += weight * (above - share * below) / (total * len(shares))
        counted |= (below > 0) & (weight > 0)
    return Valued(value=value, influence=influence, counted=counted)


def _mean(asked: Asked, rows: ScoredRows, weight: Float[np.ndarray, " n"]) -> Valued:
    assert asked.metric.variable is not None, f"{asked.name} names no variable"
    total, counted = float(weight.sum()), weight > 0
    if total <= 0:
        return Valued(value=math.nan, influence=np.zeros(len(rows)), counted=counted)
    numbers = np.asarray(variables(rows)[asked.metric.variable], dtype=np.float64)
    mean = float(weight @ numbers) / total
    made = asked.metric.function
    step = _STEP * max(1.0, abs(mean))
    slope = (float(made(mean + step)) - float(made(mean))) / step
    return Valued(value=float(made(mean)), influence=slope * weight * (numbers - mean) / total, counted=counted)


def _area(rows: ScoredRows, inside: Bool[np.ndarray, " n"]) -> Valued:
    influence = np.zeros(len(rows))
    positive, negative = (np.flatnonzero(inside & (rows.target == label)) for label in (1, 0))
    m, n = len(positive), len(negative)
    if not m or not n:
        return Valued(value=math.nan, influence=influence, counted=inside)
    up, down = rows.score[positive, 0], rows.score[negative, 0]
    ranks = rankdata(np.concatenate([up, down]))
    below = (ranks[:m] - rankdata(up)) / n
    above = 1 - (ranks[m:] - rankdata(down)) / m
    area = float(below.mean())
    influence[positive], influence[negative] = (below - area) / m, (above - area) / n
    return Valued(value=area, influence=influence, counted=inside)


def spread(
    influence: Float[np.ndarray, " n"], rows: ScoredRows, sides: tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]
) -> tuple[float, int]:
    """Variance of a difference between two slices with these influences, and the independent rows or units of the
    smaller slice.

    Independent rows: the sum of both slices' variances. Units: one sum per unit over both slices, since a person may
    have rows in both. NaN for fewer than two.
    """
    if rows.unit is not None:
        either = sides[0] | sides[1]
        variance, _ = between_units(influence[either], rows.unit[either])
        return variance, min(len(np.unique(rows.unit[side])) for side in sides)
    sizes = [int(side.sum()) for side in sides]
    if min(sizes) < 2:
        return math.nan, min(sizes)
    both = zip(sizes, sides, strict=True)
    return math.fsum(n / (n - 1) * float(influence[side] @ influence[side]) for n, side in both), min(sizes)
