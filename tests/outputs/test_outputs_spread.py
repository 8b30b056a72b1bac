import re

import pytest
from report_audits import degenerate, lending, scores_only
from report_counts import CELLS, counted, made_gap
from report_spread import calibration_of, doubts, histogram, search, with_chance

from dlaudit.outputs.csv import COLUMNS, render_csv
from dlaudit.outputs.html import render_html
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.templates import asset
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.outputs.view.calibration import calibration
from dlaudit.outputs.view.chance import chance_told
from dlaudit.outputs.view.curves import MOST_POINTS, RATES, Curve, curves_of, threshold_axis, used_edge
from dlaudit.outputs.view.found import found
from dlaudit.outputs.view.gaps import gaps
from dlaudit.outputs.view.intersections import intersections
from dlaudit.outputs.view.sensitivity import sensitivity
from dlaudit.outputs.view.thresholds import MOST_LINES, sweep_told, thresholds
from dlaudit.outputs.words import plain
from dlaudit.record import NotApplicable, ScoreHistogram
from dlaudit.record.suppression import HiddenSlice, Suppression

BEYOND = "of White is farthest apart at a threshold of 0.45: 26.2 points (interval 18.0–34.4)"


def told(sentence):
    return plain(sentence).replace("\u00a0", " ").replace("\u202f", " ")


def without(audit, *fields):
    return audit.model_copy(update={field: [] for field in fields})


# chance


def test_the_noise_floor_stands_beside_the_gap_and_is_no_result():
    audit, verdict = lending()
    block = gaps(audit, verdict).first[0].blocks[0]
    assert told(block.chance.told) == (
        "Equal slices of these sizes would show 5.6 points on average, 11.7 points in one of twenty samples. "
        "Estimate of the gap behind it: 20.4 points; of the standard deviation between slices: 7.4 points."
    )
    html = render_html(audit, verdict)
    row = re.search(r'<tr class="chance">.*?</tr>', html, re.DOTALL).group()
    assert "result" not in row and "mark" not in row


def test_without_a_noise_floor_there_is_no_row_for_it():
    audit, verdict = lending()
    bare = audit.model_copy(
        update={"disparities": [one.model_copy(update={"spread": None}) for one in audit.disparities]}
    )
    assert gaps(bare, verdict).first[0].blocks[0].chance is None
    assert 'class="chance"' not in render_html(bare, verdict)


def test_disparities_csv_holds_the_noise_floor_and_blanks_without_one():
    lines = render_csv(lending()[0], None).splitlines()
    assert lines[0].endswith("noise_mean,noise_95,shrunken,between_sd")
    assert lines[2].endswith(",,,,") and not lines[1].endswith(",,,,")
    assert all(line.count(",") >= len(COLUMNS) - 1 for line in lines)


# thresholds


def test_rates_at_the_threshold_used_are_the_audited_ones():
    audit, _ = lending()
    compared = 0
    for slice_, curve in curves_of(audit, "approved").items():
        at = used_edge(curve.edges, 0.5)
        for metric in RATES:
            assert curve.rate(metric, at) == audit.measurement(metric, slice_).value
            compared += 1
    assert compared == 21


def test_a_histogram_of_other_counts_would_be_noticed():
    audit, _ = lending()
    wrong = Curve(histogram("race=White", 2200, 1260, 1190, 1029))
    at = used_edge(wrong.edges, 0.5)
    assert wrong.rate("selection_rate", at) != audit.measurement("selection_rate", "race=White").value


def places_of(path):
    """The points of a line: the first where it is, all others as steps from the one before."""
    first, _, steps = path[1:].partition("l")
    moves = [tuple(map(int, one.split(","))) for one in (first, *steps.split())]
    return [tuple(sum(part) for part in zip(*moves[: at + 1], strict=True)) for at in range(len(moves))]


def test_lines_fall_stay_inside_and_have_few_points():
    audit, _ = lending()
    curves = curves_of(audit, "approved")
    axis = threshold_axis(curves)
    for curve in curves.values():
        for metric in RATES:
            places = places_of(curve.path(metric, axis, 0.5))
            assert len(places) <= MOST_POINTS + 2
            assert places == sorted(places) and all(0 <= part <= 1000 for place in places for part in place)
            assert [y for _, y in places] == sorted(y for _, y in places)


