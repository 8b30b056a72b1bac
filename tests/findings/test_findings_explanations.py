"""What explaining leaves behind is told: doubt, second opinions, budgets, what gaps are made of."""

import pytest

from dlaudit.findings import find
from dlaudit.findings.explained import cancels, is_doubted, is_more_than_chance, mostly, withheld
from dlaudit.record import (
    AttributionQuality,
    Audit,
    Contribution,
    DataInfo,
    Decomposition,
    ExplainPlan,
    ModelInfo,
    NotApplicable,
    Part,
    ProbeResult,
    Provenance,
    ScoreMix,
    Slice,
    Trust,
)

SLICES = [
    Slice(id=name, by=["sex"] if where else [], where=where, n=500, share=0.5, kind="group" if where else "overall")
    for name, where in (("overall", {}), ("sex=F", {"sex": "F"}), ("sex=M", {"sex": "M"}))
]


def make(**given):
    return Audit(
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(format="pt2", threshold=0.5),
        data=DataInfo(rows=1000, scored=1000, features=["income", "age"], sensitive=["sex"], target="approved"),
        slices=SLICES,
        **given,
    )


def told(audit, code):
    return [one for one in find(audit).findings if one.code == code]


def only(audit, code):
    (one,) = told(audit, code)
    assert one.next_step
    return one


def check(measure, ok, value=0.5, slice_id="overall", method="m", **given):
    given = {"meaning": "It says so.", **given}
    return AttributionQuality(method=method, slice=slice_id, measure=measure, value=value, ok=ok, **given)


def trust(ok, slice_id="overall", method="m", reasons=("faithfulness is no better than chance",)):
    return Trust(method=method, slice=slice_id, ok=ok, reasons=list(reasons), rows=90)


def part(feature, value, *, sure=True):
    return Contribution(feature=feature, value=value, p_adjusted=0.01 if sure else 0.8, marked=sure)


def split(gap, *parts, metric="mean_score", **given):
    return Decomposition(
        metric=metric,
        by=["sex"],
        slice="sex=F",
        reference="sex=M",
        gap=gap,
        low=gap - 0.02,
        high=gap + 0.02,
        contributions=list(parts),
        raised=sum(max(one.value, 0) for one in parts),
        lowered=sum(min(one.value, 0) for one in parts),
        residual=0.0,
        rows=900,
        **given,
    )


# --- belief --------------------------------------------------------------------------------------------------


def test_a_method_that_is_not_trustworthy_has_one_finding_with_its_slices_and_reasons():
    audit = make(trust=[trust(False, "sex=F"), trust(True, "sex=M"), trust(None, "sex=X"), trust(True, method="other")])
    found = only(audit, "DLA508")
    assert found.severity == "warning" and found.subject == "m" and "for sex=F: faithfulness is no" in found.message
    assert found.evidence["slices"] == ["sex=F"]
    assert told(make(trust=[trust(True), trust(None, "sex=F")]), "DLA508") == []


def test_the_advice_names_a_method_whose_checks_passed_there_and_more_rows_only_where_there_are_some():
    bad = [trust(False, "sex=F"), trust(True, "sex=M", method="other")]
    assert "Name another method" in only(make(trust=bad), "DLA508").next_step
    good = trust(True, "sex=F", method="other")
    assert only(make(trust=[*bad, good]), "DLA508").next_step.startswith("Read other instead")

    def planned(rows):
        return ExplainPlan(budget=None, budget_given="none", estimated=1.0, spent=1.0, rows=rows)

    assert "explain.sample" in only(make(trust=bad, explain_plan=planned(300)), "DLA508").next_step
    assert "explain.sample" not in only(make(trust=bad, explain_plan=planned(1000)), "DLA508").next_step


def test_what_the_budget_does_not_allow_is_a_warning_with_the_budget_that_would():
    plan = ExplainPlan(budget=5000.0, budget_given="5000", estimated=9e5, spent=0.0)
    reason = "to explain takes 84,290 passes at least (DLA505): --explain-budget 84290 is enough"
    left_out = [NotApplicable(what=what, reason=reason) for what in ("attributions", "decompositions", "probe proxy")]
    found = told(make(explain_plan=plan, not_applicable=left_out), "DLA505")
    assert [one.subject for one in found] == ["attributions", "decompositions"]
    assert found[0].severity == "warning" and "84290 is enough" in found[0].message
    other = [NotApplicable(what="attributions", reason="the scores were given, without a model")]
    assert told(make(explain_plan=plan, not_applicable=other), "DLA505") == []


def test_a_difference_whose_interval_includes_none_is_not_told_as_one():
    audit = make(quality=[check("faithfulness_difference", False, 0.07, "sex=F", low=-0.001, high=0.14)])
    assert told(audit, "DLA510") == []


