"""Gaps over all thresholds: against scipy's statistic, by enumeration of small samples, and by simulation."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from dlaudit.stats.sweeps import critical_gap, largest_gap, shares_above, widest_apart


def swept(samples, bins=1024):
    """The largest gap of samples in 0..1, through histograms."""
    counts = np.stack([np.bincount((one * bins).astype(np.int64), minlength=bins) for one in samples])
    return largest_gap(shares_above(counts), counts.sum(axis=1))


def test_of_two_slices_it_is_the_kolmogorov_smirnov_statistic():
    generator = np.random.default_rng(0)
    one, two = (np.floor(generator.random(n) * 64) / 64 for n in (80, 130))
    assert swept([one, two]).largest == pytest.approx(ks_2samp(one, two).statistic, abs=1e-12)


def test_place_and_sides_are_those_of_the_largest_gap():
    counts = np.array([[5, 5, 0, 0], [0, 0, 10, 10], [5, 5, 5, 5]])
    found = largest_gap(shares_above(counts), counts.sum(axis=1))
    assert (found.largest, found.at, found.lower, found.upper) == (1.0, 2, 0, 1)
    assert shares_above(np.zeros((1, 3), dtype=np.int64)).tolist() != [[0, 0, 0]]  # NaN, not 0


@pytest.mark.parametrize("sizes", [(100, 100), (50, 2000), (1200, 380, 240, 120, 40), (30, 30, 30, 30, 30, 30)])
@pytest.mark.parametrize("tied", [False, True], ids=["continuous", "tied"])
def test_equal_slices_exceed_the_critical_gap_no_more_often_than_promised(sizes, tied):
    generator = np.random.default_rng(sum(sizes))
    critical, repetitions = critical_gap(np.array(sizes)), 400
    scores = [[generator.random(n) for n in sizes] for _ in range(repetitions)]
    scores = [[np.floor(one * 8) / 8 if tied else one for one in each] for each in scores]
    above = np.mean([swept(each).largest > critical for each in scores])
    assert above <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repetitions)


def test_a_limit_at_a_tenth_fires_for_most_pairs_of_equal_slices():
    generator = np.random.default_rng(1)
    gaps = np.array([swept([generator.random(100), generator.random(100)]).largest for _ in range(1000)])
    assert gaps.mean() == pytest.approx(0.117, abs=0.005)
    assert (gaps > 0.1).mean() > 0.5


def exact_tail(n, m, gap):
    """P(two-sample statistic >= gap) by counting lattice paths that stay within."""
    ways = np.zeros(m + 1)
    for i in range(n + 1):
        for j in range(m + 1):
            if abs(i / n - j / m) >= gap - 1e-9:
                ways[j] = 0.0
            elif i == 0 and j == 0:
                ways[j] = 1.0
            else:
                ways[j] = (ways[j] if i else 0.0) + (ways[j - 1] if j else 0.0)
    return 1 - ways[m] / comb(n + m, n)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 12, 20])
def test_the_bound_on_two_samples_holds_for_every_pair_of_small_sizes(n):
    for m in range(n, 26):
        for k in range(1, n * m + 1, max(1, n * m // 60)):
            gap = k / (n * m)
            bound = np.exp(-2 * gap**2 * n * m / (n + m))
            assert exact_tail(n, m, gap) <= np.e * bound + 1e-12


def test_massarts_constant_of_one_sample_would_be_too_small_for_two_small_ones():
    assert exact_tail(2, 3, 1.0) > 2 * np.exp(-2 * 6 / 5)
    worst = max(exact_tail(n, n, k / n) / np.exp(-((k / n) ** 2) * n) for n in range(1, 8) for k in range(1, n + 1))
    assert 2 < worst <= np.e


def test_the_interval_covers_the_largest_true_gap():
    generator = np.random.default_rng(2)
    points = np.arange(1024) / 1024
    above = [1 - points, 1 - points**1.5, 1 - points**0.8]  # law of u ** (1 / power)
    truth = float(np.max(np.max(above, axis=0) - np.min(above, axis=0)))
    missed = []
    for _ in range(300):
        sizes = (150, 90, 300)
        samples = [generator.random(n) ** (1 / power) for n, power in zip(sizes, (1, 1.5, 0.8), strict=True)]
        found = swept(samples)
        missed.append(not found.low <= truth <= found.high)
        assert found.low <= found.largest <= found.high
    assert np.mean(missed) <= 0.05


def test_the_critical_gap_falls_with_rows_and_grows_with_slices():
    assert critical_gap(np.array([100, 100])) == pytest.approx(np.sqrt(np.log(np.e / 0.05) / 100), abs=1e-9)
    assert critical_gap(np.array([1000, 1000])) < critical_gap(np.array([100, 100]))
    assert critical_gap(np.full(10, 100)) > critical_gap(np.full(3, 100))
    assert critical_gap(np.array([1, 1])) == 1.0


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=7))
def test_the_widest_gap_is_that_of_all_pairs(ends):
    low, high = np.sort(np.array(ends), axis=1).T
    pairs = [high[i] - low[j] for i in range(len(ends)) for j in range(len(ends)) if i != j]
    assert float(widest_apart(low, high)) == pytest.approx(max(0.0, *pairs), abs=1e-15)
