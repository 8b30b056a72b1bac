"""Composition and context: exact sums, planted truths, and what chance and bins may do to them."""

import numpy as np
import pytest
import torch
from gap_nets import Mlp, Plain, shapley, side_by_side, split_gap_of
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.attributions.gaps.composition import MOST_BINS, kitagawa, with_composition
from dlaudit.attributions.gaps.decomposed import decomposition
from dlaudit.attributions.gaps.levels import bins_of, levels_of
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.data.batch import Player

PAIR = Pair(metric="mean_prediction", by=("g",), slice="g=a", reference="g=b")


def players(count):
    return [Player(name=f"input {at + 1}", columns=(at,)) for at in range(count)]


def parts_of(net, a, b, *, owners=None, metric="mean_prediction", task="regression", rounds=8, labels=None):
    """Contributions by name, with composition and context, of two slices of columns."""
    owners = owners or players(a.shape[1])
    a, b = (torch.as_tensor(one, dtype=torch.float32) for one in (a, b))
    if labels is None:
        labels = np.zeros(len(a)), np.zeros(len(b))
    match = side_by_side(net, a, b, task=task, labels=labels, players=owners)
    split = split_gap_of(match, metric, task, rounds=rounds, pooled=True)
    record = decomposition(PAIR, split, np.random.default_rng(0))
    done = with_composition(record, split, a.numpy(), b.numpy(), owners)
    return {one.feature: one for one in done.contributions}, split


def adds_up(one):
    assert one.composition + one.context + one.unsupported == pytest.approx(one.value, abs=1e-9)


@pytest.mark.parametrize("rounds", [2, 6])
@pytest.mark.parametrize(("metric", "task"), [("mean_score", "binary"), ("true_positive_rate", "binary"),
                                              ("accuracy", "binary"), ("log_loss", "binary"),
                                              ("mean_absolute_error", "regression")])  # fmt: skip
def test_the_three_add_up_to_every_contribution_of_every_metric(metric, task, rounds):
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.4, 1, (90, 5)), rng.normal(0, 1.3, (70, 5))
    a[:, 4], b[:, 4] = rng.integers(0, 3, 90), rng.integers(1, 4, 70)
    labels = tuple(rng.integers(0, 2, n) if task == "binary" else rng.normal(size=n) for n in (90, 70))
    found, split = parts_of(Mlp(5, seed=2), a, b, metric=metric, task=task, rounds=rounds, labels=labels)
    assert set(split.features) - {"label"} == {f"input {at}" for at in range(1, 6)}
    for name, one in found.items():
        if name == "label":
            assert one.composition is None
        else:
            adds_up(one)
    assert found["input 5"].unsupported != 0.0


def test_the_shapley_values_of_a_game_played_backwards_are_its_own_with_the_other_sign():
    """Self-duality, on which the pooled function rests: v(S) -> v(not S)."""
    values = dict(zip(range(16), np.random.default_rng(2).normal(size=16), strict=True))

    def of(present):
        return values[sum(1 << one for one in present)]

    forward = shapley(of, 4)
    backward = shapley(lambda present: of(frozenset(range(4)) - present), 4)
    assert forward == pytest.approx(-backward, abs=1e-12)


def test_the_pooled_function_has_means_of_half_the_contribution_with_either_sign():
    rng = np.random.default_rng(3)
    _, split = parts_of(Mlp(4, seed=3), rng.normal(0.5, 1, (60, 4)), rng.normal(0, 1, (40, 4)))
    assert split.a.pooled.mean(axis=0) == pytest.approx(split.values / 2, abs=1e-9)
    assert split.b.pooled.mean(axis=0) == pytest.approx(-split.values / 2, abs=1e-9)


def test_an_input_that_adds_up_with_the_others_has_no_context():
    rng = np.random.default_rng(4)
    net = Plain(lambda x: 2 * x[:, 0] - x[:, 1] + (x[:, 2] > 0))
    found, _ = parts_of(net, rng.normal(0.6, 1, (1500, 3)), rng.normal(0, 1, (1500, 3)))
    for one in found.values():
        adds_up(one)
        assert one.composition == pytest.approx(one.value, abs=0.03 * max(abs(one.value), 0.3))
        assert abs(one.context) < 0.03


def test_equal_values_that_keep_other_company_are_all_context():
    """f = x1 x2 with the same values of both inputs in both slices, alike in one and opposed in the other.

    D1 = 1/2 (cov_A - cov_B) from the definition, and no value is more frequent in either slice.
    """
    rng = np.random.default_rng(5)
    first, other = rng.normal(size=(2, 1500)), rng.normal(size=(2, 1500))
    a = np.column_stack([first[0], 0.8 * first[0] + 0.6 * other[0]])
    b = np.column_stack([first[1], -0.8 * first[1] + 0.6 * other[1]])
    found, _ = parts_of(Plain(lambda x: x[:, 0] * x[:, 1]), a, b)
    for one in found.values():
        adds_up(one)
        assert one.value == pytest.approx(0.8, abs=0.1)
        assert one.context == pytest.approx(one.value, abs=0.06) and abs(one.composition) < 0.05


def test_the_share_of_bins_that_both_slices_have_is_split_and_the_rest_is_told_apart():
    a, b = np.zeros((200, 2)), np.zeros((200, 2))
    a[:, 0], b[:, 0] = np.repeat([0, 1], 100), np.repeat([1, 2], 100)
    rng = np.random.default_rng(6)
    a[:, 1], b[:, 1] = rng.normal(size=200), rng.normal(size=200)
    found, _ = parts_of(Plain(lambda x: 3.0 * x[:, 0]), a, b)
    adds_up(found["input 1"])
    # means over both slices: 1; the people at 1 contribute 0, those at 0 and 2 minus and plus 3, half of each slice
    assert found["input 1"].unsupported == pytest.approx(-3, abs=0.05)
    assert found["input 1"].composition == pytest.approx(0, abs=1e-9)


