"""The section on the earlier run: which gaps grew, drawn once for the report and for a page of two runs."""

import re

import pytest
from golden_files import assert_golden, section
from hypothesis import given
from hypothesis import strategies as st
from report_audits import hostile, lending
from report_base import EARLIER, RACE, SEX, gap, other_rows, paired, same_rows, since, unpaired

from dlaudit.metrics.changes import disparity_changes
from dlaudit.outputs.change_sentences import changes_line
from dlaudit.outputs.diff import diff_text, render_diff
from dlaudit.outputs.gap_moves import BETTER, OPEN, TURNED, WORSE, growth, move_of, worst_first
from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.view.changes import changes
from dlaudit.outputs.words import plain
from dlaudit.record import DisparityChange, Estimate, RunComparison
from dlaudit.record.files import dump, parse
from dlaudit.record.privacy import suppressed

share = st.floats(min_value=-1, max_value=1, allow_nan=False)
half = st.floats(min_value=0, max_value=1, allow_nan=False)


def runs_change(old, new, half_width, kind="difference"):
    """A change of the figures of two runs."""
    change = Estimate(value=new - old, low=new - old - half_width, high=new - old + half_width)
    return DisparityChange(
        metric="selection_rate", kind=kind, by=["sex"], old=Estimate(value=old), new=Estimate(value=new), change=change
    )


def test_the_section_on_the_same_rows_is_as_it_was_last_looked_at():
    assert_golden("base-paired.html", section(render_html(*paired()), "base"))


def test_the_section_from_figures_alone_is_as_it_was_last_looked_at():
    assert_golden("base-unpaired.html", section(render_html(*unpaired()), "base"))


def test_without_an_earlier_run_there_is_no_section():
    html = render_html(*lending())
    assert 'id="base"' not in html and 'href="#base"' not in html


def test_every_status_has_the_mark_that_goes_with_it():
    found = {(one.metric, one.slice): move_of(one) for one in same_rows().paired.changes}
    assert found["selection_rate", "race=Black"] == WORSE == found["true_positive_rate", "sex=F"]
    assert found["true_positive_rate", "race=Black"] == BETTER == found["selection_rate", "race=Hispanic"]
    assert found["false_positive_rate", "sex=F"] == TURNED
    assert found["selection_rate", "sex=F"] == OPEN == found["false_positive_rate", "race=Black"]


def test_the_worst_change_comes_first():
    rows = changes(*paired()[:1], same_rows(), most=15).rows[0].rows
    assert [row.kind for row in rows] == ["fail", "fail", "ref", "undecided", "undecided", "pass", "pass"]
    assert rows[0].status == "grown" and rows[1].status == "created"
    sizes = [growth(one) for one in worst_first(same_rows().paired.changes) if move_of(one) == WORSE]
    assert sizes == sorted(sizes, reverse=True)


@given(share, share, half)
def test_a_gap_is_called_wider_only_where_the_interval_of_its_change_excludes_0_away_from_no_gap(old, new, width):
    one = runs_change(old, new, width)
    found, low, high = move_of(one), one.change.low, one.change.high
    if low <= 0 <= high:
        assert found == OPEN
    if found == WORSE:
        assert abs(new) >= abs(old) and (low > 0) == (new > 0 or old > 0)
    if found == BETTER:
        assert abs(new) <= abs(old)


def test_the_naive_reading_would_call_a_narrower_gap_wider():
    """A gap of −20 points that becomes −5 has a change above 0: the sign of the change alone says nothing."""
    one = runs_change(-0.2, -0.05, 0.02)
    assert one.change.low > 0 and move_of(one) == BETTER


def test_of_ratios_a_smaller_one_is_a_wider_gap():
    assert move_of(runs_change(0.9, 0.6, 0.1, "ratio")) == WORSE
    assert move_of(runs_change(0.6, 0.9, 0.1, "ratio")) == BETTER
    assert move_of(runs_change(0.6, 1.5, 0.1, "ratio")) == TURNED


def test_a_status_without_an_interval_that_shows_it_could_be_chance():
    one = gap("selection_rate", SEX, (-0.10, -0.11), "grown")
    assert move_of(one) == OPEN
    paired_ = same_rows().paired.model_copy(update={"changes": [one]})
    rows = changes(lending()[0], same_rows().model_copy(update={"paired": paired_}), most=9).rows[0].rows
    assert rows[0].status == "could be chance"


