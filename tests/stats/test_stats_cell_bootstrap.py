"""The bootstrap of cells against the row bootstrap, whose law it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.stats.cell_bootstrap import (
    cell_generator,
    chunks,
    drawn_atoms,
    drawn_cells,
    drawn_weights,
    percentile_limits,
)

CELLS = np.array([40, 12, 9, 60])
LEVELS = (0.025, 0.5, 0.975)


def f1(tables):
    return 2 * tables[:, 3] / (2 * tables[:, 3] + tables[:, 1] + tables[:, 2])


def by_rows(cells, replicates, rng, size=None):
    """The row bootstrap itself: draw rows, count their cells."""
    rows = np.repeat(np.arange(len(cells)), cells)
    drawn = rng.integers(0, len(rows), (replicates, size or len(rows)))
    return np.stack([np.bincount(rows[one], minlength=len(cells)) for one in drawn])


def apart(one, two):
    """Distances of quantiles, in Monte Carlo standard errors of the two samples of replicates."""
    far = []
    for level in LEVELS:
        a, b = np.quantile(one, level), np.quantile(two, level)
        tail = min(level, 1 - level)
        near = np.quantile(two, [level - tail / 2, level + tail / 2])
        density = tail / (near[1] - near[0])
        error = np.sqrt(level * (1 - level) * (1 / len(one) + 1 / len(two))) / density
        far.append(abs(a - b) / error)
    return max(far)


def test_quantiles_agree_with_the_row_bootstrap_within_its_own_noise():
    rng = np.random.default_rng(4)
    rows = f1(by_rows(CELLS, 8000, rng))
    assert apart(f1(drawn_cells(CELLS, 8000, rng)), rows) <= 3


def test_a_bootstrap_of_too_many_rows_does_not_agree():
    rng = np.random.default_rng(4)
    rows = f1(by_rows(CELLS, 8000, rng, size=150))
    assert apart(f1(drawn_cells(CELLS, 8000, rng)), rows) > 3


def test_slices_that_overlap_depend_on_each_other_as_in_the_row_bootstrap():
    """Atom 0 is in both slices: their rates move together, which slices drawn apart would not."""
    rng = np.random.default_rng(2)
    atoms = np.array([[50, 30], [20, 40], [35, 25]])
    member = np.array([[1, 1, 0], [1, 0, 1]])
    codes = by_rows(atoms.ravel(), 6000, rng).reshape(-1, 3, 2)

    def correlation(drawn):
        rolled = np.einsum("sa,rac->rsc", member, drawn)
        rate = rolled[..., 1] / rolled.sum(axis=-1)
        return np.corrcoef(rate.T)[0, 1]

    exact = correlation(codes)
    together = correlation(drawn_atoms(atoms, np.zeros(3, dtype=np.int64), 6000, rng))
    assert exact > 0.3
    assert abs(together - exact) <= 3 * np.sqrt(2 / 6000)
    drawn_apart = [drawn_cells(cells, 6000, rng) for cells in member @ atoms]
    rates = np.stack([one[:, 1] / one.sum(axis=1) for one in drawn_apart])
    assert abs(np.corrcoef(rates)[0, 1] - exact) > 0.2


def test_every_stratum_keeps_its_rows_and_without_strata_only_the_whole_does():
    rng = np.random.default_rng(0)
    atoms = np.array([[3, 4], [10, 0], [1, 1]])
    kept = drawn_atoms(atoms, np.array([5, 5, 9]), 200, rng)
    assert (kept[:, :2].sum(axis=(1, 2)) == 17).all() and (kept[:, 2].sum(axis=1) == 2).all()
    assert np.ptp(kept[:, 0].sum(axis=1)) > 0
    free = drawn_atoms(atoms, np.zeros(3, dtype=np.int64), 200, rng)
    assert (free.sum(axis=(1, 2)) == 19).all()
    assert (free[:, 2].sum(axis=1) == 0).any()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=9), st.integers(1, 20))
@settings(deadline=None)
def test_a_sample_has_as_many_rows_and_no_row_of_an_empty_cell(cells, replicates):
    cells = np.array(cells)
    drawn = drawn_cells(cells, replicates, np.random.default_rng(1))
    assert drawn.shape == (replicates, len(cells))
    assert (drawn.sum(axis=1) == cells.sum()).all()
    assert not drawn[:, cells == 0].any()


def test_the_seed_is_a_function_of_the_counts_and_weights_alone():
    def first(*numbers):
        return int(cell_generator(*numbers).integers(1 << 60))

    assert first(CELLS) == first(CELLS.astype(np.int32)) == first(np.asfortranarray(CELLS))
    other = CELLS.copy()
    other[0] += 1
    assert first(CELLS) != first(other)
    assert first(CELLS, np.ones(4)) != first(CELLS)


@pytest.mark.parametrize("spread", [0.3, 1.0])
def test_sums_of_weights_spread_as_those_of_drawn_rows(spread):
    rng = np.random.default_rng(6)
    weight = rng.lognormal(0, spread, CELLS.sum())
    code = np.repeat(np.arange(4), CELLS)
    sums = [np.bincount(code, weight**k, 4) for k in (1, 2)]
    positions = rng.integers(0, len(code), (4000, len(code)))
    exact = np.stack([np.bincount(code[one], weight[one], 4) for one in positions])
    ours = drawn_weights(drawn_cells(CELLS, 4000, rng), (CELLS, *sums), rng)
    assert (ours >= 0).all()
    rate, other = (w[:, 3] / w.sum(axis=1) for w in (ours, exact))
    assert rate.std() / other.std() == pytest.approx(1, abs=3 * np.sqrt(1 / 4000))
    unspread = drawn_cells(CELLS, 4000, rng) * (sums[0] / CELLS)
    if spread == 1.0:
        assert (unspread[:, 3] / unspread.sum(axis=1)).std() / other.std() < 0.85


def test_weights_of_one_are_drawn_as_counts_and_cells_without_weight_stay_empty():
    rng = np.random.default_rng(3)
    drawn = drawn_cells(CELLS, 50, rng)
    assert np.array_equal(drawn_weights(drawn, (CELLS, CELLS.astype(float), CELLS.astype(float)), rng), drawn)
    nothing = drawn_weights(drawn, (CELLS, np.zeros(4), np.zeros(4)), rng)
    assert not nothing.any()


def test_limits_are_order_statistics_and_undefined_replicates_lie_beyond_both():
    values = np.arange(1000.0)
    low, high = percentile_limits(values, 0.95)
    assert (float(low), float(high)) == (24.0, 975.0)
    few = values.copy()
    few[::100] = np.nan
    assert float(percentile_limits(few, 0.95).low) == 14.0 + 1  # ten undefined replicates came in below
    many = values.copy()
    many[::20] = np.nan
    assert [float(end) for end in percentile_limits(many, 0.95)] == [-np.inf, np.inf]
    both = percentile_limits(np.stack([values, many], axis=1), 0.95)
    assert both.low.tolist() == [24.0, -np.inf]


def test_chunks_hold_all_replicates_and_no_more_numbers_than_allowed():
    assert chunks(1000, 4) == [1000]
    parts = chunks(1000, 10_000)
    assert sum(parts) == 1000 and max(parts) * 10_000 <= 4_000_000
    assert chunks(3, 10**9) == [1, 1, 1]
