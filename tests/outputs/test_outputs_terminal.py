import re
import unicodedata

import pytest
from golden_files import assert_golden
from report_audits import ALL, hostile, lending, multiclass, scores_only

from dlaudit.outputs.checks import name_of
from dlaudit.outputs.terminal import MOST_LINES, MOST_ROWS, terminal_summary
from dlaudit.outputs.view.verdict import check_row
from dlaudit.outputs.widths import columns, fitted, wrapped
from dlaudit.record import Finding

PATH = "dlaudit-report/report.html"


def summary(name, width=80, color=False):
    audit, verdict = ALL[name]()
    return terminal_summary(audit, verdict, width=width, color=color, report_path=PATH, elapsed=31.4)


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", ALL)
def test_the_summary_is_short_and_fits(name, width):
    lines = summary(name, width).splitlines()
    assert len(lines) <= MOST_LINES
    wide = [line for line in lines if columns(line) > width and max(map(columns, line.split())) <= width - 9]
    assert [line for line in wide if PATH not in line] == []


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_number_is_ever_cut(width):
    _, verdict = lending()
    told = " ".join(summary("lending", width).split())
    for check in verdict.checks[:2]:
        row = check_row(check)
        for number in (row.observed, row.interval, row.limit.removeprefix("≥ ").removeprefix("≤ ")):
            assert " ".join(number.split()) in told


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("color", [False, True])
def test_no_control_character_of_the_data_passes(width, color):
    audit, verdict = hostile()
    told = terminal_summary(audit, verdict, width=width, color=color, report_path="a\x1b[2J/\x07.html", elapsed=1.0)
    ours = re.sub(r"\x1b\[(?:0|1|1;2|1;38;5;\d+)m", "", told) if color else told
    acting = {c for c in ours if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs"} and c != "\n"}
    assert acting == set()


def test_no_line_is_a_workflow_command():
    for width in (40, 80, 120):
        told = summary("hostile", width)
        assert "##[" not in told
        assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]


def test_colour_only_where_it_is_asked_for():
    assert "\x1b" not in summary("lending")
    painted = summary("lending", color=True)
    assert painted.startswith("\x1b[1;38;5;166m◆ Outside tolerance\x1b[0m\n")
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == summary("lending")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_summary_is_as_it_was_last_looked_at(width):
    assert_golden(f"lending-terminal-{width}.txt", summary("lending", width) + "\n")


def test_only_open_checks_are_listed_and_the_rest_is_counted():
    told = summary("lending")
    assert "1 check within tolerance." in told and "accuracy" not in told


def test_without_rules_the_widest_gaps_and_a_rule_to_add_are_shown():
    audit, verdict = scores_only()
    told = terminal_summary(audit, verdict)
    assert told.startswith("– Not judged\n")
    assert "selection_rate by race" in told
    assert "--rule 'selection_rate.difference by race <= 0.1'" in told


def test_an_undecided_check_says_what_would_decide_it():
    audit, verdict = multiclass()
    assert "next     collect more rows of site=a: with about 260 in all it could be decided" in terminal_summary(
        audit, verdict
    )


def test_what_to_do_after_a_fail_is_the_advice_on_the_gap_that_failed():
    """The most serious finding may be about something else, as a slice that a search found."""
    audit, verdict = lending()
    check = next(one for one in verdict.checks if one.outcome == "fail")

    def finding(code, subject, step):
        return Finding(code=code, severity="warning", subject=subject, message="m.", next_step=step, docs="d")

    gap = f"{check.metric}.difference by {' & '.join(check.by)}"
    found = [
        finding("DLA460", "x=1", "Look at rows of it."),
        finding("DLA455", "s", "Other."),
        finding("DLA450", gap, "Own."),
    ]
    assert "next     Own." in terminal_summary(audit.model_copy(update={"findings": found}), verdict)
    assert "next     Other." in terminal_summary(audit.model_copy(update={"findings": found[:2]}), verdict)
    assert "next     read the report" in terminal_summary(audit.model_copy(update={"findings": found[:1]}), verdict)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "selection_rate", "true_positive_rate"])
