"""Rules about what gaps are made of: channels that cancel, other scores or other meanings of a score."""

from collections.abc import Iterator

from dlaudit.findings.explained import cancels, is_more_than_chance, mostly
from dlaudit.findings.few import first_few
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import name, names, number
from dlaudit.record.decomposed import Decomposition, ScoreMix
from dlaudit.record.judged import Finding

MOST_TOLD = 3
"""Findings of one rule; the others share one."""
_NEXT = {
    "mix": "Compare what the slices' scores rest on: the inputs that carry the gap. Recalibration alone would not "
    "change it.",
    "calibration": "Check the labels of both slices and recalibrate per score on other data; other scores alone would "
    "not close it.",
}


@finding_rule("DLA511")
def channels_cancel(observed: Observed) -> Iterator[Finding]:
    """What `_cancelling` finds, the largest channels first, one per pair of slices."""
    found: dict[tuple[str, str], Finding] = {}
    ranked = sorted(
        (one for one in observed.audit.decompositions if cancels(one)), key=lambda one: -min(one.raised, -one.lowered)
    )
    for one in ranked:
        found.setdefault((one.slice, one.reference), _cancelling(one))
    yield from first_few(
        list(found.values()), MOST_TOLD, ("gap", "Channels also cancel"), "the gaps that were split in the report"
    )


@finding_rule("DLA512")
def mix_or_calibration(observed: Observed) -> Iterator[Finding]:
    """Gaps that are more than chance and mostly of one kind, the widest first; one per pair of slices and kind."""
    found: dict[tuple[str, str, str], Finding] = {}
    for one in sorted(observed.audit.score_mixes, key=lambda one: -abs(one.gap)):
        kind = mostly(one)
        if kind is not None:
            found.setdefault((one.slice, one.reference, kind), _mostly(one, kind))
    yield from first_few(
        list(found.values()), MOST_TOLD, ("gap", "Also mostly of one kind"), "score mix and calibration in the report"
    )


def _cancelling(one: Decomposition) -> Finding:
    sure = [part for part in one.contributions if is_more_than_chance(part)]
    up, down = [p.feature for p in sure if p.value > 0], [p.feature for p in sure if p.value < 0]
    through = f" Most goes up through {names(up, 2)} and down through {names(down, 2)}." if up and down else ""
    return finding(
        "DLA511",
        "note",
        f"{one.metric} of {one.slice} against {one.reference}",
        f"The gap of {number(one.gap)} in {_spoken(one.metric)} between {name(one.slice)} and {name(one.reference)} is "
        f"what is left of parts of {number(one.raised)} and {number(one.lowered)} that cancel.{through}",
        evidence={"gap": one.gap, "raised": one.raised, "lowered": one.lowered},
    )


def _mostly(one: ScoreMix, kind: str) -> Finding:
    part = one.mix if kind == "mix" else one.calibration
    said = "the slices have other scores" if kind == "mix" else "equal scores go with another share of positive labels"
    return finding(
        "DLA512",
        "note",
        f"{one.metric} of {one.slice} against {one.reference}",
        f"The gap of {number(one.gap)} in {_spoken(one.metric)} between {name(one.slice)} and {name(one.reference)} is "
        f"mostly there because {said}: {number(part.value)} of it.",
        next_step=_NEXT[kind],
        evidence={"gap": one.gap, "mix": one.mix.value, "calibration": one.calibration.value},
    )


def _spoken(metric: str) -> str:
    return name(metric.replace("_", " "))
