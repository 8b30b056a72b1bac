"""Standard errors of Shapley values cover the truth, blocks average noise out, and references cost no bias."""

import numpy as np
import pytest
import torch
from torch import nn

from dlaudit.attributions.shapley import sampled, shapley_values
from dlaudit.attributions.shapley.designs import by_size
from dlaudit.attributions.shapley.projection import projection
from dlaudit.attributions.shapley.references import reference_effects

SEEDS = 12


class Net(nn.Sequential):
    def __init__(self, width, seed=0):
        torch.manual_seed(seed)
        super().__init__(nn.Linear(width, 24), nn.Tanh(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1))
        for one in self.parameters():
            one.data *= 2.5


def share_covered(ask, rows, background, truth, evaluations, scale=1.0):
    """Share of values within 1.96 standard errors of the truth, and the root mean square of deviation over error."""
    net = Net(rows.shape[1])
    apart = []
    for seed in range(SEEDS):
        found = shapley_values(
            ask(net, rows, background, evaluations=evaluations, generator=np.random.default_rng(seed))
        )
        assert not found.detail["exact"]
        apart.append((found.values - truth) / (scale * found.error))
    return float(np.mean(np.abs(apart) <= 1.96)), float(np.sqrt(np.mean(np.square(apart))))


@pytest.mark.parametrize("evaluations", [140, 512])
def test_errors_of_coalitions_drawn_by_size_cover(ask, normal, evaluations):
    rows, background = normal(16, 13), normal(1, 13, seed=1)
    truth = shapley_values(ask(Net(13), rows, background, evaluations=2**13))
    assert truth.detail["exact"]
    covered, size = share_covered(ask, rows, background, truth.values, evaluations)
    assert 0.91 <= covered <= 0.98 and 0.85 <= size <= 1.15


def test_half_the_errors_would_not_cover(ask, normal):
    rows, background = normal(16, 13), normal(1, 13, seed=1)
    truth = shapley_values(ask(Net(13), rows, background, evaluations=2**13)).values
    assert share_covered(ask, rows, background, truth, 512, scale=0.5)[0] < 0.8


@pytest.mark.parametrize(("references", "evaluations", "highest"), [(1, 95, 0.99), (4, 100, 0.99), (24, 100, 1.0)])
def test_errors_of_orders_cover(ask, normal, references, evaluations, highest):
    rows, background = normal(16, 10), normal(references, 10, seed=1)
    truth = shapley_values(ask(Net(10), rows, background, evaluations=2**10 * 8)).values
    covered, size = share_covered(ask, rows, background, truth, evaluations)
    assert 0.87 <= covered <= highest and size <= 1.25


def test_what_was_enumerated_has_no_error_and_counts_in_no_error(normal):
    design = by_size(10, 100, np.random.default_rng(0))
    rule = projection(design)
    noise = np.random.default_rng(1).normal(size=(1, len(design.coalitions)))
    known = np.where(design.unseen > 0, 0.0, noise)
    flat = np.zeros((1, 10))
    assert (design.unseen == 0).any() and (design.unseen > 0).any()
    np.testing.assert_array_equal(rule.error(known, flat), 0.0)
    assert rule.error(noise, flat).min() > 0


def test_values_are_right_on_average_whichever_references_are_drawn(ask, normal):
    rows, background = normal(4, 9), normal(30, 9, seed=1)
    net = Net(9)
    truth = shapley_values(ask(net, rows, background, evaluations=2**9 * 30)).values
    runs = [
        shapley_values(ask(net, rows, background, evaluations=60, generator=np.random.default_rng(seed))).values
        for seed in range(24)
    ]
    standard_error = np.std(runs, axis=0) / np.sqrt(len(runs))
    assert (np.abs(np.mean(runs, axis=0) - truth) <= 4.5 * standard_error).all()


def test_a_single_reference_would_be_another_estimand(ask, normal):
    rows, background = normal(4, 9), normal(30, 9, seed=1)
    truth = shapley_values(ask(Net(9), rows, background, evaluations=2**9 * 30)).values
    other = shapley_values(ask(Net(9), rows, background[:1], evaluations=2**9)).values
    assert np.abs(other - truth).max() > 0.1


def test_effects_of_references_lower_the_noise(ask, normal, monkeypatch):
    rows, background = normal(40, 14), normal(30, 14, seed=1)
    net = nn.Sequential(nn.Linear(14, 1), nn.Sigmoid())
    truth = shapley_values(ask(net, rows, background, evaluations=20_000)).values

    def missed():
        return np.abs(shapley_values(ask(net, rows, background, evaluations=120)).values - truth).mean()

    with_effects = missed()
    monkeypatch.setattr(sampled, "_effects", lambda request, games, *_: np.zeros((30, 14)))
    assert with_effects < 0.6 * missed()


def test_effects_of_references_cancel_where_each_row_meets_all_of_them(ask, normal, monkeypatch):
    request = ask(Net(13), normal(10, 13), normal(12, 13, seed=1), evaluations=140)
    found = shapley_values(request)
    assert found.detail["orders"] >= 20 and request.score.forward <= 10 * 561 + 12
    effects = reference_effects(ask(Net(13), normal(12, 13, seed=1), normal(12, 13, seed=1)), 300)
    monkeypatch.setattr(sampled, "_effects", lambda *_: effects)
    again = shapley_values(ask(Net(13), normal(10, 13), normal(12, 13, seed=1), evaluations=140))
    np.testing.assert_allclose(again.values, found.values, atol=1e-9)


def test_effects_of_references_add_up_to_nothing_and_to_their_scores(ask, normal):
    background = normal(12, 6)
    request = ask(Net(6), background, background)
    effects = reference_effects(request, 300)
    scores = request.score(background).detach().numpy()
    np.testing.assert_allclose(effects.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(effects.sum(axis=1), scores - scores.mean(), atol=1e-9)


def test_means_over_rows_gain_from_independent_designs(ask, normal, monkeypatch):
    rows, background = normal(256, 13), normal(1, 13, seed=1)
    net = Net(13)
    truth = shapley_values(ask(net, rows, background, evaluations=2**13)).values.mean(axis=0)

    def missed():
        runs = [
            shapley_values(ask(net, rows, background, evaluations=140, generator=np.random.default_rng(seed)))
            for seed in range(4)
        ]
        return np.mean([np.linalg.norm(one.values.mean(axis=0) - truth) for one in runs])

    several = missed()
    monkeypatch.setattr(sampled, "MOST_DESIGNS", 1)
    assert several < 0.8 * missed()
