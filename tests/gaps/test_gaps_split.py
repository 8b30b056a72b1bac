"""Splits of gaps: exact sums, exact answers, the definition, and what changes nothing."""

import warnings

import numpy as np
import pytest
import torch
from gap_nets import (
    CLASSES,
    EACH,
    Mlp,
    Plain,
    all_pairs,
    normal,
    outputs,
    shapley,
    side_by_side,
    slices,
    split_gap_of,
    total,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.attributions.gaps import rounds as rounds_module
from dlaudit.attributions.gaps.coupling import random_coupling
from dlaudit.attributions.gaps.games import game_of
from dlaudit.attributions.gaps.match import splits
from dlaudit.data.batch import Player


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31), st.booleans())
def test_every_coupling_has_the_given_marginals(n_a, n_b, seed, weighted):
    generator = np.random.default_rng(seed)
    mass_a = generator.random(n_a) + 0.1 if weighted else np.ones(n_a)
    mass_b = generator.random(n_b) + 0.1 if weighted else np.ones(n_b)
    pairs = random_coupling(mass_a, mass_b, generator)
    assert len(pairs.a) <= n_a + n_b - (0 if weighted else 1)
    np.testing.assert_allclose(np.bincount(pairs.a, pairs.weight, n_a), mass_a / mass_a.sum(), atol=1e-12)
    np.testing.assert_allclose(np.bincount(pairs.b, pairs.weight, n_b), mass_b / mass_b.sum(), atol=1e-12)


def test_a_row_of_weight_zero_gets_no_pair():
    pairs = random_coupling(np.array([1.0, 0.0, 2.0]), np.ones(4), np.random.default_rng(0))
    assert set(pairs.a) == {0, 2}


@pytest.mark.parametrize(("task", "metric"), EACH)
@pytest.mark.parametrize("weighted", [False, True])
def test_parts_add_up_to_the_gap_in_every_round_and_from_both_sides(task, metric, weighted):
    a, b, labels = slices(task)
    weights = (np.linspace(0.5, 2, len(a)), np.linspace(1, 3, len(b))) if weighted else None
    match = side_by_side(Mlp(5, outputs(task)).double(), a, b, task=task, labels=labels, weights=weights)
    split = split_gap_of(match, metric, task, classes=CLASSES)
    mix = split.label_mix or 0.0
    assert abs(total(split) - split.gap) < 1e-12
    assert np.abs(split.rounds.sum(axis=1) + mix - split.gap).max() < 1e-12
    other = split.b.weight @ split.b.values / split.b.weight.sum()
    np.testing.assert_allclose(other, split.values, atol=1e-12)
    np.testing.assert_allclose(split.rounds.mean(axis=0), split.values, atol=1e-12)
    if split.label_mix is not None:
        assert abs(np.average(split.b.label_mix, weights=split.b.weight) - mix) < 1e-12


def test_sums_would_miss_the_gap_of_other_people():
    a, b, _ = slices("binary")
    net = Mlp(5).double()
    one = split_gap_of(side_by_side(net, a, b), "mean_score")
    assert abs(total(one) - split_gap_of(side_by_side(net, a[:-1], b), "mean_score").gap) > 1e-6


def test_orders_agree_with_all_coalitions_up_to_their_noise(monkeypatch):
    monkeypatch.setattr(rounds_module, "LOOK_EVERY", 100)
    net = Mlp(4).double()
    a, b = normal(40, 4) + 0.5, normal(30, 4, seed=1)
    split = split_gap_of(side_by_side(net, a, b), "selection_rate", rounds=60)
    value = all_pairs(net, a, b, lambda scores, i, j: float(scores[0] >= 0.5))
    error = split.rounds.std(axis=0, ddof=1) / np.sqrt(len(split.rounds))
    assert len(split.rounds) >= 40 and (error > 0).all()
    assert (np.abs(split.values - shapley(value, 4)) < 4 * error).all()


def test_a_linear_gap_is_split_into_weight_times_difference_of_means():
    net = torch.nn.Linear(4, 1).double()
    a, b = normal(31, 4) + 0.5, normal(44, 4, seed=1)
    split = split_gap_of(side_by_side(net, a, b, task="regression"), "mean_prediction", "regression")
    expected = ((a.mean(0) - b.mean(0)) * net.weight.detach()[0]).numpy()
    for values in (split.a.values.mean(axis=0), split.b.values.mean(axis=0), *split.rounds):
        np.testing.assert_allclose(values, expected, atol=1e-12)


