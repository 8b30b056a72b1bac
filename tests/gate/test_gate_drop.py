"""`max_drop`: how much worse than in the baseline, judged on the rows that both scored where that can be."""

import pytest
from drop_rates import RUN, check_of, paired, rate, rates, weighed
from gate_audits import make_audit

from dlaudit.gate import judge
from dlaudit.gate.change_rules import change_rules
from dlaudit.record import (
    DisparityChange,
    Estimate,
    RateChange,
    RunComparison,
    ValueChange,
)
from dlaudit.record.pairs import PairsInfo
from dlaudit.spec import ChangeGate, Policy, Rule

EVEN = {"a": (500, 1000), "b": (500, 1000)}


def figures(kind, old, new, half=0.01, why="the data changed"):
    change = Estimate(value=new - old, low=new - old - half, high=new - old + half)
    found = DisparityChange(
        metric="selection_rate",
        kind=kind,
        by=["race"],
        old=Estimate(value=old, n=2000),
        new=Estimate(value=new, n=2000),
        change=change,
    )
    return RunComparison(old=RUN, not_paired=why, changes=[found])


def check(baseline, metric="selection_rate.difference", limit=0.05, counts=EVEN, **changes):
    return check_of(make_audit(counts), baseline, metric, limit, **changes)


def test_without_an_earlier_run_a_drop_is_not_judged_and_only_warns():
    verdict, found = check(None)
    assert (found.outcome, found.undecided, found.compare) == ("undecided", "warning", "baseline")
    assert "not judged, as there is no baseline" in found.reason
    assert verdict.outcome == "none" and verdict.sentence == "Not judged: of 1 check, 1 is undecided."
    assert check(None, undecided="error")[0].outcome == "undecided"


def test_a_gap_that_grew_fails_and_one_that_stayed_passes():
    _, grown = check(paired(rate("a", 0.4, 0.30), rate("b", 0.5, 0.5)))
    assert (grown.outcome, grown.judge, grown.guarantee) == ("fail", "interval", "asymptotic")
    assert {grown.worst, grown.reference} == {"race=a", "race=b"} and grown.bound == "max"
    assert grown.observed == pytest.approx(0.1)
    assert "selection_rate of race=b and race=a got worse by 10.0 points" in grown.reason
    assert "on the rows that both runs scored" in grown.reason
    verdict, kept = check(paired(rate("a", 0.3, 0.29), rate("b", 0.5, 0.5)))
    assert (kept.outcome, verdict.outcome) == ("pass", "pass")
    assert "A pass for 1 of 1 comparisons" in kept.reason
    assert set(kept.assessed) == {"race=a", "race=b"}
    assert check(paired(rate("a", 0.3, 0.25), rate("b", 0.5, 0.5)))[1].outcome == "undecided"


def test_a_gap_that_shrank_is_no_drop_however_much_it_changed():
    assert check(paired(rate("a", 0.3, 0.55, churn=0.3), rate("b", 0.6, 0.6)))[1].outcome == "pass"
    assert check(paired(rate("b", 0.3, 0.55, churn=0.3), rate("a", 0.6, 0.6)))[1].outcome == "pass"


def test_a_gap_that_turned_over_is_judged_by_its_size():
    _, more = check(paired(rate("a", 0.6, 0.3, churn=0.4), rate("b", 0.5, 0.6, churn=0.2)))
    assert more.outcome == "fail" and more.observed == pytest.approx(0.20)
    alike = paired(rate("a", 0.6, 0.5, n=8000, churn=0.12), rate("b", 0.5, 0.6, n=8000, churn=0.12))
    assert check(alike)[1].outcome == "pass"


def test_one_of_several_comparisons_is_enough_to_fail_and_all_are_needed_to_pass():
    there, still = dict.fromkeys("abc", (500, 1000)), [rate("b", 0.5, 0.5), rate("c", 0.5, 0.5)]
    assert check(paired(rate("a", 0.4, 0.2, churn=0.3), *still), counts=there)[1].outcome == "fail"
    assert check(paired(rate("a", 0.4, 0.355), *still), counts=there)[1].outcome == "undecided"
    _, some = check(
        paired(rate("a", 0.4, 0.2, churn=0.3), *still), counts=there, slices=["race=b", "race=c"], limit=0.06
    )
    assert some.outcome == "pass" and set(some.assessed) == {"race=b", "race=c"}


