"""The gate's verdicts on audits whose answer is known."""

import re

import pytest
from gate_audits import counted, make_audit

from dlaudit.errors import UsageError
from dlaudit.gate import check_policy, judge
from dlaudit.record import Disparity, Measurement, Rejected, Slice
from dlaudit.spec import Policy, Rule

GAP = {"White": (876, 1000), "Black": (612, 1000)}
EVEN = {"a": (500, 1000), "b": (505, 1000)}
RATIO = "selection_rate.ratio by race >= 0.8"
FLOOR = "selection_rate by race >= 0.45"


def test_a_wide_gap_fails_and_is_told_in_figures_of_people(check):
    found = check(GAP, RATIO)
    assert (found.outcome, found.judge, found.guarantee) == ("fail", "exact", "finite-sample")
    assert found.reason.startswith("Black 61.2 % and White 87.6 % selected: ratio 0.70, interval ")
    assert "the limit is at least 0.80" in found.reason
    assert (found.worst, found.reference) == ("race=Black", "race=White")
    assert found.low < found.observed < found.high < 0.8
    assert found.observed == pytest.approx(612 / 876)


def test_even_rates_of_many_rows_pass(check):
    for rule in ("selection_rate.difference by race <= 0.1", RATIO, FLOOR, "selection_rate by race <= 0.6"):
        found = check(EVEN, rule)
        assert found.outcome == "pass", rule
        assert "pass for 2 of 2 slices" in found.reason
        assert found.rows_needed is None


