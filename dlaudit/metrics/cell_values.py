"""Count metrics by bootstrap of the cells: every metric that is a function of a slice's table, in one draw."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped

from dlaudit.metrics.bootstrap import bootstrap_interval
from dlaudit.metrics.counts import Counts, cell_codes
from dlaudit.metrics.evidence import NO_ROWS, Evidence, Found, clipped, undefined
from dlaudit.metrics.exact_sum import number
from dlaudit.metrics.forms import Asked, form
from dlaudit.metrics.registry import NO_INTERVAL, CellValue, Interval, Mapped, MeanOf
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.cell_bootstrap import (
    REPLICATES,
    cell_generator,
    chunks,
    drawn_cells,
    drawn_weights,
    percentile_limits,
)
from dlaudit.stats.numbers import Limits

Tables = Float[np.ndarray, "samples truth predicted"]
Values = Float[np.ndarray, " samples"]


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one slice's table, flat."""

    rows: Int[np.ndarray, " cells"]
    """Rows of each cell."""
    weight: Float[np.ndarray, "2 cells"] | None
    """Sums of weights and of squared weights; None where every row counts once."""

    @property
    def side(self) -> int:
        """Classes."""
        return math.isqrt(len(self.rows))

    @property
    def totals(self) -> Tables:
        """One table of rows or, where they have some, of sums of weights."""
        held = self.rows.astype(np.float64) if self.weight is None else self.weight[0]
        return held.reshape(1, self.side, self.side)


def find_cell_values(asked: Asked, evidence: Evidence) -> list[Found]:
    """The metric on every slice; its function returns a `CellValue`."""
    return [_found(asked, evidence, place) for place in evidence.places]


def cells_of(totals: Counts, place: int) -> Cells:
    """The cells of the slice at `place`, of the table of a binary or multiclass task."""
    assert totals.cells.shape[1] == 1, "cells of several labels are drawn together, not table by table"
    if totals.cell_weights is None:
        return Cells(totals.cells[place, 0].ravel(), None)
    return Cells(totals.cells[place, 0].ravel(), np.stack([_numbers(kind[place, 0]) for kind in totals.cell_weights]))


def cell_limits(
    functions: Sequence[Callable[[Tables], Values]], cells: Cells, level: float, replicates: int = REPLICATES
) -> Limits:
    """Bootstrap limits of every function of one slice's table, all from the same samples.

    The seed is the SHA-256 of the cells, so the limits depend on nothing but them.

    Args:
        functions: Each returns one number per table, NaN where undefined.
        cells: The slice's cells.
        level: Confidence level.
        replicates: Samples to draw.
    """
    weights = [] if cells.weight is None else [cells.weight]
    generator = cell_generator(cells.rows, *weights)
    values = [
        np.stack([function(tables) for function in functions], axis=1)
        for tables in _samples(cells, replicates, generator)
    ]
    return percentile_limits(np.concatenate(values), level)


def as_function(asked: Asked, task: str) -> Callable[[Tables], Values]:
    """Any metric of counts as a plain function of tables, NaN where undefined."""

    def values(tables: Tables) -> Values:
        made = form(asked, tables[:, None], task)
        if isinstance(made, CellValue):
            return made.function(tables)
        ratios = made.parts if isinstance(made, MeanOf) else (made.ratio if isinstance(made, Mapped) else made,)
        shares = [_divided(ratio.numerator, ratio.denominator) for ratio in ratios]
        mean = sum(shares[1:], start=shares[0]) / len(shares)
        return np.asarray(np.vectorize(made.increasing)(mean) if isinstance(made, Mapped) else mean)

    return values


def _found(asked: Asked, evidence: Evidence, place: int) -> Found:
    size = evidence.size(place)
    if size == 0:
        return undefined(NO_ROWS)
    cells = cells_of(evidence.totals, place)
    function = as_function(asked, evidence.counts.task)
    value = float(function(cells.totals)[0])
    if np.isnan(value):
        return undefined(f"{asked.metric.undefined} in this slice", size)
    interval = _by_units(asked, evidence, place) if evidence.counts.clustered else _by_cells(function, cells, evidence)
    return Found(value=value, interval=clipped(interval, asked.metric.span), n=size)


def _by_cells(function: Callable[[Tables], Values], cells: Cells, evidence: Evidence) -> Interval:
    low, high = (float(end[0]) for end in cell_limits([function], cells, evidence.level))
    if low == high or not (np.isfinite(low) or np.isfinite(high)):
        return NO_INTERVAL
    ends = (low if np.isfinite(low) else None, high if np.isfinite(high) else None)
    return Interval(*ends, "cell_bootstrap", "asymptotic")


def _by_units(asked: Asked, evidence: Evidence, place: int) -> Interval:
    """Units are drawn instead of rows, so the rows are needed."""
    if evidence.rows is None:
        return NO_INTERVAL
    function = as_function(asked, evidence.counts.task)

    return bootstrap_interval(
        lambda rows: float(function(_cells_of_rows(rows).totals)[0]), evidence.rows_of(place), evidence.level
    )


def _cells_of_rows(rows: ScoredRows) -> Cells:
    codes, side = cell_codes(rows)
    counted = np.bincount(codes[:, 0], minlength=side * side)
    if rows.weight is None:
        return Cells(counted, None)
    weights = [np.bincount(codes[:, 0], rows.weight**power, side * side) for power in (1, 2)]
    return Cells(counted, np.stack(weights))


def _samples(cells: Cells, replicates: int, generator: np.random.Generator) -> Iterator[Tables]:
    for size in chunks(replicates, len(cells.rows)):
        drawn = drawn_cells(cells.rows, size, generator)
        if cells.weight is None:
            sums = drawn.astype(np.float64)
        else:
            sums = drawn_weights(drawn, (cells.rows, cells.weight[0], cells.weight[1]), generator)
        yield sums.reshape(size, cells.side, cells.side)


def _divided(above: Shaped[np.ndarray, " samples"], below: Shaped[np.ndarray, " samples"]) -> Values:
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))


def _numbers(quanta: Shaped[np.ndarray, "*shape"]) -> Float[np.ndarray, " cells"]:
    return np.array([float(number(one)) for one in quanta.ravel()])
