"""Every metric against scikit-learn or Fairlearn, on random and edge inputs, to 1e-12."""

import math
import warnings

import fairlearn.metrics as fl
import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_samples import binary, groups, multiclass, multilabel, regression

from dlaudit.metrics import METRICS, count, measure

TOLERANCE = 1e-12


def measured(rows, names, atoms=None):
    atoms = atoms or int(rows.atom.max(initial=0)) + 1
    table, _ = groups(atoms)
    found, _ = measure(count(rows, atoms), rows, table, names, 0.95)
    return {(m.metric, m.slice): m for m in found}


def parts(rows, atoms):
    yield "overall", rows
    for k in range(atoms):
        yield f"g={k}", rows.take(rows.atom == k)


def same(ours, theirs):
    return abs(ours - theirs) <= TOLERANCE


def weighted(function, rows, second, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(function(rows.target, second, sample_weight=rows.weight, **options))


BINARY = {
    "prevalence": lambda r: weighted(fl.mean_prediction, r, r.target),
    "selection_rate": lambda r: weighted(fl.selection_rate, r, r.prediction),
    "true_positive_rate": lambda r: weighted(fl.true_positive_rate, r, r.prediction),
    "false_positive_rate": lambda r: weighted(fl.false_positive_rate, r, r.prediction),
    "true_negative_rate": lambda r: weighted(fl.true_negative_rate, r, r.prediction),
    "false_negative_rate": lambda r: weighted(fl.false_negative_rate, r, r.prediction),
    "accuracy": lambda r: weighted(sk.accuracy_score, r, r.prediction),
    "precision": lambda r: weighted(sk.precision_score, r, r.prediction),
    "negative_predictive_value": lambda r: weighted(sk.precision_score, r, r.prediction, pos_label=0),
    "false_discovery_rate": lambda r: 1 - weighted(sk.precision_score, r, r.prediction),
    "false_omission_rate": lambda r: 1 - weighted(sk.precision_score, r, r.prediction, pos_label=0),
    "f1": lambda r: weighted(sk.f1_score, r, r.prediction),
    "balanced_accuracy": lambda r: weighted(sk.balanced_accuracy_score, r, r.prediction),
    "mean_score": lambda r: weighted(fl.mean_prediction, r, r.score[:, 0]),
    "calibration_in_the_large": lambda r: weighted(fl.mean_prediction, r, r.target - r.score[:, 0]),
    "brier": lambda r: weighted(sk.brier_score_loss, r, r.score[:, 0], labels=[0, 1]),
    "log_loss": lambda r: weighted(sk.log_loss, r, r.score[:, 0], labels=[0, 1]),
    "auc": lambda r: weighted(sk.roc_auc_score, r, r.score[:, 0]),
}
REGRESSION = {
    "mean_error": lambda r: weighted(fl.mean_prediction, r, r.prediction - r.target),
    "mean_absolute_error": lambda r: weighted(sk.mean_absolute_error, r, r.prediction),
    "root_mean_squared_error": lambda r: weighted(sk.root_mean_squared_error, r, r.prediction),
    "mean_prediction": lambda r: weighted(fl.mean_prediction, r, r.prediction),
    "r2": lambda r: weighted(sk.r2_score, r, r.prediction),
}


def test_the_tables_below_hold_every_metric_of_their_task():
    of_slices = {n for n, m in METRICS.items() if "binary" in m.tasks and m.joined is None}
    # those that also read rows outside the slice: test_metrics_ranking.py; the others: tests/pairs and tests/tasks
    assert set(BINARY) == of_slices - {"equal_error_rate", "detection_average_precision"}
    of_values = {"mean_value", "median_value", "tenth_percentile"}
    assert set(REGRESSION) == {n for n, m in METRICS.items() if "regression" in m.tasks} - of_values


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("weights", [False, True])
def test_a_binary_metric_equals_the_reference_on_every_slice(name, weights):
    rows = binary(700, weighted=weights, seed=3)
    ours = measured(rows, [name])
    for slice_id, part in parts(rows, 4):
        assert same(ours[name, slice_id].value, BINARY[name](part))


@pytest.mark.parametrize("name", BINARY)
def test_the_comparison_with_the_reference_sees_a_shift_of_a_billionth(name):
    rows = binary(700, seed=3)
    ours = measured(rows, [name])[name, "overall"].value
    assert not same(ours + 1e-9, BINARY[name](rows))


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize("weights", [False, True])
def test_a_regression_metric_equals_the_reference_on_every_slice(name, weights):
    rows = regression(400, weighted=weights, seed=5)
    ours = measured(rows, [name])
    for slice_id, part in parts(rows, 3):
        assert same(ours[name, slice_id].value, REGRESSION[name](part))
        assert not same(ours[name, slice_id].value + 1e-9, REGRESSION[name](part))


EDGES = {
    "one_row_right": ([1], [0.9]),
    "one_row_wrong": ([0], [0.9]),
    "all_positive": ([1, 1, 1], [0.9, 0.2, 0.6]),
    "all_negative": ([0, 0, 0], [0.9, 0.2, 0.6]),
    "nobody_selected": ([0, 1, 1, 0], [0.1, 0.2, 0.3, 0.3]),
    "everybody_selected": ([0, 1, 1, 0], [0.8, 0.7, 0.9, 0.9]),
    "every_score_tied": ([0, 1, 1, 0, 1], [0.5] * 5),
    "certain": ([0, 1, 1, 0], [0.0, 1.0, 0.0, 1.0]),
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", BINARY)
def test_edge_inputs_give_the_reference_or_are_undefined(edge, name):
    target, score = (np.array(side, dtype=kind) for side, kind in zip(EDGES[edge], (np.int64, float), strict=True))
    prediction = (score >= 0.5).astype(np.int64)
    rows = binary(
        len(target),
        atom=np.zeros(len(target), dtype=np.int64),
        target=target,
        score=score[:, None],
        prediction=prediction,
    )
    found = measured(rows, [name])[name, "overall"]
    empty = {
        "true_positive_rate": 1 not in target,
        "false_negative_rate": 1 not in target,
        "false_positive_rate": 0 not in target,
        "true_negative_rate": 0 not in target,
        "precision": 1 not in prediction,
        "false_discovery_rate": 1 not in prediction,
        "negative_predictive_value": 0 not in prediction,
        "false_omission_rate": 0 not in prediction,
        "f1": 1 not in prediction and 1 not in target,
        "balanced_accuracy": len(set(target)) < 2,
        "auc": len(set(target)) < 2,
    }
    if empty.get(name, False):
        assert found.value is None and found.undefined
    else:
        assert same(found.value, BINARY[name](rows))


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.1, 0.4, 0.5, 0.9])), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_small_tables_give_the_reference_or_are_undefined(pairs):
    target, score = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    rows = binary(
        len(pairs),
        atom=np.zeros(len(pairs), dtype=np.int64),
        target=target,
        score=score[:, None],
        prediction=(score >= 0.5).astype(np.int64),
    )
    for (name, _), found in measured(rows, list(BINARY)).items():
        assert found.value is None or same(found.value, BINARY[name](rows)), name


