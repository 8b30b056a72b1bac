"""Exact unconditional tests of two rates, with finite-sample error rates.

For the null hypotheses p1 - p2 <= margin and p1 <= ratio p2. Tables are ordered by a score statistic (Chan and Zhang
1999, DOI 10.1111/j.0006-341X.1999.01202.x). The rejection region R of all tables at least as extreme as the one seen
is closed to be monotone: with a table, it holds every table with more successes in the first slice or fewer in the
second. Then, over a cell [a, b] x [c, d] of rates, P(R; p1, p2) <= P(R; b, c), so that branch and bound over the
nuisance p2 gives an upper bound of the supremum of P(R) over the null hypothesis, not an estimate of it. p2 is
restricted to its confidence interval at level 1 - gamma, and gamma is added (Berger and Boos 1994,
DOI 10.1080/01621459.1994.10476836). Enumerated over small designs the size never exceeds alpha; it is conservative
there, and close to alpha for hundreds of rows.
"""

from functools import lru_cache
from math import sqrt

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from dlaudit.stats.intervals import clopper_pearson
from dlaudit.stats.numbers import Number
from dlaudit.stats.regions import Null, Region, Table, region_of

_NUISANCE_SHARE = 0.02
"""gamma / alpha of Berger and Boos."""
_APART_SHARE = 0.001
"""Share of alpha spent on the rectangle test, which settles pairs that lie far apart without enumeration."""
_LOPSIDED, _MANY_TERMS = 400, 50_000
"""From this many rows of the first slice to one of the second, and from this many terms of a sum on, the rectangle test
decides alone: enumeration would take seconds to hours, and the first slice's rate is all but known. Both look at sizes
only, so that which test is used does not depend on what was seen."""
_KNOWN_SHARE = 0.02
"""Share of alpha that the rectangle test then leaves to the first slice."""
_WORK = 4_000_000
"""Terms of the sums in one refinement; beyond it the test gives up and does not reject, which is always valid."""
_TOLERANCE = 1.1
"""How far above the supremum a stated p-value may lie."""
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
    return _rejected(Null("difference", float(margin)), (x1, n1, x2, n2), float(alpha))


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
    return _rejected(Null("ratio", float(ratio)), (x1, n1, x2, n2), float(alpha))


def exact_p_difference(x1: int, n1: int, x2: int, n2: int, margin: Number = 0.0) -> float:
    """An upper bound of the p-value of p1 - p2 <= `margin`: the smallest alpha at which `exact_difference` rejects.

    Within about 20 % of that alpha; 1 where the slices show nothing against the hypothesis; at least 1e-9.
    """
    return _p_bound(Null("difference", float(margin)), (x1, n1, x2, n2))


def exact_p_ratio(x1: int, n1: int, x2: int, n2: int, ratio: Number = 1.0) -> float:
    """An upper bound of the p-value of p1 <= `ratio` p2: the smallest alpha at which `exact_ratio` rejects, to 20 %."""
    return _p_bound(Null("ratio", float(ratio)), (x1, n1, x2, n2))


@lru_cache(maxsize=1 << 16)
def _rejected(null: Null, table: Table, alpha: float) -> bool:
    x1, n1, x2, n2 = table
    assert 0 <= x1 <= max(n1, 0) and 0 <= x2 <= max(n2, 0), f"impossible counts {table}"
    if n1 == 0 or n2 == 0 or not null.is_beyond(*table):
        return False
    if _is_lopsided(table):
        return _far_apart(null, table, _KNOWN_SHARE * alpha, (1 - _KNOWN_SHARE) * alpha)
    apart = _APART_SHARE * alpha
    return _far_apart(null, table, apart / 2, apart / 2) or _supremum_is_below(null, table, alpha - apart)


