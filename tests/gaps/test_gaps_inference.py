"""Intervals, p-values and marks of the parts of a split: coverage, the null, and records."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gap_nets import Mlp, Plain, normal, side_by_side, split_gap_of
from scipy.special import stdtrit

from dlaudit.attributions.gaps.decomposed import AllRows, GapRows, all_rows, decomposition
from dlaudit.attributions.gaps.games import game_of
from dlaudit.attributions.gaps.groups import with_groups
from dlaudit.attributions.gaps.inference import Units, judged, monte_carlo
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.attributions.resample import Extra, people, studentised
from dlaudit.data.batch import Player

PAIR = Pair(metric="mean_score", by=("sex",), slice="sex=F", reference="sex=M")
PRODUCT = Plain(lambda x: x[:, 0] * x[:, 1] + x[:, 2])
"""Means m and n of the slices' inputs: the product's parts are (m1 - n1)(m2 + n2) / 2 and (m2 - n2)(m1 + n1) / 2."""


def product_split(draws, sizes, spreads=(1.0, 1.0), shift=0.4, seed=0, **asked):
    a = draws.standard_normal((sizes[0], 3)) * spreads[0] + shift
    b = draws.standard_normal((sizes[1], 3)) * spreads[1]
    match = side_by_side(PRODUCT, torch.from_numpy(a), torch.from_numpy(b), task="regression", seed=seed)
    return split_gap_of(match, "mean_prediction", "regression", **asked)


def truth(shift=0.4):
    return np.array([shift * shift / 2, shift * shift / 2, shift])


def with_luck(split):
    """The split as if nothing were known of the luck of the draw: what a person's own mean holds of it stays in."""
    sides = [Side(values=one.values, score=one.score, weight=one.weight) for one in (split.a, split.b)]
    return Split(features=split.features, a=sides[0], b=sides[1], rounds=split.rounds)


def test_nominal_90_percent_intervals_cover_87_to_93_percent_and_would_cover_more_with_the_luck_of_the_draw():
    covered, wide = [], []
    for sizes, spreads, rounds in (((60, 60), (1.0, 1.0), 2), ((60, 150), (2.0, 0.7), 4)):
        for run in range(100):
            draws = np.random.default_rng([3, run, *sizes])
            split = product_split(draws, sizes, spreads, seed=run, rounds=rounds)
            for one, found in ((split, covered), (with_luck(split), wide)):
                got = judged(one, Units(), draws, level=0.9, replicates=499)
                found.append((got.low <= truth()) & (truth() <= got.high))
    slack = 3 * np.sqrt(0.9 * 0.1 / 200)  # parts of one split are not independent
    assert 0.87 - slack / 2 <= np.mean(covered) <= 0.93 + slack / 2
    assert np.mean(wide) > np.mean(covered) + 0.02


def clustered(draws, units, each):
    who = np.repeat(np.arange(units), each)
    rows = draws.standard_normal((units, 3))[who] + 0.3 * draws.standard_normal((len(who), 3))
    return who, torch.from_numpy(rows)


def test_rows_of_one_person_count_as_one():
    """30 people of 4 rows each, both slices alike: 90 % intervals by person cover 0, those by row would not."""
    by_person, by_row = [], []
    for run in range(80):
        draws = np.random.default_rng([4, run])
        (who_a, a), (who_b, b) = clustered(draws, 30, 4), clustered(draws, 40, 4)
        split = split_gap_of(side_by_side(PRODUCT, a, b, task="regression", seed=run), "mean_prediction", "regression")
        for units, found in ((Units(a=who_a, b=who_b), by_person), (Units(), by_row)):
            got = judged(split, units, draws, level=0.9, replicates=499)
            found.append((got.low <= 0) & (got.high >= 0))
    slack = 3 * np.sqrt(0.9 * 0.1 / 80)
    assert abs(np.mean(by_person) - 0.9) < 0.03 + slack / 2
    assert np.mean(by_row) < 0.75


def permutation_marks(split, draws, count=99):
    """Marks of the naive test: people shuffled between the slices, with their contributions against both slices."""
    values = np.vstack([split.a.pooled, split.b.pooled])
    first = len(split.a.values)
    orders = (draws.permutation(len(values)) for _ in range(count))
    moved = np.array([values[one[:first]].mean(0) - values[one[first:]].mean(0) for one in orders])
    p = (1 + (np.abs(moved) >= np.abs(split.values)).sum(0)) / (count + 1)
    return p.min() * len(p) <= 0.05


