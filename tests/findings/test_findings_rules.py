"""Every rule finds what is planted, stays silent without it, and says what to do next."""

import pytest

from dlaudit.errors import UsageError
from dlaudit.findings import CODES, FINDING_RULES, by_severity, explain_code, find, finding
from dlaudit.findings.words import in_hundred, number
from dlaudit.record import (
    Attribution,
    AttributionQuality,
    Audit,
    Contribution,
    CrossCheck,
    DataInfo,
    Decomposition,
    Disparity,
    Measurement,
    ModelInfo,
    ProbeResult,
    Provenance,
    Rejected,
    Slice,
)

PROVENANCE = Provenance(dlaudit="0", python="3")


def one_slice(where, n=500, kind="group", **given):
    name = " & ".join(f"{k}={v}" for k, v in sorted(where.items())) or "overall"
    return Slice(id=name, by=sorted(where), where=where, n=n, share=n / 1000, kind=kind, **given)


SLICES = [one_slice({}, 1000, "overall"), one_slice({"sex": "F"}), one_slice({"sex": "M"})]
HEALTHY = {
    "auc": Measurement(metric="auc", slice="overall", value=0.8, low=0.77, high=0.83, n=1000),
    "accuracy": Measurement(metric="accuracy", slice="overall", value=0.75, low=0.72, high=0.78, n=1000),
    "prevalence": Measurement(metric="prevalence", slice="overall", value=0.4, low=0.37, high=0.43, n=1000),
}


def make(**given):
    parts = {
        "provenance": PROVENANCE,
        "model": ModelInfo(format="pt2", threshold=0.5),
        "data": DataInfo(rows=1000, scored=1000, features=["income", "age"], sensitive=["sex"], target="approved"),
        "slices": SLICES,
        "measurements": list(HEALTHY.values()),
    }
    return Audit(**{**parts, **given})


def codes(audit, **given):
    return [one.code for one in find(audit, **given).findings]


def only(audit, code, **given):
    (one,) = [found for found in find(audit, **given).findings if found.code == code]
    return one


def test_a_healthy_audit_has_no_findings():
    found = find(make(), near_threshold=0, dry={"deterministic_max_diff": 0.0, "row_independence_max_diff": 1e-8})
    assert found.findings == [] and found.not_applicable == []


# --- slices --------------------------------------------------------------------------------------------------


def test_small_slices_are_told_with_the_rows_that_are_missing():
    crossed = [one_slice({"sex": "F", "race": r}, 3, "intersection", small=True) for r in "ABCDEFG"]
    audit = make(slices=[*SLICES, one_slice({"sex": "X"}, 12, small=True), *crossed])
    first, second = [one for one in find(audit).findings if one.code == "DLA401"]
    assert (first.severity, first.subject) == ("warning", "sex=X") and "18 more rows" in first.next_step
    assert second.severity == "note" and "7 intersections" in second.message and "and 2 more" in second.message


def test_the_unknown_slice_is_never_called_small():
    audit = make(slices=[*SLICES, one_slice({"sex": "(unknown)"}, 2, small=True, unknown=True)])
    assert codes(audit) == []


def test_undefined_metrics_are_told_once_per_slice_with_the_reason():
    undefined = [
        Measurement(metric=m, slice="sex=F", undefined="no positives in this slice")
        for m in ("true_positive_rate", "precision")
    ]
    found = only(make(measurements=[*HEALTHY.values(), *undefined]), "DLA402")
    assert found.subject == "sex=F" and "no positives" in found.message and "not 0" in found.message
    assert set(found.evidence["undefined"]) == {"true_positive_rate", "precision"}


def test_undefined_intersections_share_one_note():
    crossed = [one_slice({"sex": "F", "race": r}, 3, "intersection") for r in "AB"]
    undefined = [Measurement(metric="precision", slice=s.id, undefined="no one") for s in crossed]
    found = only(make(slices=[*SLICES, *crossed], measurements=[*HEALTHY.values(), *undefined]), "DLA402")
    assert found.severity == "note" and "2 intersections" in found.message


