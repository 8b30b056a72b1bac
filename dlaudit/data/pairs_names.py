"""Names that pairs have in an audit: their columns, their levels, and the two people of each."""

from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Int

from dlaudit.record.pairs import level_between

SAME = "same person"
"""Target of pairs whose identities are known: 1 where both samples are of one person."""
PEOPLE = "the two people of a pair"
"""Column of the codes of both people, as `12&34`: the clusters of pairs."""
_BETWEEN = "&"


def level_of_pair(first: str | None, second: str | None) -> str | None:
    """The level of a pair: that of both samples, or `F with M` in alphabetical order; None where one is unknown."""
    return None if first is None or second is None else level_between(first, second)


def levels_apart(levels: list[str]) -> list[str]:
    """The levels of pairs of two different levels: they are shown beside the others and compared with none."""
    return [level_between(*pair) for pair in combinations(sorted(levels), 2)]


def written(first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]) -> list[str]:
    """Cells of PEOPLE."""
    return [f"{a}{_BETWEEN}{b}" for a, b in zip(first.tolist(), second.tolist(), strict=True)]


def people_of(cells: np.ndarray[Any, Any]) -> Int[np.ndarray, "n 2"]:
    """The codes of the two people of each pair, from cells of PEOPLE."""
    sides = np.char.partition(cells, _BETWEEN)
    return np.asarray(sides[:, [0, 2]].astype(np.int64))
