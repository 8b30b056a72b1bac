import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_audits import lending, multiclass
from report_spread import search

from dlaudit.outputs import text
from dlaudit.outputs.bounds import bounds_short, bounds_told, guarantee_told, left_out, more_bounds
from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.words import plain


def told(sentence):
    return plain(sentence).replace("\u00a0", " ").replace("\u202f", " ")


def check(at=0, **changes):
    return lending()[1].checks[at].model_copy(update=changes)


@pytest.mark.parametrize(
    ("at", "changes", "sentence"),
    [
        (
            0,
            {},
            "These data would fail a limit of 0.60 or more and pass one of 0.45 or less; in between they cannot tell.",
        ),
        (
            1,
            {},
            "These data would fail a limit of 3.6 points or less and pass one of 13.7 points or more; in between they "
            "cannot tell.",
        ),
        (1, {"fails_up_to": None}, "These data would pass a limit of 13.7 points or more and fail none."),
        (1, {"passes_from": None}, "These data would fail a limit of 3.6 points or less and pass none."),
        (2, {"passes_from": None}, "These data would fail a limit of 71 % or more and pass none."),
        (1, {"fails_up_to": None, "passes_from": None}, ""),
        (
            1,
            {"fails_up_to": 0.0, "passes_from": None},
            "These data would fail a limit of 0 points or less and pass none.",
        ),
    ],
)
def test_exact_bounds_are_told_in_the_unit_of_the_limit(at, changes, sentence):
    assert told(bounds_told(check(at, **changes))) == sentence


def test_bounds_of_a_metric_that_is_no_rate_have_three_digits():
    one = check(1, metric="mean_absolute_error", fails_up_to=12.347, passes_from=0.0123451)
    assert told(bounds_short(one)) == "would fail a limit of 12.3 or less, pass one of 0.0124 or more"


@given(
    st.floats(min_value=0, max_value=1, allow_nan=False),
    st.sampled_from([("difference", "max", 100), ("ratio", "min", 1), ("value", "min", 100)]),
)
def test_what_is_said_to_fail_or_pass_does(value, form):
    kind, bound, unit = form
    one = check(0, kind=kind, bound=bound, fails_up_to=value, passes_from=value)
    fails, passes = (float(found) / unit for found in re.findall(r"of ([\d.]+)", told(bounds_told(one))))
    slack = 1e-7
    if bound == "max":
        assert fails <= value + slack and passes >= value - slack
    else:
        assert fails >= value - slack and passes <= value + slack


def test_plain_rounding_would_say_that_a_passing_limit_fails():
    assert round(0.0367, 3) > 0.0367
    assert text.towards(3.67, 1, up=False) == 3.6 and text.towards(3.61, 1, up=True) == 3.7
    assert text.towards(13.7, 1, up=True) == 13.7 and text.towards(0.3 * 100, 1, up=False) == 30.0


def test_slices_that_a_pass_leaves_out_are_named_with_their_rows():
    audit, _ = lending()
    assert told(left_out(audit, check(2))) == "No pass speaks about race=Hispanic (44 rows)."
    assert left_out(audit, check(2, reason="Holds. Not assessed: race=Hispanic (44 rows; needs about 310).")) == ()
    many = check(2, not_assessed=["race=Hispanic", "a", "b", "c", "d", "e"])
    assert told(left_out(audit, many)) == "No pass speaks about race=Hispanic (44 rows), a, b, c and 2 more."
    assert left_out(audit, check(2, not_assessed=[])) == ()


def test_bounds_that_the_reason_tells_are_not_told_twice():
    assert told(more_bounds(check(1))) == told(bounds_told(check(1))) != ""
    assert more_bounds(check(1, reason="Undecided: these data would fail a limit of 0.036 or less.")) == ()


def test_every_guarantee_has_its_words():
    assert guarantee_told(check(0)) == "error rate holds at any number of rows"
    assert guarantee_told(check(2)) == "error rate holds for many rows, checked by simulation"
    assert "screen" in guarantee_told(check(0, judge="point"))
    assert guarantee_told(check(0, guarantee="")) == ""


def test_the_report_shows_bounds_scope_guarantee_and_the_whole_policy():
    html = render_html(*lending())
    for part in ("would fail a limit of 0.60 or more", "error rate holds at any number of rows", "at most 15 %"):
        assert part in html
    assert "No pass speaks about race=Hispanic (44 rows)." in html


def test_only_undecided_checks_have_their_bounds_in_the_terminal():
    audit, verdict = lending()
    for width in (40, 60, 80, 120):
        summary = " ".join(terminal_summary(audit, verdict, width=width).split())
        assert "would fail a limit of 3.6 points or less, pass one of 13.7 points or more" in summary
        assert "0.60 or more" not in summary
    assert "would" not in terminal_summary(*multiclass())


def test_a_pull_request_comment_holds_the_bounds_of_undecided_checks():
    assert "- tpr-gap by sex: These data would fail a limit of 3.6" in render_markdown(*lending())
    assert "0.60 or more" not in render_markdown(*lending())


def test_found_slices_are_told_only_where_they_were_confirmed():
    audit, verdict = lending()
    none = audit.model_copy(update={"discoveries": [search(found=False)]})
    assert "found    34.0" in terminal_summary(audit, verdict)
    assert "found" not in terminal_summary(none, verdict)
    assert "Slices that nobody declared:" in render_markdown(audit, verdict)
    assert "nobody declared" not in render_markdown(none, verdict)