def test_a_ratio_of_nobody_is_told():
    ratio = Disparity(
        id="selection_rate.ratio by sex",
        metric="selection_rate",
        kind="ratio",
        by=["sex"],
        slices=["sex=F", "sex=M"],
        undefined="every value is 0, or one is negative",
    )
    zero = [Measurement(metric="selection_rate", slice=s, value=0.0) for s in ("sex=F", "sex=M")]
    some = [Measurement(metric="selection_rate", slice=s, value=0.1) for s in ("sex=F", "sex=M")]
    assert "0/0" in only(make(measurements=[*HEALTHY.values(), *zero], disparities=[ratio]), "DLA403").message
    assert "DLA403" not in codes(make(measurements=[*HEALTHY.values(), *some], disparities=[ratio]))


def test_a_single_level_and_many_unknown_rows_are_told():
    audit = make(slices=[*SLICES[:2], one_slice({"sex": "(unknown)"}, 101, unknown=True)])
    assert "1 known level" in only(audit, "DLA404").message
    assert "10.1 %" in only(audit, "DLA405").message
    assert "DLA405" not in codes(make(slices=[*SLICES, one_slice({"sex": "(unknown)"}, 100, unknown=True)]))


def test_rows_lost_unevenly_are_told_and_rows_lost_evenly_are_not():
    def data(f, m):
        lost = Rejected(reason="missing input", rows=f + m, by_slice={"sex=F": f, "sex=M": m})
        return DataInfo(features=["a"], sensitive=["sex"], rejected=[lost])

    found = only(make(data=data(100, 10)), "DLA452")
    assert "sex=F" in found.message and "16.7 %" in found.message and "1.96 %" in found.message
    assert "DLA452" not in codes(make(data=data(50, 52)))
    assert "DLA452" not in codes(make(data=data(0, 0)))


# --- model ---------------------------------------------------------------------------------------------------


def test_scores_that_are_not_finite_are_an_error():
    lost = Rejected(reason="score is not finite", rows=1, by_slice={"sex=F": 1})
    found = only(make(data=DataInfo(features=["a"], sensitive=["sex"], rejected=[lost])), "DLA212")
    assert found.severity == "error" and "for 1 row," in found.message


@pytest.mark.parametrize("key", ["deterministic_max_diff", "row_independence_max_diff"])
def test_unsteady_scores_are_told(key):
    assert "0.25" in only(make(), "DLA216", dry={key: 0.25}).message
    assert codes(make(), dry={key: None}) == []


@pytest.mark.parametrize(("most", "told"), [(300.0, False), (1.0, True)])
def test_rounding_is_in_proportion_to_the_outputs(most, told):
    dry = {"least": 0.0, "most": most, "row_independence_max_diff": 3e-5}
    assert ("DLA216" in codes(make(), dry=dry)) is told


def test_inverted_labels_are_told_by_auc_or_without_it_by_accuracy():
    low = Measurement(metric="auc", slice="overall", value=0.2, low=0.17, high=0.23)
    wrong = Measurement(metric="accuracy", slice="overall", value=0.1, low=0.08, high=0.12)
    audit = make(measurements=[low, HEALTHY["prevalence"]])
    assert "0.2" in only(audit, "DLA215").message and codes(audit) == ["DLA215"]
    assert "90 %" in only(make(measurements=[wrong]), "DLA215").message
    assert codes(make(measurements=[wrong, HEALTHY["auc"]])) == []


def test_ranks_near_chance_are_told():
    unsure = Measurement(metric="auc", slice="overall", value=0.7, low=0.45, high=0.9)
    weak = Measurement(metric="auc", slice="overall", value=0.58, low=0.56, high=0.6)
    assert codes(make(measurements=[unsure])) == ["DLA230"]
    assert codes(make(measurements=[weak])) == ["DLA230"]