def test_distrust_on_all_rows_counts_the_slices_rather_than_naming_them():
    audit = make(trust=[trust(False, "sex=F", reasons=["other"]), trust(False), trust(False, "sex=M")])
    assert "for all rows and 2 slices: faithfulness" in only(audit, "DLA508").message


def test_distrust_of_many_methods_is_capped():
    found = told(make(trust=[trust(False, method=f"m{at}") for at in range(9)]), "DLA508")
    assert len(found) == 4 and "Also not trustworthy: m3" in found[-1].message


def test_contributions_over_the_tolerance_are_said_to_be_withheld():
    audit = make(quality=[check("completeness_error_p95", False, 0.31, "sex=F", required=0.05)])
    message = only(audit, "DLA502").message
    assert "not shown for sex=F" in message and "31 % of it" in message and "5 % is accepted" in message
    assert withheld(audit) == {"m": ["sex=F"]}
    nothing = make(quality=[check("completeness_error_p95", False, None)])
    assert "although the score does not change" in only(nothing, "DLA502").message


def test_a_second_opinion_that_differs_is_an_error_and_one_that_agrees_is_silent():
    said = "captum.DeepLift differs by 30 % on 16 rows."
    audit = make(quality=[check("second_opinion", False, 0.3, meaning=said), check("second_opinion", None)])
    found = only(audit, "DLA509")
    assert found.severity == "error" and said in found.message
    assert told(make(quality=[check("second_opinion", True, 1e-7)]), "DLA509") == []


def test_unequal_faithfulness_is_one_note_per_method_the_widest_slice_first():
    differ = [
        check("faithfulness_difference", False, value, slice_id, low=value - 0.1, high=value + 0.1)
        for slice_id, value in (("sex=F", -0.2), ("sex=M", 0.3))
    ]
    audit = make(quality=[*differ, check("faithfulness_difference", None, 0.9, "sex=X")])
    message = only(audit, "DLA510").message
    assert (
        "sex=M better (by 0.3, interval 0.2 to 0.4), sex=F worse (by 0.2, interval 0.1 to 0.3)" in message
        and "sex=X" not in message
    )


def plan(**given):
    return ExplainPlan(budget_given="5000", budget=5000, estimated=9000, spent=4000, **given)


def test_what_the_budget_or_the_memory_made_smaller_is_noted():
    found = only(make(explain_plan=plan(reduced=["rows: 100 instead of 2000"], halved=[1024, 512])), "DLA505")
    assert found.severity == "note"
    assert (
        "rows: 100 instead of 2000." in found.message and "Memory ran out in 2 passes (of up to 1,024" in found.message
    )
    assert told(make(explain_plan=plan()), "DLA505") == [] and told(make(), "DLA505") == []
    assert "1 pass (" in only(make(explain_plan=plan(halved=[64])), "DLA505").message


def test_a_split_is_doubted_only_where_no_method_is_trustworthy_on_one_of_its_slices():
    mixed = make(trust=[trust(False, "sex=F"), trust(True, "sex=F", method="other")])
    assert not is_doubted(mixed, ["sex=F", "sex=M"])
    assert is_doubted(make(trust=[trust(False, "sex=F"), trust(True, "sex=M")]), ["sex=F", "sex=M"])
    assert not is_doubted(make(trust=[trust(None, "sex=F")]), ["sex=F"]) and not is_doubted(make(), ["sex=F"])


# --- what gaps are made of -----------------------------------------------------------------------------------


def test_channels_that_cancel_are_noted_with_both_sums():
    audit = make(decompositions=[split(-0.004, part("income", -0.05), part("age", 0.046))])
    message = only(audit, "DLA511").message
    assert "parts of 0.046 and -0.05 that cancel" in message and "up through age and down through income" in message


@pytest.mark.parametrize(
    "one",
    [
        split(-0.1, part("income", -0.13), part("age", 0.03)),
        split(-0.004, part("income", -0.05), part("age", 0.046, sure=False)),
        split(0.0, part("income", 0.0)),
    ],
)
def test_channels_do_not_cancel_where_a_gap_is_left_or_one_side_could_be_chance(one):
    assert not cancels(one) and told(make(decompositions=[one]), "DLA511") == []


def test_one_pair_of_slices_has_one_finding_about_channels():
    many = [split(0.0, part("income", -0.05), part("age", 0.05), metric=m) for m in ("mean_score", "selection_rate")]
    assert only(make(decompositions=many), "DLA511").subject.startswith("mean_score of sex=F")


