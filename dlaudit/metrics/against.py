"""Gaps of a fine-tuned model against those of its base on the same rows: inherited, created, removed, grown, shrunk."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from dlaudit.metrics.against_rows import Valued, spread, valued, why_not_paired
from dlaudit.metrics.against_words import judged
from dlaudit.metrics.equality import two_sided_p
from dlaudit.metrics.forms import Asked, row_parts
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import Exchanged, GapChange, NotApplicable, PairedEstimate, finite
from dlaudit.stats.intervals import mover_difference, wilson
from dlaudit.stats.paired import tango_limits

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class BothScored:
    """The same rows, in the same order, as two models scored them."""

    base: ScoredRows
    """By the base."""
    tuned: ScoredRows
    """By the audited model."""


@dataclass(frozen=True, kw_only=True)
class TwoSlices:
    """Two slices of one sensitive feature, or of an intersection, and their rows."""

    by: tuple[str, ...]
    """The feature or features."""
    slice: str
    """Id of one."""
    reference: str
    """Id of the other."""
    inside: tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]
    """Rows of either."""
    within: dict[str, str] = field(default_factory=dict)
    """Level of the control feature that both share; empty without one."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What two models' gaps come to."""

    changes: list[GapChange] = field(default_factory=list)
    """Metric by metric."""
    tests: int = 0
    """Tests that share the error rate."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What could not be compared."""


def gap_changes(both: BothScored, pairs: Sequence[TwoSlices], asked: Sequence[Asked]) -> Compared:
    """Every metric's gap between every two slices in both models, its change, and what the three tests come to.

    All tests (of both gaps and of the change) share the error rate of .05, see `adjusted_triples`.

    Args:
        both: The rows.
        pairs: Which slices are compared.
        asked: Metrics.
    """
    changes: list[GapChange] = []
    left_out: list[NotApplicable] = []
    for metric in asked:
        reason = why_not_paired(metric, both.tuned)
        if reason is not None:
            left_out.append(NotApplicable(what=f"{metric.name} against the base", reason=reason))
            continue
        for pair in pairs:
            made = _change(metric, *_alone(both, pair))
            if made is None:
                what = f"{metric.name} of {pair.slice} and {pair.reference} against the base"
                left_out.append(NotApplicable(what=what, reason=f"undefined: {metric.metric.undefined}"))
            else:
                changes.append(made)
    return Compared(changes=judged(changes), tests=3 * len(changes), not_applicable=left_out)


def _alone(both: BothScored, pair: TwoSlices) -> tuple[BothScored, TwoSlices]:
    """The rows of the two slices alone: what lies outside them adds nothing, and there may be many pairs."""
    either = pair.inside[0] | pair.inside[1]
    if either.all():
        return both, pair
    at = np.flatnonzero(either)
    rows = BothScored(base=both.base.take(at), tuned=both.tuned.take(at))
    return rows, replace(pair, inside=(pair.inside[0][at], pair.inside[1][at]))


def _change(asked: Asked, both: BothScored, pair: TwoSlices) -> GapChange | None:
    """The gap in both models, without any word on what is shown."""
    sides = [[valued(asked, rows, inside) for inside in pair.inside] for rows in (both.base, both.tuned)]
    if any(math.isnan(one.value) for model in sides for one in model):
        return None
    gaps = [one.value - other.value for one, other in sides]
    influences = [one.influence - other.influence for one, other in sides]
    tables = [_tables(asked, rows, pair) for rows in (both.base, both.tuned)]
    estimates = [
        _by_influence(gap, influence, both.tuned, _resting([model], pair)) if table is None else _by_counts(*table)
        for gap, influence, table, model in zip(gaps, influences, tables, sides, strict=True)
    ]
    exchanged = _exchanged(asked, both, pair)
    change = (
        change_of_rates(exchanged)
        if exchanged
        else _by_influence(gaps[1] - gaps[0], influences[1] - influences[0], both.tuned, _resting(sides, pair))
    )
    return GapChange(
        metric=asked.name,
        by=list(pair.by),
        within=pair.within,
        slice=pair.slice,
        reference=pair.reference,
        base=estimates[0],
        tuned=estimates[1],
        change=change,
        status="undecided",
        method="bonett_price" if exchanged else "influence",
        exchanged=exchanged,
        rows=int((pair.inside[0] | pair.inside[1]).sum()),
    )


def _resting(
    models: Sequence[Sequence[Valued]], pair: TwoSlices
) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Rows of either slice that one of the models' values rests on."""
    first, second = (np.any([model[at].counted for model in models], axis=0) & pair.inside[at] for at in (0, 1))
    return first, second


