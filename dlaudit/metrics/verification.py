"""Metrics of verification: the equal error rate, beside the false match and non-match rates of rates.py."""

import numpy as np
from jaxtyping import Float, Int

from dlaudit.metrics.registry import Undefined, metric
from dlaudit.metrics.rows import ScoredRows


@metric(
    "equal_error_rate",
    task="binary",
    needs="rows",
    better="lower",
    formula="(FPR + FNR) / 2 at the threshold at which the two are closest",
    undefined="no positives or no negatives",
    aliases=("EER", "crossover error rate"),
    meaning="Error rate at the slice's own threshold at which as large a share of negatives matches as of positives "
    "does not.",
)
def equal_error_rate(rows: ScoredRows) -> float:
    """The rate at which false positives and false negatives are equally frequent, each slice at its own threshold."""
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    for label, name in ((1, "positives"), (0, "negatives")):
        if not weight[rows.target == label].any():
            raise Undefined(f"no {name} in this slice")
    return equal_error(rows.score[:, 0].astype(np.float64), rows.target.astype(np.int64), weight)


def equal_error(
    score: Float[np.ndarray, " n"], target: Int[np.ndarray, " n"], weight: Float[np.ndarray, " n"] | None = None
) -> float:
    """(FPR + FNR) / 2 at the threshold among the scores (a row is positive at or above it) where the two are closest.

    Args:
        score: Scores.
        target: 0 or 1, both present.
        weight: Weight of each row; all count once where absent.
    """
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])  # thresholds stand between different scores
    negatives, positives = (np.cumsum((weight * (target == label))[order]) for label in (0, 1))
    false_positive = negatives[last] / negatives[-1]
    false_negative = (positives[-1] - positives[last]) / positives[-1]
    false_positive, false_negative = np.r_[0.0, false_positive], np.r_[1.0, false_negative]  # and above them all
    closest = int(np.argmin(np.abs(false_positive - false_negative)))
    return float((false_positive[closest] + false_negative[closest]) / 2)
