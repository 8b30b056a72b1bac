"""What is waived, what is wrong with the policy and what profiles ask for: told wherever a verdict is."""

import pytest
from report_audits import lending
from report_policy import with_policy
from test_outputs_standards import selection

from dlaudit.findings import finding
from dlaudit.outputs.html import render_html
from dlaudit.outputs.junit import render_junit
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.policy_told import all_findings, waived_told
from dlaudit.outputs.sarif import render_sarif
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.view.standards import standards
from dlaudit.outputs.words import plain
from dlaudit.record import Measurement, Waived

WHY, OWNER, DAY = "41 rows in the test set", "model board", "2026-12-31"


@pytest.mark.parametrize(
    "render", [render_html, render_junit, render_markdown, render_sarif, terminal_summary], ids=lambda one: one.__name__
)
def test_a_waiver_is_told_with_its_reason_owner_and_day_in_every_output(render):
    audit, verdict = with_policy()
    waived = verdict.checks[0]
    sentence = f"{waived.reason} Waived until {DAY} by {OWNER}: {WHY}; more are due."  # as the gate writes it
    verdict = verdict.model_copy(
        update={"checks": [waived.model_copy(update={"reason": sentence}), *verdict.checks[1:]]}
    )
    told = " ".join(render(audit, verdict).split())
    assert WHY in told and OWNER in told and DAY in told
    bare = " ".join(render(audit, lending()[1]).split())
    assert WHY not in bare and OWNER not in bare


@pytest.mark.parametrize(
    "render", [render_html, render_junit, render_markdown, render_sarif, terminal_summary], ids=lambda one: one.__name__
)
def test_a_finding_about_the_policy_is_told_in_every_output(render):
    told = " ".join(render(*with_policy()).split())
    assert "DLA108" in told and "expired on 2026-01-31" in told


def test_findings_about_the_policy_stand_among_those_of_the_audit_by_severity():
    found = all_findings(*with_policy())
    ranks = [("error", "warning", "note").index(one.severity) for one in found]
    assert ranks == sorted(ranks) and "DLA108" in [one.code for one in found]


def test_a_baseline_that_a_flag_left_out_is_told_before_what_was_loosened_and_the_others_are_counted():
    audit, verdict = lending()
    loosened = [finding("DLA114", "warning", f"rule {at}", "Looser.") for at in range(3)]
    left_out = finding("DLA119", "warning", "baseline", "It is left out.")
    audit = audit.model_copy(update={"findings": [*audit.findings, left_out]})
    told = terminal_summary(audit, verdict.model_copy(update={"findings": loosened}))
    assert told.index("DLA119") < told.index("DLA114") and "2 more, which the report has" in told


def test_many_waived_checks_are_counted():
    _, verdict = with_policy()
    eight = [verdict.checks[0].model_copy(update={"rule": f"rule {at}"}) for at in range(8)]
    lines = [plain(one) for one in waived_told(verdict.model_copy(update={"checks": eight}))]
    assert len(lines) == 6 and lines[-1].startswith("3 more")


def test_a_rule_over_several_features_is_told_once():
    _, verdict = with_policy()
    assert len(waived_told(verdict.model_copy(update={"checks": [verdict.checks[0]] * 8}))) == 1


def test_a_hostile_waiver_does_no_harm():
    audit, verdict = with_policy()
    bad = Waived(reason="##[error] <script>|\x1b[31m\n::error::x", owner="=cmd|'", expires=DAY)
    verdict = verdict.model_copy(update={"checks": [verdict.checks[0].model_copy(update={"waivers": [bad]})]})
    for render in (render_junit, render_markdown, terminal_summary):
        told = render(audit, verdict)
        assert "\x1b[31m" not in told and "##[" not in told
        assert not any(line.lstrip().startswith("::") for line in told.splitlines())
    assert "<script" not in render_markdown(audit, verdict) + render_junit(audit, verdict)


def test_a_profile_that_asks_for_tests_gets_them_with_their_names():
    audit = selection({"A": (48, 80), "B": (12, 40)})
    _, verdict = lending()
    bare = standards(audit, ["gaps"], verdict)
    assert not bare.tests and bare.profiles == [] and bare.tables[0].categories[0].tests is None
    asked = verdict.model_copy(update={"profiles": ["four-fifths"]})
    made = standards(audit, ["gaps"], asked)
    rows = {one.name: one.tests for one in made.tables[0].categories}
    assert (rows["B"].z, rows["B"].fisher, rows["B"].shortfall) == ("3.10", "0.0034", "8.0")
    assert {rows["A"].z, rows["A"].fisher} == {"–"}
    html = render_html(audit, asked)
    assert "Z, pooled" in html and "29 CFR 1607.4 D of 1978" in html and "2026-11-21" in html


def test_a_profile_of_a_newer_dlaudit_is_passed_over():
    audit, verdict = lending()
    assert standards(audit, [], verdict.model_copy(update={"profiles": ["new-one"]})).profiles == []


def test_scoring_rates_have_a_table_where_a_profile_asks_for_it():
    audit = selection({"Male": (50, 92), "Female": (34, 76)})
    scored = [
        Measurement(metric="scoring_rate", slice=f"race={name}", value=k / n, n=n)
        for name, k, n in (("Male", 50, 92), ("Female", 34, 76))
    ]
    audit = audit.model_copy(update={"measurements": [*audit.measurements, *scored]})
    verdict = lending()[1].model_copy(update={"profiles": ["nyc-ll144"]})
    selected, scoring = standards(audit, [], verdict).tables
    assert (selected.is_scoring, scoring.is_scoring) == (False, True)
    assert {one.name: (one.rows, one.rate, one.ratio) for one in scoring.categories} == {
        "Male": ("92", "54.3\u202f%", "1.00"),
        "Female": ("76", "44.7\u202f%", "0.82"),
    }
    assert "Scoring rate (above the median score)" in render_html(audit, verdict)