def test_a_rate_over_nobody_has_no_line_and_no_figure():
    empty = Curve(ScoreHistogram(slice="a", output="1", edges=[0.0, 0.5, 1.0], positive=[0, 0], negative=[2, 3]))
    axis = threshold_axis({"a": empty})
    assert empty.path("true_positive_rate", axis, None) == "" and empty.rate("true_positive_rate", 1) is None
    assert empty.path("selection_rate", axis, None) == "M0,0l500,400 500,600"


def test_the_axis_of_scores_without_bounds_spans_where_rates_change():
    edges = [-3e38, -4.0, -1.0, 0.0, 1.0, 4.0, 3e38]
    one = Curve(ScoreHistogram(slice="a", output="1", edges=edges, positive=[0, 9, 40, 80, 9, 0], negative=[0] * 6))
    axis = threshold_axis({"a": one})
    assert -5 <= axis.low <= -4 and 4 <= axis.high <= 5


def test_the_largest_gap_is_told_with_what_equal_slices_would_show():
    audit, _ = lending()
    shown = thresholds(audit)
    race, sex = shown.first
    assert BEYOND in told(race.panels[0].told)
    assert told(race.panels[0].told).endswith(
        "Equal slices of these sizes exceed 8.1 points in at most one of 20 samples."
    )
    assert "Chance could show as much: equal slices of these sizes exceed 5.2 points in at most" in told(
        sex.panels[0].told
    )
    assert told(sex.panels[2].told) == (
        "The largest gap in false positive rate over all thresholds is undefined: no negatives."
    )
    assert told(shown.told).startswith("In 2 of 3 comparisons the gap at some threshold is wider than")
    assert told(thresholds(without(audit, "sweeps")).told).startswith("The lines show")


def swept(**changed):
    audit, _ = lending()
    largest = audit.sweeps[0].largest.model_copy(update={"value": 0.3, "low": changed.pop("low", 0.0)})
    one = audit.sweeps[0].model_copy(update={"largest": largest, **changed})
    return told(sweep_told(audit, one))


def test_a_sweep_never_says_that_chance_explains_what_its_interval_leaves_out():
    assert "Chance could show as much" in swept(critical=0.5)
    assert "The interval does not include 0; but by the critical value" in swept(critical=0.5, low=0.02)
    assert swept(critical=1.0).endswith("so small that chance could show any gap.")
    assert "chance could" not in swept(critical=0.2, low=0.02)


def test_a_level_that_is_a_bare_number_is_told_with_its_feature():
    audit, _ = lending()
    numbered = [one.model_copy(update={"where": {"sex": "1"}}) if one.id == "sex=F" else one for one in audit.slices]
    sweep = next(one for one in audit.sweeps if one.by == ["sex"] and one.threshold is not None)
    renamed = audit.model_copy(update={"slices": numbered})
    assert "sex=F" in told(sweep_told(renamed, sweep)) and "sex=M" not in told(sweep_told(renamed, sweep))
    assert "sex=F" not in told(sweep_told(audit, sweep))


def test_slices_that_differ_by_no_more_than_chance_are_not_said_to_have_a_gap_of_nothing():
    audit, _ = lending()
    for gap in audit.disparities:
        if gap.spread is not None:
            gap = gap.model_copy(update={"spread": gap.spread.model_copy(update={"shrunken": 0.0, "between_sd": 0.0})})
            shown = chance_told(gap.metric, gap.spread)
            assert told(shown).endswith("These slices differ by no more than chance explains.")
            assert "behind it" not in told(shown)


def test_the_table_marks_the_threshold_that_was_used():
    block = thresholds(lending()[0]).first[0]
    assert ("0.5", True) in block.heads and sum(used for _, used in block.heads) == 1
    assert [len(row.cells) for _, rows in block.groups for row in rows] == [len(block.heads)] * 12


