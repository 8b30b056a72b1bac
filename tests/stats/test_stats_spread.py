"""Noise floor, shrunken range and between-slice deviation against enumeration, simulation and published tables."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from dlaudit.stats.spread import between_sd, noise_range, shrunken_range

D2 = {2: 1.128, 3: 1.693, 5: 2.326, 10: 3.078, 20: 3.735, 40: 4.322}
"""Mean range of k standard normal variables: the control-chart constant d2."""
EQUAL = np.full(20, 0.3)
LINEAR_1 = np.linspace(0.25, 0.35, 20)
LINEAR_3 = np.linspace(0.15, 0.45, 20)
CLUSTERS = np.r_[np.full(10, 0.3), np.full(10, 0.5)]
N = np.full(20, 100)


def enumerated(n, rate, level):
    """Mean and quantile of max - min over every table of a few small slices."""
    laws = {}
    for x in product(*(range(size + 1) for size in n)):
        shares = [a / b for a, b in zip(x, n, strict=True)]
        gap = round(max(shares) - min(shares), 12)
        laws[gap] = laws.get(gap, 0.0) + np.prod([binom.pmf(a, b, rate) for a, b in zip(x, n, strict=True)])
    gaps = sorted(laws)
    reached = np.cumsum([laws[gap] for gap in gaps])
    return sum(gap * laws[gap] for gap in gaps), gaps[int(np.searchsorted(reached, level - 1e-12))]


@pytest.mark.parametrize(("x", "n"), [((3, 4), (10, 10)), ((1, 0, 2), (7, 3, 12)), ((5, 1), (9, 1)), ((0, 0), (8, 5))])
def test_the_noise_of_small_slices_agrees_with_enumeration_to_one_step_of_the_grid(x, n):
    x, n = np.array(x), np.array(n)
    found = noise_range(x, n)
    mean, high = enumerated(n.tolist(), (x.sum() + 0.5) / (n.sum() + 1), 0.95)
    assert found.mean == pytest.approx(mean, abs=found.step)
    assert found.high == pytest.approx(high, abs=found.step)
    assert found.step < 0.001


@pytest.mark.parametrize("slices", D2)
def test_the_mean_noise_of_equal_slices_is_the_mean_range_of_normal_variables(slices):
    found = noise_range(np.full(slices, 30), np.full(slices, 100))
    assert found.mean == pytest.approx(D2[slices] * np.sqrt(0.3 * 0.7 / 100), rel=0.01)


def test_the_noise_of_slices_of_unequal_sizes_agrees_with_simulation():
    n = np.array([1200, 380, 240, 120, 40])
    rates = np.random.default_rng(1).binomial(n, 0.3, (40_000, 5)) / n
    gaps = rates.max(axis=1) - rates.min(axis=1)
    found = noise_range(np.round(0.3 * n).astype(np.int64), n)
    assert found.mean == pytest.approx(gaps.mean(), abs=found.step + 4 * gaps.std() / 200)
    assert found.high == pytest.approx(np.quantile(gaps, 0.95), abs=0.004)


def test_rates_that_are_all_zero_are_not_free_of_noise():
    found = noise_range(np.zeros(5, dtype=np.int64), np.full(5, 50))
    assert 0 < found.mean < 0.02


def test_a_thousand_slices_do_not_take_long():
    n = np.arange(1000) % 50 + 1
    assert 0.5 < noise_range(n // 3, n).mean <= 1.0
    assert 0 <= shrunken_range(n // 3, n) < 0.2


def errors(rates, estimate, repetitions=400, seed=3):
    x = np.random.default_rng(seed).binomial(N, rates, (repetitions, len(N)))
    found = np.array([estimate(row, N) for row in x]) - (rates.max() - rates.min())
    return found.mean(), np.sqrt((found**2).mean())


def plug_in(x, n):
    return float((x / n).max() - (x / n).min())


@pytest.mark.parametrize(
    ("rates", "bias", "error"), [(EQUAL, 0.039, 0.061), (LINEAR_3, 0.029, 0.047)], ids=["equal", "linear"]
)
def test_the_shrunken_range_has_the_small_bias_and_error_of_the_table(rates, bias, error):
    found_bias, found_error = errors(rates, shrunken_range)
    assert found_bias == pytest.approx(bias, abs=3 * error / 20 + 0.002)
    assert found_error == pytest.approx(error, abs=0.008)


def test_the_plain_range_is_far_off_where_the_shrunken_one_is_near():
    bias, error = errors(EQUAL, plug_in)
    assert bias == pytest.approx(0.171, abs=0.006)
    assert error == pytest.approx(0.174, abs=0.006)
    assert error > 2 * errors(EQUAL, shrunken_range)[1]


def test_two_clusters_are_where_the_shrunken_range_stays_too_large():
    bias, _ = errors(CLUSTERS, shrunken_range)
    assert 0.1 < bias < 0.16


@pytest.mark.parametrize("rates", [LINEAR_1, LINEAR_3, CLUSTERS], ids=["linear_1", "linear_3", "clusters"])
def test_the_deviation_between_slices_is_found_where_the_plain_one_is_too_large(rates):
    shown = {0.03: (0.026, 0.053), 0.091: (0.091, 0.101), 0.1: (0.099, 0.110)}
    expected, plain_expected = shown[round(float(rates.std()), 3)]
    x = np.random.default_rng(5).binomial(N, rates, (1500, 20))
    found = np.mean([between_sd(row, N) for row in x])
    plain = np.mean((x / N).std(axis=1))
    assert found == pytest.approx(expected, abs=0.003)
    assert plain == pytest.approx(plain_expected, abs=0.003)


def test_the_variance_between_slices_is_unbiased_before_it_is_cut_at_zero():
    n = np.array([12, 40, 100, 300])
    rates = np.array([0.5, 0.2, 0.3, 0.4])
    weight = n / n.sum()
    x = np.random.default_rng(6).binomial(n, rates, (60_000, 4))
    share = x / n
    mean = (weight * share).sum(axis=1, keepdims=True)
    plain = (weight * (share - mean) ** 2).sum(axis=1)
    noise = (weight * (1 - weight) * share * (1 - share) / (n - 1)).sum(axis=1)
    truth = (weight * (rates - (weight * rates).sum()) ** 2).sum()
    assert np.mean(plain - noise) == pytest.approx(truth, abs=4 * plain.std() / np.sqrt(len(x)))
    assert np.mean(plain) > truth * 1.2
    kept = plain - noise > 0
    assert between_sd(x[0], n) == pytest.approx(np.sqrt((plain - noise)[0]) if kept[0] else 0.0, abs=1e-12)


def test_slices_that_differ_by_nothing_have_no_spread_left():
    assert between_sd(np.array([3, 30]), np.array([10, 100])) == 0.0
    assert shrunken_range(np.array([3, 30]), np.array([10, 100])) == 0.0
    assert shrunken_range(np.array([0, 0]), np.array([10, 100])) == 0.0


def test_slices_of_one_row_are_worked_out():
    x, n = np.array([1, 0, 40]), np.array([1, 1, 100])
    assert 0 <= between_sd(x, n) < 0.1
    assert 0 <= shrunken_range(x, n) < 1
    assert noise_range(x, n).high == pytest.approx(1.0, abs=0.001)  # two single rows differ in half of all samples


def test_the_order_of_slices_does_not_matter():
    x, n = np.array([3, 50, 9]), np.array([10, 100, 40])
    back = slice(None, None, -1)
    assert noise_range(x, n).mean == pytest.approx(noise_range(x[back], n[back]).mean, abs=1e-12)
    assert shrunken_range(x, n) == pytest.approx(shrunken_range(x[back], n[back]), abs=1e-12)
