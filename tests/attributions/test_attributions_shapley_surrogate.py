"""The polynomial that imitates a game: its Shapley values, what it gains, and that it never costs what it promises."""

import numpy as np
import pytest
import torch
from shapley_games import brute_force_shapley
from torch import nn

from dlaudit.attributions.shapley import sampled, shapley_values
from dlaudit.attributions.shapley.designs import by_size
from dlaudit.attributions.shapley.projection import projection
from dlaudit.attributions.shapley.surrogate import directions_for, imitated, power_values, product_values, triples


class Net(nn.Sequential):
    def __init__(self, width, activation):
        torch.manual_seed(0)
        super().__init__(nn.Linear(width, 24), activation(), nn.Linear(24, 24), activation(), nn.Linear(24, 1))
        for one in self.parameters():
            one.data *= 2.5


def signed(players, present):
    return np.where(np.isin(np.arange(players), list(present)), 1.0, -1.0)


def test_products_of_directions_have_the_values_of_the_definition():
    halves = np.random.default_rng(0).normal(size=(1, 3, 6))
    found = product_values(halves)[0]
    for at, triple in enumerate(triples(3)):
        expected = brute_force_shapley(lambda s, t=triple: (halves[0, t] @ signed(6, s)).prod(), 6)
        np.testing.assert_allclose(found[at], expected, atol=1e-5)  # float32


def test_powers_of_one_sum_have_the_values_of_the_definition():
    own = np.random.default_rng(1).normal(size=(1, 1, 6))
    found = power_values(own)[0]
    for at, power in enumerate((3, 5)):
        expected = brute_force_shapley(lambda s, p=power: (own[0, 0] @ signed(6, s)) ** p, 6)
        np.testing.assert_allclose(found[at], expected, atol=1e-9)


def test_a_game_in_the_directions_is_met_exactly_and_one_outside_them_is_not():
    generator, players = np.random.default_rng(2), 14
    halves = generator.normal(size=(1, 2, players))
    rule = projection(by_size(players, 128, generator))
    signs = rule.design.signs

    def missed(sums, values, total):
        scored = (2 * sums(signs).prod(axis=0))[None]
        split = imitated(rule, scored, np.array([total]), halves)
        found = rule.values(split.rest, np.array([total])) + split.known
        assert found.sum() == pytest.approx(total, abs=1e-9)
        return np.abs(found[0] - values).max() / np.abs(values).max()

    def cubic(along):
        values = product_values(along[None])[0, 1 if len(along) == 2 else 0]
        chosen = along[[0, 0, 1]]
        return missed(lambda s: chosen @ s.T, values, values.sum())

    assert cubic(halves[0]) < 1e-3
    assert cubic(generator.normal(size=(2, players))) > 0.02


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_directions_lower_the_error_and_errors_still_cover(ask, normal, monkeypatch, activation):
    rows, background = normal(16, 13), normal(1, 13, seed=1)
    net = Net(13, activation)
    truth = shapley_values(ask(net, rows, background, evaluations=2**13)).values

    def runs():
        found = [
            shapley_values(ask(net, rows, background, evaluations=400, generator=np.random.default_rng(seed)))
            for seed in range(6)
        ]
        apart = np.array([one.values - truth for one in found])
        return np.abs(apart).mean(), np.mean(np.abs(apart) <= 1.96 * np.array([one.error for one in found]))

    missed, covered = runs()
    monkeypatch.setattr(sampled, "imitated", _nothing)
    assert missed < 0.95 * runs()[0]
    assert 0.91 <= covered <= 0.98


def _nothing(rule, scored, change, halves):
    return imitated(rule, scored, change, halves[:, :0])


def test_a_score_without_gradients_is_explained_all_the_same(ask, normal):
    rows, background = normal(6, 14), normal(1, 14, seed=1)

    def steps(x):
        return ((x > 0).float() @ torch.arange(14.0)[:, None] > 40).float()

    truth = shapley_values(ask(steps, rows, background, evaluations=2**14)).values
    found = shapley_values(ask(steps, rows, background, evaluations=512))
    np.testing.assert_allclose(found.completeness, 0, atol=1e-9)
    assert np.mean(np.abs(found.values - truth) <= 4 * found.error + 1e-9) > 0.97


def test_gradients_that_are_wrong_cost_no_rightness(ask, normal):
    class Backwards(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            return torch.tanh(x)

        @staticmethod
        def backward(context, gradient):
            return -3 * torch.flip(gradient, dims=(1,))

    rows, background = normal(6, 14), normal(1, 14, seed=1)
    wide = torch.randn(14, 8, generator=torch.Generator().manual_seed(3))

    def score(x):
        return (Backwards.apply(x @ wide) ** 2).sum(1, keepdim=True) + Backwards.apply(x @ wide).sum(1, keepdim=True)

    truth = shapley_values(ask(score, rows, background, evaluations=2**14)).values
    found = shapley_values(ask(score, rows, background, evaluations=512))
    assert np.mean(np.abs(found.values - truth) <= 4 * found.error) > 0.97


@pytest.mark.parametrize(
    ("pairs", "players", "count"), [(70, 14, 3), (256, 14, 4), (60, 13, 3), (20, 14, 1), (15, 14, 0)]
)
def test_features_are_as_many_as_the_pairs_allow(pairs, players, count):
    assert directions_for(pairs, players) == count