def wide():
    """The lending audit with forty slices of one feature."""
    audit, _ = lending()
    cells = {(f"origin {at}", sex): CELLS["Black", sex] for at in range(40) for sex in ("M", "F")}
    slices, found = counted(cells)
    scores = [histogram(one.id, *_counts(found, one.id)) for one in slices if one.kind != "intersection"]
    kinds = [
        (metric, by, kind)
        for metric in dict.fromkeys(m.metric for m in found)
        for by in (["race"], ["sex"])
        for kind in ("difference", "ratio")
    ]
    return audit.model_copy(
        update={
            "slices": slices,
            "measurements": found,
            "disparities": with_chance([made_gap(found, slices, *one) for one in kinds], slices),
            "histograms": scores,
            "calibrations": [calibration_of(one) for one in scores],
        }
    )


def _counts(found, slice_):
    by_metric = {one.metric: one for one in found if one.slice == slice_}
    selected, positive = by_metric["selection_rate"], by_metric["true_positive_rate"]
    return selected.denominator, positive.denominator, selected.numerator, positive.numerator


def test_many_slices_are_drawn_in_part_and_told_in_full():
    block = thresholds(wide()).first[0]
    assert len(block.legend) == len(block.panels[0].lines) == MOST_LINES
    assert block.hidden == "Of 40 slices, 6 are drawn; the table has all of them."
    assert len(block.groups[0][1]) == 40


def test_a_wide_audit_stays_under_300_kilobytes():
    assert len(render_html(wide(), None).encode()) < 300_000


def test_the_shell_of_the_page_stays_under_25_kilobytes():
    html = render_html(*degenerate())
    shell = re.sub(r"<(section|header) id=.*?</\1>|<div popover.*?</div>", "", html, flags=re.DOTALL)
    assert asset("report.css") in shell and len(shell.encode()) < 25_000


# calibration


def test_every_state_of_calibration_has_its_words():
    audit, _ = lending()
    rows = {row.name: row for block in calibration(audit).first for row in block.rows}
    assert (rows["White"].state, rows["Black"].state, rows["not recorded"].state) == ("off", "none", "undefined")
    assert (
        told((rows["White"].told,)) == "Further off than chance explains; in these rows 4.5 points too low on average"
    )
    assert rows["Hispanic"].told.startswith("Not shown to be off")
    assert rows["not recorded"].told == "undefined: fewer than 30 rows" and rows["not recorded"].error == "–"
    assert rows["Hispanic"].error == "−0.0407"


def test_the_finding_counts_slices_that_chance_does_not_explain():
    audit, _ = lending()
    assert told(calibration(audit).told) == (
        "In 4 of 6 slices the scores are further from the shares of positive labels than chance explains, most in "
        "race=White: about 11.0 points."
    )
    fine = [one for one in audit.calibrations if one.slice in {"race=Black", "race=Hispanic"}]
    assert told(calibration(audit.model_copy(update={"calibrations": fine})).told).startswith("In none of 2 slices")
    few = [one for one in audit.calibrations if one.slice == "race=(unknown)"]
    assert told(calibration(audit.model_copy(update={"calibrations": few})).told).startswith("No slice has enough")


def test_classes_beyond_the_first_are_folded_away():
    audit, _ = lending()
    other = [one.model_copy(update={"output": "denied"}) for one in audit.calibrations]
    both = audit.model_copy(update={"calibrations": [*audit.calibrations, *other]})
    shown = calibration(both)
    assert [told(block.title) for block in shown.first][:2] == ["All rows, approved", "race, approved"]
    assert len(shown.more) == len(shown.first)
    assert "More classes" in render_html(both, None)


def test_what_would_make_the_page_too_large_is_counted_instead():
    audit, _ = lending()
    classes = [one.model_copy(update={"output": f"class {at}"}) for at in range(30) for one in audit.calibrations]
    gaps_swept = [one.model_copy(update={"output": f"class {at}"}) for at in range(30) for one in audit.sweeps]
    doubted = [doubts()[0].model_copy(update={"metric": f"m{at}"}) for at in range(60)]
    grown = audit.model_copy(update={"calibrations": classes, "sweeps": gaps_swept, "sensitivity": doubted})
    shown = calibration(grown)
    rows = sum(len(block.rows) for block in shown.more)
    assert rows <= 40 and told((shown.left_out,)) == f"{29 * 7 - rows} more are in audit.json."
    assert told((thresholds(grown).left_out,)) == "100 more are in audit.json."
    assert told((sensitivity(grown, None).left_out,)) == "20 more are in audit.json."
    assert render_html(grown, None).count("more are in audit.json.") == 3
    assert len(render_html(grown, None).encode()) < 320_000