def _tables(asked: Asked, rows: ScoredRows, pair: TwoSlices) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Rows above and below the line in either slice; None unless the metric is one share of independent rows."""
    if rows.weight is not None or rows.unit is not None or asked.metric.needs not in {"confusion", "table"}:
        return None
    shares = row_parts(asked, rows)
    if len(shares) != 1:
        return None
    above, below = shares[0]
    first, second = ((int(above[inside].sum()), int(below[inside].sum())) for inside in pair.inside)
    return first, second


def _by_counts(one: tuple[int, int], other: tuple[int, int]) -> PairedEstimate:
    """A gap of two shares: MOVER with Wilson's limits, and an upper bound of the exact p-value."""
    shares = one[0] / one[1], other[0] / other[1]
    ends = mover_difference(shares[0], wilson(*one, LEVEL), shares[1], wilson(*other, LEVEL))
    return PairedEstimate(
        value=shares[0] - shares[1],
        low=finite(float(ends.low)),
        high=finite(float(ends.high)),
        p_value=two_sided_p(one, other),
    )


def _by_influence(
    value: float,
    influence: Float[np.ndarray, " n"],
    rows: ScoredRows,
    sides: tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]],
) -> PairedEstimate:
    """Student's interval and test, with as many degrees of freedom as the smaller slice has rows or units less one."""
    variance, independent = spread(influence, rows, sides)
    if independent < 2 or not variance > 0:
        return PairedEstimate(value=value, p_value=1.0 if value == 0 and independent >= 2 else None)
    error, freedom = math.sqrt(variance), independent - 1
    half = float(student.ppf((1 + LEVEL) / 2, freedom)) * error
    p = float(2 * student.sf(abs(value) / error, freedom))
    return PairedEstimate(value=value, low=value - half, high=value + half, p_value=p)


def _exchanged(asked: Asked, both: BothScored, pair: TwoSlices) -> list[Exchanged]:
    """Rows of either slice that count for one model only; none unless both rates are over the same rows."""
    if _tables(asked, both.base, pair) is None or _tables(asked, both.tuned, pair) is None:
        return []
    (old, under), (new, under_new) = (row_parts(asked, rows)[0] for rows in (both.base, both.tuned))
    either = pair.inside[0] | pair.inside[1]
    if not np.array_equal(np.asarray(under)[either], np.asarray(under_new)[either]):
        return []
    found = []
    for name, inside in zip((pair.slice, pair.reference), pair.inside, strict=True):
        gained, lost = (int((a[inside] > b[inside]).sum()) for a, b in ((new, old), (old, new)))
        n = int(np.asarray(under)[inside].sum())
        low, high = _limits(gained, lost, n)
        found.append(Exchanged(slice=name, gained=gained, lost=lost, n=n, low=finite(low), high=finite(high)))
    return found


@lru_cache(maxsize=4096)
def _limits(gained: int, lost: int, n: int) -> tuple[float, float]:
    """Tango's limits; a slice stands in many pairs."""
    low, high = tango_limits(gained, lost, n, LEVEL)
    return float(low), float(high)


def change_of_rates(exchanged: Sequence[Exchanged]) -> PairedEstimate:
    """The change of a gap from rows that changed sides in either slice, each with one row added to either side.

    Bonett and Price's adjustment (2012, DOI 10.3102/1076998611411915) in both slices, whose rows are independent.
    """
    value, middle, variance = 0.0, 0.0, 0.0
    for one, sign in zip(exchanged, (1, -1), strict=True):
        up, down, rows = (one.gained + 1) / (one.n + 2), (one.lost + 1) / (one.n + 2), one.n + 2
        value += sign * (one.gained - one.lost) / one.n
        middle += sign * (up - down)
        variance += (up + down - (up - down) ** 2) / rows
    error = math.sqrt(variance)
    half = float(-ndtri((1 - LEVEL) / 2)) * error
    p = float(2 * ndtr(-abs(middle) / error))
    return PairedEstimate(value=value, low=min(value, middle - half), high=max(value, middle + half), p_value=p)


def aligned(ids: Sequence[str], others: Sequence[str]) -> tuple[Int[np.ndarray, " m"], Int[np.ndarray, " m"]]:
    """Places in `ids` and in `others` of the rows that both have, in the order of `ids`."""
    at = {name: place for place, name in enumerate(others)}
    known = [(place, at[name]) for place, name in enumerate(ids) if name in at]
    first, second = np.array(known, dtype=np.int64).reshape(-1, 2).T
    return first, second
