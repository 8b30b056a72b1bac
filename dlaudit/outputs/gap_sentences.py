"""One gap in words: between which two slices, how large, against which limit, and in people."""

import math
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue_metrics import MetricWords
from dlaudit.outputs.catalogue_rates import AMONG, RATES
from dlaudit.outputs.drop_sentences import drop_of, fell_told, is_drop, then
from dlaudit.outputs.nouns import nouns, spoken_of
from dlaudit.outputs.translate import N_, Words, _
from dlaudit.outputs.words import (
    Sentence,
    capitalised,
    difference,
    figure,
    filled,
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
    # what got worse since the earlier run is a difference of two values, in their unit
    is_change = isinstance(one, Check) and is_drop(one)
    return Gap(
        one.metric, "difference" if is_change else one.kind, one.by, value, one.low, one.high, one.worst, one.reference
    )


_WORSE = Words(
    {
        "difference": N_("Since {then} the difference of {label} by {by} got worse by {value}; {limit}."),
        "ratio": N_("Since {then} the ratio of {label} by {by} got worse by {value}; {limit}."),
        "value": N_("Since {then} the {label} by {by} got worse by {value}; {limit}."),
    }
)
_NOT_WORSE = Words(
    {
        "difference": N_("Since {then} the difference of {label} by {by} did not get worse; {limit}."),
        "ratio": N_("Since {then} the ratio of {label} by {by} did not get worse; {limit}."),
        "value": N_("Since {then} the {label} by {by} did not get worse in any slice; {limit}."),
    }
)
_UNKNOWN_SINCE = Words(
    {
        "difference": N_("What became of the difference of {label} by {by} since {then} is not known."),
        "ratio": N_("What became of the ratio of {label} by {by} since {then} is not known."),
        "value": N_("What became of the {label} by {by} since {then} is not known."),
    }
)


def check_sentence(audit: Audit, check: Check) -> Sentence:
    """What was observed and what was allowed: `People with … are selected 0.45 times as often as …; you allowed …`."""
    gap = gap_of(check)
    if check.compare is not None:
        return _since_then(audit, check, gap)
    key = "no_less" if check.bound == "min" else "no_more"
    limit = allowed(gap, check.limit)
    if gap.value is None and gap.kind == "difference" and words(gap.metric).rate:
        limit += text.points_unit()  # which the sentence has not said yet
    return capitalised(said(key, core=gap_core(audit, gap, check.limit), limit=limit))


def _since_then(audit: Audit, check: Check, gap: Gap) -> Sentence:
    """How much worse a figure got, in which slice where that is known, and how much worse it might have got."""
    by = joined(gap.by) if gap.by else (_("any feature"),)
    told: dict[str, str | Sentence] = {"then": then(audit.baseline), "label": label(gap.metric), "by": by}
    if check.observed is None:
        return filled(_UNKNOWN_SINCE[check.kind], **told)
    limit = filled(_("you allowed no more than {limit}"), limit=allowed(gap, check.limit))
    if check.observed <= 0:
        return filled(_NOT_WORSE[check.kind], **told, limit=limit)
    value = observed(gap, check.limit)
    return fell_told(audit, check, value, limit) or filled(_WORSE[check.kind], **told, value=value, limit=limit)


def gap_core(audit: Audit, gap: Gap, limit: float | None) -> Sentence:
    """The gap as a clause; against `limit` in as many digits as tell them apart.

    Slices are named only where their own values give the gap: a check may name the slice that keeps it from being
    decided rather than the one with the widest gap.
    """
    named = label(gap.metric)
    where = joined(gap.by) if gap.by else (_("any feature"),)
    if gap.value is None:
        return said(f"unknown_{gap.kind}", label=named, by=where)
    value = observed(gap, limit)
    sides = _sides(audit, gap)
    if not sides:
        return said(f"gap_{gap.kind}", label=named, by=where, value=value)
    if gap.kind == "value":
        return said("value", label=named, one=people(audit, sides[0].slice), value=value)
    one, other = (_whom(audit, gap, side.slice) for side in sides)
    spoken = spoken_of(audit, gap.metric)
    rate = RATES.get(spoken.clause)
    if gap.value == (1 if gap.kind == "ratio" else 0):
        same = filled(_(rate.same), one=one, other=other) if rate is not None else ()
        return same or said("number_same", one=one, other=other, label=named)
    value = text.worded(value)
    if gap.kind == "ratio":
        if rate is not None:
            return filled(_(rate.ratio), low=one, high=other, value=value)
        return said("ratio_other", low=one, high=other, value=value, label=named)
    is_lower = sides[0].value < sides[1].value
    size = value.removesuffix(text.points_unit())
    if rate is not None:
        return filled(_(rate.less if is_lower else rate.more), one=one, other=other, value=size)
    key = f"{'points' if spoken.rate else 'number'}_{'lower' if is_lower else 'higher'}"
    return said(key, one=one, other=other, label=named, value=size)


def observed(gap: Gap, limit: float | None) -> str:
    """The gap's value, told apart from its limit where the two would read the same."""
    if gap.value is None:
        return text.NONE
    limit = gap.value if limit is None else limit
    if gap.kind == "ratio":
        return text.apart(gap.value, limit, text.ratio)
    if words(gap.metric).rate and gap.kind == "difference":
        return text.apart(gap.value * 100, limit * 100, _hundreds_of(text.points)).lstrip("+") + text.points_unit()
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
    return f"{written}{text.points_unit()}" if words(metric).rate and value not in (None, 0) else written


def end_of(gap: Gap, value: float | None) -> str:
    """An end of a gap's interval, without its unit."""
    if value is None or gap.kind == "ratio":
        return text.ratio(value)
    if words(gap.metric).rate and gap.kind == "difference":
        return text.points(value).lstrip("+")
    return figure(gap.metric)(value)


def drop_in_people(audit: Audit, check: Check) -> tuple[str | None, Sentence]:
    """How many more, or fewer, people of one slice than before; nothing where that is not known."""
    found = drop_of(audit, check)
    rate = RATES.get(spoken_of(audit, check.metric).clause)
    heads = text.in_people(found.new - found.old) if found is not None and rate is not None else None
    if found is None or rate is None or heads is None:
        return None, ()
    size = text.count(found.rows)
    told = filled(
        _(rate.heads_fewer if found.new < found.old else rate.heads_more),
        one=_whom(audit, gap_of(check), found.slice),
        rate=text.percent(found.new),
        n=_("a weight of {size}").format(size=size) if audit.data.weight else size,
        reference=_("{rate} before").format(rate=text.percent(found.old)),
    )
    return _("{heads} in {base}").format(heads=heads[0], base=heads[1]), told


def in_people(audit: Audit, gap: Gap | None) -> tuple[str | None, Sentence]:
    """The gap as heads (`13 in 100`) and what they are; no heads where the metric is no share of people."""
    if gap is None or gap.value is None:
        return None, said("nobody")
    rate = RATES.get(spoken_of(audit, gap.metric).clause)
    if rate is None:
        return None, said("people_other", rows=nouns(audit).heads)
    sides = _sides(audit, gap)
    if not sides:
        return None, said("people_unknown")
    one, *others = sides
    other = others[0] if others else None
    heads = text.in_people(one.value - (other.value if other else 0.0))
    if heads is None:
        return None, said("people_none" if other else "people_nobody")
    size = text.count(one.rows)
    form = rate.heads_of if other is None else rate.heads_fewer if one.value < other.value else rate.heads_more
    told = filled(
        _(form),
        one=_whom(audit, gap, one.slice),
        rate=text.percent(one.value),
        n=_("a weight of {size}").format(size=size) if audit.data.weight else size,
        reference=text.percent(other.value if other else None),
    )
    return _("{heads} in {base}").format(heads=heads[0], base=heads[1]), told


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
    return those(spoken_of(audit, gap.metric), people(audit, slice_id))


def those(spoken: MetricWords, whom: Sentence) -> Sentence:
    """Those of them that a metric is a share of: `people with race = Black who are truly positive`."""
    return filled(_(AMONG[spoken.among]), people=whom) if spoken.clause and spoken.among else whom


def _hundreds_of(form: text.Format) -> text.Format:
    """The form of a share, applied to a share times 100, without the unit."""
    return lambda value: form(None if value is None else value / 100).removesuffix(text.PERCENT)
