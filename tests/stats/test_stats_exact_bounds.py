"""Bounds from exact tests: they answer as the tests do, cover what they should, and end where nothing is rejected."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dlaudit.stats import exact_bounds
from dlaudit.stats.exact import exact_difference, exact_ratio
from dlaudit.stats.exact_bounds import bounds_difference, bounds_ratio
from dlaudit.stats.intervals import mover_difference, rate_of, wilson

counts = st.tuples(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 60))


@settings(max_examples=20, deadline=None)
@given(counts, st.sampled_from([0.05, 0.002]))
def test_the_test_rejects_at_a_bound_of_the_difference_and_not_one_step_inside(table, alpha):
    n1, x1, n2, x2 = table
    x1, x2 = min(x1, n1), min(x2, n2)
    low, high = bounds_difference(x1, n1, x2, n2, alpha)
    assert -1 <= low < x1 / n1 - x2 / n2 + 1e-3 and x1 / n1 - x2 / n2 - 1e-3 < high <= 1
    assert low == -1 or exact_difference(x1, n1, x2, n2, low, alpha)
    assert high == 1 or exact_difference(x2, n2, x1, n1, -high, alpha)
    assert not exact_difference(x1, n1, x2, n2, round(low + 0.001, 3), alpha)
    assert not exact_difference(x2, n2, x1, n1, -round(high - 0.001, 3), alpha)


@settings(max_examples=15, deadline=None)
@given(counts, st.sampled_from([0.05, 0.002]))
def test_the_test_rejects_at_a_bound_of_the_ratio_and_not_a_tenth_inside(table, alpha):
    n1, x1, n2, x2 = table
    x1, x2 = min(x1, n1), min(x2, n2)
    low, high = bounds_ratio(x1, n1, x2, n2, alpha)
    assert low == 0 or exact_ratio(x1, n1, x2, n2, low, alpha)
    assert high == inf or exact_ratio(x2, n2, x1, n1, 1 / high, alpha)
    assert low == 0 or not exact_ratio(x1, n1, x2, n2, low * 1.1, alpha)
    assert high == inf or not exact_ratio(x2, n2, x1, n1, 1.1 / high, alpha)
    assert (low == 0) >= (x1 == 0) and (high == inf) >= (x2 == 0)


@pytest.mark.parametrize("table", [(70, 100, 52, 130), (300, 600, 240, 610), (9, 12, 4, 20)])
def test_a_limit_on_the_grid_is_answered_as_the_test_answers_it(table):
    x1, n1, x2, n2 = table
    low, high = bounds_difference(*table, 0.05)
    for limit in (-0.2, 0.0, 0.05, 0.1, 0.2, 0.3):
        assert exact_difference(*table, limit, 0.05) == (limit <= low)
        assert exact_difference(x2, n2, x1, n1, -limit, 0.05) == (limit >= high)
    low, high = bounds_ratio(*table, 0.05)
    for ratio in (0.8, 1.0, 1.25, 2.0):
        assert exact_ratio(*table, ratio, 0.05) == (ratio <= low)
        assert exact_ratio(x2, n2, x1, n1, 1 / ratio, 0.05) == (ratio >= high)


def _error(low, n1, n2):
    """The largest probability that the bound lies above the truth."""
    p = np.linspace(0.005, 0.995, 67)
    one, two = (stats.binom.pmf(np.arange(n + 1)[:, None], n, p) for n in (n1, n2))
    worst = 0.0
    for at, p1 in enumerate(p):
        wrong = low[:, :, None] > (p1 - p)[None, None, :] + 1e-12
        worst = max(worst, float(np.einsum("a,abc,bc->c", one[:, at], wrong, two).max()))
    return worst


@pytest.mark.parametrize(("n1", "n2", "alpha"), [(5, 5, 0.05), (3, 9, 0.05), (7, 3, 0.01)])
def test_a_lower_bound_is_above_the_truth_at_most_alpha_of_the_time_and_newcombes_is_more_often(n1, n2, alpha):
    a, b = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    pairs = zip(a.ravel(), b.ravel(), strict=True)
    ours = np.array([bounds_difference(int(x), n1, int(y), n2, alpha)[0] for x, y in pairs]).reshape(a.shape)
    assert _error(ours, n1, n2) <= alpha
    level = 1 - 2 * alpha
    newcombe = mover_difference(rate_of(a, n1), wilson(a, n1, level), rate_of(b, n2), wilson(b, n2, level)).low
    assert _error(newcombe, n1, n2) > alpha


def _ratio_error(low, n1, n2):
    """The largest probability that the bound of a ratio lies above the truth, just below each value it takes."""
    one, two = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)[:, None]
    worst = 0.0
    for ratio in np.unique(low[low > 0]):
        p2 = np.linspace(0, min(1, 1 / ratio), 200)
        p1 = np.clip(p2 * ratio * (1 - 1e-9), 0, 1)
        chances = stats.binom.pmf(one, n1, p1)[:, None] * stats.binom.pmf(two, n2, p2)[None]
        worst = max(worst, float(chances[low >= ratio * (1 - 1e-12)].sum(axis=0).max()))
    return worst


@pytest.mark.parametrize(("n1", "n2", "alpha"), [(5, 5, 0.01)])
def test_a_lower_bound_of_a_ratio_is_above_the_truth_at_most_alpha_and_the_last_change_alone_more_often(
    n1, n2, alpha, monkeypatch
):
    """Some limits below the last change are not rejected: a bound at that change forgets them."""

    def error():
        low = [[exact_bounds._lower_ratio((x, n1, y, n2), alpha) for y in range(n2 + 1)] for x in range(n1 + 1)]
        return _ratio_error(np.array(low), n1, n2)

    assert error() <= alpha
    monkeypatch.setattr(exact_bounds, "_LOOKED_AT", 0)
    exact_bounds._lower_ratio.cache_clear()
    assert error() > 1.1 * alpha
    exact_bounds._lower_ratio.cache_clear()


def test_no_limit_beyond_a_bound_is_left_unrejected_where_the_answer_changes_more_than_once():
    low = bounds_ratio(6, 9, 0, 4, 0.05)[0]
    assert not exact_ratio(6, 9, 0, 4, 1.07, 0.05) and exact_ratio(6, 9, 0, 4, 1.3, 0.05)
    assert low < 1.07
    assert bounds_difference(2, 9, 1, 4, 0.05)[0] < -0.551


def test_where_nothing_can_be_rejected_the_bounds_are_the_ends_of_the_range():
    assert bounds_difference(0, 0, 5, 9, 0.05) == (-1.0, 1.0)
    assert bounds_ratio(0, 0, 5, 9, 0.05) == (0.0, inf)
    assert bounds_ratio(0, 10, 0, 10, 0.05) == (0.0, inf)
    assert bounds_ratio(0, 30, 12, 30, 0.05)[0] == 0
    low, high = bounds_difference(1, 1, 0, 1, 0.05)
    assert low < 0.1 and high == 1.0


def test_exchanging_the_slices_turns_the_bounds_over():
    low, high = bounds_difference(40, 90, 21, 80, 0.01)
    assert bounds_difference(21, 80, 40, 90, 0.01) == (-high, -low)
    low, high = bounds_ratio(40, 90, 21, 80, 0.01)
    other = bounds_ratio(21, 80, 40, 90, 0.01)
    assert other == pytest.approx((1 / high, 1 / low), rel=0.02)


def test_bounds_of_large_slices_are_those_of_the_normal_law():
    low, high = bounds_difference(52_000, 100_000, 40_000, 100_000, 0.05)
    error = 1.645 * (0.52 * 0.48 / 1e5 + 0.4 * 0.6 / 1e5) ** 0.5
    assert (low, high) == pytest.approx((0.12 - error, 0.12 + error), abs=2e-4)