def test_alike_slices_are_marked_no_more_than_alpha_even_with_unequal_spreads_where_permutation_is():
    """The smaller slice is the more spread out. The twin, a permutation of people, errs far more often."""
    marks, shuffled, runs = [], [], 120
    for run in range(runs):
        draws = np.random.default_rng([5, run])
        split = product_split(draws, (30, 200), (3.0, 0.5), shift=0.0, seed=run, pooled=True)
        marks.append(judged(split, Units(), draws, replicates=499).marked.any())
        shuffled.append(permutation_marks(split, draws))
    slack = 3 * np.sqrt(0.05 * 0.95 / runs)
    assert np.mean(marks) <= 0.05 + slack
    assert np.mean(shuffled) > 0.05 + slack


def test_a_planted_difference_is_marked_and_the_rest_is_not():
    net = torch.nn.Linear(3, 1, bias=False).double()
    torch.nn.init.constant_(net.weight, 1.0)
    a, b = normal(200, 3), normal(200, 3, seed=1)
    a[:, 1] -= 2.0
    split = split_gap_of(side_by_side(net, a, b, task="regression"), "mean_prediction", "regression")
    found = decomposition(PAIR, split, np.random.default_rng(0))
    first, *rest = found.contributions
    assert first.feature == "input 2" and -2.5 < first.low < first.high < -1.5
    assert first.marked and first.p_adjusted < 1e-6
    assert all(c.low <= 0 <= c.high and not c.marked for c in rest)
    assert found.raised + found.lowered == pytest.approx(found.gap, abs=1e-9)
    assert found.lowered <= first.value + 1e-12


def test_a_part_of_many_can_be_marked_although_replicates_are_few():
    """Holm over 100 parts asks for p-values below those that 1,999 replicates can count."""
    split = product_split(np.random.default_rng(0), (400, 400), shift=2.0)
    many = np.tile(split.a.values[:, 2:], 100), np.tile(split.b.values[:, 2:], 100)
    a, b = (
        Side(values=one, noise=np.zeros_like(one), score=side.score, weight=side.weight)
        for one, side in zip(many, (split.a, split.b), strict=True)
    )
    wide = Split(features=[f"x{at}" for at in range(100)], a=a, b=b, rounds=np.tile(split.rounds[:, 2:], 100))
    found = judged(wide, Units(), np.random.default_rng(0))
    assert found.p_value.max() < 1 / 2000
    assert found.marked.all()


def test_p_values_and_intervals_agree_at_their_common_level():
    split = product_split(np.random.default_rng(1), (80, 80), shift=0.3)
    found = judged(split, Units(), np.random.default_rng(0))
    for at, p_value in enumerate(found.p_value):
        outside = found.low[at] > 0 or found.high[at] < 0
        assert outside == (p_value < 0.05) or abs(p_value - 0.05) < 0.003


def test_a_part_that_is_nothing_for_everybody_has_no_p_value_and_one_that_is_the_same_for_all_is_marked():
    a, b = normal(40, 3), normal(50, 3, seed=1)
    a[:, 0], b[:, 0] = 1.0, 0.0
    net = Plain(lambda x: 2 * x[:, 0] + x[:, 1])
    split = split_gap_of(side_by_side(net, a, b, task="regression"), "mean_prediction", "regression")
    parts = {c.feature: c for c in decomposition(PAIR, split, np.random.default_rng(0)).contributions}
    nothing, same = parts["input 3"], parts["input 1"]
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    assert nothing.p_value is None and nothing.p_adjusted is None and not nothing.marked
    assert same.low == pytest.approx(2) and same.high == pytest.approx(2) and same.marked


def test_rounding_is_never_marked():
    """Contributions of 1e-12 that all point one way, beside scores of about 1."""
    draws = np.random.default_rng(0)
    sides = [
        Side(
            values=np.column_stack([1e-12 + 1e-13 * draws.standard_normal(50), 0.5 + 0.1 * draws.standard_normal(50)]),
            score=1 + 0.1 * draws.standard_normal(50),
            weight=np.ones(50),
        )
        for _ in range(2)
    ]
    split = Split(features=["x", "y"], a=sides[0], b=sides[1], rounds=np.tile([1e-12, 0.5], (4, 1)))
    assert judged(split, Units(), draws).marked.tolist() == [False, True]