def test_one_class_only_is_told():
    everyone = Measurement(metric="prevalence", slice="overall", value=1.0, n=1000)
    assert "All 1,000 rows" in only(make(measurements=[everyone]), "DLA310").message


def test_scores_at_the_threshold_are_noted():
    assert only(make(), "DLA453", near_threshold=3).evidence == {"rows": 3, "threshold": 0.5}


# --- explanations --------------------------------------------------------------------------------------------


def check(measure, ok, value=0.5, slice_id="overall"):
    return AttributionQuality(method="m", slice=slice_id, measure=measure, value=value, ok=ok, meaning="")


def test_contributions_that_do_not_add_up_are_told_with_their_slices():
    audit = make(
        quality=[check("completeness_error_p95", False, 0.31), check("completeness_error_p95", True, 0, "sex=F")]
    )
    found = only(audit, "DLA502")
    assert "31 %" in found.message and "not shown for overall" in found.message and "sex=F" not in found.message
    assert codes(make(quality=[check("completeness_error_p95", True, 0.01)])) == []


def test_a_changed_model_and_another_function_are_errors():
    audit = make(quality=[check("model_unchanged", False, 0.0), check("same_function", False, 0.3)])
    assert codes(audit) == ["DLA504", "DLA507"]
    assert {one.severity for one in find(audit).findings} == {"error"}


def test_slices_explained_by_few_rows_are_noted():
    def rows(f, m):
        return [
            Attribution(method="m", slice=s, feature="age", mean=0, mean_abs=0, rows=n)
            for s, n in (("sex=F", f), ("sex=M", m))
        ]

    assert "of sex=F rest on 10 rows" in only(make(attributions=rows(10, 90)), "DLA506").message
    assert codes(make(attributions=rows(40, 90))) == []
    assert codes(make(attributions=rows(150, 900))) == []  # enough, however many the other has


def test_a_sensitive_input_is_noted_and_unknown_inputs_are_not_applicable():
    seen = make(data=DataInfo(features=["sex", "age"], sensitive=["sex"]))
    assert only(seen, "DLA418").subject == "sex"
    unknown = find(make(data=DataInfo(features=[], sensitive=["sex"])))
    assert unknown.findings == [] and "no model inputs" in unknown.not_applicable[0].reason


def split(feature="income", value=-0.08, low=-0.1, high=-0.06):
    return Decomposition(
        metric="mean_score",
        by=["sex"],
        slice="sex=F",
        reference="sex=M",
        gap=-0.12,
        low=-0.2,
        high=-0.05,
        contributions=[
            Contribution(feature=feature, value=value, low=low, high=high),
            Contribution(feature="age", value=-0.04, low=-0.09, high=0.01),
        ],
        residual=0.0,
        rows=1000,
    )


def tracking(value=0.7, contribution=-0.08, feature="income"):
    detail = {"feature": feature, "slice": "sex=F", "reference": "sex=M", "contribution": contribution}
    return ProbeResult(
        probe="proxy",
        subject=f"{feature} tracks sex=F",
        value=value,
        low=value - 0.02,
        high=min(value + 0.02, 1.0),
        detail={**detail, "strength": abs(2 * value - 1), "proxy_use": 0.03},
    )


def test_an_input_that_tracks_a_slice_and_carries_its_gap_is_noted():
    found = only(make(decompositions=[split()], probes=[tracking()]), "DLA451")
    assert "income tracks sex=F (AUC 0.7)" in found.message and "not cause" in found.next_step


@pytest.mark.parametrize("probe", [tracking(value=0.51), tracking(value=0.55)])
def test_weak_or_harmless_association_is_not_noted(probe):
    assert "DLA451" not in codes(make(decompositions=[split()], probes=[probe]))


@pytest.mark.parametrize("part", [0.08, -0.001])
def test_an_input_that_carries_nothing_of_the_gap_is_no_proxy(part):
    other_way = split(value=part, low=part - 0.0005, high=part + 0.0005)
    assert "DLA451" not in codes(make(decompositions=[other_way], probes=[tracking()]))


