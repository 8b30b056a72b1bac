"""Annotations and the step's summary: few, escaped, read back by the runner's own rules."""

import re

import pytest
from golden_files import assert_golden
from report_audits import degenerate, hostile, lending
from report_policy import with_policy

from dlaudit.outputs.github import MOST, render_github
from dlaudit.outputs.step_summary import MOST_BYTES, add_step_summary, step_summary

COMMAND = re.compile(r"^\s*::(?P<command>[^ :]+)(?: (?P<properties>.*?))?::(?P<message>.*)$")


def parsed(line):
    """A workflow command as the runner reads it (actions/runner, ActionCommand.TryParseV2)."""
    found = COMMAND.match(line)
    if found is None:
        return None
    properties = dict(one.split("=", 1) for one in found["properties"].split(",") if one)
    for sign, escape in ((",", "%2C"), (":", "%3A"), ("\n", "%0A"), ("\r", "%0D"), ("%", "%25")):
        properties = {key: value.replace(escape, sign) for key, value in properties.items()}
    return found["command"], properties, found["message"]


def test_annotations_are_as_they_were_last_looked_at():
    assert_golden("policy-github.txt", render_github(*with_policy()) + "\n")


def test_an_annotation_stands_at_the_line_of_its_rule():
    audit, verdict = with_policy()
    places = [parsed(line)[1] for line in render_github(audit, verdict).splitlines()]
    assert [(one["file"], one["line"]) for one in places] == [
        ("fairness/dlaudit.toml", "40"),
        ("fairness/dlaudit.toml", "18"),
    ]


def test_what_is_waived_has_no_annotation():
    assert "selection_rate" not in render_github(*with_policy())


def test_a_name_cannot_end_the_command_or_begin_another():
    lines = render_github(*hostile()).splitlines()
    assert [parsed(line)[0] for line in lines] == ["error", "warning"]
    for line in lines:
        assert set(parsed(line)[1]) == {"file", "line", "title"}
    assert "##[" not in "".join(lines)


@pytest.mark.parametrize(
    ("name", "escape"), [("a,b", "a%2Cb"), ("a:b", "a%3Ab"), ("100%", "100%25"), ("a\r\nb", "⟨U+000D⟩⟨U+000A⟩")]
)
def test_what_would_part_properties_is_escaped(name, escape):
    audit, verdict = lending()
    one = verdict.checks[0].model_copy(update={"by": [name]})
    told = render_github(audit, verdict.model_copy(update={"checks": [one]}))
    assert escape in told.partition("::")[2].rpartition("::")[0] and len(told.splitlines()) == 1


def test_at_most_ten_are_told_the_worst_first_and_the_rest_counted():
    audit, verdict = lending()
    failed, undecided = verdict.checks[:2]
    many = (
        [undecided] * 7 + [failed.model_copy(update={"rule": f"r{at}", "level": "note"}) for at in range(7)] + [failed]
    )
    lines = render_github(audit, verdict.model_copy(update={"checks": many})).splitlines()
    commands = [parsed(line)[0] for line in lines[:MOST]]
    assert commands == ["error", *["warning"] * 7, *["notice"] * 2]
    assert lines[MOST:] == ["5 more have no annotation; the report has them all."]


def test_nothing_is_printed_where_nothing_counts():
    assert render_github(*degenerate()) == ""


def not_judged(**changes):
    """A rule of level error that may stay undecided and does, beside one that is told only."""
    audit, verdict = lending()
    undecided = next(one for one in verdict.checks if one.outcome == "undecided")
    open_one = undecided.model_copy(
        update={"level": "error", "undecided": "ignore", "file": "rules.toml", "line": 7, **changes}
    )
    told_one = verdict.checks[0].model_copy(update={"outcome": "pass", "level": "note", "line": 3})
    sentence = "Not judged: of 2 checks, 1 is undecided and 1 holds."
    return audit, verdict.model_copy(
        update={"outcome": "none", "checks": [told_one, open_one], "findings": [], "sentence": sentence}
    )


def test_rules_of_which_none_was_judged_are_a_warning_at_the_first_that_counts():
    audit, verdict = not_judged()
    ((command, properties, message),) = [parsed(line) for line in render_github(audit, verdict).splitlines()]
    assert (command, properties["file"], properties["line"]) == ("warning", "rules.toml", "7")
    assert properties["title"] == "dlaudit: Not judged"
    assert "none of level error was judged" in message and "1 is undecided" in message
    assert render_github(audit, verdict.model_copy(update={"outcome": "pass"})) == ""  # the twin that was judged


def test_the_warning_that_none_was_judged_is_one_of_ten():
    audit, verdict = not_judged(undecided="warning")
    many = verdict.model_copy(update={"checks": [verdict.checks[1]] * 12})
    lines = render_github(audit, many).splitlines()
    assert [parsed(line)[0] for line in lines[:MOST]] == ["warning"] * MOST
    assert "Not judged" in lines[0]
    assert lines[MOST:] == ["3 more have no annotation; the report has them all."]


def test_the_warning_that_none_was_judged_holds_no_second_command():
    audit, verdict = not_judged(rule="a\n::error::x", file="a,b:\n.toml")
    hostile_one = verdict.model_copy(update={"sentence": "Not judged\n::error::x ##[error]"})
    (line,) = render_github(audit, hostile_one).splitlines()
    assert set(parsed(line)[1]) == {"file", "line", "title"}
    assert "##[" not in line


def test_the_step_s_summary_says_that_none_was_judged():
    told = "**Rules were given, but none of level error was judged: exit code 0 does not say that they hold.**"
    audit, verdict = not_judged()
    assert told in step_summary(audit, verdict)
    assert told not in step_summary(audit, verdict.model_copy(update={"checks": []}))
    assert told not in step_summary(*lending())


def test_the_step_s_summary_has_no_marker_and_is_added_to_what_is_there(tmp_path):
    page = tmp_path / "summary"
    page.write_text("from another command\n")
    assert add_step_summary(page, *lending())
    told = page.read_text(encoding="utf-8")
    assert told.startswith("from another command\n\n### ◆ Outside tolerance") and "<!-- dlaudit" not in told


def test_a_step_s_summary_stays_below_a_mebibyte_and_says_what_is_left_out(tmp_path):
    audit, verdict = lending()
    page = tmp_path / "summary"
    page.write_bytes(b"x" * (MOST_BYTES - 2_300))
    assert add_step_summary(page, audit, verdict)
    assert page.stat().st_size <= MOST_BYTES
    assert re.search(r"… \d+ more lines are in `report.html`\.\n$", page.read_text(encoding="utf-8"))
    assert not add_step_summary(page, audit, verdict)
    assert page.stat().st_size <= MOST_BYTES


def test_the_room_of_a_step_is_counted_in_bytes():
    audit, verdict = lending()
    for room in (2_000, 2_500, 3_000):
        assert len(step_summary(audit.model_copy(update={"title": "é" * 60}), verdict, room).encode()) <= room
    assert step_summary(audit, verdict, 1_000) == ""
