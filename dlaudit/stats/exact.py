"""Exact unconditional tests of two rates, with finite-sample error rates.

For the null hypotheses p1 - p2 <= margin and p1 <= ratio p2. Tables are ordered by a score statistic (Chan and Zhang
1999, DOI 10.1111/j.0006-341X.1999.01202.x). The rejection region R of all tables at least as extreme as the one seen
is closed to be monotone: with a table, it holds every table with more successes in the first slice or fewer in the
second. Then P(R) is largest on the border of the null hypothesis, and `dlaudit.stats.borders` bounds it there from
above: the supremum is not estimated. The rate of the larger slice (the nuisance) is restricted to its confidence
interval at level 1 - gamma, and gamma is added (Berger and Boos 1994, DOI 10.1080/01621459.1994.10476836). Which slice
that is depends on sizes only. Enumerated over small designs the size never exceeds alpha (benchmarks/exact_size.md).
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from dlaudit.stats.borders import Border, nodes_of
from dlaudit.stats.intervals import clopper_pearson
from dlaudit.stats.nulls import Null, Table
from dlaudit.stats.numbers import Number
from dlaudit.stats.regions import region_of
from dlaudit.stats.suprema import is_at_most, supremum

_NUISANCE_SHARE = 0.02
"""gamma / alpha of Berger and Boos."""
_APART_SHARE = 0.001
"""Share of alpha spent on the rectangle test, which settles pairs that lie far apart without enumeration."""
_TOLERANCE = 1e-3
"""How far above the supremum a stated p-value may lie, relative."""
_STRETCH = 1.002
"""Factor between the levels that are tried for a stated p-value."""
_LEAST_P = 1e-9
"""Smallest p-value stated; smaller ones are stated as this."""


def exact_difference(x1: int, n1: int, x2: int, n2: int, margin: Number, alpha: Number) -> bool:
    """Whether p1 - p2 <= `margin` is rejected: P(rejection) <= `alpha` under every p1, p2 with p1 - p2 <= `margin`.

    To reject p1 - p2 >= margin, swap the slices and negate the margin. An empty slice never rejects.

    Args:
        x1: Successes of the first slice.
        n1: Its trials.
        x2: Successes of the second slice.
        n2: Its trials.
        margin: Tolerated difference, in -1..1.
        alpha: Error rate.
    """
    return is_rejected(Null("difference", float(margin)), (x1, n1, x2, n2), float(alpha))


def exact_ratio(x1: int, n1: int, x2: int, n2: int, ratio: Number, alpha: Number) -> bool:
    """Whether p1 <= `ratio` p2 is rejected: P(rejection) <= `alpha` under every p1, p2 with p1 <= `ratio` p2.

    To reject p1 >= ratio p2, swap the slices and invert the ratio. An empty slice never rejects.

    Args:
        x1: Successes of the first slice.
        n1: Its trials.
        x2: Successes of the second slice.
        n2: Its trials.
        ratio: Tolerated ratio, above 0.
        alpha: Error rate.
    """
    return is_rejected(Null("ratio", float(ratio)), (x1, n1, x2, n2), float(alpha))


def exact_p_difference(x1: int, n1: int, x2: int, n2: int, margin: Number = 0.0) -> float:
    """An upper bound of the p-value of p1 - p2 <= `margin`: the smallest alpha at which `exact_difference` rejects.

    Within about 1 % of that alpha; 1 where the slices show nothing against the hypothesis; at least 1e-9.
    """
    return _p_bound(Null("difference", float(margin)), (x1, n1, x2, n2))


def exact_p_ratio(x1: int, n1: int, x2: int, n2: int, ratio: Number = 1.0) -> float:
    """An upper bound of the p-value of p1 <= `ratio` p2: the smallest alpha at which `exact_ratio` rejects, to 1 %."""
    return _p_bound(Null("ratio", float(ratio)), (x1, n1, x2, n2))


@lru_cache(maxsize=1 << 16)
def is_rejected(null: Null, table: Table, alpha: float, order: Null | None = None) -> bool:
    """Whether the exact test of `null` at level `alpha` rejects; never where a slice is empty.

    Args:
        null: The hypothesis.
        table: What was seen.
        alpha: Error rate.
        order: The hypothesis whose score orders tables, any that the table and `alpha` settle; `null` itself if None.
    """
    x1, n1, x2, n2 = table
    assert 0 <= x1 <= max(n1, 0) and 0 <= x2 <= max(n2, 0), f"impossible counts {table}"
    if n1 == 0 or n2 == 0 or not null.is_beyond(*table):
        return False
    apart = _APART_SHARE * alpha
    if _far_apart(null, table, apart):
        return True
    level = alpha - apart
    searched = _searched(null, table, _NUISANCE_SHARE * level, order)
    return searched is None or is_at_most(*searched, (1 - _NUISANCE_SHARE) * level)


@lru_cache(maxsize=1 << 14)
def _p_bound(null: Null, table: Table) -> float:
    if 0 in (table[1], table[3]) or not null.is_beyond(*table):
        return 1.0
    if _far_apart(null, table, _APART_SHARE * _LEAST_P):
        return _LEAST_P
    guess = min(max(float(ndtr(-null.score(*table))), _LEAST_P), 0.5)
    for _ in range(2):  # the nuisance's interval depends on the level, a little
        guess = min(max(level_reached(null, table, guess), _LEAST_P), 1.0)
    while guess < 1 and not is_rejected(null, table, guess):
        guess *= _STRETCH
    return min(guess, 1.0)


def level_reached(null: Null, table: Table, alpha: float, tolerance: float = _TOLERANCE) -> float:
    """The level at which the test would reject, were the nuisance's interval that of `alpha`."""
    searched = _searched(null, table, _NUISANCE_SHARE * alpha)
    reached = 0.0 if searched is None else supremum(*searched, tolerance)
    return reached / ((1 - _NUISANCE_SHARE) * (1 - _APART_SHARE))


def _far_apart(null: Null, table: Table, alpha: float) -> bool:
    """Whether the one-sided Clopper-Pearson bounds of the two rates, at half of alpha each, lie outside the null."""
    x1, n1, x2, n2 = table
    lowest_p1 = float(clopper_pearson(x1, n1, 1 - alpha).low)
    highest_p2 = float(clopper_pearson(x2, n2, 1 - alpha).high)
    return highest_p2 < null.least_p2 or lowest_p1 > float(null.largest_p1(np.array([highest_p2]))[0])


def _searched(
    null: Null, table: Table, gamma: float, order: Null | None = None
) -> tuple[Border, Float[np.ndarray, " nodes"]] | None:
    """The border and its first nodes; None where no likely nuisance agrees with the null hypothesis.

    The nuisance is the rate of the larger slice: it is known best, so that the border within its interval is shortest.
    """
    order = order or null
    if table[1] > table[3]:
        order, _ = order.mirror(table)
        null, table = null.mirror(table)
    _, n1, x2, n2 = table
    limits = clopper_pearson(x2, n2, 1 - gamma)
    low, high = max(float(limits.low), null.least_p2), float(limits.high)
    if low > high:
        return None
    high = max(low, min(high, null.full_p2))  # beyond, p1 stays at 1 and P(R) only falls
    p1 = null.largest_p1(np.array([low, high]))
    highest = min(1.0, float(p1[1]) + (0.2 * float(p1[1] * (1 - p1[1])) ** 0.5 + 0.2) / n1**0.5)
    region = region_of(order, table, (float(p1[0]), highest), (low, high))
    return Border(null, region, highest), nodes_of(null, n1, n2, (low, high))
