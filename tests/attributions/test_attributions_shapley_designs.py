"""Designs of coalitions: what is enumerated, how the rest is drawn, and the linear rules made of them."""

import math

import numpy as np
import pytest
from shapley_games import brute_force_shapley

from dlaudit.attributions.request import CannotExplainError
from dlaudit.attributions.shapley.designs import by_order, by_size, design_for, every_coalition, pairs_of_size
from dlaudit.attributions.shapley.projection import projection


def drawn(seed=0):
    return np.random.default_rng(seed)


def sizes_of(design):
    size = design.coalitions.sum(axis=1)
    return np.minimum(size, design.coalitions.shape[1] - size)


def different_pairs(design):
    """Number of different pairs, a coalition and its complement being one."""
    first = np.where(design.coalitions[:, :1], design.coalitions, ~design.coalitions)
    return len(np.unique(first, axis=0))


def played(game, design, total):
    """The rule of a design applied to one game: values, and their standard errors."""
    rule = projection(design)
    found = np.array([[game(one) - game(~one) for one in design.coalitions]])
    values = rule.values(found, np.array([total]))
    return values[0], rule.error(found, values)[0]


def random_game(players, seed):
    table = drawn(seed).normal(size=2**players)
    table -= table[0]
    powers = 2 ** np.arange(players)
    return lambda coalition: table[int(powers @ coalition)], table[-1]


@pytest.mark.parametrize("players", range(2, 13))
def test_all_coalitions_are_there_once(players):
    design = every_coalition(players)
    assert len(design.coalitions) == different_pairs(design) == 2 ** (players - 1) - 1
    assert not design.unseen.any()


@pytest.mark.parametrize("players", [2, 3, 6, 7])
def test_all_coalitions_give_the_values_of_any_game(players):
    game, total = random_game(players, players)
    values, error = played(game, every_coalition(players), total)

    def value(present):
        return game(np.isin(np.arange(players), list(present)))

    np.testing.assert_allclose(values, brute_force_shapley(value, players), atol=1e-12)
    np.testing.assert_array_equal(error, 0.0)


def test_too_few_coalitions_do_not():
    game, total = random_game(7, 7)
    exact, _ = played(game, every_coalition(7), total)
    values, error = played(game, by_size(7, 40, drawn()), total)
    assert np.abs(values - exact).max() > 0.01 and error.min() > 0.0


@pytest.mark.parametrize(("players", "pairs"), [(6, 20), (14, 256), (30, 400), (100, 1124), (15, 16383), (9, 10_000)])
def test_pairs_are_drawn_without_duplicates_and_spent_in_full(players, pairs):
    design = by_size(players, pairs, drawn())
    there = 2 ** (players - 1) - 1
    assert len(design.coalitions) == different_pairs(design) == min(pairs, there)


@pytest.mark.parametrize(("players", "pairs"), [(14, 256), (30, 400)])
def test_outer_sizes_are_enumerated_and_no_size_is_left_out(players, pairs):
    design = by_size(players, pairs, drawn())
    size = sizes_of(design)
    assert set(size) == set(range(1, players // 2 + 1))
    assert (size == 1).sum() == players
    np.testing.assert_array_equal(design.unseen[size == 1], 0.0)
    inner = size == players // 2
    assert design.unseen[inner][0] == pytest.approx(1 - inner.sum() / pairs_of_size(players, players // 2))


def test_weights_of_a_size_add_up_to_what_the_shapley_kernel_gives_it():
    design, players = by_size(10, 60, drawn()), 10
    for size in range(1, 6):
        kernel = (players - 1) / (math.comb(players, size) * size * (players - size))
        every = math.comb(players, size) * kernel * (1 if 2 * size == players else 2)
        assert design.weight[sizes_of(design) == size].sum() == pytest.approx(every)


def test_every_player_is_in_as_many_coalitions_on_average():
    share = np.mean([by_size(11, 60, drawn(seed)).signs.mean(axis=0) for seed in range(200)], axis=0)
    assert np.ptp(share) < 0.05


@pytest.mark.parametrize(("players", "walks", "references"), [(2, 2, 1), (7, 5, 3), (30, 4, 64)])
def test_orders_grow_by_one_player_against_one_reference(players, walks, references):
    design = by_order(players, references, walks, drawn())
    steps = design.coalitions.reshape(walks, players - 1, players)
    np.testing.assert_array_equal(steps.sum(axis=2), np.tile(np.arange(1, players), (walks, 1)))
    assert (steps[:, 1:] >= steps[:, :-1]).all()
    met = design.references.reshape(walks, -1)
    assert (met == met[:, :1]).all()
    assert np.ptp(np.bincount(met[:, 0], minlength=references)) <= 1


@pytest.mark.parametrize("design", [by_size(9, 50, drawn()), by_order(9, 4, 6, drawn()), every_coalition(9)])
def test_an_additive_game_is_met_exactly_and_the_total_always(design):
    parts = drawn(5).normal(size=9)
    values, error = played(lambda coalition: parts @ coalition, design, parts.sum())
    np.testing.assert_allclose(values, parts, atol=1e-12)
    assert error.max() < 1e-12
    game, total = random_game(9, 1)
    values, _ = played(game, design, total)
    assert values.sum() == pytest.approx(total, abs=1e-12)


def test_orders_average_to_the_values_of_any_game():
    game, total = random_game(5, 3)
    exact, _ = played(game, every_coalition(5), total)
    found, error = played(game, by_order(5, 1, 10_000, drawn()), total)
    assert (np.abs(found - exact) <= 4 * error).all() and error.max() < 0.02


def test_the_number_of_hybrids_decides_between_sizes_and_orders():
    assert design_for(14, 1, 512, drawn()).walks == 0
    assert design_for(100, 1, 599, drawn()).walks == 3
    assert design_for(14, 8, 512, drawn()).walks == 19
    for players, references, hybrids in ((14, 1, 512), (100, 1, 599), (14, 8, 512)):
        assert 2 * len(design_for(players, references, hybrids, drawn()).coalitions) <= hybrids
    with pytest.raises(CannotExplainError, match="100 players need at least 396 hybrids"):
        design_for(100, 1, 395, drawn())


def test_the_same_generator_gives_the_same_design():
    for make in (lambda g: by_size(20, 200, g), lambda g: by_order(20, 5, 8, g)):
        one, two, other = make(drawn(1)), make(drawn(1)), make(drawn(2))
        np.testing.assert_array_equal(one.coalitions, two.coalitions)
        assert not np.array_equal(one.coalitions, other.coalitions)
