"""Which slices add up to which: the sums by which a hidden slice could be worked out."""

from collections.abc import Mapping
from dataclasses import dataclass

from dlaudit.record.privacy.counts import SliceCounts, pooled


@dataclass(frozen=True)
class Margin:
    """A slice and the slices that part it by further features."""

    whole: str
    """Id of the slice that is parted."""
    parts: tuple[str, ...]
    """Ids of its parts, in the audit's order."""
    is_exact: bool
    """Whether the parts are all of it; else some rows are in no part."""
    is_direct: bool
    """Whether no margin between the two follows from this audit: the others follow from such ones."""


def margins(counts: Mapping[str, SliceCounts]) -> list[Margin]:
    """Every slice parted by every larger set of features that the audit has slices of.

    Parts that hold more than the whole are no margin: such an audit was not made by counting rows.
    """
    slices = [one.slice for one in counts.values() if one.slice.kind != "discovered"]
    by_features: dict[frozenset[str], list[str]] = {}
    for one in slices:
        by_features.setdefault(frozenset(one.by), []).append(one.id)
    found = []
    for whole in slices:
        mine = frozenset(whole.by)
        finer = [features for features in by_features if mine < features]
        for features in finer:
            parts = tuple(
                part
                for part in by_features[features]
                if all(counts[part].slice.where[name] == level for name, level in whole.where.items())
            )
            rest = pooled(counts[whole.id], [counts[part] for part in parts]) if parts else None
            if rest is not None:
                is_exact = all(form.count == 0 for form in rest)
                is_direct = not any(mine < other < features for other in finer)
                found.append(Margin(whole.id, parts, is_exact, is_direct))
    return found
