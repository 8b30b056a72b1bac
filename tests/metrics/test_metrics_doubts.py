"""Sensitivity records of the default rates: the same gap as measured, bounds around it, and what is assumed."""

import numpy as np
import pytest
from metrics_samples import Table, binary, groups, one_slice

from dlaudit.metrics import count, disparities, measure
from dlaudit.metrics.doubts import DOUBTED, sensitivities
from dlaudit.record import UNKNOWN
from dlaudit.slices.make import Comparison


def doubted(rows, atoms=3, share=0.03, names=DOUBTED):
    table, comparison = groups(atoms)
    return sensitivities(count(rows, atoms), table, [comparison], names, share)


def with_unknown(rows):
    """Atoms 0 and 1 are levels; atom 2 was not recorded."""
    table, _ = groups(3)
    left = one_slice({"g": UNKNOWN}).model_copy(update={"unknown": True, "share": float((rows.atom == 2).mean())})
    slices = Table([*table.slices[:3], left], table.member)
    return sensitivities(count(rows, 3), slices, [Comparison(by=["g"], within={}, slices=[1, 2])], DOUBTED, 0.03)


def test_the_gap_observed_is_the_disparity_and_lies_within_its_bounds():
    rows = binary(900, atoms=3, seed=1)
    table, comparison = groups(3)
    measurements, _ = measure(count(rows, 3), rows, table, list(DOUBTED), 0.95)
    gaps = disparities(measurements, table.slices, [comparison], None, 0.95)
    values = {one.metric: one.value for one in gaps if one.kind == "difference"}
    found = doubted(rows)
    assert len(found) == 2 * len(DOUBTED) - 1  # labels do not matter to the selection rate
    for one in found:
        assert one.observed == pytest.approx(values[one.metric], abs=1e-12)
        assert 0 <= one.low <= one.observed <= one.high <= 1
        assert one.share == 0.03
        assert one.reason


def test_a_doubt_of_nothing_leaves_the_gap_as_it_is():
    for one in doubted(binary(600, atoms=3, seed=2), share=0.0):
        assert one.low == pytest.approx(one.observed, abs=1e-12)
        assert one.high == pytest.approx(one.observed, abs=1e-12)


def test_rows_of_unknown_level_widen_the_gap_and_are_named():
    rows = binary(900, atoms=3, seed=3)
    found = [one for one in with_unknown(rows) if one.kind == "unknown_slice"]
    assert [one.metric for one in found] == list(DOUBTED)
    for one in found:
        assert one.slice == f"g={UNKNOWN}"
        assert one.share == pytest.approx((rows.atom == 2).mean())
        assert one.low < one.observed < one.high
        assert one.overturns is None


def test_flipped_labels_of_one_slice_are_found_as_what_closes_its_gap():
    generator = np.random.default_rng(4)
    n = 200_000
    atom = generator.integers(0, 2, n)
    truth = (generator.random(n) < 0.3).astype(np.int64)
    predicted = (generator.random(n) < np.where(truth == 1, 0.8, 0.1)).astype(np.int64)
    target = np.where((atom == 1) & (generator.random(n) < 0.10), 1 - truth, truth)
    rows = binary(n, atom=atom, target=target, prediction=predicted, score=predicted[:, None].astype(np.float64))
    (one,) = [o for o in doubted(rows, 2, names=["true_positive_rate"]) if o.kind == "target_labels"]
    assert one.observed == pytest.approx(0.144, abs=0.01)
    assert one.overturns == pytest.approx(0.10, abs=0.01)
    assert one.low > 0.05


def test_a_gap_of_one_slice_is_undefined_with_the_reason():
    rows = binary(300, atoms=1, seed=5)
    for one in doubted(rows, 2):
        assert (one.observed, one.low, one.high, one.overturns) == (None, None, None, None)
        assert one.reason == "fewer than two slices have a value"


def test_only_rates_that_were_measured_are_doubted():
    assert {one.metric for one in doubted(binary(300), 4, names=["auc", "accuracy"])} == {"accuracy"}
