"""What the parent makes of contributions: samples, intervals, per-slice means, quality, pairs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.attributions import (
    Answer,
    ExplainedRows,
    MethodAnswer,
    attributions,
    background_sample,
    pairs_to_explain,
    stratified_sample,
)
from dlaudit.attributions.players import layout_of, players_of
from dlaudit.attributions.resample import people, studentised_interval
from dlaudit.errors import ModelRefused
from dlaudit.record import Measurement, Slice
from dlaudit.slices.make import Comparison


def answer(values, completeness=None, change=None, **given):
    def method(name, array):
        return MethodAnswer(
            method=name,
            values=array,
            completeness=np.zeros(len(array)) if completeness is None else completeness,
            change=array.sum(axis=1) if change is None else change,
            reference="r",
        )

    asked = {"features": [f"x{i}" for i in range(next(iter(values.values())).shape[1])], "not_applicable": []}
    asked |= {"largest_grad_difference": 0.0, "unchanged": True, **given}
    return Answer(methods=[method(name, array) for name, array in values.items()], **asked)


# --- samples -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 6), min_size=1, max_size=80), st.integers(1, 60), st.integers(0, 1000))
def test_a_stratified_sample_is_even_and_stands_for_all_rows(codes, k, seed):
    codes = np.array(codes)
    sample = stratified_sample(codes, k, np.random.default_rng(seed))
    assert len(sample.rows) == len(set(sample.rows)) == min(k, len(codes))
    assert (np.diff(sample.rows) > 0).all()
    _, sizes = np.unique(codes, return_counts=True)
    chosen = np.array([(codes[sample.rows] == atom).sum() for atom in np.unique(codes)])
    unfilled = chosen[chosen < sizes]
    assert len(unfilled) == 0 or unfilled.max() - unfilled.min() <= 1
    assert len(unfilled) == 0 or chosen.max() - unfilled.min() <= 1
    if (chosen > 0).all():
        assert abs(sample.weight.sum() - len(codes)) < 1e-9


def test_samples_depend_on_the_seed_alone():
    codes = np.arange(100) % 3
    one, same, other = (stratified_sample(codes, 30, np.random.default_rng(s)).rows for s in (0, 0, 1))
    assert (one == same).all() and (one != other).any()
    assert (
        background_sample(50, 5, np.random.default_rng(0)) == background_sample(50, 5, np.random.default_rng(0))
    ).all()
    assert list(background_sample(3, 5, np.random.default_rng(0))) == [0, 1, 2]


# --- intervals -----------------------------------------------------------------------------------------------


def test_intervals_have_their_level_for_skewed_values():
    """300 samples of 40 exponential values; a t interval covers about .92 there, bootstrap-t about .95."""
    covered = []
    for seed in range(300):
        generator = np.random.default_rng(seed)
        values = generator.exponential(size=(40, 1))
        low, high = studentised_interval([people(values)], generator, replicates=999)
        covered.append(values.mean() + low[0] <= 1 <= values.mean() + high[0])
    assert 0.91 <= np.mean(covered) <= 0.98


def test_the_coverage_test_can_fail():
    covered = []
    for seed in range(100):
        generator = np.random.default_rng(seed)
        values = generator.exponential(size=(40, 1))
        low, high = studentised_interval([people(values)], generator, replicates=999, level=0.6)
        covered.append(values.mean() + low[0] <= 1 <= values.mean() + high[0])
    assert np.mean(covered) < 0.8


def test_rows_of_one_person_count_as_one():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(50, 1))
    plain = studentised_interval([people(values)], np.random.default_rng(1))
    doubled = np.repeat(values, 10, axis=0)
    clustered = studentised_interval([people(doubled, unit=np.repeat(np.arange(50), 10))], np.random.default_rng(1))
    naive = studentised_interval([people(doubled)], np.random.default_rng(1))
    np.testing.assert_allclose(plain, clustered, atol=1e-12)
    assert naive[1][0] < 0.5 * plain[1][0]


def test_constant_values_have_an_interval_without_width_and_few_people_none():
    low, high = studentised_interval([people(np.full((20, 2), 3.3))], np.random.default_rng(0))
    assert (low == 0).all() and (high == 0).all()
    assert studentised_interval([people(np.ones((9, 2)))], np.random.default_rng(0)) is None


def test_a_word_that_hardly_any_text_of_a_slice_has_has_no_interval_there():
    values = np.zeros((60, 2))
    values[:4, 0], values[:20, 1] = 1.0, np.linspace(0, 1, 20)
    rows = ExplainedRows(slices=["overall"], member=np.ones((1, 60), dtype=bool))
    for words, expected in ((True, [False, True]), (False, [True, True])):
        found, _ = attributions(answer({"m": values}), rows, np.random.default_rng(0), words=words)
        assert [one.low is not None for one in found] == expected
        assert [one.mean for one in found] == pytest.approx([4 / 60, 1 / 6])


def test_contributions_of_one_person_in_many_have_finite_ends():
    values = np.zeros((200, 1))
    values[0] = 5.0
    low, high = studentised_interval([people(values)], np.random.default_rng(0))
    assert np.isfinite([low, high]).all() and low[0] <= 0 <= high[0]


# --- players -------------------------------------------------------------------------------------------------


def test_players_must_cover_every_input_once():
    rows = torch.arange(6.0).reshape(2, 3)
    layout = layout_of([["job", [0, 2]], ["age", [1]]], (rows,))
    assert layout.names == ("job", "age") and layout.owner[0].tolist() == [[0, 1, 0]]
    assert layout.gathered((rows,)).tolist() == [[2.0, 1.0], [8.0, 4.0]]
    assert [p.name for p in players_of([], 2)] == ["input 1", "input 2"]
    assert [p.name for p in players_of([], 2, ["a", "b"])] == ["a", "b"]
    for wrong in ([["job", [0]]], [["job", [0, 1]], ["age", [1, 2]]], [["job", [0, 1, 2, 3]]]):
        with pytest.raises(ModelRefused, match="cover"):
            players_of(wrong, 3)


# --- attributions --------------------------------------------------------------------------------------------


def test_slices_have_weighted_means_with_intervals():
    values = np.random.default_rng(0).normal(size=(40, 2))
    member = np.stack([np.ones(40, dtype=bool), np.arange(40) < 15, np.zeros(40, dtype=bool)])
    weight = np.linspace(1, 2, 40)
    rows = ExplainedRows(slices=["overall", "sex=F", "sex=X"], member=member, weight=weight)
    found, left_out = attributions(answer({"m": values}), rows, np.random.default_rng(0))
    assert [(one.slice, one.feature, one.rows) for one in found] == [
        ("overall", "x0", 40),
        ("overall", "x1", 40),
        ("sex=F", "x0", 15),
        ("sex=F", "x1", 15),
    ]
    assert abs(found[0].mean - np.average(values[:, 0], weights=weight)) < 1e-12
    assert abs(found[3].mean_abs - np.average(np.abs(values[:15, 1]), weights=weight[:15])) < 1e-12
    assert all(one.low < one.mean < one.high for one in found)
    assert [one.what for one in left_out] == ["attributions of sex=X"]


def test_summaries_are_the_same_for_the_same_seed():
    values = np.random.default_rng(0).normal(size=(40, 2))
    rows = ExplainedRows(slices=["overall"], member=np.ones((1, 40), dtype=bool))
    one, two = (attributions(answer({"m": values}), rows, np.random.default_rng(3)) for _ in range(2))
    assert one == two


# --- pairs ---------------------------------------------------------------------------------------------------


def one_slice(level, n, **given):
    return Slice(id=f"race={level}", by=["race"], where={"race": level}, n=n, share=0.1, kind="group", **given)


def test_the_widest_gap_comes_first_then_slices_against_the_largest():
    slices = [one_slice("A", 500), one_slice("B", 100), one_slice("C", 200), one_slice("D", 9, small=True)]
    slices += [one_slice("(unknown)", 90, unknown=True)]
    scores = dict(zip("ABCD", [0.5, 0.3, 0.6, 0.01], strict=True))
    measured = [Measurement(metric="mean_score", slice=f"race={k}", value=v) for k, v in scores.items()]
    measured += [Measurement(metric="mean_score", slice="race=(unknown)", value=0.0)]
    measured += [Measurement(metric="selection_rate", slice="race=A", value=1.0)]
    comparisons = [
        Comparison(by=["race"], within={}, slices=[0, 1, 2, 3, 4]),
        Comparison(by=["race", "sex"], within={}, slices=[0, 1]),
        Comparison(by=["race"], slices=[0, 1], within={"region": "N"}),
    ]
    pairs = pairs_to_explain(measured, slices, comparisons)
    assert [(p.slice, p.reference) for p in pairs] == [
        ("race=B", "race=C"),
        ("race=B", "race=A"),
        ("race=C", "race=A"),
    ]
    assert len(pairs_to_explain(measured, slices, comparisons, most=1)) == 1
    assert pairs_to_explain(measured, slices[:1], [Comparison(by=["race"], within={}, slices=[0])]) == []


def test_two_slices_make_one_pair():
    slices = [one_slice("A", 500), one_slice("B", 100)]
    measured = [Measurement(metric="mean_score", slice=s.id, value=v) for s, v in zip(slices, [0.5, 0.3], strict=True)]
    pairs = pairs_to_explain(measured, slices, [Comparison(by=["race"], within={}, slices=[0, 1])])
    assert [(p.slice, p.reference) for p in pairs] == [("race=B", "race=A")]


def test_with_many_people_the_normal_interval_is_the_bootstraps(monkeypatch):
    from dlaudit.attributions import resample

    rng = np.random.default_rng(0)
    part = resample.people(rng.normal(size=(4_000, 2)))
    low, high = resample.studentised_interval([part], np.random.default_rng(1))
    monkeypatch.setattr(resample, "MANY_PEOPLE", 4_000)
    normal_low, normal_high = resample.studentised_interval([part], np.random.default_rng(1))
    np.testing.assert_allclose([normal_low, normal_high], [low, high], rtol=0.08)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose([normal_low, normal_high], [1.2 * low, 1.2 * high], rtol=0.08)


def test_mean_sizes_have_intervals_of_the_same_draws_and_leave_those_of_the_means_as_they_were():
    generator = np.random.default_rng(5)
    values = generator.normal(0.3, 1, (60, 2))
    rows = ExplainedRows(slices=["s"], member=np.ones((1, 60), dtype=bool))
    found, _ = attributions(answer({"m": values}), rows, np.random.default_rng(1))
    low, high = studentised_interval([people(values)], np.random.default_rng(1))
    sizes = studentised_interval([people(np.abs(values))], np.random.default_rng(1))
    for at, one in enumerate(found):
        assert one.low == pytest.approx(values[:, at].mean() + low[at])
        assert one.high == pytest.approx(values[:, at].mean() + high[at])
        assert one.low_abs == pytest.approx(np.abs(values[:, at]).mean() + sizes[0][at])
        assert one.high_abs == pytest.approx(np.abs(values[:, at]).mean() + sizes[1][at])
        assert 0 <= one.low_abs <= one.mean_abs <= one.high_abs


def test_words_and_few_people_have_no_interval_of_sizes():
    values = np.random.default_rng(5).normal(0, 1, (60, 2))
    whole = ExplainedRows(slices=["s"], member=np.ones((1, 60), dtype=bool))
    few = ExplainedRows(slices=["s"], member=np.arange(60)[None] < 5)
    for rows, words in ((whole, True), (few, False)):
        found, _ = attributions(answer({"m": values}), rows, np.random.default_rng(1), words=words)
        assert all(one.low_abs is None and one.high_abs is None and one.mean_abs > 0 for one in found)


def test_intervals_of_sizes_cover_the_mean_size():
    """The same interval of a folded normal: its mean is sqrt(2 / pi). 300 samples of 40, at most 3 s.e. below .95."""
    generator, inside, true = np.random.default_rng(11), 0, np.sqrt(2 / np.pi)
    rows = ExplainedRows(slices=["s"], member=np.ones((1, 40), dtype=bool))
    for _ in range(300):
        (one,), _ = attributions(answer({"m": generator.normal(0, 1, (40, 1))}), rows, generator)
        inside += one.low_abs <= true <= one.high_abs
    assert inside / 300 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300)
