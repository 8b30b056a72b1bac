"""Which gaps are decomposed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dlaudit.record.measured import Measurement, Slice
from dlaudit.slices.make import Comparison

METRIC = "mean_score"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A gap to decompose: `slice` minus `reference`."""

    metric: str
    """`mean_score`."""
    by: tuple[str, ...]
    """Features whose levels are compared."""
    slice: str
    """Id of the slice explained."""
    reference: str
    """Id of the slice it is compared with."""


def pairs_to_explain(
    measurements: Iterable[Measurement],
    slices: Sequence[Slice],
    comparisons: Iterable[Comparison],
    *,
    metric: str = METRIC,
    most: int = 4,
) -> list[Pair]:
    """For each sensitive feature the widest gap, then every other slice against the largest one, at most
    `most`.

    Slices that are small, of unknown level, or without the metric take no part; comparisons of intersections
    and within control levels are left to the gaps they are made of. In the widest gap the slice explained is
    the one with the lower value.

    Args:
        measurements: Of all metrics and slices.
        slices: The slices that comparisons count through.
        comparisons: Who is compared with whom.
        metric: Metric whose gap is meant.
        most: Pairs per feature.
    """
    value = {m.slice: m.value for m in measurements if m.metric == metric and m.value is not None}
    pairs: list[Pair] = []
    for comparison in comparisons:
        if len(comparison.by) != 1 or comparison.within:
            continue
        able = [slices[at] for at in comparison.slices]
        able = [one for one in able if one.id in value and not one.small and not one.unknown]
        if len(able) >= 2:
            pairs += _pairs_of(able, value, tuple(comparison.by), metric)[:most]
    return pairs


def _pairs_of(able: Sequence[Slice], value: dict[str, float], by: tuple[str, ...], metric: str) -> list[Pair]:
    lowest = min(able, key=lambda one: (value[one.id], one.id))
    highest = max(able, key=lambda one: (value[one.id], one.id))
    largest = max(able, key=lambda one: (one.n, one.id))
    others = sorted(able, key=lambda one: (-abs(value[one.id] - value[largest.id]), one.id))
    wanted = [(lowest.id, highest.id), *((one.id, largest.id) for one in others)]
    seen: set[frozenset[str]] = set()
    pairs = []
    for explained, reference in wanted:
        both = frozenset({explained, reference})
        if len(both) == 2 and both not in seen:
            seen.add(both)
            pairs.append(Pair(metric=metric, by=by, slice=explained, reference=reference))
    return pairs
