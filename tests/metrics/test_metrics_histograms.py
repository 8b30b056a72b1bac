"""Score histograms: fixed bins, exact addition, and the audited rates at the threshold."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_samples import SAMPLES, binary, crossed, groups, multiclass, regression

from dlaudit.metrics import count, histograms, score_histograms
from dlaudit.metrics.score_bins import ScoreBins, fitting_bins

SCORES = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=30)
SCHEMES = st.builds(
    ScoreBins, st.sampled_from([16, 64, 1024]), st.booleans(), st.sampled_from([None, 0.0, 0.3, 0.5, 1.0, 7.7, -2.3])
)


def wide(rows, seed=0, spread=3.0):
    score = np.random.default_rng(seed).normal(0, spread, (len(rows), 1))
    return dataclasses.replace(rows, score=score, threshold=0.3, prediction=(score[:, 0] >= 0.3).astype(np.int64))


@given(SCHEMES, SCORES)
def test_every_score_lies_between_the_edges_of_its_bin(scheme, scores):
    score = np.array(scores) if scheme.wide else np.clip(np.abs(scores), 0, 1)
    code = scheme.codes(score)
    edges = scheme.edges
    assert (edges[code] <= score).all()
    assert ((score < edges[code + 1]) | ((code == scheme.bins - 1) & (score == edges[-1]))).all()


@given(SCHEMES, st.integers(0, 2**32 - 1))
def test_edges_ascend_and_the_threshold_is_one_of_them_where_it_lies_within(scheme, seed):
    assert (np.diff(scheme.edges) > 0).all()
    if scheme.threshold is not None and scheme.edges[0] <= scheme.threshold <= scheme.edges[-1]:
        assert scheme.threshold in scheme.edges


@given(SCHEMES, st.sampled_from([16, 64, 1024]), SCORES)
def test_moving_to_coarser_or_wider_bins_is_counting_in_them(scheme, size, scores):
    onto = scheme.joined(ScoreBins(size, True, scheme.threshold))
    score = np.clip(np.array(scores), 0, 1) if not scheme.wide else np.array(scores)
    fine = np.bincount(scheme.codes(score), minlength=scheme.bins)
    assert np.array_equal(scheme.moved(fine, onto), np.bincount(onto.codes(score), minlength=onto.bins))


def test_moving_to_bins_that_are_no_unions_would_misplace_rows():
    fine, other = ScoreBins(16, False, None), ScoreBins(16, False, 0.3)
    scores = np.array([0.31])
    moved = fine.moved(np.bincount(fine.codes(scores), minlength=fine.bins), other)
    assert not np.array_equal(moved, np.bincount(other.codes(scores), minlength=other.bins))


def test_more_outputs_and_more_atoms_leave_fewer_bins_and_scores_have_no_say():
    assert fitting_bins(1, 10, False, None).size == 1024
    assert fitting_bins(10, 10, False, None).size == 256
    assert fitting_bins(1000, 10, False, None).size == 16
    assert fitting_bins(1, 100_000, False, None).size == 64
    for outputs in (1, 3, 17):
        for atoms in (1, 1000, 50_000):
            scheme = fitting_bins(outputs, atoms, False, None)
            assert scheme.size & (scheme.size - 1) == 0
            assert scheme.size == 16 or outputs * atoms * 2 * scheme.size <= 1 << 24


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_every_row_is_in_one_bin_of_every_output_under_its_label(task):
    rows = SAMPLES[task](300)
    table, _ = groups(3 if task != "binary" else 4)
    h = histograms(count(rows, table.member.shape[1]), table.member)
    assert h.counts.shape[1] == len(h.outputs) == rows.score.shape[1]
    for place in range(len(h.outputs)):
        label = rows.target[:, place] if task == "multilabel" else rows.target == (place if task == "multiclass" else 1)
        for side in (0, 1):
            expected = np.histogram(rows.score[label == side, place], h.edges)[0]
            assert np.array_equal(h.counts[0, place, side], expected)
    assert np.array_equal(h.counts[1:].sum(axis=0), h.counts[0])


def test_regression_has_no_histograms():
    table, _ = groups(3)
    counts = count(regression(20), 3)
    assert histograms(counts, table.member) is None
    assert counts.edges == ()


def test_edges_are_the_same_floats_in_the_counts_and_in_the_histograms():
    counts = count(binary(50, threshold=0.3), 4)
    table, _ = crossed()
    assert counts.edges == tuple(histograms(counts, table.member).edges.tolist())
    assert 0.3 in counts.edges and len(counts.edges) == 1026


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.123456789, 1.0])
def test_rows_at_or_above_the_threshold_are_those_that_the_model_selects(threshold):
    rows = binary(500, threshold=threshold)
    rows.score[:3] = 1.0
    rows = dataclasses.replace(rows, prediction=(rows.score[:, 0] >= threshold).astype(np.int64))
    table, _ = groups(4)
    counts = count(rows, 4)
    h = histograms(counts, table.member)
    at = int(np.flatnonzero(h.edges == threshold)[0])
    cells = counts.rollup(table.member).cells
    assert np.array_equal(h.counts[:, 0, 1, at:].sum(axis=1), cells[:, 0, 1, 1])
    assert np.array_equal(h.counts[:, 0, 0, at:].sum(axis=1), cells[:, 0, 0, 1])
    beside = at // 2
    assert not np.array_equal(h.counts[:, 0, 0, beside:].sum(axis=1), cells[:, 0, 0, 1])


@given(st.integers(0, 20), st.integers(1, 99))
@settings(max_examples=20, deadline=None)
def test_shards_with_and_without_scores_outside_0_to_1_add_up_to_the_whole(seed, cut):
    inside, outside = binary(60, seed=seed, threshold=0.3), wide(binary(40, seed=seed, threshold=0.3))
    rows = dataclasses.replace(
        inside,
        **{
            name: np.concatenate([getattr(inside, name), getattr(outside, name)])
            for name in ("atom", "target", "score", "prediction")
        },
    )
    order = np.random.default_rng(seed).permutation(100)
    whole = count(rows, 4)
    parts = count(rows.take(order[:cut]), 2 + 2) + count(rows.take(order[cut:]), 4)
    assert parts.bins == whole.bins and np.array_equal(parts.histograms, whole.histograms)


def test_many_atoms_met_late_coarsen_what_was_counted_before():
    early, late = binary(50, atoms=4), binary(50, atoms=4)
    together = count(early, 4) + count(late, 20_000)
    both = early.take(np.r_[np.arange(50), np.arange(50)])
    assert together.bins.size == 256
    assert np.array_equal(together.histograms, count(both, 20_000).histograms)


@pytest.mark.parametrize("make", [lambda r: r, wide])
def test_records_have_few_bins_of_which_none_hides_the_threshold_and_lose_no_row(make):
    rows = make(binary(400, threshold=0.3))
    table, _ = groups(4)
    h = histograms(count(rows, 4), table.member)
    records = score_histograms(h, table.slices)
    assert [r.slice for r in records] == [s.id for s in table.slices]
    for record in records:
        assert len(record.edges) <= 101 and 0.3 in record.edges
        assert len(record.positive) == len(record.negative) == len(record.edges) - 1
        assert record.edges == records[0].edges
    assert sum(records[0].positive) == int((rows.target == 1).sum())
    expected = np.histogram(rows.score[rows.target == 0, 0], records[0].edges)[0]
    assert records[0].negative == expected.tolist()


def test_probabilities_are_shown_in_bins_of_one_width_over_0_to_1():
    table, _ = groups(3)
    rows = multiclass(100)
    records = score_histograms(histograms(count(rows, 3), table.member), table.slices, most_bins=20)
    assert {record.output for record in records} == {"cat", "dog", "a[b]"}
    assert records[0].edges == (np.arange(17) / 16).tolist()


def test_no_rows_make_no_records():
    table, _ = groups(4)
    counts = count(binary(10).take(np.zeros(0, dtype=np.int64)), 4)
    assert score_histograms(histograms(counts, table.member), table.slices) == []
