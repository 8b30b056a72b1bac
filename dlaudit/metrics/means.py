"""Means of one number per row on every slice, with t-intervals."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.counts import VARIABLES, Counts, variables
from dlaudit.metrics.evidence import NO_ROWS, Evidence, Found, clipped, undefined
from dlaudit.metrics.exact_sum import number
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.registry import NO_INTERVAL, Interval, Metric
from dlaudit.stats.means import bounded_limits, mean_limits

NOT_NEGATIVE = (0.0, math.inf)
FEW = 30
"""Below this many independent rows Student's interval is used only where values have no bound on either side."""


def find_means(asked: Asked, evidence: Evidence) -> list[Found]:
    """The metric on every slice; it is of kind `mean`."""
    return [_found(asked.metric, place, evidence) for place in evidence.places]


def _found(metric: Metric, place: int, evidence: Evidence) -> Found:
    size = evidence.size(place)
    if size == 0:
        return undefined(NO_ROWS)
    total, squares = _total_weight(evidence.totals, place)
    if total == 0:
        return undefined("all rows of this slice have weight 0", size)
    assert metric.variable is not None, f"{metric.name} names no variable"
    first, cross, second = _sums(evidence.totals, metric.variable, place)
    mean = first / total
    span = _span(metric, evidence.totals)
    if evidence.counts.clustered:
        inner = _clustered(metric, (float(mean), float(total)), place, evidence)
    else:
        effective = total * total / squares
        spread = second - 2 * mean * cross + mean * mean * squares
        variance = spread / (total * total) * effective / (effective - 1) if effective > 1 else Fraction(0)
        inner = _interval(float(mean), float(variance), float(effective), evidence, span)
    inner = clipped(inner, (0.0, math.inf)) if span[0] == 0 else inner
    return Found(value=_on_scale(metric, float(mean)), interval=clipped(_mapped(metric, inner), span), n=size)


def _total_weight(totals: Counts, place: int) -> tuple[Fraction, Fraction]:
    if totals.row_weights is None:
        return Fraction(int(totals.rows[place])), Fraction(int(totals.rows[place]))
    return number(totals.row_weights[0, place]), number(totals.row_weights[1, place])


def _sums(totals: Counts, variable: str, place: int) -> tuple[Fraction, Fraction, Fraction]:
    first, cross, second = totals.moments[place, VARIABLES[totals.task].index(variable)]
    return number(first), number(cross), number(second)


def _interval(
    mean: float, variance: float, independent: float, evidence: Evidence, span: tuple[float, float]
) -> Interval:
    """Student's interval; of few rows Hoeffding's where the values have bounds, and none where they have one only.

    Of values that are bounded below alone it is Student's interval of the logarithm.

    A few rows of a skewed distribution (scores near 0, sizes of errors) are often nearly alike, and Student's interval
    then excludes the truth many times more often than it says. None of a single row, nor without spread or bounds:
    rows that are all alike say nothing of those not seen. Means of sizes (of errors, of losses) are skewed to the
    right, and on the logarithm, where they are less so, the interval misses less often.

    Args:
        mean: The mean.
        variance: Its variance.
        independent: Rows, Kish's effective number of weighted rows, or units.
        evidence: Says the level and whether rows share units.
        span: Least and largest value that a row can have; infinite where there are no bounds.
    """
    width = span[1] - span[0]
    if independent < 2:
        return NO_INTERVAL
    if independent < FEW and math.isfinite(width):
        share = min(max((mean - span[0]) / width, 0.0), 1.0)
        ends = bounded_limits(share, independent, evidence.level)
        least, most = (span[0] + width * float(end) for end in ends)
        plain = evidence.counts.row_weights is None and not evidence.counts.clustered
        return Interval(least, most, "hoeffding", "finite-sample" if plain else "asymptotic")
    if variance <= 0 or (independent < FEW and math.isfinite(span[0])):
        return NO_INTERVAL
    method = "t_clustered" if evidence.counts.clustered else "t"
    if span == NOT_NEGATIVE and mean > 0:
        half = float(mean_limits(0.0, variance * independent / mean**2, independent, evidence.level).high)
        least, most = mean * math.exp(-half), mean * math.exp(half)
        return Interval(least, most, f"{method}_log", "asymptotic", independent - 1)
    low, high = mean_limits(mean, variance * independent, independent, evidence.level)
    return Interval(float(low), float(high), method, "asymptotic", independent - 1)


def _clustered(metric: Metric, estimate: tuple[float, float], place: int, evidence: Evidence) -> Interval:
    if evidence.rows is None:
        return NO_INTERVAL
    rows = evidence.rows_of(place)
    assert rows.unit is not None and metric.variable is not None, "clustered counts of a mean come from rows with units"
    mean, total = estimate
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    variance, units = between_units(weight * (variables(rows)[metric.variable] - mean) / total, rows.unit)
    return _interval(mean, variance, float(units), evidence, _span(metric, evidence.totals))


def _span(metric: Metric, totals: Counts) -> tuple[float, float]:
    """The values that the metric can take: a score that is no probability has no bounds."""
    return metric.span if totals.probabilities or metric.variable != "score" else (-math.inf, math.inf)


def _mapped(metric: Metric, inner: Interval) -> Interval:
    low, high = (None if end is None else _on_scale(metric, end) for end in (inner.low, inner.high))
    return replace(inner, low=low, high=high)


def _on_scale(metric: Metric, mean: float) -> float:
    return float(metric.function(mean))