def test_the_label_carries_its_own_difference_of_an_error_of_a_regression():
    a, b, labels = slices("regression")
    split = split_gap_of(
        side_by_side(Mlp(5).double(), a, b, task="regression", labels=labels), "mean_error", "regression"
    )
    assert split.features[-1] == "label"
    assert split.values[-1] == pytest.approx(labels[1].mean() - labels[0].mean(), abs=1e-12)


def test_a_feature_that_is_called_label_keeps_its_name():
    a, b, labels = slices("regression", columns=1)
    players = (Player(name="label", columns=(0,)),)
    match = side_by_side(Mlp(1).double(), a, b, task="regression", labels=labels, players=players)
    assert split_gap_of(match, "mean_error", "regression").features == ["label", "label (true value)"]


def test_a_label_that_only_one_slice_has_is_label_mix_altogether():
    a, b = normal(30, 3), normal(30, 3, seed=1)
    labels = (np.zeros(30, dtype=int), np.r_[np.zeros(20, dtype=int), np.ones(10, dtype=int)])
    split = split_gap_of(side_by_side(Mlp(3).double(), a, b, labels=labels), "log_loss")
    assert abs(total(split) - split.gap) < 1e-12
    r_a, r_b = split.a.score.mean(), split.b.score[:20].mean()
    mix = (1 - 20 / 30) * (r_a + r_b) / 2 - 10 / 30 * split.b.score[20:].mean()
    assert split.label_mix == pytest.approx(mix, abs=1e-12)


def test_a_model_that_sees_nothing_leaves_all_to_the_label_mix():
    a, b, labels = slices("binary")
    split = split_gap_of(side_by_side(Plain(lambda x: 0 * x[:, 0] + 1), a, b, labels=labels), "log_loss")
    assert abs(split.gap) > 1e-3
    np.testing.assert_array_equal(split.values, 0.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 6), st.booleans())
def test_swapping_two_people_turns_every_sign(seed, players, step):
    """One pair, all orders that the walk takes: exactly antisymmetric, as an order's reverse is walked with it."""
    from dlaudit.attributions.gaps.paths import Coalitions, Orders

    draws = np.random.default_rng(seed)
    v = draws.standard_normal(2**players)
    value = (v > 0).astype(float) if step else v
    differs = draws.random((1, players)) < 0.8
    able = int((differs[0] * (1 << np.arange(players))).sum())
    order = draws.permutation(players)[None]
    for make in (lambda: Orders(order, differs), lambda: Coalitions(differs)):
        path = make()
        codes = np.stack([path.switched(one)[0] << one for one in range(players)]).sum(axis=0) & able
        forth = path.contributions(value[codes][None])
        back = path.contributions(value[able & ~codes][None])
        np.testing.assert_allclose(forth, -back, atol=1e-12)
        assert forth.sum() == pytest.approx(value[able] - value[0], abs=1e-12)
        assert (forth[~differs] == 0).all() or isinstance(path, Coalitions)
        np.testing.assert_allclose(forth[~differs], 0, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["mean_score", "selection_rate", "accuracy", "true_positive_rate"]))
def test_dummies_get_nothing_and_parts_add_up_whatever_the_slices(seed, metric):
    draws = np.random.default_rng(seed)
    columns, n_a, n_b = int(draws.integers(2, 7)), int(draws.integers(2, 25)), int(draws.integers(2, 25))
    net = Plain(lambda x: x[:, 1:].prod(dim=1) - 0.2)
    a, b = (torch.from_numpy(np.round(draws.standard_normal((n, columns)) * 1.5)) for n in (n_a, n_b))
    labels = np.r_[0, 1, draws.integers(0, 2, n_a - 2)], np.r_[1, 0, draws.integers(0, 2, n_b - 2)]
    split = split_gap_of(side_by_side(net, a, b, labels=labels, seed=seed), metric)
    assert abs(total(split) - split.gap) < 1e-12
    np.testing.assert_allclose(split.a.values[:, 0].max() - split.a.values[:, 0].min(), 0, atol=1e-12)
    assert abs(split.values[0]) < 1e-12


def test_a_feature_of_several_columns_is_one_player():
    net = torch.nn.Linear(4, 1).double()
    a, b = normal(20, 4) + 0.5, normal(20, 4, seed=1)
    players = (Player(name="job", columns=(0, 2, 3)), Player(name="age", columns=(1,)))
    split = split_gap_of(side_by_side(net, a, b, task="regression", players=players), "mean_prediction", "regression")
    by_input = ((a.mean(0) - b.mean(0)) * net.weight.detach()[0]).numpy()
    np.testing.assert_allclose(split.values, [by_input[[0, 2, 3]].sum(), by_input[1]], atol=1e-12)


