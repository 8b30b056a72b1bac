"""The AUC of rows of which only a histogram of scores was kept, with a bound of what the bins hide."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

from dlaudit.stats.auc import FEW, AucInterval, logit_limits, newcombe_limits


class BinnedAuc(NamedTuple):
    """An AUC from bins."""

    found: AucInterval
    """Value and interval; both ends lie as far out again as the bins can hide."""
    within: float
    """The AUC of the rows themselves lies within this distance of the value."""


def binned_auc_interval(
    negative: Int[np.ndarray, " bins"], positive: Int[np.ndarray, " bins"], level: float = 0.95
) -> BinnedAuc:
    """The AUC and its interval where rows of one bin count as tied.

    A pair in one bin is counted one half; in truth it may count 0 or 1. So the AUC of the rows differs by at most half
    the share of pairs that share a bin. NaN where a class has no rows.

    Args:
        negative: Negatives of each bin, by ascending score.
        positive: Positives of each bin.
        level: Confidence level.
    """
    ups, downs = int(positive.sum()), int(negative.sum())
    if ups == 0 or downs == 0:
        nothing = float("nan")
        return BinnedAuc(AucInterval(nothing, nothing, nothing, "newcombe_5_binned"), nothing)
    below = (np.cumsum(negative) - negative / 2) / downs  # share of negatives below a positive of each bin
    above = 1 - (np.cumsum(positive) - positive / 2) / ups
    value = float((positive * below).sum() / ups)
    variance = _spread(below, positive, value) / ups + _spread(above, negative, value) / downs
    within = float((positive / ups * (negative / downs)).sum() / 2)
    if min(ups, downs) >= FEW and variance > 0 and 0 < value < 1:
        low, high = logit_limits(value, variance, float(ndtri((1 + level) / 2)))
        method = "logit_delong_binned"
    else:
        (low, high), method = newcombe_limits(value, ups, downs, level), "newcombe_5_binned"
    return BinnedAuc(AucInterval(value, max(0.0, low - within), min(1.0, high + within), method), within)


def _spread(share: Float[np.ndarray, " bins"], rows: Int[np.ndarray, " bins"], mean: float) -> float:
    """Sample variance of the shares of rows in bins."""
    total = int(rows.sum())
    return float((rows * (share - mean) ** 2).sum() / (total - 1)) if total > 1 else 0.0