def test_few_rows_are_undecided_and_the_rows_that_would_decide_are_told(check):
    counts, every = {"a": (50, 100), "b": (52, 100)}, {"scope": "all"}
    found = check(counts, changes=every)
    assert found.outcome == "undecided"
    assert found.low <= 0.1 <= found.high
    assert found.rows_needed > 100
    assert f"About {found.rows_needed:,} rows of race=" in found.reason
    planned = check(counts)
    assert planned.outcome == "undecided" and "no two slices have the rows that a pass needs" in planned.reason
    assert f"About {planned.rows_needed:,} rows of it" in planned.reason
    enough = {level: (x * found.rows_needed // 50, 2 * found.rows_needed) for level, x in (("a", 50), ("b", 52))}
    assert check(enough).outcome == "pass"


def test_small_slices_stay_in_the_fail_family_and_out_of_the_pass(check):
    small_breaks = {**EVEN, "tiny": (25, 25)}
    assert check(small_breaks).outcome == "fail"
    assert check(small_breaks).worst in {"race=a", "race=tiny"}
    small_is_even = {**EVEN, "tiny": (5, 10)}
    found = check(small_is_even)
    assert found.outcome == "pass"
    assert found.not_assessed == ["race=tiny"]
    assert "pass for 2 of 3 slices" in found.reason and "race=tiny" in found.reason


def test_a_large_slice_without_a_value_leaves_the_check_undecided(check):
    counts = {**EVEN, "c": (0, 0)}
    found = check(counts, rows={"a": 1000, "b": 1000, "c": 400})
    assert found.outcome == "undecided"
    assert "undefined in race=c (no rows)" in found.reason
    broken = check({**GAP, "c": (0, 0)}, rows={"c": 400})
    assert broken.outcome == "fail"


def test_a_small_slice_without_a_value_is_named_and_does_not_block(check):
    found = check({**EVEN, "c": (0, 0)}, rows={"a": 1000, "b": 1000, "c": 4})
    assert found.outcome == "pass"
    assert found.not_assessed == ["race=c"]


def test_nothing_to_compare_is_undecided(check, audit_of):
    assert "only one slice" in check({"a": (5, 100)}).reason
    assert check({"a": (5, 100)}).outcome == "undecided"
    nobody = check({"a": (0, 100), "b": (0, 100)}, RATIO)
    assert nobody.outcome == "undecided" and "0 in every slice" in nobody.reason
    empty = audit_of(EVEN, sensitive=["race", "age"])
    found = judge(empty, Policy.from_rules("selection_rate.difference by age <= 0.1")).checks[0]
    assert found.outcome == "undecided" and "selects no slice" in found.reason
    unmeasured = judge(empty, Policy.from_rules("selection_rate.difference by race & age <= 0.1")).checks[0]
    assert unmeasured.outcome == "undecided"


def test_all_slices_small_are_undecided(check):
    found = check({"a": (5, 10), "b": (5, 10)})
    assert found.outcome == "undecided"
    assert found.assessed == []


def test_scores_that_are_not_finite_leave_every_rule_undecided(audit_of):
    audit = audit_of(EVEN, rejected=[Rejected(reason="score is not finite (NaN)", rows=3)])
    verdict = judge(audit, Policy.from_rules("selection_rate.difference by race <= 0.1", FLOOR))
    assert [check.outcome for check in verdict.checks] == ["undecided", "undecided"]
    assert "3 rows" in verdict.checks[0].reason
    other = audit_of(EVEN, rejected=[Rejected(reason="no label", rows=3)])
    assert judge(other, Policy.from_rules(FLOOR)).outcome == "pass"


def test_floors_and_ceilings_use_exact_bounds_of_every_slice(check):
    rule = "selection_rate by race >= 0.8"
    assert check({"a": (860, 1000), "b": (850, 1000)}, rule).outcome == "pass"
    found = check({"a": (860, 1000), "b": (700, 1000)}, rule)
    assert (found.outcome, found.worst, found.contrast) == ("fail", "race=b", "each")
    found = check({"a": (860, 1000), "b": (81, 100)}, rule)
    assert found.outcome == "undecided" and found.rows_needed > 100
    assert check({"a": (860, 1000)}, rule).outcome == "pass"
    assert check({"a": (860, 1000)}, "selection_rate by race <= 0.8").outcome == "fail"
    assert check({"a": (0, 1000)}, "selection_rate by race >= 0").outcome == "pass"


@pytest.mark.parametrize("contrast", ["pairs", "rest", "reference"])
def test_every_contrast_finds_a_wide_gap_and_passes_even_slices(check, contrast):
    reference = "a" if contrast == "reference" else None
    changes = {"contrast": contrast, "reference": reference}
    broken = {"a": (300, 1000), "b": (310, 1000), "c": (600, 1000)}
    even = {"a": (3000, 10_000), "b": (3010, 10_000), "c": (2990, 10_000)}
    for rule in ("selection_rate.difference by race <= 0.1", RATIO):
        assert check(broken, rule, changes=changes).outcome == "fail"
        found = check(even, rule, changes=changes)
        assert (found.outcome, found.contrast) == ("pass", contrast)


def test_reference_overall_judges_each_slice_against_all_rows(check):
    # 0.6 against 0.5 overall: a difference of 0.1 to the whole, but 0.2 to the rest
    counts = {"a": (6000, 10_000), "b": (4000, 10_000)}
    overall = check(counts, "selection_rate.difference by race <= 0.15", changes={"reference": "overall"})
    assert (overall.outcome, overall.reference) == ("pass", "overall")
    assert overall.observed == pytest.approx(0.1)
    assert check(counts, "selection_rate.difference by race <= 0.15").outcome == "fail"
    ratio = check(counts, "selection_rate.ratio by race >= 0.7", changes={"reference": "overall"})
    assert ratio.observed == pytest.approx(0.4 / 0.5)
    assert ratio.outcome == "pass"


def test_the_best_slice_is_chosen_by_the_data_so_all_pairs_are_compared(check):
    found = check(GAP, RATIO, changes={"reference": "best"})
    assert found.contrast == "pairs" and "every pair is compared" in found.reason


def test_an_unknown_or_undefined_reference_is_undecided(check):
    found = check(EVEN, changes={"reference": "A"})
    assert found.outcome == "undecided" and "no slice 'A'" in found.reason and "Did you mean 'a'?" in found.reason
    found = check({**EVEN, "c": (0, 0)}, changes={"reference": "c"})
    assert found.outcome == "undecided" and "undefined in the reference" in found.reason


def test_a_metric_that_is_no_count_is_judged_by_its_intervals(check):
    def area(value, half):
        return {"value": value, "low": value - half, "high": value + half, "n": 500, "method": "logit_delong"}

    rule = "auc.difference by race <= 0.1"
    about = {"metric": "auc", "rows": {"a": 500, "b": 500}}
    found = check({"a": area(0.9, 0.01), "b": area(0.6, 0.02)}, rule, **about)
    assert (found.outcome, found.judge, found.guarantee) == ("fail", "interval", "asymptotic")
    assert "auc is no share of counted rows" in found.reason
    assert check({"a": area(0.8, 0.02), "b": area(0.81, 0.02)}, rule, **about).outcome == "pass"
    found = check({"a": area(0.8, 0.05), "b": area(0.87, 0.05)}, rule, **about)
    assert found.outcome == "undecided" and found.rows_needed > 500
    floor = check({"a": area(0.8, 0.02), "b": area(0.6, 0.02)}, "auc by race >= 0.7", **about)
    assert (floor.outcome, floor.worst) == ("fail", "race=b")
    ratio = check({"a": area(0.8, 0.02), "b": area(0.6, 0.02)}, "auc.ratio by race >= 0.9", **about)
    assert ratio.outcome == "fail"


def test_a_metric_without_an_interval_is_undecided_unless_screened(check):
    counts = {"a": {"value": 3.0, "n": 500}, "b": {"value": 9.0, "n": 500}}
    about = {"metric": "x", "rows": {"a": 500, "b": 500}}
    found = check(counts, "x.difference by race <= 1", **about)
    assert found.outcome == "undecided" and "no interval" in found.reason
    found = check(counts, "x.difference by race <= 1", changes={"judge": "point"}, **about)
    assert (found.outcome, found.guarantee) == ("fail", "none (point screen)")


def test_weights_and_units_turn_off_the_exact_judge(check, audit_of):
    for about, words in (({"weight": "w"}, "rows have weights"), ({"unit": "person"}, "are not independent")):
        found = check(None, audit=audit_of(EVEN, **about))
        assert found.judge == "interval" and words in found.reason


def test_several_slices_together_need_counts(check):
    counts = {"a": {"value": 0.5, "low": 0.4, "high": 0.6}, "b": {"value": 0.5, "low": 0.4, "high": 0.6}}
    for changes in ({"contrast": "rest"}, {"reference": "overall"}):
        found = check(counts, "auc.difference by race <= 0.1", metric="auc", changes=changes)
        assert found.outcome == "undecided" and "does not follow from their values" in found.reason


def test_a_side_without_a_bound_is_never_taken_for_a_decision(check):
    counts = {"a": {"value": 5.0, "low": 4.9, "n": 100}, "b": {"value": 1.0, "low": 0.9, "high": 1.1, "n": 100}}
    about = {"metric": "error", "rows": {"a": 100, "b": 100}}
    found = check(counts, "error.difference by race <= 9", **about)
    assert found.outcome == "undecided" and found.high is None
    assert "at least 3." in found.reason and "Too little is known" in found.reason
    assert check(counts, "error.ratio by race >= 0.1", **about).outcome == "undecided"
    capped = {"a": {"value": 5.0, "high": 5.1, "n": 100}}
    found = check(capped, "error by race >= 1", metric="error", rows={"a": 100})
    assert found.outcome == "undecided" and "at most 5.08" in found.reason


def test_equal_values_without_any_spread_pass_and_numbers_near_the_limit_are_told_apart(check):
    flat = {"value": 0.5, "low": 0.5, "high": 0.5, "n": 100}
    assert check({"a": flat, "b": flat}, "x.difference by race <= 0.1", metric="x").outcome == "pass"
    found = check({"a": (399_999, 1_000_000), "b": (500_000, 1_000_000)}, RATIO, changes={"judge": "point"})
    assert "ratio 0.799998" in found.reason and found.outcome == "fail"


def test_estimates_on_the_limit_are_never_decided(check):
    found = check({"a": (4800, 10_000), "b": (6000, 10_000)}, RATIO)
    assert found.outcome == "undecided" and found.rows_needed is None
    assert "no number of rows would decide" in found.reason


def test_impossible_limits_are_broken_by_every_slice(check):
    assert check({"a": (50, 50)}, changes=None, rule="selection_rate by race >= 1.5").outcome == "fail"


def test_undefined_nearly_everywhere_says_where_and_why(check):
    found = check({"a": (5, 100), "b": (0, 0)})
    assert found.outcome == "undecided" and "race=b: no rows" in found.reason


def test_a_class_is_named_beside_its_metric(check):
    found = check(
        {"a": (500, 1000), "b": (900, 1000)}, metric="recall[cat]", changes={"metric": "recall[cat].difference"}
    )
    assert found.outcome == "fail" and "of the class recognised ('cat')" in found.reason


def test_a_ratio_with_an_empty_reference_shows_no_number_for_it(check):
    found = check({"a": (0, 1000), "b": (100, 1000), "c": (0, 1000)}, RATIO, changes={"contrast": "rest"})
    assert (found.outcome, found.observed) == ("fail", 0)
    assert check({"a": (0, 40), "b": (9, 10_000)}, RATIO, changes={"reference": "overall"}).outcome == "undecided"


def test_exact_and_interval_checks_share_one_error_bound(audit_of):
    audit = audit_of(EVEN)
    audit = audit.model_copy(
        update={
            "measurements": [
                *audit.measurements,
                *(
                    Measurement(metric="auc", slice=f"race={level}", value=0.8, low=0.78, high=0.82, n=1000)
                    for level in "ab"
                ),
            ]
        }
    )
    screen = Rule(metric="auc.difference", by="race", max=0.1, judge="point", alpha=0.01)
    rules = [
        *Policy.from_rules("selection_rate.difference by race <= 0.1", "auc.difference by race <= 0.1").rules,
        screen,
    ]
    verdict = judge(audit, Policy(rules=rules))
    assert verdict.outcome == "pass"
    assert "at most 10 % over the whole policy (2 rules)" in verdict.error_bound
    assert "approximately" in verdict.error_bound and "point screens have no error rates" in verdict.error_bound


def test_a_ratio_of_negative_values_is_undecided(check):
    counts = {"a": {"value": 0.5, "low": 0.4, "high": 0.6}, "b": {"value": -0.5, "low": -0.6, "high": -0.4}}
    found = check(counts, "r2.ratio by race >= 0.8", metric="r2")
    assert found.outcome == "undecided" and "negative" in found.reason


def test_lower_is_better_where_the_audits_disparities_say_so(audit_of):
    audit = audit_of({"a": (300, 1000), "b": (600, 1000)}, metric="false_positive_rate")
    gap = Disparity(
        id="d",
        metric="false_positive_rate",
        kind="difference",
        by=["race"],
        value=0.3,
        worst="race=b",
        reference="race=a",
    )
    rule = Policy.from_rules("false_positive_rate.difference by race <= 0.1")
    assert judge(audit, rule).checks[0].worst == "race=a"
    assert judge(audit.model_copy(update={"disparities": [gap]}), rule).checks[0].worst == "race=b"


def test_unknown_slices_are_not_compared(check, audit_of):
    audit = audit_of({**EVEN, "(unknown)": (900, 1000)})
    slices = [s.model_copy(update={"unknown": "(unknown)" in s.id}) for s in audit.slices]
    found = check(None, audit=audit.model_copy(update={"slices": slices}))
    assert found.outcome == "pass" and len(found.assessed) == 2


def test_intersections_are_found_by_their_features_in_any_order(audit_of):
    audit = audit_of(EVEN)
    cells = [("F", "B", 500), ("M", "B", 900)]
    slices, measured = list(audit.slices), list(audit.measurements)
    for sex, race, x in cells:
        name = f"race={race} & sex={sex}"
        where = {"race": race, "sex": sex}
        slices.append(Slice(id=name, by=["race", "sex"], where=where, n=1000, share=0.1, kind="intersection"))
        measured.append(
            Measurement(metric="selection_rate", slice=name, value=x / 1000, numerator=x, denominator=1000, n=1000)
        )
    audit = audit.model_copy(update={"slices": slices, "measurements": measured})
    rule = Rule(metric="selection_rate.difference", by="sex & race", max=0.1)
    found = judge(audit, Policy(rules=[rule])).checks[0]
    assert (found.outcome, found.by, found.worst) == ("fail", ["race", "sex"], "race=B & sex=F")


def test_a_rule_without_features_makes_one_check_for_each(audit_of):
    audit = audit_of(EVEN, sensitive=["race", "age"])
    verdict = judge(audit, Policy.from_rules("selection_rate.difference <= 0.1"))
    assert [check.by for check in verdict.checks] == [["race"], ["age"]]


def test_unknown_metrics_and_features_are_refused_all_at_once(audit_of):
    rules = ("selection_rat.difference by race <= 0.1", "selection_rate.difference by rase <= 0.1")
    with pytest.raises(UsageError) as told:
        judge(audit_of(EVEN), Policy.from_rules(*rules))
    assert told.value.code == "DLA106"
    assert "Did you mean 'selection_rate'?" in told.value.message and "Did you mean 'race'?" in told.value.message
    with pytest.raises(UsageError, match="Did you mean 'race'") as told:
        judge(audit_of(EVEN), Policy.from_rules(rules[1]))
    assert told.value.code == "DLA106"


def test_a_policy_can_be_checked_before_anything_runs():
    check_policy(Policy.from_rules("selection_rate.ratio by race >= 0.8", "accuracy by anything >= 0.5"))
    with pytest.raises(UsageError) as told:
        check_policy(Policy.from_rules("selection_rat.ratio by race >= 0.8"))
    assert told.value.code == "DLA106" and "Did you mean 'selection_rate'?" in told.value.message


@pytest.mark.parametrize(
    ("level", "undecided", "counts", "outcome"),
    [
        ("error", None, GAP, "fail"),
        ("warning", None, GAP, "none"),
        ("note", None, GAP, "none"),
        ("error", None, {"a": (5, 40), "b": (5, 40)}, "undecided"),
        ("error", "warning", {"a": (5, 40), "b": (5, 40)}, "none"),
        ("error", "ignore", {"a": (5, 40), "b": (5, 40)}, "none"),
        ("warning", None, {"a": (5, 40), "b": (5, 40)}, "none"),
        ("error", None, EVEN, "pass"),
    ],
)
def test_levels_decide_what_counts(audit_of, level, undecided, counts, outcome):
    rule = Rule(metric="selection_rate.difference", by="race", max=0.1, level=level, undecided=undecided)
    assert judge(audit_of(counts), Policy(rules=[rule])).outcome == outcome


def test_no_rules_are_not_judged(audit_of):
    verdict = judge(audit_of(EVEN), Policy())
    assert (verdict.outcome, verdict.sentence) == ("none", "Not judged: no rules were given.")


def test_the_verdict_tells_its_checks_and_its_error_bound(audit_of):
    policy = Policy.from_rules("selection_rate.difference by race <= 0.1", RATIO, "selection_rate by race >= 0.2")
    verdict = judge(audit_of(GAP), policy)
    assert verdict.sentence.startswith("Fail: of 3 checks, 2 are broken (selection_rate.difference by race <= 0.1")
    assert verdict.sentence.endswith(") and 1 holds.")
    assert "wrong FAIL: at most 5 % per rule" in verdict.error_bound
    assert "at most 15 % over the whole policy (3 rules)" in verdict.error_bound
    assert "wrong PASS: at most 5 % per check" in verdict.error_bound
    screen = [Rule(metric="selection_rate.ratio", by="race", min=0.8, judge="point")]
    assert "no error rates" in judge(audit_of(GAP), Policy(rules=screen)).error_bound


def test_error_rates_are_told_with_the_slices_base_rates(audit_of):
    audit = audit_of(EVEN, metric="true_positive_rate")
    common = [counted("prevalence", one.id, 30 * (place + 1), 100) for place, one in enumerate(audit.slices)]
    audit = audit.model_copy(update={"measurements": [*audit.measurements, *common]})
    rate, base = (
        judge(audit, Policy.from_rules(f"{metric}.difference by race <= 0.9")).checks[0].reason
        for metric in ("true_positive_rate", "prevalence")
    )
    assert "Truly positive: " in rate and "30.0 %" in rate
    assert "Truly positive: " not in base


def test_no_sentence_claims_more_than_was_found(audit_of):
    said = []
    for counts in (GAP, EVEN, {"a": (5, 40), "b": (5, 40)}, {"a": (0, 50), "b": (0, 50)}):
        for judged in ("exact", "interval", "point"):
            rules = [
                Rule(metric="selection_rate.difference", by="race", max=0.1, judge=judged),
                Rule(metric="selection_rate.ratio", by="race", min=0.8, judge=judged, reference="overall"),
                Rule(metric="selection_rate", by="race", min=0.4, judge=judged),
            ]
            verdict = judge(audit_of(counts), Policy(rules=rules))
            said += [verdict.sentence, verdict.error_bound, *(check.reason for check in verdict.checks)]
    assert not re.search(r"\b(fair|unbiased|compliant|certified|proves?)\b", " ".join(said), re.IGNORECASE)
    assert all(text for text in said)


def test_data_text_in_sentences_cannot_move_the_cursor(check):
    found = check({"a\x1b[2J": (500, 1000), "b": (900, 1000)})
    assert "\x1b" not in found.reason and found.outcome == "fail"


def test_too_many_slices_in_pairs_are_undecided_at_once_and_the_rest_is_named_as_the_way_out():
    counts = {f"level {at}": (10, 40) for at in range(65)}
    rule = {"metric": "selection_rate.difference", "by": "race", "max": 0.1}
    found = judge(make_audit(counts), Policy(rules=[Rule(**rule)])).checks[0]
    assert found.outcome == "undecided" and "65 slices in pairs are 4,160 comparisons" in found.reason
    rest = judge(make_audit(counts), Policy(rules=[Rule(**rule, contrast="rest")]), bounds=False).checks[0]
    assert "comparisons" not in rest.reason
