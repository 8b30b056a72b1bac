"""The limits that a check says it would fail and pass are those at which it does."""

from fractions import Fraction
from math import inf, nextafter

import numpy as np
import pytest
from gate_audits import make_audit
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.gate import judge
from dlaudit.record import Slice
from dlaudit.spec import Policy, Rule

slices = st.lists(st.tuples(st.integers(5, 300), st.floats(0, 1)), min_size=2, max_size=4)
kinds = st.sampled_from(["difference", "ratio", "min", "max"])


def rule_of(kind, limit, **asked):
    side = {"difference": "max", "ratio": "min"}.get(kind, kind)
    metric = f"selection_rate.{kind}" if kind in {"difference", "ratio"} else "selection_rate"
    return Rule(**{"metric": metric, "by": "race", side: limit, "scope": "all", **asked})


def check_of(drawn, rule, bounds=True):
    counts = {f"l{at}": (round(share * n), n) for at, (n, share) in enumerate(drawn)}
    return judge(make_audit(counts), Policy(rules=[rule]), bounds=bounds).checks[0]


@settings(max_examples=40, deadline=None)
@given(slices, kinds, st.floats(0.02, 0.95), st.sampled_from(["exact", "interval", "point"]))
def test_the_limits_agree_with_the_verdict(drawn, kind, limit, judged):
    found = check_of(drawn, rule_of(kind, limit, judge=judged))
    sign = 1 if kind in {"difference", "max"} else -1
    fails = found.fails_up_to is not None and sign * limit <= sign * found.fails_up_to
    passes = found.passes_from is not None and sign * limit >= sign * found.passes_from
    assert (found.outcome == "fail") == fails
    assert (found.outcome == "pass") == passes
    if found.fails_up_to is not None and found.passes_from is not None:
        assert sign * found.fails_up_to < sign * found.passes_from


@settings(max_examples=25, deadline=None)
@given(slices, kinds, st.floats(0.05, 0.9), st.sampled_from(["exact", "interval", "point"]))
def test_judged_again_at_a_limit_that_fails_it_fails_and_at_one_that_passes_it_passes(drawn, kind, limit, judged):
    found = check_of(drawn, rule_of(kind, limit, judge=judged))
    sign, step = (1 if kind in {"difference", "max"} else -1), 0.004
    for at, told in ((found.fails_up_to, "fail"), (found.passes_from, "pass")):
        if at is None or not 0.001 < at < 0.999:
            continue
        tighter = at + (-sign if told == "fail" else sign) * 1e-9
        assert check_of(drawn, rule_of(kind, tighter, judge=judged), bounds=False).outcome == told
        other = at + (sign if told == "fail" else -sign) * step
        if 0 < other < 1 and at != limit and abs(at - limit) > 1e-12:
            assert check_of(drawn, rule_of(kind, other, judge=judged), bounds=False).outcome != told


def test_the_bounds_of_two_slices_are_those_of_the_exact_test():
    from dlaudit.stats import bounds_difference

    found = check_of([(400, 0.5), (300, 0.3)], rule_of("difference", 0.2))
    assert found.outcome == "undecided"
    assert found.fails_up_to == bounds_difference(200, 400, 90, 300, 0.05 / 2)[0]
    assert found.passes_from == bounds_difference(200, 400, 90, 300, 0.05)[1]
    assert (found.low, found.high) == (found.fails_up_to, found.passes_from)
    assert "these data would fail a limit of 0.127 or less and pass one of 0.26 or more" in found.reason


def test_a_screen_changes_at_the_estimate_itself():
    found = check_of([(100, 0.4), (100, 0.3)], rule_of("difference", 0.1, judge="point"))
    assert (found.outcome, found.passes_from) == ("pass", 0.1)
    assert found.fails_up_to == nextafter(0.1, -inf)


@pytest.mark.parametrize("kind", ["difference", "ratio"])
@pytest.mark.parametrize("reference", ["l0", "overall"])
def test_references_have_bounds_of_what_the_reader_compares(kind, reference):
    drawn = [(900, 0.5), (500, 0.3), (300, 0.42)]
    found = check_of(drawn, rule_of(kind, 0.15 if kind == "difference" else 0.8, reference=reference))
    sign = 1 if kind == "difference" else -1
    for at, told in ((found.fails_up_to, "fail"), (found.passes_from, "pass")):
        for step, same in ((-1e-6, told == "fail"), (1e-6, told == "pass")):
            again = check_of(drawn, rule_of(kind, at + sign * step, reference=reference), bounds=False)
            if again.outcome != told:
                assert not same
            elif not same:
                wide = check_of(drawn, rule_of(kind, at + 4e3 * sign * step, reference=reference), bounds=False)
                assert wide.outcome != told


@pytest.mark.parametrize("limit", [0.02, 0.1, 0.2])
def test_bounds_of_a_rule_over_two_features_are_those_of_its_one_family(limit):
    audit = make_audit({"a": (300, 800), "b": (420, 800)})
    other = make_audit({"x": (360, 800), "y": (350, 790), "z": (10, 10)}, feature="age")
    audit = audit.model_copy(
        update={
            "slices": [*audit.slices, *other.slices],
            "measurements": [*audit.measurements, *other.measurements],
            "data": audit.data.model_copy(update={"sensitive": ["race", "age"]}),
        }
    )
    assert all(isinstance(one, Slice) for one in audit.slices)

    def checks(at):
        rule = Rule(metric="selection_rate.difference", by=["race", "age"], max=at, scope="all")
        return judge(audit, Policy(rules=[rule])).checks

    for place, found in enumerate(checks(limit)):
        assert found.fails_up_to is not None
        assert checks(found.fails_up_to - 1e-4)[place].outcome == "fail"
        assert checks(found.fails_up_to + 2e-3)[place].outcome != "fail"


def test_what_cannot_pass_at_any_limit_says_so():
    audit = make_audit({"a": (500, 1000), "b": (505, 1000), "c": (0, 0)}, rows={"a": 1000, "b": 1000, "c": 400})
    found = judge(audit, Policy.from_rules("selection_rate.difference by race <= 0.1")).checks[0]
    assert (found.outcome, found.passes_from) == ("undecided", None)
    assert (
        judge(audit, Policy.from_rules("selection_rate.difference by race <= 0.1"), bounds=False).checks[0].low is None
    )


def test_quick_bounds_surround_the_exact_ones():
    """Of random tables; the intervals at the level itself, their twins, do not surround them."""
    from dlaudit.gate.cells import Cell
    from dlaudit.gate.contrasts import Contrast
    from dlaudit.gate.evidence import TESTS

    rng, tests, twin = np.random.default_rng(6), (TESTS["exact"], TESTS["interval"]), 0
    for _ in range(8):
        cells = []
        for _ in range(2):
            n = int(np.exp(rng.uniform(1.1, 6)))
            x = int(rng.binomial(n, rng.uniform(0.03, 0.97)))
            cells.append(Cell(id="", label="", rows=n, small=False, value=x / n, x=x, n=n))
        for kind, sign, limit in (("difference", 1, Fraction(1, 10)), ("ratio", -1, Fraction(4, 5))):
            one = Contrast(kind=kind, first=cells[0], second=cells[1], limit=limit)
            breaks, keeps = tests[0].breaks(one, 0.001), tests[0].keeps(one, 0.05)
            assert sign * tests[0].outer_breaks(one, 0.001) >= sign * breaks - 1e-9
            assert sign * tests[0].outer_keeps(one, 0.05) >= sign * keeps - 1e-9
            twin += sign * tests[1].keeps(one, 0.05) < sign * keeps
    assert twin > 0
