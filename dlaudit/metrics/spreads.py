"""Spread: what chance alone would show of a gap, and estimates freed of it, from counts of the slices compared."""

import numpy as np

from dlaudit.metrics.compared import Compared
from dlaudit.record import Spread
from dlaudit.stats.spread import between_sd, noise_range, shrunken_range

METHOD = (
    "Noise: binomial laws of equal rates at the pooled rate, to within {step:.1g}. Shrunken: posterior mean under a "
    "beta distribution fitted to the slices by moments. Standard deviation: Lum, Zhang and Bower 2022."
)


def spread_of(compared: Compared) -> Spread | None:
    """The spread of rates that are all compared with each other.

    None where values are no shares of rows that count once and are independent (means, weights, units), and where
    slices are compared with a reference: what is the largest there is no range over slices.

    Args:
        compared: Slices that have a value, at least two.
    """
    if not compared.counted or not compared.symmetric or compared.nested:
        return None
    x = np.array([side.numerator for side in compared.sides], dtype=np.int64)
    n = np.array([side.denominator for side in compared.sides], dtype=np.int64)
    noise = noise_range(x, n)
    return Spread(
        noise_mean=noise.mean,
        noise_95=noise.high,
        shrunken=shrunken_range(x, n),
        between_sd=between_sd(x, n),
        method=METHOD.format(step=noise.step),
    )