def test_few_people_get_no_interval_and_one_round_no_noise():
    split = product_split(np.random.default_rng(0), (6, 60))
    found = decomposition(PAIR, split, np.random.default_rng(0))
    assert found.low is None and found.noise is not None
    assert all(c.low is None and c.p_value is None and not c.marked for c in found.contributions)
    once = Split(features=split.features, a=split.a, b=split.b, rounds=split.rounds[:1])
    assert monte_carlo(once) is None


def test_the_noise_that_is_told_is_the_spread_between_draws():
    draws = np.random.default_rng(0)
    a, b = (torch.from_numpy(draws.standard_normal((50, 3)) + 0.3) for _ in range(2))
    splits = [
        split_gap_of(side_by_side(PRODUCT, a, b, task="regression", seed=seed), "mean_prediction", "regression")
        for seed in range(80)
    ]
    actual = np.var([one.values for one in splits], axis=0)
    told = np.mean([monte_carlo(one) ** 2 for one in splits], axis=0)
    np.testing.assert_allclose(told[:2], actual[:2], rtol=0.6)
    np.testing.assert_allclose([actual[2], told[2]], 0, atol=1e-20)  # no interaction, no luck


def test_noise_between_people_is_taken_out_of_their_spread():
    draws = np.random.default_rng(0)
    real = draws.standard_normal((4000, 1))
    seen = real + 2 * draws.standard_normal((4000, 1))
    found = people(seen, noise=np.full((4000, 1), 4.0))
    assert found.residual.var() == pytest.approx(1.0, rel=0.15)
    assert people(seen).residual.var() == pytest.approx(5.0, rel=0.1)
    all_noise = people(seen, noise=np.full((4000, 1), 9.0))
    assert (all_noise.residual == 0).all()


def test_an_error_of_the_calculation_widens_the_interval():
    part = people(np.random.default_rng(0).standard_normal((100, 1)))
    plain = studentised([part], np.random.default_rng(0)).error[0]
    more = studentised([part], np.random.default_rng(0), extra=Extra(squared=np.array([plain**2]), freedom=15))
    assert more.error[0] == pytest.approx(np.sqrt(2) * plain)
    low, high = more.offsets(0.9)
    assert high[0] - low[0] > 2.5 * plain


