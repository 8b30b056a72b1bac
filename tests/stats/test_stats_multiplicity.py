"""Holm, Bonferroni, intersection-union, and planning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.stats.multiplicity import bonferroni, holm, holm_tests, intersection_union
from dlaudit.stats.planning import Plan, minimum_detectable, rows_needed


def test_holm_agrees_with_a_worked_example():
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert bonferroni(p) == pytest.approx([0.04, 0.16, 0.12, 0.02])


def test_undefined_p_values_are_left_out_of_the_family():
    p = np.array([0.01, np.nan, 0.04])
    assert holm(p) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert bonferroni(p) == pytest.approx([0.02, np.nan, 0.08], nan_ok=True)


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=12))
def test_tests_that_only_answer_at_a_level_give_holms_rejections(p):
    tests = [lambda level, own=own: own <= level for own in p]
    array = np.array(p)
    borders = np.outer(array, np.arange(1, len(p) + 1)).ravel()
    if (np.abs(borders - 0.05) < 1e-9).any():
        return  # a product and a quotient may round to different sides of the level
    assert (holm_tests(tests, 0.05) == (holm(array) <= 0.05)).all()
    assert (holm(array) <= bonferroni(array) + 1e-15).all()


def test_no_tests_reject_nothing_and_all_hold():
    assert len(holm_tests([], 0.05)) == 0
    assert intersection_union([], 0.05) is None


def test_intersection_union_names_the_first_that_fails_and_asks_no_further():
    def never(level):
        raise AssertionError("not needed")

    assert intersection_union([lambda level: True, lambda level: False, never], 0.05) == 1
    assert intersection_union([lambda level: True] * 3, 0.05) is None


def test_rows_needed_agrees_with_the_planning_table():
    # two slices of equal size, rates .5 and .3, tolerance .1, alpha .05, power .8: 285 rows each
    plan = Plan(distance=0.1, variance=0.25, rows=285, other_error=0.21 / 285)
    assert rows_needed(plan, 0.05) == pytest.approx(285, abs=3)


def test_rows_needed_grows_both_sides_where_the_other_is_too_small():
    plan = Plan(distance=0.1, variance=0.25, rows=20, other_error=0.21 / 20)
    assert rows_needed(plan, 0.05) == pytest.approx(285, abs=3)


def test_no_number_of_rows_decides_on_the_limit():
    assert rows_needed(Plan(distance=0.0, variance=0.2, rows=50), 0.05) is None


def test_minimum_detectable_is_found_with_the_planned_power():
    rng = np.random.default_rng(6)
    gap = minimum_detectable(0.3, (400, 400))
    x1, x2 = rng.binomial(400, 0.3 + gap, 4000), rng.binomial(400, 0.3, 4000)
    p1, p2 = x1 / 400, x2 / 400
    power = np.mean(p1 - p2 > 1.645 * np.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 400))
    assert power == pytest.approx(0.8, abs=0.03)
    assert minimum_detectable(0.3, (400, 400), margin=0.1) > gap + 0.1


def test_minimum_detectable_is_undefined_where_nothing_would_show():
    assert np.isnan(minimum_detectable(0.3, (0, 100)))
    assert np.isnan(minimum_detectable(0.5, (2, 2)))
    assert np.isnan(minimum_detectable(float("nan"), (10, 10)))
    assert minimum_detectable(0.9, (50, 50)) == pytest.approx(minimum_detectable(0.1, (50, 50)))