def test_all_metrics_of_one_kind_of_pairing_share_one_walk():
    a, b, labels = slices("binary")
    net = Mlp(5).double()
    free, labelled = ("mean_score", "selection_rate"), ("accuracy", "log_loss", "true_positive_rate")

    def spent(metrics):
        match = side_by_side(net, a, b, labels=labels)
        splits(match, [game_of(one, "binary") for one in metrics], 4)
        return match.request.score.passes

    assert spent(free) == spent(free[:1])
    assert spent(labelled) == spent(("accuracy",))
    assert spent((*free, *labelled)) < spent(free) + spent(labelled)


def test_what_does_not_change_is_not_scored_again():
    draws = np.random.default_rng(0)
    a = torch.from_numpy(draws.integers(0, 2, (40, 6))).double()
    b = torch.from_numpy(draws.integers(0, 2, (40, 6))).double()
    one, two = (side_by_side(Mlp(6).double(), x, b) for x in (a, a + 0.5))
    for match in (one, two):
        split_gap_of(match, "mean_score", rounds=2)
    assert one.request.score.passes < 0.6 * two.request.score.passes
    same = side_by_side(Mlp(6).double(), b, b[:, :])
    same.request.rows[0][:] = 1.0
    split_gap_of(same, "mean_score", rounds=2)
    assert same.request.score.forward == 80


@pytest.mark.parametrize("metric", ["mean_score", "accuracy"])
def test_batches_and_other_metrics_decide_nothing_and_seeds_the_draws(metric, monkeypatch):
    a, b, labels = slices("binary")
    net = Mlp(5).double()
    one = split_gap_of(side_by_side(net, a, b, labels=labels, batch=7), metric)
    two = split_gap_of(side_by_side(net, a, b, labels=labels, batch=5000), metric)
    other = split_gap_of(side_by_side(net, a, b, labels=labels, seed=1), metric)
    monkeypatch.setattr(rounds_module, "_CELLS", 100)
    in_blocks = split_gap_of(side_by_side(net, a, b, labels=labels), metric)
    np.testing.assert_allclose(one.rounds, in_blocks.rounds, atol=1e-12)
    games = [game_of(name, "binary") for name in ("brier", "true_positive_rate", metric, "selection_rate")]
    among = splits(side_by_side(net, a, b, labels=labels), games, 4)[metric]
    np.testing.assert_allclose(one.rounds, two.rounds, atol=1e-12)
    np.testing.assert_allclose(one.rounds, among.rounds, atol=1e-12)
    assert np.abs(one.rounds - other.rounds).max() > 1e-9


def test_memory_that_runs_out_changes_nothing_and_is_told():
    a, b, _ = slices("binary")
    net = Mlp(5).double()

    class Tight(torch.nn.Module):
        def forward(self, x):
            if len(x) > 16:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return net(x)

    match = side_by_side(Tight(), a, b)
    split = split_gap_of(match, "mean_score")
    np.testing.assert_allclose(split.rounds, split_gap_of(side_by_side(net, a, b), "mean_score").rounds, atol=1e-12)
    assert match.request.memory.halved[0] == 55 or match.request.memory.halved


