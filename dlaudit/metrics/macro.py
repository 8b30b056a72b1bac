"""Averages over classes that are no mean of disjoint shares: their intervals are a bootstrap of the cells."""

import numpy as np
from jaxtyping import Float, Shaped

from dlaudit.marking import N_
from dlaudit.metrics.registry import CellValue, metric

Tables = Float[np.ndarray, "samples truth predicted"]
Values = Float[np.ndarray, " samples"]


@metric(
    "macro_precision",
    task="multiclass",
    needs="table",
    better="higher",
    formula="mean over classes of TP / (TP + FP)",
    undefined="a class is never predicted",
    aliases=("unweighted average precision of classes",),
    meaning=N_("Mean over the classes of the share of rows given to a class that are of that class."),
)
def macro_precision(table: Shaped[np.ndarray, "slices truth predicted"]) -> CellValue:
    """Mean of the precisions of all classes; a slice where a class is never predicted has none."""
    return CellValue(_macro_precision)


@metric(
    "macro_f1",
    task="multiclass",
    needs="table",
    better="higher",
    formula="mean over classes of 2 TP / (2 TP + FP + FN)",
    undefined="a class is neither true nor predicted",
    aliases=("macro F-score",),
    meaning=N_(
        "Mean over the classes of the harmonic mean of precision and recall; rare classes weigh as much as others."
    ),
)
def macro_f1(table: Shaped[np.ndarray, "slices truth predicted"]) -> CellValue:
    """Mean of the F1 of all classes; a slice where a class is neither true nor predicted has none."""
    return CellValue(_macro_f1)


def _macro_precision(table: Tables) -> Values:
    return _mean_ratio(_diagonal(table), table.sum(axis=1))


def _macro_f1(table: Tables) -> Values:
    return _mean_ratio(2 * _diagonal(table), table.sum(axis=1) + table.sum(axis=2))


def _diagonal(table: Tables) -> Float[np.ndarray, "samples classes"]:
    return np.asarray(np.diagonal(table, axis1=1, axis2=2))


def _mean_ratio(above: Float[np.ndarray, "samples classes"], below: Float[np.ndarray, "samples classes"]) -> Values:
    """Mean over classes of above / below, NaN where one of them divides by 0."""
    ratio = np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
    return np.asarray(ratio.mean(axis=1))