def sentence(**update):
    return plain(changes_line(lending()[0], same_rows().model_copy(update=update)))


def test_the_finding_is_one_sentence_with_the_widest_growth():
    assert sentence() == (
        "On the same 2\u202f855 rows, of 7 gaps, 2 grew, 2 shrank, 1 turned round; other changes could be chance. "
        "The widest growth: selection rate, Black − White, from −12.0 to −26.0\u00a0points."
    )


def test_nothing_shown_is_not_called_better_or_worse():
    one = gap("selection_rate", RACE, (-0.11, -0.12), "inherited")
    still = same_rows().paired.model_copy(update={"changes": [one]})
    assert "the one gap is not shown to have changed" in sentence(paired=still)
    same = still.model_copy(update={"changes": [gap("selection_rate", RACE, (-0.11, -0.11), "inherited")]})
    assert "every gap is as it was" in sentence(paired=same)
    assert "no gap is in both runs" in sentence(paired=still.model_copy(update={"changes": []}))


def test_what_is_not_paired_says_why():
    found = other_rows()
    told = plain(changes_line(lending()[0], found))
    assert told.startswith("Not paired: the data changed.") and "1 grew" in told and "by race" in told
    bare = found.model_copy(update={"changes": []})
    assert "no gap with an interval is in both runs" in plain(changes_line(lending()[0], bare))


def test_what_was_set_differently_is_listed_and_open():
    html = section(render_html(*paired()), "base")
    assert "slices.sensitive" in html and "race, sex" in html and "<details open>" in html
    assert "Metrics of this run alone: accuracy" in html and "race=Asian" in html
    assert "Findings that are new" in html and "Findings that are gone" not in html


def test_the_same_drawing_stands_on_the_page_of_two_runs():
    audit, _ = paired()
    both = same_rows().model_copy(update={"new": EARLIER})
    tables = re.compile(r'<table class="forest stack figures changes">.*?</table>', re.DOTALL)
    report = tables.findall(render_html(*paired()))
    assert report and report[0] in render_diff(both, audit)


def test_an_older_earlier_run_round_trips_through_the_file():
    audit, verdict = paired()
    assert parse(dump(audit, verdict)) == (audit, verdict)


def test_small_counts_take_the_comparison_with_them_and_say_so():
    audit, verdict = paired()
    shown, judged = suppressed(audit, verdict, 11)
    assert shown.baseline is None
    html = render_html(shown, judged)
    assert 'id="base"' in html and "(not run)" in html
    assert "the comparison with the earlier run" in section(html, "base")
    assert "runs/2026-10" not in html


@pytest.mark.parametrize("make", [same_rows, other_rows])
def test_hostile_names_stay_text(make):
    audit, _ = hostile()
    bad = "<img src=x onerror=alert(1)>\u202e\x1b[2J"
    found = make().model_copy(
        update={
            "old": EARLIER.model_copy(update={"title": bad, "place": bad, "model": bad, "data": bad}),
            "not_paired": bad,
            "changes": disparity_changes(audit, audit),
            "metrics_gone": [bad],
            "slices_new": [one.id for one in audit.slices],
        }
    )
    html = render_html(audit.model_copy(update={"baseline": found}), None)
    assert "<img" not in html and "\u202e" not in html and "\x1b" not in html
    text = diff_text(found.model_copy(update={"new": EARLIER}), audit)
    assert "\x1b" not in text and "\u202e" not in text


def test_an_undefined_gap_has_no_mark():
    nothing = Estimate(undefined="no positives")
    one = runs_change(0.1, 0.2, 0.01).model_copy(update={"old": nothing, "change": nothing})
    found = RunComparison(old=EARLIER, not_paired="rows are pairs", changes=[one])
    row = changes(lending()[0], found, most=5).runs[0].rows[0]
    assert (row.drawn, row.old, row.status) == (None, "–", "")
    assert since(found)[0].baseline == found


def test_the_terminal_and_the_summary_say_it_in_the_same_sentence():
    audit, verdict = paired()
    assert "since" in terminal_summary(audit, verdict, width=120)
    assert "2 grew, 2 shrank" in " ".join(terminal_summary(audit, verdict, width=120).split())
    assert "2 grew, 2 shrank" in render_markdown(audit, verdict)
    assert "grew" not in render_markdown(*lending()) + terminal_summary(*lending(), width=120)
