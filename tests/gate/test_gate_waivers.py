"""Waivers: what they cover, until when, and that they never make a gate pass by accident."""

import datetime

import pytest
from gate_audits import make_audit
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dlaudit.errors import UsageError
from dlaudit.gate import check_policy, judge
from dlaudit.record.files import dump, parse
from dlaudit.spec import Policy, Rule, Waiver

DAY = datetime.date(2026, 11, 21)
TWO = {"a": (900, 1000), "b": (600, 1000)}
THREE = {"a": (900, 1000), "b": (600, 1000), "c": (890, 1000)}
FOUR = {**THREE, "d": (500, 1000)}
RULE = Rule(metric="selection_rate.ratio", by="race", min=0.9, id="parity")
RANK = {"fail": 0, "undecided": 1, "none": 2, "pass": 3}


def waiver(**changes) -> Waiver:
    about = {"rule": "parity", "reason": "more data due", "owner": "board", "expires": DAY} | changes
    return Waiver(**about)


def judged(counts, *waivers, rule=RULE, day=DAY):
    return judge(make_audit(counts), Policy(rules=[rule], waivers=list(waivers)), today=day)


def test_a_waived_failure_does_not_fail_the_gate_and_is_told():
    verdict = judged(TWO, waiver())
    found = verdict.checks[0]
    assert (verdict.outcome, found.outcome, found.waived) == ("pass", "fail", True)
    assert "Waived until 2026-11-21 by board: more data due." in found.reason
    assert verdict.sentence == "Pass: of 1 check, 1 is waived (parity)."
    assert (found.waivers[0].reason, found.waivers[0].owner, verdict.findings) == ("more data due", "board", [])
    assert judged(TWO).outcome == "fail"  # the twin without it


def test_a_waiver_holds_through_its_last_day_and_not_a_day_longer():
    assert judged(TWO, waiver(), day=DAY).outcome == "pass"
    late = judged(TWO, waiver(), day=DAY + datetime.timedelta(days=1))
    assert (late.outcome, late.checks[0].waived, late.checks[0].waivers) == ("fail", False, [])
    found = late.findings[0]
    assert (found.code, found.severity, found.subject) == ("DLA108", "error", "parity")
    assert "held until 2026-11-21 (1 day ago) and waives nothing any more" in found.message
    assert found.evidence["judged_on"] == "2026-11-22"


def test_the_day_of_judgement_is_stored_so_that_judging_again_gives_the_same():
    verdict = judged(TWO, waiver(), day=DAY)
    assert verdict.judged_on == "2026-11-21"
    again = judged(TWO, waiver(), day=datetime.date.fromisoformat(verdict.judged_on))
    assert again == verdict
    audit, stored = parse(dump(make_audit(TWO), verdict))
    assert stored == verdict and audit == make_audit(TWO)


def test_without_waivers_no_verdict_depends_on_the_day():
    early, late = judged(TWO, day=DAY), judged(TWO, day=DAY.replace(year=2030))
    assert early == late and early.judged_on is None


def test_the_day_is_that_of_utc_where_none_is_given():
    verdict = judge(make_audit(TWO), Policy(rules=[RULE], waivers=[waiver(expires=datetime.date(9999, 12, 31))]))
    days = {datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=one) for one in (0, 1)}
    assert datetime.date.fromisoformat(verdict.judged_on) in days


def test_a_waiver_that_nothing_needs_is_a_finding():
    verdict = judged({"a": (900, 1000), "b": (900, 1000)}, waiver())
    assert (verdict.outcome, verdict.checks[0].waived) == ("pass", False)
    assert [(one.code, one.severity) for one in verdict.findings] == [("DLA108", "warning")]
    assert "is not used: nothing that it is about fails or is undecided" in verdict.findings[0].message


@pytest.mark.parametrize(("days", "told"), [(366, 0), (367, 1), (2_912_085, 1)])
def test_a_waiver_that_does_not_end_within_a_year_is_a_finding_and_still_waives(days, told):
    verdict = judged(TWO, waiver(expires=DAY + datetime.timedelta(days=days)))
    assert (verdict.outcome, verdict.checks[0].waived) == ("pass", True)
    assert [(one.code, one.severity) for one in verdict.findings] == [("DLA108", "warning")] * told
    if told:
        assert f"{days:,} days from the day that this is judged on" in verdict.findings[0].message
    assert judged(TWO, waiver(expires=DAY), day=DAY).findings == []  # the twin that ends today


