"""AUC within a slice and against everyone else: values, intervals, and what counts alone determine."""

import dataclasses

import numpy as np
import pytest
from metrics_samples import SAMPLES, binary, groups, multiclass, multilabel, regression
from sklearn.metrics import r2_score, roc_auc_score

from dlaudit.metrics import DEFAULTS, METRICS, count, disparities, measure, to_metric_frame

PAIRED = ("bpsn_auc", "bnsp_auc")


def measured(rows, names, atoms=4, kept=True):
    table, comparison = groups(atoms)
    found, hidden = measure(count(rows, atoms), rows if kept else None, table, names, 0.95)
    return {(m.metric, m.slice): m for m in found}, disparities(found, table.slices, [comparison], None, 0.95), hidden


def against_others(rows, own, positive_here):
    """AUC of one label of the slice and the other label of all other rows, by scikit-learn."""
    chosen = np.where(own, rows.target == int(positive_here), rows.target != int(positive_here))
    weight = None if rows.weight is None else rows.weight[chosen]
    return roc_auc_score(rows.target[chosen], rows.score[chosen, 0], sample_weight=weight)


@pytest.mark.parametrize("weights", [False, True])
def test_a_slice_against_the_background_is_scikit_learns_auc_of_those_rows(weights):
    rows = binary(500, weighted=weights, seed=3)
    found, gaps, _ = measured(rows, list(PAIRED))
    for k in range(4):
        own = rows.atom == k
        negatives = found["bpsn_auc", f"g={k}"]
        positives = found["bnsp_auc", f"g={k}"]
        assert negatives.value == pytest.approx(against_others(rows, own, False), abs=1e-12)
        assert positives.value == pytest.approx(against_others(rows, own, True), abs=1e-12)
        assert negatives.value != pytest.approx(against_others(rows, own, True), abs=1e-12)
        assert negatives.low < negatives.value < negatives.high
        n = int(((rows.target == 0) & own).sum() + ((rows.target == 1) & ~own).sum())
        assert weights or negatives.n == n
    assert all(gap.value is not None for gap in gaps)


def test_all_rows_have_no_background_and_say_so():
    found, _, _ = measured(binary(200), list(PAIRED))
    assert found["bpsn_auc", "overall"].undefined == "no positives outside this slice"
    assert found["bnsp_auc", "overall"].undefined == "no negatives outside this slice"
    one_label = binary(60, target=np.ones(60, dtype=np.int64))
    assert measured(one_label, ["bpsn_auc"])[0]["bpsn_auc", "g=0"].undefined == "no negatives in this slice"
    frame = to_metric_frame(binary(200), {"g": np.repeat(["a", "b"], 100)}, ["bpsn_auc", "auc"])
    assert frame.by_group["bpsn_auc"].isna().all() and frame.by_group["auc"].notna().all()


def test_negatives_of_a_slice_that_score_high_lower_its_background_auc_and_not_its_own():
    rows = binary(2000, seed=1)
    raised = dataclasses.replace(rows, score=np.where((rows.atom == 2)[:, None], np.sqrt(rows.score), rows.score))
    before, after = (measured(r, ["auc", *PAIRED])[0] for r in (rows, raised))
    assert after["auc", "g=2"].value == pytest.approx(before["auc", "g=2"].value, abs=1e-12)
    assert after["bpsn_auc", "g=2"].high < before["bpsn_auc", "g=2"].low
    assert after["bnsp_auc", "g=2"].low > before["bnsp_auc", "g=2"].high


@pytest.mark.parametrize(("make", "atoms"), [(multiclass, 3), (multilabel, 3)])
@pytest.mark.parametrize("weights", [False, True])
def test_every_class_or_label_has_an_auc_against_the_rest(make, atoms, weights):
    rows = make(600, weighted=weights, seed=2)
    found, gaps, _ = measured(rows, ["auc"], atoms)
    for slice_id, part in [("overall", rows), *((f"g={k}", rows.take(rows.atom == k)) for k in range(atoms))]:
        for place, name in enumerate(rows.classes):
            label = part.target[:, place] if rows.task == "multilabel" else part.target == place
            theirs = roc_auc_score(label, part.score[:, place], sample_weight=part.weight)
            one = found[f"auc[{name}]", slice_id]
            assert one.value == pytest.approx(theirs, abs=1e-12)
            assert one.low < one.value < one.high and one.method.startswith(("logit_delong", "newcombe_5"))
    assert {g.metric for g in gaps} == {f"auc[{name}]" for name in rows.classes}
    one_class = f"auc[{rows.classes[1]}]"
    assert {name for name, _ in measured(rows, [one_class], atoms)[0]} == {one_class}


