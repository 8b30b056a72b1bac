"""Sweeps from histograms against the rows themselves, threshold by threshold."""

import numpy as np
import pytest
from metrics_samples import Compare, binary, crossed, groups, multiclass

from dlaudit.metrics import count, histograms
from dlaudit.metrics.swept import sweeps


def swept(rows, atoms=4):
    table, comparison = groups(atoms)
    return sweeps(histograms(count(rows, atoms), table.member), table.slices, [comparison], 0.95)


def rates(rows, metric, threshold, atoms):
    chosen = {
        "selection_rate": np.ones(len(rows), dtype=bool),
        "true_positive_rate": rows.target == 1,
        "false_positive_rate": rows.target == 0,
    }[metric]
    return [float((rows.score[chosen & (rows.atom == atom), 0] >= threshold).mean()) for atom in range(atoms)]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_largest_gap_is_that_of_the_rows_over_all_thresholds(place):
    rows = binary(800, atoms=4, seed=1)
    one = swept(rows)[place]
    gaps = [max(r) - min(r) for r in (rates(rows, one.metric, t, 4) for t in np.arange(1, 1024) / 1024)]
    assert one.largest.value == pytest.approx(max(gaps), abs=1e-12)
    at = rates(rows, one.metric, one.threshold, 4)
    assert max(at) - min(at) == pytest.approx(one.largest.value, abs=1e-12)
    assert at[int(one.worst[-1])] == min(at)
    assert at[int(one.reference[-1])] == max(at)
    assert one.largest.low <= one.largest.value <= one.largest.high
    assert one.largest.guarantee == "finite-sample"


def test_the_gap_in_use_is_never_above_the_largest():
    rows = binary(500, atoms=3, seed=2)
    for one in swept(rows, 3):
        used = rates(rows, one.metric, rows.threshold, 3)
        assert max(used) - min(used) <= one.largest.value + 1e-12


def test_equal_slices_are_seldom_beyond_what_chance_shows_and_often_beyond_a_tenth():
    found = [swept(binary(200, atoms=2, seed=seed), 2)[0] for seed in range(150)]
    beyond = np.mean([one.largest.value > one.critical for one in found])
    assert beyond <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert np.mean([one.largest.value > 0.1 for one in found]) > 0.4


def test_slices_without_rows_of_a_rate_are_left_out_and_with_one_other_it_is_undefined():
    rows = binary(300, atoms=2, seed=3)
    found = {one.metric: one for one in swept(rows, 3)}
    assert found["selection_rate"].largest.is_defined
    only = binary(300, atoms=2, seed=3, target=np.zeros(300, dtype=np.int64))
    undefined = {one.metric: one for one in swept(only, 2)}["true_positive_rate"]
    assert undefined.largest.undefined == "fewer than two slices have a value"
    assert (undefined.threshold, undefined.worst, undefined.critical) == (None, None, None)


def test_slices_that_are_alike_have_a_gap_of_nothing_and_no_place_of_it():
    rows = binary(200, atom=np.arange(200) % 2, target=np.arange(200) // 2 % 2, score=np.full((200, 1), 0.25))
    (one, *_) = swept(rows, 2)
    assert (one.largest.value, one.threshold, one.worst) == (0.0, None, None)


def test_every_class_and_every_comparison_is_swept():
    rows = multiclass(600, atoms=4, seed=4)
    table, comparisons = crossed()
    found = sweeps(histograms(count(rows, 4), table.member), table.slices, comparisons, 0.95)
    assert len(found) == 3 * 3 * len(comparisons)
    assert {tuple(one.by) for one in found} == {("a",), ("b",), ("a", "b")}


def test_scores_outside_0_to_1_are_swept_too():
    rows = binary(400, atoms=2, seed=5)
    wide = binary(400, atoms=2, seed=5, score=np.log(rows.score / (1 - rows.score)), threshold=0.0)
    plain, logit = swept(rows, 2)[0], swept(wide, 2)[0]
    assert logit.largest.value == pytest.approx(plain.largest.value, abs=0.02)
    assert -10 < logit.threshold < 10


def test_the_order_of_slices_compared_does_not_matter():
    rows = binary(400, atoms=3, seed=6)
    table, _ = groups(3)
    found = histograms(count(rows, 3), table.member)
    one, two = (sweeps(found, table.slices, [Compare(["g"], order)], 0.95)[0] for order in ([1, 2, 3], [3, 1, 2]))
    assert one == two
