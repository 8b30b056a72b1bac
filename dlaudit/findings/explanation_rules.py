"""Rules about explanations and inputs: do they add up, is the right function explained, which inputs track a
slice.
"""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import name, names, number
from dlaudit.record.decomposed import Contribution, Decomposition
from dlaudit.record.explained import ProbeResult
from dlaudit.record.judged import Finding, NotApplicable

UNEVEN = 3.0
PERFECT = 0.95
"""Strength (|2 AUC - 1|) from which an input tells a slice almost surely."""
TRACKS = 0.2
SHARE_OF_GAP = 0.1
"""Part of a gap below which an input is not called out for tracking a slice."""


@finding_rule("DLA502")
def contributions_do_not_add_up(observed: Observed) -> Iterator[Finding]:
    """Methods whose completeness error is above its required level, with the slices where."""
    failed: dict[str, dict[str, float | None]] = {}
    for one in observed.audit.quality:
        if one.measure == "completeness_error_p95" and one.ok is False:
            failed.setdefault(one.method, {})[one.slice] = one.value
    for method, where in failed.items():
        worst = max((value for value in where.values() if value is not None), default=None)
        said = f"by up to {number(100 * worst)} %" if worst is not None else "although the score does not change"
        yield finding(
            "DLA502",
            "warning",
            method,
            f"Contributions by {name(method)} miss the change of the score {said} of it (95th percentile of rows) in "
            f"{names(where)}; at most 2 % is accepted, so read them as rough.",
            evidence={"completeness_error_p95": where},
        )


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
    """Slices of one feature explained with very different numbers of rows."""
    single = {one.id: one for one in observed.audit.slices if one.kind == "group" and not one.unknown}
    rows: dict[tuple[str, ...], dict[str, int]] = {}
    for one in observed.audit.attributions:
        if one.slice in single:
            rows.setdefault(tuple(single[one.slice].by), {})[one.slice] = one.rows
    for by, counts in rows.items():
        if max(counts.values()) > UNEVEN * min(counts.values()):
            least = min(counts, key=lambda one: (counts[one], one))
            yield finding(
                "DLA506",
                "note",
                " & ".join(by),
                f"Attributions rest on {counts[least]} rows of {name(least)} but {max(counts.values())} of another "
                f"slice of {names(by)}: its mean is the less certain one.",
                evidence={"rows": counts},
            )


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
                f"surely ({_separation(one)}).",
                next_step="Treat it as if the model saw the sensitive feature itself.",
                evidence={"auc": one.value, **one.detail},
            )


@finding_rule("DLA451")
def inputs_that_track_a_slice(observed: Observed) -> Iterator[Finding]:
    """Inputs that tell a slice apart and carry at least a tenth of its gap, where both the gap and the part are more
    than chance.
    """
    splits = {(one.slice, one.reference): one for one in observed.audit.decompositions}
    for one in observed.audit.probes:
        if one.probe != "proxy" or not _reported(one) or one.detail["strength"] < TRACKS:
            continue
        contribution = float(one.detail["contribution"])
        split = splits.get((one.detail["slice"], one.detail["reference"]))
        if split is None or not _is_shown(split):
            continue
        if not any(part.feature == one.detail["feature"] and _is_shown(part) for part in split.contributions):
            continue
        gap = split.gap
        same_way = contribution * gap > 0 and abs(contribution) >= SHARE_OF_GAP * abs(gap)
        if same_way and one.detail["feature"] not in observed.audit.data.sensitive:
            feature, slice_id = name(str(one.detail["feature"])), name(str(one.detail["slice"]))
            yield finding(
                "DLA451",
                "note",
                str(one.detail["feature"]),
                f"{feature} tracks {slice_id} ({_separation(one)}) and carries {number(contribution)} of the gap "
                f"of {number(gap)} in the {split.metric.replace('_', ' ')} to {name(split.reference)}.",
                next_step=f"Ask whether {feature} is needed and what it stands for; association is not cause.",
                evidence={"auc": one.value, "low": one.low, "high": one.high, **one.detail},
            )


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
