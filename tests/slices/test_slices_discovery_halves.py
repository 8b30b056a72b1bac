"""Halves, confirmation, clusters: what was found by any means holds in rows that did not help to find it."""

import numpy as np
import pytest

from dlaudit.slices.discovery import Candidate, Settings, confirm
from dlaudit.slices.discovery.clusters import cluster_candidates, k_means
from dlaudit.slices.discovery.confirm import Halved
from dlaudit.slices.discovery.halves import in_finding_half, one_of_each
from dlaudit.stats.hypergeometric import upper_tail

SETTINGS = Settings(min_rows=20)


def rows_of(bad, finding):
    return Halved(outcome="error", bad=bad, finding=finding)


def test_halves_follow_rows_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 30, 999), rng.normal(size=999)
    half = in_finding_half([a, b], np.random.default_rng(1))
    order = rng.permutation(999)
    again = in_finding_half([a[order], b[order]], np.random.default_rng(1))
    assert half.sum() == 499
    assert (again == half[order]).all()


def test_rows_that_hold_the_same_are_halved_in_the_same_numbers() -> None:
    a = np.repeat([0, 1], [400, 200])
    counts = np.bincount(a[in_finding_half([a], np.random.default_rng(2))])
    order = np.random.default_rng(3).permutation(600)
    again = np.bincount(a[order][in_finding_half([a[order]], np.random.default_rng(2))])
    assert counts.tolist() == again.tolist()


def test_one_row_of_each_unit_is_drawn_whatever_the_order() -> None:
    rng = np.random.default_rng(4)
    unit, value = rng.integers(0, 50, 400).astype(np.uint64), rng.normal(size=400)
    rows = one_of_each(unit, [value], np.random.default_rng(5))
    order = rng.permutation(400)
    again = one_of_each(unit[order], [value[order]], np.random.default_rng(5))
    assert sorted(unit[rows]) == sorted(set(unit))
    assert sorted(value[rows]) == sorted(value[order][again])


def test_a_slice_that_is_worse_in_both_halves_is_confirmed_with_the_figures_of_the_second() -> None:
    rng = np.random.default_rng(6)
    member = rng.random(4_000) < 0.2
    bad = rng.random(4_000) < np.where(member, 0.4, 0.1)
    finding = in_finding_half([bad, member], rng)
    found = confirm("error_tree", ["x"], [Candidate(where={"x": "1"}, member=member)], rows_of(bad, finding), SETTINGS)
    (one,) = found.found
    assert one.value == bad[member & ~finding].mean() and one.n == (member & ~finding).sum()
    assert one.rest == bad[~member & ~finding].mean()
    assert (found.searched, found.tested) == (1, 1)


def test_a_slice_that_is_better_in_the_finding_half_or_small_in_the_other_is_not_tested() -> None:
    finding = np.arange(400) < 200
    better, tiny = np.arange(400) % 4 == 0, np.isin(np.arange(400), [1, 5, 9, 201])
    bad = ~better
    bad[::3] = False
    found = [Candidate(where={"x": "1"}, member=better), Candidate(where={"x": "2"}, member=tiny)]
    assert confirm("error_tree", ["x"], found, rows_of(bad, finding), SETTINGS).tested == 0


def best_on_finding_half(rng):
    """The most promising of many random slices of rows that err alike; confirmed, and tested on its own half."""
    bad = rng.random(1_000) < 0.2
    members = rng.random((300, 1_000)) < 0.2
    finding = in_finding_half([bad, np.arange(1_000)], rng)
    excess = (members & finding & bad).sum(axis=1) / (members & finding).sum(axis=1)
    best = Candidate(where={"x": "best"}, member=members[int(np.argmax(excess))])
    honest = confirm("error_tree", ["x"], [best], rows_of(bad, finding), SETTINGS).found
    x, size = int((best.member & finding & bad).sum()), int((best.member & finding).sum())
    return bool(honest), bool(upper_tail(x, size, int(bad[finding].sum()), int(finding.sum()))[0] <= 0.05)


@pytest.fixture(scope="module")
def searched_hard() -> np.ndarray:
    return np.array([best_on_finding_half(np.random.default_rng([7, seed])) for seed in range(150)])


def test_the_best_of_many_chance_slices_is_confirmed_in_alpha_of_samples_at_most(searched_hard: np.ndarray) -> None:
    assert searched_hard[:, 0].mean() <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5


def test_twin_tested_in_the_half_that_found_it_chance_is_confirmed_most_of_the_time(searched_hard: np.ndarray) -> None:
    assert searched_hard[:, 1].mean() > 0.5


def test_clusters_of_embeddings_are_found_in_one_half_and_confirmed_in_the_other() -> None:
    rng = np.random.default_rng(8)
    kind = rng.integers(0, 3, 3_000)
    vectors = rng.normal(size=(3_000, 4)) + 8 * np.eye(4)[kind]
    bad = rng.random(3_000) < np.where(kind == 2, 0.35, 0.1)
    finding = in_finding_half([*vectors.T, bad], np.random.default_rng(9))
    found = cluster_candidates(vectors, finding, 3, np.random.default_rng(10))
    told = confirm("embedding_clusters", ["embedding"], found, rows_of(bad, finding), SETTINGS)
    (one,) = told.found
    assert one.n == ((kind == 2) & ~finding).sum()
    assert one.difference == pytest.approx(0.25, abs=0.07)


def test_clusters_do_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(11)
    vectors = rng.normal(size=(500, 3))
    centres = k_means(vectors, 4, np.random.default_rng(12))
    assert (centres == k_means(vectors[rng.permutation(500)], 4, np.random.default_rng(12))).all()


def test_fewer_different_vectors_than_clusters_give_as_many_clusters() -> None:
    vectors = np.repeat([[0.0, 1.0], [2.0, 3.0]], 5, axis=0)
    assert k_means(vectors, 4, np.random.default_rng(0)).tolist() == [[0.0, 1.0], [2.0, 3.0]]
