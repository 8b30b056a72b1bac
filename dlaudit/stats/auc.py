"""The area under the ROC curve and its interval."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy.special import expit, logit, ndtri

from dlaudit.stats.numbers import Number

FEW = 50
"""Below this many rows in the rarer class Newcombe's interval is used: DeLong's covers 0.75 where it says 0.95."""

Label = Bool[np.ndarray, " n"] | Int[np.ndarray, " n"]


class AucInterval(NamedTuple):
    """An AUC with its interval; NaN where undefined."""

    value: float
    """Estimate."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""
    method: str
    """`newcombe_5` or `logit_delong`, with what rows are like: `_kish`, `_clustered` or `_binned`."""


def auc(score: Float[np.ndarray, " n"], y: Label, weight: Real[np.ndarray, " n"] | None = None) -> float:
    """The share of (positive, negative) pairs in which the positive has the higher score; ties count one half.

    NaN where a class has no rows (or no weight).

    Args:
        score: Scores.
        y: 1 (or True) for positives.
        weight: Row weights, >= 0; a pair weighs the product of its two.

    Source: Hanley and McNeil 1982, DOI 10.1148/radiology.143.1.7063747.
    """
    positive = y.astype(bool)
    mass = np.ones(len(score)) if weight is None else scaled(weight)
    place = np.unique(score, return_inverse=True)[1].reshape(-1)
    up = np.bincount(place, weights=mass * positive)
    down = np.bincount(place, weights=mass * ~positive)
    pairs = up.sum() * down.sum()
    below = np.cumsum(down) - down
    return min(1.0, float((up * (below + down / 2)).sum() / pairs)) if pairs > 0 else float("nan")


def scaled(weight: Real[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Weights divided by a power of two, so that the largest lies near 1 and no product of two is beyond float64."""
    mass = weight.astype(np.float64)
    return np.asarray(np.ldexp(mass, -int(np.frexp(mass.max(initial=0.0))[1])))


def auc_interval(score: Float[np.ndarray, " n"], y: Label, level: float = 0.95) -> AucInterval:
    """The AUC with Newcombe's interval where the rarer class has fewer than 50 rows, else with DeLong's on the logit.

    Both are asymptotic. NaN where a class has no rows.
    """
    positive = y.astype(bool)
    ups, downs = int(positive.sum()), int((~positive).sum())
    value = auc(score, y)
    variance = _delong_variance(score, positive) if min(ups, downs) >= FEW else 0.0
    if variance > 0 and 0 < value < 1:
        return AucInterval(value, *logit_limits(value, variance, float(-ndtri((1 - level) / 2))), "logit_delong")
    return AucInterval(value, *newcombe_limits(value, ups, downs, level), "newcombe_5")


def newcombe_limits(value: float, positives: Number, negatives: Number, level: float = 0.95) -> tuple[float, float]:
    """Newcombe's interval of an AUC (method 5): the AUCs whose own Hanley-McNeil variance allows `value`.

    NaN where a class has no rows.

    Args:
        value: Estimated AUC.
        positives: Rows, or an effective number of them.
        negatives: The same of negatives.
        level: Confidence level.

    Source: Newcombe 2006, DOI 10.1002/sim.2324.
    """
    if positives == 0 or negatives == 0:
        return float("nan"), float("nan")
    z = float(-ndtri((1 - level) / 2))
    mean_size = (positives + negatives) / 2

    def excess(area: float) -> float:
        factor = 2 * mean_size - 1 - (3 * mean_size - 3) / ((2 - area) * (1 + area))
        return abs(value - area) - z * float(np.sqrt(area * (1 - area) * factor / (positives * negatives)))

    return _edge(excess, value, 0.0), _edge(excess, value, 1.0)


def _edge(excess: Callable[[float], float], inside: float, outside: float) -> float:
    """The point between `inside` (excess <= 0) and `outside` where the excess becomes positive."""
    if excess(outside) <= 0:
        return outside
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if excess(middle) > 0 else (middle, outside)
    return (inside + outside) / 2


def logit_limits(value: float, variance: float, quantile: float) -> tuple[float, float]:
    """An interval that is symmetric on the logit, so that it stays within 0..1.

    Args:
        value: Estimate, between 0 and 1.
        variance: Its variance.
        quantile: Of the normal or of Student's distribution.
    """
    half = quantile * np.sqrt(variance) / (value * (1 - value))
    return float(expit(logit(value) - half)), float(expit(logit(value) + half))


def _delong_variance(score: Float[np.ndarray, " n"], positive: Bool[np.ndarray, " n"]) -> float:
    """Variance of the AUC from mid-ranks (DeLong 1988, DOI 10.2307/2531595; Sun and Xu 2014)."""
    up, down = np.sort(score[positive]), np.sort(score[~positive])
    share_below = (np.searchsorted(down, up, "left") + np.searchsorted(down, up, "right")) / (2 * len(down))
    share_above = 1 - (np.searchsorted(up, down, "left") + np.searchsorted(up, down, "right")) / (2 * len(up))
    return float(share_below.var(ddof=1) / len(up) + share_above.var(ddof=1) / len(down))
