"""What a suppressed audit and verdict look like: undefined with a reason, left out and named, no made-up number."""

import json

import pytest
from privacy_audits import made

from dlaudit.errors import UsageError
from dlaudit.gate import judge
from dlaudit.record import (
    SUPPRESSED,
    Attribution,
    Audit,
    DiscoveredSlice,
    Discovery,
    Finding,
    Measurement,
    NotApplicable,
    Rejected,
    ScoreHistogram,
    Trust,
    Verdict,
)
from dlaudit.record.files import dump, parse
from dlaudit.record.privacy import suppressed
from dlaudit.spec import Policy

LARGE = (40, 30, 20, 60)
FEW_ERRORS = (60, 20, 3, 70)
TABLE = {("White",): LARGE, ("Black",): (50, 20, 30, 44), ("Other",): (2, 1, 1, 3), ("Mixed",): (14, 15, 16, 13)}


def shown(table=TABLE, least: int = 11, **changes) -> tuple[Audit, Verdict]:
    audit, verdict = made(table, ("race",), most=1)
    return suppressed(audit.model_copy(update=changes), verdict, least)


def test_a_small_slice_and_the_next_smallest_are_named_without_a_number() -> None:
    audit, _ = shown()
    assert [one.id for one in audit.slices] == ["overall", "race=White", "race=Black"]
    assert [one.id for one in audit.suppression.slices] == ["race=Other", "race=Mixed"]
    assert {one.slice for one in audit.measurements} == {"overall", "race=White", "race=Black"}


def test_a_slice_with_few_errors_keeps_its_selection_rate() -> None:
    audit, _ = shown({("White",): LARGE, ("Black",): FEW_ERRORS, ("Asian",): (33, 33, 33, 33)})
    found = {one.metric: one for one in audit.measurements if one.slice == "race=Black"}
    assert found["selection_rate"].numerator == 80
    hidden = found["true_positive_rate"]
    assert (hidden.value, hidden.numerator, hidden.denominator, hidden.low, hidden.n) == (None, None, None, None, 0)
    assert hidden.undefined.startswith(SUPPRESSED)
    assert "11" in hidden.undefined


def test_a_count_of_zero_is_shown() -> None:
    table = {("White",): LARGE, ("Black",): (0, 0, 50, 44), ("Asian",): (33, 33, 33, 33)}
    audit, _ = shown(table)
    assert audit.measurement("selection_rate", "race=Black").value == 0
    assert audit.suppression.slices == []


def test_gaps_and_checks_over_a_hidden_slice_have_no_figures_and_the_same_outcome() -> None:
    audit, verdict = shown()
    assert all(one.value is None and one.undefined.startswith(SUPPRESSED) for one in audit.disparities)
    for check in verdict.checks:
        assert check.outcome == "undecided"
        assert (check.observed, check.low, check.high, check.rows_needed, check.worst) == (None,) * 5
        assert check.reason == (
            "Undecided, judged on all figures. They are not shown: those of race=Other, race=Mixed would tell counts "
            "of fewer than 11 people."
        )
    assert verdict.outcome == "undecided"


def test_checks_over_slices_that_are_all_shown_stay_as_they_were() -> None:
    table = {("White",): LARGE, ("Black",): (50, 20, 30, 44), ("Asian",): (33, 33, 33, 33)}
    audit, verdict = made(table, ("race",), most=1)
    after, told = suppressed(audit, verdict, 11)
    assert told == verdict
    assert (after.slices, after.measurements, after.disparities) == (
        audit.slices,
        audit.measurements,
        audit.disparities,
    )


def test_a_check_has_no_figures_where_another_of_its_rule_compares_a_hidden_slice() -> None:
    """The checks of one rule share an error rate: the bounds of each rest on the slices of all."""
    table = {(race, sex): LARGE for race in ("White", "Black") for sex in ("f", "m")} | {("Other", "f"): (1, 2, 1, 3)}
    audit, verdict = made(table)
    together = verdict.model_copy(update={"checks": [one.model_copy(update={"rule": "r"}) for one in verdict.checks]})
    alone = verdict.model_copy(update={"checks": [one for one in verdict.checks if one.by == ["sex"]]})
    assert suppressed(audit, alone, 11)[1] == alone
    assert all(one.observed is None for one in suppressed(audit, together, 11)[1].checks)


