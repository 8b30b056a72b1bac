"""The equal error rate: where both errors are closest, and its interval, which leaves out one person at a time."""

import math
from typing import Any

import numpy as np
import pytest
from jaxtyping import Float, Int

from dlaudit.metrics.registry import METRICS, Undefined
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.equal_error import PassingRows
from dlaudit.stats.intervals import wilson

EER = METRICS.get("equal_error_rate")


def scored(score: Float[np.ndarray, " n"], target: Int[np.ndarray, " n"], people: Any = None) -> ScoredRows:
    predicted = (score >= 0.5).astype(np.int64)
    return ScoredRows(
        atom=np.zeros(len(score), dtype=np.int64), target=target, score=score[:, None], prediction=predicted,
        unit=people, classes=("0", "1"), threshold=0.5,
    )  # fmt: skip


def interval(rows: ScoredRows) -> Any:
    assert EER.robust_interval is not None
    return EER.robust_interval(rows, 0.95)


def by_trying(score: Float[np.ndarray, " n"], target: Int[np.ndarray, " n"]) -> list[float]:
    """Means of both errors at every threshold at which they are closest."""
    errors = [(np.mean(score[target == 0] >= t), np.mean(score[target == 1] < t)) for t in [*np.unique(score), np.inf]]
    closest = min(abs(a - b) for a, b in errors)
    return [(a + b) / 2 for a, b in errors if abs(a - b) <= closest + 1e-12]


@pytest.mark.parametrize("seed", range(6))
def test_the_equal_error_rate_is_where_both_errors_are_closest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    target = np.r_[np.ones(17, np.int64), np.zeros(40, np.int64)]
    score = np.round(rng.normal(size=57) + 1.5 * target, 1 if seed % 2 else 6)  # with ties and without
    assert any(PassingRows(score, target).equal_error == pytest.approx(one) for one in by_trying(score, target))


def test_weights_count_as_that_many_rows() -> None:
    rng = np.random.default_rng(8)
    target, times = rng.integers(0, 2, 40), rng.integers(1, 4, 40)
    score = rng.normal(size=40) + target
    often = PassingRows(np.repeat(score, times), np.repeat(target, times)).equal_error
    assert PassingRows(score, target, times.astype(np.float64)).equal_error == pytest.approx(often)


def test_the_equal_error_rate_needs_both_kinds_of_pairs() -> None:
    for label, words in ((1, "no negatives"), (0, "no positives")):
        with pytest.raises(Undefined, match=words):
            EER.function(scored(np.array([0.1, 0.9]), np.full(2, label)))
    assert PassingRows(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])).equal_error == 0


def pairs_of(people: int, rng: np.random.Generator) -> ScoredRows:
    """All pairs of two samples each of people, whose errors are equal at 2.5 % for the population."""
    person = np.repeat(np.arange(people), 2)
    first, second = np.triu_indices(2 * people, 1)
    sides = np.stack([person[first], person[second]], axis=1)
    target = (sides[:, 0] == sides[:, 1]).astype(np.int64)
    alike, own = rng.normal(size=people), rng.normal(size=people)
    other = 0.5 * (alike[sides].sum(axis=1)) + math.sqrt(0.5) * rng.normal(size=len(target))
    return scored(np.where(target == 1, 2 * 1.96 + own[sides[:, 0]], other), target, sides)


def test_its_interval_covers_and_that_of_independent_pairs_does_not() -> None:
    rng, repetitions = np.random.default_rng(6), 120
    covers = np.zeros(2)
    for _ in range(repetitions):
        rows = pairs_of(30, rng)
        found, rate = interval(rows), EER.function(rows)
        alone = wilson(rate * len(rows), len(rows))
        covers += [found.low <= 0.025 <= found.high, float(alone.low) <= 0.025 <= float(alone.high)]
    assert covers[0] / repetitions >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / repetitions)
    assert covers[1] / repetitions < 0.5  # the twin


def test_its_interval_does_not_depend_on_the_order_of_rows_and_the_names_of_people() -> None:
    rng = np.random.default_rng(5)
    rows = pairs_of(25, rng)
    assert rows.unit is not None
    moved = rng.permutation(len(rows))
    again = scored(rows.score[moved, 0], rows.target[moved], rng.permutation(25)[rows.unit][moved])
    assert interval(rows) == interval(again)
    assert interval(rows).method == "wilson_clustered_crossing"
    assert interval(scored(rows.score[:, 0], rows.target, np.arange(len(rows)))).method == "bootstrap"


def test_one_person_with_two_samples_leaves_it_without_an_interval() -> None:
    """One person says nothing about how often two samples of a person do not match."""
    people = np.array([[0, 0], [0, 1], [1, 2], [0, 2]])
    rows = scored(np.array([0.9, 0.2, 0.1, 0.95]), np.array([1, 0, 0, 0]), people)
    assert interval(rows).low is None and interval(rows).high is None


def test_without_any_error_the_interval_is_that_of_as_many_rows_as_people() -> None:
    people = np.array([[one, other] for one in range(20) for other in range(one, 20)])
    target = (people[:, 0] == people[:, 1]).astype(np.int64)
    found = interval(scored(target.astype(np.float64), target, people))
    assert found.low == 0
    assert found.high == pytest.approx(float(wilson(0, 20).high), rel=0.15)
