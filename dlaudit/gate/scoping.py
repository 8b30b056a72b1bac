"""The slices that a PASS of one check speaks about, from their sizes alone."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil
from typing import Literal

import numpy as np
from jaxtyping import Float

from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import Contrast
from dlaudit.spec import Rule
from dlaudit.stats.scope import Compared, Planning, planned_scope, rows_to_join


@dataclass(frozen=True)
class _Sizes:
    """All that a plan may look at: no outcome is among it."""

    ids: tuple[str, ...]
    counted: tuple[int, ...]
    small: tuple[bool, ...]
    kind: Literal["difference", "ratio"]
    comparisons: tuple[tuple[int, int, float], ...]
    """Places of the two sides, and the limit; ~i stands for all slices but i."""
    reference: int | None
    """Place of the slice that all the others are compared with, where the rule names one."""
    planning: Planning


@dataclass(frozen=True)
class Scope:
    """Slices that a PASS speaks about, where that was planned; without a plan all that are not small."""

    sizes: _Sizes | None = None

    @property
    def is_planned(self) -> bool:
        """Whether sizes were weighed against a planning rate."""
        return self.sizes is not None

    def holds(self, slice_id: str) -> bool:
        """Whether the slice is in the scope."""
        return self.sizes is None or slice_id in self._planned

    @cached_property
    def _planned(self) -> frozenset[str]:
        """Ids of the slices in it; kept, because sizes of 50 slices have 2,450 comparisons to tell them apart by."""
        assert self.sizes is not None, "asked for the plan of a scope that has none"
        return _planned(self.sizes)

    def rows_for(self, cell: Cell) -> int | None:
        """Rows with which a slice that was left out would be in the scope; None if unplanned, or not for want of rows.

        Where no slice is in the scope, the largest one is taken to be, and to grow as well.
        """
        if self.sizes is None or not cell.n or cell.id not in self.sizes.ids:
            return None
        found = _needed(self.sizes, self.sizes.ids.index(cell.id))
        return None if found is None or found <= cell.n else ceil(found * cell.rows / cell.n)


def scope_of(rule: Rule, cells: list[Cell], contrasts: list[Contrast]) -> Scope:
    """The planned scope of a rule that compares shares of counted rows; none is planned for others.

    A floor or a ceiling has no plan: equal rates say nothing about how far they are from a limit.

    Args:
        rule: The rule.
        cells: Slices where the metric is defined.
        contrasts: What the rule asks of them.
    """
    asked = [one for one in contrasts if not one.always_holds]
    if rule.scope == "all" or rule.kind == "value" or not asked or not all(cell.n for cell in cells):
        return Scope()
    place = {cell.id: at for at, cell in enumerate(cells)} | {f"not {cell.id}": ~at for at, cell in enumerate(cells)}
    sizes = _Sizes(
        ids=tuple(cell.id for cell in cells),
        counted=tuple(cell.n or 0 for cell in cells),
        small=tuple(cell.small for cell in cells),
        kind="difference" if rule.kind == "difference" else "ratio",
        comparisons=tuple((place[one.sides[0].id], place[one.sides[1].id], float(one.limit)) for one in asked),
        reference=next((at for at, cell in enumerate(cells) if rule.reference in {cell.label, cell.id}), None),
        planning=Planning(rule.planning_rate, rule.alpha),
    )
    return Scope(sizes)


@lru_cache(maxsize=256)
def _planned(sizes: _Sizes) -> frozenset[str]:
    eligible = ~np.array(sizes.small, dtype=bool)
    if sizes.reference is not None:  # every comparison needs it, so that it is never the one to leave
        eligible &= eligible[sizes.reference]
    scope = planned_scope(_compared(sizes), np.array(sizes.counted), eligible, sizes.planning)
    if sizes.reference is not None:
        scope[sizes.reference] = scope.any()
    return frozenset(name for name, kept in zip(sizes.ids, scope, strict=True) if kept)


@lru_cache(maxsize=1024)
def _needed(sizes: _Sizes, place: int) -> int | None:
    rows, planned = np.array(sizes.counted), _planned(sizes)
    scope = np.array([name in planned for name in sizes.ids], dtype=bool)
    if sizes.reference is not None:
        scope[sizes.reference] = True
    elif not scope.any():
        scope[int(np.where(np.arange(len(rows)) == place, -1, rows).argmax())] = True
    return rows_to_join(_compared(sizes), rows, scope, place, sizes.planning)


def _compared(sizes: _Sizes) -> Compared:
    slices, first, second = len(sizes.ids), *np.array([one[:2] for one in sizes.comparisons]).T
    sides, row = np.unique(np.concatenate([first, second]), return_inverse=True)
    needs = np.zeros((len(first), slices), dtype=bool)
    for at, pair in enumerate(sizes.comparisons):
        needs[at, [side for side in pair[:2] if side >= 0 and side != sizes.reference]] = True
    return Compared(
        kind=sizes.kind,
        pools=np.stack([_pool(int(side), np.array(sizes.counted, dtype=float)) for side in sides]),
        first=row[: len(first)],
        second=row[len(first) :],
        limit=np.array([one[2] for one in sizes.comparisons]),
        needs=needs,
    )


def _pool(side: int, counted: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """The slice itself, or for the rest of a slice all the others in proportion to their rows."""
    if side >= 0:
        return np.asarray(np.arange(len(counted)) == side, dtype=float)
    share = np.where(np.arange(len(counted)) == ~side, 0.0, counted)
    return np.asarray(share / share.sum(), dtype=float)
