"""What a metric of one slice is in a base and in the model made from it, and how far its two errors go together.

Small slices are among them, and slices that are compared with no other: a gate judges from these what got worse.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import t as student

from dlaudit.metrics.against import LEVEL, BothScored
from dlaudit.metrics.against_rows import Valued, valued, why_not_paired
from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.counts import cell_codes
from dlaudit.metrics.forms import Asked, denominators, row_parts
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import RateChange, finite
from dlaudit.stats.paired import tango_limits


@dataclass(frozen=True, kw_only=True)
class OneSlice:
    """A slice of a comparison, and its rows."""

    by: tuple[str, ...]
    """The feature or features that are compared."""
    slice: str
    """Its id."""
    inside: Bool[np.ndarray, " n"]
    """Its rows."""
    within: dict[str, str] = field(default_factory=dict)
    """Level of the control feature; empty without one."""
    crossing: bool = False
    """Whether some unit has rows in another slice of the same comparison too."""


def rate_changes(both: BothScored, slices: Sequence[OneSlice], asked: Sequence[Asked]) -> list[RateChange]:
    """Every metric of every slice in both models; metrics that have no influences are passed over.

    Args:
        both: The rows.
        slices: Slices of all comparisons.
        asked: Metrics.
    """
    able = [one for one in asked if why_not_paired(one, both.tuned) is None]
    places = [np.flatnonzero(one.inside) for one in slices]
    parts = [BothScored(base=both.base.take(at), tuned=both.tuned.take(at)) for at in places]
    return [_change(metric, part, one) for metric in able for part, one in zip(parts, slices, strict=True)]


def _change(asked: Asked, both: BothScored, one: OneSlice) -> RateChange:
    rows = len(both.tuned)
    bare = RateChange(metric=asked.name, by=list(one.by), within=one.within, slice=one.slice, rows=rows)
    inside = np.ones(rows, dtype=bool)
    base, tuned = (valued(asked, part, inside) for part in (both.base, both.tuned))
    values = {"base": finite(base.value), "tuned": finite(tuned.value)}
    missing = [name for name, value in zip(("earlier", "later"), values.values(), strict=True) if value is None]
    if missing:
        which = "both models" if len(missing) == 2 else f"the {missing[0]} model"
        return bare.model_copy(update={**values, "undefined": f"{asked.metric.undefined} in {which}"})
    found = _counted(asked, both) or _spread(asked, both, (base, tuned))
    return bare.model_copy(update={**values, **found, "crossing": one.crossing})


def _counted(asked: Asked, both: BothScored) -> dict[str, Any] | None:
    """Rows that count for both models, and for one of them only; None unless that is all that the metric rests on."""
    rows = both.tuned
    if rows.weight is not None or rows.unit is not None or asked.metric.needs not in {"confusion", "table"}:
        return None
    if not _same_rows(asked, rows):
        return None
    ((old, under),), ((new, _),) = row_parts(asked, both.base), row_parts(asked, rows)
    n, gained, lost = int(under.sum()), int((new > old).sum()), int((new < old).sum())
    limits = tango_limits(gained, lost, n, LEVEL)
    return {
        "n": n,
        "both": int(((new > 0) & (old > 0)).sum()),
        "gained": gained,
        "lost": lost,
        "low": finite(float(limits.low)),
        "high": finite(float(limits.high)),
    }


def _same_rows(asked: Asked, rows: ScoredRows) -> bool:
    """Whether the metric is one share whose denominator does not depend on what a model predicts.

    That is told by the metric and not by the rows: what two models happen to agree on must not settle how it is judged.
    """
    _, side = cell_codes(rows.take(np.zeros(0, dtype=np.int64)))
    below = denominators(asked, rows)
    if len(below) != 1:
        return False
    of_truth = below[0].reshape(side, side)
    return bool((of_truth == of_truth[:, :1]).all())


def _spread(asked: Asked, both: BothScored, values: tuple[Valued, Valued]) -> dict[str, Any]:
    """Variances and covariance of the two values, and Student's interval of the change.

    To a share whose rows differ in the two models two rows are added that changed sides, one each way, as Bonett and
    Price do (2012, DOI 10.3102/1076998611411915): few changes among few rows are no sign of certainty. Where every row
    counts as it did, a mean did not change at all.
    """
    old, new = values[0].influence, values[1].influence
    rests = values[0].counted | values[1].counted
    variances, independent = _variances(old, new, both.tuned, rests)
    change = values[1].value - values[0].value
    if independent < 2 or not np.isfinite(variances).all():
        return {}
    if asked.metric.needs in {"confusion", "table"}:
        variances[:2] += 1 / min(int(one.counted.sum()) for one in values) ** 2
    elif change == 0 and np.array_equal(old, new):
        return _told(variances, independent, (0.0, 0.0))
    moved = variances[0] + variances[1] - 2 * variances[2]
    if not moved > 0:
        return {}
    half = float(student.ppf((1 + LEVEL) / 2, independent - 1)) * math.sqrt(moved)
    return _told(variances, independent, (change - half, change + half))


def _told(variances: Float[np.ndarray, " 3"], independent: int, ends: tuple[float, float]) -> dict[str, Any]:
    base, tuned, covariance = (finite(float(one)) for one in variances)
    return {
        "variance_base": base,
        "variance_tuned": tuned,
        "covariance": covariance,
        "freedom": float(independent - 1),
        "low": finite(ends[0]),
        "high": finite(ends[1]),
    }


def _variances(
    old: Float[np.ndarray, " n"], new: Float[np.ndarray, " n"], rows: ScoredRows, rests: Bool[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " 3"], int]:
    """Variance of the base's value, of the audited model's, and their covariance; and rows or units they rest on."""
    if rows.unit is not None:
        found = [between_units(part, rows.unit)[0] for part in (old, new, old + new)]
        return np.array([found[0], found[1], (found[2] - found[0] - found[1]) / 2]), len(np.unique(rows.unit[rests]))
    n = int(rests.sum())
    if n < 2:
        return np.full(3, np.nan), n
    return n / (n - 1) * np.array([float(old @ old), float(new @ new), float(old @ new)]), n