@pytest.mark.parametrize("weights", [False, True])
def test_multiclass_metrics_equal_scikit_learns_on_every_slice(weights):
    rows = multiclass(600, weighted=weights, seed=2)
    names = ["recall", "precision", "selection_rate", "prevalence", "f1", "accuracy", "macro_recall", "log_loss"]
    ours = measured(rows, names)
    for slice_id, part in parts(rows, 3):
        for place, label in enumerate(rows.classes):
            one = {"labels": [place], "average": "macro"}
            assert same(
                ours[f"recall[{label}]", slice_id].value, weighted(sk.recall_score, part, part.prediction, **one)
            )
            assert same(
                ours[f"precision[{label}]", slice_id].value, weighted(sk.precision_score, part, part.prediction, **one)
            )
            assert same(ours[f"f1[{label}]", slice_id].value, weighted(sk.f1_score, part, part.prediction, **one))
            chosen = weighted(fl.selection_rate, part, part.prediction, pos_label=place)
            assert same(ours[f"selection_rate[{label}]", slice_id].value, chosen)
        assert same(ours["accuracy", slice_id].value, weighted(sk.accuracy_score, part, part.prediction))
        assert same(ours["macro_recall", slice_id].value, weighted(sk.balanced_accuracy_score, part, part.prediction))
        assert same(ours["log_loss", slice_id].value, weighted(sk.log_loss, part, part.score))
        assert not same(ours["log_loss", slice_id].value + 1e-9, weighted(sk.log_loss, part, part.score))


@pytest.mark.parametrize("weights", [False, True])
def test_multilabel_metrics_equal_the_references_on_every_slice(weights):
    rows = multilabel(500, weighted=weights, seed=2)
    names = ["true_positive_rate", "false_positive_rate", "selection_rate", "accuracy", "hamming_loss"]
    ours = measured(rows, names)
    for slice_id, part in parts(rows, 3):
        for place, label in enumerate(rows.classes):
            for name in names[:3]:
                theirs = getattr(fl, name)(part.target[:, place], part.prediction[:, place], sample_weight=part.weight)
                assert same(ours[f"{name}[{label}]", slice_id].value, theirs)
        assert same(ours["accuracy", slice_id].value, weighted(sk.accuracy_score, part, part.prediction))
        assert same(ours["hamming_loss", slice_id].value, weighted(sk.hamming_loss, part, part.prediction))
        assert not same(ours["hamming_loss", slice_id].value + 1e-9, weighted(sk.hamming_loss, part, part.prediction))


def test_a_large_offset_costs_the_mean_and_its_interval_no_digits():
    near, far = (
        measured(regression(300, seed=1, offset=o), ["mean_prediction"])["mean_prediction", "overall"]
        for o in (0.0, 2.0**30)
    )
    assert far.value - 2.0**30 == pytest.approx(near.value, abs=1e-6)
    assert far.high - far.low == pytest.approx(near.high - near.low, rel=1e-5)


def test_weights_of_one_and_no_weights_give_the_same_values():
    plain = binary(300, seed=4)
    ones = binary(300, seed=4, weight=np.ones(300))
    a, b = measured(plain, list(BINARY)), measured(ones, list(BINARY))
    for key in a:
        assert same(a[key].value, b[key].value)
        if a[key].method in ("wilson", "t"):
            assert math.isclose(a[key].low, b[key].low, rel_tol=1e-9, abs_tol=1e-12)
