"""The supremum of a probability along a curve of nuisance values, from above: branch and bound.

A curve tells the probability at a point, and an upper bound of it over a cell between two points. Cells whose bound is
not small enough are cut in four. So what comes out is an upper bound of the supremum, not the largest of some points.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

_CUT = 4
"""Parts that a cell is cut into."""
_DEPTH = 12
"""Cuts after which the search gives up."""
_MOST_CELLS = 1500
"""Cells beyond which the search gives up: it is then within about a ten-thousandth of the supremum."""

Cells = Float[np.ndarray, "cells 2"]
Values = Float[np.ndarray, " cells"]


@runtime_checkable
class Curve(Protocol):
    """A probability along the border of a null hypothesis."""

    def at(self, nuisance: Values) -> Values:
        """The probability at these points."""
        ...

    def over(self, cells: Cells) -> Values:
        """Upper bounds of it over these cells."""
        ...


def is_at_most(curve: Curve, nodes: Float[np.ndarray, " nodes"], target: float) -> bool:
    """Whether the supremum between the first and the last node is shown to be at most `target`.

    False where the search gives up, which for a test means that it does not reject: always valid.

    Args:
        curve: The probability.
        nodes: Ascending points that cut the range into the first cells.
        target: What it is compared with.
    """
    cells = _cells(nodes)
    for _ in range(_DEPTH):
        bound = curve.over(cells)
        open_ = bound > target
        if not open_.any():
            return True
        if curve.at(_probes(cells, bound)).max() > target:
            return False
        cells = _cut(cells[open_])
        if len(cells) > _MOST_CELLS:
            return False
    return False


def supremum(curve: Curve, nodes: Float[np.ndarray, " nodes"], tolerance: float) -> float:
    """An upper bound of the supremum, within `tolerance` (relative) of it unless the search gives up.

    Args:
        curve: The probability.
        nodes: Ascending points that cut the range into the first cells.
        tolerance: Relative.
    """
    cells, best, settled = _cells(nodes), 0.0, 0.0
    for _ in range(_DEPTH):
        bound = curve.over(cells)
        best = max(best, float(curve.at(_probes(cells, bound)).max()))
        open_ = bound > best * (1 + tolerance)
        settled = max(settled, float(bound[~open_].max(initial=0.0)))
        if not open_.any() or _CUT * int(open_.sum()) > _MOST_CELLS:
            break
        cells = _cut(cells[open_])
    return max(settled, float(bound[open_].max(initial=0.0)))


def _cells(nodes: Float[np.ndarray, " nodes"]) -> Cells:
    return np.stack([nodes[:-1], nodes[1:]], axis=1) if len(nodes) > 1 else np.stack([nodes, nodes], axis=1)


def _probes(cells: Cells, bound: Values) -> Float[np.ndarray, " probes"]:
    """Ends and middle of the cell with the largest bound."""
    low, high = cells[int(bound.argmax())]
    return np.array([low, (low + high) / 2, high])


def _cut(cells: Cells) -> Float[np.ndarray, "parts 2"]:
    edges = cells[:, :1] + (cells[:, 1:] - cells[:, :1]) * np.linspace(0, 1, _CUT + 1)
    edges[:, -1] = cells[:, 1]
    return np.stack([edges[:, :-1].ravel(), edges[:, 1:].ravel()], axis=1)