def test_a_perfect_proxy_counts_as_the_sensitive_feature():
    assert only(make(probes=[tracking(value=0.99)]), "DLA418").subject == "income"


# --- gaps ----------------------------------------------------------------------------------------------------


def test_a_sensitive_input_is_not_also_told_as_its_own_proxy():
    data = DataInfo(rows=1000, scored=1000, features=["sex", "age"], sensitive=["sex"], target="approved")
    itself = tracking(value=0.0, feature="sex").model_copy(update={"low": 0.0, "high": 0.0})
    itself.detail["strength"] = 1.0
    found = find(make(data=data, decompositions=[split()], probes=[itself])).findings
    assert [one.message for one in found if one.code == "DLA418"] == [
        "The model sees sex, a sensitive feature, as an input."
    ]


def test_an_input_that_is_lower_in_a_slice_is_told_by_how_well_it_separates():
    lower = tracking(value=0.3).model_copy(update={"low": 0.25, "high": 0.35})
    assert "(AUC 0.7, by lower values)" in only(make(decompositions=[split()], probes=[lower]), "DLA451").message


def gap(metric="selection_rate", kind="difference", value=0.13, low=0.08, high=0.18, **given):
    known = {"id": f"{metric}.{kind} by sex", "by": ["sex"], "worst": "sex=F", "reference": "sex=M"}
    return Disparity(metric=metric, kind=kind, value=value, low=low, high=high, **{**known, **given})


def rates(metric="selection_rate", f=0.31, m=0.44):
    return [Measurement(metric=metric, slice=s, value=v) for s, v in (("sex=F", f), ("sex=M", m))]


def test_a_gap_is_told_in_people_with_its_interval_and_next_step():
    audit = make(measurements=[*HEALTHY.values(), *rates()], disparities=[gap()], decompositions=[split()])
    found = only(audit, "DLA450")
    assert found.severity == "warning"
    assert found.message == (
        "13 in 100 fewer people of sex=F than of sex=M get the positive prediction: 0.31 against 0.44 "
        "(simultaneous 95 % interval 0.08 to 0.18)."
    )
    assert found.next_step.startswith("Look at income, which carries") and "age" not in found.next_step


@pytest.mark.parametrize("low", [0.0, None])
def test_a_gap_whose_interval_reaches_none_is_not_told(low):
    assert codes(make(measurements=[*HEALTHY.values(), *rates()], disparities=[gap(low=low)])) == []


def test_a_ratio_is_told_only_where_the_difference_is_not():
    ratio = gap(kind="ratio", value=0.7, low=0.6, high=0.9)
    both = make(measurements=[*HEALTHY.values(), *rates()], disparities=[ratio, gap()])
    assert only(both, "DLA450").subject == "selection_rate.difference by sex"
    alone = make(measurements=[*HEALTHY.values(), *rates()], disparities=[ratio, gap(low=0.0)])
    assert only(alone, "DLA450").subject == "selection_rate.ratio by sex"
    assert codes(make(disparities=[gap(kind="ratio", value=0.7, low=0.6, high=1.0)])) == []


def test_complements_conditional_gaps_and_undefined_gaps_are_not_told():
    twins = [gap("true_positive_rate", low=0.06), gap("false_negative_rate", low=0.06)]
    audit = make(measurements=[*HEALTHY.values(), *rates("true_positive_rate")], disparities=twins)
    assert only(audit, "DLA450").subject == "true_positive_rate.difference by sex"
    assert codes(make(disparities=[gap(within={"region": "N"})])) == []
    nothing = Disparity(id="x", metric="auc", kind="difference", by=["sex"], undefined="few")
    assert codes(make(disparities=[nothing])) == []


