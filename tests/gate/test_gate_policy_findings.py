"""What is said of the policy itself: loosened rules, and what profiles ask for."""

from gate_audits import make_audit
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.errors import Place
from dlaudit.gate import judge
from dlaudit.record import Declared
from dlaudit.spec import Loosened, Policy, Rule

EVEN = {"a": (500, 1000), "b": (500, 1000)}
RULE = Rule(metric="selection_rate.ratio", by="race", min=0.8, id="parity")


def test_a_loosened_rule_is_a_finding_that_names_both_places():
    here, there = Place(file="dlaudit.toml", line=3), Place(file="org.toml", line=7)
    told = Loosened(rule="parity", changes=["min 0.9 to 0.8"], inherited=there, here=here)
    verdict = judge(make_audit(EVEN), Policy(rules=[RULE], loosened=[told]))
    (found,) = verdict.findings
    assert (found.code, found.severity, verdict.outcome) == ("DLA114", "warning", "pass")
    assert "dlaudit.toml, line 3" in found.message and "org.toml, line 7" in found.message
    assert "min 0.9 to 0.8" in found.message
    assert (found.evidence["file"], found.evidence["line"]) == ("dlaudit.toml", 3)


def test_the_place_of_a_rule_is_kept_in_its_check():
    rule = RULE.written_at(Place(file="dlaudit.toml", line=12))
    (check,) = judge(make_audit(EVEN), Policy(rules=[rule])).checks
    assert (check.file, check.line) == ("dlaudit.toml", 12)


def test_a_profile_says_what_it_asks_for_and_the_audit_lacks_and_never_that_it_is_met():
    audit = make_audit(EVEN)
    verdict = judge(audit, Policy(rules=[RULE], profiles=["four-fifths", "nyc-ll144"]))
    assert verdict.profiles == ["four-fifths", "nyc-ll144"]
    assert [(one.code, one.severity, one.subject) for one in verdict.findings] == [
        ("DLA116", "note", "four-fifths"),
        ("DLA116", "note", "nyc-ll144"),
    ]
    assert "report.data_source" in verdict.findings[0].message
    assert "figures of scoring_rate" in verdict.findings[1].message
    told = audit.model_copy(update={"declared": Declared(data_source="2025 applications")})
    assert len(judge(told, Policy(rules=[RULE], profiles=["four-fifths"])).findings) == 0


RANK = {"fail": 0, "undecided": 1, "none": 2, "pass": 2}
LEVELS, UNDECIDED = ("error", "warning", "note"), ("error", "warning", "ignore")
counts = st.lists(st.tuples(st.integers(1, 400), st.floats(0, 1)), min_size=2, max_size=4)
steps = st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0, 0.3))


@settings(max_examples=80, deadline=None)
@given(counts, steps, steps, st.floats(0.1, 0.6))
def test_a_looser_policy_never_makes_a_verdict_worse(drawn, one, other, limit):
    audit = make_audit({f"l{at}": (round(share * n), n) for at, (n, share) in enumerate(drawn)})
    strict, loose = (tuple(map(pick, one, other)) for pick in (min, max))
    found = []
    for level, undecided, more in (strict, loose):
        rule = Rule(
            metric="selection_rate.difference",
            by="race",
            max=limit + more,
            level=LEVELS[level],
            # a rule that only warns when broken but stops when undecided is stricter about less, and no order holds
            undecided=UNDECIDED[max(level, undecided)],
            judge="interval",
            scope="all",
        )
        found.append(judge(audit, Policy(rules=[rule]), bounds=False).outcome)
    assert RANK[found[1]] >= RANK[found[0]]
