"""The row bootstrap of everything that is a function of cell counts, drawn on the cells themselves.

Rows drawn with replacement fall into cells with probabilities N_k / n, so the cells' counts of a bootstrap sample are
multinomial: not an approximation of the row bootstrap but its law (Efron 1979, DOI 10.1214/aos/1176344552), at a cost
that does not grow with rows. Slices that overlap are unions of disjoint atoms: atoms are drawn and rolled up, which
keeps how the slices depend on each other.

Seeds are taken from the counts, so equal counts give equal intervals, bit for bit, whatever the order of rows.
"""

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped

from dlaudit.stats.numbers import Limits

REPLICATES = 1000
"""Samples drawn for an interval: its ends then move by about 3 % of its width were another seed taken."""


def cell_generator(cells: Shaped[np.ndarray, "*shape"], *more: Shaped[np.ndarray, "*others"]) -> np.random.Generator:
    """A generator seeded by SHA-256 of the counts (and of weights, where rows have some).

    Args:
        cells: Whole numbers.
        more: Further arrays of numbers that the result depends on.
    """
    digest = hashlib.sha256()
    for numbers in (cells, *more):
        kind = "<i8" if np.issubdtype(numbers.dtype, np.integer) else "<f8"
        digest.update(np.ascontiguousarray(numbers, dtype=kind).tobytes())
    return np.random.default_rng(int.from_bytes(digest.digest()[:16], "big"))


def drawn_cells(
    cells: Int[np.ndarray, " cells"], replicates: int, generator: np.random.Generator
) -> Int[np.ndarray, "replicates cells"]:
    """Cell counts of bootstrap samples of one slice, each of as many rows as the slice has.

    Args:
        cells: Rows of each cell.
        replicates: Samples to draw.
        generator: Source of randomness.
    """
    drawn = np.zeros((replicates, len(cells)), dtype=np.int64)
    held = np.flatnonzero(cells)
    if len(held):
        rows = int(cells.sum())
        drawn[:, held] = generator.multinomial(rows, cells[held] / rows, size=replicates)
    return drawn


def drawn_atoms(
    cells: Int[np.ndarray, "atoms cells"],
    strata: Int[np.ndarray, " atoms"],
    replicates: int,
    generator: np.random.Generator,
) -> Int[np.ndarray, "replicates atoms cells"]:
    """Cell counts of bootstrap samples of all atoms together; rolled up, they are samples of every slice at once.

    Args:
        cells: Rows of each atom and cell.
        strata: The stratum of each atom. Each stratum keeps its number of rows: with one stratum per slice no slice
            can vanish, and with a single stratum it is the plain bootstrap of all rows.
        replicates: Samples to draw.
        generator: Source of randomness.
    """
    drawn = np.zeros((replicates, *cells.shape), dtype=np.int64)
    for stratum in np.unique(strata):
        own = strata == stratum
        part = drawn_cells(cells[own].ravel(), replicates, generator)
        drawn[:, own] = part.reshape(replicates, -1, cells.shape[1])
    return drawn


def drawn_weights(
    drawn: Int[np.ndarray, "replicates cells"],
    cells: tuple[Int[np.ndarray, " cells"], Float[np.ndarray, " cells"], Float[np.ndarray, " cells"]],
    generator: np.random.Generator,
) -> Float[np.ndarray, "replicates cells"]:
    """Sums of weights of bootstrap samples, given how many rows each drew from every cell.

    The sum of N rows drawn from a cell has mean N m and variance N v, with m and v the mean and variance of the cell's
    weights. A gamma variable with these takes its place, which is never negative. This is an approximation, unlike the
    counts; it is exact where a cell's weights are alike.

    Args:
        drawn: Rows drawn from each cell.
        cells: Of each cell its rows, sum of weights and sum of squared weights.
        generator: Source of randomness.
    """
    rows, total, squares = cells
    mean = np.divide(total, rows, out=np.zeros(len(rows)), where=rows > 0)
    spread = np.maximum(np.divide(squares, rows, out=np.zeros(len(rows)), where=rows > 0) - mean**2, 0.0)
    sums = drawn * mean
    varied = np.flatnonzero(spread > 1e-12 * mean**2)
    if len(varied):
        shape = drawn[:, varied] * (mean[varied] ** 2 / spread[varied])
        sums[:, varied] = generator.standard_gamma(shape) * (spread[varied] / mean[varied])
    return np.asarray(sums, dtype=np.float64)


def percentile_limits(values: Float[np.ndarray, "replicates *rest"], level: float) -> Limits:
    """The middle `level` of each column of replicates.

    A replicate in which the number is undefined (NaN) counts as lying beyond either end: an interval that would rest
    on a few lucky replicates is unbounded instead.

    Args:
        values: One number per replicate, NaN where undefined.
        level: Confidence level.
    """
    tail = (1 - level) / 2
    at = max(0, math.ceil(tail * len(values) - 1e-9) - 1)  # 1 - level is rounded: 25.000000000000018 of 1000 is 25
    undefined = np.isnan(values)
    if not undefined.any():
        ordered = np.sort(values, axis=0)
        return Limits(np.asarray(ordered[at]), np.asarray(ordered[-1 - at]))
    low = np.sort(np.where(undefined, -np.inf, values), axis=0)[at]
    high = np.sort(np.where(undefined, np.inf, values), axis=0)[-1 - at]
    return Limits(np.asarray(low), np.asarray(high))


def chunks(replicates: int, cells: int, most: int = 4_000_000) -> Sequence[int]:
    """Replicates in parts, each with at most about `most` numbers, so that many cells do not fill the memory.

    Args:
        replicates: Samples to draw in all.
        cells: Cells of one sample.
        most: Numbers held at once.
    """
    size = max(1, most // max(cells, 1))
    return [min(size, replicates - start) for start in range(0, replicates, size)]