def test_a_value_is_judged_exactly_slice_by_slice_on_rows_that_changed_sides():
    fell = [rates("a", 395, 5, 105, 1000), rates("b", 490, 10, 10, 1000)]
    _, found = check(paired(*fell), metric="selection_rate")
    assert (found.outcome, found.worst, found.kind) == ("fail", "race=a", "value")
    assert (found.judge, found.guarantee) == ("exact", "finite-sample")
    assert found.observed == pytest.approx(0.1)
    rose = [rates("a", 395, 105, 5, 1000), rates("b", 490, 10, 10, 1000)]
    assert check(paired(*rose), metric="selection_rate")[1].outcome == "pass"
    _, other = check(paired(*fell), metric="selection_rate", judge="interval")
    assert (other.outcome, other.guarantee) == ("fail", "asymptotic")


def test_where_less_is_better_a_rise_is_worse():
    rose = rates("a", 395, 105, 5, 1000, metric="false_positive_rate")
    audit = make_audit(EVEN, metric="false_positive_rate").model_copy(update={"baseline": paired(rose)})
    rule = Rule(metric="false_positive_rate", by="race", max_drop=0.05)
    assert judge(audit, Policy(rules=[rule])).checks[0].outcome == "fail"


def test_a_single_slice_is_judged_too():
    alone = {"a": (500, 1000)}
    _, found = check(paired(rates("a", 395, 5, 105, 1000)), metric="selection_rate", counts=alone)
    assert found.outcome == "fail"
    assert "only one slice by race" in check(paired(rate("a", 0.5, 0.5)), counts=alone)[1].reason


def test_a_value_without_counted_rows_is_judged_by_the_interval_of_its_paired_change():
    _, fell = check(paired(weighed("a", 0.5, 0.4, 0.01), weighed("b", 0.5, 0.5, 0.01)), metric="selection_rate")
    assert (fell.outcome, fell.judge, fell.worst) == ("fail", "interval", "race=a")
    assert fell.observed == pytest.approx(0.1)
    assert "Judged by intervals, because selection_rate is no share of rows that are the same" in fell.reason
    _, kept = check(paired(weighed("a", 0.5, 0.49, 0.01), weighed("b", 0.5, 0.5, 0.01)), metric="selection_rate")
    assert kept.outcome == "pass" and kept.passes_from == pytest.approx(0.01 + 1.645 * 0.01, abs=1e-3)
    one = weighed("a", 0.5, 0.5, 0.01).model_copy(update={"low": None, "high": None})
    assert check(paired(one, weighed("b", 0.5, 0.5, 0.01)), metric="selection_rate")[1].outcome == "undecided"


def test_a_ratio_is_judged_on_the_same_rows_where_the_independent_figures_would_not_decide():
    moved = paired(rate("a", 0.4, 0.34), rate("b", 0.5, 0.5))
    by_figures = moved.model_copy(update={"changes": figures("ratio", 0.8, 0.68, half=0.11).changes})
    _, fell = check(by_figures, metric="selection_rate.ratio")
    assert fell.outcome == "fail" and fell.observed == pytest.approx(0.8 - 0.34 / 0.5)
    assert "on the rows that both runs scored" in fell.reason
    bare = by_figures.model_copy(update={"paired": None})
    assert check(bare, metric="selection_rate.ratio")[1].outcome == "undecided", "as independent samples"
    back = paired(rate("a", 0.34, 0.4, n=3000), rate("b", 0.5, 0.5, n=3000))
    assert check(back, metric="selection_rate.ratio")[1].outcome == "pass"


