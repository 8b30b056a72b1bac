"""Rules about explanations and inputs: is the right function explained, which inputs track a slice."""

from collections.abc import Iterator
from dataclasses import dataclass

from dlaudit.findings.explained import PROXIES_TOGETHER, is_more_than_chance
from dlaudit.findings.few import first_few
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import counted, name, names, number
from dlaudit.record.decomposed import Contribution, Decomposition
from dlaudit.record.explained import ProbeResult
from dlaudit.record.judged import Finding, NotApplicable

UNEVEN = 3.0
ENOUGH = 100
"""Explained rows from which a slice is not said to have few."""
PERFECT = 0.95
"""Strength (|2 AUC - 1|) from which an input tells a slice almost surely."""
TRACKS = 0.2
MOST_TOLD = 4
"""Inputs that have a finding of their own; the others share one."""
SHARE_OF_GAP = 0.1
"""Part of a gap below which an input is not called out for tracking a slice."""


@finding_rule("DLA504")
def model_changed(observed: Observed) -> Iterator[Finding]:
    """A model whose parameters or buffers differ after explaining, or that has another function with
    gradients.
    """
    for one in observed.audit.quality:
        if one.measure == "model_unchanged" and one.ok is False:
            yield finding(
                "DLA504",
                "error",
                "model",
                "Parameters or buffers of the model differ after explaining it, so that the attributions are void.",
            )
        if one.measure == "same_function" and one.ok is False:
            yield finding(
                "DLA507",
                "error",
                "model",
                f"Scores differ by up to {number(one.value or 0.0)} between the audit and the pass with gradients: "
                "another function is explained than the one that was audited.",
                evidence={"largest_difference": one.value},
            )


@finding_rule("DLA506")
def unequal_rows(observed: Observed) -> Iterator[Finding]:
    """Slices of one feature that are explained with few rows, and others of it with many."""
    single = {one.id: one for one in observed.audit.slices if one.kind == "group" and not one.unknown}
    rows: dict[tuple[str, ...], dict[str, int]] = {}
    for one in observed.audit.attributions:
        if one.slice in single:
            rows.setdefault(tuple(single[one.slice].by), {})[one.slice] = one.rows
    for by, counts in rows.items():
        least = min(counts, key=lambda one: (counts[one], one))
        if counts[least] < ENOUGH and max(counts.values()) > UNEVEN * counts[least]:
            yield finding(
                "DLA506",
                "note",
                " & ".join(by),
                f"Mean contributions of {name(least)} rest on {counted(counts[least], 'row')}, those of another slice "
                f"of {names(by)} on {max(counts.values()):,}: the former are the less certain ones.",
                next_step=_more_rows(counts[least], single[least].n),
                evidence={"rows": counts},
            )


def _more_rows(explained: int, rows: int) -> str:
    """What would make the means of a slice more certain."""
    if explained < rows:
        return "Raise explain.sample."
    return "All its rows are explained; read its means with their intervals, or collect more rows."


@finding_rule("DLA418")
def sensitive_inputs(observed: Observed) -> Iterator[Finding | NotApplicable]:
    """Sensitive features that the model sees, directly or through an input that tells them almost surely."""
    data = observed.audit.data
    if not data.features:
        yield NotApplicable(what="sensitive features among the inputs", reason="no model inputs are known")
    for feature in data.sensitive:
        if feature in data.features:
            yield finding(
                "DLA418",
                "note",
                feature,
                f"The model sees {name(feature)}, a sensitive feature, as an input.",
                evidence={"feature": feature},
            )
    for one in observed.audit.probes:
        if one.probe != "proxy" or one.detail["feature"] in data.sensitive:
            continue
        if _reported(one) and one.detail["strength"] >= PERFECT:
            yield finding(
                "DLA418",
                "note",
                str(one.detail["feature"]),
                f"{name(str(one.detail['feature']))} tells {name(str(one.detail['slice']))} from the rest almost "
                f"surely ({_separation(one)}){_carried(_overlap(observed, one))}.",
                next_step="Treat it as if the model saw the sensitive feature itself.",
                evidence={"auc": one.value, **one.detail},
            )


