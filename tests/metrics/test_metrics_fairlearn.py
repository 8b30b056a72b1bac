"""The second calculation through Fairlearn's MetricFrame."""

import math

import numpy as np
import pytest
from metrics_samples import SAMPLES, binary, crossed, groups, one_slice

from dlaudit.errors import UsageError
from dlaudit.metrics import DEFAULTS, METRICS, count, cross_check, measure, to_metric_frame
from dlaudit.metrics.fairlearn_check import slice_levels
from dlaudit.metrics.second_table import _guarded

AGREE = 1e-12


def checked(rows, names, table=None, **options):
    table = table or groups(4)[0]
    found, _ = measure(count(rows, table.member.shape[1]), rows, table, names, 0.95)
    return {c.metric: c for c in cross_check(rows, table, found, **options)}, found


@pytest.mark.parametrize("task", SAMPLES)
@pytest.mark.parametrize("weighted", [False, True])
def test_fairlearn_agrees_on_every_defined_cell(task, weighted):
    checks, _ = checked(SAMPLES[task](300, weighted=weighted), DEFAULTS[task])
    assert checks
    for check in checks.values():
        assert check.defined > 0 and check.largest_difference <= AGREE, check
        assert check.library == "fairlearn.MetricFrame"


def test_every_default_of_a_binary_audit_is_calculated_twice():
    checks, _ = checked(binary(300), DEFAULTS["binary"])
    assert set(checks) == set(DEFAULTS["binary"])
    assert {c.cells for c in checks.values()} == {5}


def test_intersections_are_calculated_twice():
    checks, _ = checked(binary(400), DEFAULTS["binary"], crossed()[0])
    assert {c.cells for c in checks.values()} == {9}
    assert max(c.largest_difference for c in checks.values()) <= AGREE


def test_a_measurement_off_by_a_billionth_is_seen():
    rows, table = binary(300), groups(4)[0]
    found, _ = measure(count(rows, 4), rows, table, ["accuracy"], 0.95)
    wrong = [found[0].model_copy(update={"value": found[0].value + 1e-9}), *found[1:]]
    (check,) = cross_check(rows, table, wrong)
    assert AGREE < check.largest_difference < 1e-8


def test_cells_that_the_library_invents_are_counted_and_not_compared():
    rows = binary(200)
    rows = rows.take((rows.atom != 2) | (rows.target == 0))
    checks, _ = checked(rows, ["true_positive_rate", "selection_rate"])
    assert checks["true_positive_rate"].defined == 4
    assert checks["true_positive_rate"].note == "in 1 slice the library prints a number for what is undefined"
    assert checks["selection_rate"].note == ""


def test_cells_that_only_the_library_lacks_are_said():
    rows = binary(200)
    rows = rows.take((rows.atom > 1) | (rows.prediction == 0))
    table, _ = groups(4)
    found, _ = measure(count(rows, 4), rows, table, ["precision"], 0.95)
    claimed = [m if m.is_defined else m.model_copy(update={"value": 0.5, "undefined": None}) for m in found]
    (check,) = cross_check(rows, table, claimed)
    assert (check.cells, check.defined) == (5, 3)
    assert check.note == "in 2 slices only the library has no value"


def test_a_function_that_refuses_a_cell_has_no_value_there():
    def refuses(y_true, y_pred):
        raise ValueError("only one class")

    assert math.isnan(_guarded(refuses)([1], [1]))


def test_a_class_without_rows_in_a_slice_is_not_compared():
    rows = SAMPLES["multiclass"](200)
    rows = rows.take((rows.atom != 1) | (rows.target != 0))
    checks, _ = checked(rows, ["recall", "precision"], groups(3)[0])
    assert checks["recall[cat]"].defined == 3
    assert checks["recall[cat]"].largest_difference <= AGREE


def test_too_many_rows_are_said_and_not_calculated():
    checks, _ = checked(binary(300), ["accuracy"], most_rows=299)
    assert checks["accuracy"].cells == 0
    assert checks["accuracy"].largest_difference is None
    assert checks["accuracy"].note == "not recomputed: 300 rows are more than 299"


def test_unknown_and_discovered_slices_do_not_disturb():
    rows = binary(300)
    table, _ = groups(4)
    table.slices[4] = one_slice({"g": "(unknown)"})
    found = one_slice({"g": "0"}).model_copy(update={"id": "found", "kind": "discovered"})
    table.slices.append(found)
    table.member = np.vstack([table.member, table.member[1:2]])
    checks, _ = checked(rows, ["accuracy"], table)
    assert checks["accuracy"].cells == 5 and checks["accuracy"].largest_difference <= AGREE


def test_a_metric_frame_holds_any_of_our_metrics():
    rows = binary(200, weighted=True)
    table, _ = groups(4)
    names = ["selection_rate", "auc", "calibration_in_the_large", "f1"]
    frame = to_metric_frame(rows, slice_levels(rows, table), names)
    found, _ = measure(count(rows, 4), rows, table, names, 0.95)
    for m in found:
        theirs = frame.overall[m.metric] if m.slice == "overall" else frame.by_group[m.metric][m.slice[2:]]
        assert theirs == pytest.approx(m.value, abs=1e-12)
    assert frame.difference()["selection_rate"] > 0


@pytest.mark.parametrize("task", ["multiclass", "multilabel", "regression"])
def test_a_metric_frame_holds_other_tasks(task):
    rows = SAMPLES[task](150)
    frame = to_metric_frame(rows, slice_levels(rows, groups(3)[0]), DEFAULTS[task])
    assert frame.by_group.shape[0] == 3
    assert not frame.by_group.isna().any().any()


def test_a_metric_frame_has_nan_where_we_say_undefined():
    rows = binary(100)
    rows = rows.take((rows.atom != 2) | (rows.target == 0))
    frame = to_metric_frame(rows, slice_levels(rows, groups(4)[0]), ["true_positive_rate", "auc"])
    assert frame.by_group.isna().sum().to_dict() == {"true_positive_rate": 1, "auc": 1}


def test_a_metric_frame_of_an_unknown_metric_is_refused():
    rows = binary(10)
    with pytest.raises(UsageError):
        to_metric_frame(rows, slice_levels(rows, groups(4)[0]), ["nothing"])


def test_all_defaults_are_registered_for_their_task():
    for task, names in DEFAULTS.items():
        for name in names:
            assert task in METRICS.get(name).tasks, (task, name)


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
@pytest.mark.parametrize("weighted", [False, True])
def test_macro_averages_and_the_auc_of_every_class_are_calculated_twice(task, weighted):
    names = ["auc", "macro_f1", "macro_precision", "macro_recall"] if task == "multiclass" else ["auc"]
    checks, found = checked(SAMPLES[task](300, weighted=weighted), names)
    assert set(checks) == {m.metric for m in found}
    for check in checks.values():
        assert check.defined >= 4 and check.largest_difference <= AGREE, check


def test_intersections_beyond_what_is_affordable_are_said_and_single_features_never_left_out(monkeypatch):
    monkeypatch.setattr("dlaudit.metrics.fairlearn_check.MOST_SLICES", 6)
    checks, _ = checked(binary(400), ["accuracy", "selection_rate"], crossed()[0])
    for check in checks.values():
        assert check.cells == 5 and check.largest_difference <= AGREE
        assert check.note == "4 slices of intersections were not recomputed, because it would take minutes"