def test_an_expired_waiver_of_what_holds_now_only_warns():
    verdict = judged({"a": (900, 1000), "b": (900, 1000)}, waiver(), day=DAY.replace(year=2027))
    assert verdict.outcome == "pass"
    assert verdict.findings[0].severity == "warning" and "passes now" in verdict.findings[0].message


def test_an_undecided_check_can_be_waived_like_a_broken_one():
    counts = {"a": (45, 60), "b": (40, 60)}
    assert judged(counts).outcome == "undecided"
    assert judged(counts, waiver()).outcome == "pass"


def test_a_waiver_of_slices_covers_only_what_involves_them():
    mild = judged(THREE, waiver(slices="race=b"))
    assert (mild.outcome, mild.checks[0].waived) == ("pass", True)
    assert "Waived for race=b until" in mild.checks[0].reason
    other = judged(FOUR, waiver(slices="race=b"))
    assert (other.outcome, other.checks[0].waived) == ("fail", False)
    assert "Beside the slices that are waived the check still fails" in other.checks[0].reason
    both = judged(FOUR, waiver(slices="race=b"), waiver(slices=["race=d"], owner="other"))
    assert both.outcome == "pass" and [one.owner for one in both.checks[0].waivers] == ["board", "other"]
    assert judged(THREE, waiver(slices="race=a")).outcome == "fail"  # b against c is broken as well


def test_what_stays_undecided_beside_the_waived_slices_counts_as_the_rule_says():
    counts = {"a": (900, 1000), "b": (600, 1000), "c": (50, 60)}
    rule = RULE.model_copy(update={"scope": "all"})
    found = judged(counts, waiver(slices="race=b"), rule=rule)
    assert (found.outcome, found.checks[0].waived) == ("fail", False)
    assert "the check is still undecided, so that it counts" in found.checks[0].reason
    lenient = rule.model_copy(update={"undecided": "warning"})
    assert judged(counts, waiver(slices="race=b"), rule=lenient).outcome == "pass"


def test_a_waiver_of_slices_that_the_failure_does_not_involve_is_not_used():
    verdict = judged(THREE, waiver(slices="race=c", metric="selection_rate"))
    assert verdict.outcome == "fail" and verdict.findings == []  # a against c is no failure, b against c is one
    apart = {"a": (900, 1000), "b": (600, 1000), "c": (0, 0)}
    verdict = judged(apart, waiver(slices="race=c"))
    assert verdict.outcome == "fail"
    assert "is not used" in verdict.findings[0].message


@pytest.mark.parametrize(
    ("about", "covers"),
    [
        ({"rule": None, "metric": "selection_rate"}, True),
        ({"rule": None, "metric": "selection_rate.ratio"}, True),
        ({"metric": "selection_rate.ratio", "by": "race"}, True),
        ({"by": ["race"]}, True),
    ],
)
def test_a_waiver_names_a_rule_a_metric_or_features(about, covers):
    assert judged(TWO, waiver(**about)).checks[0].waived is covers


def test_a_waiver_of_another_check_of_the_policy_covers_nothing():
    audit = make_audit(TWO)
    rules = [RULE, Rule(metric="selection_rate", by="race", min=0.1, id="floor")]
    verdict = judge(audit, Policy(rules=rules, waivers=[waiver(rule="floor")]), today=DAY)
    assert verdict.outcome == "fail" and len(verdict.findings) == 1
    crossed = judge(
        audit, Policy(rules=rules, waivers=[waiver(rule="floor", metric="selection_rate.ratio")]), today=DAY
    )
    assert crossed.outcome == "fail" and "no check of this policy is as it says" in crossed.findings[0].message


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"rule": "party"}, "Did you mean 'parity'?"),
        ({"rule": None, "metric": "selection_rat"}, "Did you mean 'selection_rate'?"),
        ({"by": "rase"}, "Did you mean 'race'?"),
        ({"slices": "race=e"}, "Did you mean 'race="),
    ],
)
def test_a_waiver_of_something_that_is_not_there_is_refused_with_the_nearest_name(about, said):
    with pytest.raises(UsageError) as fault:
        judged(TWO, waiver(**about))
    assert fault.value.code == "DLA106" and said in fault.value.message