def mix(gap, mix_value, calibration, metric="log_loss", *, sure=True, unsupported=None):
    def piece(value):
        return Part(value=value, p_adjusted=0.01 if sure else 0.7, marked=sure)

    return ScoreMix(
        metric=metric,
        by=["sex"],
        slice="sex=F",
        reference="sex=M",
        gap=gap,
        mix=piece(mix_value),
        calibration=piece(calibration),
        unsupported=unsupported,
        bins=20,
    )


def test_a_gap_that_is_mostly_of_one_kind_is_noted_with_what_to_do():
    other_scores = only(make(score_mixes=[mix(-0.1, -0.1, 0.0)]), "DLA512")
    assert "the slices have other scores: -0.1 of it" in other_scores.message
    assert "Recalibration alone would not" in other_scores.next_step
    meaning = only(make(score_mixes=[mix(0.1, 0.01, 0.09)]), "DLA512")
    assert "another share of positive labels" in meaning.message and "recalibrate" in meaning.next_step


@pytest.mark.parametrize(
    "one",
    [
        mix(0.1, 0.06, 0.04),
        mix(-0.1, -0.1, 0.0, sure=False),
        mix(-0.069, -0.142, 0.073, unsupported=Part(value=0.0)),
        mix(0.13, 0.07, 0.01, unsupported=Part(value=0.05)),
        mix(0.0, 0.0, 0.0),
    ],
)
def test_mixed_gaps_and_gaps_that_chance_could_show_are_not_noted(one):
    assert mostly(one) is None and told(make(score_mixes=[one]), "DLA512") == []


# --- proxies -------------------------------------------------------------------------------------------------


def proxy(feature, area=0.7):
    detail = {"feature": feature, "slice": "sex=F", "reference": "sex=M", "contribution": 0.0}
    return ProbeResult(
        probe="proxy",
        subject=f"{feature} tracks sex=F",
        value=area,
        low=area - 0.02,
        high=area + 0.02,
        detail={**detail, "strength": abs(2 * area - 1), "proxy_use": 0.0},
    )


def test_an_input_that_reveals_the_slice_is_told_with_the_gap_that_it_carries_whatever_its_metric():
    rate = split(-0.12, part("income", -0.08), metric="selection_rate")
    small = split(-0.05, part("income", -0.001), metric="accuracy")
    found = only(make(decompositions=[small, rate], probes=[proxy("income")]), "DLA451")
    assert "-0.08 of the gap of -0.12 in the selection rate" in found.message


def test_all_inputs_together_stand_beside_the_one():
    together = ProbeResult(
        probe="proxies_together", subject="s", value=0.9, low=0.88, high=0.92, detail={"slice": "sex=F"}
    )
    audit = make(decompositions=[split(-0.12, part("income", -0.08))], probes=[proxy("income"), together])
    assert only(audit, "DLA451").message.endswith("All inputs together tell it with AUC 0.9.")


def test_many_inputs_that_reveal_a_slice_are_capped_the_strongest_first():
    parts = [part(f"x{at}", -0.02) for at in range(9)]
    probes = [proxy(f"x{at}", 0.65 + at / 100) for at in range(9)]
    found = told(make(decompositions=[split(-0.18, *parts)], probes=probes), "DLA451")
    assert len(found) == 5 and found[0].subject == "x8" and "5 more inputs" in found[-1].subject


# --- reading parts -------------------------------------------------------------------------------------------


def test_a_part_is_more_than_chance_by_its_mark_or_else_by_its_interval():
    assert is_more_than_chance(Part(value=0.1, low=-0.1, high=0.3, p_adjusted=0.01, marked=True)) is True
    assert is_more_than_chance(Part(value=0.1, low=0.05, high=0.3, p_adjusted=0.4)) is False
    assert is_more_than_chance(Part(value=0.1, low=0.05, high=0.3)) is True
    assert is_more_than_chance(Part(value=0.1, low=-0.05, high=0.3)) is False
    assert is_more_than_chance(Part(value=0.1)) is None


@pytest.mark.parametrize("code", ["DLA505", "DLA508", "DLA509", "DLA510", "DLA511", "DLA512"])
def test_names_of_the_data_are_made_safe(code):
    evil = "\x1b[2J\u202e"
    audit = make(
        trust=[trust(False, evil, reasons=[f"on {evil}"])],
        quality=[
            check("second_opinion", False, method=evil, meaning=evil),
            check("faithfulness_difference", False, 0.1, evil),
        ],
        explain_plan=plan(reduced=[f"rows of {evil}"]),
        decompositions=[
            split(0.0, part(evil, -0.05), part("age", 0.05)).model_copy(update={"slice": evil}),
        ],
        score_mixes=[mix(-0.1, -0.1, 0.0).model_copy(update={"reference": evil})],
    )
    message = only(audit, code).message
    assert "\x1b" not in message and "\u202e" not in message
