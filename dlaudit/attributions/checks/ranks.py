"""Correlations of ranks, row by row."""

import numpy as np
from jaxtyping import Float

FEWEST_FEATURES = 3
"""With fewer features ranks say nothing."""


def rank_correlation(one: Float[np.ndarray, " M"], other: Float[np.ndarray, " M"]) -> float | None:
    """Spearman's correlation of ranks (ties at their mean); None under three features or without any spread."""
    found = rank_correlations(np.asarray(one)[None], np.asarray(other)[None])[0]
    return float(found) if np.isfinite(found) else None


def rank_correlations(one: Float[np.ndarray, " n M"], other: Float[np.ndarray, " n M"]) -> Float[np.ndarray, " n"]:
    """Spearman's correlation of each row of one table with the same row of the other.

    Ties stand at their mean rank. NaN under three features, without any spread, or where a number is not finite.
    """
    if one.shape[1] < FEWEST_FEATURES or not len(one):
        return np.full(len(one), np.nan)
    from scipy.stats import rankdata  # 0.6 s to import: only when something is explained

    finite = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    first, second = (rankdata(np.where(finite[:, None], table, 0.0), axis=1) for table in (one, other))
    return cosines(first - first.mean(axis=1, keepdims=True), second - second.mean(axis=1, keepdims=True))


def cosines(one: Float[np.ndarray, " n P"], other: Float[np.ndarray, " n P"]) -> Float[np.ndarray, " n"]:
    """Cosine of the angle between each row of one table and the same row of the other; NaN where one is all 0."""
    length = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    ratio = np.divide((one * other).sum(axis=1), length, out=np.full(len(one), np.nan), where=length > 0)
    return np.asarray(np.clip(ratio, -1.0, 1.0))
