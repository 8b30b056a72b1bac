"""Levels that a configuration declares to be no record: seen, counted, and a warning where they could hide a gap."""

from pathlib import Path

import pyarrow as pa
import pytest

import dlaudit
from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.record import Audit, Finding

WHITE, BLACK = [("White", 1, 0.9)] * 60, [("Black", 1, 0.1)] * 60
REST = [("prefer not to say", 0, 0.2)] * 12 + [("", 0, 0.2)] * 5 + [("Asian", 1, 0.9)] * 60
RULE = "selection_rate.ratio by race >= 0.8"


def audited(rows: list[tuple[str, int, float]], **settings: object) -> Audit:
    race, target, score = (list(one) for one in zip(*rows, strict=True))
    frame = pa.table({"race": race, "y": target, "p": score})
    given = {"discover.enabled": False} | {key.replace("__", "."): value for key, value in settings.items()}
    return dlaudit.audit(data=frame, scores="p", target="y", sensitive=["race"], settings=given)


def found(audit: Audit) -> list[Finding]:
    return [one for one in audit.findings if one.code == "DLA423"]


@pytest.mark.parametrize("key", ["slices__unknown", "data__missing"])
def test_a_failing_slice_that_is_declared_unknown_is_a_warning_with_its_rows(key: str) -> None:
    rows = WHITE + BLACK + REST[-60:]
    assert dlaudit.judge(audited(rows), dlaudit.Policy.from_rules(RULE)).outcome == "fail"
    hidden = audited(rows, **{key: ["", "Black"]})
    assert dlaudit.judge(hidden, dlaudit.Policy.from_rules(RULE)).outcome == "pass"
    (one,) = found(hidden)
    assert (one.severity, one.subject, one.evidence["rows"]) == ("warning", "race", {"Black": 60})
    assert "Black (60 rows)" in one.message


def test_a_level_that_is_declared_away_is_told_where_the_verdict_is() -> None:
    hidden = audited(WHITE + BLACK + REST[-60:], slices__unknown=["", "Black"])
    verdict = dlaudit.judge(hidden, dlaudit.Policy.from_rules(RULE))
    for told in (terminal_summary(hidden, verdict), render_markdown(hidden, verdict), render_html(hidden, verdict)):
        assert "texts of race as not recorded: Black (60 rows)" in " ".join(told.replace("\\", "").split())
    small = audited(WHITE + BLACK + REST, slices__unknown=["", "prefer not to say"])
    assert "as not recorded" not in terminal_summary(small, None)


def test_a_small_level_that_people_chose_is_a_note() -> None:
    (one,) = found(audited(WHITE + BLACK + REST, slices__unknown=["", "prefer not to say"]))
    assert (one.severity, one.evidence["rows"]) == ("note", {"prefer not to say": 12})
    (many,) = found(audited(WHITE + REST * 3, slices__unknown=["", "prefer not to say"]))
    assert many.severity == "warning"


def test_a_text_that_says_that_nothing_is_recorded_is_a_note_however_many_rows_have_it() -> None:
    rows = [
        (text if level == "Black" else level, target, score)
        for level, target, score in WHITE + BLACK + REST
        for text in ["N/A"]
    ]
    (one,) = found(audited(rows, slices__unknown=["", "N/A"]))
    assert (one.severity, one.evidence["rows"]) == ("note", {"N/A": 60})


def test_a_level_that_is_set_apart_is_told_the_same_way() -> None:
    rows = WHITE + BLACK + REST[-60:]
    apart = audited(rows, slices__apart={"race": ["Black", "Martian"]})
    assert dlaudit.judge(apart, dlaudit.Policy.from_rules(RULE)).outcome == "pass"
    (one,) = found(apart)
    assert (one.severity, one.evidence["rows"]) == ("warning", {"Black": 60})
    assert "sets these levels of race apart: Black (60 rows)" in one.message
    (few,) = found(audited(WHITE + BLACK + REST, slices__apart={"race": ["prefer not to say"]}))
    assert few.severity == "note"


def test_what_is_empty_or_in_no_row_is_no_finding() -> None:
    assert found(audited(WHITE + BLACK + REST)) == []
    assert found(audited(WHITE + BLACK + REST, slices__unknown=["", " ", "Martian"])) == []


def test_a_level_of_a_column_of_several_that_is_declared_away_is_counted() -> None:
    """One such level takes the whole cell out of every comparison of that column."""
    cells = ["White"] * 60 + ["Black"] * 40 + ["Black; Asian"] * 20 + ["Asian"] * 60 + [""] * 5
    frame = pa.table({"race": cells, "y": [1, 0, 1, 0, 1] * 37, "p": [0.9, 0.1, 0.2, 0.8, 0.7] * 37})
    settings = {"discover.enabled": False, "slices.multi": {"race": ";"}, "slices.unknown": ["", "Black"]}
    audit = dlaudit.audit(data=frame, scores="p", target="y", sensitive=["race"], settings=settings)
    (one,) = found(audit)
    assert (one.severity, one.subject, one.evidence["rows"]) == ("warning", "race", {"Black": 60})
    plain = dlaudit.audit(
        data=frame, scores="p", target="y", sensitive=["race"], settings={**settings, "slices.unknown": [""]}
    )
    assert found(plain) == []


def test_rows_that_are_left_out_are_not_counted() -> None:
    rows = WHITE + BLACK + [("x", 1, float("nan"))] * 40
    (one,) = found(audited(rows, slices__unknown=["", "x", "Black"], data__on_bad="reject"))
    assert one.evidence["rows"] == {"Black": 60}


def test_numbers_of_a_column_are_counted_as_they_are_read(tmp_path: Path) -> None:
    lines = ["age,y,p", *["30,1,0.9"] * 50, *["-9,1,0.1"] * 50, *["60,0,0.2"] * 50]
    (tmp_path / "scores.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = {"discover.enabled": False, "slices.unknown": ["", "-9"], "slices.bins": {"age": [18, 40, 90]}}
    audit = dlaudit.audit(data=tmp_path / "scores.csv", scores="p", target="y", sensitive=["age"], settings=settings)
    (one,) = found(audit)
    assert one.evidence["rows"] == {"-9": 50}


def test_a_report_that_shows_no_small_counts_does_not_tell_them_here() -> None:
    audit = audited(WHITE + BLACK + REST, slices__unknown=["", "prefer not to say"])
    (one,) = found(audit.without_small_cells(15))
    assert "12" not in one.message
    assert one.evidence == {}
