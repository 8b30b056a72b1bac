"""Levels of the checks from this audit's nulls, weights that make up for rows left out, and equal faithfulness."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from dlaudit.attributions import Answer, ExplainedRows, MethodAnswer, quality, trust
from dlaudit.attributions.checks import people as module
from dlaudit.attributions.checks.alike import faithfulness_differences, p_value_of
from dlaudit.attributions.checks.meanings import MEANINGS, meaning
from dlaudit.attributions.checks.people import interval_of, ratio_column, some_of
from dlaudit.attributions.checks.ranks import rank_correlation, rank_correlations
from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.resample import people


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


def of(found, measure, slice_id="overall"):
    (one,) = [q for q in found if q.measure == measure and q.slice == slice_id]
    return one


def checked(figures, nulls, rows, **given):
    """Quality of a method with these figures."""
    found = answer({"m": np.ones((len(next(iter(figures.values()))), 4))})
    method = replace(found.methods[0], figures=figures, nulls=nulls, **given)
    return quality(replace(found, methods=[method]), rows, np.random.default_rng(0))


def everyone(count, **given):
    return ExplainedRows(slices=["overall"], member=np.ones((1, count), dtype=bool), **given)


def faithful_figures(count, *, own=0.6, other=0.1, error=0.5, spread=1.0, seed=0):
    """Figures of a method that predicts effects, with noise between rows."""
    rng = np.random.default_rng(seed)

    def about(value):
        return value + 0.1 * rng.normal(size=count)

    figures = {
        "faithfulness": about(own),
        "infidelity": about(error) * spread,
        "even_split": about(1.0) * spread,
        "apart": about(1.0) * spread,
        "product": about(1.0) * spread,
        "square": about(1.0) * spread,
    }
    return figures, {"faithfulness": about(other), "infidelity": about(error + 1.0) * spread}


# --- adding up, agreement, the model ---------------------------------------------------------------------------


def test_contributions_that_add_up_are_accepted_and_others_flagged():
    values = np.random.default_rng(0).normal(size=(50, 3)) + 1
    rows = ExplainedRows(slices=["overall"], member=np.ones((1, 50), dtype=bool))
    good = quality(answer({"m": values}), rows, np.random.default_rng(0))
    assert of(good, "completeness_error_p95").ok is True and of(good, "completeness_error_p95").value == 0
    bad = quality(answer({"m": values}, completeness=np.full(50, 0.2)), rows, np.random.default_rng(0))
    assert of(bad, "completeness_error_p95").ok is False
    assert of(bad, "completeness_share_over_tolerance").value == 1.0


def test_completeness_is_told_by_slice():
    values = np.ones((40, 3))
    error = np.where(np.arange(40) < 10, 0.5, 0.0)
    member = np.stack([np.arange(40) < 10, np.arange(40) >= 10])
    found = quality(
        answer({"m": values}, completeness=error),
        ExplainedRows(slices=["a", "b"], member=member),
        np.random.default_rng(0),
    )
    assert of(found, "completeness_error_p95", "a").ok is False
    assert of(found, "completeness_error_p95", "b").ok is True


def test_an_error_without_any_change_of_score_is_infinite_and_told_in_words():
    assert np.isinf(relative_error(np.ones(5), np.zeros(5))).all()
    assert (relative_error(np.full(5, 1e-7), np.zeros(5)) == 0).all()
    rows = ExplainedRows(slices=["overall"], member=np.ones((1, 5), dtype=bool))
    found = quality(
        answer({"m": np.ones((5, 3))}, completeness=np.ones(5), change=np.zeros(5)), rows, np.random.default_rng(0)
    )
    assert of(found, "completeness_error_p95").value is None and of(found, "completeness_error_p95").ok is False


def test_agreement_is_a_figure_without_a_required_level():
    values = np.random.default_rng(0).normal(size=(50, 6)) * np.arange(1, 7)
    rows = ExplainedRows(slices=["overall"], member=np.ones((1, 50), dtype=bool))
    same = quality(answer({"m": values, "k": values * 2}), rows, np.random.default_rng(0))
    other = quality(answer({"m": values, "k": values[:, ::-1].copy()}), rows, np.random.default_rng(0))
    assert of(same, "agreement").value == pytest.approx(1) and of(same, "agreement").ok is None
    assert of(other, "agreement").value == pytest.approx(-1)
    assert of(same, "agreement_median_row").value == pytest.approx(1)
    assert of(same, "agreement").method == "m and k"


def test_ranks_equal_scipys_and_are_undefined_without_spread():
    from scipy.stats import spearmanr

    one, other = np.random.default_rng(0).normal(size=(2, 9)).round(1)
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert rank_correlation(one[:2], other[:2]) is None
    assert rank_correlation(np.ones(4), np.arange(4.0)) is None


def test_another_function_or_a_changed_model_is_flagged():
    rows = ExplainedRows(slices=["overall"], member=np.ones((1, 5), dtype=bool))
    good = quality(answer({"m": np.ones((5, 3))}), rows, np.random.default_rng(0))
    bad = quality(
        answer({"m": np.ones((5, 3))}, largest_grad_difference=0.5, unchanged=False), rows, np.random.default_rng(0)
    )
    none = quality(
        answer({"m": np.ones((5, 3))}, largest_grad_difference=None, unchanged=None), rows, np.random.default_rng(0)
    )
    assert [of(good, name).ok for name in ("same_function", "model_unchanged")] == [True, True]
    assert [of(bad, name).ok for name in ("same_function", "model_unchanged")] == [False, False]
    assert not [q for q in none if q.measure in {"same_function", "model_unchanged"}]


# --- levels --------------------------------------------------------------------------------------------------


def test_methods_that_do_not_add_up_by_nature_are_not_asked_to():
    found = answer({"m": np.ones((50, 3))}, completeness=np.full(50, 9.0))
    loose = replace(found, methods=[replace(found.methods[0], adds_up="no")])
    rows = everyone(50)
    strict, free = (
        of(quality(one, rows, np.random.default_rng(0)), "completeness_error_p95") for one in (found, loose)
    )
    assert strict.ok is False and strict.required == 0.02
    assert free.ok is None and free.required is None and free.value == strict.value


def test_levels_come_from_the_nulls_of_this_audit():
    rows = everyone(200)
    figures, nulls = faithful_figures(200)
    good = checked(figures, nulls, rows)
    one = of(good, "faithfulness")
    assert one.ok is True and one.low < one.value < one.high and one.null == pytest.approx(0.1, abs=0.03)
    assert one.null < one.required < one.value
    assert of(good, "relative_infidelity").ok is True and of(good, "scale").ok is True
    assert of(good, "scale").value == pytest.approx(1, abs=0.05)
    as_good = {**nulls, "faithfulness": figures["faithfulness"][::-1], "infidelity": figures["infidelity"][::-1]}
    worthless = checked(figures, as_good, rows)
    assert of(worthless, "faithfulness").ok is False and of(worthless, "relative_infidelity").ok is False


def test_an_error_larger_than_an_even_splits_is_flagged_whatever_the_null():
    figures, nulls = faithful_figures(200, error=1.3)
    found = checked(figures, nulls, everyone(200))
    assert of(found, "faithfulness").ok is True
    assert of(found, "relative_infidelity").ok is False and of(found, "relative_infidelity").required == 1


def test_rows_that_are_all_explained_alike_leave_it_open():
    """Contributions that hardly differ between rows cannot be told from those of other rows; that is no failure."""
    figures, nulls = faithful_figures(100)
    nulls["faithfulness"] = figures["faithfulness"] + 1e-3 * np.random.default_rng(1).normal(size=100)
    nulls["infidelity"] = figures["infidelity"] + 0.01 * np.random.default_rng(2).normal(size=100)
    figures["apart"] = np.full(100, 1e-4)
    found = checked(figures, nulls, everyone(100))
    assert of(found, "faithfulness").ok is None and of(found, "relative_infidelity").ok is None


def test_under_thirty_rows_nothing_is_judged():
    figures, nulls = faithful_figures(29)
    one = of(checked(figures, nulls, everyone(29)), "faithfulness")
    assert one.ok is None and one.value is None and "29 rows" in one.meaning


def test_repeats_are_judged_by_half_the_way_from_the_null_to_one():
    rng = np.random.default_rng(0)
    figures, nulls = faithful_figures(100)
    for measure, value, ok in (
        ("seed_stability", 0.9, True),
        ("seed_stability", 0.2, False),
        ("seed_stability", 0.55, None),
        ("randomised_all", 0.2, True),
        ("randomised_all", 0.95, False),
        ("baseline_sensitivity", 0.0, None),
        ("randomised_1", 0.99, None),
    ):
        known = {measure: value + 0.1 * rng.normal(size=100)}
        null = {measure: 0.1 + 0.1 * rng.normal(size=100)}
        one = of(checked(figures | known, nulls | null, everyone(100)), measure)
        assert one.ok is ok, (measure, value, one)
        assert (one.required is None) == (measure in {"baseline_sensitivity", "randomised_1"})


def test_every_measure_says_what_it_means():
    figures, nulls = faithful_figures(100)
    more = {name: np.ones(100) for name in ("insertion_deletion", "seed_stability", "randomised_2", "noise")}
    for one in checked(figures | more, nulls | more, everyone(100)):
        assert len(one.meaning) > 20 and one.meaning.endswith(".")
    assert meaning("randomised_2") == MEANINGS["randomised"] and meaning("randomised_all") == MEANINGS["randomised_all"]


# --- weights and people --------------------------------------------------------------------------------------


def test_checked_rows_take_over_the_weight_of_rows_that_are_not_checked():
    """A tenth of the large slice and half of the small one are checked: their means keep their shares of all rows."""
    small = np.arange(300) < 100
    rows = ExplainedRows(slices=["overall", "s"], member=np.stack([np.ones(300, dtype=bool), small]))
    defined = np.where(small, np.arange(300) % 2 == 0, np.arange(300) % 10 == 0)
    values = np.where(small, 3.0, 0.0)
    some = some_of(rows, rows.member[0], defined)
    assert some.mean(values) == pytest.approx(1.0)
    assert np.mean(values[defined]) > 1.5
    weighted = replace(rows, weight=np.where(small, 2.0, 1.0))
    assert some_of(weighted, rows.member[0], defined).mean(values) == pytest.approx(600 / 400)


def test_rows_of_one_person_widen_the_interval():
    figures, nulls = faithful_figures(60)
    repeat = lambda known: {name: np.repeat(one, 6) for name, one in known.items()}  # noqa: E731
    alone = of(checked(repeat(figures), repeat(nulls), everyone(360)), "faithfulness")
    together = of(
        checked(repeat(figures), repeat(nulls), everyone(360, unit=np.repeat(np.arange(60), 6))), "faithfulness"
    )
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_with_many_people_students_interval_is_the_bootstraps(monkeypatch):
    rng = np.random.default_rng(0)
    parts = [people(rng.beta(5, 2, size=(250, 2)), rng.random(250)), people(rng.beta(2, 2, size=(300, 2)))]
    short = interval_of(parts, rng)
    monkeypatch.setattr(module, "ENOUGH_PEOPLE", 1_000)
    long = interval_of(parts, rng)
    np.testing.assert_allclose(short, long, rtol=0.1)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(1.25 * np.array(short), long, rtol=0.1)


def test_slices_beyond_the_width_of_a_number_are_told_apart():
    """Weights follow the combination of all slices, also of more than 64."""
    member = np.zeros((100, 40), dtype=bool)
    member[0] = True
    member[99, :20] = True
    rows = ExplainedRows(slices=[str(at) for at in range(100)], member=member)
    defined = np.r_[np.ones(5, dtype=bool), np.zeros(15, dtype=bool), np.ones(20, dtype=bool)]
    assert some_of(rows, member[0], defined).weight.tolist() == [4.0] * 5 + [1.0] * 20


def test_influences_of_a_ratio_give_its_standard_error():
    """Against the ratios of 400 fresh samples."""
    rng = np.random.default_rng(0)

    def draw():
        bottom = 1 + rng.random(200)
        return 0.7 * bottom + 0.3 * rng.normal(size=200), bottom

    some = some_of(everyone(200), np.ones(200, dtype=bool), np.ones(200, dtype=bool))
    ratios = [ratio_column(*draw(), some)[0] for _ in range(400)]
    _, influence = ratio_column(*draw(), some)
    assert influence.mean() == pytest.approx(0, abs=1e-12)
    assert influence.std() / np.sqrt(200) == pytest.approx(np.std(ratios), rel=0.15)
    assert np.isnan(ratio_column(np.ones(200), np.zeros(200), some)[0])


def test_ranks_of_rows_are_scipys_with_ties_and_undefined_where_a_number_is_missing():
    from scipy.stats import spearmanr

    one, other = np.random.default_rng(0).normal(size=(2, 6, 9)).round(1)
    expected = [spearmanr(a, b).statistic for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(rank_correlations(one, other), expected)
    one[2, 3] = np.nan
    one[4] = 1.0
    assert np.flatnonzero(np.isnan(rank_correlations(one, other))).tolist() == [2, 4]


# --- equal faithfulness --------------------------------------------------------------------------------------


def compared(figures, spread, by=("s", "s"), share=0.5):
    count = len(figures)
    half = np.arange(count) < share * count
    rows = ExplainedRows(slices=["s=a", "s=b"], member=np.stack([half, ~half]), by=by)
    method = replace(
        answer({"m": np.ones((count, 4))}).methods[0], figures={"faithfulness": figures, "even_split": spread}
    )
    return faithfulness_differences(method, rows, np.random.default_rng(0))


def test_a_slice_that_is_explained_less_faithfully_is_marked():
    rng = np.random.default_rng(0)
    half = np.arange(400) < 200
    figures = np.where(half, 0.5, 0.7) + 0.2 * rng.normal(size=400)
    (one,) = compared(figures, rng.random(400))
    assert one.slice == "s=a" and one.value == pytest.approx(-0.2, abs=0.06)
    assert one.low < one.value < one.high < 0 and one.ok is False and one.null == 0


def test_a_difference_that_is_one_of_spread_is_not_claimed():
    """Faithfulness follows the spread of effects alone, and the slices differ in spread."""
    rng = np.random.default_rng(1)
    half = np.arange(2_000) < 1_000
    spread = np.where(half, rng.beta(2, 3, size=2_000), rng.beta(3, 2, size=2_000))
    figures = 0.2 + 0.6 * spread + 0.1 * rng.normal(size=2_000)
    raw = figures[half].mean() - figures[~half].mean()
    (one,) = compared(figures, spread)
    assert abs(raw) > 0.1 and abs(one.value) < 0.25 * abs(raw)


def test_slices_without_a_match_are_not_compared():
    rng = np.random.default_rng(2)
    spread = np.where(np.arange(400) < 200, rng.random(400), 10 + rng.random(400))
    (one,) = compared(np.where(np.arange(400) < 200, 0.1, 0.9), spread)
    assert one.value is None and one.ok is None and "compared" in one.meaning


def test_slices_of_no_feature_and_small_ones_are_not_compared():
    rng = np.random.default_rng(3)
    assert compared(rng.random(400), rng.random(400), by=None) == []
    assert compared(rng.random(400), rng.random(400), by=(None, "s")) == []
    assert compared(rng.random(400), rng.random(400), share=0.05) == []


def test_equal_slices_are_marked_as_seldom_as_promised():
    """Family-wise over three slices, 200 data sets."""
    marked = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        member = np.eye(3, dtype=bool)[rng.integers(3, size=700)].T
        rows = ExplainedRows(slices=["a", "b", "c"], member=member, by=["s", "s", "s"])
        figures = {"faithfulness": rng.beta(5, 2, size=700), "even_split": rng.random(700)}
        method = replace(answer({"m": np.ones((700, 4))}).methods[0], figures=figures)
        found = faithfulness_differences(method, rows, rng)
        assert len(found) == 3
        marked += any(one.ok is False for one in found)
    assert marked / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_the_p_value_of_a_difference_is_that_of_welch_where_rows_count_alike():
    rng = np.random.default_rng(4)
    one, other = rng.normal(size=(30, 1)), rng.normal(0.5, 2.0, size=(45, 1))
    parts = [people(one), people(-other)]
    difference = float(one.mean() - other.mean())
    assert p_value_of(parts, difference) == pytest.approx(ttest_ind(one[:, 0], other[:, 0], equal_var=False).pvalue)
    half = [people(np.repeat(values, 2, axis=0), np.tile([1.0, 0.0], len(values))) for values in (one, -other)]
    assert p_value_of(half, difference) == pytest.approx(p_value_of(parts, difference))


# --- trust ---------------------------------------------------------------------------------------------------


def test_a_model_that_changed_or_another_function_voids_every_explanation():
    found = answer({"m": np.ones((50, 4))}, unchanged=False)
    figures, nulls = faithful_figures(50)
    found = replace(found, methods=[replace(found.methods[0], figures=figures, nulls=nulls)])
    rows = ExplainedRows(slices=["overall", "s=a"], member=np.stack([np.ones(50, dtype=bool), np.arange(50) < 40]))
    verdicts = trust(quality(found, rows, np.random.default_rng(0)), found, rows)
    assert [(one.ok, one.reasons) for one in verdicts] == [(False, ["explaining changed the model"])] * 2
    fine = replace(found, unchanged=True)
    assert [one.ok for one in trust(quality(fine, rows, np.random.default_rng(0)), fine, rows)] == [True, True]


def test_a_second_opinion_that_differs_is_a_reason():
    found = answer({"m": np.ones((50, 4))})
    figures, nulls = faithful_figures(50)
    found = replace(found, methods=[replace(found.methods[0], figures=figures, nulls=nulls)])
    rows = everyone(50)
    checks = quality(found, rows, np.random.default_rng(0))
    opinion = replace_record(of(checks, "faithfulness"), measure="second_opinion", ok=False)
    (one,) = trust([*checks, opinion], found, rows)
    assert one.ok is False and one.reasons == ["another library calculates other values"]


def replace_record(record, **changed):
    return record.model_copy(update=changed)
