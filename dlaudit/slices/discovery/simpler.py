"""Which confirmed slices a simpler confirmed one explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from dlaudit.slices.discovery.testing import Tables

Key = tuple[str, frozenset[tuple[str, str]]]
"""Outcome and conditions."""


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """A confirmed slice."""

    key: Key
    """Outcome and conditions."""
    x: int
    """Events in it."""
    size: int
    """Rows of it at risk."""


def unexplained(confirmed: Sequence[Confirmed], comparisons: int, alpha: float) -> set[Key]:
    """The slices that are worse than each simpler confirmed slice around them, beyond doubt.

    From the fewest conditions up: a slice is kept where no kept slice of the same outcome contains it; or where, for
    each that does, its rate is shown to be above that of the container's other rows. That test is the same exact one,
    within the container's rows, with Bonferroni's correction over every slice and container that could have been
    compared: which slices are confirmed depends on the outcomes, how many could be does not. So the probability of
    keeping any slice that is no worse than what is around it is at most alpha.

    Args:
        confirmed: All confirmed slices.
        comparisons: Pairs of a tested slice and a simpler one around it, times outcomes.
        alpha: Error rate of keeping.
    """
    kept: dict[Key, Confirmed] = {}
    for depth in sorted({len(one.key[1]) for one in confirmed}):
        level = [one for one in confirmed if len(one.key[1]) == depth]
        pairs = [(at, around) for at, one in enumerate(level) for around in _around(one, kept)]
        explained = {at for (at, _), p in zip(pairs, _p(level, pairs), strict=True) if p * comparisons > alpha}
        kept |= {one.key: one for at, one in enumerate(level) if at not in explained}
    return set(kept)


def pairs_with_simpler(depths: Sequence[int]) -> int:
    """How many simpler slices stand around slices of these depths: 2 for a pair of conditions, 6 for three."""
    return sum(2**depth - 2 for depth in depths)


def _around(one: Confirmed, kept: dict[Key, Confirmed]) -> list[Confirmed]:
    outcome, conditions = one.key
    parts = (frozenset(part) for size in range(1, len(conditions)) for part in combinations(conditions, size))
    return [kept[outcome, part] for part in parts if (outcome, part) in kept]


def _p(level: Sequence[Confirmed], pairs: Sequence[tuple[int, Confirmed]]) -> list[float]:
    def whole(numbers: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(numbers, dtype=np.int64)

    tables = Tables(
        x=whole([level[at].x for at, _ in pairs]),
        size=whole([level[at].size for at, _ in pairs]),
        events=whole([around.x for _, around in pairs]),
        total=whole([around.size for _, around in pairs]),
    )
    return [float(p) for p in tables.p] if pairs else []
