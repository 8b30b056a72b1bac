"""Which rows are shown: a rule that does not depend on the order of the rows, and shows only errors as errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.metrics.rows import ScoredRows
from dlaudit.stages.example_choice import MOST, Ties, choose, doubt_of, numbers_of

TASKS = ("binary", "multiclass", "multilabel", "regression")


def made(task, seed, n=60):
    """Rows of a task with many ties, the slices they are in, and digests."""
    draws = np.random.default_rng(seed)
    places = {"binary": 1, "regression": 1, "multiclass": 3, "multilabel": 2}[task]
    score = np.round(draws.random((n, places)), 1)
    if task == "multiclass":
        score = (score + 0.1) / (score + 0.1).sum(axis=1, keepdims=True)
    target = {
        "binary": draws.integers(0, 2, n),
        "multiclass": draws.integers(0, 3, n),
        "multilabel": draws.integers(0, 2, (n, 2)),
        "regression": np.round(draws.random(n), 1),
    }[task]
    prediction = {
        "binary": (score[:, 0] >= 0.5).astype(int),
        "multiclass": np.argmax(score, axis=1),
        "multilabel": (score >= 0.5).astype(int),
        "regression": score[:, 0],
    }[task]
    rows = ScoredRows(
        atom=draws.integers(0, 3, n),
        target=target,
        score=score,
        prediction=prediction,
        task=task,
        classes=("a", "b", "c")[:places] if places > 1 else (),
        threshold=0.5 if task in {"binary", "multilabel"} else None,
    )
    return rows, draws.integers(0, 2**63, n, dtype=np.uint64)


def chosen(rows, digest, record=None):
    record = np.arange(1, len(rows) + 1) if record is None else record
    members = [rows.atom == at for at in range(3)] + [np.ones(len(rows), dtype=bool)]
    return choose(doubt_of(rows), members, Ties(digest=digest, record=record), (3, 2))


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_rows_does_not_matter(task, seed):
    rows, digest = made(task, seed)
    order = np.random.default_rng(seed + 1).permutation(len(rows))
    here = [(digest[one.row], one.slice, one.why, one.rank) for one in chosen(rows, digest)]
    there = [(digest[order][one.row], one.slice, one.why, one.rank) for one in chosen(rows.take(order), digest[order])]
    assert here == there


def test_without_digests_the_order_would_matter():
    rows, _ = made("binary", 1)
    order = np.random.default_rng(2).permutation(len(rows))
    same = np.zeros(len(rows), dtype=np.uint64)
    here = [one.row for one in chosen(rows, same)]
    there = [int(order[one.row]) for one in chosen(rows.take(order), same)]
    assert here != there


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_only_errors_are_shown_as_worst_and_none_of_the_slice_is_worse(task, seed):
    rows, digest = made(task, seed)
    doubt = doubt_of(rows)
    wrong = rows.prediction != rows.target
    wrong = wrong.any(axis=1) if wrong.ndim == 2 else wrong
    found = chosen(rows, digest)
    for one in found:
        assert rows.atom[one.row] == one.slice or one.slice == 3
        if one.why == "worst":
            assert wrong[one.row]
        elif task != "regression":
            assert not wrong[one.row]
    for at in range(3):
        taken = [one.row for one in found if one.slice == at and one.why == "worst"]
        rest = np.flatnonzero((rows.atom == at) & wrong)
        assert len(taken) == min(3, len(rest))
        left = np.setdiff1d(rest, taken)
        if len(left) and taken:
            assert doubt.severity[taken].min() >= doubt.severity[left].max() - 1e-6
    assert len({one.row for one in found}) == len(found)


def test_worst_of_a_binary_task_is_the_wrong_row_farthest_from_the_threshold():
    rows = ScoredRows(
        atom=np.zeros(5, dtype=np.int64),
        target=np.array([0, 1, 0, 1, 1]),
        score=np.array([[0.99], [0.2], [0.7], [0.8], [0.6]]),
        prediction=np.array([1, 0, 1, 1, 1]),
        threshold=0.5,
    )
    digest = np.arange(5, dtype=np.uint64)
    found = choose(doubt_of(rows), [np.ones(5, dtype=bool)], Ties(digest=digest, record=np.arange(5)), (2, 1))
    assert [(one.row, one.why) for one in found] == [(0, "worst"), (1, "worst"), (3, "typical")]


@pytest.mark.parametrize("slices", [0, 1, 10, 52, 53, 70, 71, 105, 106, 210, 500])
def test_there_are_never_more_cards_than_fit(slices):
    worst, typical, room = numbers_of(slices)
    assert room * (worst + typical) <= MOST and worst >= 1
    assert room == min(slices, MOST) if slices > 105 else room == slices
