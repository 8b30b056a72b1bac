"""Counts merge exactly: sharding and row order change no bit of a measurement."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_samples import SAMPLES, binary, crossed, groups

from dlaudit.metrics import DEFAULTS, ScoredRows, count, disparities, measure


def equal(one, two):
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(two, field.name)
        same = np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
        if not same:
            return False
    return True


@pytest.mark.parametrize("task", SAMPLES)
@pytest.mark.parametrize("weighted", [False, True])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_counts_do_not_depend_on_shards_or_order(task, weighted, data):
    rows = SAMPLES[task](40, weighted=weighted, seed=data.draw(st.integers(0, 5)))
    order = np.array(data.draw(st.permutations(range(40))))
    cuts = sorted(data.draw(st.lists(st.integers(0, 40), max_size=4)))
    shards = np.split(order, cuts)
    total = count(rows.take(shards[0]), 4)
    for shard in shards[1:]:
        total = total + count(rows.take(shard), 4)
    assert equal(total, count(rows, 4))


@pytest.mark.parametrize("task", SAMPLES)
def test_adding_is_associative_and_an_atom_met_late_counts_zero_before(task):
    a, b, c = (count(SAMPLES[task](30, atoms=k, seed=k), k) for k in (1, 2, 3))
    assert equal((a + b) + c, a + (b + c))
    assert (a + c).rows.tolist() == [int(a.rows[0] + c.rows[0]), int(c.rows[1]), int(c.rows[2])]


def test_counts_that_miss_one_row_are_not_equal():
    rows = binary(40)
    assert not equal(count(rows, 4), count(rows.take(np.arange(39)), 4))


def test_counts_of_different_tasks_cannot_be_added():
    with pytest.raises(AssertionError, match="different audits"):
        count(SAMPLES["binary"](5), 4) + count(SAMPLES["regression"](5), 4)


@pytest.mark.parametrize("task", SAMPLES)
@pytest.mark.parametrize("weighted", [False, True])
def test_measurements_are_the_same_bits_for_every_row_order(task, weighted):
    rows = SAMPLES[task](120, weighted=weighted, seed=1)
    shuffled = rows.take(np.random.default_rng(8).permutation(120))
    table, _ = groups(4)
    names = [*DEFAULTS[task], *(["r2"] if task == "regression" else [])]
    one, two = (measure(count(r, 4), r, table, names, 0.95)[0] for r in (rows, shuffled))
    assert one == two


@pytest.mark.parametrize("weighted", [False, True])
def test_clustered_intervals_are_the_same_bits_for_every_row_order_and_unit_code(weighted):
    rows = binary(150, units=20, weighted=weighted, seed=1)
    order = np.random.default_rng(8).permutation(150)
    shuffled = dataclasses.replace(rows.take(order), unit=(rows.unit[order] * 7 + 3) % 23)
    table, _ = groups(4)
    one, two = (measure(count(r, 4), r, table, DEFAULTS["binary"], 0.95)[0] for r in (rows, shuffled))
    assert one == two


def test_slices_roll_up_from_atoms():
    rows = binary(500)
    table, _ = crossed()
    rolled = count(rows, 4).rollup(table.member)
    assert rolled.rows[0] == 500
    assert rolled.rows[1] + rolled.rows[2] == 500
    assert np.array_equal(rolled.cells[5] + rolled.cells[6], rolled.cells[1])


@given(st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_repeating_all_rows_keeps_values_and_narrows_intervals(seed):
    rows = binary(60, atoms=1, seed=seed)
    twice = rows.take(np.r_[np.arange(60), np.arange(60)])
    table, _ = groups(1)
    names = ["selection_rate", "accuracy", "mean_score"]
    one, two = (measure(count(r, 1), r, table, names, 0.95)[0] for r in (rows, twice))
    for a, b in zip(one, two, strict=True):
        assert b.value == pytest.approx(a.value, abs=1e-15)
        assert b.high - b.low < a.high - a.low


def test_renaming_classes_swaps_the_rates():
    rows = binary(200, atoms=1)
    swapped = dataclasses.replace(rows, target=1 - rows.target, prediction=1 - rows.prediction, score=1 - rows.score)
    table, _ = groups(1)
    names = ["true_positive_rate", "true_negative_rate"]
    one, two = (measure(count(r, 1), r, table, names, 0.95)[0] for r in (rows, swapped))
    assert [m.value for m in one[:1]] == [m.value for m in two[2:3]]


def test_labels_outside_the_classes_are_our_own_fault():
    rows = binary(3, target=np.array([0, 1, 2]))
    with pytest.raises(AssertionError, match="codes of classes"):
        count(rows, 4)


def test_an_empty_set_of_rows_counts_nothing():
    rows = binary(10).take(np.zeros(0, dtype=np.int64))
    assert isinstance(rows, ScoredRows)
    table, comparison = groups(4)
    found, _ = measure(count(rows, 4), rows, table, DEFAULTS["binary"], 0.95)
    assert {m.undefined for m in found} == {"no rows in this slice"}
    gaps = disparities(found, table.slices, [comparison], None, 0.95)
    assert {d.undefined for d in gaps} == {"fewer than two slices have a value"}
