"""Intervals of measurements: which method, and that they cover."""

import dataclasses

import numpy as np
import pytest
from metrics_samples import binary, groups, multiclass, regression

from dlaudit.metrics import METRICS, count, measure
from dlaudit.metrics.bootstrap import bootstrap_interval, content_seed, in_content_order
from dlaudit.metrics.clusters import between_units
from dlaudit.stats.intervals import wilson
from dlaudit.stats.means import mean_limits


def overall(rows, name):
    table, _ = groups(int(rows.atom.max()) + 1)
    found, _ = measure(count(rows, table.member.shape[1]), rows, table, [name], 0.95)
    return found[0]


def test_an_unweighted_rate_keeps_whole_counts_and_wilsons_interval():
    found = overall(binary(200), "true_positive_rate")
    low, high = wilson(found.numerator, found.denominator, 0.95)
    assert (found.low, found.high, found.method, found.guarantee) == (low, high, "wilson", "asymptotic")
    assert isinstance(found.numerator, int) and isinstance(found.denominator, int)
    assert found.value == found.numerator / found.denominator
    assert found.n == found.denominator


@pytest.mark.parametrize(
    ("name", "weighted", "units", "method"),
    [
        ("selection_rate", True, 0, "wilson_kish"),
        ("selection_rate", False, 40, "wilson_clustered"),
        ("selection_rate", True, 40, "wilson_clustered"),
        ("f1", False, 0, "wilson_mapped"),
        ("balanced_accuracy", False, 0, "mover_wilson"),
        ("balanced_accuracy", False, 40, "wilson_clustered"),
        ("mean_score", False, 0, "t"),
        ("mean_score", True, 40, "t_clustered"),
        ("auc", False, 0, "logit_delong"),
        ("auc", True, 0, "newcombe_5_kish"),
        ("auc", False, 40, "logit_delong_clustered"),
    ],
)
def test_the_method_says_how_the_interval_was_made(name, weighted, units, method):
    found = overall(binary(400, weighted=weighted, units=units), name)
    assert found.method == method
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if "binary" in m.tasks])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("units", [0, 30])
def test_every_interval_holds_its_value_and_stays_in_the_metrics_span(name, weighted, units):
    rows = binary(150, weighted=weighted, units=units)
    table, _ = groups(4)
    measurements, _ = measure(count(rows, 4), rows, table, [name], 0.95)
    found = next(m for m in measurements if m.is_defined)  # not every metric has a value overall
    least, most = METRICS.get(name).span
    assert least <= found.low <= found.value <= found.high <= most


def test_only_conditional_binomials_have_a_numerator():
    rows = binary(200)
    for name, metric in METRICS.items():
        if "binary" in metric.tasks:
            found = overall(rows, name)
            assert (found.method == "wilson") == (found.numerator is not None), name


def test_units_of_one_row_each_change_no_share_much_and_repeated_rows_widen():
    rows = binary(300, atoms=1)
    single = overall(dataclasses.replace(rows, unit=np.arange(300)), "selection_rate")
    plain = overall(rows, "selection_rate")
    assert single.high - single.low == pytest.approx(plain.high - plain.low, rel=0.02)
    four = rows.take(np.repeat(np.arange(300), 4))
    copied = overall(dataclasses.replace(four, unit=np.repeat(np.arange(300), 4)), "selection_rate")
    assert copied.high - copied.low == pytest.approx(single.high - single.low, rel=1e-6)
    naive = overall(four, "selection_rate")
    assert naive.high - naive.low < 0.6 * (copied.high - copied.low)


def test_clustered_counts_without_rows_have_values_and_no_intervals():
    rows = binary(100, units=10)
    table, _ = groups(4)
    found, not_applicable = measure(count(rows, 4), None, table, ["selection_rate", "mean_score"], 0.95)
    assert {(m.low, m.high) for m in found} == {(None, None)}
    assert {m.method for m in found if m.metric == "selection_rate"} == {"wilson_clustered"}
    assert not_applicable[-1].what == "intervals"


def test_one_unit_has_no_interval():
    rows = binary(50, unit=np.zeros(50, dtype=np.int64))
    for name in ("selection_rate", "mean_score", "auc", "f1"):
        found = overall(rows, name)
        assert (found.low, found.high, found.guarantee) == (None, None, None)
        assert found.method != "wilson"