def test_findings_that_count_a_hidden_slice_are_said_without_their_figures() -> None:
    audit, _ = shown()
    (found,) = [one for one in audit.findings if one.subject == "race=Other"]
    assert found.code == "DLA401"
    assert found.evidence == {}
    assert "7" not in found.message + found.next_step


def test_a_finding_of_a_code_that_is_not_known_is_never_told_with_figures() -> None:
    secret = Finding(
        code="DLA999", severity="note", subject="model", message="7 rows", next_step="7", evidence={"n": 7}
    )
    audit, _ = shown(findings=[secret])
    (found,) = audit.findings
    assert (found.code, found.evidence) == ("DLA999", {})
    assert "7 rows" not in found.message


def test_what_counts_rows_elsewhere_is_left_out_and_named() -> None:
    bins = ScoreHistogram(slice="overall", output="1", edges=[0.0, 0.5, 1.0], positive=[100, 4], negative=[5, 200])
    found = DiscoveredSlice(
        id="age<30", where={"age": "<30"}, n=60, outcome="error", value=0.5, rest=0.1, difference=0.4, p_value=0.0,
        p_adjusted=0.0,
    )  # fmt: skip
    search = Discovery(
        method="exhaustive", columns=["age"], outcomes=["error"], searched=9, tested=4, depth=1, min_rows=50,
        alpha=0.05, found=[found],
    )  # fmt: skip
    part = Attribution(method="m", slice="race=Other", feature="age", mean=0.1, mean_abs=0.1, rows=7)
    reason = NotApplicable(what="a probe", reason="only 7 rows were left")
    audit, _ = shown(histograms=[bins], discoveries=[search], attributions=[part], not_applicable=[reason])
    assert audit.histograms == audit.attributions == audit.discoveries[0].found == []
    assert audit.discoveries[0].searched == 9
    told = {one.what: one.reason for one in audit.not_applicable}
    assert told["a probe"] == "the reason has figures, which are not shown"
    assert any("age<30" in what for what in told)
    assert {"showing score histograms", "showing attributions of some slices", "showing some slices"} <= set(told)


def test_doubt_about_an_explanation_goes_with_it_without_figures() -> None:
    doubt = Trust(
        method="m", slice="overall", ok=False, reasons=["it misses 3 % of it", "weights are ignored"], rows=90
    )
    few = doubt.model_copy(update={"rows": 4})
    audit, _ = shown(trust=[doubt, few])
    (told,) = audit.trust
    assert told.ok is False and told.reasons == ["the reason has figures, which are not shown", "weights are ignored"]
    assert "showing trust in some explanations" in {one.what for one in audit.not_applicable}


@pytest.mark.parametrize(
    ("rejected", "rows", "expected"),
    [
        ([("a", 7, {})], None, []),
        ([("a", 40, {}), ("b", 3, {})], 483, [("several reasons, which are not shown apart", 43, {})]),
        ([("a", 40, {"race=White": 37, "race=Black": 3})], 480, [("a", 40, {})]),
        ([("a", 40, {"race=White": 28, "race=Black": 12})], 480, [("a", 40, {"race=White": 28, "race=Black": 12})]),
    ],
)
def test_rejected_rows_are_told_only_where_no_count_is_small(rejected, rows, expected) -> None:
    table = {("White",): LARGE, ("Black",): (50, 20, 30, 44), ("Asian",): (33, 33, 33, 47)}
    audit, verdict = made(table, ("race",), most=1)
    lost = [Rejected(reason=reason, rows=count, by_slice=by) for reason, count, by in rejected]
    whole = audit.data.scored + sum(one.rows for one in lost)
    data = audit.data.model_copy(update={"rejected": lost, "rows": whole})
    after, _ = suppressed(audit.model_copy(update={"data": data}), verdict, 11)
    assert after.data.rows == (None if rows is None else whole)
    assert [(one.reason, one.rows, one.by_slice) for one in after.data.rejected] == expected


