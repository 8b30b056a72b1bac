"""What a rule on a drop found is told with its slice, both its values, and the ways on; never as a gap."""

import re

import pytest
from report_base import RACE, same_rows, since
from report_lending import lending

from dlaudit.findings import finding
from dlaudit.outputs.checks import titled
from dlaudit.outputs.drop_sentences import interval_told
from dlaudit.outputs.github import render_github
from dlaudit.outputs.gitlab import render_gitlab
from dlaudit.outputs.html import render_html
from dlaudit.outputs.junit import render_junit
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.next_step import next_step
from dlaudit.outputs.sarif import render_sarif
from dlaudit.outputs.sentences import headline
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.text import points
from dlaudit.outputs.words import plain
from dlaudit.record import Accepted, Check, Estimate, NotApplicable, RateChange, ValueChange, Verdict

TPR, RULE = "true_positive_rate", "no-worse: true_positive_rate"
ACCEPTED = Accepted(at="2026-11-21T09:00:00+00:00", reason="release 1")
WHY = "the evaluation set changed: 3 rows are new"


def check(outcome="fail", observed=0.164, **more):
    ends = {"low": observed - 0.09, "high": observed + 0.09} if observed is not None else {}
    given = {"judge": "exact", "worst": RACE[0], "assessed": list(RACE), "reason": "Why.", **ends, **more}
    return Check(
        rule=RULE, metric=TPR, kind="value", by=["race"], limit=0.02, bound="max", outcome=outcome, compare="baseline",
        observed=observed, **given
    )  # fmt: skip


def told(text):
    return re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " "))


def audited(*checks, outcome="fail", accepted=ACCEPTED):
    moved = [
        RateChange(metric=TPR, by=["race"], slice=name, rows=300, base=old, tuned=new, n=200, low=-0.2, high=0.1)
        for name, old, new in ((RACE[0], 0.849, 0.685), (RACE[1], 0.938, 0.865))
    ]
    one = same_rows()
    found = one.model_copy(update={"accepted": accepted, "paired": one.paired.model_copy(update={"rates": moved})})
    return since(found)[0], Verdict(outcome=outcome, checks=list(checks))


def unpaired(*checks, outcome="undecided", values=(), rows_known=True):
    audit, verdict = audited(*checks, outcome=outcome)
    told = {"paired": None, "not_paired": WHY, "rows_known": rows_known}
    found = audit.baseline.model_copy(update={**told, "values": list(values)})
    said = finding("DLA117", "warning", "baseline", f"The run is not compared row by row: {WHY}.")
    return audit.model_copy(update={"baseline": found, "findings": [*audit.findings, said]}), verdict


def value(old, new):
    def at(one):
        return Estimate(value=one, low=one - 0.03, high=one + 0.03, n=200)

    return ValueChange(metric=TPR, slice=RACE[0], by=["race"], old=at(old), new=at(new), change=at(new - old))


def test_the_headline_names_the_slice_that_got_worse_and_both_its_values():
    sentence = told(plain(headline(*audited(check()))))
    assert sentence == (
        "Since the baseline the true positive rate of Black fell by 16.4 points, from 84.9 % to 68.5 %; "
        "you allowed no more than 2."
    )
    assert "Since the earlier run the true positive rate of Black" in told(
        plain(headline(*audited(check(), accepted=None)))
    )


def test_a_slice_that_keeps_it_undecided_is_not_named_as_the_one_that_got_worse():
    assert "rate of Black fell" in plain(headline(*audited(check(worst=RACE[1]))))
    assert "by race got worse by 30.0" in told(plain(headline(*audited(check(observed=0.3)))))


def test_the_report_s_head_says_what_got_worse_and_in_people_and_calls_it_no_gap():
    html = told(render_html(*audited(check())))
    head = re.search(r'<dl class="three">.*?</dl>', html).group()
    assert re.search("Got worse since the baseline: true positive rate of .*Black.*from 84.9 % to 68.5 %", head)
    assert "Largest gap" not in head and "16 in 100" in head and "against 84.9 % before" in head
    assert "not one between two measured slices" not in html
    bare = re.search(r'<dl class="three">.*?</dl>', told(render_html(*audited(check(observed=0.3))))).group()
    assert "In people" not in bare


def test_the_section_is_called_after_the_baseline_and_has_rates_first():
    html = render_html(*audited(check()))
    section = re.search(r'<section id="base".*?</section>', html, re.DOTALL).group()
    assert "Better or worse than the baseline?" in section and "The baseline was accepted on 2026-11-21" in section
    assert section.index("Rates of each slice") < section.index("Gaps between two slices")
    assert "last run" in re.search(r'<section id="base".*?</h2>', render_html(*since(same_rows())), re.DOTALL).group()


def test_what_to_do_about_a_drop_is_about_the_drop():
    step = next_step(*audited(check()))
    assert step.startswith("model file, slices.sensitive changed: see `dlaudit diff runs/2026-10 RUN`")
    assert "dlaudit baseline accept RUN --reason" in step and f"waive `{RULE}`" in step
    assert "accept" not in next_step(*audited(check(), accepted=None))
    assert "waive" not in next_step(*audited(check(waived=True)))
    undecided = check("undecided")
    assert next_step(*audited(undecided, outcome="undecided")) == "read the report"
    few = check("undecided", rows_needed=900)
    assert next_step(*audited(few, outcome="undecided")).startswith("collect more rows of race=Black")
    assert "--baseline RUN" in next_step(lending()[0], Verdict(outcome="none", checks=[undecided]))


