"""Encoded inputs of a player as levels: of a one-hot column, of a number with few values, or bins of a number."""

import numpy as np
from jaxtyping import Float, Int, Num


def levels_of(columns: Num[np.ndarray, "n p"], most: int) -> Int[np.ndarray, " n"] | None:
    """The level of each row, numbered from 0; None where the columns are no levels of one thing.

    Several columns are levels where at most one of them is 1 and all others are 0; rows of 0 are a level, too.

    Args:
        columns: A player's encoded inputs, at least one.
        most: A single column with more different values than this is a number.
    """
    if columns.shape[1] == 1:
        distinct, code = np.unique(columns[:, 0], return_inverse=True)
        return None if len(distinct) > most else code.reshape(-1).astype(np.int64)
    if not (((columns == 0) | (columns == 1)).all() and (columns.sum(axis=1) <= 1).all()):
        return None
    code = np.where(columns.any(axis=1), columns.argmax(axis=1), columns.shape[1])
    return np.asarray(np.unique(code, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def bins_of(values: Num[np.ndarray, " n"], weight: Float[np.ndarray, " n"], bins: int) -> Int[np.ndarray, " n"]:
    """The bin of each row, of at most `bins` with about equal weight; equal values share a bin.

    Args:
        values: Numbers.
        weight: Weights of the rows, not all 0.
        bins: Bins wanted.
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    ends = np.searchsorted(reached, np.arange(1, bins) / bins - 1e-12)
    edges = np.unique(values[order][np.minimum(ends, len(values) - 1)])
    return np.asarray(np.searchsorted(edges, values, side="left"), dtype=np.int64)