def test_a_ratio_with_a_zero_is_never_passed_and_one_of_two_zeros_is_undefined():
    nobody = paired(rate("a", 0.3, 0.0, churn=0.3), rate("b", 0.5, 0.5))
    assert check(nobody, metric="selection_rate.ratio")[1].outcome == "fail", "the ratio fell from .6 to 0"
    was_none = paired(rate("a", 0.0, 0.0, churn=0.0), rate("b", 0.5, 0.5))
    assert check(was_none, metric="selection_rate.ratio")[1].outcome == "undecided"
    none_at_all = paired(rate("a", 0.3, 0.0, churn=0.3), rate("b", 0.3, 0.0, churn=0.3))
    _, found = check(none_at_all, metric="selection_rate.ratio")
    assert found.outcome == "undecided" and "both are 0 in this run" in found.reason
    unsure = paired(weighed("a", 0.3, 0.0, 0.01), weighed("b", 0.5, 0.5, 0.01))
    assert "a value is 0 in this run" in check(unsure, metric="selection_rate.ratio")[1].reason


def test_rows_that_changed_are_judged_from_the_figures_of_both_runs():
    _, fell = check(figures("ratio", 0.9, 0.7), metric="selection_rate.ratio")
    assert fell.outcome == "fail" and fell.observed == pytest.approx(0.2)
    assert check(figures("ratio", 0.7, 0.9), metric="selection_rate.ratio")[1].outcome == "pass"
    _, changed = check(figures("difference", 0.1, 0.3))
    assert changed.outcome == "fail" and "as of independent samples, because the data changed" in changed.reason
    assert (changed.worst, changed.reference) == (None, None)


def test_a_value_on_other_rows_is_judged_as_of_independent_samples():
    def value(level, old, new, half):
        change = Estimate(value=new - old, low=new - old - half, high=new - old + half)
        ends = {"old": Estimate(value=old, n=1000), "new": Estimate(value=new, n=1000), "change": change}
        return ValueChange(metric="selection_rate", slice=f"race={level}", by=["race"], **ends)

    still = value("b", 0.5, 0.5, 0.04)
    for new, outcome in ((0.3, "fail"), (0.49, "pass"), (0.45, "undecided"), (0.7, "pass")):
        run = RunComparison(old=RUN, not_paired="the data changed", values=[value("a", 0.5, new, 0.04), still])
        _, found = check(run, metric="selection_rate")
        assert found.outcome == outcome and "as of independent samples, because the data changed" in found.reason


def test_what_cannot_be_compared_is_undecided_and_says_why():
    _, bare = check(figures("ratio", 0.9, 0.7), "selection_rate")
    assert "do not both have selection_rate by race, and the data changed" in bare.reason
    assert "do not both have" in check(figures("ratio", 0.9, 0.7), "selection_rate.difference")[1].reason
    assert "was not compared" in check(paired(), metric="selection_rate")[1].reason
    assert "do not both have" in check(paired())[1].reason
    gone = RateChange(
        metric="selection_rate", by=["race"], slice="race=a", rows=900, undefined="no rows in the later model"
    )
    for metric in ("selection_rate", "selection_rate.difference", "selection_rate.ratio"):
        _, found = check(paired(gone, rate("b", 0.5, 0.5)), metric=metric)
        assert found.outcome == "undecided" and "no rows in the later model" in found.reason


def test_with_an_earlier_run_what_cannot_be_compared_does_not_let_a_drop_through():
    flipped = RunComparison(old=RUN, not_paired="rows with the same id have other labels")
    verdict, found = check(flipped, metric="selection_rate")
    assert (verdict.outcome, found.outcome, found.undecided) == ("undecided", "undecided", "error")
    assert check(flipped, metric="selection_rate", level="warning")[1].undecided == "warning"
    assert check(flipped, metric="selection_rate", undecided="ignore")[1].undecided == "ignore"


def test_rows_that_were_cut_leave_a_drop_undecided_and_new_ones_are_told():
    kept = paired(rate("a", 0.3, 0.29), rate("b", 0.5, 0.5))
    cut = kept.model_copy(update={"only_old": 40, "only_new": 1})
    for metric in ("selection_rate.difference", "selection_rate.ratio"):
        verdict, found = check(cut, metric=metric)
        assert (verdict.outcome, found.outcome) == ("undecided", "undecided")
        assert "the evaluation set changed: 40 rows of the baseline are not in this run" in found.reason
        assert "1 of this run" not in found.reason and "1 row of this run was not in the baseline" in found.reason
    _, more = check(kept.model_copy(update={"only_new": 40}))
    assert more.outcome == "pass" and "40 rows of this run alone could not be compared" in more.reason


