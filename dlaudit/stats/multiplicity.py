"""Many tests at once: when one of them may be believed, and when all of them may."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float


def bonferroni(p: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Adjusted p-values m p, at most 1: the probability of any wrong rejection at level alpha is at most alpha.

    NaN (undefined) stays NaN and is not counted in m.

    Args:
        p: p-values.
    """
    return np.minimum(p * np.count_nonzero(~np.isnan(p)), 1.0)


def holm(p: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Holm's adjusted p-values: never above Bonferroni's, with the same guarantee under any dependence.

    NaN (undefined) stays NaN and is not counted in m.

    Args:
        p: p-values.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    order = np.argsort(p, kind="stable")
    m = np.count_nonzero(~np.isnan(p))
    steps = np.minimum(np.maximum.accumulate(p[order][:m] * (m - np.arange(m))), 1.0)
    adjusted = np.full_like(p, np.nan)
    adjusted[order[:m]] = steps
    return adjusted


def holm_tests(tests: Sequence[Callable[[float], bool]], alpha: float) -> Bool[np.ndarray, " m"]:
    """Which of the tests Holm's procedure rejects, for tests that answer "rejected at this level?" and no p-value.

    Testing all that are left at alpha / (number left) until nothing changes ends where Holm's steps end, because a
    test that rejects at one level rejects at every larger one.

    Args:
        tests: One function of a level for each hypothesis.
        alpha: Probability of any wrong rejection.
    """
    return weighted_holm_tests(tests, np.ones(len(tests)), alpha)


def weighted_holm_tests(
    tests: Sequence[Callable[[float], bool]], weights: Float[np.ndarray, " m"], alpha: float
) -> Bool[np.ndarray, " m"]:
    """Which of the tests weighted Holm rejects: each is asked at its share of alpha among those that are left.

    A hypothesis of weight w is tested at alpha w / (weights left). The probability of any wrong rejection is at most
    `alpha` under any dependence, because the weights do not depend on what was seen. A weight of 0 is never rejected.

    Args:
        tests: One function of a level for each hypothesis; it must reject at every level above one where it rejects.
        weights: How much of alpha each may use; not negative, in any unit.
        alpha: Probability of any wrong rejection.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65, section 4.
    """
    rejected = np.zeros(len(tests), dtype=bool)
    while True:
        left = [place for place, weight in enumerate(weights) if weight > 0 and not rejected[place]]
        total = float(weights[left].sum())
        found = [place for place in left if tests[place](alpha * (float(weights[place]) / total))]
        if not found:
            return rejected
        rejected[found] = True


def intersection_union(tests: Sequence[Callable[[float], bool]], alpha: float) -> int | None:
    """The place of the first test that does not reject at `alpha`; None where all reject.

    "All of the alternatives hold" needs no correction: if one does not, its own test rejects with probability at
    most alpha. Put the likeliest to fail first.

    Args:
        tests: One function of a level for each hypothesis.
        alpha: Probability that all reject although one hypothesis is true.

    Source: Berger 1982, DOI 10.1080/00401706.1982.10487790.
    """
    return next((place for place, test in enumerate(tests) if not test(alpha)), None)