@finding_rule("DLA451")
def inputs_that_track_a_slice(observed: Observed) -> Iterator[Finding]:
    """Inputs that tell a slice apart and carry at least a tenth of its gap, where both the gap and the part are more
    than chance; one finding per input and slice, the strongest first, and once per slice how well all inputs together
    tell it.
    """
    overlaps = [both for one in observed.audit.probes if (both := _overlap(observed, one)) is not None]
    overlaps = [one for one in overlaps if one.strength < PERFECT]  # DLA418 tells of the others
    overlaps.sort(key=lambda one: -one.strength * abs(one.part.value / one.split.gap))
    first = {one.split.slice: one for one in reversed(overlaps)}
    found = [_tracks(observed, one, all_of_them=first[one.split.slice] is one) for one in overlaps]
    yield from first_few(
        found, MOST_TOLD, ("input", "Inputs that track a slice, too"), "inputs that reveal the slice in the report"
    )


@dataclass(frozen=True)
class _Overlap:
    """An input that both reveals a slice and carries a part of its gap."""

    probe: ProbeResult
    split: Decomposition
    part: Contribution

    @property
    def strength(self) -> float:
        return float(self.probe.detail["strength"])


def _overlap(observed: Observed, one: ProbeResult) -> _Overlap | None:
    """The first gap of the slice of which the probed input carries a part, as far as both are more than chance."""
    if one.probe != "proxy" or not _reported(one) or one.detail["strength"] < TRACKS:
        return None
    if one.detail["feature"] in observed.audit.data.sensitive:
        return None
    pair = (one.detail["slice"], one.detail["reference"])
    for split in observed.audit.decompositions:
        if (split.slice, split.reference) != pair or not _is_shown(split):
            continue
        for part in split.contributions:
            same_way = part.value * split.gap > 0 and abs(part.value) >= SHARE_OF_GAP * abs(split.gap)
            if part.feature == one.detail["feature"] and same_way and is_more_than_chance(part):
                return _Overlap(one, split, part)
    return None


def _carried(found: _Overlap | None) -> str:
    """How much of a gap an input carries that tells the slice; empty where it is not shown to carry any."""
    if found is None:
        return ""
    split = found.split
    metric = name(split.metric.replace("_", " "))
    return (
        f" and carries {number(found.part.value)} of the gap of {number(split.gap)} in the {metric} to "
        f"{name(split.reference)}"
    )


def _tracks(observed: Observed, found: _Overlap, *, all_of_them: bool) -> Finding:
    one, split, part = found.probe, found.split, found.part
    feature, slice_id = name(part.feature), name(split.slice)
    together = _together(observed, split.slice) if all_of_them else ""
    return finding(
        "DLA451",
        "note",
        part.feature,
        f"{feature} tracks {slice_id} ({_separation(one)}){_carried(found)}.{together}",
        next_step=f"Ask whether {feature} is needed and what it stands for; association is not cause.",
        evidence={"auc": one.value, "low": one.low, "high": one.high, **one.detail, "contribution": part.value},
    )


def _together(observed: Observed, slice_id: str) -> str:
    """How well all inputs together tell the slice, where that was asked."""
    for one in observed.audit.probes:
        asked = one.detail.get("slice") == slice_id and one.detail.get("of", "inputs") == "inputs"
        if one.probe == PROXIES_TOGETHER and asked and _reported(one):
            return f" All inputs together tell it with {_separation(one)}."
    return ""


def _separation(one: ProbeResult) -> str:
    """`AUC 0.98, lower values`: how well the input's values, read the way that tells more, tell the slice apart."""
    value = one.value or 0.0
    return f"AUC {number(value)}" if value >= 0.5 else f"AUC {number(1 - value)}, by lower values"


def _is_shown(part: Decomposition | Contribution) -> bool:
    """Whether the interval leaves out 0."""
    return part.low is not None and part.high is not None and part.low * part.high > 0


def _reported(one: ProbeResult) -> bool:
    """Whether the interval of the association excludes none."""
    return one.low is not None and one.high is not None and not one.low <= 0.5 <= one.high
