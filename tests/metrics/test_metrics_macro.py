"""Macro averages: values of scikit-learn, undefined where a class is missing, intervals by drawing cells."""

import dataclasses

import numpy as np
import pytest
import sklearn.metrics as sk
from metrics_samples import groups, multiclass

from dlaudit.metrics import METRICS, count, disparities, measure
from dlaudit.metrics.cell_values import as_function, cell_limits, cells_of
from dlaudit.metrics.forms import Asked
from dlaudit.stats.intervals import wilson

REFERENCES = {"macro_f1": sk.f1_score, "macro_precision": sk.precision_score}


def measured(rows, names, kept=True):
    table, comparison = groups(3)
    found, hidden = measure(count(rows, 3), rows if kept else None, table, names, 0.95)
    return found, disparities(found, table.slices, [comparison], None, 0.95), hidden


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("weights", [False, True])
def test_values_are_scikit_learns_on_every_slice(name, weights):
    rows = multiclass(600, weighted=weights, seed=5)
    found, _, _ = measured(rows, [name])
    for one, part in zip(found, [rows, *(rows.take(rows.atom == k) for k in range(3))], strict=True):
        theirs = REFERENCES[name](part.target, part.prediction, sample_weight=part.weight, average="macro")
        assert one.value == pytest.approx(theirs, abs=1e-12)
        assert one.value + 1e-9 != pytest.approx(theirs, abs=1e-12)
        assert one.low < one.value < one.high
        assert (one.method, one.guarantee) == ("cell_bootstrap", "asymptotic")


def test_gaps_between_slices_have_simultaneous_intervals():
    _, gaps, _ = measured(multiclass(600, seed=5), ["macro_f1", "macro_recall", "macro_precision"])
    assert [g.metric for g in gaps if g.kind == "difference"] == ["macro_f1", "macro_recall", "macro_precision"]
    for gap in gaps:
        assert gap.low <= gap.value <= gap.high


def test_a_class_that_is_missing_leaves_no_average():
    rows = multiclass(300)
    never = dataclasses.replace(rows, prediction=np.minimum(rows.prediction, 1))
    found, _, _ = measured(never, ["macro_precision"])
    assert {m.undefined for m in found} == {"a class is never predicted in this slice"}
    gone = rows.take((rows.target != 2) & (rows.prediction != 2))
    assert measured(gone, ["macro_f1"])[0][0].undefined == "a class is neither true nor predicted in this slice"


@pytest.mark.parametrize("weights", [False, True])
def test_intervals_need_no_rows_and_are_the_same_bits_without_them(weights):
    rows = multiclass(200, weighted=weights)
    assert measured(rows, ["macro_f1"])[0] == measured(rows, ["macro_f1"], kept=False)[0]


def test_rows_that_share_a_unit_are_drawn_together():
    rows = multiclass(150)
    four = rows.take(np.repeat(np.arange(150), 4))
    shared = dataclasses.replace(four, unit=np.repeat(np.arange(150), 4))
    plain, robust = measured(four, ["macro_f1"])[0][0], measured(shared, ["macro_f1"])[0][0]
    assert robust.method == "bootstrap"
    assert robust.high - robust.low > 1.7 * (plain.high - plain.low)
    alone = measured(shared, ["macro_f1"], kept=False)[0][0]
    assert (alone.low, alone.high) == (None, None)


def test_the_interval_covers_the_truth_of_a_simulation_and_half_of_it_does_not():
    truth = measured(multiclass(100_000, seed=99), ["macro_f1"])[0][0].value
    hits = half = 0
    for seed in range(200):
        rows = multiclass(150, atoms=1, seed=seed)
        table, _ = groups(1)
        one = measure(count(rows, 1), None, table, ["macro_f1"], 0.95)[0][0]
        hits += one.low <= truth <= one.high
        half += one.value - (one.value - one.low) / 2 <= truth <= one.value + (one.high - one.value) / 2
    assert hits >= 180  # 95 % of 200 less three standard errors
    assert half < 160


def test_every_count_metric_can_be_drawn_in_one_go():
    rows = multiclass(400, atoms=1)
    totals = count(rows, 1)
    names = ["accuracy", "macro_recall", "f1", "recall", "macro_f1"]
    functions = [as_function(Asked(METRICS.get(name), name, 1), "multiclass") for name in names]
    low, high = cell_limits(functions, cells_of(totals, 0), 0.95)
    assert low.shape == (5,) and (low < high).all()
    right = int(np.trace(totals.cells[0, 0]))
    exact = wilson(right, 400, 0.95)
    assert (float(low[0]), float(high[0])) == pytest.approx((float(exact.low), float(exact.high)), abs=0.02)
