"""What a row adds to a metric, by its label and the bin of its score: rates from the threshold, losses from rows."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.score_bins import ScoreBins
from dlaudit.stats.score_mix import Number

_SMALLEST = float(np.finfo(np.float64).eps)
_Line = Float[np.ndarray, "2 fine"]


def _tpr(up: Float[np.ndarray, " fine"]) -> tuple[_Line, _Line]:
    return _pair(0 * up, up), _pair(0 * up, 0 * up + 1)


def _fpr(up: Float[np.ndarray, " fine"]) -> tuple[_Line, _Line]:
    return _pair(up, 0 * up), _pair(0 * up + 1, 0 * up)


def _precision(up: Float[np.ndarray, " fine"]) -> tuple[_Line, _Line]:
    return _pair(0 * up, up), _pair(up, up)


def _npv(up: Float[np.ndarray, " fine"]) -> tuple[_Line, _Line]:
    return _pair(1 - up, 0 * up), _pair(1 - up, 1 - up)


def _accuracy(up: Float[np.ndarray, " fine"]) -> tuple[_Line, _Line]:
    return _pair(1 - up, up), _pair(0 * up + 1, 0 * up + 1)


RATES: dict[str, Callable[[Float[np.ndarray, " fine"]], tuple[_Line, _Line]]] = {
    "true_positive_rate": _tpr,
    "false_negative_rate": lambda up: _tpr(1 - up),
    "false_positive_rate": _fpr,
    "true_negative_rate": lambda up: _fpr(1 - up),
    "precision": _precision,
    "false_discovery_rate": lambda up: (_pair(up, 0 * up), _pair(up, up)),
    "negative_predictive_value": _npv,
    "false_omission_rate": lambda up: (_pair(0 * up, 1 - up), _pair(1 - up, 1 - up)),
    "accuracy": _accuracy,
}
"""Rates by name: what rows add above and below the line, given which bins are selected (1) and which are not (0)."""

LOSSES: dict[str, Callable[[Float[np.ndarray, " n"]], tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]]] = {
    "brier": lambda score: (score**2, (1 - score) ** 2),
    "log_loss": lambda score: (-np.log(_inside(1 - score)), -np.log(_inside(score))),
    "calibration_in_the_large": lambda score: (-score, 1 - score),
}
"""Means over rows by name: what a row adds were its label another, and were it the positive one."""


def rate_number(metric: str, bins: ScoreBins) -> Number:
    """What rows of each fine bin add to a rate.

    Args:
        metric: A name in `RATES`.
        bins: Fine bins, with a threshold; a bin is selected where it begins at or above it.
    """
    assert bins.threshold is not None, "a rate needs a threshold"
    selected = (bins.edges[:-1] >= bins.threshold).astype(np.float64)
    above, below = RATES[metric](selected)
    return Number(above=above, below=below, seen=above)


def loss_number(metric: str, rows: ScoredRows, bins: ScoreBins) -> Number:
    """What rows of each fine bin add to a loss: their means, exactly as the metric adds them up.

    Args:
        metric: A name in `LOSSES`.
        rows: Rows of one slice of a binary task.
        bins: Fine bins.
    """
    score = rows.score[:, 0].astype(np.float64)
    code, positive = bins.codes(score), rows.target == 1
    if_other, if_positive = LOSSES[metric](score)
    every = np.ones(len(score), dtype=bool)
    above = _pair(_means(if_other, code, every, bins.bins), _means(if_positive, code, every, bins.bins))
    seen = _pair(_means(if_other, code, ~positive, bins.bins), _means(if_positive, code, positive, bins.bins))
    return Number(above=above, below=np.ones((2, bins.bins)), seen=seen)


def _means(
    values: Float[np.ndarray, " n"], code: Int[np.ndarray, " n"], chosen: Bool[np.ndarray, " n"], fine: int
) -> Float[np.ndarray, " fine"]:
    """The mean of the chosen rows in every fine bin; 0 where there are none, which then count 0 rows."""
    values, code = values[chosen], code[chosen]
    order = np.lexsort((values, code))  # equal rows are added in equal order, so the bits do not depend on it
    rows = np.bincount(code, minlength=fine)
    total = np.bincount(code[order], weights=values[order], minlength=fine)
    return np.asarray(np.divide(total, rows, out=np.zeros(fine), where=rows > 0))


def _inside(probability: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Moved off 0 and 1 by the spacing of float64, as the metric does."""
    return np.asarray(np.clip(probability, _SMALLEST, 1 - _SMALLEST))


def _pair(other: Float[np.ndarray, " fine"], positive: Float[np.ndarray, " fine"]) -> _Line:
    return np.stack([other, positive])
