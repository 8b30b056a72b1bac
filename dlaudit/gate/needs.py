"""How near a contrast is to being decided, and how many rows would decide it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt
from statistics import NormalDist

import numpy as np
from scipy.special import ndtr, ndtri

from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import Contrast
from dlaudit.stats.planning import POWER, Plan, rows_needed


@dataclass(frozen=True)
class _Spread:
    """The variance of one row of a slice, and the rows that its value rests on."""

    variance: float
    rows: int

    @property
    def error(self) -> float:
        """Squared standard error."""
        return self.variance / self.rows if self.rows else inf


def growing(contrast: Contrast) -> Cell:
    """The slice that more rows are wanted of: the smaller one, never `the rest`."""
    first, second = contrast.first, contrast.second
    if second is None or second.is_rest:
        return first
    return second if first.is_rest or second.support < first.support else first


def room(contrast: Contrast) -> float:
    """How many standard errors the estimates leave to the limit; negative where they are beyond it."""
    error = sqrt(sum(spread.error for spread in _spreads(contrast)))
    distance = _distance(contrast) if contrast.holds else -_distance(contrast)
    if error == 0:
        return distance * inf if distance else 0.0
    return distance / error


def is_on_limit(contrast: Contrast) -> bool:
    """Whether the estimates lie exactly on the limit."""
    return _distance(contrast) == 0


def rows_to_pass(contrasts: Sequence[Contrast], blocking: Contrast, alpha: float) -> int | None:
    """Rows of the blocking slice with which four in five samples would pass, if the estimates held and all slices grew
    alike.

    A pass needs every contrast, so the chances that one of them is not shown are added up (Bonferroni; for slices that
    are all alike within a tenth of the rows that the range's own law asks for). None where an estimate lies on the
    limit, where nothing is known of the uncertainty, or where rows are pairs of people.

    Args:
        contrasts: All that a pass must show; the estimates of each hold.
        blocking: The one that tells which slice is named.
        alpha: Error rate of showing one of them.
    """
    cell, rooms = growing(blocking), np.array([room(one) for one in contrasts])
    if cell.pairs or not (rooms > 0).all():
        return None

    def missed(growth: float) -> float:
        return float(ndtr(ndtri(1 - alpha) - rooms * sqrt(growth)).sum())

    low, high = 1.0, 1e9
    if missed(high) > 1 - POWER:
        return None
    while high > low * (1 + 1e-6):
        middle = sqrt(low * high)
        low, high = (middle, high) if missed(middle) > 1 - POWER else (low, middle)
    return max(ceil(high * cell.rows), cell.rows + 1)


def rows_to_fail(contrast: Contrast, alpha: float) -> int | None:
    """Rows of the growing slice with which four in five samples would fail, if the estimates held.

    None where nothing is known of their uncertainty, or where rows are pairs of people.

    Args:
        contrast: A contrast whose estimates do not hold.
        alpha: Error rate of showing that it does not.
    """
    cell = growing(contrast)
    spreads = _spreads(contrast)
    own = spreads[0] if cell is contrast.first else spreads[1]
    other = sum(spread.error for spread in spreads if spread is not own)
    if cell.pairs or not own.rows or other == inf:
        return None
    plan = Plan(distance=_distance(contrast), variance=own.variance, rows=own.rows, other_error=other)
    needed = rows_needed(plan, alpha)
    return None if needed is None else max(ceil(needed * cell.rows / own.rows), cell.rows + 1)


def _distance(contrast: Contrast) -> float:
    first, second, limit = contrast.first.exact, contrast.second, contrast.limit
    if second is None:
        return abs(float(first - limit))
    if contrast.kind == "difference":
        return abs(float(first - second.exact - limit))
    return abs(float(first - limit * second.exact))


def _spreads(contrast: Contrast) -> list[_Spread]:
    if contrast.second is None:
        return [_spread(contrast.first, 1.0)]
    scale = float(contrast.limit) if contrast.kind == "ratio" else 1.0
    return [_spread(contrast.first, 1.0), _spread(contrast.second, scale)]


def _spread(cell: Cell, scale: float) -> _Spread:
    if cell.x is not None and cell.n is not None:
        rate = (cell.x + 0.5) / (cell.n + 1)
        return _Spread(scale**2 * rate * (1 - rate), cell.n)
    if cell.low is None or cell.high is None:
        return _Spread(inf, 0)
    error = (cell.high - cell.low) / (2 * NormalDist().inv_cdf((1 + cell.level) / 2))
    return _Spread((scale * error) ** 2 * cell.support, cell.support)
