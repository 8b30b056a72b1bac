"""`max_drop`: how much worse than in the earlier run, judged on the rows that both scored where that can be."""

import numpy as np
import pytest
from gate_audits import make_audit
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.gate import judge
from dlaudit.record import (
    AgainstModel,
    DisparityChange,
    Estimate,
    Exchanged,
    GapChange,
    OtherModel,
    PairedEstimate,
    RunComparison,
    RunRef,
)
from dlaudit.spec import Policy, Rule

EVEN = {"a": (500, 1000), "b": (500, 1000)}
RUN = RunRef(place="old", rows=2000)


def estimate(value, half):
    return PairedEstimate(value=value, low=value - half, high=value + half)


def gap(base, tuned, half=0.01, exchanged=(), slices=("race=a", "race=b"), wide=0.02):
    return GapChange(
        metric="selection_rate",
        by=["race"],
        slice=slices[0],
        reference=slices[1],
        base=estimate(base, wide),
        tuned=estimate(tuned, wide),
        change=estimate(tuned - base, half),
        status="undecided",
        method="bonett_price",
        exchanged=list(exchanged),
        rows=2000,
    )


def paired(*gaps):
    return RunComparison(old=RUN, paired=AgainstModel(model=OtherModel(), rows=2000, changes=list(gaps)))


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
    audit = make_audit(counts).model_copy(update={"baseline": baseline})
    verdict = judge(audit, Policy(rules=[Rule(metric=metric, by="race", max_drop=limit, **changes)]))
    return verdict, verdict.checks[0]


def test_without_an_earlier_run_a_drop_is_not_judged_and_only_warns():
    verdict, found = check(None)
    assert (found.outcome, found.undecided, found.compare) == ("undecided", "warning", "baseline")
    assert "not judged, as there is no earlier run" in found.reason
    assert verdict.outcome == "none" and verdict.sentence == "Not judged: of 1 check, 1 is undecided."
    assert check(None, undecided="error")[0].outcome == "undecided"


def test_a_gap_that_grew_fails_and_one_that_stayed_passes():
    _, grown = check(paired(gap(0.10, 0.20)))
    assert (grown.outcome, grown.judge, grown.guarantee) == ("fail", "interval", "asymptotic")
    assert (grown.worst, grown.reference, grown.bound) == ("race=a", "race=b", "max")
    assert grown.observed == pytest.approx(0.1)
    assert "Since the earlier run selection_rate of race=a and race=b got worse by 0.10" in grown.reason
    assert "on the rows that both runs scored" in grown.reason
    verdict, kept = check(paired(gap(0.10, 0.11)))
    assert (kept.outcome, verdict.outcome) == ("pass", "pass")
    assert "A pass for 1 of 1 comparisons" in kept.reason
    assert kept.assessed == ["race=a", "race=b"]
    assert check(paired(gap(0.10, 0.15)))[1].outcome == "undecided"


def test_a_gap_that_shrank_is_no_drop_however_much_it_changed():
    assert check(paired(gap(0.30, 0.05)))[1].outcome == "pass"
    assert check(paired(gap(-0.30, -0.05)))[1].outcome == "pass"


def test_a_gap_that_turned_over_is_judged_by_its_size():
    assert check(paired(gap(0.10, -0.30)))[1].outcome == "fail" or check(paired(gap(0.10, -0.30)))[1].observed > 0.1
    assert check(paired(gap(0.10, -0.30)))[1].observed == pytest.approx(0.20)
    assert check(paired(gap(0.10, -0.30)))[1].outcome != "pass"
    assert check(paired(gap(0.10, -0.10)))[1].outcome == "pass"


def test_one_of_several_comparisons_is_enough_to_fail_and_all_are_needed_to_pass():
    there = dict.fromkeys("abc", (500, 1000))
    others = [gap(0.1, 0.1, slices=("race=a", "race=c")), gap(0.1, 0.1, slices=("race=b", "race=c"))]
    assert check(paired(gap(0.1, 0.3), *others), counts=there)[1].outcome == "fail"
    assert check(paired(gap(0.1, 0.145), *others), counts=there)[1].outcome == "undecided"
    _, some = check(paired(gap(0.1, 0.3), *others), counts=there, slices=["race=b", "race=c"])
    assert some.outcome == "pass" and some.assessed == ["race=b", "race=c"]


def test_a_value_is_judged_slice_by_slice_on_rows_that_changed_sides():
    fell = [
        Exchanged(slice="race=a", gained=5, lost=105, n=1000),
        Exchanged(slice="race=b", gained=10, lost=10, n=1000),
    ]
    _, found = check(paired(gap(0, 0.1, exchanged=fell)), metric="selection_rate")
    assert (found.outcome, found.worst, found.kind) == ("fail", "race=a", "value")
    assert found.observed == pytest.approx(0.1)
    rose = [one.model_copy(update={"gained": one.lost, "lost": one.gained}) for one in fell]
    assert check(paired(gap(0, 0.1, exchanged=rose)), metric="selection_rate")[1].outcome == "pass"