@pytest.mark.parametrize(("task", "names"), [("binary", ["auc", *PAIRED]), ("multiclass", ["auc", "bnsp_auc"])])
def test_without_rows_the_value_lies_within_the_stated_distance_and_the_interval_allows_for_it(task, names):
    rows = SAMPLES[task](400, seed=6)
    exact, _, nothing = measured(rows, names)
    binned, gaps, hidden = measured(rows, names, kept=False)
    assert nothing == [] and exact.keys() == binned.keys()
    said = {one.what.removesuffix(" from rows"): float(one.reason.split(" within ")[1].split()[0]) for one in hidden}
    assert said.keys() == {name for name, _ in exact}
    for key, one in exact.items():
        other = binned[key]
        if one.value is None:
            assert (other.undefined, other.n) == (one.undefined, other.n)
            continue
        assert abs(other.value - one.value) <= said[key[0]] < 0.02
        assert other.low <= one.low + 1e-3 and other.high >= one.high - 1e-3
        assert other.method == f"{one.method}_binned" and other.n == one.n
    assert all(gap.value is not None for gap in gaps)


def test_a_stated_distance_a_tenth_as_long_would_not_hold():
    rows = binary(400, seed=6, score=np.random.default_rng(1).integers(0, 8000, (400, 1)) / 8000 / 500)
    table, _ = groups(4)
    exact, binned = (measure(count(rows, 4), r, table, ["auc"], 0.95) for r in (rows, None))
    said = float(binned[1][0].reason.split(" within ")[1].split()[0])
    far = max(abs(a.value - b.value) for a, b in zip(exact[0], binned[0], strict=True))
    assert said / 10 < far <= said


@pytest.mark.parametrize("changed", [{"weighted": True}, {"units": 30}])
def test_weights_and_units_need_the_rows(changed):
    found, _, hidden = measured(binary(200, **changed), ["auc"], kept=False)
    assert found == {}
    assert hidden[0].reason == "it needs the rows, and only their counts were kept"


def test_r2_without_rows_is_exact_whatever_the_offset_and_its_interval_is_said_to_lack():
    for offset in (0.0, 2.0**20):
        rows = regression(300, seed=3, offset=offset)
        found, _, hidden = measured(rows, ["r2"], 3, kept=False)
        for k in range(3):
            part = rows.take(rows.atom == k)
            theirs = r2_score(part.target - offset, part.prediction - offset)
            assert found["r2", f"g={k}"].value == pytest.approx(theirs, abs=1e-9 if offset else 1e-12)
        assert hidden[0].what == "r2 intervals" and found["r2", "g=0"].low is None
    alike = regression(30, atoms=1)
    alike = dataclasses.replace(alike, target=np.ones(30))
    assert measured(alike, ["r2"], 1, kept=False)[0]["r2", "g=0"].undefined == (
        "no two different true values in this slice"
    )


@pytest.mark.parametrize(("changed", "least"), [({"weighted": True}, 180), ({"units": 40}, 180)])
def test_intervals_of_weighted_and_of_shared_rows_cover_without_a_bootstrap(changed, least):
    truth = measured(binary(100_000, atoms=1, seed=99), ["auc"], 1)[0]["auc", "overall"].value
    hits = 0
    for seed in range(200):
        one = measured(binary(200, atoms=1, seed=seed, **changed), ["auc"], 1)[0]["auc", "overall"]
        assert one.method.endswith(("_kish", "_clustered"))
        hits += one.low <= truth <= one.high
    assert hits >= least  # 95 % of 200 less three standard errors


def test_every_metric_follows_from_counts_or_says_what_row_data_it_needs():
    for task, make in SAMPLES.items():
        rows = make(150)
        for name, metric in METRICS.items():
            if task not in metric.tasks:
                continue
            found, _, hidden = measured(rows, [name], kept=False)
            assert metric.needs in ("confusion", "table", "mean", "rows")
            if metric.needs != "rows":
                assert found and hidden == []
            else:
                assert hidden and bool(found) == (metric.from_counts is not None)
    assert all(name in METRICS for names in DEFAULTS.values() for name in names)