def test_the_record_adds_up_and_names_its_parts():
    players = (Player(name="job", columns=(0, 2)), Player(name="age", columns=(1,)), Player(name="z", columns=(3,)))
    labels = (np.arange(30) % 2, np.arange(40) % 3 % 2)
    a, b = normal(30, 4) + 0.5, normal(40, 4, seed=1)
    split = split_gap_of(side_by_side(Mlp(4).double(), a, b, labels=labels, players=players), "log_loss")
    found = decomposition(PAIR, split, np.random.default_rng(0), players=players, encoded=["j=a", "age", "j=b", "z"])
    parts = [*(c.value for c in found.contributions), found.label_mix.value, found.residual]
    assert abs(found.gap - sum(parts)) < 1e-12 and abs(found.residual) < 1e-12
    sizes = [abs(c.value) for c in found.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert {c.feature: c.columns for c in found.contributions} == {"job": ["j=a", "j=b"], "age": [], "z": []}
    assert found.low < found.gap < found.high
    assert found.label_mix.low < found.label_mix.value < found.label_mix.high
    assert found.raised >= 0 >= found.lowered
    assert (found.rows, found.slice, found.reference, found.by) == (70, "sex=F", "sex=M", ["sex"])
    assert found.noise > 0 and "not causes" in found.estimand and "same label" in found.estimand


def test_only_the_rows_that_a_rate_counts_are_told():
    labels = (np.arange(30) % 2, np.arange(40) % 4 // 3)
    split = split_gap_of(
        side_by_side(Mlp(4).double(), normal(30, 4), normal(40, 4, seed=1), labels=labels), "true_positive_rate"
    )
    assert decomposition(PAIR, split, np.random.default_rng(0)).rows == 15 + 10


def test_what_a_sample_of_rows_leaves_out_stands_as_residual():
    net, a, b = torch.nn.Linear(3, 1).double(), normal(60, 3) + 1, normal(60, 3, seed=1)
    match = side_by_side(net, a, b, task="binary")
    game = game_of("selection_rate", "binary")
    scores = match.request.score(*match.request.rows).detach().numpy()
    whole = [all_rows(game, scores[at], np.zeros(60, dtype=int)) for at in (slice(60), slice(60, None))]
    split = split_gap_of(side_by_side(net, a[:20], b[:20]), "selection_rate")
    found = decomposition(PAIR, split, np.random.default_rng(0), rows=GapRows(a=whole[0], b=whole[1]))
    assert found.gap == pytest.approx((scores[:60] >= 0.5).mean() - (scores[60:] >= 0.5).mean(), abs=1e-12)
    assert abs(found.residual) > 1e-3
    assert abs(found.gap - sum(c.value for c in found.contributions) - found.residual) < 1e-12


def test_all_rows_of_a_rate_count_those_of_its_label():
    scores, labels = np.array([[0.9], [0.2], [0.7]]), np.array([1, 1, 0])
    found = all_rows(game_of("true_positive_rate", "binary"), scores, labels, weight=np.array([2.0, 1.0, 5.0]))
    assert isinstance(found, AllRows)
    assert found.weight.tolist() == [2.0, 1.0, 0.0]
    assert np.average(found.score, weights=found.weight) == pytest.approx(2 / 3)


def test_marks_of_the_widest_of_many_gaps_hold_their_level_and_would_not_if_picking_were_forgotten():
    """Six slices that are alike, the widest of their 15 gaps."""
    held, forgotten = [], []
    for run in range(120):
        draws = np.random.default_rng([6, run])
        rows = [draws.standard_normal((60, 3)) for _ in range(6)]
        level = [float(PRODUCT.function(one).mean()) for one in rows]
        widest = (torch.from_numpy(rows[pick(level)]) for pick in (np.argmin, np.argmax))
        match = side_by_side(PRODUCT, *widest, task="regression", seed=run)
        split = split_gap_of(match, "mean_prediction", "regression", rounds=2)
        found = judged(split, Units(), draws, replicates=499)
        held.append(found.chosen_from(15).marked.any())
        forgotten.append(found.marked.any())
    slack = 3 * np.sqrt(0.05 * 0.95 / 120)
    assert np.mean(held) <= 0.05
    assert np.mean(forgotten) > 0.05 + slack / 2


def test_a_record_and_its_groups_allow_for_having_picked_the_gap():
    draws = np.random.default_rng(1)
    split = product_split(draws, (80, 80), shift=0.6)
    plain, picked = (
        decomposition(replace(PAIR, chosen_from=gaps), split, np.random.default_rng(0)) for gaps in (1, 10)
    )
    assert picked.chosen_from == 10
    for one, other in zip(plain.contributions, picked.contributions, strict=True):
        assert other.p_adjusted == pytest.approx(min(1.0, 10 * one.p_adjusted))
        assert other.marked == (other.p_adjusted <= 0.05)
    together = np.eye(3)
    grouped = [with_groups(one, split, together, 0.7, np.random.default_rng(0)) for one in (plain, picked)]
    for one, other in zip(grouped[0].groups, grouped[1].groups, strict=True):
        assert other.p_adjusted == pytest.approx(min(1.0, 10 * one.p_adjusted))


def test_the_outer_ends_of_bootstrap_and_student_cover_where_either_alone_does_not():
    """Means of 40 people: with most of the spread on few of them the bootstrap is too short, skewed Student is."""
    found = {"product": [], "skewed": []}
    for run in range(400):
        draws = np.random.default_rng([9, run])
        samples = {
            "product": draws.standard_normal((40, 2)).prod(axis=1),
            "skewed": draws.lognormal(sigma=1.2, size=40),
        }
        for name, values in samples.items():
            truth_of = {"product": 0.0, "skewed": np.exp(0.72)}[name]
            part = people(values[:, None])
            got = studentised([part], draws, replicates=999)
            low, high = (end[0] for end in got.offsets(0.9))
            t = stdtrit(39, 0.95) * values.std(ddof=1) / np.sqrt(40)
            boot = np.quantile(got.ratios[:, 0], [0.95, 0.05]) * got.error[0]
            miss = values.mean() - truth_of
            found[name].append([-high <= miss <= -low, abs(miss) <= t, boot[1] <= miss <= boot[0]])
    both, student, bootstrap = (
        dict(zip(found, one, strict=True))
        for one in zip(*(np.mean(one, axis=0) for one in found.values()), strict=True)
    )
    slack = 3 * np.sqrt(0.9 * 0.1 / 400)
    assert both["product"] >= 0.9 - slack and both["skewed"] >= 0.85
    assert bootstrap["product"] < both["product"]
    assert student["skewed"] < min(both["skewed"], 0.9 - slack)
