"""Associations against SciPy, groups that add up, and inference on the group rather than on its members."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, spearmanr

from dlaudit.attributions.gaps.associations import associations, half_and_half
from dlaudit.attributions.gaps.decomposed import decomposition
from dlaudit.attributions.gaps.groups import grouped, with_groups
from dlaudit.attributions.gaps.inference import Units
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.data.batch import Player
from dlaudit.stats.multiplicity import holm

PAIR = Pair(metric="mean_score", by=("g",), slice="g=a", reference="g=b")


def players(*widths):
    ends = np.cumsum([0, *widths])
    return [
        Player(name=f"p{at}", columns=tuple(range(ends[at], ends[at + 1]))) for at in range(len(widths))
    ]  # fmt: skip


def levels(code, count):
    return np.eye(count)[code]


def test_numbers_go_together_as_their_ranks_do():
    rng = np.random.default_rng(0)
    columns = np.round(rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4)), 1)
    columns[:, 3] = -np.exp(columns[:, 0])
    found = associations(columns, players(1, 1, 1, 1))
    assert found == pytest.approx(np.abs(spearmanr(columns).statistic), abs=1e-6)
    assert found[0, 3] == pytest.approx(1, abs=1e-6)


def test_levels_go_together_as_cramers_v_without_its_bias():
    rng = np.random.default_rng(1)
    one = rng.integers(0, 4, 800)
    other = np.where(rng.random(800) < 0.6, one % 3, rng.integers(0, 3, 800))
    found = associations(np.column_stack([levels(one, 4), levels(other, 3)]), players(4, 3))[0, 1]
    table = np.zeros((4, 3))
    np.add.at(table, (one, other), 1)
    squared = chi2_contingency(table, correction=False).statistic / 800
    r, k = 4 - 3**2 / 799, 3 - 2**2 / 799
    assert found == pytest.approx(np.sqrt(max(0, squared - 3 * 2 / 799) / (min(r, k) - 1)), abs=1e-5)


def test_a_number_and_levels_go_together_as_the_correlation_ratio_of_ranks():
    rng = np.random.default_rng(2)
    code = rng.integers(0, 5, 600)
    number = rng.normal(size=600) + 0.7 * code
    found = associations(np.column_stack([number, levels(code, 5)]), players(1, 5))[0, 1]
    rank = np.argsort(np.argsort(number)) + 0.5
    means = np.array([rank[code == one].mean() for one in range(5)])
    ratio = ((means[code] - rank.mean()) ** 2).sum() / ((rank - rank.mean()) ** 2).sum()
    assert found == pytest.approx(np.sqrt(ratio - 4 / 599), abs=1e-5)


def test_an_input_and_its_copy_go_together_fully_and_a_constant_with_nothing():
    rng = np.random.default_rng(3)
    code = rng.integers(0, 6, 300)
    vector = rng.normal(size=(300, 3))
    columns = np.column_stack(
        [levels(code, 6), levels(5 - code, 6), vector, vector @ rng.normal(size=(3, 3)), np.ones(300)]
    )
    found = associations(columns, players(6, 6, 3, 3, 1))
    assert found[0, 1] == pytest.approx(1, abs=1e-6)
    assert found[2, 3] > 0.9
    assert found[4].tolist() == [0, 0, 0, 0, 1]
    assert np.array_equal(found, found.T) and found.max() <= 1 and found.min() >= 0


def test_unrelated_levels_show_an_association_only_where_chance_is_left_in():
    rng = np.random.default_rng(4)
    taken, left = [], []
    for _ in range(60):
        codes = rng.integers(0, 12, (200, 2))
        found = associations(np.column_stack([levels(codes[:, 0], 12), levels(codes[:, 1], 12)]), players(12, 12))
        taken.append(found[0, 1])
        table = np.zeros((12, 12))
        np.add.at(table, (codes[:, 0], codes[:, 1]), 1)
        left.append(np.sqrt(chi2_contingency(table, correction=False).statistic / 200 / 11))
    assert np.mean(taken) < 0.05 < 0.2 < np.mean(left)


def test_weights_count_as_copies_and_both_slices_count_half():
    rng = np.random.default_rng(5)
    columns = rng.normal(size=(80, 2)) @ [[1, 0.6], [0, 1]]
    times = rng.integers(1, 4, 80)
    copied = associations(np.repeat(columns, times, axis=0), players(1, 1))
    assert associations(columns, players(1, 1), times.astype(float)) == pytest.approx(copied, abs=1e-6)
    weight = half_and_half(np.ones(10), np.full(40, 2.0))
    assert weight[:10].sum() == pytest.approx(0.5) and weight.sum() == pytest.approx(1)


def test_a_chain_is_not_one_group_and_a_strong_pair_is_not_parted():
    chain = np.array([[1, 0.8, 0.1], [0.8, 1, 0.8], [0.1, 0.8, 1]])
    assert sorted(map(len, grouped(chain, 3, 0.7))) == [1, 2]
    third = np.array([[1, 0.95, 0.75], [0.95, 1, 0.66], [0.75, 0.66, 1]])
    assert grouped(third, 3, 0.7) == [[0, 1, 2]]
    assert grouped(np.eye(3), 4, 0.7) == [[0], [1], [2], [3]]
    assert grouped(np.ones((1, 1)), 2, 0.7) == [[0], [1]]


def split_of(rng, effects, rows=120, spread=1.0, rounds=6, noise=0.0):
    """A split with the given contributions, plus people's spread; the first two inputs cancel within people."""
    count = len(effects)

    def side(n):
        people = rng.normal(0, spread, (n, count))
        people[:, 1] = -people[:, 0] + 0.05 * people[:, 1]
        values = np.asarray(effects) + people - people.mean(axis=0)
        return Side(values=values, score=rng.normal(size=n), weight=np.ones(n), noise=np.full((n, count), noise))

    a, b = side(rows), side(rows)
    b = Side(
        values=b.values + a.values.mean(axis=0) - b.values.mean(axis=0), score=b.score, weight=b.weight, noise=b.noise
    )
    totals = a.values.mean(axis=0) + rng.normal(0, 1e-3, (rounds, count))
    return Split(features=[f"x{at}" for at in range(count)], a=a, b=b, rounds=totals)


