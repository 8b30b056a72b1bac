"""A metric that somebody adds gets slices, intervals, disparities and a MetricFrame from its registration alone."""

import math

import numpy as np
import pytest
from metrics_samples import SAMPLES, binary, groups

from dlaudit.metrics import DEFAULTS, METRICS, count, disparities, measure, metric, to_metric_frame
from dlaudit.metrics.fairlearn_check import slice_levels
from dlaudit.metrics.registry import Ratio


@pytest.fixture
def registered():
    """Names that a test may register; they are taken out again."""
    before = set(METRICS)
    yield
    for name in set(METRICS) - before:
        METRICS._items.pop(name)


def add(name, function, **declared):
    given = {"task": "binary", "better": "lower", "formula": "?", "undefined": "no rows", "meaning": "A test."}
    return metric(name, **{**given, **declared})(function)


def audited(rows, name, atoms=4):
    table, comparison = groups(atoms)
    found, not_applicable = measure(count(rows, atoms), rows, table, [name], 0.95)
    return found, disparities(found, table.slices, [comparison], None, 0.95), not_applicable


def test_a_metric_of_counts_needs_one_function(registered):
    add("critical_success", lambda c: Ratio(c.tp, c.tp + c.fp + c.fn), needs="confusion", undefined="nothing to find")
    found, gaps, _ = audited(binary(300), "critical_success")
    assert [m.slice for m in found] == ["overall", "g=0", "g=1", "g=2", "g=3"]
    assert all(m.method == "wilson" and m.low < m.value < m.high for m in found)
    assert [g.id for g in gaps] == ["critical_success.difference by g", "critical_success.ratio by g"]
    assert gaps[0].p_value is not None


@pytest.mark.parametrize(("weighted", "units"), [(True, 0), (False, 25)])
def test_it_gets_weights_and_units_as_well(registered, weighted, units):
    add("critical_success", lambda c: Ratio(c.tp, c.tp + c.fp + c.fn), needs="confusion")
    found, gaps, _ = audited(binary(300, weighted=weighted, units=units), "critical_success")
    assert found[0].method == ("wilson_kish" if weighted else "wilson_clustered")
    assert gaps[0].low <= gaps[0].value <= gaps[0].high


def test_a_metric_of_rows_needs_one_function_that_may_return_nan(registered):
    def gini(rows):
        return float(np.ptp(rows.score)) if len(rows) > 60 else math.nan

    add("gini", gini, needs="rows", undefined="too few rows")
    found, gaps, _ = audited(binary(240, seed=2), "gini")
    assert found[0].is_defined
    assert {m.undefined for m in found if not m.is_defined} <= {"too few rows in this slice"}
    assert any(not m.is_defined for m in found[1:])
    assert gaps[0].undefined or gaps[0].undefined_slices


def test_a_metric_of_the_mean_needs_the_name_of_a_number(registered):
    add("root_brier", math.sqrt, needs="mean", variable="squared_residual", probabilities=True)
    found, gaps, _ = audited(binary(200), "root_brier")
    rows = binary(200)
    assert found[0].value == pytest.approx(math.sqrt(np.mean((rows.target - rows.score[:, 0]) ** 2)), abs=1e-12)
    assert found[0].low < found[0].value < found[0].high
    assert gaps[0].worst is not None


def test_it_enters_a_metric_frame(registered):
    add("critical_success", lambda c: Ratio(c.tp, c.tp + c.fp + c.fn), needs="confusion")
    rows = binary(100)
    frame = to_metric_frame(rows, slice_levels(rows, groups(4)[0]), ["critical_success"])
    assert frame.by_group["critical_success"].between(0, 1).all()


def test_a_name_can_be_taken_only_once():
    with pytest.raises(AssertionError, match="two items"):
        add("accuracy", lambda c: None, needs="confusion")


@pytest.mark.parametrize("task", SAMPLES)
def test_every_registered_metric_of_a_task_keeps_the_contract(task):
    rows = SAMPLES[task](150)
    table, comparison = groups(4)
    names = [name for name, m in METRICS.items() if task in m.tasks]
    assert set(DEFAULTS[task]) <= set(names)
    found, not_applicable = measure(count(rows, 4), rows, table, names, 0.95)
    assert not not_applicable
    gaps = disparities(found, table.slices, [comparison], None, 0.95)
    assert {g.metric for g in gaps} == {m.metric for m in found}
    for m in found:
        assert (m.value is None) == (m.undefined is not None)
        if m.low is not None:
            assert m.low <= m.value <= m.high
            assert m.method and m.guarantee == ("finite-sample" if m.method == "order_statistics" else "asymptotic")


def test_every_metric_says_what_a_reader_must_know():
    for name, m in METRICS.items():
        assert m.meaning.endswith(".") and m.formula and m.undefined, name
        assert m.better in ("higher", "lower", None)
