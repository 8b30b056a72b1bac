"""What masking withholds, so that what is hidden cannot be told from what is shown."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from golden_files import section
from report_audits import lending
from report_examples import lending_cards, with_cards
from tiny_audits import FAST, people

import dlaudit
from dlaudit.data.open import arrow_table
from dlaudit.data.shared_forms import MOST_FORMS, Tally
from dlaudit.data.showing import RowParts, Showing
from dlaudit.data.shown_cells import cells_of
from dlaudit.data.shown_series import _curves as curves_of
from dlaudit.data.shown_texts import passages_of
from dlaudit.metrics.rows import ScoredRows
from dlaudit.outputs.html import render_html
from dlaudit.outputs.templates import asset
from dlaudit.outputs.view.example_cards import _readable as readable
from dlaudit.stages.example_choice import Ties, choose, doubt_of

NAMES = ["山田太郎は良い人です", "राजीव गांधी अच्छा", "สมชาย", "Ганс-Петер"]


def told(frame, rows, **how):
    """Rows of a table, masked."""
    file = arrow_table(pa.table(frame))
    columns = {name: pa.array([values[row] for row in rows]) for name, values in frame.items() if name != "unit"}
    return cells_of(columns, Showing(masked=True, file=file, **how))


def passage(text, texts, **how):
    """A text among those of a file, masked."""
    file = arrow_table(pa.table(texts))
    ((one,),) = passages_of([[("note", text)]], Showing(masked=True, file=file, **how), ["note"])
    return one


@pytest.mark.parametrize("name", NAMES)
def test_no_script_shows_a_rare_word_in_parts(name):
    letters = sorted({one for one in name if not one.isspace()})
    # every character and every vowel sign is common, the name is not
    texts = [" ".join(letters) + " " + "".join(reversed(name.replace(" ", "")))] * 30 + [name]
    shown = "".join(piece.text for piece in passage(name, {"note": texts}).stretches)
    assert set(shown) <= set("[…] ")


def test_common_words_of_every_script_are_shown():
    texts = ["很好。 अच्छा है"] * 25
    assert "".join(piece.text for piece in passage(texts[0], {"note": texts}).stretches) == texts[0]


def test_a_name_that_is_cut_is_no_common_word():
    texts = ["a " * 299 + "theodora", *["the a"] * 30]
    assert "the" not in "".join(piece.text for piece in passage(texts[0], {"note": texts}).stretches)


def test_masked_words_have_no_contribution_and_others_a_coarse_one():
    parts = [RowParts(words=[("late", 0.12345), ("Meier", -0.34567)])]
    one = passage("late Meier", {"note": ["late"] * 30}, parts=parts)
    assert [(piece.text, piece.contribution) for piece in one.stretches if piece.text.strip()] == [
        ("late", 0.1),
        (" […]", None),
    ]


def test_a_column_whose_hidden_value_could_be_told_is_on_no_card():
    frame = {
        "flag": ["0"] * 500 + ["1"] * 12,
        "plan": ["a"] * 300 + ["b"] * 200 + ["c"] * 12,
        "town": ["x"] * 250 + ["y"] * 250 + ["u"] * 6 + ["v"] * 6,
        "same": ["s"] * 512,
    }
    parts = [RowParts(by_name=dict.fromkeys(frame, 0.12345))] * 2
    for one in told(frame, [0, 511], parts=parts):
        assert [cell.name for cell in one.cells] == ["town", "same"] and one.columns == 4
    common, rare = told(frame, [0, 511], parts=parts)
    assert (common.cells[0].value, common.cells[0].contribution) == ("x", 0.1)
    assert (rare.cells[0].value, rare.cells[0].hidden, rare.cells[0].contribution) == ("", True, None)


def test_rows_of_one_person_are_not_many_people():
    frame = {
        "town": ["x"] * 40 + ["y"] * 40 + ["z"] * 40 + ["u", "v"],
        "unit": ["p"] * 40 + [f"q{at}" for at in range(82)],
    }
    assert [one.cells[0].hidden for one in told(frame, [0, 50])] == [False, False]
    assert [one.cells[0].hidden for one in told(frame, [0, 50], units=("unit",))] == [True, False]
    texts = {"note": ["sehr gut"] * 40 + ["gut"] * 40, "unit": frame["unit"][:80]}
    assert "sehr" in passage("sehr gut", texts).stretches[0].text
    shown = passage("sehr gut", texts, units=("unit",)).stretches
    assert "".join(piece.text for piece in shown) == "[…] gut"


@pytest.mark.parametrize("units", [False, True])
def test_of_very_many_texts_only_those_that_are_shown_are_counted(units):
    many = [f"t{at}" for at in range(MOST_FORMS + 5)]
    tally = Tally(wanted=frozenset({"a", "b"}))
    for forms in (["a"] * 30 + ["b"] * 30, many):
        names = pa.array([f"p{at}" for at in range(len(forms))]) if units else None
        tally.add(pa.array(forms), names)
    assert set(tally.counts) == {"a", "b"} == tally.common() and not tally.tells()


def test_a_declared_unit_reaches_the_cards(tmp_path):
    rows = people()
    number = np.arange(len(rows))
    rows["p"] = np.linspace(0, 1, len(rows)).round(2)
    # forty rows of men are five people, and only they live in Linz
    rows["person"] = np.where(rows["sex"] == "M", number // 2 % 5, number).astype(str)
    rows["town"] = np.where(rows["sex"] == "M", "Linz", np.where(number % 4 == 1, "Graz", "Wien"))
    rows.to_csv(tmp_path / "rows.csv", index=False)
    given = {**FAST, "report.examples": "masked", "data.id": "who", "data.unit": "person"}
    audit = dlaudit.audit(None, str(tmp_path / "rows.csv"), scores="p", target="y", sensitive=["sex"], settings=given)
    assert {one.slice: one.why_none for one in audit.examples.slices} == {"sex=F": "", "sex=M": "small"}
    assert "Linz" not in audit.examples.model_dump_json()


@pytest.mark.parametrize("steps", [1, 2, 5, 8, 40])
def test_a_masked_series_never_tells_single_steps(steps):
    values = np.random.default_rng(steps).normal(80, 9, (steps, 1))
    (curve,) = curves_of(values, ("hr",), masked=True).curves
    assert len(curve.values) == max(1, min(8, steps // 2))
    assert all(value == float(f"{value:.1g}") for value in curve.values)


def at_threshold(threshold):
    rows = ScoredRows(
        atom=np.zeros(4, dtype=np.int64),
        target=np.array([0, 1, 1, 1]),
        score=np.array([[0.98], [0.3], [0.5], [0.9]]),
        prediction=np.array([1, 0, 0, 1]),
        threshold=threshold,
    )
    ties = Ties(digest=np.arange(4, dtype=np.uint64), record=np.arange(4))
    return [one.row for one in choose(doubt_of(rows), [np.ones(4, dtype=bool)], ties, (2, 0))]


def test_a_high_threshold_shows_false_alarms_too():
    assert at_threshold(0.8) == [0, 1]


def test_scores_beyond_one_keep_their_plain_distance():
    rows = ScoredRows(
        atom=np.zeros(2, dtype=np.int64),
        target=np.array([0, 1]),
        score=np.array([[5.0], [-3.0]]),
        prediction=np.array([1, 0]),
        threshold=0.5,
    )
    assert doubt_of(rows).severity.tolist() == [4.5, 3.5]
    one = dataclasses.replace(rows, score=np.array([[1.0], [0.0]]), threshold=1.0)
    assert doubt_of(one).severity.tolist() == [0.0, 1.0]


def test_the_rule_says_that_rows_shown_above_are_passed_over():
    assert "of those not shown above" in section(render_html(*lending_cards()), "examples")


def test_masked_slices_have_thirty_rows(tmp_path):
    rows = people()
    rows["sex"] = np.where(np.arange(len(rows)) < 20, "F", "M")
    rows["p"] = np.linspace(0, 1, len(rows)).round(2)
    rows.loc[[30, 31], "sex"] = None
    rows.to_csv(tmp_path / "rows.csv", index=False)
    for mode, wanted in (("masked", "small"), ("full", "")):
        given = {**FAST, "report.examples": mode, "data.id": "who"}
        audit = dlaudit.audit(
            None, str(tmp_path / "rows.csv"), scores="p", target="y", sensitive=["sex"], settings=given
        )
        reasons = {one.slice: one.why_none for one in audit.examples.slices}
        assert reasons["sex=F"] == wanted and reasons["sex=M"] == ""
        unknown = [name for name, why in reasons.items() if why == "unknown"]
        assert len(unknown) == 1
        html = section(render_html(audit, None), "examples")
        assert "their level is not known" in html
        assert ("fewer than 30 rows" in html) == (mode == "masked")


@pytest.mark.parametrize("value", ["1234567.89012", "-0.000012345678", "47.9000015", "12345678901234.5"])
def test_numbers_keep_their_digits(value):
    assert readable(value) == value


def test_curves_and_maps_say_in_words_what_they_show():
    audit, verdict = lending()
    html = section(render_html(with_cards(audit, ("curves", "image")), verdict), "examples")
    assert "from −" in html
    assert "Raises most: nw, +0.2; Lowers most: ne, −0.1" in html


def test_no_text_is_clipped():
    assert "max-height" not in asset("examples.css").split(".passage")[1].split("}")[0]