def groups_of(split, found, threshold=0.7, units=None):
    record = decomposition(PAIR, split, np.random.default_rng(0))
    return record, with_groups(record, split, found, threshold, np.random.default_rng(1), units=units)


PAIRED = np.array([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1.0]])


def test_a_group_is_the_sum_of_its_members_and_groups_add_up_as_contributions_do():
    record, done = groups_of(split_of(np.random.default_rng(6), [0.5, -0.2, 0.1]), PAIRED)
    values = {one.feature: one.value for one in record.contributions}
    assert sum(one.value for one in done.groups) == pytest.approx(sum(values.values()), abs=1e-12)
    together = next(one for one in done.groups if len(one.members) == 2)
    assert together.members == ["x0", "x1"] and together.name == "x0 + x1"
    assert together.value == pytest.approx(values["x0"] + values["x1"], abs=1e-12)
    assert together.association == pytest.approx(0.9) and done.grouped_at == 0.7
    assert done.contributions == record.contributions


def test_two_inputs_that_share_a_sure_sum_are_marked_together_though_neither_is_alone():
    rng = np.random.default_rng(7)
    record, done = groups_of(split_of(rng, [0.1, 0.1, 0.0], spread=2.0, rows=60), PAIRED)
    alone = {one.feature: one for one in record.contributions}
    together = next(one for one in done.groups if len(one.members) == 2)
    assert not alone["x0"].marked and not alone["x1"].marked and together.marked
    assert together.high - together.low < 0.2 * (alone["x0"].high - alone["x0"].low)


