"""Bars of how much each input of a table moves the score, slice by slice."""

import re

from golden_files import section
from report_audits import ALL, lending

from dlaudit.outputs.html import render_html
from dlaudit.outputs.view.importance import importances
from dlaudit.outputs.words import plain
from dlaudit.record import Finding, Trust


def changed(**update):
    audit, verdict = lending()
    found = [one.model_copy(update=update) for one in audit.attributions]
    return audit.model_copy(update={"attributions": found}), verdict


def equally_faithful(audit=None, *, rows=40, least=30, **moved):
    """An audit whose first method is not shown to be less faithful anywhere; `region` lies higher for Black people, and
    `income` for White people, by intervals that do not meet unless `moved` says otherwise.
    """
    audit = audit or lending()[0]
    high = {"mean_abs": 0.9, "low_abs": 0.8, "high_abs": 1.0}
    low = {"mean_abs": 0.1, "low_abs": 0.05, "high_abs": 0.2}
    ends = {
        ("race=Black", "region"): high | moved,
        ("race=White", "region"): low,
        ("race=Black", "income"): low,
        ("race=White", "income"): high | moved,
    }
    found = [
        one.model_copy(update={**ends.get((one.slice, one.feature), {}), "rows": rows}) for one in audit.attributions
    ]
    found = [one for one in found if one.slice in {"overall", "race=Black", "race=White"}]
    return audit.model_copy(update={"attributions": found, "quality": [], "trust": [], "min_size": least})


def lead(audit):
    return plain(importances(audit).tables[0].told)


def test_bars_are_on_one_scale_and_as_wide_as_the_means():
    audit, _ = lending()
    view = importances(audit)
    method = audit.explain_plan.methods[0].method if audit.explain_plan else audit.attributions[0].method
    largest = max(one.high_abs for one in audit.attributions if one.method == method)
    (name, bars) = view.tables[0].rows[0]
    found = next(
        one for one in audit.attributions
        if (one.method, one.feature, one.slice) == (method, name, "race=White")
    )  # fmt: skip
    at = [column.name for column in view.tables[0].columns].index("White")
    assert abs(float(bars[at].width.rstrip("%")) / 100 - found.mean_abs / largest) < 1e-3
    assert bars[at].low and bars[at].interval != "–"


def test_the_largest_input_comes_first_in_every_table():
    audit, _ = lending()
    assert [table.rows[0][0] for table in importances(audit).tables] == ["income", "income"]
    faithful = audit.model_copy(update={"quality": [], "trust": []})
    assert "income moves scores most in every slice" in lead(faithful)


def test_what_matters_most_is_said_to_differ_where_the_intervals_lie_apart():
    told = lead(equally_faithful())
    assert "differs" in told and "region for Black" in told and "income for White" in told


def test_nothing_is_said_to_differ_where_the_intervals_meet_or_are_not_known():
    assert lead(equally_faithful(low_abs=0.15)) == ""
    assert lead(equally_faithful(low_abs=None, high_abs=None)) == ""


def test_nothing_is_said_to_differ_in_slices_with_few_rows_or_in_doubt():
    assert lead(equally_faithful(rows=29)) == "" and "differs" in lead(equally_faithful(rows=30))
    audit = equally_faithful()
    doubted = Trust(method=first_method(audit), slice="race=Black", ok=False, reasons=[], rows=40)
    assert lead(audit.model_copy(update={"trust": [doubted]})) == ""


def test_slices_are_not_compared_by_a_method_that_is_unequally_faithful():
    audit = equally_faithful()
    found = Finding(code="DLA510", severity="note", subject=first_method(audit), message="…", next_step="…")
    assert lead(audit.model_copy(update={"findings": [found]})) == ""
    other = found.model_copy(update={"subject": "another_method"})
    assert "differs" in lead(audit.model_copy(update={"findings": [other]}))
    assert lead(lending()[0]) == "", "the check itself says so where the finding stands with others"


def first_method(audit):
    return audit.explain_plan.methods[0].method


def test_an_audit_without_these_intervals_has_bars_and_says_so():
    audit, verdict = changed(low_abs=None, high_abs=None)
    view = importances(audit)
    bars = [bar for _, some in view.tables[0].rows for bar in some if bar]
    assert bars and all(bar.low is None and bar.interval == "–" for bar in bars)
    assert "No intervals" in view.caption and "No intervals" in render_html(audit, verdict)


def test_what_is_no_table_or_was_not_explained_has_no_bars():
    audit, _ = lending()
    picture = audit.model_copy(update={"data": audit.data.model_copy(update={"modality": "image"})})
    assert importances(picture) is None
    assert importances(ALL["scores_only"]()[0]) is None


def test_contributions_of_nought_make_no_error():
    view = importances(changed(mean_abs=0.0, low_abs=0.0, high_abs=0.0)[0])
    assert {bar.width for _, some in view.tables[0].rows for bar in some if bar} == {"0%"}


def test_the_section_holds_them_beside_its_other_tables():
    html = section(render_html(*lending()), "why")
    tables = re.findall(r'<table class="profile importance">', html)
    assert len(tables) == 2 and "How much each input moves the score" in html
