"""Stage 3, second half: scores by slice and label, what follows from them at every threshold, and doubts about data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dlaudit.metrics.calibrated import calibrations, too_coarse
from dlaudit.metrics.counts import Counts
from dlaudit.metrics.doubts import sensitivities
from dlaudit.metrics.histograms import Histograms, histograms, score_histograms
from dlaudit.metrics.swept import sweeps
from dlaudit.record import Calibration, Measurement, NotApplicable, ScoreHistogram, Sensitivity, Slice, ThresholdSweep
from dlaudit.slices.make import Comparison, SliceTable
from dlaudit.spec import AuditSpec, SlicesSpec

MOST_SLICES, MOST_OUTPUTS, MOST_FEATURES = 60, 12, 12
"""Slices, classes and features that are worked out; the rest is told as not done."""
BINS, FEW_BINS, MANY_RECORDS = 100, 32, 100
"""Bins of a recorded histogram, and of each where there are more than so many: audit.json stays small."""
ALL_THREE = "score histograms, calibration and threshold sweeps"


@dataclass(frozen=True, kw_only=True)
class Distributions:
    """What follows from how scores and labels are spread within slices."""

    histograms: list[ScoreHistogram] = field(default_factory=list)
    """Scores of slices by label."""
    calibrations: list[Calibration] = field(default_factory=list)
    """Reliability of slices."""
    sweeps: list[ThresholdSweep] = field(default_factory=list)
    """Gaps at every threshold."""
    sensitivity: list[Sensitivity] = field(default_factory=list)
    """What doubts about the data could do to gaps."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What could not be worked out."""


def distributions(
    counts: Counts, table: SliceTable, measurements: Sequence[Measurement], spec: AuditSpec, labels: bool
) -> Distributions:
    """Histograms, calibration, sweeps and sensitivity of an audit.

    Args:
        counts: Counts of atoms.
        table: Slices and comparisons.
        measurements: Every metric on every slice.
        spec: What was asked for.
        labels: Whether the scores are predicted labels.
    """
    scores = _of_scores(counts, table, spec.metrics.interval, labels)
    doubts, missing = _doubts(counts, table, measurements, spec.slices)
    return replace(scores, sensitivity=doubts, not_applicable=[*scores.not_applicable, *missing])


def _of_scores(counts: Counts, table: SliceTable, level: float, labels: bool) -> Distributions:
    reason = _no_scores(counts, labels)
    places = _places(table.slices)
    h = histograms(counts, table.member[places]) if reason is None else None
    if h is None:
        return Distributions(not_applicable=[NotApplicable(what=ALL_THREE, reason=reason or "no scores were counted")])
    shown = replace(h, counts=h.counts[:, :MOST_OUTPUTS], outputs=h.outputs[:MOST_OUTPUTS])
    slices = [table.slices[place] for place in places]
    missing = _left_out(h, table, places)
    many = len(slices) * len(shown.outputs) > MANY_RECORDS
    recorded = score_histograms(shown, slices, FEW_BINS if many else BINS)
    if counts.clustered:
        reason = "rows belong to units, and its error rates hold for independent rows"
        missing.append(NotApplicable(what="calibration and threshold sweeps", reason=reason))
        return Distributions(histograms=recorded, not_applicable=missing)
    reason = too_coarse(h) if counts.probabilities else "the scores are no probabilities"
    if reason is not None:
        missing.append(NotApplicable(what="calibration", reason=reason))
    return Distributions(
        histograms=recorded,
        calibrations=calibrations(shown, slices, level) if reason is None else [],
        sweeps=sweeps(shown, slices, _comparisons(table, places), level),
        not_applicable=missing,
    )


def _no_scores(counts: Counts, labels: bool) -> str | None:
    """Why nothing can be said of scores; None where something can."""
    if counts.task == "regression":
        return "a regression has no classes that scores could be of"
    if labels:
        return "the scores are predicted labels, which no other threshold changes"
    if counts.row_weights is not None:
        return "rows have weights, and histograms count rows"
    return None


def _places(slices: Sequence[Slice]) -> list[int]:
    """Positions of all slices where they are few, else of all rows and the levels of single features."""
    if len(slices) <= MOST_SLICES:
        return list(range(len(slices)))
    return [at for at, one in enumerate(slices) if len(one.by) < 2][:MOST_SLICES]


def _comparisons(table: SliceTable, places: Sequence[int]) -> list[Comparison]:
    """Comparisons without a control feature whose slices all have histograms, by their positions among these."""
    at = {place: position for position, place in enumerate(places)}
    return [
        replace(one, slices=[at[place] for place in one.slices])
        for one in table.comparisons
        if not one.within and all(place in at for place in one.slices)
    ]


def _left_out(h: Histograms, table: SliceTable, places: Sequence[int]) -> list[NotApplicable]:
    told = []
    if len(places) < len(table.slices):
        left = len(table.slices) - len(places)
        reason = f"there are more than {MOST_SLICES} slices; those of single features come first"
        told.append(NotApplicable(what=f"{ALL_THREE} of {left:,} slices", reason=reason))
    if len(h.outputs) > MOST_OUTPUTS:
        left = len(h.outputs) - MOST_OUTPUTS
        reason = f"the first {MOST_OUTPUTS} classes or labels are worked out"
        told.append(NotApplicable(what=f"{ALL_THREE} of {left:,} classes or labels", reason=reason))
    return told


def _doubts(
    counts: Counts, table: SliceTable, measurements: Sequence[Measurement], spec: SlicesSpec
) -> tuple[list[Sensitivity], list[NotApplicable]]:
    reason = None
    if counts.task != "binary":
        reason = "bounds are worked out for binary tasks"
    elif counts.row_weights is not None:
        reason = "rows have weights, and bounds are worked out for counts"
    if reason is not None:
        return [], [NotApplicable(what="sensitivity", reason=reason)]
    single = [one for one in table.comparisons if not one.within and len(one.by) == 1]
    able = [one for one in single if not _has_reference(one, spec)]
    told = []
    if len(able) < len(single):
        reason = "slices are compared with a reference; bounds are worked out for the gap over all slices"
        told.append(NotApplicable(what="sensitivity", reason=reason))
    if len(able) > MOST_FEATURES:
        reason = f"the first {MOST_FEATURES} are worked out"
        told.append(NotApplicable(what=f"sensitivity of {len(able) - MOST_FEATURES} features", reason=reason))
    measured = list(dict.fromkeys(one.metric for one in measurements))
    return sensitivities(counts, table, able[:MOST_FEATURES], measured, spec.label_error), told


def _has_reference(comparison: Comparison, spec: SlicesSpec) -> bool:
    if isinstance(spec.reference, Mapping):
        return all(feature in spec.reference for feature in comparison.by)
    return spec.reference is not None
