"""Compiled counting loops: the same integers as numpy, with or without a folder for their cache."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_samples import SAMPLES, binary

from dlaudit.metrics import count, kernels
from dlaudit.metrics.exact_sum import exact_products, exact_sums
from dlaudit.metrics.score_bins import ScoreBins

FLOATS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30)


@pytest.fixture
def compiled(monkeypatch):
    """Every number of rows is large."""
    monkeypatch.setattr(kernels, "LARGE", 0)


def equal(one, two):
    pairs = [(getattr(one, f.name), getattr(two, f.name)) for f in dataclasses.fields(one)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


@pytest.mark.parametrize("task", SAMPLES)
@pytest.mark.parametrize("weighted", [False, True])
def test_compiled_counts_are_those_of_numpy(task, weighted, monkeypatch):
    for seed in range(5):
        rows = SAMPLES[task](80, weighted=weighted, seed=seed)
        if task == "binary":
            rows = dataclasses.replace(rows, threshold=0.31)
        plain = count(rows, 4)
        with monkeypatch.context() as patched:
            patched.setattr(kernels, "LARGE", 0)
            assert equal(count(rows, 4), plain)
            assert not equal(count(rows.take(np.arange(79)), 4), plain)


@given(FLOATS, FLOATS)
@settings(deadline=None)
def test_compiled_sums_of_any_floats_have_no_rounding(left, right):
    size = min(len(left), len(right))
    a, b = np.array(left[:size]), np.array(right[:size])
    b = np.where(np.abs(a) > 1e100, 1.0, np.clip(b, -1e100, 1e100))
    code = np.arange(size) % 3
    plain = [exact_sums(a, code, 3), exact_products(a, b, code, 3)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kernels, "LARGE", 0)
        again = [exact_sums(a, code, 3), exact_products(a, b, code, 3)]
    assert all(np.array_equal(one, two) for one, two in zip(plain, again, strict=True))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from([None, 0.3, 0.5, 1.0]))
@settings(deadline=None)
def test_compiled_histograms_are_those_of_numpy(scores, threshold):
    bins, score = ScoreBins(64, False, threshold), np.array(scores)
    found = kernels.count_bins(np.zeros(len(score), dtype=np.uint8), score, (64, bins.bins, bins.parting), 1)
    assert np.array_equal(found[0], np.bincount(bins.codes(score), minlength=bins.bins))


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64])
def test_columns_of_any_integer_type_are_counted_as_they_are(kind):
    rows = binary(200)
    columns = [one.astype(kind) for one in (rows.atom, rows.target, rows.prediction)]
    assert np.array_equal(kernels.count_cells(*columns, (4, 2)), count(rows, 4).cells[:, 0])


def test_labels_outside_the_classes_are_our_own_fault_in_compiled_code_too(compiled):
    with pytest.raises(AssertionError, match="codes of classes"):
        count(binary(3, target=np.array([0, 1, 2])), 4)
    with pytest.raises(AssertionError, match="codes of classes"):
        count(binary(3, prediction=np.array([0, 1, -1])), 4)


def test_more_rows_than_a_block_are_counted_block_by_block(monkeypatch):
    rows = binary(100)
    whole = count(rows, 4)
    monkeypatch.setattr("dlaudit.metrics.counts.BLOCK", 33)
    assert equal(count(rows, 4), whole)


def test_small_runs_do_not_import_numba():
    code = (
        "import sys; sys.path.insert(0, 'tests/metrics')\n"
        "from metrics_samples import binary\n"
        "from dlaudit.metrics import count\n"
        "count(binary(1000), 4)\n"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_without_a_folder_for_the_cache_loops_are_compiled_again(monkeypatch):
    import numba

    asked = []

    def njit(function=None, cache=False):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return numba.jit(nopython=True)(function)

    def loop(out):
        out[0] += 1

    out = np.zeros(1, dtype=np.int64)
    with monkeypatch.context() as patched:
        patched.setattr("numba.njit", njit)
        kernels._run(loop, out)
    assert asked == [True, False] and out[0] == 1


def test_a_cache_that_cannot_be_written_does_not_stop_the_count(monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernels, "_compiled", lambda loop: (full, lambda: loop))
    rows = binary(50)
    found = kernels.count_cells(rows.atom, rows.target, rows.prediction, (4, 2))
    assert np.array_equal(found, count(rows, 4).cells[:, 0])