def test_the_variance_between_units_is_the_sandwich():
    error, unit = np.array([0.1, 0.2, -0.4, 0.1]), np.array([3, 3, 1, 7])
    variance, units = between_units(error, unit)
    assert units == 3
    assert variance == pytest.approx(3 / 2 * (0.3**2 + 0.4**2 + 0.1**2), rel=1e-15)
    assert np.isnan(between_units(error, np.zeros(4, dtype=np.int64))[0])
    assert between_units(np.zeros(0), np.zeros(0, dtype=np.int64))[1] == 0


def test_a_weighted_mean_has_the_variance_of_its_own_formula():
    rows = regression(80, weighted=True, atoms=1)
    found = overall(rows, "mean_error")
    w, error = rows.weight, rows.prediction - rows.target
    mean = np.average(error, weights=w)
    effective = w.sum() ** 2 / (w**2).sum()
    se = np.sqrt((w**2 * (error - mean) ** 2).sum() / w.sum() ** 2 * effective / (effective - 1))
    assert (found.high - found.low) / 2 == pytest.approx(se * 1.99, rel=0.02)


def test_macro_recall_needs_every_class():
    rows = multiclass(60)
    rows = rows.take(rows.target != 2)
    assert overall(rows, "macro_recall").undefined == "a class has no rows in this slice"


@pytest.mark.parametrize(
    ("name", "weighted", "units"),
    [("selection_rate", True, 0), ("mean_score", False, 0), ("balanced_accuracy", False, 0), ("f1", False, 0)],
)
def test_nominal_intervals_cover_the_truth_of_a_simulation(name, weighted, units):
    truth = overall(binary(200_000, atoms=1, seed=99), name).value
    hits = 0
    for seed in range(200):
        found = overall(binary(120, atoms=1, seed=seed, weighted=weighted, units=units), name)
        hits += found.low <= truth <= found.high
    assert hits >= 180  # 95 % of 200 less three standard errors


def test_an_interval_of_half_the_width_does_not_cover():
    truth = overall(binary(200_000, atoms=1, seed=99), "mean_score").value
    hits = 0
    for seed in range(200):
        found = overall(binary(120, atoms=1, seed=seed), "mean_score")
        middle, half = found.value, (found.high - found.low) / 4
        hits += middle - half <= truth <= middle + half
    assert hits < 180


def test_the_bootstrap_repeats_itself_and_depends_on_content_only():
    rows = binary(80, weighted=True, units=12)
    shuffled = rows.take(np.random.default_rng(1).permutation(80))
    one, two = (content_seed(in_content_order(r)[0]) for r in (rows, shuffled))
    assert one == two
    other = dataclasses.replace(rows, target=1 - rows.target)
    assert content_seed(in_content_order(other)[0]) != one


def test_undefined_replicates_leave_an_end_unbounded_rather_than_narrow():
    rows = binary(20)
    calls = iter(range(10_000))
    interval = bootstrap_interval(lambda r: np.nan if next(calls) % 10 == 0 else float(r.target.mean()), rows, 0.95)
    assert (interval.low, interval.high) == (None, None)
    assert bootstrap_interval(lambda r: 1.0, rows, 0.95).method is None
    rare = iter(range(10_000))
    few = bootstrap_interval(lambda r: np.nan if next(rare) == 5 else float(r.target.mean()), rows, 0.95)
    assert few.low < few.high


def test_sizes_of_errors_are_covered_better_on_the_logarithm():
    rng = np.random.default_rng(3)
    hits = plain = 0
    for _ in range(600):
        prediction = rng.normal(size=40)
        rows = dataclasses.replace(
            regression(40, atoms=1), target=np.zeros(40), prediction=prediction, score=prediction[:, None]
        )
        found = overall(rows, "root_mean_squared_error")
        assert found.method == "t_log"
        hits += found.low <= 1 <= found.high
        squares = prediction**2
        low, high = mean_limits(squares.mean(), squares.var(ddof=1), 40, 0.95)
        plain += low <= 1 <= high
    assert hits / 600 >= 0.94 - 3 * np.sqrt(0.05 * 0.95 / 600)
    assert plain < hits - 5