def test_adding_up_the_ends_of_members_intervals_is_not_the_interval_of_the_group():
    rng = np.random.default_rng(8)
    record, done = groups_of(split_of(rng, [0.1, 0.1, 0.0]), PAIRED)
    alone = {one.feature: one for one in record.contributions}
    together = next(one for one in done.groups if len(one.members) == 2)
    naive = sum(alone[name].high - alone[name].low for name in ("x0", "x1"))
    assert naive > 5 * (together.high - together.low)


def test_a_group_of_one_keeps_its_interval_and_holm_counts_the_groups():
    record, done = groups_of(split_of(np.random.default_rng(9), [0.3, 0.2, 0.15]), PAIRED)
    third = next(one for one in done.groups if one.members == ["x2"])
    own = next(one for one in record.contributions if one.feature == "x2")
    assert (third.low, third.high, third.p_value) == (own.low, own.high, own.p_value)
    assert third.association is None
    expected = holm(np.array([one.p_value for one in done.groups]))
    assert [one.p_adjusted for one in done.groups] == pytest.approx(expected.tolist())


def test_without_associations_above_the_threshold_every_input_stands_alone():
    record, done = groups_of(split_of(np.random.default_rng(10), [0.3, 0.2, 0.1]), np.eye(3))
    assert [one.members for one in done.groups] == [[one.feature] for one in record.contributions]
    assert [one.p_adjusted for one in done.groups] == [one.p_adjusted for one in record.contributions]


def test_a_label_that_is_a_player_stands_alone():
    split = split_of(np.random.default_rng(11), [0.3, 0.2, 0.1])
    record = decomposition(PAIR, split, np.random.default_rng(0))
    done = with_groups(record, split, PAIRED[:2, :2], 0.7, np.random.default_rng(1))
    assert sorted(one.members for one in done.groups) == [["x0", "x1"], ["x2"]]


def test_people_with_several_rows_count_as_people_in_groups_too():
    split = split_of(np.random.default_rng(12), [0.1, 0.1, 0.0], rows=40)

    def four(side):
        return Side(**{
            name: None if (v := getattr(side, name)) is None else np.repeat(v, 4, axis=0)
            for name in ("values", "score", "weight", "noise")
        })  # fmt: skip

    several = Split(features=split.features, a=four(split.a), b=four(split.b), rounds=split.rounds)
    unit = np.repeat(np.arange(40), 4)
    _, alone = groups_of(split, PAIRED)
    _, naive = groups_of(several, PAIRED)
    _, held = groups_of(several, PAIRED, units=Units(a=unit, b=40 + unit))  # other people
    width = [next(one.high - one.low for one in done.groups if len(one.members) == 2) for done in (alone, naive, held)]
    assert width[1] < 0.65 * width[0] and width[2] == pytest.approx(width[0], rel=0.15)


def test_marks_of_a_group_that_is_nothing_are_rare():
    repetitions, marked = 80, 0
    for seed in range(repetitions):
        rng = np.random.default_rng(1000 + seed)
        # two members with opposite, sure parts: their sum is nothing in the population
        a, b = (rng.normal(0, s, (80, 1)) for s in (1.0, 2.0))
        value = a.mean() - b.mean()
        sides = []
        for own, sign in ((a, 1), (b, -1)):
            part = value + sign * (own - own.mean())
            sides.append(
                Side(values=np.column_stack([part[:, 0] + 3, 0 * part[:, 0] - 3]), score=own[:, 0], weight=np.ones(80))
            )
        split = Split(features=["x", "y"], a=sides[0], b=sides[1], rounds=np.array([[value + 3, -3.0]]))
        record = decomposition(PAIR, split, np.random.default_rng(seed))
        done = with_groups(record, split, np.ones((2, 2)), 0.7, np.random.default_rng(seed))
        marked += done.groups[0].marked
        assert all(one.marked for one in record.contributions)
    assert marked / repetitions <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repetitions)
