"""What must hold for every audit, and the error rates of the whole gate."""

import random

import numpy as np
import pytest
from gate_audits import make_audit
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlaudit.gate import judge
from dlaudit.spec import Policy, Rule

slices = st.lists(st.tuples(st.integers(1, 400), st.floats(0, 1)), min_size=2, max_size=4)


def _counts(drawn):
    return {f"l{place}": (round(share * n), n) for place, (n, share) in enumerate(drawn)}


def _rule(kind, limit, judged="exact", scope="planned"):
    if kind == "ratio":
        return Rule(metric="selection_rate.ratio", by="race", min=limit, judge=judged, scope=scope)
    if kind == "difference":
        return Rule(metric="selection_rate.difference", by="race", max=limit, judge=judged, scope=scope)
    return Rule(metric="selection_rate", by="race", **{kind: limit}, judge=judged)


def _check(counts, rule, **about):
    return judge(make_audit(counts, **about), Policy(rules=[rule])).checks[0]


def _outcome(counts, rule):
    return judge(make_audit(counts), Policy(rules=[rule]), bounds=False).checks[0].outcome


RANK = {"fail": 0, "undecided": 1, "pass": 2}
judges = st.sampled_from(["exact", "interval", "point"])


@settings(max_examples=40, deadline=None)
@given(slices, st.sampled_from(["difference", "ratio", "min", "max"]), st.floats(0.05, 0.9), judges)
def test_a_wider_limit_never_makes_a_verdict_worse(drawn, kind, limit, judged):
    wider = limit + 0.1 if kind in {"difference", "max"} else limit * 0.8
    counts = _counts(drawn)
    before, after = (_outcome(counts, _rule(kind, one, judged, "all")) for one in (limit, wider))
    assert RANK[after] >= RANK[before]
    before, after = (_outcome(counts, _rule(kind, one, judged)) for one in (limit, wider))
    assert after != "fail" or before == "fail"


@settings(max_examples=40, deadline=None)
@given(slices, st.sampled_from(["difference", "ratio", "min"]), judges, st.randoms(use_true_random=False))
@example([(40, 0.0), (101, 0.0), (101, 0.5)], "difference", "exact", random.Random(1))
def test_renaming_and_reordering_slices_changes_nothing_else(drawn, kind, judged, order):
    counts = _counts(drawn)
    rule = _rule(kind, 0.3, judged)
    names = list(counts)
    order.shuffle(names)
    other = {f"z{name}": counts[name] for name in names}
    before, after = _check(counts, rule), _check(other, rule)
    same = {"outcome", "observed", "low", "high", "rows_needed"}
    assert before.model_dump(include=same) == after.model_dump(include=same)


@settings(max_examples=30, deadline=None)
@given(slices, st.sampled_from(["difference", "ratio"]))
def test_duplicated_data_never_turns_a_definite_verdict_over_and_narrows(drawn, kind):
    counts = _counts(drawn)
    twice = {level: (4 * x, 4 * n) for level, (x, n) in counts.items()}
    before, after = (_check(c, _rule(kind, 0.3, "interval", "all"), min_size=1) for c in (counts, twice))
    assert {before.outcome, after.outcome} != {"pass", "fail"}
    if None not in (before.low, before.high, after.low, after.high):
        assert after.high - after.low <= before.high - before.low + 1e-12


@settings(max_examples=30, deadline=None)
@given(slices, st.sampled_from(["difference", "ratio", "min", "max"]), st.floats(0.05, 0.9))
def test_the_interval_agrees_with_the_exact_verdict(drawn, kind, limit):
    found = _check(_counts(drawn), _rule(kind, limit))
    if found.outcome == "none" or found.low is None or found.high is None:
        return
    above = kind in {"difference", "max"}
    if found.outcome == "fail":
        assert found.low >= limit if above else found.high <= limit
    if found.outcome == "pass":
        assert found.high <= limit if above else found.low >= limit


def _outcomes(rates, rows, rule, sets, seed):
    rng = np.random.default_rng(seed)
    found, points = [], []
    for _ in range(sets):
        x = rng.binomial(rows, rates)
        counts = {f"l{place}": (int(one), int(n)) for place, (one, n) in enumerate(zip(x, rows, strict=True))}
        found.append(_outcome(counts, rule))
        points.append(_outcome(counts, rule.model_copy(update={"judge": "point"})))
    return found, points


def _at_most(alpha, sets):
    return alpha + 3 * (alpha * (1 - alpha) / sets) ** 0.5


def test_equal_slices_rarely_fail_the_gate_and_mostly_fail_the_point_screen():
    rates, rows = np.full(7, 0.3), np.full(7, 100)
    found, points = _outcomes(rates, rows, _rule("difference", 0.1), 150, seed=0)
    assert found.count("fail") / 150 <= _at_most(0.05, 150)
    assert points.count("fail") / 150 > 0.5


def test_a_gap_on_the_limit_is_rarely_failed_and_rarely_passed():
    rows = np.array([600, 600, 40])
    for rates, rule in (
        (np.array([0.3, 0.4, 0.35]), _rule("difference", 0.1)),
        (np.array([0.4, 0.5, 0.45]), _rule("ratio", 0.8)),
        (np.array([0.8, 0.9, 0.8]), _rule("min", 0.8)),
    ):
        found, points = _outcomes(rates, rows, rule, 150, seed=1)
        assert found.count("fail") / 150 <= _at_most(0.05, 150)
        assert found.count("pass") / 150 <= _at_most(0.05, 150)
        assert points.count("fail") / 150 > 0.4


def test_a_gap_of_twice_the_limit_is_found():
    found, _ = _outcomes(np.array([0.3, 0.5, 0.3]), np.full(3, 1000), _rule("difference", 0.1), 60, seed=2)
    assert found.count("fail") / 60 > 0.9


def test_equal_slices_of_many_rows_pass():
    found, _ = _outcomes(np.full(4, 0.3), np.full(4, 5000), _rule("difference", 0.1), 60, seed=3)
    assert found.count("pass") == 60


@pytest.mark.parametrize(
    ("counts", "kind", "limit"),
    [
        ({"a": (30, 100), "b": (30, 100)}, "difference", 0.1),
        ({f"s{place}": (30, 100) for place in range(5)}, "difference", 0.1),
        ({"a": (300, 1000), "b": (30, 100)}, "ratio", 0.85),
        ({"a": (740, 834), "b": (67, 107), "c": (42, 54)}, "ratio", 0.8),
    ],
)
def test_four_in_five_samples_of_the_rows_needed_decide(counts, kind, limit):
    """Planned for one pair alone, a pass of 5 slices alike was decided by few of the samples of the rows told."""
    rng = np.random.default_rng(0)
    before = _check(counts, _rule(kind, limit, scope="all"))
    assert before.outcome == "undecided"
    growth = before.rows_needed / counts[before.worst.removeprefix("race=")][1]
    rows = {level: round(growth * n) for level, (_, n) in counts.items()}
    decided = 0
    for _ in range(30):
        grown = {level: (int(rng.binomial(rows[level], x / n)), rows[level]) for level, (x, n) in counts.items()}
        decided += _outcome(grown, _rule(kind, limit, scope="all")) != "undecided"
    assert decided >= 30 * 0.8 - 3 * (30 * 0.16) ** 0.5


def test_the_gate_needs_neither_torch_nor_pandas():
    import subprocess
    import sys

    code = (
        "import sys, dlaudit.gate; heavy = {'torch', 'pandas', 'sklearn', 'fairlearn', 'shap', 'scipy.stats'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