def test_small_gaps_and_base_rates_are_notes():
    small = make(measurements=[*HEALTHY.values(), *rates()], disparities=[gap(low=0.01)])
    base = make(measurements=[*HEALTHY.values(), *rates("prevalence")], disparities=[gap("prevalence")])
    assert only(small, "DLA450").severity == "note"
    assert only(base, "DLA450").severity == "note" and "labels were made" in only(base, "DLA450").next_step


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"model": ModelInfo(format="scores")}, "Run the audit with the model"),
        ({}, "Compare the inputs"),
        ({"decompositions": [split(low=-0.2, high=0.1)]}, "No single input"),
    ],
)
def test_the_next_step_without_a_carrier_says_where_to_begin(given, begins):
    audit = make(measurements=[*HEALTHY.values(), *rates()], disparities=[gap()], **given)
    assert only(audit, "DLA450").next_step.startswith(begins)


def test_one_fact_is_told_once():
    both = {"id": "x", "by": ["race", "sex"], "worst": "race=B & sex=F", "reference": "race=W & sex=M"}
    scores = gap("mean_score", low=0.06)
    audit = make(measurements=[*HEALTHY.values(), *rates()], disparities=[gap(), scores, gap(low=0.05, **both)])
    assert only(audit, "DLA450").subject == "selection_rate.difference by sex"
    more = make(measurements=[*HEALTHY.values(), *rates()], disparities=[gap(), gap(low=0.1, **both)])
    assert codes(more) == ["DLA450", "DLA450"]
    assert only(make(measurements=[*HEALTHY.values()], disparities=[scores]), "DLA450").subject == scores.id


def test_an_interval_over_several_slices_is_not_said_to_be_that_of_two():
    three = gap(slices=["sex=F", "sex=M", "sex=X"])
    found = only(make(measurements=[*HEALTHY.values(), *rates()], disparities=[three]), "DLA450")
    assert "(the widest gap over sex; simultaneous 95 % interval 0.08 to 0.18)" in found.message


def test_error_rates_are_told_with_base_rates_and_without_the_split_of_the_score():
    measured = [*HEALTHY.values(), *rates("false_positive_rate"), *rates("prevalence", 0.2, 0.6)]
    audit = make(measurements=measured, disparities=[gap("false_positive_rate")], decompositions=[split()])
    found = only(audit, "DLA450")
    assert found.message.endswith("The positive label is given to 0.2 and 0.6 of their people.")
    assert found.next_step.startswith("Compare the inputs")


def test_the_split_between_two_other_slices_explains_nothing():
    other = split().model_copy(update={"reference": "sex=X"})
    audit = make(measurements=[*HEALTHY.values(), *rates()], disparities=[gap()], decompositions=[other])
    assert only(audit, "DLA450").next_step.startswith("Compare the inputs")


@pytest.mark.parametrize("changed", [{"low": -0.2, "high": 0.05}, {"low": None, "high": None}])
def test_a_part_of_a_gap_that_is_not_shown_is_no_proxy(changed):
    audit = make(decompositions=[split().model_copy(update=changed)], probes=[tracking()])
    assert "DLA451" not in codes(audit)
    assert "DLA451" not in codes(make(decompositions=[split(**changed)], probes=[tracking()]))


def test_a_gap_of_another_kind_is_told_without_people():
    audit = make(measurements=[*HEALTHY.values(), *rates("log_loss", 0.6, 0.4)], disparities=[gap("log_loss")])
    found = only(audit, "DLA450")
    assert found.severity == "note" and found.message.startswith("log_loss is higher for sex=F than for sex=M")


def test_a_disagreeing_second_calculation_is_an_error():
    def crossed(difference):
        return CrossCheck(library="fairlearn", metric="recall", cells=3, defined=3, largest_difference=difference)

    assert only(make(cross_checks=[crossed(0.1)]), "DLA454").severity == "error"
    assert codes(make(cross_checks=[crossed(1e-12), crossed(None)])) == []


# --- the whole -----------------------------------------------------------------------------------------------


def everything():
    lost = Rejected(reason="score is not finite", rows=9, by_slice={})
    return make(
        data=DataInfo(features=["sex"], sensitive=["sex", "race"], rejected=[lost]),
        disparities=[gap(low=0.01), gap("accuracy")],
        measurements=[*HEALTHY.values(), *rates(), *rates("accuracy")],
        slices=[*SLICES, one_slice({"sex": "X"}, 12, small=True)],
        quality=[check("completeness_error_p95", False, 0.31)],
    )


