"""Exact tails: against SciPy, against enumeration, and the bound that lets most of them go uncomputed."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from dlaudit.slices.discovery.testing import Tables, holm_rejections
from dlaudit.stats.hypergeometric import tail_at_least, upper_tail, upper_tails
from dlaudit.stats.multiplicity import holm

TABLES = st.integers(1, 60).flatmap(
    lambda total: st.tuples(st.integers(-1, total + 1), st.integers(0, total), st.integers(0, total), st.just(total))
)


def enumerated(x: int, size: int, events: int, total: int) -> Fraction:
    """P(X >= x) by counting all ways to choose the part."""
    ways = sum(comb(events, k) * comb(total - events, size - k) for k in range(max(x, 0), min(size, events) + 1))
    return Fraction(ways, comb(total, size))


@given(TABLES)
@settings(max_examples=300, deadline=None)
def test_a_tail_is_the_share_of_all_ways_to_choose_the_part(table: tuple[int, int, int, int]) -> None:
    exact = float(enumerated(*table))
    assert upper_tail(*table)[0] == pytest.approx(exact, rel=1e-9, abs=1e-14)


@given(TABLES)
@settings(max_examples=300, deadline=None)
def test_the_quick_bound_is_never_above_the_tail(table: tuple[int, int, int, int]) -> None:
    assert float(tail_at_least(*(np.array([one]) for one in table))[0]) <= float(enumerated(*table))


def test_tails_of_large_tables_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    total = rng.integers(1_000, 200_000, 200)
    events, size = (total * rng.random(200)).astype(int), (total * rng.random(200)).astype(int)
    spread = np.sqrt(size * events / total * (1 - events / total) * (1 - size / total))
    x = np.maximum(0, size * events / total + rng.normal(1, 3, 200) * spread).astype(int)
    wanted = hypergeom.sf(x - 1, total, events, size)
    assert upper_tail(x, size, events, total) == pytest.approx(wanted, rel=1e-7, abs=1e-250)
    assert (tail_at_least(x, size, events, total) <= wanted * (1 + 1e-9)).all()


def test_all_tails_of_a_part_at_once_are_the_single_ones() -> None:
    assert upper_tails(30, 40, 200) == pytest.approx(upper_tail(np.arange(31), 30, 40, 200), rel=1e-9, abs=1e-18)


@pytest.mark.parametrize("seed", range(5))
def test_holm_rejects_the_same_as_with_every_p_value_worked_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = rng.integers(20, 2_000, 3_000)
    shift = np.where(rng.random(3_000) < (0.0, 0.01, 0.2, 0.6, 1.0)[seed], 0.1, 0.0)
    tables = Tables(
        x=rng.binomial(size, 0.15 + shift), size=size, events=np.full(3_000, 900), total=np.full(3_000, 6_000)
    )
    whole = holm(tables.p)
    found = holm_rejections(tables, 0.05)
    assert sorted(found.at.tolist()) == np.flatnonzero(whole <= 0.05).tolist()
    assert found.adjusted == pytest.approx(whole[found.at], rel=1e-9, abs=1e-300)


def test_the_p_value_is_valid_where_the_rates_are_equal() -> None:
    """P(p <= a) <= a for every a, by enumeration of two binomials; the normal approximation breaks this."""
    inside, outside, rate = 12, 188, 0.03
    x, y = np.meshgrid(np.arange(inside + 1), np.arange(outside + 1), indexing="ij")
    from scipy.stats import binom, norm

    weight = binom.pmf(x, inside, rate) * binom.pmf(y, outside, rate)
    p = upper_tail(x, inside, x + y, inside + outside)
    pooled = (x + y) / (inside + outside)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / inside + 1 / outside))
    approximate = norm.sf((x / inside - y / outside) / spread)
    for level in (0.05, 0.01, 0.001, 0.0001):
        assert weight[p <= level].sum() <= level
    assert weight[approximate <= 0.0001].sum() > 10 * 0.0001
