"""measure: every metric on every slice."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool

from dlaudit.metrics.by_rows import find_by_rows, of_place, value_or_nan
from dlaudit.metrics.counts import Counts, count
from dlaudit.metrics.evidence import Evidence, Found, Slices
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.means import find_means
from dlaudit.metrics.names import ask
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.shares import find_shares
from dlaudit.record import OVERALL, Measurement, NotApplicable, Slice

FINDERS: dict[str, Callable[[Asked, Evidence], list[Found]]] = {
    "confusion": find_shares,
    "table": find_shares,
    "mean": find_means,
    "rows": find_by_rows,
}
"""How a metric is found on every slice, by what it needs."""


def measure(
    counts: Counts, rows: ScoredRows | None, slices: Slices, names: list[str], level: float
) -> tuple[list[Measurement], list[NotApplicable]]:
    """Every named metric on every slice, in the order of `names`, and what could not be measured.

    Args:
        counts: Counts of atoms.
        rows: The rows counted; without them, metrics that need rows are not applicable, and rows that belong to units
            have no intervals.
        slices: Slices and their atoms.
        names: Metrics; `recall` of a multiclass task stands for the recall of every class.
        level: Confidence level of every interval.

    Raises:
        UsageError: A name is not known (DLA106).
    """
    evidence = Evidence(counts, rows, slices, level)
    asked, not_applicable = ask(names, counts.task, counts.classes)
    measurements: list[Measurement] = []
    for one in asked:
        reason = _cannot(one, evidence)
        if reason is not None:
            not_applicable.append(NotApplicable(what=one.name, reason=reason))
            continue
        found = FINDERS[one.metric.needs](one, evidence)
        measurements += [f.measurement(one.name, s.id, level) for f, s in zip(found, slices.slices, strict=True)]
        if one.metric.needs == "rows" and rows is None:
            not_applicable.append(_what_counts_hide(one, found, counts))
    if counts.clustered and rows is None:
        reason = "rows belong to units, and only their counts were kept"
        not_applicable.append(NotApplicable(what="intervals", reason=reason))
    return measurements, not_applicable


def value_on(asked: Asked, rows: ScoredRows) -> float:
    """The metric of all those rows together, NaN where it is undefined."""
    if len(rows) == 0 or asked.metric.joined is not None:
        return math.nan  # a metric that compares a slice with all other rows has no value on all of them
    if asked.metric.needs == "rows":
        return value_or_nan(asked.metric, of_place(asked, rows))
    together = replace(rows, atom=np.zeros(len(rows), dtype=np.int64), unit=None)
    evidence = Evidence(count(together, 1), None, _Together(), 0.95)
    value = FINDERS[asked.metric.needs](asked, evidence)[0].value
    return math.nan if value is None else value


@dataclass(frozen=True)
class _Together:
    """One slice of one atom."""

    slices: tuple[Slice, ...] = (Slice(id=OVERALL, by=[], where={}, n=0, share=1.0, kind="overall"),)
    member: Bool[np.ndarray, "slices atoms"] = field(default_factory=lambda: np.ones((1, 1), dtype=bool))


def _what_counts_hide(asked: Asked, found: list[Found], counts: Counts) -> NotApplicable:
    """How far the metric of the rows may lie from what was found in counts, or that it has no interval."""
    within = max((one.within for one in found if one.value is not None), default=0.0)
    if within > 0 and counts.bins is not None:
        reason = (
            f"the rows did not fit in memory; their scores were counted in {counts.bins.bins} bins, which leaves every "
            f"value within {_rounded_up(within)} of the one that the rows would give, and the intervals allow for it"
        )
        return NotApplicable(what=f"{asked.name} from rows", reason=reason)
    reason = "the rows did not fit in memory, and its intervals are a bootstrap of them; the values are exact"
    return NotApplicable(what=f"{asked.name} intervals", reason=reason)


def _rounded_up(within: float) -> str:
    """Two digits, never below the number."""
    scale = 10.0 ** (1 - math.floor(math.log10(within)))
    return f"{math.ceil(within * scale) / scale:.2g}"


def _cannot(asked: Asked, evidence: Evidence) -> str | None:
    """Why the metric cannot be measured in this audit; None where it can."""
    metric, counts = asked.metric, evidence.counts
    if metric.needs == "rows" and evidence.rows is None:
        plain = counts.row_weights is None and not counts.clustered
        if metric.from_counts is None or not plain:
            return "it needs the rows, and only their counts were kept"
    if metric.probabilities and not counts.probabilities:
        return "it speaks of probabilities, and the scores are none"
    if not metric.weighted and counts.row_weights is not None:
        return "it takes no weights, and the rows have some"
    return None
