"""disparities: the gap of every metric over the slices of every sensitive feature, with a simultaneous interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from dlaudit.metrics.compared import Compared
from dlaudit.metrics.contrasts import Gap, against, all_pairs, largest_difference, smallest_ratio
from dlaudit.metrics.names import metric_named
from dlaudit.metrics.registry import Metric
from dlaudit.metrics.spreads import spread_of
from dlaudit.record import Disparity, Measurement, Slice, finite, slice_id
from dlaudit.slices.make import Comparison

TOO_FEW = "fewer than two slices have a value"
NO_RATIO = "every value is 0, or one is negative"
Reference = str | Mapping[str, str] | None


@dataclass(frozen=True)
class _Case:
    """One metric in one comparison."""

    name: str
    metric: Metric
    comparison: Comparison
    slices: list[Slice]
    """The slices compared."""
    values: Mapping[str, Measurement]
    """The metric on every slice, by its id."""

    @property
    def defined(self) -> list[Measurement]:
        """Measurements of the slices compared that have a value."""
        measured = [self.values[s.id] for s in self.slices if s.id in self.values]
        return [m for m in measured if m.is_defined]


def disparities(
    measurements: Sequence[Measurement],
    slices: Sequence[Slice],
    comparisons: Sequence[Comparison],
    reference: Reference,
    level: float,
) -> list[Disparity]:
    """The difference of every metric in every comparison and, where no value can be negative, the ratio.

    Undefined where fewer than two slices have a value, where the reference has none, and for a ratio of zeros.

    Args:
        measurements: Every metric on every slice, as `measure` returns them.
        slices: The slices measured, `overall` among them.
        comparisons: Which of them are compared.
        reference: `best` (of the slices that are not small), `overall`, or feature to level; where None, and for
            features that it does not name, every two slices are compared.
        level: Confidence level of the simultaneous intervals.
    """
    by_metric: dict[str, dict[str, Measurement]] = {}
    for measurement in measurements:
        by_metric.setdefault(measurement.metric, {})[measurement.slice] = measurement
    made: list[Disparity] = []
    for name, values in by_metric.items():
        metric = metric_named(name)
        for comparison in comparisons:
            case = _Case(name, metric, comparison, [slices[place] for place in comparison.slices], values)
            made += _records(case, reference, level)
    return made


def _records(case: _Case, reference: Reference, level: float) -> list[Disparity]:
    compared = _compared(case, reference, level)
    kinds: list[Literal["difference", "ratio"]] = ["difference"]
    if case.metric.span[0] >= 0:
        kinds.append("ratio")
    return [_record(case, kind, compared, level) for kind in kinds]


def _compared(case: _Case, reference: Reference, level: float) -> Compared | str:
    """What is compared with what, or why nothing is."""
    defined = case.defined
    if len(defined) < 2:
        return TOO_FEW
    of = partial(Compared, metric=case.metric, level=level)
    sides, pairs = tuple(defined), len(defined) * (len(defined) - 1) // 2
    if reference == "overall":
        whole = case.values.get(slice_id(case.comparison.within))
        if whole is None or not whole.is_defined:
            return "the whole that the slices are part of has no value"
        to_whole = against(len(sides) + 1, len(sides))
        return of(sides=(*sides, whole), contrasts=to_whole, tests=len(sides), nested=True, symmetric=False)
    if reference == "best":
        to_best = against(len(sides), _best(case, defined))
        return of(sides=sides, contrasts=to_best, tests=pairs, symmetric=False, chosen=True)
    named = _named(case.comparison, reference)
    if named is None:
        return of(sides=sides, contrasts=all_pairs(len(sides)), tests=pairs)
    ids = [m.slice for m in defined]
    if named not in ids:
        return f"the reference slice {named} has no value"
    return of(sides=sides, contrasts=against(len(sides), ids.index(named)), tests=len(sides) - 1, symmetric=False)


def _best(case: _Case, defined: list[Measurement]) -> int:
    """Position of the most favourable value among slices that are not small (among all where every one is)."""
    small = {s.id for s in case.slices if s.small}
    able = [place for place, m in enumerate(defined) if m.slice not in small] or list(range(len(defined)))
    sign = -1.0 if case.metric.better == "lower" else 1.0
    return max(able, key=lambda place: sign * (defined[place].value or 0.0))


def _named(comparison: Comparison, reference: Reference) -> str | None:
    """Id of the slice that the reference names in this comparison; None where it names none."""
    if not isinstance(reference, Mapping) or any(feature not in reference for feature in comparison.by):
        return None
    return slice_id({**comparison.within, **{feature: reference[feature] for feature in comparison.by}})


def _record(case: _Case, kind: Literal["difference", "ratio"], compared: Compared | str, level: float) -> Disparity:
    ids = [m.slice for m in case.defined]
    within = f" within {slice_id(case.comparison.within)}" if case.comparison.within else ""
    known: dict[str, Any] = {
        "id": f"{case.name}.{kind} by {' & '.join(case.comparison.by)}{within}",
        "metric": case.name,
        "kind": kind,
        "by": list(case.comparison.by),
        "within": dict(case.comparison.within),
        "level": level,
        "n": sum(m.n for m in case.defined),
        "slices": ids,
        "undefined_slices": [s.id for s in case.slices if s.id not in ids],
    }
    if isinstance(compared, str):
        return Disparity(**known, undefined=compared)
    gap = largest_difference(compared.arms) if kind == "difference" else smallest_ratio(compared.arms)
    if gap is None:
        return Disparity(**known, undefined=NO_RATIO)
    worst, other = _oriented(case.metric, compared, gap)
    low, high = _ends(case.metric, kind, gap) if compared.bounded else (None, None)
    p_value, p_adjusted = compared.p_values
    return Disparity(
        **known,
        value=gap.value,
        low=low,
        high=high,
        method=compared.method if compared.bounded else None,
        guarantee="asymptotic" if compared.bounded else None,
        p_value=p_value,
        p_adjusted=p_adjusted,
        worst=worst,
        reference=other,
        minimum_detectable=compared.minimum_detectable if kind == "difference" else None,
        spread=spread_of(compared) if kind == "difference" else None,
    )


def _oriented(metric: Metric, compared: Compared, gap: Gap) -> tuple[str, str]:
    """Ids of the slice with the less favourable value and of the other; the reference is never the former."""
    first, second = (compared.sides[int(place)] for place in compared.contrasts[gap.at])
    assert first.value is not None and second.value is not None, "an undefined side was compared"
    first_is_worse = first.value >= second.value if metric.better == "lower" else first.value <= second.value
    if compared.symmetric and not first_is_worse:
        first, second = second, first
    return first.slice, second.slice


def _ends(metric: Metric, kind: Literal["difference", "ratio"], gap: Gap) -> tuple[float | None, float | None]:
    """The interval's ends, cut to what a gap of this metric can be; None where unbounded."""
    most = 1.0 if kind == "ratio" else metric.span[1] - metric.span[0]
    most = math.inf if math.isnan(most) else most
    return finite(max(gap.low, 0.0)), finite(min(gap.high, most))
