"""Bootstrap samples of two slices as score histograms: of rows, or of the units that rows belong to."""

import numpy as np
from jaxtyping import Bool, Int, Real, UInt64
from scipy.sparse import csr_array

from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.score_bins import ScoreBins
from dlaudit.stats.cell_bootstrap import REPLICATES, cell_generator, chunks, drawn_cells

Drawn = tuple[Real[np.ndarray, "r 2 columns"], Real[np.ndarray, "r 2 columns"]]
"""Rows by label and column (a union of fine bins) of the two slices in every sample."""


def drawn_slices(a: Int[np.ndarray, "2 columns"], b: Int[np.ndarray, "2 columns"]) -> Drawn:
    """Samples of independent rows, drawn on the cells of each slice."""
    generator = cell_generator(a, b)
    first, second = (drawn_cells(one.ravel(), REPLICATES, generator) for one in (a, b))
    return first.reshape(-1, *a.shape), second.reshape(-1, *b.shape)


def drawn_units(
    rows: ScoredRows,
    member: Bool[np.ndarray, "2 atoms"],
    output: int,
    bins: ScoreBins,
    columns: Int[np.ndarray, " columns"],
) -> Drawn:
    """Samples of whole units, drawn from all that have a row in either slice.

    A unit with rows in both slices is drawn for both, which keeps how they depend on each other.

    Args:
        rows: All rows, with units.
        member: Which atoms make up the two slices.
        output: Position of the score.
        bins: Fine bins.
        columns: First fine bin of each column of the histograms, the first of all among them.
    """
    assert rows.unit is not None, "asked for without units"
    width = len(columns)
    code = np.searchsorted(columns, bins.codes(rows.score[:, output].astype(np.float64)), side="right") - 1
    target = rows.target if rows.target.ndim == 1 else rows.target[:, output]
    cell = (target == 1) * width + code
    inside = member[:, rows.atom]
    place, at = np.nonzero(inside)
    cells = place * 2 * width + cell[at]
    order = _unit_order(rows.unit[at], cells)
    units = int(order.max()) + 1
    table = csr_array((np.ones(len(cells)), (order, cells)), shape=(units, 4 * width))
    generator = cell_generator(np.asarray(table.sum(axis=0)).astype(np.int64), np.array([units], dtype=np.int64))
    samples = []
    for some in chunks(REPLICATES, units):
        picked = generator.integers(units, size=(some, units)) + np.arange(some)[:, None] * units
        times = np.bincount(picked.ravel(), minlength=some * units).reshape(some, units)
        samples.append(np.asarray(times @ table))
    drawn = np.concatenate(samples).reshape(REPLICATES, 2, 2, width)
    return drawn[:, 0], drawn[:, 1]


def _unit_order(unit: Int[np.ndarray, " m"], cells: Int[np.ndarray, " m"]) -> Int[np.ndarray, " m"]:
    """A number of each row's unit that depends on what the unit holds and not on where in the file it stands.

    Every cell has a random 64-bit number, a unit the sum of its cells' numbers; units are numbered in the order of
    these sums. Units of one sum hold the same cells, and which of them comes first changes nothing.
    """
    _, which = np.unique(unit, return_inverse=True)
    marks: UInt64[np.ndarray, " cells"] = np.random.default_rng(0).integers(
        0, 2**64, size=int(cells.max()) + 1, dtype=np.uint64
    )
    sums = np.zeros(int(which.max()) + 1, dtype=np.uint64)
    np.add.at(sums, which, marks[cells])
    place = np.empty(len(sums), dtype=np.int64)
    place[np.argsort(sums, kind="stable")] = np.arange(len(sums))
    return place[which]
