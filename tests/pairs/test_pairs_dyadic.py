"""Intervals of rates over pairs of people: what is added up, and how often the truth is covered."""

import math

import numpy as np
import pytest
from jaxtyping import Bool, Float, Int
from scipy.special import ndtri

from dlaudit.metrics.clusters import between_units
from dlaudit.stats.dyadic import between_people, drawn_pairs, people_by_content, spread_of
from dlaudit.stats.intervals import cluster_wilson, wilson


def by_definition(match: Float[np.ndarray, " n"], people: Int[np.ndarray, "n 2"]) -> float:
    """(P - 1) / P times the sum of the squared changes of the mean without each person's rows."""
    whole, changes = match.mean(), []
    for person in np.unique(people):
        left = match[(people != person).all(axis=1)]
        changes.append(left.mean() - whole)
    count = len(changes)
    return (count - 1) / count * float(np.sum(np.square(changes)))


def sandwich(influence: Float[np.ndarray, " n"], people: Int[np.ndarray, "n 2"]) -> float:
    """Sum of products over all pairs of rows that share a person (Fafchamps & Gubert 2007), times P / (P - 1)."""
    of_person = np.bincount(people.ravel(), np.repeat(influence, 2))
    count = len(of_person)
    both = float((influence**2).sum())  # every pair of people is in one row here
    return count / (count - 1) * max(float((of_person**2).sum()) - both, both)


@pytest.mark.parametrize("seed", range(5))
def test_the_variance_is_that_of_leaving_every_person_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = rng.integers(0, 9, size=(60, 2))  # some twice, in either order, some of one person alone
    match = (rng.normal(size=9)[people].sum(axis=1) + rng.normal(size=60) > 0.5).astype(np.float64)
    found = between_people((match - match.mean()) / len(match), people)
    assert found.units == len(np.unique(people))
    assert found.variance == pytest.approx(by_definition(match, people), rel=1e-12)
    assert 1 <= found.freedom <= found.units - 1


def test_people_who_are_in_no_row_but_their_common_one_are_one_unit() -> None:
    """A list in which nobody is twice holds independent rows; counting both sides would double their variance."""
    rng = np.random.default_rng(1)
    alone, error = np.arange(80).reshape(40, 2), rng.normal(size=40)
    error -= error.mean()
    found = between_people(error, alone)
    plain = between_units(error, np.arange(40))
    assert (found.variance, found.units) == (pytest.approx(plain[0]), plain[1])
    joined = np.concatenate([alone, [[0, 2]]])  # now 0 to 3 hang together
    assert between_people(np.append(error, 0.0), joined).units == 80 - 38


def test_a_few_people_who_make_most_of_the_variance_leave_few_degrees_of_freedom() -> None:
    even, uneven = np.tile([1.0, -1.0], 20), np.r_[30.0, -np.ones(39)]
    assert spread_of(even).freedom == 39
    assert spread_of(uneven).freedom < 3
    assert spread_of(np.zeros(40)).freedom == 39


def test_rows_of_one_person_each_are_plain_clusters() -> None:
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(9), 6)
    influence = rng.normal(size=54)
    twice = np.stack([unit, unit], axis=1)
    assert between_units(influence, twice) == pytest.approx(between_units(influence, unit))


def test_the_order_of_rows_and_the_names_of_people_change_no_bit() -> None:
    rng = np.random.default_rng(2)
    people, influence = rng.integers(0, 30, size=(500, 2)), rng.normal(size=500)
    moved = rng.permutation(500)
    renamed = rng.permutation(30)[people[moved]]
    assert between_people(influence, people) == between_people(influence[moved], renamed)


def test_fewer_than_two_people_have_no_variance() -> None:
    for influence, people in ((np.array([0.5]), np.array([[3, 3]])), (np.zeros(0), np.zeros((0, 2), dtype=np.int64))):
        found = between_people(influence, people)
        assert math.isnan(found.variance) and found.units < 2


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


def matches(
    people: int, rate: float, rng: np.random.Generator
) -> tuple[Bool[np.ndarray, " n"], Int[np.ndarray, "n 2"]]:
    """Non-mated pairs of people of whom some are easily taken for others."""
    alike = rng.normal(size=people)
    first, second = np.triu_indices(people, 1)
    score = 0.6 * (alike[first] + alike[second]) + rng.normal(size=len(first)) * math.sqrt(1 - 2 * 0.36)
    return score > -float(ndtri(rate)), np.stack([first, second], axis=1)


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_intervals_cover_rare_matches_and_neither_the_sandwich_nor_independent_pairs_do(rate: float) -> None:
    """Sixty people; the rarer the match, the more a few of them make of the rate."""
    rng, repetitions = np.random.default_rng(20261121), 600
    covers = np.zeros(3)
    for _ in range(repetitions):
        found, who = matches(60, rate, rng)
        share, count = float(found.mean()), len(found)
        influence = (found - share) / count
        spread = between_people(influence, who)
        ends = [
            cluster_wilson(share, spread.variance, spread.units, freedom=spread.freedom),
            cluster_wilson(share, sandwich(influence, who), 60),
            wilson(int(found.sum()), count),
        ]
        covers += [bool(one.low <= rate <= one.high) for one in ends]
    jackknife, uncorrected, naive = covers / repetitions
    error = math.sqrt(0.95 * 0.05 / repetitions)
    assert jackknife >= 0.95 - 3 * error
    assert uncorrected < 0.93  # the twin: the same without the correction for few people
    assert uncorrected < jackknife - 0.01
    assert naive < 0.6  # it takes 1,770 pairs of 60 people for as many people
