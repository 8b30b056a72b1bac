"""Which gaps are decomposed, and from how many each was picked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import comb

from dlaudit.record.measured import Measurement, Slice
from dlaudit.slices.make import Comparison

METRIC = "mean_score"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A gap to decompose: `slice` minus `reference`."""

    metric: str
    """As measurements name it: `mean_score`, `recall[cat]`."""
    by: tuple[str, ...]
    """Features whose levels are compared."""
    slice: str
    """Id of the slice explained."""
    reference: str
    """Id of the slice it is compared with."""
    chosen_from: int = 1
    """Gaps from which this one was picked for being wide; 1 where it was not."""


def pairs_to_explain(
    measurements: Iterable[Measurement],
    slices: Sequence[Slice],
    comparisons: Iterable[Comparison],
    *,
    metric: str | Sequence[str] = METRIC,
    most: int = 4,
) -> list[Pair]:
    """For each metric and sensitive feature the widest gap, then every other slice against the largest one, at most
    `most` each.

    Slices that are small, of unknown level, or without the metric take no part; comparisons of intersections and
    within control levels are left to the gaps they are made of. In the widest gap of the first metric the slice
    explained is the one with the lower value; two slices that an earlier metric compares keep their places, so that
    all metrics of two slices can be split by the same walks.

    Args:
        measurements: Of all metrics and slices.
        slices: The slices that comparisons count through.
        comparisons: Who is compared with whom.
        metric: Metrics whose gaps are meant.
        most: Pairs per metric and feature.
    """
    values: dict[str, dict[str, float]] = {}
    for one in measurements:
        if one.value is not None:
            values.setdefault(one.metric, {})[one.slice] = one.value
    compared = [one for one in comparisons if len(one.by) == 1 and not one.within]
    pairs: list[Pair] = []
    known: set[tuple[str, str]] = set()
    for name in [metric] if isinstance(metric, str) else metric:
        value = values.get(name, {})
        for comparison in compared:
            able = [slices[at] for at in comparison.slices]
            able = [one for one in able if one.id in value and not one.small and not one.unknown]
            if len(able) >= 2:
                pair = Pair(metric=name, by=tuple(comparison.by), slice="", reference="")
                found = [_placed(one, known) for one in _pairs_of(able, value, pair, most)]
                known |= {(one.slice, one.reference) for one in found}
                pairs += found
    return pairs


def _placed(pair: Pair, known: set[tuple[str, str]]) -> Pair:
    """The pair, the other way round where it is known so."""
    if (pair.reference, pair.slice) not in known:
        return pair
    return replace(pair, slice=pair.reference, reference=pair.slice)


def _pairs_of(able: Sequence[Slice], value: dict[str, float], kind: Pair, most: int) -> list[Pair]:
    """The pairs of one metric and feature, each with the number of gaps that it was picked from.

    The widest gap is one of all pairs. The others are all slices against the largest one, picked only where not all of
    them are shown: which slice is the largest does not hang on the metric.
    """
    lowest = min(able, key=lambda one: (value[one.id], one.id))
    highest = max(able, key=lambda one: (value[one.id], one.id))
    largest = max(able, key=lambda one: (one.n, one.id))
    others = sorted(able, key=lambda one: (-abs(value[one.id] - value[largest.id]), one.id))
    wanted = [(lowest.id, highest.id), *((one.id, largest.id) for one in others if one.id != largest.id)]
    if lowest.id == highest.id:
        wanted = wanted[1:]
    distinct = [ids for at, ids in enumerate(wanted) if set(ids) not in [set(one) for one in wanted[:at]]]
    some = len(able) - 1 if len(distinct) > most else 1
    picked = [comb(len(able), 2), *[some] * (len(distinct) - 1)]
    return [
        replace(kind, slice=ids[0], reference=ids[1], chosen_from=gaps)
        for ids, gaps in list(zip(distinct, picked, strict=True))[:most]
    ]
