"""The point screen: exact arithmetic at exact limits."""

from collections import Counter
from fractions import Fraction

import pytest


def _traps():
    for n in range(5, 60):
        for m in range(5, 60):
            for a in range(1, n + 1):
                b = Fraction(5 * a * m, 4 * n)
                if b.denominator == 1 and 1 <= b <= m and (a / n) / (int(b) / m) < 0.8:
                    yield a, n, int(b), m


TRAPS = list(_traps())


def test_there_are_as_many_float_traps_as_the_fault_list_counts():
    assert len(TRAPS) == 1029


def test_every_ratio_of_exactly_four_fifths_passes(check):
    outcomes = Counter(
        check(
            {"a": (a, n), "b": (b, m)}, "selection_rate.ratio by race >= 0.8", changes={"judge": "point"}, min_size=1
        ).outcome
        for a, n, b, m in TRAPS
    )
    assert outcomes == {"pass": 1029}


@pytest.mark.parametrize("more", [0, 1])
def test_one_selection_fewer_breaks_four_fifths(check, more):
    found = check(
        {"a": (400 - more, 1000), "b": (500, 1000)}, "selection_rate.ratio by race >= 0.8", changes={"judge": "point"}
    )
    assert found.outcome == ("fail" if more else "pass")


def test_a_difference_of_exactly_the_limit_passes(check):
    # 0.4 - 0.3 is more than 0.1 in binary
    assert 0.4 - 0.3 > 0.1 - 1e-20 and Fraction(0.4) - Fraction(0.3) != Fraction(1, 10)
    found = check({"a": (40, 100), "b": (30, 100)}, changes={"judge": "point"})
    assert found.outcome == "pass"
    assert check({"a": (41, 100), "b": (30, 100)}, changes={"judge": "point"}).outcome == "fail"


def test_nobody_selected_in_one_slice_breaks_a_ratio_and_in_all_is_undecided(check):
    rule, point = "selection_rate.ratio by race >= 0.8", {"judge": "point"}
    assert check({"a": (0, 100), "b": (10, 100)}, rule, changes=point).outcome == "fail"
    assert check({"a": (0, 100), "b": (0, 100)}, rule, changes=point).outcome == "undecided"


def test_an_undefined_large_slice_never_passes_a_screen(check):
    found = check({"a": (50, 100), "b": (50, 100), "c": (0, 0)}, changes={"judge": "point"}, rows={"c": 50})
    assert found.outcome == "undecided"
