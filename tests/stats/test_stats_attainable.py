"""Least attainable p-values, and the hypotheses that they leave in the family."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.stats.attainable import least_p_difference, least_p_ratio, tarone
from dlaudit.stats.exact import exact_p_difference, exact_p_ratio
from dlaudit.stats.multiplicity import holm_tests, weighted_holm_tests


@pytest.mark.parametrize(("n1", "n2", "margin"), [(2, 3, 0.1), (5, 2, 0.0), (4, 4, -0.2), (1, 9, 0.1)])
def test_no_outcome_has_a_smaller_p_value_than_the_least(n1, n2, margin):
    least = least_p_difference(n1, n2, margin)
    found = [exact_p_difference(a, n1, b, n2, margin) for a, b in product(range(n1 + 1), range(n2 + 1))]
    assert min(found) == pytest.approx(least, rel=0.01)
    least = least_p_ratio(n1, n2, 1 + margin)
    found = [exact_p_ratio(a, n1, b, n2, 1 + margin) for a, b in product(range(n1 + 1), range(n2 + 1))]
    assert min(found) == pytest.approx(least, rel=0.01)


def test_the_least_p_value_of_equal_rates_is_the_closed_one_and_that_of_an_empty_slice_one():
    p = np.linspace(0, 1, 100_001)
    assert least_p_difference(3, 4) == pytest.approx((p**3 * (1 - p) ** 4).max() / 0.979, rel=0.01)
    assert least_p_difference(0, 4) == least_p_ratio(4, 0) == 1
    assert least_p_difference(4000, 3000, 0.1) == 1e-9


def test_hypotheses_that_cannot_reach_their_share_leave_the_family():
    least = np.array([1e-9, 1e-6, 0.2, 0.3, 0.04])
    assert tarone(least, 0.05).tolist() == [True, True, False, False, False]
    assert tarone(np.array([0.04]), 0.05).tolist() == [True]
    assert tarone(np.array([0.06, 0.2]), 0.05).tolist() == [False, False]
    assert tarone(np.array([0.001, np.nan]), 0.05).tolist() == [True, False]
    assert tarone(np.array([]), 0.05).tolist() == []


def test_weights_tell_whose_share_is_enough():
    least = np.array([0.03, 0.03])
    assert tarone(least, 0.05).tolist() == [False, False]
    assert tarone(least, 0.05, np.array([0.9, 0.1])).tolist() == [True, False]
    assert tarone(least, 0.05, np.array([0.0, 1.0])).tolist() == [False, True]


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=15), st.booleans())
def test_all_that_stay_can_reach_their_share_and_tarones_own_choice_is_among_them(least, weighted):
    array = np.array(least)
    weights = np.arange(1.0, len(least) + 1) if weighted else np.ones(len(least))
    stays = tarone(array, 0.05, weights)
    if stays.any():
        assert (array[stays] <= 0.05 * weights[stays] / weights[stays].sum() * (1 + 1e-12)).all()
    if not weighted:
        k = next(k for k in range(1, len(least) + 1) if (array <= 0.05 / k).sum() <= k)
        assert (stays >= (array <= 0.05 / k)).all()


def test_pruning_keeps_the_error_rate_and_gains_power():
    """Forty hypotheses of six rows beside two of 60: simulated p-values that take few values, as counts do."""
    rng = np.random.default_rng(11)
    least = np.array([0.004] * 2 + [0.06] * 40)
    stays = tarone(least, 0.05)
    assert stays.sum() == 2
    wrong = gained = lost = 0
    for _ in range(4000):
        null = np.ceil(rng.random(42) / least) * least  # uniform on a grid: P(p <= a) <= a
        found = holm_tests([lambda level, p=p: p <= level for p in null[stays]], 0.05)
        wrong += found.any()
        true = null.copy()
        true[0] = 0.02 if rng.random() < 0.5 else 0.004
        gained += holm_tests([lambda level, p=p: p <= level for p in true[stays]], 0.05)[0]
        lost += holm_tests([lambda level, p=p: p <= level for p in true], 0.05)[0]
    assert wrong / 4000 <= 0.05 + 3 * (0.05 * 0.95 / 4000) ** 0.5
    assert gained > 3900 and lost == 0


def test_weighted_holm_of_equal_weights_is_holm_and_a_weight_of_nothing_never_rejects():
    tests = [lambda level, p=p: p <= level for p in (0.01, 0.02, 0.03, 0.2)]
    assert (weighted_holm_tests(tests, np.ones(4), 0.05) == holm_tests(tests, 0.05)).all()
    assert weighted_holm_tests(tests, np.array([0.0, 1, 0, 0]), 0.05).tolist() == [False, True, False, False]
    assert weighted_holm_tests(tests, np.zeros(4), 0.05).tolist() == [False] * 4


def test_weighted_holm_agrees_with_the_steps_that_define_it():
    rng = np.random.default_rng(3)
    for _ in range(300):
        m = int(rng.integers(1, 8))
        p, weights = rng.random(m) ** 3, rng.random(m) + 0.1
        expected, left = np.zeros(m, dtype=bool), list(range(m))
        while left:
            place = min(left, key=lambda at: p[at] / weights[at])
            if p[place] > 0.1 * weights[place] / weights[left].sum():
                break
            expected[place] = True
            left.remove(place)
        assert (weighted_holm_tests([lambda a, own=own: own <= a for own in p], weights, 0.1) == expected).all()
