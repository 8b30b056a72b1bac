"""Which hypotheses could be rejected at all: a matter of denominators, settled before any outcome is looked at.

Two slices of three rows each cannot show a gap at a level of 0.001 whatever happens in them. Leaving such a hypothesis
out of the family costs nothing, and gives its share of the error rate to the others (Tarone 1990). The choice looks at
denominators only, so the family is fixed before the data, and any procedure on it keeps its guarantee.
"""

import numpy as np
from jaxtyping import Bool, Float

from dlaudit.stats.exact import exact_p_difference, exact_p_ratio
from dlaudit.stats.numbers import Number


def least_p_difference(n1: int, n2: int, margin: Number = 0.0) -> float:
    """The smallest p-value that any outcome could give against p1 - p2 <= `margin`: that of `n1` of `n1` and 0 of `n2`.

    1 where a slice is empty; at least 1e-9, the smallest p-value stated.

    Args:
        n1: Trials of the first slice.
        n2: Trials of the second slice.
        margin: Tolerated difference, in -1..1.
    """
    return exact_p_difference(n1, n1, 0, n2, margin)


def least_p_ratio(n1: int, n2: int, ratio: Number = 1.0) -> float:
    """The smallest p-value that any outcome could give against p1 <= `ratio` p2: that of `n1` of `n1` and 0 of `n2`.

    1 where a slice is empty; at least 1e-9, the smallest p-value stated.

    Args:
        n1: Trials of the first slice.
        n2: Trials of the second slice.
        ratio: Tolerated ratio, above 0.
    """
    return exact_p_ratio(n1, n1, 0, n2, ratio)


def tarone(
    least_p: Float[np.ndarray, " m"], alpha: Number, weights: Float[np.ndarray, " m"] | None = None
) -> Bool[np.ndarray, " m"]:
    """Which hypotheses stay in the family: the most that can all still be rejected at their share of alpha.

    With equal weights, those whose least p-value is at most alpha / (number that stay). Those left out must not be
    rejected; Holm or weighted Holm over the others keeps the error rate `alpha` of the whole.

    Args:
        least_p: Smallest attainable p-values, from denominators only. NaN (undefined) is left out.
        alpha: Error rate of the family.
        weights: How much of alpha each may use; not negative, in any unit. Equal where None.

    Source: Tarone 1990, DOI 10.2307/2531456, with a level that need not be alpha over a whole number; Hommel and
    Krummenauer 1998, Biometrical Journal 40:673, for the steps of Holm.
    """
    share = np.ones(len(least_p)) if weights is None else weights
    reach = np.where(share > 0, least_p / np.where(share > 0, share, 1.0), np.nan)
    for level in np.unique(reach[~np.isnan(reach)])[::-1]:
        stays: Bool[np.ndarray, " m"] = reach <= level
        if level * share[stays].sum() <= float(alpha):
            return stays
    return np.zeros(len(least_p), dtype=bool)