def test_findings_come_most_severe_first_and_every_one_has_a_next_step_and_a_known_code():
    found = find(everything(), near_threshold=2, dry={"deterministic_max_diff": 1.0}).findings
    ranks = [["error", "warning", "note"].index(one.severity) for one in found]
    assert ranks == sorted(ranks) and len(set(ranks)) == 3
    assert all(one.next_step and one.code in CODES and one.docs for one in found)


def test_what_puts_the_scores_in_doubt_comes_before_the_gaps():
    broken = Measurement(metric="auc", slice="overall", value=0.45, low=0.37, high=0.54, n=200)
    rates_and_auc = [*rates(), broken, *(one for key, one in HEALTHY.items() if key != "auc")]
    found = find(make(measurements=rates_and_auc, disparities=[gap()])).findings
    assert [(one.code, one.severity) for one in found] == [("DLA230", "warning"), ("DLA450", "warning")]


@pytest.mark.parametrize(
    ("metric", "severity", "begins"),
    [
        ("recall[cat]", "warning", "Compare"),
        ("precision[cat]", "warning", "Compare"),
        ("prevalence[cat]", "note", "Check how"),
    ],
)
def test_the_gap_of_one_class_weighs_as_the_metric_does(metric, severity, begins):
    audit = make(measurements=[*HEALTHY.values(), *rates(metric)], disparities=[gap(metric)])
    found = only(audit, "DLA450")
    assert found.severity == severity and found.next_step.startswith(begins)


def test_equal_severity_keeps_the_order_given():
    made = [finding("DLA401", "note", name, "m") for name in "abc"]
    assert [one.subject for one in by_severity(made)] == ["a", "b", "c"]


def test_hostile_names_cannot_move_the_cursor():
    audit = make(slices=[*SLICES, one_slice({"sex": "\x1b[2J\u202e"}, 12, small=True)])
    message = only(audit, "DLA401").message
    assert "\x1b" not in message and "\u202e" not in message and "⟨U+001B⟩" in message


def test_no_finding_uses_the_forbidden_words():
    said = " ".join(f"{one.title} {one.meaning} {one.fix}" for one in CODES.values()).lower().split()
    assert not {"fair", "unbiased", "compliant", "certified", "proves"} & set(said)


def test_numbers_are_said_plainly():
    assert (in_hundred(0.134), in_hundred(-0.004), in_hundred(0.0096)) == ("13 in 100", "0.4 in 100", "1 in 100")
    assert (number(-0.0), number(0.12345), number(-1e-9)) == ("0", "0.123", "-1e-09")


# --- codes ---------------------------------------------------------------------------------------------------


def test_every_code_is_explained_in_one_sentence_each():
    assert all(one.meaning.endswith(".") and one.fix.endswith(".") for one in CODES.values())
    assert all(not one.title.endswith(".") for one in CODES.values())
    assert {code[3:] for code in CODES} >= {"101", "201", "301", "401", "502", "601", "710"}


def test_every_code_that_the_package_uses_is_in_the_table():
    import re
    from pathlib import Path

    import dlaudit

    used = set()
    for path in Path(dlaudit.__file__).parent.rglob("*.py"):
        used |= set(re.findall(r"\"(DLA\d{3})\"", path.read_text(encoding="utf-8")))
    assert used <= set(CODES), sorted(used - set(CODES))


def test_codes_are_found_in_any_spelling_and_unknown_ones_are_refused():
    assert explain_code("dla201").code == explain_code("201").code == "DLA201"
    with pytest.raises(UsageError, match="no code"):
        explain_code("DLA999")


def test_every_rule_is_registered_under_a_known_code():
    assert set(FINDING_RULES) <= set(CODES) and len(FINDING_RULES) >= 19
