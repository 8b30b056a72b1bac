"""The share of mixtures outside the data: 5 % of real people, few where nothing is torn apart, most where all is."""

import numpy as np
import pytest

from dlaudit.attributions.gaps import support
from dlaudit.attributions.gaps.support import FEWEST_ROWS, mixed_rows, outside_share
from dlaudit.data.batch import Player


def players(count):
    return [Player(name=f"x{at}", columns=(at,)) for at in range(count)]


def shares(make, owners, repetitions=8, rows=1200):
    found = []
    for seed in range(repetitions):
        rng = np.random.default_rng(seed)
        found.append(outside_share(make(rng, rows), make(rng, rows), owners, rng))
    return np.array(found)


def paired(width, rho):
    def make(rng, rows):
        columns = rng.normal(size=(rows, width))
        columns[:, 1] = rho * columns[:, 0] + np.sqrt(1 - rho**2) * columns[:, 1]
        return columns

    return make


@pytest.mark.parametrize("width", [2, 10, 40])
def test_mixtures_of_independent_inputs_are_as_real_as_real_rows(width):
    found = shares(paired(width, 0.0), players(width))
    assert abs(found.mean() - 0.05) < 3 * found.std(ddof=1) / np.sqrt(len(found)) + 0.01


def test_torn_copies_lie_outside():
    assert shares(paired(2, 1.0), players(2), 3).min() > 0.95
    # with 10 inputs a copy is torn from its original in 1/3 of mixtures or a little more
    assert shares(paired(10, 1.0), players(10), 3).min() > 0.33


def test_the_more_two_inputs_go_together_the_more_mixtures_lie_outside():
    means = [shares(paired(6, rho), players(6), 4).mean() for rho in (0.0, 0.7, 0.9, 0.99)]
    assert np.all(np.diff(means) > 0) and means[-1] > 0.25


def test_a_pair_that_moves_together_is_not_torn_apart():
    together = [Player(name="both", columns=(0, 1)), *players(6)[2:]]
    found = shares(paired(6, 0.99), together)
    assert abs(found.mean() - 0.05) < 0.015


def test_distances_between_plain_ranks_miss_what_is_torn_among_many_inputs(monkeypatch):
    """Why correlations are taken out first."""
    make, owners = paired(14, 0.95), players(14)
    ours = shares(make, owners, 4).mean()
    space = support._space

    def plain(real):
        found = space(real)
        return support._Space(
            sorted_columns=found.sorted_columns, rotation=np.eye(real.shape[1]), places=found.scores(real)
        )

    monkeypatch.setattr(support, "_space", plain)
    assert ours > 0.15 > 0.09 > shares(make, owners, 4).mean()


def test_levels_that_never_occur_together_lie_outside_and_free_levels_do_not():
    owners = [
        Player(name="one", columns=(0, 1, 2)),
        Player(name="other", columns=(3, 4, 5)),
        Player(name="x", columns=(6,)),
    ]

    def bound(rng, rows):
        code = rng.integers(0, 3, rows)
        return np.column_stack([np.eye(3)[code], np.eye(3)[code], rng.normal(size=rows)])

    def free(rng, rows):
        return np.column_stack(
            [np.eye(3)[rng.integers(0, 3, rows)], np.eye(3)[rng.integers(0, 3, rows)], rng.normal(size=rows)]
        )

    assert shares(bound, owners, 3).min() > 0.3
    assert shares(free, owners, 6).mean() < 0.07


def test_slices_far_apart_make_mixtures_that_nobody_is_like():
    """All mixtures are unlike anybody; ranks close the gap between the slices, so that not all are seen."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, (800, 3)), rng.normal(6, 1, (800, 3))
    assert outside_share(a, b, players(3), rng) > 0.5


def test_nothing_is_said_of_few_rows_of_one_player_or_of_what_is_no_table():
    rng = np.random.default_rng(2)
    table = rng.normal(size=(FEWEST_ROWS, 3))
    assert outside_share(table[1:], table, players(3), rng) is None
    assert outside_share(table, table, players(1), rng) is None
    images = rng.normal(size=(80, 3, 2, 2))
    assert outside_share(images, images, players(3), rng) is None
    assert outside_share(table, table, players(3), rng) is not None


def test_a_mixture_has_each_players_columns_from_one_person():
    rng = np.random.default_rng(3)
    a, b = np.zeros((50, 5)), np.ones((70, 5))
    owners = [Player(name="p", columns=(0, 1)), Player(name="q", columns=(2,)), Player(name="r", columns=(3, 4))]
    rows = mixed_rows(a, b, owners, rng)
    assert len(rows) == 70
    assert np.array_equal(rows[:, 0], rows[:, 1]) and np.array_equal(rows[:, 3], rows[:, 4])
    assert set(np.unique(rows[:, [0, 2, 3]].sum(axis=1))) == {1.0, 2.0}


def test_the_seed_alone_decides():
    make = paired(4, 0.8)
    assert np.array_equal(shares(make, players(4), 2), shares(make, players(4), 2))