# doubts


def test_every_doubt_is_a_sentence():
    audit, verdict = lending()
    shown = sensitivity(audit, verdict)
    assert told(shown.told) == (
        "If 3 % of rows were in a wrong slice, the gap of 26.0 points in selection rate by race could lie between "
        "15.0 and 35.0 points."
    )
    rows = [row for gap in shown.first[0].gaps for row in gap.rows]
    assert [told(row.doubt) for row in rows] == [
        "If 3 % of rows were in a wrong slice",
        "If the 0.7 % of rows of unknown level were in the worst slices",
        "If 3 % of rows were in a wrong slice",
        "If the 0.7 % of rows of unknown level were in the worst slices",
        "If 3 % of labels of F were wrong",
        "If 3 % of labels were wrong",
    ]
    assert [told((row.overturns,)) for row in rows][-2:] == ["2.1 % of labels", ""]
    assert told((rows[0].overturns,)) == "8.0 % of rows" and rows[0].reason == ""
    assert [(told(doubt), note) for doubt, note in shown.first[0].notes] == [
        ("If 3 % of rows were in a wrong slice", "Wrong rows may be anyone's."),
        ("If 3 % of labels of F were wrong", "labels of one slice alone are wrong"),
    ]
    assert (rows[-1].between, rows[-1].reason, rows[-1].x) == ("–", "not offered for accuracy", None)


def test_gaps_of_different_units_have_tables_of_their_own():
    audit, verdict = lending()
    other = doubts()[0].model_copy(update={"metric": "mean_score"})
    shown = sensitivity(audit.model_copy(update={"sensitivity": [*audit.sensitivity, other]}), verdict)
    assert [table.head for table in (*shown.first, *shown.more)] == ["Gap (points)", "Gap"]


# found slices


def test_what_was_found_is_told_and_so_is_what_was_not():
    audit, _ = lending()
    assert told(found(audit).searches[0].told) == (
        "The model does worse on 3 slices that nobody declared; first: 34.0 % of people with region = North and "
        "tenure = under 1 year are predicted wrong, against 12.0 % of all others."
    )
    assert told(found(scores_only()[0]).searches[0].told) == (
        "Searched 2 410 slices, none confirmed. A slice of a tenth of the rows would have been found, in four of five "
        "samples, at a difference of 6.0 points."
    )


def with_declared(*declared):
    """The lending audit, of whose three confirmed slices these are declared ones."""
    audit, verdict = lending()
    (one,) = audit.discoveries
    marked = [each.model_copy(update={"declared": at in declared}) for at, each in enumerate(one.found)]
    return audit.model_copy(update={"discoveries": [one.model_copy(update={"found": marked})]}), verdict


def test_a_declared_slice_is_marked_and_never_called_undeclared():
    audit, verdict = with_declared(0)
    (one,) = found(audit).searches
    assert told(one.told).startswith("The model does worse on 2 slices that nobody declared; first: 41.0 % of people")
    assert told(one.told).endswith("1 more that it confirmed are declared ones.")
    assert [row.declared for row in one.rows] == [True, False, False]
    html = render_html(audit, verdict)
    assert html.count("declared: its gaps are measured above") == 1
    assert "tenure" not in terminal_summary(audit, verdict)
    assert (
        "tenure" not in render_markdown(audit, verdict).split("Slices that nobody declared:")[1].split("<details>")[0]
    )


def test_where_all_confirmed_slices_are_declared_nothing_is_called_found():
    audit, verdict = with_declared(0, 1, 2)
    assert "the 3 that were confirmed are declared ones" in told(found(audit).searches[0].told)
    assert "found  " not in terminal_summary(audit, verdict)
    assert "nobody declared" not in render_markdown(audit, verdict)


