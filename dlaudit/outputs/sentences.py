"""The verdict, the gaps and the contributions in whole sentences: a small grammar over the Audit and the Verdict."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.order import metrics_of, shown_first
from dlaudit.outputs.words import (
    Prose,
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
from dlaudit.record import Audit, Check, Decomposition, Disparity, Measurement, Verdict

FOLDED = 0.03
"""A contribution below this share of the largest is not spoken of."""


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


def gap_of(one: Check | Disparity) -> Gap:
    """What a check and a disparity have in common."""
    value = one.observed if isinstance(one, Check) else one.value
    return Gap(one.metric, one.kind, one.by, value, one.low, one.high, one.worst, one.reference)


def measured(audit: Audit, metric: str, slice_id: str | None) -> Measurement | None:
    """The metric on that slice, where both are there and it is defined."""
    for one in audit.measurements:
        if one.metric == metric and one.slice == slice_id:
            return one if one.is_defined else None
    return None


def headline(audit: Audit, verdict: Verdict | None) -> Sentence:
    """The verdict in one sentence."""
    if verdict is None or verdict.outcome == "none":
        return said("none")
    if verdict.outcome == "fail" and (failed := headline_check(verdict)) is not None:
        return check_sentence(audit, failed)
    if verdict.outcome == "pass":
        return said("pass", scope=_scope(verdict))
    open_checks = sum(one.outcome == "undecided" for one in verdict.checks)
    return said(
        "undecided",
        open=text.count(open_checks),
        all=text.count(len(verdict.checks)),
        checks="check" if len(verdict.checks) == 1 else "checks",
        have="has" if open_checks == 1 else "have",
    )


def headline_check(verdict: Verdict | None) -> Check | None:
    """The check that the verdict turns on: failed before undecided before passed, most serious level, widest excess."""
    if verdict is None or not verdict.checks:
        return None
    return min(verdict.checks, key=severity)


def severity(check: Check) -> tuple[int, int, int, float]:
    """A sort key: the checks that matter most come first."""
    outcome = {"fail": 0, "undecided": 1, "pass": 2, "none": 3}[check.outcome]
    level = {"error": 0, "warning": 1, "note": 2}[check.level]
    excess = 0.0
    if check.observed is not None:
        excess = check.limit - check.observed if check.bound == "min" else check.observed - check.limit
    return outcome, int(check.waived), level, -excess / (abs(check.limit) or 1.0)


def check_sentence(audit: Audit, check: Check) -> Sentence:
    """What was observed and what was allowed: `People with … are selected 0.45 times as often as …; you allowed …`."""
    gap = gap_of(check)
    key = "no_less" if check.bound == "min" else "no_more"
    return capitalised(said(key, core=gap_core(audit, gap, check.limit), limit=allowed(gap, check.limit)))


def gap_sentence(audit: Audit, gap: Gap) -> Sentence:
    """The gap alone, without a limit, with a capital letter and without a full stop."""
    return capitalised(gap_core(audit, gap, None))


def gap_core(audit: Audit, gap: Gap, limit: float | None) -> Sentence:
    """The gap as a clause; against `limit` in as many digits as tell them apart."""
    spoken, named = words(gap.metric), label(gap.metric)
    where = joined(gap.by) if gap.by else ("any feature",)
    if gap.value is None:
        return said("unknown_gap", kind=gap.kind, label=named, by=where)
    value = observed(gap, limit)
    if gap.kind == "value":
        return said("value", label=named, one=people(audit, gap.worst), value=value)
    one, other = (measured(audit, gap.metric, slice_id) for slice_id in (gap.worst, gap.reference))
    if one is None or other is None or one.value is None or other.value is None:
        return said("gap", kind=gap.kind, label=named, by=where, value=value)
    if gap.kind == "ratio":
        low, high = (one, other) if one.value <= other.value else (other, one)
        key = "ratio_rate" if spoken.clause else "ratio_other"
        ends = {"low": _whom(audit, gap, low.slice), "high": _whom(audit, gap, high.slice)}
        return said(key, **ends, clause=spoken.clause, value=value, label=named)
    lower = one.value < other.value
    size = value.removesuffix(text.POINTS)
    key = "difference_rate" if spoken.clause else ("difference_points" if spoken.rate else "difference_other")
    return said(
        key,
        one=_whom(audit, gap, one.slice),
        other=_whom(audit, gap, other.slice),
        clause=spoken.clause,
        label=named,
        value=size,
        more="less" if lower else "more",
        higher="lower" if lower else "higher",
    )


def observed(gap: Gap, limit: float | None) -> str:
    """The gap's value, told apart from its limit where the two would read the same."""
    if gap.value is None:
        return text.NONE
    limit = gap.value if limit is None else limit
    if gap.kind == "ratio":
        return text.apart(gap.value, limit, text.ratio)
    if words(gap.metric).rate and gap.kind == "difference":
        return text.apart(gap.value * 100, limit * 100, _size_in_points) + text.POINTS
    if words(gap.metric).rate:
        return text.apart(gap.value * 100, limit * 100, lambda v: text.percent(_hundredth(v))[:-1]) + "%"
    return text.apart(gap.value, limit, text.decimal)


