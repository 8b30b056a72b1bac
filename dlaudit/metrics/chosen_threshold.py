"""The uncertainty of rates at a threshold that was chosen on the same pairs: it is chosen again without each person."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import stdtrit

from dlaudit.metrics.forms import Asked, form, parts
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.dyadic import Spread, changes_without, numbered, spread_of
from dlaudit.stats.quantile_without import quantile_above, quantiles_without

Shares = Float[np.ndarray, " thresholds"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ChosenAgain:
    """The thresholds that would have been chosen without each unit of people."""

    low: Int[np.ndarray, " n"]
    """First unit of each row."""
    high: Int[np.ndarray, " n"]
    """Second unit of each row."""
    thresholds: Float[np.ndarray, " units"]
    """Threshold without the rows of each unit."""
    here: float
    """The threshold chosen from all rows."""


def chosen_again(rows: ScoredRows, share: float) -> ChosenAgain:
    """The thresholds at which `share` of the negatives that are left matches, each unit of people left out in turn.

    Args:
        rows: All rows of the audit, pairs of two people each.
        share: Share of negatives that the threshold lets match.
    """
    assert rows.unit is not None and rows.unit.ndim == 2, "only thresholds of pairs are chosen"
    low, high, count = numbered(rows.unit)
    negative = rows.target == 0
    score = rows.score[negative, 0].astype(np.float64)
    order = np.argsort(-score, kind="stable")
    found = quantiles_without(score[order], (low[negative][order], high[negative][order]), count, share)
    return ChosenAgain(low=low, high=high, thresholds=found, here=quantile_above(score[order], share))


def spread_chosen_again(
    asked: Asked, rows: ScoredRows, error: tuple[Float[np.ndarray, " n"], Bool[np.ndarray, " n"]], again: ChosenAgain
) -> Spread:
    """Jackknife variance of a metric whose threshold is chosen anew without each unit of people.

    The change without a unit is that of its rows at the threshold in use, and the change of the threshold times the
    slope of the metric, taken over a standard error of the threshold to either side; what both have to do with each
    other is of a smaller order. Leaving out a person takes away as many rows as a quantile needs for a jackknife to
    hold, the square root of their number (Shao & Wu 1989, DOI 10.1214/aos/1176347263).

    Args:
        asked: The metric.
        rows: Rows of one slice.
        error: Their influence on the metric, and which of them it rests on.
        again: The thresholds, with the units of these rows.
    """
    influence, counted = error
    low, high, moved = again.low[counted], again.high[counted], again.thresholds - again.here
    threshold = spread_of(moved)
    own = changes_without(influence[counted], low, high, len(moved))
    step = math.sqrt(threshold.variance)
    if not step > 0:
        return spread_of(own, shared=bool((low != high).any()))
    below, above = _metric_at(asked, rows, np.array([again.here - step, again.here + step]))
    both = spread_of(own + (above - below) / (2 * step) * moved, shared=bool((low != high).any()))
    return both._replace(freedom=min(both.freedom, threshold.freedom))


def wider(given: Spread, again: Spread) -> Spread:
    """The wider of both: that of the threshold as a number in use, and that of a threshold chosen anew.

    The first is about this number wherever it is used, the second about the threshold that the whole population has at
    that share. A report cannot know which of the two its reader means.

    Args:
        given: Spread with the threshold taken as given.
        again: Spread with the threshold chosen again.
    """
    more = again.variance * _tail(again.freedom) > given.variance * _tail(given.freedom)
    larger = again if more else given
    return Spread(larger.variance, given.units, larger.freedom)


def _tail(freedom: float) -> float:
    return float(stdtrit(freedom, 0.975)) ** 2


def _metric_at(asked: Asked, rows: ScoredRows, thresholds: Float[np.ndarray, " thresholds"]) -> Shares:
    """The metric (of a `Mapped` form the share inside) of those rows at each threshold; NaN where it is undefined."""
    score, tables = rows.score[:, 0].astype(np.float64), np.zeros((len(thresholds), 2, 2))
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    for label in (0, 1):
        of = rows.target == label
        order = np.argsort(score[of], kind="stable")
        below = np.append(0.0, np.cumsum(weight[of][order]))
        missed = below[np.searchsorted(score[of][order], thresholds, side="left")]
        tables[:, label, 0], tables[:, label, 1] = missed, below[-1] - missed
    shares = [
        np.divide(ratio.numerator, ratio.denominator, out=np.full(len(tables), np.nan), where=ratio.denominator > 0)
        for ratio in parts(form(asked, tables[:, None], rows.task))
    ]
    return np.asarray(np.mean(shares, axis=0))