def _p_bound(null: Null, table: Table) -> float:
    if 0 in (table[1], table[3]) or not null.is_beyond(*table):
        return 1.0
    if _rejected(null, table, _LEAST_P):
        return _LEAST_P
    guess = min(max(float(ndtr(-null.score(*table))), _LEAST_P), 0.5)
    reached = guess if _is_lopsided(table) else _TOLERANCE * _supremum(null, table, guess)
    bound = max(reached / ((1 - _NUISANCE_SHARE) * (1 - _APART_SHARE)), _LEAST_P)
    while bound < 1 and not _rejected(null, table, bound):
        bound *= _TOLERANCE
    return min(bound, 1.0)


def _is_lopsided(table: Table) -> bool:
    """Whether enumeration is too long, and one rate so well known that little is lost without it."""
    _, n1, _, n2 = table
    return n1 >= _LOPSIDED * n2 and n1 * min(1.0, 3 / sqrt(n2)) > _MANY_TERMS


def _far_apart(null: Null, table: Table, alpha1: float, alpha2: float) -> bool:
    """Whether the one-sided Clopper-Pearson bounds of the two rates, at these levels, lie outside the null."""
    x1, n1, x2, n2 = table
    lowest_p1 = float(clopper_pearson(x1, n1, 1 - 2 * alpha1).low)
    highest_p2 = float(clopper_pearson(x2, n2, 1 - 2 * alpha2).high)
    return highest_p2 < null.least_p2 or lowest_p1 > float(null.largest_p1(np.array([highest_p2]))[0])


def _supremum_is_below(null: Null, table: Table, alpha: float) -> bool:
    """Whether P(R) <= alpha - gamma over the null hypothesis within p2's confidence interval at level 1 - gamma."""
    gamma = _NUISANCE_SHARE * alpha
    target = alpha - gamma
    searched = _searched(null, table, gamma)
    if searched is None:
        return True
    region, edges = searched
    if (region.probability(null.largest_p1(edges), edges) > target).any():
        return False
    cells = np.stack([edges[:-1], edges[1:]], axis=1)
    while True:
        cells = cells[region.probability(null.largest_p1(cells[:, 1]), cells[:, 0]) > target]
        if len(cells) == 0:
            return True
        middle = cells.mean(axis=1)[:256]
        too_many = 2 * len(cells) * max(len(region.x1), 200) > _WORK
        if too_many or (region.probability(null.largest_p1(middle), middle) > target).any():
            return False
        cells = _halved(cells)


def _supremum(null: Null, table: Table, alpha: float) -> float:
    """The supremum that `_supremum_is_below` compares with, from above and within 10 %."""
    searched = _searched(null, table, _NUISANCE_SHARE * alpha)
    if searched is None:
        return 0.0
    region, edges = searched
    best = float(region.probability(null.largest_p1(edges), edges).max())
    cells = np.stack([edges[:-1], edges[1:]], axis=1)
    while True:
        bound = region.probability(null.largest_p1(cells[:, 1]), cells[:, 0])
        open_ = bound > _TOLERANCE * best
        if not open_.any():
            return _TOLERANCE * best
        if 8 * open_.sum() * max(len(region.x1), 200) > _WORK:
            return float(bound.max())
        middle = cells[open_].mean(axis=1)
        best = max(best, float(region.probability(null.largest_p1(middle), middle).max()))
        cells = _halved(cells[open_])


def _searched(null: Null, table: Table, gamma: float) -> tuple[Region, Float[np.ndarray, " edges"]] | None:
    """The rejection region and a grid over the nuisance; None where no nuisance agrees with the null hypothesis."""
    limits = clopper_pearson(table[2], table[3], 1 - gamma)
    low, high = max(float(limits.low), null.least_p2), float(limits.high)
    if low > high:
        return None
    return region_of(null, table, null.largest_p1(np.array([low, high]))), np.linspace(low, high, 17)


def _halved(cells: Float[np.ndarray, "cells 2"]) -> Float[np.ndarray, "twice 2"]:
    middle = cells.mean(axis=1)
    return np.concatenate([np.stack([cells[:, 0], middle], axis=1), np.stack([middle, cells[:, 1]], axis=1)])
