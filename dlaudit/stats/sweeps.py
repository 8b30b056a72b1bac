"""Gaps at every threshold at once: the largest of them, what it can be in truth, and what chance alone shows.

The share of scores at or above a threshold, as the threshold moves, is an empirical distribution function. So the
largest gap over all thresholds of two equal slices is a Kolmogorov-Smirnov statistic: 0.12 on average with 100 rows
each. Nothing here leans on many rows, and tied scores only make chance gaps smaller.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

TWO_SAMPLES = float(np.e)
"""Constant of the bound on the two-sample statistic. In one sample 2 is enough (Massart 1990); of two small ones up to
2.72 is needed, with 1 row each."""


class Sweep(NamedTuple):
    """The largest difference of shares over thresholds and pairs of slices."""

    largest: float
    """It."""
    low: float
    """Lower end of the simultaneous interval of the largest true difference."""
    high: float
    """Upper end."""
    at: int
    """Position of the threshold where it is."""
    lower: int
    """Position of the slice with the lower share there."""
    upper: int
    """Position of the slice with the higher share there."""


def shares_above(counts: Int[np.ndarray, "slices bins"]) -> Float[np.ndarray, "slices bins"]:
    """Share of each slice's rows at or above the lower edge of every bin; NaN for a slice without rows.

    Args:
        counts: Rows of each slice and bin.
    """
    above = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    total = above[:, :1]
    return np.asarray(np.divide(above, total, out=np.full(above.shape, np.nan), where=total > 0))


def largest_gap(
    shares: Float[np.ndarray, "slices thresholds"], n: Int[np.ndarray, " slices"], level: float = 0.95
) -> Sweep:
    """The largest difference over all thresholds and pairs of slices, with a simultaneous interval.

    With probability `level` every slice's share lies within its band at every threshold, for any scores and numbers of
    rows; the interval is what the bands together say of the largest true difference.

    Args:
        shares: Share of each slice at or above each threshold.
        n: Rows of each slice, at least 1; at least two slices.
        level: Confidence level.

    Source: Dvoretzky, Kiefer and Wolfowitz 1956 with Massart's constant 1990, DOI 10.1214/aop/1176990746.
    """
    gaps = shares.max(axis=0) - shares.min(axis=0)
    at = int(np.argmax(gaps))
    band = np.sqrt(np.log(2 * len(n) / (1 - level)) / (2 * n))[:, None]
    least = (shares - band).max(axis=0) - (shares + band).min(axis=0)
    most = widest_apart(np.maximum(shares - band, 0.0), np.minimum(shares + band, 1.0))
    return Sweep(
        largest=float(gaps[at]),
        low=max(0.0, float(least.max())),
        high=float(most.max()),
        at=at,
        lower=int(np.argmin(shares[:, at])),
        upper=int(np.argmax(shares[:, at])),
    )


def critical_gap(n: Int[np.ndarray, " slices"], level: float = 0.95) -> float:
    """The difference that the largest gap of equal slices exceeds with probability 1 - `level` at most; at most 1.

    It solves sum over pairs of e exp(-2 c^2 n m / (n + m)) = 1 - level (Bonferroni over the pairs). Tied scores only
    make chance gaps smaller.

    Args:
        n: Rows of each slice, at least 1; at least two slices.
        level: 1 less the probability that equal slices exceed it.

    Source: Wei and Dudley 2012, DOI 10.1016/j.spl.2011.11.012, who prove the constant e for two samples of one size.
    For unequal sizes there is no proof; the bound holds in every pair of sizes up to 50 and in larger ones tried
    (docs/method/thresholds.md).
    """
    one, two = np.triu_indices(len(n), 1)
    sizes = n.astype(np.float64)
    halved, pairs = np.unique(sizes[one] * sizes[two] / (sizes[one] + sizes[two]), return_counts=True)
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        exceeded = float((pairs * TWO_SAMPLES * np.exp(-2 * middle**2 * halved)).sum())
        low, high = (middle, high) if exceeded > 1 - level else (low, middle)
    return high


def widest_apart(
    low: Float[np.ndarray, "slices *rest"], high: Float[np.ndarray, "slices *rest"]
) -> Float[np.ndarray, "*rest"]:
    """The largest difference of two different slices whose values lie between these ends.

    Args:
        low: Lower ends, at least two slices.
        high: Upper ends.
    """
    top, bottom = np.argmax(high, axis=0)[None], np.argmin(low, axis=0)[None]
    highest, lowest = _at(high, top), _at(low, bottom)
    second_high = np.where(_is(top, high), -np.inf, high).max(axis=0)
    second_low = np.where(_is(bottom, low), np.inf, low).min(axis=0)
    same = (top == bottom)[0]
    apart = np.where(same, np.maximum(highest - second_low, second_high - lowest), highest - lowest)
    return np.asarray(np.maximum(apart, 0.0))


def _at(values: Float[np.ndarray, "slices *rest"], place: Int[np.ndarray, "1 *rest"]) -> Float[np.ndarray, "*rest"]:
    return np.asarray(np.take_along_axis(values, place, axis=0)[0])


def _is(place: Int[np.ndarray, "1 *rest"], values: Float[np.ndarray, "slices *rest"]) -> Bool[np.ndarray, "s *rest"]:
    order = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(order == place)
