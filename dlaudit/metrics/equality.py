"""How surprising two shares would be if their rates were equal: a certified bound, quick enough to show everywhere."""

from fractions import Fraction
from functools import lru_cache

from scipy.special import betainc, ndtr

from dlaudit.stats.exact import exact_difference
from dlaudit.stats.scores import difference_score

STEPS = (1.25, 2.0, 4.0, 20.0, 100.0, 500.0, 2500.0)
"""Multiples of the approximate p-value that are tried as certified bounds, until one holds. Nearer to 1 the exact test
is asked about its own boundary, where it takes ten times as long. The far ones are for a slice of few rows beside a
large one, where the score's tail falls short of the exact one by a factor of hundreds."""
LEAST = 1e-9
"""Smallest bound that is looked for."""
LARGE = 500_000
"""Rows from which on the exact test takes seconds, and the bound by two binomial tails is used instead."""


def two_sided_p(one: tuple[int, int], two: tuple[int, int]) -> float:
    """An upper bound of the two-sided p-value of equal rates, 1 where the shares are equal.

    Twice the least level, among STEPS times the score test's, at which the exact unconditional test (stats.exact) says
    that the greater share has the greater rate; never above the bound by two binomial tails. The p-value itself takes
    several times as long.

    Args:
        one: Rows above and below the line of a share.
        two: The same of an independent share.
    """
    if Fraction(*one) < Fraction(*two):
        one, two = two, one
    turned = (two[1] - two[0], two[1]), (one[1] - one[0], one[1])
    return _one_table(*min((one, two), turned))  # a rate and its complement are one question


@lru_cache(maxsize=4096)
def _one_table(greater: tuple[int, int], lesser: tuple[int, int]) -> float:
    if Fraction(*greater) == Fraction(*lesser):
        return 1.0
    plain = min(1.0, 2 * _two_tails(greater, lesser))
    if greater[1] + lesser[1] > LARGE:
        return plain
    (x1, n1), (x2, n2) = greater, lesser
    approximate = max(float(ndtr(-difference_score(x1, n1, x2, n2, 0.0))), LEAST)
    levels = [step * approximate for step in STEPS if 2 * step * approximate < plain]
    return next((2 * level for level in levels if exact_difference(*greater, *lesser, 0.0, level)), plain)


def _two_tails(greater: tuple[int, int], lesser: tuple[int, int]) -> float:
    """Twice the tail that both shares leave at the rate c between them where the two tails are equal.

    If the greater share's rate were not the greater one, it were at most c or the other's at least c; each has
    probability below its tail (two Clopper-Pearson bounds that touch).
    """
    (x1, n1), (x2, n2) = greater, lesser
    low, high = x2 / n2, x1 / n1
    for _ in range(60):
        middle = (low + high) / 2
        if betainc(x1, n1 - x1 + 1, middle) < betainc(n2 - x2, x2 + 1, 1 - middle):
            low = middle
        else:
            high = middle
    tails = (betainc(x1, n1 - x1 + 1, high), betainc(n2 - x2, x2 + 1, 1 - high))
    return 2 * max(float(max(tails)), LEAST)
