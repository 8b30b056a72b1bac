"""One gap in words: between which two slices, how large, against which limit, and in people."""

import math
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.nouns import nouns, spoken_of
from dlaudit.outputs.words import (
    Sentence,
    capitalised,
    difference,
    figure,
    joined,
    label,
    people,
    said,
    words,
)
from dlaudit.record import Audit, Check, Disparity, Measurement


@dataclass(frozen=True)
class Gap:
    """A gap as a sentence tells it: of a check or of a disparity."""

    metric: str
    kind: str
    by: list[str]
    value: float | None
    low: float | None
    high: float | None
    worst: str | None
    reference: str | None


@dataclass(frozen=True)
class _Side:
    """One slice of a gap and its value."""

    slice: str
    value: float
    rows: float
    """What the value is a share of; the slice's rows where it is no share."""


def gap_of(one: Check | Disparity) -> Gap:
    """What a check and a disparity have in common."""
    value = one.observed if isinstance(one, Check) else one.value
    return Gap(one.metric, one.kind, one.by, value, one.low, one.high, one.worst, one.reference)


def check_sentence(audit: Audit, check: Check) -> Sentence:
    """What was observed and what was allowed: `People with … are selected 0.45 times as often as …; you allowed …`."""
    gap = gap_of(check)
    key = "no_less" if check.bound == "min" else "no_more"
    return capitalised(said(key, core=gap_core(audit, gap, check.limit), limit=allowed(gap, check.limit)))


def gap_core(audit: Audit, gap: Gap, limit: float | None) -> Sentence:
    """The gap as a clause; against `limit` in as many digits as tell them apart.

    Slices are named only where their own values give the gap: a check may name the slice that keeps it from being
    decided rather than the one with the widest gap.
    """
    named = label(gap.metric)
    where = joined(gap.by) if gap.by else ("any feature",)
    if gap.value is None:
        return said("unknown_gap", kind=gap.kind, label=named, by=where)
    value = observed(gap, limit)
    sides = _sides(audit, gap)
    if not sides:
        return said("gap", kind=gap.kind, label=named, by=where, value=value)
    if gap.kind == "value":
        return said("value", label=named, one=people(audit, sides[0].slice), value=value)
    one, other = (_whom(audit, gap, side.slice) for side in sides)
    spoken = spoken_of(audit, gap.metric)
    if gap.kind == "ratio":
        key = "ratio_rate" if spoken.clause else "ratio_other"
        return said(key, low=one, high=other, clause=spoken.clause, value=value, label=named)
    key = "difference_rate" if spoken.clause else ("difference_points" if spoken.rate else "difference_other")
    is_lower = sides[0].value < sides[1].value
    return said(
        key,
        one=one,
        other=other,
        clause=spoken.clause,
        label=named,
        value=value.removesuffix(text.POINTS),
        more="less" if is_lower else "more",
        higher="lower" if is_lower else "higher",
    )


def observed(gap: Gap, limit: float | None) -> str:
    """The gap's value, told apart from its limit where the two would read the same."""
    if gap.value is None:
        return text.NONE
    limit = gap.value if limit is None else limit
    if gap.kind == "ratio":
        return text.apart(gap.value, limit, text.ratio)
    if words(gap.metric).rate and gap.kind == "difference":
        return text.apart(gap.value * 100, limit * 100, _hundreds_of(text.points)).lstrip("+") + text.POINTS
    if words(gap.metric).rate:
        return text.apart(gap.value * 100, limit * 100, _hundreds_of(text.percent)) + text.PERCENT
    return text.apart(gap.value, limit, text.decimal)


def allowed(gap: Gap, limit: float) -> str:
    """The limit as the sentence says it: percentage points of a rate's difference without their unit."""
    if gap.kind == "ratio":
        return text.given(limit, 2)
    if words(gap.metric).rate:
        return text.given(limit * 100) + (text.PERCENT if gap.kind == "value" else "")
    return text.given(limit)


def change_of(metric: str, value: float | None) -> str:
    """A difference with its unit: `−13.0 points` of a rate."""
    written = difference(metric)(value)
    return f"{written}{text.POINTS}" if words(metric).rate and value not in (None, 0) else written


def end_of(gap: Gap, value: float | None) -> str:
    """An end of a gap's interval, without its unit."""
    if value is None or gap.kind == "ratio":
        return text.ratio(value)
    if words(gap.metric).rate and gap.kind == "difference":
        return text.points(value).lstrip("+")
    return figure(gap.metric)(value)


def in_people(audit: Audit, gap: Gap | None) -> tuple[str | None, Sentence]:
    """The gap as heads (`13 in 100`) and what they are; no heads where the metric is no share of people."""
    if gap is None or gap.value is None:
        return None, said("nobody")
    spoken = spoken_of(audit, gap.metric)
    if not spoken.clause or gap.kind == "value":
        return None, said("people_other", rows=nouns(audit).heads)
    sides = _sides(audit, gap)
    if not sides:
        return None, said("people_unknown")
    one, other = sides
    heads = text.in_people(one.value - other.value)
    if heads is None:
        return None, said("people_none")
    told = said(
        "people_rate",
        more="fewer" if one.value < other.value else "more",
        one=_whom(audit, gap, one.slice),
        clause=spoken.clause,
        rate=text.percent(one.value),
        n=f"a weight of {text.count(one.rows)}" if audit.data.weight else text.count(one.rows),
        reference=text.percent(other.value),
    )
    return f"{heads[0]} in {heads[1]}", told


def _sides(audit: Audit, gap: Gap) -> list[_Side]:
    """The slice that a sentence is about and the one it is compared with; empty where no two values give the gap."""
    compared = {one.id for one in audit.slices if one.by == gap.by and not one.unknown}
    values = {one.slice: one for one in audit.measurements if one.metric == gap.metric and one.value is not None}
    inside = sorted((one for one in values.values() if one.slice in compared), key=lambda one: one.value or 0.0)
    if gap.kind == "value":
        single = [values[gap.worst]] if gap.worst in values else inside
        return [_side(one) for one in single if _same(one.value, gap.value)][:1]
    pairs = [[values[end] for end in (gap.worst, gap.reference) if end in values], [*inside[:1], *inside[-1:]]]
    for pair in pairs:
        sides = [_side(one) for one in pair]
        for one, other in (sides, sides[::-1]) if len(sides) == 2 else ():
            if _gives(one, other, gap):
                return [one, other]
    return []


def _gives(one: _Side, other: _Side, gap: Gap) -> bool:
    if gap.kind == "ratio":
        return other.value != 0 and _same(one.value / other.value, gap.value)
    return _same(abs(one.value - other.value), abs(gap.value or 0.0))


def _side(one: Measurement) -> _Side:
    return _Side(one.slice, one.value or 0.0, one.denominator if one.denominator is not None else one.n)


def _same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def _whom(audit: Audit, gap: Gap, slice_id: str) -> Sentence:
    spoken = spoken_of(audit, gap.metric)
    return (*people(audit, slice_id), spoken.among) if spoken.clause and spoken.among else people(audit, slice_id)


def _hundreds_of(form: text.Format) -> text.Format:
    """The form of a share, applied to a share times 100, without the unit."""
    return lambda value: form(None if value is None else value / 100).removesuffix(text.PERCENT)
