"""What the planning formulae say of one rule on one feature."""

from dataclasses import replace
from math import ceil
from typing import Literal

import numpy as np

from dlaudit.gate.planned import PlannedFamily, SizedSlice
from dlaudit.record.planned import PlannedSlice
from dlaudit.spec import Rule
from dlaudit.stats.planning import POWER
from dlaudit.stats.power import Design, fail_chance, pass_chance, rows_to_fail, rows_to_pass


class Formula:
    """The planning formulae of one family; all None for a point screen, or where an average over all is compared."""

    def __init__(self, family: PlannedFamily, families: list[PlannedFamily], min_size: int) -> None:
        self._family, self._min_size = family, min_size
        self._cells = _defined(family)
        self._sizes = np.array([cell.counted for cell in self._cells], dtype=np.int64)
        self._design = design_of(family, self._cells, sharing(family, families))
        self.counted_to_pass = self._counted_to_pass()

    def planned(self, cell: SizedSlice) -> PlannedSlice:
        """What the formulae say of one slice."""
        known = PlannedSlice(
            slice=cell.id,
            rows=cell.rows,
            counted=cell.counted,
            found=None,
            smallest_gap=None,
            rows_to_pass=None,
            rows_to_fail=None,
        )
        if self._design is None or cell not in self._cells:
            return known
        place = self._cells.index(cell)
        return known.model_copy(
            update={
                "found": fail_chance(self._design, self._sizes, place),
                "smallest_gap": self._smallest_gap(place),
                "rows_to_pass": rows_of(self.counted_to_pass, cell, self._min_size),
                "rows_to_fail": rows_of(rows_to_fail(self._design, self._sizes, place), cell, 1),
            }
        )

    def pass_chance(self, assessed: list[str]) -> float | None:
        """The chance that all comparisons among the slices that a PASS speaks about are shown to hold."""
        spoken = [cell for cell in self._cells if cell.id in assessed]
        least = 1 if self._family.rule.kind == "value" else 2
        if len(spoken) < least:
            return 0.0 if self._design is not None else None
        design = design_of(self._family, spoken)
        return None if design is None else pass_chance(design, np.array([cell.counted for cell in spoken]))

    def _counted_to_pass(self) -> int | None:
        """Counted rows of every slice for a pass at the rate supposed."""
        return None if self._design is None else rows_to_pass(self._design, self._sizes)

    def _smallest_gap(self, place: int) -> float | None:
        """The gap nearest to the limit that is found often enough, by halving; None where the largest is not."""
        assert self._design is not None, "asked for only where a formula is known"
        design, kind = self._design, self._family.rule.kind
        near, far = _limit_rate(design), _farthest(design, self._family.rule)

        def is_found(rate: float) -> bool:
            return fail_chance(replace(design, gap_rate=rate), self._sizes, place) >= POWER

        if not is_found(far):
            return None
        for _ in range(40):
            middle = (near + far) / 2
            near, far = (near, middle) if is_found(middle) else (middle, far)
        if kind == "value":
            return far
        return far / design.rate if kind == "ratio" else abs(far - design.rate)


def design_of(family: PlannedFamily, cells: list[SizedSlice], sharing: int | None = None) -> Design | None:
    """The rule on these slices as the planning formulae know it; None where they know none."""
    rule = family.rule
    if rule.judge == "point" or rule.reference == "overall":
        return None
    against = _against(rule, cells)
    if against is None:
        return None
    return Design(
        kind=rule.kind,
        limit=rule.limit,
        rate=family.rate,
        gap_rate=family.gap_rate,
        alpha=rule.alpha,
        against=against,
        sharing=sharing,
    )


def _against(rule: Rule, cells: list[SizedSlice]) -> Literal["pairs", "rest", "each"] | int | None:
    """What is compared; None where the slice that the rule names is not among them."""
    if rule.kind == "value":
        return "each"
    if rule.contrast == "rest":
        return "rest"
    if rule.reference in {None, "best"}:
        return "pairs"
    return next((at for at, cell in enumerate(cells) if rule.reference in {cell.label, cell.id}), None)


def sharing(family: PlannedFamily, families: list[PlannedFamily]) -> int:
    """Comparisons that share the error rate of a FAIL: those of the rule over all its features.

    Single features and intersections have half of the error rate each where the rule names both.
    """
    own = [one for one in families if one.rule is family.rule]
    alike = [one for one in own if (len(one.by) < 2) == (len(family.by) < 2)]
    parts = 1 if len(alike) == len(own) else 2
    designs = [(design_of(one, _defined(one)), len(_defined(one))) for one in alike]
    return max(1, parts * sum(design.tests(slices) for design, slices in designs if design is not None))


def _defined(family: PlannedFamily) -> list[SizedSlice]:
    return [cell for cell in family.slices if cell.counted > 0]


def _limit_rate(design: Design) -> float:
    """The rate at which the gap would lie on the limit."""
    if design.kind == "value":
        return design.limit
    if design.kind == "ratio":
        return design.rate * design.limit
    return design.rate + design.limit if design.gap_rate > design.rate else design.rate - design.limit


def _farthest(design: Design, rule: Rule) -> float:
    """The rate with the largest gap that there can be."""
    below = rule.min is not None or design.gap_rate < design.rate
    return 1e-6 if below else 1 - 1e-6


def rows_of(counted: int | None, cell: SizedSlice, least: int) -> int | None:
    """Rows of a slice of which that many are counted, and no fewer than it has where those are enough."""
    if counted is None:
        return None
    if counted <= cell.counted and cell.rows >= least:
        return cell.rows
    return max(ceil(counted * cell.rows / cell.counted), least)
