"""A method whose contributions should add up and do not is not shown as an explanation."""

import numpy as np
import pytest

from dlaudit.attributions import Answer, MethodAnswer, adding_up
from dlaudit.attributions.adding_up import missed_by


def answered(missed, *, adds_up="exactly", error=None, rows=100, change=None):
    values = np.random.default_rng(0).normal(size=(rows, 3)) + 1
    change = values.sum(axis=1) if change is None else change
    one = MethodAnswer(
        method="m",
        values=values,
        completeness=np.broadcast_to(np.asarray(missed, dtype=float), (rows,)).copy(),
        change=change,
        reference="r",
        adds_up=adds_up,
        error=error,
    )
    return Answer(features=list("abc"), methods=[one], not_applicable=[], largest_grad_difference=None, unchanged=None)


@pytest.mark.parametrize("adds_up", ["exactly", "in expectation"])
def test_contributions_that_miss_the_change_are_withheld_with_their_figures(adds_up):
    kept, withheld = adding_up(answered(0.5, adds_up=adds_up), 0.02)
    assert kept.methods == [] and withheld[0].what == "attributions by m"
    assert "DLA502" in withheld[0].reason and "100 rows" in withheld[0].reason and "2 %" in withheld[0].reason


@pytest.mark.parametrize("missed", [0.0, 0.01])
def test_contributions_that_add_up_are_shown(missed):
    kept, withheld = adding_up(answered(missed), 0.02)
    assert [one.method for one in kept.methods] == ["m"] and withheld == []


def test_the_tolerance_decides():
    answer = answered(0.1)
    assert adding_up(answer, 0.2)[1] == [] and adding_up(answer, 0.001)[1] != []


def test_one_row_in_twenty_may_miss_and_more_may_not():
    rare = np.where(np.arange(100) < 4, 5.0, 0.0)
    often = np.where(np.arange(100) < 8, 5.0, 0.0)
    assert adding_up(answered(rare), 0.02)[1] == [] and adding_up(answered(often), 0.02)[1] != []


def test_methods_that_do_not_claim_to_add_up_are_shown_as_what_they_are():
    kept, withheld = adding_up(answered(5.0, adds_up="no"), 0.02)
    assert len(kept.methods) == 1 and withheld == []


def test_a_sampled_sum_may_miss_by_what_its_own_sampling_explains():
    error = np.full((100, 3), 0.2)
    assert adding_up(answered(0.5, adds_up="in expectation", error=error), 0.02)[1] == []
    assert adding_up(answered(0.5, adds_up="in expectation", error=error / 10), 0.02)[1] != []
    assert adding_up(answered(0.5, error=error), 0.02)[1] != [], "an exact method has no such excuse"


def test_an_error_where_no_score_changes_is_infinite_and_told_in_words():
    answer = answered(0.5, change=np.zeros(100))
    assert np.isinf(missed_by(answer.methods[0]))
    assert "where it does not change" in adding_up(answer, 0.02)[1][0].reason


def test_no_rows_miss_nothing():
    assert missed_by(answered(0.0, rows=0).methods[0]) == 0.0
