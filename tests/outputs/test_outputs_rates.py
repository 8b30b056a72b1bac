"""Rates of each slice in two runs: told and drawn with the gaps, since a model can get worse for everybody alike."""

import re

from report_base import RACE, gap, same_rows, since
from report_lending import lending

from dlaudit.outputs.change_sentences import accepted_lines, changes_line
from dlaudit.outputs.html import render_html
from dlaudit.outputs.rate_moves import rate_moves
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.view.rate_rows import rate_tables
from dlaudit.outputs.words import plain
from dlaudit.record import Accepted, AgainstModel, Exchanged, RateChange


def rate(metric, slice_, base, tuned, **more):
    counts = {"n": 200, "both": 100, "gained": 5, "lost": 30}
    given = {"rows": 300, "low": tuned - base - 0.05, "high": tuned - base + 0.05, **counts, **more}
    return RateChange(metric=metric, by=["race"], slice=slice_, base=base, tuned=tuned, **given)


def fell(black: float, white: float, *, metric="true_positive_rate", changed=(True, True)) -> AgainstModel:
    """Both slices' rate fell, by how much is given; the gap between them did not change."""
    sides = [
        Exchanged(slice=name, gained=5, lost=30, n=200, changed=one) for name, one in zip(RACE, changed, strict=True)
    ]
    one = gap(metric, RACE, (-0.10, -0.10), "inherited").model_copy(update={"exchanged": sides})
    rates = [rate(metric, RACE[0], 0.80, 0.80 - black), rate(metric, RACE[1], 0.90, 0.90 - white)]
    return same_rows().paired.model_copy(update={"changes": [one], "rates": rates})


def told(paired):
    return plain(changes_line(lending()[0], same_rows().model_copy(update={"paired": paired, "only_new": 0})))


def test_a_model_that_got_worse_for_everybody_is_told_although_no_gap_changed():
    line = told(fell(0.16, 0.07))
    assert "Of 2 rates of slices, 2 got worse, most of all true positive rate of Black, from 80.0 % to 64.0 %." in (
        line.replace("\u202f", " ").replace("\u00a0", " ")
    )


def test_what_no_test_shows_and_what_got_better_is_not_called_worse():
    assert "got worse" not in told(fell(0.16, 0.07, changed=(False, False)))
    assert "got worse" not in told(fell(-0.05, -0.05))
    assert [one.move for one in rate_moves(fell(-0.05, 0.02, changed=(True, False)))] == ["undecided", "pass"]


def test_a_false_positive_rate_is_worse_the_larger_it_is():
    moves = rate_moves(fell(-0.1, 0.1, metric="false_positive_rate"))
    assert [(one.rate.slice, one.move) for one in moves] == [(RACE[0], "fail"), (RACE[1], "pass")]


def test_rates_that_are_neither_good_nor_bad_and_means_are_left_out():
    assert rate_moves(fell(0.1, 0.1, metric="selection_rate")) == []
    paired = fell(0.1, 0.1)
    bare = [one.model_copy(update={"n": None, "gained": None, "lost": None, "both": None}) for one in paired.rates]
    assert rate_moves(paired.model_copy(update={"rates": bare})) == []
    assert rate_tables(lending()[0], None, 9) == []


def test_the_table_stands_open_where_a_rate_got_worse_and_cuts_with_a_count():
    found = same_rows().model_copy(update={"paired": fell(0.16, 0.07)})
    html = render_html(*since(found))
    assert re.search(r"<details open><summary>Rates of each slice", html)
    quiet = same_rows().model_copy(update={"paired": fell(0.16, 0.07, changed=(False, False))})
    assert re.search(r"<details><summary>Rates of each slice", render_html(*since(quiet)))
    (table,) = rate_tables(lending()[0], fell(0.16, 0.07), 1)
    assert len(table.rows) == 1 and "1 more" in table.left_out


def test_the_reason_of_an_accepted_baseline_is_data_and_never_markup():
    bad = Accepted(at="2026-11-21T09:00:00+00:00", reason="<img src=x>\u202e\x1b[2J::error::")
    found = same_rows().model_copy(update={"accepted": bad})
    html = render_html(*since(found))
    assert "<img" not in html and "\u202e" not in html and "\x1b" not in html
    assert "accepted on 2026-11-21 09:00 UTC" in plain(accepted_lines(found)[0])
    assert "\x1b" not in terminal_summary(*since(found), width=100)
    bare = found.model_copy(update={"accepted": bad.model_copy(update={"reason": " "})})
    assert "without a reason given" in plain(accepted_lines(bare)[0])


def test_how_far_a_rate_fell_is_told_in_points_and_a_rate_in_percent():
    from dlaudit.outputs.bounds import bounds_short

    _, verdict = lending()
    value = verdict.checks[0].model_copy(
        update={"kind": "value", "metric": "accuracy", "bound": "max", "passes_from": 0.051, "fails_up_to": None}
    )
    assert "%" in bounds_short(value) and "points" not in bounds_short(value)
    assert "points" in bounds_short(value.model_copy(update={"compare": "baseline"}))