def test_the_levels_of_a_one_hot_input_are_its_bins():
    rng = np.random.default_rng(7)
    code_a, code_b = rng.choice(4, 400, p=[0.5, 0.2, 0.2, 0.1]), rng.choice(4, 400, p=[0.1, 0.2, 0.3, 0.4])
    a, b = (np.eye(5)[code][:, :4] for code in (code_a, code_b))
    a, b = (np.column_stack([one, rng.normal(size=400)]) for one in (a, b))
    owners = [Player(name="where", columns=(0, 1, 2, 3)), Player(name="noise", columns=(4,))]
    effect = torch.tensor([0.0, 1.0, -1.0, 2.0])
    found, _ = parts_of(Plain(lambda x: x[:, :4] @ effect), a, b, owners=owners)
    adds_up(found["where"])
    assert found["where"].composition == pytest.approx(found["where"].value, abs=0.04)
    assert found["noise"].value == pytest.approx(0, abs=1e-6)


def test_several_numbers_in_one_player_have_no_bins_and_get_none():
    rng = np.random.default_rng(8)
    owners = [Player(name="vector", columns=(0, 1)), Player(name="x", columns=(2,))]
    found, _ = parts_of(Mlp(3), rng.normal(0.5, 1, (50, 3)), rng.normal(size=(50, 3)), owners=owners)
    assert found["vector"].composition is None and found["vector"].context is None
    adds_up(found["x"])


def test_without_pooled_contributions_or_a_table_nothing_is_added():
    rng = np.random.default_rng(9)
    side = Side(values=rng.normal(size=(40, 1)), score=rng.normal(size=40), weight=np.ones(40))
    split = Split(features=["x"], a=side, b=side, rounds=np.zeros((2, 1)))
    record = decomposition(PAIR, split, np.random.default_rng(0))
    table = rng.normal(size=(40, 1))
    assert with_composition(record, split, table, table, players(1)) is record
    images = rng.normal(size=(40, 3, 4, 4))
    assert with_composition(record, split, images, images, players(3)) is record


def test_other_shares_of_labels_alone_make_no_composition():
    """Inputs follow labels alike in both slices, labels differ: all of the loss gap is label mix."""
    rng = np.random.default_rng(10)
    labels = (rng.random(1500) < 0.3).astype(int), (rng.random(1500) < 0.7).astype(int)
    a, b = (rng.normal(0, 1, (1500, 2)) + np.column_stack([y, 0 * y]) for y in labels)
    net = Plain(lambda x: x[:, 0] + 0.5 * x[:, 1])
    found, split = parts_of(net, a, b, metric="log_loss", task="binary", labels=labels)
    assert split.label_mix is not None
    one = found["input 1"]
    adds_up(one)
    raw = np.mean(a[:, 0]) - np.mean(b[:, 0])
    assert abs(raw) > 0.35 and abs(one.composition) < 0.02


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_the_parts_of_any_function_and_any_bins_add_up(seed):
    rng = np.random.default_rng(seed)
    mass = rng.random((2, 30)) * (rng.random((2, 30)) < 0.7)
    mass /= np.maximum(mass.sum(axis=1, keepdims=True), 1e-12)
    phi, code = rng.normal(size=30), rng.integers(0, 6, 30)
    parts = kitagawa(phi, mass, code, 6)
    total = parts.composition + parts.context + parts.unsupported
    assert total == pytest.approx(float((mass[0] - mass[1]) @ phi), abs=1e-12)
    turned = kitagawa(phi, mass[::-1], code, 6)
    assert turned.composition == pytest.approx(-parts.composition, abs=1e-12)
    assert turned.context == pytest.approx(-parts.context, abs=1e-12)


@pytest.mark.parametrize(("bins", "missed"), [(5, 0.10), (10, 0.041), (20, 0.0175), (MOST_BINS, 0.01)])
def test_bins_miss_of_a_linear_composition_what_the_page_says(bins, missed):
    middles = np.linspace(-6, 6, 200_001)
    density = np.stack([np.exp(-((middles - m) ** 2) / 2) for m in (0.5, -0.5)])
    density /= density.sum(axis=1, keepdims=True)
    code = bins_of(middles, density.sum(axis=0), bins)
    parts = kitagawa(middles, density, code, bins)
    whole = parts.composition + parts.context
    assert whole == pytest.approx(1, abs=1e-4)
    assert 0.8 * missed < parts.context / whole < missed + 0.005


def test_bins_hold_about_equal_weight_and_keep_equal_values_together():
    rng = np.random.default_rng(11)
    values = np.round(rng.normal(size=2000), 1)
    code = bins_of(values, np.ones(2000), 10)
    assert code.min() == 0 and len(np.unique(code)) <= 10
    for value in np.unique(values):
        assert len(np.unique(code[values == value])) == 1
    assert np.all(np.diff(code[np.argsort(values, kind="stable")]) >= 0)
    smooth = bins_of(rng.normal(size=2000), np.ones(2000), 10)
    assert np.bincount(smooth).tolist() == [200] * 10


def test_columns_are_levels_only_where_one_of_them_is_one():
    assert levels_of(np.array([[3.0], [5.0], [3.0]]), 2).tolist() == [0, 1, 0]
    assert levels_of(np.arange(5.0)[:, None], 4) is None
    assert levels_of(np.array([[1, 0], [0, 0], [0, 1]]), 2).tolist() == [0, 2, 1]
    assert levels_of(np.array([[1, 1], [0, 0]]), 2) is None
    assert levels_of(np.array([[0.5, 0.2], [0, 0]]), 2) is None