def test_a_ratio_and_rows_that_changed_are_judged_from_the_figures_of_both_runs():
    _, fell = check(figures("ratio", 0.9, 0.7), metric="selection_rate.ratio")
    assert fell.outcome == "fail" and fell.observed == pytest.approx(0.2)
    assert check(figures("ratio", 0.7, 0.9), metric="selection_rate.ratio")[1].outcome == "pass"
    _, changed = check(figures("difference", 0.1, 0.3))
    assert changed.outcome == "fail" and "as of independent samples, because the data changed" in changed.reason
    assert (changed.worst, changed.reference) == (None, None)


def test_what_cannot_be_compared_is_undecided_and_says_why():
    assert "on the same rows only: the data changed" in check(figures("ratio", 0.9, 0.7), "selection_rate")[1].reason
    assert "do not both have" in check(figures("ratio", 0.9, 0.7), "selection_rate.difference")[1].reason
    assert "was not compared" in check(paired())[1].reason
    assert "no share of rows" in check(paired(gap(0, 0.1)), metric="selection_rate")[1].reason
    bare = gap(0.1, 0.1).model_copy(update={"change": PairedEstimate(value=0.0)})
    assert check(paired(bare))[1].outcome == "undecided"


def test_with_an_earlier_run_what_cannot_be_compared_does_not_let_a_drop_through():
    flipped = RunComparison(old=RUN, not_paired="rows with the same id have other labels")
    verdict, found = check(flipped, metric="selection_rate")
    assert (verdict.outcome, found.outcome, found.undecided) == ("undecided", "undecided", "error")
    assert check(flipped, metric="selection_rate", level="warning")[1].undecided == "warning"
    assert check(flipped, metric="selection_rate", undecided="ignore")[1].undecided == "ignore"


def test_rows_that_were_cut_leave_a_drop_undecided_and_new_ones_are_told():
    kept = paired(gap(0.10, 0.11))
    cut = kept.model_copy(update={"only_old": 40, "only_new": 1})
    for metric in ("selection_rate.difference", "selection_rate.ratio"):
        verdict, found = check(cut, metric=metric)
        assert (verdict.outcome, found.outcome) == ("undecided", "undecided")
        assert "the evaluation set changed: 40 rows of the earlier run are not in this one" in found.reason
        assert "1 of this run" not in found.reason and "1 row of this run was not in the earlier one" in found.reason
    _, more = check(kept.model_copy(update={"only_new": 40}))
    assert more.outcome == "pass" and "40 rows of this run alone could not be compared" in more.reason


def test_a_screen_takes_the_estimates():
    assert check(paired(gap(0.10, 0.16)), judge="point")[1].outcome == "fail"
    assert check(paired(gap(0.10, 0.14)), judge="point")[1].outcome == "pass"


def test_a_rule_on_a_drop_reads_from_a_flag():
    rule = Rule.parse("selection_rate.ratio by race max_drop 0.02")
    assert (rule.max_drop, rule.name) == (0.02, "selection_rate.ratio by race max_drop 0.02")


RANK = {"fail": 0, "undecided": 1, "pass": 2}


@settings(max_examples=100, deadline=None)
@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.001, 0.2), st.floats(0, 0.3), st.floats(0, 0.3))
def test_a_larger_drop_allowed_never_makes_it_worse(base, tuned, half, limit, more):
    run = paired(gap(base, tuned, half))
    assert RANK[check(run, limit=limit + more)[1].outcome] >= RANK[check(run, limit=limit)[1].outcome]


def _simulated(truth, base, seeds, half=0.01, limit=0.05):
    """How often the gate fails and passes a gap that truly went from `base` to `truth`, estimates drawn normally."""
    rng, error = np.random.default_rng(seeds), half / 1.96
    counts = {"fail": 0, "pass": 0, "undecided": 0}
    for _ in range(400):
        old = base + rng.normal(0, error)
        moved = truth - base + rng.normal(0, error)
        new = old + moved
        wide = half * np.sqrt(2)
        one = gap(old, new, half).model_copy(
            update={"tuned": PairedEstimate(value=new, low=new - wide, high=new + wide), "base": estimate(old, half)}
        )
        counts[check(paired(one), limit=limit)[1].outcome] += 1
    return counts


@pytest.mark.parametrize("base", [0.0, 0.02, 0.2])
def test_wrong_verdicts_at_the_limit_are_as_rare_as_promised(base):
    at_limit = _simulated(base + 0.05, base, 7)
    most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert at_limit["fail"] / 400 <= most and at_limit["pass"] / 400 <= most


def test_the_bare_estimates_would_err_half_of_the_time():
    rng = np.random.default_rng(7)
    assert np.mean([0.05 + rng.normal(0, 0.005) > 0.05 for _ in range(400)]) > 0.4


def test_a_first_run_is_headlined_as_open_and_not_as_without_rules():
    from dlaudit.outputs.sentences import headline

    verdict, _ = check(None)
    told = str(headline(make_audit(EVEN), verdict))
    assert "no rules" not in told.casefold() and "within" not in told.casefold()
