"""Intervals of rates over pairs of people: what is added up, and how often the truth is covered."""

import math

import numpy as np
import pytest
from jaxtyping import Bool, Float, Int

from dlaudit.metrics.clusters import between_units
from dlaudit.stats.dyadic import between_people, drawn_pairs, people_by_content
from dlaudit.stats.intervals import cluster_wilson, wilson


def by_definition(influence: Float[np.ndarray, " n"], people: Int[np.ndarray, "n 2"]) -> float:
    """Sum of products over all pairs of rows that share a person (Fafchamps & Gubert 2007), times P / (P - 1)."""
    total = 0.0
    for i, one in enumerate(people):
        for j, other in enumerate(people):
            if set(one) & set(other):
                total += influence[i] * influence[j]
    count = len(np.unique(people))
    return count / (count - 1) * total


@pytest.mark.parametrize("seed", range(5))
def test_the_variance_is_the_sum_over_all_pairs_of_rows_that_share_a_person(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = rng.integers(0, 6, size=(40, 2))  # some twice, in either order, some of one person alone
    lifted = rng.normal(size=6)[people].sum(axis=1) + rng.normal(size=40)
    influence = lifted - lifted.mean()
    expected = by_definition(influence, people)
    variance, count = between_people(influence, people)
    assert count == len(np.unique(people))
    assert variance == pytest.approx(expected, rel=1e-12)


def test_a_sum_below_zero_becomes_that_of_pairs_of_people() -> None:
    people = np.array([[0, 1], [1, 2], [0, 2]])
    influence = np.array([1.0, -2.0, 1.0])
    assert by_definition(influence, people) <= 0
    assert between_people(influence, people)[0] == pytest.approx(1.5 * 6.0)


def test_rows_of_one_person_each_are_plain_clusters() -> None:
    rng = np.random.default_rng(1)
    unit, influence = rng.integers(0, 9, 50), rng.normal(size=50)
    twice = np.stack([unit, unit], axis=1)
    assert between_units(influence, twice) == pytest.approx(between_units(influence, unit))


def test_the_order_of_rows_and_the_names_of_people_change_no_bit() -> None:
    rng = np.random.default_rng(2)
    people, influence = rng.integers(0, 30, size=(500, 2)), rng.normal(size=500)
    moved = rng.permutation(500)
    renamed = rng.permutation(30)[people[moved]]
    assert between_people(influence, people) == between_people(influence[moved], renamed)


def test_fewer_than_two_people_have_no_variance() -> None:
    assert math.isnan(between_people(np.array([0.5]), np.array([[3, 3]]))[0])
    assert math.isnan(between_people(np.zeros(0), np.zeros((0, 2), dtype=np.int64))[0])


def test_a_pair_is_drawn_as_often_as_both_of_its_people_were() -> None:
    people = np.array([[0, 1], [1, 2], [2, 2]])
    times = drawn_pairs(people, np.random.default_rng(5))
    each = np.bincount(np.random.default_rng(5).integers(3, size=3), minlength=3)
    assert times.tolist() == [each[0] * each[1], each[1] * each[2], each[2]]


def test_codes_of_people_follow_what_their_rows_hold() -> None:
    rng = np.random.default_rng(3)
    people, held = rng.integers(0, 12, size=(60, 2)), rng.normal(size=(60, 2))
    renamed = rng.permutation(12)[people]
    assert np.array_equal(people_by_content(people, held), people_by_content(renamed, held))


def matches(people: int, rng: np.random.Generator) -> tuple[Bool[np.ndarray, " n"], Int[np.ndarray, "n 2"]]:
    """Non-mated pairs of people of whom some are easily taken for others, at a rate of about one in twenty."""
    alike = rng.normal(size=people)
    first, second = np.triu_indices(people, 1)
    score = 0.6 * (alike[first] + alike[second]) + rng.normal(size=len(first)) * math.sqrt(1 - 2 * 0.36)
    return score > 1.6449, np.stack([first, second], axis=1)


def covered(repetitions: int = 400, people: int = 60) -> tuple[int, int]:
    """How often the 95 % interval covers the rate of 5 %: the dyadic one, and that of independent pairs."""
    rng = np.random.default_rng(20261121)
    dyadic = naive = 0
    for _ in range(repetitions):
        found, who = matches(people, rng)
        rate, count = float(found.mean()), len(found)
        variance, counted = between_people((found - rate) / count, who)
        ends = cluster_wilson(rate, variance, counted)
        dyadic += bool(ends.low <= 0.05 <= ends.high)
        plain = wilson(int(found.sum()), count)
        naive += bool(plain.low <= 0.05 <= plain.high)
    return dyadic, naive


def test_dyadic_intervals_cover_and_those_of_independent_pairs_do_not() -> None:
    repetitions = 400
    dyadic, naive = covered(repetitions)
    error = math.sqrt(0.95 * 0.05 / repetitions)
    assert dyadic / repetitions >= 0.95 - 3 * error - 0.02  # two in a hundred for so few people, as the docs say
    assert naive / repetitions < 0.6  # the twin: it takes 1,770 pairs of 60 people for as many people
