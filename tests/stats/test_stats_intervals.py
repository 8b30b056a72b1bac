"""Intervals against published tables, scipy, and exact coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dlaudit.stats.intervals import (
    clopper_pearson,
    cluster_wilson,
    difference_limits,
    mover_difference,
    ratio_limits,
    rescaled,
    wilson,
    wilson_weighted,
)
from dlaudit.stats.means import bounded_limits, mean_limits, welch_limits
from dlaudit.stats.numbers import Limits
from dlaudit.stats.ranges import range_difference, range_ratio


def two_ends(limits):
    return tuple(float(end) for end in limits)


COUNTS = [(81, 263), (15, 148), (0, 20), (1, 29), (29, 29), (500_000, 1_000_000)]


@pytest.mark.parametrize(("x", "n"), COUNTS)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_one_rate_agrees_with_scipy(x, n, level):
    for ours, theirs in ((wilson, "wilson"), (clopper_pearson, "exact")):
        reference = stats.binomtest(x, n).proportion_ci(level, method=theirs)
        assert ours(x, n, level).low == pytest.approx(reference.low, abs=1e-12)
        assert ours(x, n, level).high == pytest.approx(reference.high, abs=1e-12)


def test_one_rate_agrees_with_newcombes_published_table():
    # Newcombe 1998, Statistics in Medicine 17:857, table I: methods 3 (Wilson) and 5 (Clopper-Pearson)
    published = {
        (81, 263): ((0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148): ((0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20): ((0.0, 0.1611), (0.0, 0.1684)),
        (1, 29): ((0.0061, 0.1718), (0.0009, 0.1776)),
    }
    for (x, n), (score, exact) in published.items():
        assert two_ends(wilson(x, n)) == pytest.approx(score, abs=6e-5)
        assert two_ends(clopper_pearson(x, n)) == pytest.approx(exact, abs=6e-5)


def test_difference_agrees_with_newcombes_published_table():
    # Newcombe 1998, Statistics in Medicine 17:873, table II: method 10, that is MOVER with Wilson's limits
    published = {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (6, 7, 2, 7): (0.0582, 0.8062),
        (5, 56, 0, 29): (-0.0381, 0.1926),
        (0, 10, 0, 20): (-0.1611, 0.2775),
    }
    for (x1, n1, x2, n2), ends in published.items():
        found = mover_difference(x1 / n1, wilson(x1, n1), x2 / n2, wilson(x2, n2))
        assert two_ends(found) == pytest.approx(ends, abs=6e-5)


def test_ends_of_the_exact_interval_are_exactly_zero_and_one():
    assert clopper_pearson(0, 17).low == 0
    assert clopper_pearson(17, 17).high == 1
    assert wilson(0, 17).low == 0
    assert wilson(17, 17).high == 1


def test_empty_denominators_are_nan_and_leave_their_neighbours_alone():
    for found in (wilson, clopper_pearson):
        low, high = found(np.array([0, 3]), np.array([0, 9]))
        assert np.isnan(low[0]) and np.isnan(high[0])
        assert np.isfinite(low[1]) and np.isfinite(high[1])
    assert np.isnan(difference_limits(0, 0, 3, 9)).all()
    assert np.isnan(ratio_limits(3, 9, 0, 0)).all()
    assert np.isnan(wilson_weighted(float("nan"), 0.0)).all()
    assert np.isnan(cluster_wilson(0.5, 0.01, 1)).all()


def _coverage(limits, n, rates):
    low, high = limits
    covered = (low[:, None] <= rates) & (rates <= high[:, None])
    return (stats.binom.pmf(np.arange(n + 1)[:, None], n, rates) * covered).sum(axis=0)


@pytest.mark.parametrize("n", [5, 30, 100])
def test_clopper_pearson_covers_every_rate_and_wilson_does_not(n):
    rates = np.linspace(0.001, 0.999, 999)
    x = np.arange(n + 1)
    assert _coverage(clopper_pearson(x, n), n, rates).min() >= 0.95
    assert _coverage(wilson(x, n), n, rates).min() < 0.94


def test_kish_size_of_equal_weights_is_the_number_of_rows():
    assert two_ends(wilson_weighted(0.3, 50.0)) == pytest.approx(two_ends(wilson(15, 50)))


def test_clusters_of_one_row_give_wilsons_interval_with_a_student_quantile():
    n, x = 4000, 1200
    rate = x / n
    found = cluster_wilson(rate, rate * (1 - rate) / n, n)
    assert two_ends(found) == pytest.approx(two_ends(wilson(x, n)), abs=1e-4)


def test_cluster_interval_covers_rows_that_share_a_person_and_the_row_interval_does_not():
    rng = np.random.default_rng(7)
    people, each, hits, naive = 40, 20, 0, 0
    for _ in range(400):
        rate = rng.beta(0.7, 1.633, people)  # intraclass correlation 0.3 at rate 0.3
        x = rng.binomial(each, rate)
        p = x.sum() / (people * each)
        variance = people / (people - 1) * ((x - p * each) ** 2).sum() / (people * each) ** 2
        low, high = cluster_wilson(p, variance, people)
        hits += low <= 0.3 <= high
        low, high = wilson(int(x.sum()), people * each)
        naive += low <= 0.3 <= high
    assert hits / 400 > 0.92
    assert naive / 400 < 0.75


def test_clusters_that_are_all_alike_count_as_one_row_each():
    assert two_ends(cluster_wilson(0.0, 0.0, 30)) == pytest.approx((0.0, 0.1224), abs=1e-3)


def test_ratio_is_unbounded_above_a_reference_of_zero():
    low, high = ratio_limits(5, 30, 0, 30)
    assert np.isinf(high) and low > 0
    assert two_ends(ratio_limits(0, 30, 0, 30)) == (0.0, float("inf"))
    assert ratio_limits(0, 30, 15, 30).low == 0


def test_ratio_interval_matches_the_textbook_form_where_that_can_be_divided():
    x1, n1, x2, n2 = 48, 80, 30, 40
    p, q = x1 / n1, x2 / n2
    (l1, u1), (l2, u2) = clopper_pearson(x1, n1), clopper_pearson(x2, n2)
    low = (p * q - np.sqrt((p * q) ** 2 - l1 * u2 * (2 * p - l1) * (2 * q - u2))) / (u2 * (2 * q - u2))
    high = (p * q + np.sqrt((p * q) ** 2 - u1 * l2 * (2 * p - u1) * (2 * q - l2))) / (l2 * (2 * q - l2))
    assert two_ends(ratio_limits(x1, n1, x2, n2)) == pytest.approx((low, high))


def test_intervals_of_means_agree_with_scipy():
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 2, 40), rng.normal(0, 1, 15)
    found = mean_limits(a.mean(), a.var(ddof=1), len(a))
    assert two_ends(found) == pytest.approx(stats.ttest_1samp(a, 0).confidence_interval(), abs=1e-10)
    found = welch_limits((a.mean(), b.mean()), (a.var(ddof=1), b.var(ddof=1)), (40, 15))
    reference = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert two_ends(found) == pytest.approx(tuple(reference), abs=1e-10)
    pooled = stats.ttest_ind(a, b).confidence_interval()
    assert two_ends(found) != pytest.approx(tuple(pooled), abs=1e-3)


def test_means_of_fewer_than_two_rows_have_no_interval():
    assert np.isnan(mean_limits(1.0, 0.0, 1)).all()
    assert np.isnan(welch_limits((1.0, 2.0), (0.0, 1.0), (1, 9))).all()


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("n", [2, 5, 12, 29])
def test_hoeffdings_interval_covers_what_students_does_not(n, rate):
    """Of all numbers in 0..1 with one mean, 0 and 1 are spread widest; coverage by enumeration."""
    x = np.arange(n + 1)
    low, high = bounded_limits(x / n, n, 0.95)
    assert stats.binom.pmf(x, n, rate)[(low <= rate) & (rate <= high)].sum() >= 0.95
    assert (low <= x / n).all() and (x / n <= high).all()
    student = mean_limits(x / n, x / n * (1 - x / n) * n / (n - 1), n, 0.95)
    if rate == 0.02:
        assert stats.binom.pmf(x, n, rate)[(student.low <= rate) & (rate <= student.high)].sum() < 0.6


def test_hoeffdings_interval_of_no_rows_is_undefined():
    assert np.isnan(bounded_limits(0.5, 0)).all()


def test_rescaling_keeps_each_side_and_stretches_by_normal_quantiles():
    few = rescaled(0.5, Limits(np.array(0.4), np.array(0.6)), 0.95, 0.99, 2.0)
    assert float(few.high) == pytest.approx(0.5 + 0.1 * stats.t.ppf(0.995, 2) / stats.t.ppf(0.975, 2))
    found = rescaled(0.5, Limits(np.array(0.4), np.array(0.7)), 0.95, 0.99)
    assert two_ends(found) == pytest.approx((0.5 - 0.1 * 2.5758 / 1.96, 0.5 + 0.2 * 2.5758 / 1.96), abs=1e-4)


def test_bounds_of_the_range_are_those_of_the_only_pair():
    low, high = range_difference(np.array([50, 20]), np.array([100, 100]), 0.9)
    assert high == pytest.approx(float(difference_limits(50, 100, 20, 100, 0.9).high))
    assert low == pytest.approx(float(difference_limits(50, 100, 20, 100, 0.95).low))
    low, high = range_ratio(np.array([50, 20]), np.array([100, 100]), 0.9)
    assert low == pytest.approx(float(ratio_limits(20, 100, 50, 100, 0.9).low))
    assert high == pytest.approx(float(ratio_limits(20, 100, 50, 100, 0.95).high))


def test_range_of_fewer_than_two_slices_is_undefined():
    assert np.isnan(range_difference(np.array([3, 0]), np.array([9, 0]))).all()
    assert np.isnan(range_ratio(np.array([0, 0]), np.array([9, 9]))).all()


def test_lower_bound_of_the_range_stays_below_the_truth_of_equal_slices_where_the_estimate_does_not():
    rng = np.random.default_rng(3)
    beyond = estimates = 0
    for _ in range(300):
        x = rng.binomial(100, 0.3, 10)
        low, _ = range_difference(x, np.full(10, 100), 0.9)
        beyond += low > 0
        estimates += (x.max() - x.min()) / 100 > 0.1
    assert beyond / 300 <= 0.05
    assert estimates / 300 > 0.5


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 300), st.integers(0, 300))
def test_more_rows_of_the_same_rates_narrow_every_interval(n1, x1, n2, x2):
    x1, x2 = min(x1, n1), min(x2, n2)
    for limits in (difference_limits(x1, n1, x2, n2), wilson(x1, n1), clopper_pearson(x1, n1)):
        assert limits.low <= limits.high
    once, twice = difference_limits(x1, n1, x2, n2), difference_limits(2 * x1, 2 * n1, 2 * x2, 2 * n2)
    assert twice.high - twice.low < once.high - once.low
    swapped = difference_limits(x2, n2, x1, n1)
    assert swapped.low == pytest.approx(-once.high) and swapped.high == pytest.approx(-once.low)


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 300), st.integers(1, 300))
def test_ratio_interval_holds_its_estimate(n1, x1, n2, x2):
    x1, x2 = min(x1, n1), min(x2, n2)
    low, high = ratio_limits(x1, n1, x2, n2)
    ratio = (x1 / n1) / (x2 / n2)
    assert low <= ratio * (1 + 1e-12) and ratio <= high * (1 + 1e-12)
