"""Rows that belong to units (several of one person): the variance between units, whatever the order of rows."""

import math

import numpy as np
from jaxtyping import Float, Int

from dlaudit.stats.dyadic import Spread, between_people


def between_units(influence: Float[np.ndarray, " n"], unit: Int[np.ndarray, "n *sides"]) -> tuple[float, int]:
    """Cluster-robust variance of a linearised estimate, and the number of units.

    With u_g the sum of the influences of unit g's rows: G / (G - 1) * sum of u_g² (Liang & Zeger 1986,
    DOI 10.1093/biomet/73.1.13); of pairs, the jackknife of `between_people`. NaN for fewer than two units.

    Args:
        influence: What each row adds to the error of the estimate; sums to 0 up to rounding.
        unit: Unit of each row; the two people [n, 2] of rows that are pairs, which share people on either side.
    """
    found = spread_between(influence, unit)
    return found.variance, found.units


def spread_between(influence: Float[np.ndarray, " n"], unit: Int[np.ndarray, "n *sides"]) -> Spread:
    """The same with the degrees of freedom of that variance: units less one, or fewer of rows that are pairs."""
    if unit.ndim == 2:
        return between_people(influence, unit)
    order = np.lexsort(
        (influence, unit)
    )  # equal sets of rows are added in equal order, so the bits do not depend on it
    ordered = unit[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(unit) else np.zeros(0, np.int64)
    units = len(starts)
    if units < 2:
        return Spread(math.nan, units, math.nan)
    sums = np.add.reduceat(influence[order], starts)
    return Spread(units / (units - 1) * math.fsum(sums * sums), units, units - 1.0)
