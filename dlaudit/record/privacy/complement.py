"""How far each slice is shown: first what is small is hidden, then what would tell it.

A slice whose neighbours are all shown follows from their sum. So with every small slice the next smallest neighbours
are hidden, until the hidden ones together are no small count either, and until no whole-number attack finds one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from dlaudit.record.audit import Audit
from dlaudit.record.measured import OVERALL
from dlaudit.record.privacy.attack import Secret, Shown, worked_out
from dlaudit.record.privacy.counts import EVERYTHING, SIZE, SliceCounts, pooled, slice_counts
from dlaudit.record.privacy.margins import Margin, margins
from dlaudit.record.privacy.spans import follow

UNNAMED = -1
"""Level of a slice that is not even named: one of a large intersection that is left out whole."""
CROWD = 120
"""Slices of one comparison that may be hidden one by one; where it would be more, the comparison is left out."""
CROWDS = 300
"""The same for all comparisons together."""


def levels(audit: Audit, least: int) -> dict[str, int]:
    """Slice id to the tier up to which it can be shown, so that no count from 1 to below `least` is told."""
    counts = slice_counts(audit)
    crowded = _crowded(counts, least)
    looked_at = {name: one for name, one in counts.items() if tuple(one.slice.by) not in crowded}
    plan = _Plan(looked_at, margins(looked_at), least)
    while plan.cover() or plan.defend():
        pass
    return {name: plan.levels.get(name, UNNAMED) for name in counts}


def _crowded(counts: Mapping[str, SliceCounts], least: int) -> set[tuple[str, ...]]:
    """Intersections that have too many small counts to be hidden one by one, those with the most of them first."""
    few = Counter(tuple(one.slice.by) for one in counts.values() if _highest(one, least) < EVERYTHING)
    found: set[tuple[str, ...]] = set()
    for by, count in few.most_common():
        if len(by) > 1 and (count > CROWD or sum(few.values()) - sum(few[one] for one in found) > CROWDS):
            found.add(by)
    return found


class _Plan:
    """Tiers that only ever fall."""

    def __init__(self, counts: Mapping[str, SliceCounts], sums: Sequence[Margin], least: int) -> None:
        self._counts, self._margins, self._least = counts, sums, least
        self.levels = {name: _highest(one, least) for name, one in counts.items()}
        self._secrets = [Secret(name, form) for name, one in counts.items() for form in one.small(least, EVERYTHING)]

    def cover(self) -> bool:
        """Hide neighbours until what is hidden in each margin is together no small count; whether any was hidden."""
        changed = False
        for tier in range(SIZE, EVERYTHING + 1):
            for margin in self._margins:
                while self.levels[margin.whole] >= tier and self._is_thin(margin, tier):
                    if not self._hide_one(self._shown(margin.parts, tier), tier):
                        break
                    changed = True
        return changed

    def defend(self) -> bool:
        """Hide a neighbour of every count that an attacker works out; whether any was hidden."""
        changed = False
        for secret in worked_out(Shown(self._counts, self._margins, self.levels), self._secrets):
            changed |= self._hide_near(secret.slice, secret.form.tier)
        return changed

    def _is_thin(self, margin: Margin, tier: int) -> bool:
        """Whether the hidden parts (and rows in no part) are together a small count, or nothing but single people."""
        shown = self._shown(margin.parts, tier)
        left = pooled(self._counts[margin.whole], [self._counts[name] for name in shown])
        if left is None:
            return True
        hidden = len(margin.parts) - len(shown)
        singles = tier == SIZE and 0 < left[0].count <= hidden
        return singles or any(0 < form.count < self._least for form in follow(left, tier))

    def _hide_near(self, name: str, tier: int) -> bool:
        """Hide a neighbour of the slice: first where a single part is hidden and so follows from the others."""
        mine = [one for one in self._margins if name in one.parts]
        near = {part for one in mine for part in one.parts if self.levels[part] < tier} | {name}
        leaks = [one for one in self._margins if self._leaks(one, tier) & near]
        for one in sorted(leaks or mine, key=lambda one: len(one.parts) - len(self._shown(one.parts, tier))):
            if self._hide_one(self._shown(one.parts, tier), tier):
                return True
        wholes = self._shown([one.whole for one in mine], tier)
        parts = self._shown([part for one in self._margins if one.whole == name for part in one.parts], tier)
        others = self._shown(list(self.levels), tier)
        for some in (wholes, parts, others):
            if self._hide_one([one for one in some if one != OVERALL or tier > SIZE], tier):
                return True
        return False

    def _leaks(self, margin: Margin, tier: int) -> set[str]:
        """The one hidden part of a margin whose whole and whose other parts are shown; empty where there is none."""
        hidden = {part for part in margin.parts if self.levels[part] < tier}
        return hidden if len(hidden) == 1 and self.levels[margin.whole] >= tier else set()

    def _hide_one(self, names: Sequence[str], tier: int) -> bool:
        """Hide the smallest of the slices from `tier` on; whether there is one."""
        held = [name for name in names if self._counts[name].slice.n > 0] or list(names)
        if not held:
            return False
        smallest = min(held, key=lambda name: (self._counts[name].slice.n, name))
        self.levels[smallest] = tier - 1
        return True

    def _shown(self, names: Sequence[str], tier: int) -> list[str]:
        return [name for name in dict.fromkeys(names) if self.levels[name] >= tier]


def _highest(one: SliceCounts, least: int) -> int:
    """The last tier that tells no small count of the slice itself."""
    return max(tier for tier in range(EVERYTHING + 1) if not one.small(least, tier))
