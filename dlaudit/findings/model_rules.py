"""Rules about the model's scores: finite, steady, the right way round, better than chance."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import counted, interval, name, number
from dlaudit.record.audit import Audit
from dlaudit.record.judged import Finding
from dlaudit.record.measured import OVERALL, Measurement

NOT_FINITE = "score is not finite"
STEADY = 1e-6
"""Largest difference between two passes that rounding explains, for outputs up to 1; more in proportion for larger."""
WEAK_AUC = 0.6
FAR_BELOW_HALF = 0.35
"""An accuracy below this is right far less often than wrong."""


@finding_rule("DLA212")
def scores_not_finite(observed: Observed) -> Iterator[Finding]:
    """Rows whose score is NaN or infinite, by slice."""
    for lost in observed.audit.data.rejected:
        if lost.reason == NOT_FINITE:
            yield finding(
                "DLA212",
                "error",
                "model",
                f"Scores are not finite for {counted(lost.rows, 'row')}, which no measurement counts.",
                evidence={"rows": lost.rows, "by_slice": lost.by_slice},
            )


@finding_rule("DLA216")
def scores_not_steady(observed: Observed) -> Iterator[Finding]:
    """Scores that differ between two passes, or that depend on the other rows of a batch."""
    scale = max(1.0, *(abs(observed.dry.get(end) or 0.0) for end in ("least", "most")))
    for key, what in (
        ("deterministic_max_diff", "Two passes over the same rows differ"),
        ("row_independence_max_diff", "A row's score differs with the rows that are scored beside it"),
    ):
        difference = observed.dry.get(key)
        if difference is not None and difference > STEADY * scale:
            yield finding(
                "DLA216",
                "warning",
                "model",
                f"{what} by up to {number(difference)}: another run can give other figures.",
                evidence={key: difference},
            )


@finding_rule("DLA215")
def labels_inverted(observed: Observed) -> Iterator[Finding]:
    """A binary model that ranks clearly worse than chance, or is right far less often than wrong."""
    if observed.audit.model.task != "binary":
        return
    area, accuracy = _overall(observed.audit, "auc"), _overall(observed.audit, "accuracy")
    if area is not None and area.high is not None and area.high < 0.5:
        yield finding(
            "DLA215",
            "error",
            "model",
            f"The AUC is {number(area.value or 0.0)} ({interval(area.low, area.high)}), below 0.5: the scores rank "
            "positives below negatives, as they do where the labels are inverted.",
            evidence={"auc": area.value, "low": area.low, "high": area.high},
        )
    elif area is None and accuracy is not None and accuracy.high is not None and accuracy.high < FAR_BELOW_HALF:
        value = accuracy.value or 0.0
        yield finding(
            "DLA215",
            "error",
            "model",
            f"The model is right for {number(100 * value)} % of rows; with the labels the other way round it would be "
            f"right for {number(100 * (1 - value))} %.",
            evidence={"accuracy": accuracy.value, "low": accuracy.low, "high": accuracy.high},
        )


@finding_rule("DLA230")
def near_chance(observed: Observed) -> Iterator[Finding]:
    """A binary model whose AUC is not shown to be above 0.5, or is below 0.6."""
    area = _overall(observed.audit, "auc")
    if area is None or area.value is None or (area.high is not None and area.high < 0.5):
        return
    not_shown = area.low is not None and area.low <= 0.5
    if not_shown or area.value < WEAK_AUC:
        yield finding(
            "DLA230",
            "warning",
            "model",
            f"The AUC is {number(area.value)} ({interval(area.low, area.high)}): the scores hardly tell the classes "
            "apart, so that gaps may come from inputs that are not what the model expects.",
            evidence={"auc": area.value, "low": area.low, "high": area.high},
        )


@finding_rule("DLA310")
def one_class(observed: Observed) -> Iterator[Finding]:
    """An evaluation set whose rows all have the same label."""
    prevalence = _overall(observed.audit, "prevalence")
    if observed.audit.model.task == "binary" and prevalence is not None and prevalence.value in (0.0, 1.0):
        yield finding(
            "DLA310",
            "warning",
            name(observed.audit.data.target or "target"),
            f"All {counted(prevalence.n, 'row')} have the same label: error rates of the other class are undefined.",
            evidence={"prevalence": prevalence.value, "rows": prevalence.n},
        )


@finding_rule("DLA453")
def at_the_threshold(observed: Observed) -> Iterator[Finding]:
    """Scores so near the threshold that rounding decides."""
    if observed.near_threshold > 0:
        yield finding(
            "DLA453",
            "note",
            "model",
            f"{counted(observed.near_threshold, 'row')} with a score within 1e-6 of the threshold: on other hardware "
            "those decisions could differ.",
            evidence={"rows": observed.near_threshold, "threshold": observed.audit.model.threshold},
        )


def _overall(audit: Audit, metric: str) -> Measurement | None:
    """The metric over all rows, where it was measured and has a value."""
    for one in audit.measurements:
        if one.metric == metric and one.slice == OVERALL and one.is_defined:
            return one
    return None
