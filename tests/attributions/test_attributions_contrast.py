"""The contrastive split of a gap: exact sums, exact answers, the null, and its record."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_attributions_methods import Interacting, Mlp, brute_force_shapley

from dlaudit.attributions.contrast import Sides, contrast
from dlaudit.attributions.coupling import random_coupling
from dlaudit.attributions.decomposed import AllRows, GapRows, decomposition
from dlaudit.attributions.explained import Side, Split
from dlaudit.attributions.pairs import Pair
from dlaudit.data.batch import Player

PAIR = Pair(metric="mean_score", by=("sex",), slice="sex=F", reference="sex=M")


def sides(a, b, mass_a=None, mass_b=None):
    return Sides(
        a=(a,),
        b=(b,),
        mass_a=np.ones(len(a)) if mass_a is None else mass_a,
        mass_b=np.ones(len(b)) if mass_b is None else mass_b,
    )


def split_of(request, two, rounds=4):
    found = contrast(request, two, rounds)
    a = Side(values=found.a, score=request.score(*two.a).detach().numpy(), weight=two.mass_a)
    b = Side(values=found.b, score=request.score(*two.b).detach().numpy(), weight=two.mass_b)
    return Split(features=list(request.layout.names), a=a, b=b, rounds=found.rounds)


def gap_of(split):
    return np.average(split.a.score, weights=split.a.weight) - np.average(split.b.score, weights=split.b.weight)


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


def test_a_linear_gap_is_split_into_weight_times_difference_of_means(ask, normal):
    net = torch.nn.Linear(4, 1)
    a, b = normal(31, 4) + 0.5, normal(44, 4, seed=1)
    split = split_of(ask(net, a, b), sides(a, b), rounds=2)
    expected = ((a.double().mean(0) - b.double().mean(0)) * net.weight.detach()[0].double()).numpy()
    for values in (split.a.values, split.b.values, split.rounds):
        np.testing.assert_allclose(values.mean(axis=0), expected, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_contributions_add_up_to_the_gap_in_every_round(ask, normal, weighted):
    net = Mlp(5).double()
    a, b = normal(33, 5).double() + 0.3, normal(50, 5, seed=1).double()
    masses = (np.linspace(0.5, 2, 33), np.linspace(1, 3, 50)) if weighted else (None, None)
    split = split_of(ask(net, a, b), sides(a, b, *masses))
    for values, side in ((split.a.values, split.a), (split.b.values, split.b)):
        assert abs(np.average(values, axis=0, weights=side.weight).sum() - gap_of(split)) < 1e-9
    assert np.abs(split.rounds.sum(axis=1) - gap_of(split)).max() < 1e-9


def test_sums_would_miss_the_gap_of_other_people(ask, normal):
    net, a, b = Mlp(5).double(), normal(33, 5).double() + 0.3, normal(50, 5, seed=1).double()
    split = split_of(ask(net, a, b), sides(a, b))
    assert abs(split.rounds[0].sum() - gap_of(split_of(ask(net, a, b), sides(a[:-1], b)))) > 1e-6


def test_an_interaction_is_split_as_by_the_definition_of_shapley(ask, normal):
    net = Interacting().double()
    a, b = normal(6, 3).double() + 0.5, normal(5, 3, seed=1).double()

    def value(present):
        columns = list(present)
        mixed = b.repeat(len(a), 1)
        mixed[:, columns] = a.repeat_interleave(len(b), 0)[:, columns]
        return float(net(mixed).mean())

    split = split_of(ask(net, a, b), sides(a, b), rounds=3000)
    error = split.rounds.std(axis=0) / np.sqrt(3000)
    assert (np.abs(split.rounds.mean(axis=0) - brute_force_shapley(value, 3)) < 4 * error + 1e-9).all()


def test_a_one_hot_feature_is_one_player_of_the_contrast(ask, normal):
    net = torch.nn.Linear(4, 1).double()
    a, b = normal(20, 4).double() + 0.5, normal(20, 4, seed=1).double()
    players = (Player(name="job", columns=(0, 2, 3)), Player(name="age", columns=(1,)))
    split = split_of(ask(net, a, b, players=players), sides(a, b))
    by_input = ((a.mean(0) - b.mean(0)) * net.weight.detach()[0]).numpy()
    expected = [by_input[[0, 2, 3]].sum(), by_input[1]]
    np.testing.assert_allclose(split.rounds[0], expected, atol=1e-9)


def test_the_gap_of_a_decision_is_split_exactly(ask, normal):
    a, b = normal(40, 3) + 0.5, normal(30, 3, seed=1)
    request = ask(torch.nn.Linear(3, 1), a, b)
    decided = ask(None, a, b, score=lambda x: (request.score(x) >= 0.2).double())
    split = split_of(decided, sides(a, b))
    rate_a, rate_b = (float((request.score(x) >= 0.2).double().mean()) for x in (a, b))
    assert abs(split.rounds.mean(axis=0).sum() - (rate_a - rate_b)) < 1e-12


def test_chunks_and_seeds_decide_nothing_but_memory_and_draws(ask, normal):
    net, a, b = Mlp(5).double(), normal(33, 5).double(), normal(50, 5, seed=1).double()
    one = split_of(ask(net, a, b, batch_size=7), sides(a, b))
    two = split_of(ask(net, a, b, batch_size=5000), sides(a, b))
    other = split_of(ask(net, a, b, generator=np.random.default_rng(1)), sides(a, b))
    np.testing.assert_allclose(one.rounds, two.rounds, atol=1e-12)
    assert np.abs(one.rounds - other.rounds).max() > 1e-9


def test_sequences_are_split_by_position(ask, normal):
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(6, 1)).double()
    a, b = normal(9, 3, 2).double(), normal(8, 3, 2, seed=1).double()
    split = split_of(ask(net, a, b), sides(a, b))
    assert abs(split.rounds[0].sum() - gap_of(split)) < 1e-9


def test_intervals_cover_zero_where_both_slices_are_alike(ask):
    """40 audits of 5 features without any difference: 95 % of 200 intervals should cover 0."""
    torch.manual_seed(0)
    net, covered = Mlp(5).double(), []
    for seed in range(40):
        rows = torch.randn(120, 5, generator=torch.Generator().manual_seed(seed)).double()
        a, b = rows[:50], rows[50:]
        split = split_of(ask(net, a, b, generator=np.random.default_rng(seed)), sides(a, b))
        found = decomposition(PAIR, split, np.random.default_rng(seed))
        covered += [c.low <= 0 <= c.high for c in found.contributions]
    assert np.mean(covered) >= 0.9


def test_intervals_exclude_zero_where_a_difference_is_planted(ask, normal):
    net = torch.nn.Linear(3, 1, bias=False).double()
    torch.nn.init.constant_(net.weight, 1.0)
    a, b = normal(200, 3).double(), normal(200, 3, seed=1).double()
    a[:, 1] -= 2.0
    found = decomposition(PAIR, split_of(ask(net, a, b), sides(a, b)), np.random.default_rng(0))
    first = found.contributions[0]
    assert first.feature == "x1" and -2.5 < first.low < first.high < -1.5
    assert all(c.low <= 0 <= c.high for c in found.contributions[1:])


def test_the_record_adds_up_and_names_its_parts(ask, normal):
    net, a, b = Mlp(4), normal(30, 4) + 0.5, normal(40, 4, seed=1)
    players = (Player(name="job", columns=(0, 2)), Player(name="age", columns=(1,)), Player(name="z", columns=(3,)))
    split = split_of(ask(net, a, b, players=players), sides(a, b))
    found = decomposition(PAIR, split, np.random.default_rng(0), players=players, encoded=["j=a", "age", "j=b", "z"])
    assert abs(found.gap - sum(c.value for c in found.contributions) - found.residual) < 1e-12
    assert abs(found.residual) < 1e-6
    assert [abs(c.value) for c in found.contributions] == sorted(
        (abs(c.value) for c in found.contributions), reverse=True
    )
    assert {c.feature: c.columns for c in found.contributions} == {"job": ["j=a", "j=b"], "age": [], "z": []}
    assert found.low < found.gap < found.high
    assert (found.rows, found.slice, found.reference, found.by) == (70, "sex=F", "sex=M", ["sex"])
    assert found.noise > 0 and "not causes" in found.estimand


def test_what_a_sample_of_rows_leaves_out_stands_as_residual(ask, normal):
    net, a, b = torch.nn.Linear(3, 1), normal(60, 3) + 1, normal(60, 3, seed=1)
    request = ask(net, a, b)
    split = split_of(request, sides(a[:20], b[:20]))
    every = GapRows(
        a=AllRows(score=request.score(a).detach().numpy()), b=AllRows(score=request.score(b).detach().numpy())
    )
    found = decomposition(PAIR, split, np.random.default_rng(0), rows=every)
    assert abs(found.gap - float((net(a).mean() - net(b).mean()).detach())) < 1e-6
    assert abs(found.residual) > 1e-3
    assert abs(found.gap - sum(c.value for c in found.contributions) - found.residual) < 1e-12


def test_one_round_has_no_noise_figure_and_few_people_no_interval(ask, normal):
    net, a, b = torch.nn.Linear(3, 1), normal(6, 3), normal(60, 3, seed=1)
    found = decomposition(PAIR, split_of(ask(net, a, b), sides(a, b), rounds=1), np.random.default_rng(0))
    assert found.noise is None and found.low is None
    assert all(c.low is None and c.high is None for c in found.contributions)
