"""Rules about what lies behind gaps: scores that are no shares, other thresholds, doubts that could close a gap."""

import math
from collections.abc import Iterator

from dlaudit.findings.few import first_few
from dlaudit.findings.gap_rules import excludes_none
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import counted, interval, name, names, number
from dlaudit.record.audit import Audit
from dlaudit.record.distributions import Calibration, Sensitivity, ThresholdSweep
from dlaudit.record.judged import Finding

WARN_FROM = 0.05
"""Scores that lie at least this far from shares (root of the mean square) are a warning."""
MOST_TOLD = 3
"""Findings of one rule; the others share one."""
_DOUBT = {
    "slice_labels": "{share} of rows in wrong slices",
    "unknown_slice": "the {share} of rows of unknown level",
    "target_labels": "up to {share} of wrong labels in every slice",
}


@finding_rule("DLA455")
def miscalibrated(observed: Observed) -> Iterator[Finding]:
    """What `_miscalibrated` finds, the widest first."""
    found = sorted(_miscalibrated(observed), key=lambda one: -one.evidence["squared_error"])
    yield from first_few(
        found, MOST_TOLD, ("class or label", "Scores also differ from shares"), "the calibration of the report"
    )


def _miscalibrated(observed: Observed) -> Iterator[Finding]:
    """Slices whose scores are further from shares of positive labels than chance explains, one finding per output.

    The intervals hold for all slices of an output together, so that a calibrated model is told at most one time in
    twenty.
    """
    outputs: dict[str, list[Calibration]] = {}
    for one in observed.audit.calibrations:
        outputs.setdefault(one.output, []).append(one)
    for output, found in outputs.items():
        off = [one for one in found if (one.squared_error.low or 0.0) > 0]
        if not off:
            continue
        surest = max(off, key=lambda one: one.squared_error.low or 0.0)
        error = surest.squared_error
        least, most = (math.sqrt(max(end or 0.0, 0.0)) for end in (error.low, error.high))
        yield finding(
            "DLA455",
            "warning" if least >= WARN_FROM else "note",
            f"scores of {output}",
            f"Scores differ from shares of positive labels by more than chance in {names(one.slice for one in off)} "
            f"({len(off)} of {counted(len(found), 'slice')}), most surely in {name(surest.slice)}: by "
            f"{number(math.sqrt(max(error.value or 0.0, 0.0)))} as a root mean square (simultaneous "
            f"{100 * error.level:.0f} % interval {interval(least, most)}).",
            evidence={"output": output, "slices": [one.slice for one in off], "squared_error": error.value},
        )


@finding_rule("DLA456")
def other_thresholds(observed: Observed) -> Iterator[Finding]:
    """What `_other_thresholds` finds, the furthest beyond chance first."""
    found = sorted(_other_thresholds(observed), key=lambda one: one.evidence["critical"] - one.evidence["value"])
    yield from first_few(
        found, MOST_TOLD, ("rate", "Also beyond chance at another threshold"), "the thresholds of the report"
    )


def _other_thresholds(observed: Observed) -> Iterator[Finding]:
    """Rates that differ at some threshold by more than equal slices would show, where the audited one shows no gap."""
    audit = observed.audit
    shown = {(gap.metric, tuple(gap.by)) for gap in audit.disparities if not gap.within and excludes_none(gap)}
    for one in audit.sweeps:
        if not _is_beyond(one) or len(one.by) > 1 or any((each, tuple(one.by)) in shown for each in _names(one)):
            continue
        largest, critical = number(one.largest.value or 0.0), number(one.critical or 0.0)
        yield finding(
            "DLA456",
            "note",
            f"{one.metric} of {one.output} by {names(one.by)}",
            f"At a threshold of {number(one.threshold or 0.0)}, {name(one.metric)} is {largest} lower for "
            f"{name(one.worst or '')} than for {name(one.reference or '')}. Over all thresholds equal slices of these "
            f"sizes show more than {critical} in at most one of {round(1 / (1 - one.largest.level))} samples; at the "
            "threshold in use no gap is shown.",
            evidence={"value": one.largest.value, "critical": one.critical, "slices": [one.worst, one.reference]},
        )


@finding_rule("DLA457")
def could_be_closed(observed: Observed) -> Iterator[Finding]:
    """What `_could_be_closed` finds."""
    yield from first_few(
        list(_could_be_closed(observed)),
        MOST_TOLD,
        ("gap", "A doubt could also close"),
        "the doubts about the data in the report",
    )


def _could_be_closed(observed: Observed) -> Iterator[Finding]:
    """Gaps that chance does not explain and that a doubt about the data could close entirely; one per gap."""
    for gap in observed.audit.disparities:
        if gap.kind != "difference" or gap.within or not excludes_none(gap):
            continue
        closing = [one for one in _doubts_of(observed.audit, gap.metric, gap.by) if one.low == 0]
        if not closing:
            continue
        told = [_DOUBT[one.kind].format(share=f"{number(100 * one.share)} %") for one in closing if one.kind in _DOUBT]
        yield finding(
            "DLA457",
            "note",
            gap.id,
            f"The gap of {number(gap.value or 0.0)} in {name(gap.metric)} over {names(gap.by)} is more than chance, "
            f"but could be made up entirely by {' or by '.join(told)}.",
            evidence={"kinds": [one.kind for one in closing], "overturns": [one.overturns for one in closing]},
        )


def _is_beyond(one: ThresholdSweep) -> bool:
    return one.largest.value is not None and one.critical is not None and one.largest.value > one.critical


def _names(one: ThresholdSweep) -> list[str]:
    """What the audited gap of the same rate may be called: by itself, or of one class or label."""
    bases = [one.metric, "recall"] if one.metric == "true_positive_rate" else [one.metric]
    return [one.metric, *(f"{base}[{one.output}]" for base in bases)]


def _doubts_of(audit: Audit, metric: str, by: list[str]) -> list[Sensitivity]:
    return [one for one in audit.sensitivity if one.metric == metric and one.by == by]
