"""Whether an audit.json from anywhere hangs together: what the report draws and the gate judges relies on it.

The schema says of what type each value is. Here it is asked that the values speak of the same slices and do not
contradict each other: a file that was edited by hand, or made up, is refused instead of being judged by the half of it
that a rule happens to read.
"""

import math
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from dlaudit.errors import shown
from dlaudit.record.audit import Audit
from dlaudit.record.base import Estimate
from dlaudit.record.coherent_changes import change_faults
from dlaudit.record.coherent_distributions import distribution_faults
from dlaudit.record.coherent_examples import example_faults
from dlaudit.record.judged import Verdict
from dlaudit.record.measured import Disparity, Measurement, Slice

DEEPEST = 64
"""Levels of nesting of an audit.json; dlaudit itself writes fewer than ten."""
_LARGEST = sys.float_info.max
_FARTHEST = 1e100
"""Beyond all limits and figures of a check: scores and labels are at most 3.4e38."""
_MOST_LEAST = 10**15
_ROUNDING = 1e-6


def document_fault(document: object) -> str | None:
    """What a parsed audit.json holds that no audit does: deep nesting, broken text, numbers beyond any measure."""
    layer: list[Any] = [document]
    for _ in range(DEEPEST):
        layer = list(_within(layer))
        for one in layer:
            if isinstance(one, str) and not _is_text(one):
                return "a text holds half a character (a lone surrogate)"
            if isinstance(one, float | int) and abs(one) > _LARGEST:
                return f"a number is larger than {_LARGEST:g}"
        if not layer:
            return None
    return f"it is nested more than {DEEPEST} levels deep"


def contradiction(audit: Audit, verdict: Verdict | None) -> str | None:
    """The first thing in which the audit contradicts itself; None where it hangs together."""
    faults: Iterator[str] = chain(
        _slice_faults(audit.slices),
        _hidden_faults(audit),
        _measurement_faults(audit.measurements),
        _unknown_slices(audit),
        _number_faults(audit, verdict),
        change_faults(audit),
        distribution_faults(audit),
        example_faults(audit),
    )
    return next(faults, None)


def _within(layer: Iterable[object]) -> Iterator[Any]:
    for one in layer:
        if isinstance(one, dict):
            yield from one.keys()
            yield from one.values()
        elif isinstance(one, list):
            yield from one


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _slice_faults(slices: list[Slice]) -> Iterator[str]:
    seen: set[str] = set()
    for one in slices:
        if one.id in seen:
            yield f"slice {shown(one.id)} is there twice"
        seen.add(one.id)
        if sorted(one.by) != sorted(one.where):
            yield f"slice {shown(one.id)} is by other features than it has levels of"
        if one.n < 0 or not 0 <= one.share <= 1 + _ROUNDING:
            yield f"slice {shown(one.id)} has a size that no slice has"


def _hidden_faults(audit: Audit) -> Iterator[str]:
    """What a suppressed audit says of the slices that it does not show."""
    if audit.suppression is None:
        return
    known = {one.id for one in audit.slices}
    for one in audit.suppression.slices:
        if one.id in known:
            yield f"slice {shown(one.id)} is both shown and hidden"
        if sorted(one.by) != sorted(one.where):
            yield f"the hidden slice {shown(one.id)} is by other features than it has levels of"
    if not 1 < audit.suppression.least < _MOST_LEAST:
        yield "no audit hides counts below such a number"


def _measurement_faults(measurements: list[Measurement]) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for one in measurements:
        named = f"{shown(one.metric)} on {shown(one.slice)}"
        if (one.metric, one.slice) in seen:
            yield f"{named} is measured twice"
        seen.add((one.metric, one.slice))
        if _is_no_ratio(one):
            yield f"{named} is not its numerator over its denominator"


def _is_no_ratio(one: Estimate) -> bool:
    """Whether the value is another than that of the counts beside it, on which the gate judges."""
    if one.value is None or one.numerator is None or one.denominator is None:
        return False
    if one.denominator <= 0:
        return True
    return not math.isclose(one.value, one.numerator / one.denominator, rel_tol=_ROUNDING, abs_tol=_ROUNDING)


def _unknown_slices(audit: Audit) -> Iterator[str]:
    """Names of slices that are not among the audit's own."""
    known = {one.id for one in audit.slices}
    named = chain(
        (one.slice for one in audit.measurements),
        (name for one in audit.disparities for name in (*one.slices, *one.undefined_slices)),
        (one.slice for one in audit.attributions),
        (name for one in audit.decompositions for name in (one.slice, one.reference)),
    )
    yield from (f"there is no slice {shown(name)}, of which it speaks" for name in named if name not in known)


def _number_faults(audit: Audit, verdict: Verdict | None) -> Iterator[str]:
    estimates: list[Measurement | Disparity] = [*audit.measurements, *audit.disparities]
    for one in estimates:
        ends = (one.low, one.high)
        if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
            yield f"the interval of {shown(one.metric)} ends before it begins"
        if one.n < 0 or not 0 < one.level < 1:
            yield f"{shown(one.metric)} rests on {one.n} rows at level {one.level:g}"
    for check in verdict.checks if verdict is not None else []:
        if not 0 < check.alpha < 1 or (check.rows_needed or 0) < 0:
            yield f"check {shown(check.rule)} has an error rate or a number of rows that no check has"
        told = (check.limit, check.observed, check.low, check.high, check.fails_up_to, check.passes_from)
        if any(abs(number) > _FARTHEST for number in told if number is not None):
            yield f"check {shown(check.rule)} has a limit or a figure beyond {_FARTHEST:g}"
