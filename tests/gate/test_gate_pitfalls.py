"""What silently passes (or fails) a gate on plain differences and ratios: here each is an explicit non-pass.

The cases are those where a maximum minus a minimum over slices, as usual tools compute it, is 0, NaN or made of one
person; `naive` recomputes that number to show it.
"""

import numpy as np
import pandas as pd
import pytest

import dlaudit
from dlaudit.errors import DlauditError

ROWS = 2_000
TPR = "true_positive_rate.difference by race <= 0.1"
FPR = "false_positive_rate.difference by race <= 0.1"
SELECTED = "selection_rate.difference by race <= 0.1"
RATIO = "selection_rate.ratio by race >= 0.8"
PRECISION = "precision.difference by race <= 0.1"
QUICK = {"explain.enabled": False, "discover.enabled": False}


@pytest.fixture
def people() -> pd.DataFrame:
    """Two equal slices of 1,000 people, which every rule here passes."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, ROWS)
    hit = rng.random(ROWS) < np.where(label == 1, 0.8, 0.1)
    return pd.DataFrame({"race": np.repeat(["a", "b"], ROWS // 2), "label": label, "score": hit.astype(float)})


def checks(frame, *rules, scores="score", sensitive="race", **settings):
    audit = dlaudit.audit(
        data=frame, target="label", sensitive=sensitive, scores=scores, settings={**QUICK, **settings}
    )
    return dlaudit.judge(audit, dlaudit.Policy.from_rules(*rules)).checks


def outcomes(frame, *rules, **asked):
    return [check.outcome for check in checks(frame, *rules, **asked)]


def refusal(frame, *rules, **asked):
    with pytest.raises(DlauditError) as told:
        checks(frame, *rules, **asked)
    return told.value.code


def in_b(frame, **columns):
    return frame.assign(**{name: frame[name].where(frame.race != "b", value) for name, value in columns.items()})


def test_the_people_pass_before_anything_is_wrong_with_them(people):
    assert outcomes(people, TPR, FPR, SELECTED, RATIO, PRECISION) == ["pass"] * 5


def test_a_slice_without_positives_has_no_true_positive_rate(people):
    found = checks(in_b(people, label=0), TPR, "false_negative_rate.difference by race <= 0.1")
    assert [check.outcome for check in found] == ["undecided"] * 2
    assert "no positives in this slice" in found[0].reason


def test_nobody_with_positives_is_no_evidence(people):
    assert outcomes(people.assign(label=0), TPR) == ["undecided"]


def test_a_slice_without_negatives_has_no_false_positive_rate(people):
    assert outcomes(in_b(people, label=1), FPR) == ["undecided"]


def test_labels_in_words_are_asked_about_instead_of_matching_nothing(people):
    words = people.assign(
        label=np.where(people.label == 1, "yes", "no"), score=np.where(people.score == 1, "yes", "no")
    )
    assert refusal(words, SELECTED) == "DLA309"
    biased = in_b(words, score="yes")
    asked = {"model.output": "label", "model.positive": "yes"}
    assert outcomes(biased, SELECTED, **asked) == ["fail"]


def test_probabilities_are_cut_at_the_threshold_instead_of_matching_nothing(people):
    rng = np.random.default_rng(1)
    score = np.where(people.race == "a", 0.6, 0.2) + 0.3 * rng.random(ROWS)
    assert (score == 1).sum() == 0, "a rate of scores that equal 1 is 0 in both slices: the gap would be 0"
    assert outcomes(people.assign(score=score), SELECTED, RATIO) == ["fail", "fail"]


def test_nobody_selected_has_no_ratio_and_no_precision(people):
    found = checks(people.assign(score=0.0), RATIO, PRECISION)
    assert [check.outcome for check in found] == ["undecided"] * 2
    assert "0 in every slice" in found[0].reason and "no predicted positives" in found[1].reason


def test_predictions_that_are_not_numbers_are_refused_or_leave_all_undecided(people):
    blank = people.assign(score=people.score.where(people.index != 3))
    assert refusal(blank, SELECTED) == "DLA312"
    assert outcomes(blank, SELECTED, **{"data.on_bad": "reject"}) == ["pass"], "counted, told and left out by request"


def test_a_slice_whose_metric_is_undefined_is_never_skipped(people):
    rng = np.random.default_rng(2)
    scored = in_b(people.assign(score=rng.random(ROWS)), label=1)
    assert outcomes(scored, "auc.difference by race <= 0.1") == ["undecided"]
    weightless = in_b(people.assign(w=1.0), w=0.0)
    assert outcomes(weightless, SELECTED, **{"data.weight": "w"}) == ["undecided"]


def test_precision_without_predicted_positives_is_no_zero(people):
    assert outcomes(in_b(people, score=0.0), PRECISION) == ["undecided"]


@pytest.mark.parametrize("rule", [SELECTED, TPR])
def test_a_slice_of_one_person_or_without_any_success_has_no_certainty(people, rule):
    alone = people.assign(race=np.where(np.arange(ROWS) == 7, "b", "a"), label=1)
    found = checks(alone, rule)[0]
    assert found.outcome == "undecided" and found.high - found.low > 0.3
    few = people.assign(race=np.where(np.arange(ROWS) < 100, "b", "a"), score=0.0, label=1)
    found = checks(few, rule.replace("0.1", "0.01"))[0]
    assert found.outcome == "undecided" and found.high > 0.02, "0 of 100 does not say 0"


def test_neither_the_order_of_rows_nor_the_seed_moves_a_verdict(people):
    some = people.groupby("race").head(300)
    first = checks(some, TPR, SELECTED, RATIO)
    for seed in range(3):
        shuffled = some.sample(frac=1, random_state=seed).reset_index(drop=True)
        assert checks(shuffled, TPR, SELECTED, RATIO, **{"run.seed": seed}) == first


def test_negative_weights_are_refused(people):
    weights = np.where(np.arange(ROWS) == 5, -1.0, 1.0)
    assert refusal(people.assign(w=weights), SELECTED, **{"data.weight": "w"}) == "DLA414"


def test_a_ratio_of_values_below_zero_has_no_meaning(check):
    def area(value):
        return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 500}

    about = {"metric": "r2", "rows": {"a": 500, "b": 500}}
    for judged in ("exact", "point"):
        found = check({"a": area(-1.9), "b": area(0.6)}, "r2.ratio by race >= 0.8", changes={"judge": judged}, **about)
        assert found.outcome == "undecided" and "no meaning" in found.reason


def test_blank_and_nan_texts_are_no_slices_that_pass_in_silence(people):
    place = np.arange(ROWS) % 20
    mixed = people.assign(race=np.where(place == 0, "", np.where(place == 1, "nan", people.race)))
    found = checks(mixed, SELECTED)[0]
    assert "race=nan" in found.not_assessed and "A pass for 2 of 3 slices" in found.reason
    assert not any("race=," in one or one == "race=" for one in [*found.assessed, *found.not_assessed])


def test_levels_that_differ_by_rounding_are_one_number(people):
    found = checks(people.assign(race=np.where(people.race == "a", 0.1 + 0.2, 0.3)), SELECTED)[0]
    assert found.outcome == "undecided" and "one number but for rounding" in found.reason
    apart = people.assign(race=np.where(people.race == "a", 0.3, 0.4))
    assert outcomes(apart, SELECTED) == ["pass"]


def test_several_classes_have_no_selection_rate(people):
    rng = np.random.default_rng(3)
    scores = pd.DataFrame(rng.dirichlet([1, 1, 1], ROWS), columns=["p0", "p1", "p2"])
    three = pd.concat([people[["race"]], scores, pd.Series(rng.integers(0, 3, ROWS), name="label")], axis=1)
    asked = {"scores": ["p0", "p1", "p2"]}
    assert refusal(three, SELECTED, **asked) == "DLA106"
    assert len(checks(three, "recall[1].difference by race <= 0.3", **asked)) == 1


def test_a_stratum_of_one_slice_has_nothing_to_compare(people):
    alone = people.assign(site="north")
    found = checks(alone, "selection_rate.difference by site <= 0.1", sensitive=["race", "site"])[0]
    assert found.outcome == "undecided" and "only one slice" in found.reason


def test_intersections_that_nobody_is_in_are_named(people):
    old = (people.race == "a") & (np.arange(ROWS) % 3 == 0)
    aged = people.assign(age=np.where(old, "old", "young"))
    found = checks(aged, "selection_rate.difference by race & age <= 0.1", sensitive=["race", "age"])[0]
    assert found.not_assessed == ["age=old & race=b"]
    assert "A pass for 3 of 4 slices" in found.reason and "age=old & race=b (nobody is in it)" in found.reason
