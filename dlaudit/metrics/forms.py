"""What a count metric's function is shown: totals of slices, or single cells, through one view."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Num, Shaped

from dlaudit.metrics.counts import Counts, cell_codes
from dlaudit.metrics.registry import CellValue, Form, Mapped, MeanOf, Metric, Ratio, confusion
from dlaudit.metrics.rows import ScoredRows


@dataclass(frozen=True)
class Asked:
    """A metric of one class or label, or of the whole task."""

    metric: Metric
    """What is measured."""
    name: str
    """`recall[cat]`, or the metric's own name."""
    place: int = 0
    """Position of the class or label."""


def form(asked: Asked, cells: Shaped[np.ndarray, "slices tables truth predicted"], task: str) -> Form:
    """What the metric's function makes of `cells`."""
    if asked.metric.needs == "confusion":
        made = asked.metric.function(confusion(cells, task, asked.place))
    else:
        made = asked.metric.function(cells[:, -1])
    assert isinstance(made, Form), f"{asked.name} must return Ratio, MeanOf, Mapped or CellValue"
    return made


def totals(asked: Asked, counts: Counts) -> list[Form]:
    """The metric's form in rows and, where rows have weights, in sums of weights and of squared weights."""
    kinds = [counts.cells] if counts.cell_weights is None else [counts.cells, *counts.cell_weights]
    return [form(asked, cells, counts.task) for cells in kinds]


def parts(made: Form) -> tuple[Ratio, ...]:
    """The shares that a form is made of; a `CellValue` is made of none."""
    if isinstance(made, CellValue):
        return ()
    if isinstance(made, Mapped):
        return (made.ratio,)
    return made.parts if isinstance(made, MeanOf) else (made,)


def row_parts(asked: Asked, rows: ScoredRows) -> list[tuple[Num[np.ndarray, " n"], Num[np.ndarray, " n"]]]:
    """For each share of the metric: what every single row adds to its numerator and to its denominator."""
    codes, side = cell_codes(rows)
    code: Int[np.ndarray, " n"] = codes[
        :, asked.place if asked.metric.needs == "confusion" and rows.task == "multilabel" else -1
    ]
    made = form(asked, _single_cells(side, codes.shape[1]), rows.task)
    return [(ratio.numerator[code], ratio.denominator[code]) for ratio in parts(made)]


def denominators(asked: Asked, rows: ScoredRows) -> list[Num[np.ndarray, " cells"]]:
    """For each share of the metric: what a row adds to its denominator, by truth and, within it, by prediction."""
    codes, side = cell_codes(rows.take(np.zeros(0, dtype=np.int64)))
    made = form(asked, _single_cells(side, codes.shape[1]), rows.task)
    return [ratio.denominator for ratio in parts(made)]


def influence(
    asked: Asked, rows: ScoredRows, shares: list[tuple[float, float]]
) -> tuple[Float[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """What every row adds to the metric's linearised error, and which rows the metric rests on.

    The error is the mean over the metric's shares of w (numerator - p denominator) / W.

    Args:
        asked: The metric; of a `Mapped` form the share inside is meant.
        rows: Rows of one slice.
        shares: Value p and denominator W of each of its shares.
    """
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    error, counted = np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)
    for (above, below), (value, total) in zip(row_parts(asked, rows), shares, strict=True):
        error += weight * (above - value * below) / (total * len(shares))
        counted |= below > 0
    return error, counted


def _single_cells(side: int, tables: int) -> Int[np.ndarray, "cells tables side side"]:
    """Totals of `side * side` slices, each of which holds one row in one cell (of every table)."""
    cell = np.eye(side * side, dtype=np.int64).reshape(side * side, 1, side, side)
    return np.repeat(cell, tables, axis=1)