class Embedded(torch.nn.Module):
    """Numbers and codes together."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.codes, self.net = torch.nn.Embedding(5, 3), Mlp(8)

    def forward(self, numbers, codes):
        return self.net(torch.cat([numbers, self.codes(codes).flatten(1).float()], dim=1))


def test_codes_and_numbers_in_several_tensors_are_exchanged_together():
    a, b = (
        (normal(n, 2, seed=n).float(), torch.from_numpy(np.random.default_rng(n).integers(0, 5, (n, 2))))
        for n in (30, 25)
    )
    split = split_gap_of(side_by_side(Embedded(), a, b), "mean_score")
    assert split.features == ["input 1", "input 2", "input tensor 2[1]", "input tensor 2[2]"]
    assert abs(total(split) - split.gap) < 1e-12 and np.abs(split.values).min() > 0


def test_sequences_are_split_by_position():
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(6, 1)).double()
    a, b = (torch.randn(n, 3, 2, generator=torch.Generator().manual_seed(n)).double() for n in (9, 8))
    split = split_gap_of(side_by_side(net, a, b), "mean_score")
    assert len(split.features) == 3 and abs(total(split) - split.gap) < 1e-12


def test_pooled_contributions_are_nothing_on_average_within_a_slice_and_split_the_gap_between_slices():
    a, b, labels = slices("binary")
    for metric in ("mean_score", "selection_rate", "true_positive_rate", "accuracy"):
        split = split_gap_of(side_by_side(Mlp(5).double(), a, b, labels=labels), metric, pooled=True)
        pooled_a, pooled_b = (np.average(one.pooled, axis=0, weights=one.weight) for one in (split.a, split.b))
        np.testing.assert_allclose(pooled_a - pooled_b, split.values, atol=1e-12)
        if metric == "mean_score":  # half of the other slice's, as phi(a; A) is 0 on average in every draw
            np.testing.assert_allclose(pooled_a, split.values / 2, atol=1e-12)


def test_single_references_would_disagree_about_the_same_gap():
    """Why none is offered (attributions of the same people to four references): sums agree, parts change their sign."""
    net = Plain(lambda x: x[:, 0] * x[:, 1])
    a, b = normal(60, 2) * 0.5 + torch.tensor([1.0, 1.0]), normal(60, 2, seed=1) * 0.5
    first, sums = [], []
    for reference in ([3.0, -2.0], [-2.0, 3.0], [0.0, -3.0], [0.0, 3.0]):
        to = torch.tensor([reference]).double()
        means = []
        for side in (a, b):
            value = all_pairs(net, side, to, lambda scores, i, j: float(scores[0]), task="regression")
            means.append(shapley(value, 2))
        first.append((means[0] - means[1])[0])
        sums.append((means[0] - means[1]).sum())
    assert np.ptp(sums) < 1e-12
    assert min(first) < -0.5 and max(first) > 1.5
    split = split_gap_of(side_by_side(net, a, b, task="regression"), "mean_prediction", "regression")
    assert split.gap == pytest.approx(sums[0], abs=1e-12)


def test_rounds_stay_within_their_passes_and_are_never_fewer_than_two():
    from dlaudit.attributions.gaps.rounds import rounds_allowed
    from dlaudit.attributions.gaps.walk import passes_per_row

    for players in (1, 2, 3, 4, 14, 50, 100, 110):
        for pooled in (False, True):
            rounds = rounds_allowed(players, 1_000, pooled=pooled)
            assert rounds == 2 or rounds * passes_per_row(players) * (1 + pooled) <= 150
    assert rounds_allowed(14, 16) == 16 and rounds_allowed(14, 16, pooled=True) == 8 and rounds_allowed(5_000, 16) == 2


def test_rounds_end_once_the_luck_of_the_draw_is_small():
    a, b = normal(60, 5) + 0.4, normal(60, 5, seed=1)
    linear = side_by_side(torch.nn.Linear(5, 1).double(), a, b, task="regression")
    assert len(split_gap_of(linear, "mean_prediction", "regression", rounds=16).rounds) == 4
    kinked = side_by_side(Plain(lambda x: torch.sign(x.prod(dim=1))), a, b, task="regression")
    assert len(split_gap_of(kinked, "mean_prediction", "regression", rounds=16).rounds) == 16


def test_the_difference_of_mean_shap_values_is_the_same_where_the_background_is_mixed_of_both_slices():
    """Lundberg's decomposition (shap.plots.group_difference), with SHAP's own exact values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SHAP's own imports
        from shap.explainers import ExactExplainer

    net = Mlp(3).double()
    a, b = normal(12, 3) + 0.5, normal(12, 3, seed=1)
    truth = shapley(all_pairs(net, a, b, lambda scores, i, j: float(scores[0])), 3)

    def score(rows):
        return torch.sigmoid(net(torch.as_tensor(rows)))[:, 0].detach().numpy()

    def difference(background):
        found = ExactExplainer(score, background.numpy())
        means = [found(rows.numpy(), silent=True).values.mean(axis=0) for rows in (a, b)]
        return means[0] - means[1]

    # any mixture of the two slices will do: contributions of a slice against itself are 0 on average
    for background in (torch.cat([a, b]), b):
        np.testing.assert_allclose(difference(background), truth, atol=1e-9)
    # the twin: with other people as background the sum is the same and the split another
    others = difference(2 * normal(12, 3, seed=2) - 1)
    assert others.sum() == pytest.approx(truth.sum(), abs=1e-9) and np.abs(others - truth).max() > 1e-3
