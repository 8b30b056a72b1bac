"""Two halves of the rows, one to find slices in and one to confirm them in; neither depends on the order of rows."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int, Shaped


def in_finding_half(keys: Sequence[Shaped[np.ndarray, " n"]], generator: np.random.Generator) -> Bool[np.ndarray, " n"]:
    """Which rows are in the finding half, drawn at random; the same rows in another order are halved alike.

    Rows are first put in the order of what they hold. Rows that hold the same can change places without any effect.

    Args:
        keys: What rows hold, aligned: every column that the search looks at, and the outcome.
        generator: Source of the draw.
    """
    order = np.lexsort(list(keys))
    half = np.zeros(len(order), dtype=bool)
    half[order[generator.permutation(len(order))[: len(order) // 2]]] = True
    return half


def one_of_each(
    units: Shaped[np.ndarray, " n"], keys: Sequence[Shaped[np.ndarray, " n"]], generator: np.random.Generator
) -> Int[np.ndarray, " units"]:
    """Places of one row of each unit, drawn at random: rows of different people are independent, and so may be tested.

    Args:
        units: What each row belongs to.
        keys: As for `in_finding_half`.
        generator: Source of the draw.
    """
    order = np.lexsort([*keys, units])
    drawn = order[generator.permutation(len(order))]
    return np.sort(drawn[np.unique(units[drawn], return_index=True)[1]])