def allowed(gap: Gap, limit: float) -> str:
    """The limit as the sentence says it: percentage points of a rate's difference without their unit."""
    if gap.kind == "ratio":
        return text.given(limit, 2)
    if words(gap.metric).rate:
        return f"{text.given(limit * 100, 0)}%" if gap.kind == "value" else text.given(limit * 100, 0)
    return text.decimal(limit)


def also(audit: Audit, verdict: Verdict | None) -> list[Sentence]:
    """What stands under the headline: the check's own reason, how many more failed, what the gap is made of."""
    lines: list[Sentence] = []
    check = headline_check(verdict)
    if verdict is not None and check is not None:
        lines.append((Prose(check.reason),))
        more = sum(one.outcome == "fail" for one in verdict.checks) - 1
        if more > 0:
            noun = "check is" if more == 1 else "checks are"
            lines.append(said("others_fail", count=text.count(more), checks=noun))
    elif (widest := widest_disparity(audit)) is not None:
        lines.append(said("none_gap", core=gap_core(audit, gap_of(widest), None)))
    return lines


def widest_disparity(audit: Audit) -> Disparity | None:
    """The largest difference of the first metric shown that has one, over single features and without control."""
    for metric in shown_first(audit, None) or metrics_of(audit):
        found = [
            one
            for one in audit.disparities
            if one.metric == metric and one.kind == "difference" and one.is_defined and not one.within
        ]
        if found:
            return max(found, key=lambda one: (len(one.by) == 1, one.value or 0.0))
    return None


def in_people(audit: Audit, gap: Gap | None) -> tuple[str | None, Sentence]:
    """The gap as heads (`13 in 100`) and what they are; no heads where the metric is no share of people."""
    if gap is None:
        return None, said("nobody")
    spoken = words(gap.metric)
    if not spoken.clause or gap.kind == "value":
        return None, said("people_other")
    one, other = (measured(audit, gap.metric, slice_id) for slice_id in (gap.worst, gap.reference))
    if one is None or other is None or one.value is None or other.value is None:
        return None, said("nobody")
    heads = text.in_people(one.value - other.value)
    if heads is None:
        return None, said("people_none")
    told = said(
        "people_rate",
        more="fewer" if one.value < other.value else "more",
        one=_whom(audit, gap, one.slice),
        clause=spoken.clause,
        rate=text.percent(one.value),
        n=text.count(one.denominator if one.denominator is not None else one.n),
        reference=text.percent(other.value),
    )
    return f"{heads[0]} in {heads[1]}", told


def made_of(split: Decomposition) -> Sentence:
    """`In the model's arithmetic the gap comes mostly from A and B, partly offset by C.`; empty without a gap."""
    largest = max((abs(part.value) for part in split.contributions), default=0.0)
    if largest == 0:
        return ()
    named = [part for part in split.contributions if abs(part.value) >= FOLDED * largest]
    with_gap = [part.feature for part in named if (part.value < 0) == (split.gap < 0)][:2]
    against = [part.feature for part in named if (part.value < 0) != (split.gap < 0)][:1]
    if not with_gap:
        return ()
    mostly = said("why_mostly", label=label(split.metric), inputs=joined(with_gap))
    offset = said("why_offset", inputs=joined(against)) if against else ()
    return (*mostly, *offset, ".")


def gap_told(audit: Audit, split: Decomposition) -> Sentence:
    """Which two slices a decomposition compares and by how much they differ."""
    return said(
        "why_gap",
        label=label(split.metric),
        gap=figure(split.metric)(abs(split.gap)),
        higher="lower" if split.gap < 0 else "higher",
        slice=people(audit, split.slice),
        reference=people(audit, split.reference),
    )


def change_of(metric: str, value: float | None) -> str:
    """A difference with its unit: `−13.0 points` of a rate."""
    written = difference(metric)(value)
    return f"{written}{text.POINTS}" if words(metric).rate and value not in (None, 0) else written


def _whom(audit: Audit, gap: Gap, slice_id: str) -> Sentence:
    spoken = words(gap.metric)
    return (*people(audit, slice_id), spoken.among) if spoken.clause and spoken.among else people(audit, slice_id)


def _scope(verdict: Verdict) -> Sentence:
    assessed = {slice_id for one in verdict.checks for slice_id in one.assessed}
    missed = {slice_id for one in verdict.checks for slice_id in one.not_assessed}
    if not missed:
        return ()
    return said("pass_scope", assessed=text.count(len(assessed - missed)), all=text.count(len(assessed | missed)))


def _size_in_points(value: float | None) -> str:
    return text.points(_hundredth(abs(value or 0.0))).lstrip("+")


def _hundredth(value: float | None) -> float | None:
    return None if value is None else value / 100