def test_small_slices_can_fail_and_no_pass_speaks_of_them():
    there = {"a": (500, 1000), "b": (500, 1000), "c": (15, 29)}
    still = [rate("a", 0.5, 0.5), rate("b", 0.5, 0.5)]
    for metric in ("selection_rate", "selection_rate.difference", "selection_rate.ratio"):
        _, fell = check(paired(*still, rates("c", 1, 0, 15, 29)), metric=metric, counts=there, limit=0.1)
        assert fell.outcome == "fail" and "race=c" in {fell.worst, fell.reference}, metric
        _, kept = check(paired(*still, rates("c", 15, 0, 0, 29)), metric=metric, counts=there, limit=0.1)
        assert kept.outcome == "pass", kept.reason
        assert "race=c" not in kept.assessed and "race=c" in kept.not_assessed and "race=c" in kept.reason


def test_a_slice_of_this_run_alone_is_named_and_no_pass_speaks_of_it():
    there = {"a": (500, 1000), "b": (500, 1000), "new": (20, 40)}
    _, found = check(paired(rate("a", 0.5, 0.5), rate("b", 0.5, 0.5)), metric="selection_rate", counts=there)
    assert found.outcome == "pass" and found.not_assessed == ["race=new"]


def test_the_same_model_on_the_same_rows_passes_however_few_they_are():
    few = paired(rates("a", 20, 0, 0, 40), rates("b", 20, 0, 0, 40))
    there = {"a": (20, 40), "b": (20, 40)}
    for metric in ("selection_rate", "selection_rate.difference", "selection_rate.ratio"):
        assert check(few, metric=metric, counts=there, limit=0.0)[1].outcome == "undecided"
        same = few.model_copy(update={"unchanged": True})
        _, found = check(same, metric=metric, counts=there, limit=0.0)
        assert found.outcome == "pass" and "Nothing changed since" in found.reason
        assert (found.fails_up_to, found.passes_from) == (None, 0.0)
    claimed = paired(rates("a", 10, 0, 25, 40), rates("b", 20, 0, 0, 40)).model_copy(update={"unchanged": True})
    assert check(claimed, metric="selection_rate", counts=there)[1].outcome == "fail", "what changed is not unchanged"


def test_a_screen_takes_the_estimates():
    assert check(paired(rate("a", 0.4, 0.34), rate("b", 0.5, 0.5)), judge="point")[1].outcome == "fail"
    assert check(paired(rate("a", 0.4, 0.36), rate("b", 0.5, 0.5)), judge="point")[1].outcome == "pass"


def test_a_rule_on_a_drop_reads_from_a_flag():
    rule = Rule.parse("selection_rate.ratio by race max_drop 0.02")
    assert (rule.max_drop, rule.name) == (0.02, "selection_rate.ratio by race max_drop 0.02")


def test_a_first_run_is_headlined_as_open_and_not_as_without_rules():
    from dlaudit.outputs.sentences import headline

    verdict, _ = check(None)
    told = str(headline(make_audit(EVEN), verdict))
    assert "no rules" not in told.casefold() and "within" not in told.casefold()


def test_pairs_are_asked_for_the_error_rates_that_an_audit_of_them_measures():
    audit = make_audit(EVEN)
    audit = audit.model_copy(update={"model": audit.model.model_copy(update={"task": "binary"})})
    audit = audit.model_copy(update={"baseline": RunComparison(old=RUN.model_copy(update={"task": "binary"}))})
    asked = ChangeGate(max_drop=0.02)
    assert [one.metric for one in change_rules(audit, asked)] == ["true_positive_rate", "false_positive_rate"]
    pairs = audit.data.model_copy(update={"pairs": PairsInfo(samples=4, identities=2, mated=2, nonmated=4)})
    audit = audit.model_copy(update={"data": pairs})
    assert [one.metric for one in change_rules(audit, asked)] == ["false_negative_rate", "false_positive_rate"]