def test_several_idle_waivers_are_told_at_once_before_a_model_runs():
    policy = Policy(rules=[RULE], waivers=[waiver(rule="x"), waiver(rule=None, metric="y")])
    with pytest.raises(UsageError, match="2 faults") as fault:
        check_policy(policy)
    assert "'x'" in fault.value.message and "'y'" in fault.value.message


@pytest.mark.parametrize("lacks", ["reason", "owner", "expires"])
def test_a_waiver_without_a_reason_an_owner_or_a_last_day_is_refused(lacks):
    given = {"rule": "parity", "reason": "r", "owner": "o", "expires": DAY}
    Waiver(**given)
    with pytest.raises(ValidationError):
        Waiver(**{key: value for key, value in given.items() if key != lacks})
    if lacks != "expires":
        with pytest.raises(ValidationError):
            Waiver(**given | {lacks: "  "})


def test_a_waiver_of_nothing_is_refused():
    with pytest.raises(ValidationError, match="names a rule or a metric"):
        Waiver(reason="r", owner="o", expires=DAY)


def test_a_waiver_of_a_lesser_rule_is_told_too():
    verdict = judged(TWO, waiver(), rule=RULE.model_copy(update={"level": "warning"}))
    assert verdict.outcome == "none" and verdict.checks[0].waived


def test_waiving_slices_makes_nothing_of_too_few_rows():
    few = {"a": (9, 10), "b": (8, 10), "c": (7, 10)}
    assert judged(few, waiver(slices="race=b")).outcome == "undecided"
    assert judged(few, waiver(slices=["race=a", "race=b"])).outcome == "pass"  # it covers every comparison


slices = st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1)), min_size=2, max_size=4)
names = st.lists(st.sampled_from(["race=l0", "race=l1", "race=l2"]), max_size=3, unique=True)


def _policies(kind, limit, undecided):
    bound = "max" if kind == "difference" else "min"
    rule = Rule(
        metric=f"selection_rate.{kind}", by="race", **{bound: limit}, id="parity", undecided=undecided, judge="interval"
    )
    floor = Rule(metric="selection_rate", by="race", min=0.2, id="floor", judge="interval")
    return [rule, floor]


@settings(max_examples=40, deadline=None)
@given(slices, st.sampled_from(["difference", "ratio"]), st.floats(0.05, 0.9), st.lists(names, max_size=2), names)
def test_another_waiver_never_makes_a_verdict_worse(drawn, kind, limit, before, more):
    counts = {f"l{place}": (round(share * n), n) for place, (n, share) in enumerate(drawn)}
    audit = make_audit(counts)
    there = {f"race={level}" for level in counts}
    made = [waiver(slices=[one for one in each if one in there] or None) for each in [*before, more]]
    rules = _policies(kind, limit, None)
    few = judge(audit, Policy(rules=rules, waivers=made[:-1]), today=DAY, bounds=False)
    all_of_them = judge(audit, Policy(rules=rules, waivers=made), today=DAY, bounds=False)
    assert RANK[all_of_them.outcome] >= RANK[few.outcome]
    for old, new in zip(few.checks, all_of_them.checks, strict=True):
        assert old.outcome == new.outcome  # a waiver changes what counts, never what was found
        assert new.waived >= old.waived


@settings(max_examples=20, deadline=None)
@given(slices, names, st.randoms(use_true_random=False))
def test_the_order_of_rules_and_waivers_changes_nothing(drawn, some, order):
    counts = {f"l{place}": (round(share * n), n) for place, (n, share) in enumerate(drawn)}
    audit = make_audit(counts)
    there = [one for one in some if one.removeprefix("race=") in counts]
    waivers = [waiver(slices=there or None), waiver(rule="floor")]
    rules = _policies("ratio", 0.8, "warning")
    shuffled_rules, shuffled = order.sample(rules, 2), order.sample(waivers, 2)
    one = judge(audit, Policy(rules=rules, waivers=waivers), today=DAY, bounds=False)
    two = judge(audit, Policy(rules=shuffled_rules, waivers=shuffled), today=DAY, bounds=False)
    assert one.outcome == two.outcome
    told = [sorted((check.rule, check.outcome, check.waived) for check in v.checks) for v in (one, two)]
    assert told[0] == told[1]
    assert {one.message for one in one.findings} == {one.message for one in two.findings}
