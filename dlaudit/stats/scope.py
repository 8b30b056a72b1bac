"""Which slices a pass can speak about: planned from their sizes and one rate, before any outcome is looked at.

A pass needs that every comparison is shown to keep to the limit, so each slice that is too small for that takes the
pass away from all the others. Leaving out the smallest ones by a rule that never sees an outcome costs no error rate:
the comparisons that remain are as good as declared in advance.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtri

POWER = 0.8
"""Chance of a pass under equal rates that the slices spoken of must have together."""
_POINTS = 2048
"""Points of the lattice on which that chance is counted."""
_MOST_ROWS = 1e9
"""Rows beyond which no plan reaches."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a pass must show, for slices 0 to k - 1.

    `difference`: first - second <= limit. `ratio`: first / second >= limit. A side is one slice, or several pooled.
    """

    kind: Literal["difference", "ratio"]
    """Which of these."""
    pools: Float[np.ndarray, "sides k"]
    """How each side is made of slices: a row of weights that add up to 1."""
    first: Int[np.ndarray, " m"]
    """Place in `pools` of the first side of each comparison."""
    second: Int[np.ndarray, " m"]
    """Place of the second side."""
    limit: Float[np.ndarray, " m"]
    """Limit of each comparison."""
    needs: Bool[np.ndarray, "m k"]
    """Slices that a comparison speaks about: it is part of a pass where all of them are."""

    def among(self, kept: Bool[np.ndarray, " k"]) -> "Compared":
        """Only the comparisons that speak about kept slices."""
        chosen = ~(self.needs & ~kept).any(axis=1)
        return Compared(
            kind=self.kind,
            pools=self.pools,
            first=self.first[chosen],
            second=self.second[chosen],
            limit=self.limit[chosen],
            needs=self.needs[chosen],
        )


@dataclass(frozen=True)
class Planning:
    """What is supposed."""

    rate: float
    """Rate of every slice, strictly between 0 and 1."""
    alpha: float
    """Error rate of a wrong pass."""


def planned_scope(
    compared: Compared, rows: Int[np.ndarray, " k"], eligible: Bool[np.ndarray, " k"], planning: Planning
) -> Bool[np.ndarray, " k"]:
    """The largest slices that would pass together with probability .8 if all rates were equal.

    The smallest slices are dropped until that is so; slices of equal size stay or leave together, so that neither the
    order nor the names of slices matter. All False where fewer than one comparison remains.

    Args:
        compared: What a pass must show.
        rows: Rows that each slice's rate rests on (its denominator), at least 1.
        eligible: Slices that may be in the scope at all.
        planning: The rate supposed, and the error rate.
    """
    sizes = np.unique(rows[eligible])[::-1]
    asked = compared.among(eligible)
    if len(sizes) == 0 or len(asked.first) == 0:
        return np.zeros(len(rows), dtype=bool)
    place = np.searchsorted(-sizes, -rows)  # 0 for the largest
    enters = np.where(asked.needs, place, -1).max(axis=1)
    kept = _kept(asked, rows, planning)
    together = np.ones(_POINTS, dtype=bool)
    most = -1
    for at in range(len(sizes)):
        together = together & kept[:, enters == at].all(axis=1)
        if together.mean() < POWER:
            break
        most = at
    found = eligible & (place <= most)
    return found if len(asked.among(found).first) else np.zeros(len(rows), dtype=bool)


def pass_chance(compared: Compared, rows: Int[np.ndarray, " k"], planning: Planning) -> float:
    """The chance that every comparison is shown to keep to its limit, if all rates were equal (normal approximation).

    Counted on a fixed lattice of points, so that the same sizes always give the same chance.
    """
    return float(_kept(compared, rows, planning).all(axis=1).mean()) if len(compared.first) else 1.0


def rows_to_join(
    compared: Compared,
    rows: Int[np.ndarray, " k"],
    scope: Bool[np.ndarray, " k"],
    joining: int,
    planning: Planning,
) -> int | None:
    """Rows that a slice needs to be in the scope beside those that are; they grow with it where they have fewer.

    None where no number of rows would do; fewer than it has where only the others must grow.

    Args:
        compared: What a pass must show.
        rows: Rows that each slice's rate rests on.
        scope: Slices in the scope.
        joining: Place of the slice that is not.
        planning: The rate supposed, and the error rate.
    """
    wanted = scope.copy()
    wanted[joining] = True
    asked = compared.among(wanted)
    if len(asked.first) == 0:
        return None

    def chance(least: float) -> float:
        grown = np.where(wanted, np.maximum(rows, ceil(least)), rows)
        return pass_chance(asked, grown, planning)

    low, high = 1.0, 64.0
    while chance(high) < POWER:
        low, high = high, 4 * high
        if high > _MOST_ROWS:
            return None
    while high > 1.01 * low:
        middle = sqrt(low * high)
        low, high = (middle, high) if chance(middle) < POWER else (low, middle)
    return ceil(high)


def _kept(compared: Compared, rows: Int[np.ndarray, " k"], planning: Planning) -> Bool[np.ndarray, "points m"]:
    """At each point of the lattice, which comparisons are shown to keep to their limits."""
    variance = planning.rate * (1 - planning.rate) / np.maximum(rows, 1)
    place = np.argsort(np.argsort(-rows, kind="stable"), kind="stable")  # by size, so that no order of slices matters
    sides = (_lattice(_POINTS, len(rows))[:, place] * np.sqrt(variance)) @ compared.pools.T
    spread = compared.pools**2 @ variance
    times = np.ones_like(compared.limit) if compared.kind == "difference" else compared.limit
    room = compared.limit if compared.kind == "difference" else planning.rate * (1 - compared.limit)
    error = np.sqrt(spread[compared.first] + times**2 * spread[compared.second])
    gap = sides[:, compared.first] - times * sides[:, compared.second]
    if compared.kind == "ratio":
        gap = -gap
    kept: Bool[np.ndarray, "points m"] = gap <= room - float(ndtri(1 - planning.alpha)) * error
    return kept


@lru_cache(maxsize=64)
def _lattice(points: int, dimensions: int) -> Float[np.ndarray, "points dimensions"]:
    """Normal quantiles of a Kronecker lattice: the multiples of square roots of primes, modulo 1."""
    steps = np.sqrt(_primes(dimensions)) % 1
    return np.asarray(ndtri((0.5 + np.arange(1, points + 1)[:, None] * steps) % 1), dtype=float)


def _primes(count: int) -> Int[np.ndarray, " count"]:
    top = 16
    while True:
        sieve = np.ones(top, dtype=bool)
        sieve[:2] = False
        for at in range(2, int(sqrt(top)) + 1):
            sieve[at * at :: at] = False
        found = np.nonzero(sieve)[0]
        if len(found) >= count:
            return found[:count]
        top *= 2
