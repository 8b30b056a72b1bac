import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_audits import ALL, degenerate, lending, multiclass, rate, scores_only

from dlaudit.outputs.html import render_html
from dlaudit.outputs.order import features_compared, shown_first, slices_of
from dlaudit.outputs.view.axis import Axis, place
from dlaudit.outputs.view.gaps import gaps
from dlaudit.outputs.view.intersections import intersections
from dlaudit.outputs.view.page import page, title_of
from dlaudit.outputs.view.verdict import verdict_view
from dlaudit.record import UNKNOWN, Slice, slice_id

finite = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


@given(st.lists(finite, min_size=1, max_size=8))
def test_an_axis_holds_every_value_and_keeps_their_order(values):
    axis = Axis.around(values)
    places = [axis.share(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(axis.holds(value) and 0 <= axis.share(value) <= 1 for value in values)
    assert all(math.isfinite(axis.share(value)) for value in values)


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=2, max_size=8, unique=True))
def test_ticks_are_few_and_lie_on_the_axis(values):
    axis = Axis.around(values, least=0.0, most=1.0)
    ticks = axis.ticks(str)
    assert 1 <= len(ticks) <= 7
    assert all(0 <= float(tick.at.rstrip("%")) <= 100 for tick in ticks)


def test_values_beyond_an_axis_lie_at_its_end():
    axis = Axis(0.25, 4.0, log=True)
    assert (axis.at(0.0001), axis.at(1.0), axis.at(99)) == ("0%", "50%", "100%")
    assert axis.share(0.5) == pytest.approx(1 - axis.share(2.0))
    assert Axis(0.0, 1.0).width(0.75, 0.25) == "50%"
    assert place(1 / 3) == "33.3%"


def test_metrics_that_a_rule_names_come_first_and_prevalence_is_folded_away():
    audit, verdict = lending()
    shown = gaps(audit, verdict)
    assert shown_first(audit, None) == ["selection_rate", "true_positive_rate", "false_positive_rate"]
    assert shown_first(audit, verdict)[:3] == ["selection_rate", "true_positive_rate", "accuracy"]
    assert [one.label[0] for one in shown.more] == ["Prevalence"]


def test_rows_tell_their_result_by_word_and_sign():
    audit, verdict = lending()
    rows = {row.name: row for row in gaps(audit, verdict).first[0].blocks[0].rows}
    assert rows["White"].is_reference and rows["White"].difference == "–"
    assert (rows["Black"].state.kind, rows["Black"].difference, rows["Black"].ratio) == ("fail", "−26.0", "0.52")
    assert rows["not recorded"].state.kind == "few"
    tpr = {row.name: row for row in gaps(audit, verdict).first[1].blocks[1].rows}
    assert (tpr["F"].state.kind, tpr["F"].state.note) == ("undecided", "needs about 4\u202f200 rows")


def test_error_rates_stand_beside_the_prevalence():
    audit, verdict = lending()
    shown = {one.label[0]: one for one in gaps(audit, verdict).first}
    assert shown["True positive rate"].prevalence and not shown["Selection rate"].prevalence
    assert shown["True positive rate"].blocks[0].rows[0].prevalence == "57.3\u202f%"


def test_an_undefined_rate_shows_its_reason_and_no_mark():
    audit, verdict = multiclass()
    dog = gaps(audit, verdict).first[1]
    row = dog.blocks[0].rows[0]
    assert (row.value, row.interval, row.drawn) == ("–", "–", None)
    assert (row.state.kind, row.state.note) == ("undefined", "no rows of the class")
    assert dog.blocks[0].heads == ["difference undefined: fewer than two slices are defined"]


def test_the_reference_is_never_the_unknown_level():
    audit, verdict = lending()
    renamed = audit.model_copy(
        update={"slices": [s.model_copy(update={"n": 10**6}) if s.unknown else s for s in audit.slices]}
    )
    assert gaps(renamed, verdict).first[0].blocks[0].reference == "White"


def test_small_cells_are_pale_and_far_cells_are_full():
    audit, verdict = lending()
    cells = {row.name: row.cells for row in intersections(audit, verdict).first[0].tables[0].rows}
    assert (cells["Black"][1].bucket, cells["Black"][1].clear) == ("lo4", True)
    assert cells["Hispanic"][0].kind == "few"
    assert cells["not recorded"][1].kind == "absent"
    assert cells["White"][1].bucket == "mid" and not cells["White"][1].clear


def test_slices_of_three_features_are_listed_farthest_first():
    audit, verdict = lending()
    where = [{"age": age, "race": "Black", "sex": "F"} for age in ("old", "young")]
    by = ["age", "race", "sex"]
    extra = [Slice(id=slice_id(w), by=by, where=w, n=90, share=0.03, kind="intersection", small=False) for w in where]
    found = [rate("selection_rate", one.id, x, 90) for one, x in zip(extra, (40, 9), strict=True)]
    wider = audit.model_copy(update={"slices": [*audit.slices, *extra], "measurements": [*audit.measurements, *found]})
    listed = intersections(wider, verdict).listed
    assert [one.name for one in listed] == [extra[1].id, extra[0].id]
    assert render_html(wider, verdict).count(">age=young &amp; race=Black &amp; sex=F</th>") == 1


def test_gaps_within_a_control_feature_are_folded_away():
    audit, verdict = lending()
    inside = audit.disparities[0].model_copy(update={"within": {"region": UNKNOWN}})
    shown = gaps(audit.model_copy(update={"disparities": [*audit.disparities, inside]}), verdict).conditional
    assert [(one.by, one.within, one.kind) for one in shown] == [("race", "region = not recorded", "difference")]
    assert len(gaps(audit, verdict).conditional) == 0


def test_the_head_counts_what_could_be_decided():
    audit, verdict = lending()
    head = verdict_view(audit, verdict)
    assert (head.badge, head.gap, head.people, head.decided) == ("Outside tolerance", "0.52", "26 in 100", "2 of 3")
    assert [one.outcome for one in head.checks] == ["fail", "undecided", "pass"]
    assert head.checks[2].scope == "pass for 2 of 3 slices"
    assert verdict_view(*degenerate()).decided == "Not judged"


def test_sections_that_did_not_run_say_so():
    audit, verdict = scores_only()
    sections = page(audit, verdict).sections
    assert [key for key, one in sections.items() if not one.ran] == ["why", "trust", "sensitivity", "examples"]


def test_titles_fall_back_on_file_names():
    audit, _ = scores_only()
    assert title_of(audit) == "Audit of given scores on test.csv"


@pytest.mark.parametrize("name", ALL)
def test_every_audit_has_a_page(name):
    audit, verdict = ALL[name]()
    made = page(audit, verdict)
    assert made.document_title.endswith("– dlaudit")
    for feature in features_compared(audit):
        assert slices_of(audit, [feature])
