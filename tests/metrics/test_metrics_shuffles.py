"""A thousand orders and shardings of the same rows, and one report: the same bytes."""

import hashlib
from functools import reduce
from operator import add

import numpy as np
import pytest
from metrics_samples import SAMPLES, crossed, groups

from dlaudit.metrics import count, disparities, histograms, measure, score_histograms

TIMES = 250
"""For each of four tasks: a thousand in all."""
NAMES = {
    "binary": ["selection_rate", "mean_score", "auc"],
    "multiclass": ["accuracy", "macro_f1", "log_loss"],
    "multilabel": ["accuracy", "hamming_loss"],
    "regression": ["mean_error", "r2"],
}


def shards(rows, rng):
    """The rows in another order, cut at random places; the atoms of early shards may be fewer."""
    order = rng.permutation(len(rows))
    cuts = np.sort(rng.integers(0, len(rows) + 1, rng.integers(0, 3)))
    parts = [rows.take(part) for part in np.split(order, cuts)]
    return [(part, int(part.atom.max(initial=-1)) + 1) for part in parts]


def digest_of_counts(counts):
    held = [counts.rows, counts.cells, counts.moments, counts.row_weights, counts.cell_weights, counts.histograms]
    parts = [
        b"" if one is None else repr(one.tolist()).encode() if one.dtype == object else one.tobytes() for one in held
    ]
    return hashlib.sha256(b"|".join([*parts, repr(counts.edges).encode()])).hexdigest()


def report(counts, rows, names):
    """The bytes of everything measured, as they stand in audit.json."""
    table, comparison = groups(2)
    found, hidden = measure(counts, rows, table, names, 0.95)
    gaps = disparities(found, table.slices, [comparison], None, 0.95)
    h = histograms(counts, table.member)
    bars = [] if h is None else score_histograms(h, table.slices)
    return "\n".join(one.model_dump_json() for one in [*found, *gaps, *hidden, *bars]).encode()


@pytest.mark.parametrize("task", SAMPLES)
def test_shuffles_and_shardings_of_weighted_rows_give_identical_counts(task):
    rng = np.random.default_rng(1)
    rows = SAMPLES[task](24, atoms=2, weighted=True, seed=2)
    first = digest_of_counts(count(rows, 2))
    for _ in range(TIMES // 5):
        assert digest_of_counts(reduce(add, (count(*shard) for shard in shards(rows, rng)))) == first
    assert digest_of_counts(count(rows.take(np.arange(23)), 2)) != first


@pytest.mark.slow
def test_a_thousand_shuffles_and_shardings_give_identical_bytes_of_the_report():
    """Intervals by drawing cells and the gaps between slices among them."""
    for task, names in NAMES.items():
        rng = np.random.default_rng(3)
        rows = SAMPLES[task](40, atoms=2, seed=4)
        first = report(count(rows, 2), None, names)
        for _ in range(TIMES):
            counts = reduce(add, (count(*shard) for shard in shards(rows, rng)))
            assert report(counts, None, names) == first


@pytest.mark.parametrize("task", SAMPLES)
@pytest.mark.parametrize("weighted", [False, True])
def test_metrics_that_read_rows_give_identical_bytes_for_every_order(task, weighted):
    rng = np.random.default_rng(5)
    rows = SAMPLES[task](60, atoms=2, seed=4, weighted=weighted)
    names = [*NAMES[task], *(["bpsn_auc"] if task == "binary" else [])]
    first = report(count(rows, 2), rows, names)
    for _ in range(3):
        shuffled = rows.take(rng.permutation(60))
        assert report(count(shuffled, 2), shuffled, names) == first


def test_sums_of_floats_in_file_order_would_not_be_the_same_bytes():
    rng = np.random.default_rng(6)
    values = rng.lognormal(0, 3, 200)
    assert len({float(np.cumsum(values[rng.permutation(200)])[-1]) for _ in range(50)}) > 1


def test_overlapping_slices_are_the_same_however_rows_were_sharded():
    rng = np.random.default_rng(7)
    rows = SAMPLES["binary"](80, atoms=4)
    table, comparisons = crossed()

    def made(counts):
        found, _ = measure(counts, None, table, ["accuracy", "auc"], 0.95)
        return [one.model_dump_json() for one in [*found, *disparities(found, table.slices, comparisons, None, 0.95)]]

    first = made(count(rows, 4))
    for _ in range(20):
        assert made(reduce(add, (count(*shard) for shard in shards(rows, rng)))) == first