def test_the_name_of_a_single_check_is_not_cut_while_there_is_room_above_its_numbers(metric):
    audit, verdict = lending()
    for by in ("sex", "category", "category_of_work"):
        one = verdict.checks[0].model_copy(
            update={"rule": f"{metric}.difference by {by} <= 0.1", "metric": metric, "by": [by]}
        )
        told = terminal_summary(audit, verdict.model_copy(update={"checks": [one]}))
        assert name_of(one) in told


def test_many_open_checks_are_cut_with_a_count():
    audit, verdict = lending()
    many = verdict.model_copy(update={"checks": [verdict.checks[0]] * 40})
    for width in (40, 80):
        told = terminal_summary(audit, many, width=width, report_path=PATH)
        assert len(told.splitlines()) <= MOST_LINES
        assert "more in the report" in told


def test_wide_characters_take_two_columns():
    assert columns("a日e\u0301") == 4


def test_marks_over_a_character_and_joiners_take_no_column():
    assert columns("e\u0301\ufe0f\u200d") == 1
    assert columns("黒人👩🏽") == 8
    assert columns("עברית") == 5


def renamed(names):
    """Lending with other words for its features and levels."""
    audit, verdict = lending()
    told = [one.model_dump_json() for one in (audit, verdict)]
    for old, new in names.items():
        for before in '"= ':
            told = [one.replace(f"{before}{old}", f"{before}{new}") for one in told]
    return type(audit).model_validate_json(told[0]), type(verdict).model_validate_json(told[1])


WIDE = {"race": "人種とその他の区分", "Black": "黒人👩🏽", "sex": "性別"}
FROM_THE_RIGHT = {"race": "الجنس", "Black": "עברית", "sex": "מין"}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("names", [WIDE, FROM_THE_RIGHT], ids=["wide", "right"])
def test_wide_names_and_names_from_the_right_keep_within_the_width(names, width):
    told = terminal_summary(*renamed(names), width=width, report_path=PATH)
    assert names["race"] in told
    assert [line for line in told.splitlines() if columns(line) > width] == []
    assert "0.52" in told and "0.45–0.59" in told


def test_numbers_stand_in_columns_whatever_the_names_are():
    for names in ({}, WIDE, FROM_THE_RIGHT):
        lines = terminal_summary(*renamed(names), width=120).splitlines()
        rows = [line for line in lines if line.startswith(("◆ outside ", "○ undecided "))]
        limits = [re.search(r"[≥≤] [\d.]+(?:\u00a0points)?", line) for line in rows]
        assert len({columns(line[: found.end()]) for line, found in zip(rows, limits, strict=True)}) == 1


@pytest.mark.parametrize("width", [60, 80, 120])
def test_only_the_name_is_cut(width):
    audit, verdict = lending()
    long = verdict.checks[0].model_copy(update={"by": ["a_feature_of_an_endless_name" * 9]})
    told = terminal_summary(audit, verdict.model_copy(update={"checks": [long] * 9}), width=width)
    row = check_row(long)
    assert "…" in told and [line for line in told.splitlines() if columns(line) > width] == []
    rows = [line for line in told.splitlines() if "…" in line]
    assert rows and all("…" not in line.partition("selection_rate")[0] for line in rows)
    assert told.count(row.interval) == len(rows)


def test_at_most_ten_rows_are_listed():
    audit, verdict = lending()
    told = terminal_summary(audit, verdict.model_copy(update={"checks": [verdict.checks[0]] * 40}), width=200)
    assert sum(line.startswith("◆ outside ") for line in told.splitlines()) <= MOST_ROWS


@pytest.mark.parametrize("name", ["short", "日本語" * 20, "x" * 300, "a\u202eb" * 20, "e\u0301" * 50, ""])
@pytest.mark.parametrize("width", [4, 11, 40])
def test_a_fitted_name_is_safe_and_never_wider_than_its_room(name, width):
    told = fitted(name, width)
    assert columns(told) <= width and "\u202e" not in told
    assert told == name or "…" in told


def test_text_is_wrapped_at_blanks_by_columns_and_never_inside_a_word():
    assert wrapped("日本語 日本語 日本語 日本語", 20) == ["日本語 日本語 日本語", "日本語"]
    assert wrapped("a" * 50 + " b", 20, indent="  ") == ["  " + "a" * 50, "  b"]
    assert wrapped("8.6\u00a0points " * 3, 24)[0] == "8.6\u00a0points 8.6\u00a0points"
    assert wrapped("", 20) == []
