"""What of an audit may be shown, asked by everything that has to be rewritten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from dlaudit.record.audit import Audit
from dlaudit.record.measured import Disparity
from dlaudit.record.privacy.counts import EVERYTHING, NOTHING, SIZE, tier_of
from dlaudit.record.suppression import HiddenSlice, Suppression


@dataclass(frozen=True)
class Kept:
    """An audit, and the tier up to which each of its slices is shown."""

    audit: Audit
    """The audit with all its figures."""
    levels: Mapping[str, int]
    """Slice id to tier."""
    least: int
    """Counts of people from 1 to below this are not shown."""

    def size(self, name: str) -> bool:
        """Whether the slice and its size are shown."""
        return self.levels.get(name, 0) >= SIZE

    def whole(self, name: str) -> bool:
        """Whether every metric of the slice is shown."""
        return self.levels.get(name, 0) >= EVERYTHING

    def metric(self, metric: str, name: str) -> bool:
        """Whether the metric is shown on the slice."""
        return self.levels.get(name, 0) >= tier_of(metric)

    def comparison(self, metric: str, by: Iterable[str], within: Mapping[str, str] | None = None) -> bool:
        """Whether the metric is shown on every slice with known levels that is compared."""
        return all(self.metric(metric, name) for name in self._compared(by, within or {}) if name not in self._unknown)

    def parted(self, by: Iterable[str]) -> bool:
        """Whether every metric is shown on every slice over the features, those of unknown level too."""
        return all(self.whole(name) for name in self._compared(by, {}))

    def gap(self, gap: Disparity) -> bool:
        """Whether everything that a gap was computed from is shown."""
        named = {*gap.slices, *gap.undefined_slices, *(one for one in (gap.worst, gap.reference) if one is not None)}
        return self.comparison(gap.metric, gap.by, gap.within) and all(self.metric(gap.metric, one) for one in named)

    def gap_of(self, name: str) -> bool:
        """Whether there is a gap of that id and everything that it was computed from is shown."""
        return any(one.id == name and self.gap(one) for one in self.audit.disparities)

    @cached_property
    def everywhere(self) -> bool:
        """Whether nothing at all is hidden."""
        return all(self.whole(one.id) for one in self.audit.slices)

    @cached_property
    def suppression(self) -> Suppression:
        """What the suppressed audit says of itself."""
        hidden = [one for one in self.audit.slices if not self.size(one.id)]
        named = [one for one in hidden if self.levels[one.id] == NOTHING and self._has_people(one.by)]
        unnamed = dict.fromkeys(tuple(one.by) for one in hidden if one not in named)
        return Suppression(
            least=self.least,
            slices=[
                HiddenSlice(id=one.id, by=one.by, where=one.where, kind=one.kind, unknown=one.unknown) for one in named
            ],
            unnamed=[list(by) for by in unnamed],
        )

    def _has_people(self, by: list[str]) -> bool:
        """Whether the hidden slices over the features hold more people than there are slices: else naming all of them
        would tell that each holds one.
        """
        sizes = [one.n for one in self.audit.slices if one.by == by and not self.size(one.id)]
        return sum(sizes) > len(sizes)

    def _compared(self, by: Iterable[str], within: Mapping[str, str]) -> list[str]:
        features = sorted({*by, *within})
        return [
            one.id
            for one in self.audit.slices
            if sorted(one.by) == features and all(one.where[name] == level for name, level in within.items())
        ]

    @cached_property
    def _unknown(self) -> set[str]:
        return {one.id for one in self.audit.slices if one.unknown}
