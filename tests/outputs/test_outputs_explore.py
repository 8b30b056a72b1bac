"""Another threshold: what the page gives to its script."""

import json

from golden_files import section
from report_audits import ALL, hostile, lending

from dlaudit.outputs.html import render_html
from dlaudit.outputs.templates import inert
from dlaudit.outputs.view.curves import Curve
from dlaudit.outputs.view.explore import LEAST_ROWS, explore


def test_counts_at_the_audited_threshold_are_the_audited_rates():
    audit = lending()[0]
    view = explore(audit)
    data = json.loads(view.data)
    assert data["labels"][data["used"]] == view.threshold
    for one in data["slices"]:
        above = sum(one["p"][data["used"] :]), sum(one["n"][data["used"] :])
        rows = sum(one["p"]) + sum(one["n"])
        assert abs(sum(above) / rows - one["audited"][0]) < 1e-12
        assert abs(above[0] / sum(one["p"]) - one["audited"][1]) < 1e-12


def test_small_slices_are_left_out_and_counted():
    audit = lending()[0]
    small = audit.model_copy(
        update={"slices": [one.model_copy(update={"small": one.kind == "group"}) for one in audit.slices]}
    )
    assert explore(small) is None
    assert explore(audit) is not None


def test_only_the_explorer_leaves_out_slices_below_its_least_rows():
    audit, verdict = lending()
    few = [
        one.model_copy(update={"n": LEAST_ROWS - 1, "small": False} if one.id == "race=Black" else {})
        for one in audit.slices
    ]
    audit = audit.model_copy(update={"slices": few})
    assert "Black" not in [row.name for _, _, rows in explore(audit).features for row in rows]
    curves = section(render_html(audit, verdict), "thresholds").rpartition("</script>")[2]
    assert "Black" in curves and "White" in curves


def test_a_slice_whose_selection_rate_is_undefined_is_no_bar_of_width_nought():
    audit = lending()[0]
    gone = {"value": None, "low": None, "high": None, "numerator": None, "denominator": None, "undefined": "no rows"}
    measured = [
        one.model_copy(update=gone) if (one.metric, one.slice) == ("selection_rate", "race=Black") else one
        for one in audit.measurements
    ]
    before, after = explore(audit), explore(audit.model_copy(update={"measurements": measured}))
    names = [[row.name for _, _, rows in view.features for row in rows] for view in (before, after)]
    assert set(names[0]) - set(names[1]) == {"Black"}
    assert "without a selection rate" in after.left_out


def test_there_is_nothing_to_try_where_nothing_is_decided_by_a_threshold():
    assert explore(ALL["regression"]()[0]) is None and explore(ALL["multiclass"]()[0]) is None
    audit = lending()[0]
    moved = audit.model_copy(update={"model": audit.model.model_copy(update={"threshold": 0.123456})})
    assert explore(moved) is None


def test_the_embedded_json_cannot_end_its_element():
    assert "<" not in inert('{"a": "</script><img>&\u2028"}')
    assert json.loads(inert('{"a": "</script>&\u2028"}')) == {"a": "</script>&\u2028"}
    view = explore(hostile()[0])
    assert view is None or "</" not in inert(view.data)


def test_edges_of_the_page_are_those_of_the_curves():
    audit = lending()[0]
    data, first = json.loads(explore(audit).data), audit.histograms[0]
    assert len(data["labels"]) == len(first.edges) - 1
    assert Curve(first).rate("selection_rate", 0) == 1.0


def test_a_run_that_measured_other_metrics_offers_no_threshold():
    audit = lending()[0]
    measured = [one for one in audit.measurements if one.metric != "true_positive_rate"]
    assert explore(audit.model_copy(update={"measurements": measured})) is None