def test_shares_of_weighted_rows_lose_their_sums_and_those_of_few_rows_their_value() -> None:
    audit, verdict = made({("White",): LARGE, ("Black",): (500, 20, 30, 444)}, ("race",), most=1, weight="w")
    rare = {"value": 0.02, "low": 0.0, "high": 0.1, "numerator": 3.1, "denominator": 150.2, "method": "wilson_kish"}
    measurements = [
        Measurement(metric=one.metric, slice=one.slice, n=one.n, **rare)
        if one.slice == "race=White" and one.metric == "accuracy"
        else one
        for one in audit.measurements
    ]
    after, _ = suppressed(audit.model_copy(update={"measurements": measurements}), verdict, 11)
    assert all(one.numerator is None and one.denominator is None for one in after.measurements)
    assert after.measurement("accuracy", "race=White").undefined.startswith(SUPPRESSED)
    assert after.measurement("accuracy", "race=Black").value is not None


def test_nothing_is_hidden_for_0_and_1_and_a_second_time_changes_nothing() -> None:
    audit, verdict = made(TABLE, ("race",), most=1)
    assert suppressed(audit, verdict, 0) == (audit, verdict)
    assert suppressed(audit, verdict, 1) == (audit, verdict)
    once = suppressed(audit, verdict, 11)
    assert suppressed(*once, 11) == once
    assert suppressed(*once, 5) == once
    with pytest.raises(UsageError) as refused:
        suppressed(*once, 20)
    assert refused.value.code == "DLA422"


def test_an_evaluation_set_of_fewer_rows_than_may_be_shown_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        shown({("White",): (1, 2, 3, 1)})
    assert refused.value.code == "DLA421"


def test_a_suppressed_audit_is_read_back_and_no_rule_over_hidden_slices_is_decided() -> None:
    audit, verdict = shown()
    again, stored = parse(dump(audit, verdict))
    assert (again, stored) == (audit, verdict)
    judged = judge(again, Policy.from_rules("selection_rate.difference by race <= 0.9", "accuracy >= 0.01"))
    assert [one.outcome for one in judged.checks] == ["undecided", "undecided"]
    assert all("not shown in this audit" in one.reason for one in judged.checks)


def test_rules_over_slices_that_are_shown_are_still_decided() -> None:
    table = {(race, sex): LARGE for race in ("White", "Black") for sex in ("f", "m")} | {("Other", "f"): (1, 2, 1, 3)}
    audit, _ = suppressed(*made(table), 11)
    judged = judge(audit, Policy.from_rules("selection_rate.difference by sex <= 0.3", "accuracy by race >= 0.1"))
    assert [one.outcome for one in judged.checks] == ["pass", "undecided"]


def test_a_feature_with_one_person_in_every_slice_is_not_even_listed() -> None:
    table = {(f"r{at}",): (1, 0, 0, 0) if at % 2 else (0, 0, 0, 1) for at in range(14)}
    audit, _ = shown(table)
    assert audit.suppression.slices == []
    assert audit.suppression.unnamed == [["race"]]
    assert "r11" not in json.dumps(json.loads(dump(audit, None))["suppression"])


def test_an_intersection_with_very_many_small_slices_is_left_out_whole() -> None:
    table = {
        (f"r{a}", f"s{b}"): (1, 2, 3, 1) if (a + b) % 9 else (50, 50, 50, 50) for a in range(16) for b in range(10)
    }
    audit, _ = suppressed(*made(table), 11)
    assert audit.suppression.unnamed == [["race", "sex"]]
    assert all(len(one.where) < 2 for one in [*audit.slices, *audit.suppression.slices])
    judged = judge(audit, Policy.from_rules("accuracy.difference by race & sex <= 0.9"))
    assert [one.outcome for one in judged.checks] == ["undecided"]
