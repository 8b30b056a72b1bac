"""How far apart rates lie, freed of what chance adds: the largest difference of a sample is above that in truth.

Ten slices of 100 rows with one and the same rate show a largest difference of 0.14 on average. Three numbers stand
beside it here: what equal rates would show, what is left once rates are drawn towards their mean, and how much rates
vary beyond chance. None of them is a verdict, and none of them draws random numbers.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import bdtr, betainc

CELLS = 120_000
"""Values of distribution functions that one law is worked out from, over all slices."""
FINE, COARSE, SMOOTH = 2048, 256, 512
"""Most and fewest points of the grid for counts, and most for continuous laws."""


class Noise(NamedTuple):
    """The law of the largest difference where all rates are equal."""

    mean: float
    """Its mean."""
    high: float
    """The quantile that was asked for."""
    step: float
    """Width of the grid: both numbers are within it."""


def noise_range(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"], level: float = 0.95) -> Noise:
    """Mean and quantile of max - min of rates that are all equal to the pooled one, at these numbers of rows.

    From the binomial laws themselves, on a grid; its width is told and is about a thousandth of the widest slice's
    spread. The pooled rate is (sum x + 1/2) / (sum n + 1), so that rates that are all 0 do not come out as free of
    noise. That the pooled rate is itself an estimate is left out.

    Args:
        x: Successes.
        n: Trials, each above 0.
        level: Probability of the quantile.
    """
    pooled = (float(x.sum()) + 0.5) / (float(n.sum()) + 1.0)
    grid = _count_grid(n, pooled)
    step = float(grid[1] - grid[0])
    below = _binomial_below(grid, n, pooled)
    mean = _mean_range(below, step)
    return Noise(mean, step * _range_quantile(below, level), step)


def shrunken_range(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"]) -> float:
    """The posterior mean of the largest difference, with a beta distribution of rates fitted to the slices.

    0 where the rates vary no more than chance would make them: the fitted rates are then all equal. Numeric
    integration over the slices' beta posteriors. The spread of the beta distribution is taken as known, so that the
    estimate leans low where few slices differ, and one slice alone far from the others is drawn in.

    Args:
        x: Successes.
        n: Trials, each above 0.

    Source: moment fit of Kleinman 1973, DOI 10.1080/01621459.1973.10481332; Efron and Morris 1975 for the idea,
    DOI 10.1080/01621459.1975.10479864.
    """
    prior = _prior_rows(x, n)
    if not np.isfinite(prior):
        return 0.0
    mean = float(x.sum() / n.sum())
    one, two = x + prior * mean, n - x + prior * (1 - mean)
    grid = _beta_grid(one, two)
    below = np.asarray(betainc(one[:, None], two[:, None], grid))
    return _mean_range(below, float(grid[1] - grid[0]))


def between_sd(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"]) -> float:
    """The standard deviation of the true rates between slices, weighted by rows; 0 where chance explains all of it.

    The variance of the observed rates less what sampling adds on average:
    sum w (p - p_w)^2 - sum w (1 - w) p (1 - p) / (n - 1). Before it is cut at 0 and the root is taken, it is unbiased.
    A slice of one row tells nothing of its own noise and is given that of the pooled rate.

    Args:
        x: Successes.
        n: Trials, each above 0.

    Source: Lum, Zhang and Bower 2022, "De-biasing 'bias' measurement", DOI 10.1145/3531146.3533105.
    """
    rate, weight = x / n, n / n.sum()
    pooled = float((weight * rate).sum())
    own = np.where(n > 1, rate * (1 - rate) / np.maximum(n - 1, 1), pooled * (1 - pooled))
    shown = (weight * (rate - pooled) ** 2).sum() - (weight * (1 - weight) * own).sum()
    return float(np.sqrt(max(0.0, float(shown))))


def _prior_rows(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"]) -> float:
    """How many rows the fitted beta distribution counts for; infinite where rates vary no more than by chance."""
    weight = n / n.sum()
    mean = float(x.sum() / n.sum())
    spread = mean * (1 - mean)
    shown = float((weight * (x / n - mean) ** 2).sum())
    by_chance = float((weight * (1 - weight) / n).sum())
    most = float((weight * (1 - weight)).sum())
    room = spread * (most - by_chance)
    correlation = (shown - spread * by_chance) / room if room > 0 else 0.0
    return 1 / min(correlation, 0.999) - 1 if correlation > 1e-9 else np.inf


def _count_grid(n: Int[np.ndarray, " slices"], rate: float) -> Float[np.ndarray, " points"]:
    """Points from below the least to the largest rate that any slice shows with a probability worth counting."""
    reach = 6 * np.sqrt(rate * (1 - rate) / n) + 20 / n
    low, high = max(0.0, rate - float(reach.max())), min(1.0, rate + float(reach.max()))
    points = int(np.clip(CELLS // len(n), COARSE, FINE))
    step = (high - low) / (points - 2)
    return np.asarray(low + step * np.arange(-1, points - 1))


def _binomial_below(
    grid: Float[np.ndarray, " points"], n: Int[np.ndarray, " slices"], rate: float
) -> Float[np.ndarray, "slices points"]:
    """P(count / n <= point) of every slice; equal sizes are worked out once."""
    sizes, which = np.unique(n, return_inverse=True)
    rows = []
    for size in sizes.tolist():
        counts = np.floor(grid * size + 1e-9)
        values, at = np.unique(counts, return_inverse=True)
        below = np.where(values < 0, 0.0, bdtr(np.clip(values, 0, size), size, rate))
        rows.append(below[at])
    return np.asarray(np.stack(rows)[which])


def _beta_grid(one: Float[np.ndarray, " slices"], two: Float[np.ndarray, " slices"]) -> Float[np.ndarray, " points"]:
    total = one + two
    mean = one / total
    reach = 7 * np.sqrt(mean * (1 - mean) / (total + 1)) + 10 / total
    low, high = max(0.0, float((mean - reach).min())), min(1.0, float((mean + reach).max()))
    return np.linspace(low, high, int(np.clip(CELLS // (4 * len(one)), COARSE // 4, SMOOTH)))


def _mean_range(below: Float[np.ndarray, "slices points"], step: float) -> float:
    """E max - E min of independent variables from their distribution functions on a grid."""
    apart = 1 - np.prod(below, axis=0) - np.prod(1 - below, axis=0)
    return float(step * np.clip(apart, 0.0, None).sum())


def _range_quantile(below: Float[np.ndarray, "slices points"], level: float) -> int:
    """The least number of grid steps that max - min stays within with probability `level`."""
    none, all_of = 0, below.shape[1] - 1
    while none < all_of:
        middle = (none + all_of) // 2
        if _within(below, middle) >= level:
            all_of = middle
        else:
            none = middle + 1
    return none


def _within(below: Float[np.ndarray, "slices points"], steps: int) -> float:
    """P(max - min <= steps): over the least value, all lie within reach of it and not all above it."""
    points = below.shape[1]
    top = below[:, np.minimum(np.arange(points) + steps, points - 1)]
    under = np.concatenate([np.zeros((len(below), 1)), below[:, :-1]], axis=1)
    return float((np.prod(top - under, axis=0) - np.prod(top - below, axis=0)).sum())