def test_a_search_that_found_something_stands_before_one_that_did_not():
    audit, _ = lending()
    both = audit.model_copy(update={"discoveries": [search(found=False), search()]})
    assert [bool(one.rows) for one in found(both).searches] == [True, False]


def test_an_outcome_of_some_people_says_of_whom():
    row = found(lending()[0]).searches[0].rows[1]
    assert told(row.outcome) == "are predicted negative who are truly positive"
    other = search().model_copy(update={"found": [search().found[0].model_copy(update={"outcome": "odd_one"})]})
    audit = lending()[0].model_copy(update={"discoveries": [other]})
    assert "have outcome odd one" in told(found(audit).searches[0].told)


# what is held back


def held_back():
    """The lending audit, some of it suppressed as a privacy switch does."""
    audit, verdict = lending()
    hidden = Suppression(
        least=11,
        slices=[
            HiddenSlice(id="race=Hispanic", by=["race"], where={"race": "Hispanic"}, kind="group"),
            HiddenSlice(
                id="race=Black & sex=F", by=["race", "sex"], where={"race": "Black", "sex": "F"}, kind="intersection"
            ),
        ],
    )
    gone = {one.id for one in hidden.slices}
    found_ = [one for one in audit.measurements if one.slice not in gone]
    found_ = [
        type(one)(metric=one.metric, slice=one.slice, undefined=hidden.reason) if one.slice == "race=Black" else one
        for one in found_
    ]
    return audit.model_copy(
        update={
            "suppression": hidden,
            "slices": [one for one in audit.slices if one.id not in gone],
            "measurements": found_,
            "histograms": [],
            "calibrations": [],
            "discoveries": [search(found=False)],
            "data": audit.data.model_copy(update={"rows": None}),
            "not_applicable": [
                NotApplicable(what="showing figures of discovered slices (a)", reason="it would tell small counts"),
                NotApplicable(what="showing score histograms", reason="it would tell small counts"),
            ],
        }
    ), verdict


def test_what_is_held_back_is_never_0_and_never_called_undefined():
    audit, verdict = held_back()
    rows = {row.name: row for row in gaps(audit, verdict).first[0].blocks[0].rows}
    assert (rows["Black"].state.kind, rows["Black"].value, rows["Black"].drawn) == ("hidden", "–", None)
    assert (rows["Hispanic"].state.kind, rows["Hispanic"].size) == ("hidden", "–")
    assert rows["White"].state.kind != "hidden"
    html = render_html(audit, verdict)
    assert "Not shown" in html and "suppressed:" not in html and "undefined: it would tell" not in html


def test_a_cell_that_is_held_back_is_not_said_to_be_empty():
    audit, verdict = held_back()
    cells = {row.name: row.cells for row in intersections(audit, verdict).first[0].tables[0].rows}
    assert cells["Black"][1].reason == "not shown"
    assert cells["not recorded"][1].reason == "no rows"


def test_finds_that_are_held_back_are_not_said_to_be_none():
    audit, _ = held_back()
    assert "none confirmed" not in told(found(audit).searches[0].told)
    assert "is not shown" in told(found(audit).searches[0].told)


def test_rows_of_the_file_that_are_held_back_read_so():
    assert "a number that is not shown, of which" in render_html(*held_back())


# sections without anything


@pytest.mark.parametrize(
    ("field", "section", "what"),
    [
        ("histograms", "thresholds", "threshold sweeps"),
        ("calibrations", "calibration", "calibration"),
        ("sensitivity", "sensitivity", "sensitivity bounds"),
        ("discoveries", "found", "discovery of slices"),
    ],
)
def test_an_empty_section_says_why(field, section, what):
    audit, verdict = lending()
    bare = without(audit, field, "sweeps")
    for known in ([], [NotApplicable(what=what, reason="scores are labels")]):
        html = render_html(bare.model_copy(update={"not_applicable": known}), verdict)
        body = re.search(rf'<section id="{section}".*?</section>', html, re.DOTALL).group()
        assert 'class="aside"' in body and "How this is computed" not in body
        assert ("scores are labels" in body) == bool(known)
        assert f'href="#{section}">' in html and "(not run)" in html