def test_a_baseline_that_brings_no_rule_is_told_instead_of_an_example_of_another_rule():
    audit, verdict = audited(outcome="none")
    none = NotApplicable(what="rules of the accepted baseline", reason="write a [[rule]] with max_drop")
    bare = audit.model_copy(update={"baseline": audit.baseline.model_copy(update={"not_applicable": [none]})})
    assert next_step(bare, verdict).startswith("the accepted baseline brings no rule, so that nothing is judged: write")
    assert next_step(audit, verdict).startswith("give a rule, as")
    assert render_github(bare, verdict).startswith("::warning") and "no rule holds this run" in render_github(
        bare, verdict
    )
    assert "no rule holds this run" in render_markdown(bare, verdict) + render_markdown(bare, None)
    assert "no rule holds" not in render_github(audit, verdict) + render_markdown(audit, verdict)


def test_other_rows_than_the_baseline_s_are_said_and_are_no_want_of_data():
    audit, verdict = unpaired(check("undecided", rows_needed=900), values=[value(0.849, 0.845)])
    sentence = plain(headline(audit, verdict))
    assert sentence.startswith(f"The run is not compared row by row with the baseline: {WHY}.")
    assert "too little data" not in sentence and "is undecided" in sentence
    assert "accept a run on the new rows" in next_step(audit, verdict)
    bare = unpaired(check("undecided"), rows_known=False)
    assert next_step(*bare).startswith("accept a run that kept its rows")
    told_here = told(terminal_summary(audit, verdict))
    assert "DLA117" in told_here and "since Not paired." in told_here and "collect more rows" not in told_here


@pytest.mark.parametrize("render", [render_github, render_gitlab, render_sarif, render_junit, render_markdown])
def test_every_output_says_that_the_baseline_has_other_rows(render):
    assert "DLA117" in render(*unpaired(check()))
    audit, _verdict = unpaired(check())
    assert "DLA117" in render(audit, None)


def test_values_are_told_where_rows_are_not_paired():
    line = told(terminal_summary(*unpaired(check(), outcome="fail", values=[value(0.849, 0.685)])))
    assert "one got worse: true positive rate of Black, from 84.9 % to 68.5 %" in line
    still = told(terminal_summary(*unpaired(check(), outcome="fail", values=[value(0.849, 0.845)])))
    assert "The one value of a slice is not shown to be worse." in still


def test_the_line_on_what_changed_is_never_left_out_of_a_full_terminal():
    many = [check("fail", observed=0.164 + at / 100) for at in range(12)]
    for width in (40, 80):
        summary = terminal_summary(*audited(*many), width=width)
        assert "since " in summary and "next " in summary and len(summary.splitlines()) <= 25


def test_a_verdict_of_lesser_rules_alone_is_told_by_their_outcomes():
    verdict = [check(level="warning"), check("pass", -0.01, level="warning"), check("pass", 0.0, level="note")]
    audit, found = audited(*verdict, outcome="none")
    assert plain(headline(audit, found)) == (
        "No rule that must hold was given; of those that only warn, 1 is outside tolerance and 2 hold."
    )


def test_a_pass_of_drops_alone_speaks_of_no_gap():
    assert plain(headline(*audited(check("pass", -0.01), outcome="pass"))) == (
        "What was judged is shown not to have got worse than you allowed."
    )
    both = [check("pass", -0.01), next(one for one in lending()[1].checks if one.compare is None)]
    both[1] = both[1].model_copy(update={"outcome": "pass", "not_assessed": []})
    assert plain(headline(*audited(*both, outcome="pass"))).startswith("Everything that was judged")


def test_what_got_better_has_no_sign():
    assert "better by 2.9 points" in told(terminal_summary(*audited(check("undecided", -0.029), outcome="undecided")))
    assert interval_told(-0.181, 0.051, points) == "18.1 better to 5.1 worse"
    assert interval_told(0.072, 0.254, points) == "7.2–25.4"
    assert interval_told(None, -0.1, points) == "at most 10.0 better"
    assert interval_told(-0.1, None, points) == "at least 10.0 better"
    assert interval_told(None, None, points) == "–"


def test_a_check_is_named_as_waivers_name_it():
    assert titled(check()) == f"{RULE} by race"
    assert titled(check().model_copy(update={"rule": "release"})) == f"release: {TPR} by race max_drop"
    assert titled(check().model_copy(update={"rule": f"{TPR} by race max_drop 0.02"})) == f"{TPR} by race max_drop"
    assert "reference" not in re.search(r"<failure[^<]*", render_junit(*audited(check()))).group()


def test_of_a_comparison_that_is_withheld_no_baseline_is_asked_for():
    audit, verdict = audited(check("undecided"), outcome="undecided")
    hidden = NotApplicable(what="showing the comparison with the earlier run", reason="counts")
    bare = audit.model_copy(update={"baseline": None, "not_applicable": [hidden]})
    step = next_step(bare, verdict)
    assert "withheld" in step and "--baseline" not in step
