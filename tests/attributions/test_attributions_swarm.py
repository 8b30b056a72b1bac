"""Contributions by value: counts of rows, cut by the input's own value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.swarm import BINS, MOST_BANDS, MOST_INPUTS, swarms


def answer(values: np.ndarray, names: list[str]) -> Answer:
    made = MethodAnswer(
        method="shapley_values",
        values=np.asarray(values, dtype=np.float64),
        completeness=np.zeros(len(values)),
        change=np.asarray(values, dtype=np.float64).sum(axis=1),
        reference="the mean",
    )
    return Answer(features=names, methods=[made], not_applicable=[], largest_grad_difference=None, unchanged=None)


def linear(rows: int = 400) -> tuple[Answer, dict[str, np.ndarray]]:
    """Contributions w (x - b) of a linear model: the first input raises, the second lowers, the third does nothing."""
    x = np.random.default_rng(3).normal(size=(rows, 3))
    return answer((x - x.mean(axis=0)) * [2.0, -1.0, 0.0], ["up", "down", "idle"]), {
        name: x[:, at] for at, name in enumerate(["up", "down", "idle"])
    }


def test_every_row_is_counted_once_for_every_input() -> None:
    found = swarms(*linear())
    assert [one.feature for one in found] == ["up", "down", "idle"]
    assert all(sum(map(sum, one.counts)) == 400 for one in found)
    assert all(len(band) == BINS for one in found for band in one.counts)


def test_bands_ascend_with_the_value_and_the_counts_are_those_counted_by_hand() -> None:
    given_answer, shown = linear()
    up = swarms(given_answer, shown)[0]
    assert len(up.bands) == MOST_BANDS
    means = [np.average(np.arange(BINS), weights=band) for band in up.counts]
    assert means == sorted(means)
    down = swarms(given_answer, shown)[1]
    assert [np.average(np.arange(BINS), weights=band) for band in down.counts] != sorted(means)
    values = given_answer.methods[0].values[:, 0]
    edges = np.linspace(-up.end, up.end, BINS + 1)
    by_hand = np.histogram(np.clip(values, -up.end, up.end), bins=edges)[0]
    assert np.array(up.counts).sum(axis=0).tolist() == by_hand.tolist()


def test_no_band_tells_the_smallest_or_the_largest_value() -> None:
    x = np.concatenate([[-1234.5], np.random.default_rng(1).normal(size=200), [9876.5]])
    (one,) = swarms(answer(x[:, None], ["income"]), {"income": x})
    assert not [name for name in one.bands if "1234" in name or "1235" in name or "9876" in name or "9877" in name]
    assert one.bands[0].startswith("up to ") and one.bands[-1].startswith("over ")


@pytest.mark.parametrize("values", [np.array(["a", "b"] * 20), np.full(40, np.nan), None])
def test_values_without_an_order_are_one_band(values: np.ndarray | None) -> None:
    contributions = np.random.default_rng(0).normal(size=(40, 1))
    (one,) = swarms(answer(contributions, ["x"]), {} if values is None else {"x": values})
    assert one.bands == [""] and sum(one.counts[0]) == 40


def test_few_values_are_named_as_they_are() -> None:
    x = np.array([0.0, 1.0] * 30)
    (one,) = swarms(answer(x[:, None] - 0.5, ["x"]), {"x": x})
    assert one.bands == ["0", "1"] and [sum(band) for band in one.counts] == [30, 30]


def test_nothing_is_made_of_contributions_that_are_all_nought_or_of_no_method() -> None:
    assert swarms(answer(np.zeros((5, 2)), ["a", "b"]), {}) == []
    empty = linear()[0]
    assert swarms(Answer(**{**vars(empty), "methods": []}), {}) == []


def test_only_the_inputs_that_move_the_score_most_are_kept() -> None:
    values = np.random.default_rng(2).normal(size=(60, 30)) * np.arange(30)
    found = swarms(answer(values, [f"x{at}" for at in range(30)]), {})
    assert len(found) == MOST_INPUTS
    assert {one.feature for one in found} <= {f"x{at}" for at in range(15, 30)}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_any_values_are_counted_once(drawn: list[float]) -> None:
    x = np.array(drawn)
    found = swarms(answer(x[:, None], ["x"]), {"x": x})
    assert all(sum(map(sum, one.counts)) == len(drawn) and len(one.bands) == len(one.counts) for one in found)
