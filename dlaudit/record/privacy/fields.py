"""Every number of an audit, by what it could tell about people.

A new field of a record belongs here before it is published: a test fails where one is missing, and `suppressed` leaves
an Audit's field that it does not know at its default.
"""

from typing import Literal

Kind = Literal["people", "derived", "harmless"]
"""`people` counts people. `derived` is computed from such counts, so that one could be worked out from it. `harmless`
is neither."""


def _named(record: str, kind: Kind, *fields: str) -> dict[str, Kind]:
    return {f"{record}.{field}": kind for field in fields}


FIELDS: dict[str, Kind] = {
    **_named("Slice", "people", "n"),
    **_named("Slice", "derived", "share"),
    **_named("Estimate", "people", "n", "numerator", "denominator"),
    **_named("Estimate", "derived", "value", "low", "high", "freedom"),
    **_named("Estimate", "harmless", "level"),
    **_named("Disparity", "derived", "p_value", "p_adjusted", "minimum_detectable"),
    **_named("Spread", "derived", "noise_mean", "noise_95", "shrunken", "between_sd"),
    **_named("ScoreHistogram", "people", "positive", "negative"),
    **_named("ScoreHistogram", "harmless", "edges"),
    **_named("CalibrationBin", "people", "n"),
    **_named("CalibrationBin", "derived", "mean_score"),
    **_named("CalibrationBin", "harmless", "low", "high"),
    **_named("ThresholdSweep", "derived", "threshold", "critical"),
    **_named("Sensitivity", "derived", "share", "observed", "low", "high", "overturns"),
    **_named("DiscoveredSlice", "people", "n"),
    **_named("DiscoveredSlice", "derived", "value", "rest", "difference", "low", "high", "p_value", "p_adjusted"),
    **_named("Discovery", "harmless", "searched", "tested", "depth", "min_rows", "alpha", "redundant"),
    **_named("Discovery", "derived", "smallest_findable"),
    **_named("Attribution", "people", "rows"),
    **_named("Attribution", "derived", "mean", "mean_abs", "low", "high"),
    **_named("AttributionSwarm", "people", "counts"),
    **_named("AttributionSwarm", "derived", "end"),
    **_named("AttributionMap", "people", "rows"),
    **_named("AttributionMap", "derived", "mean", "mean_abs"),
    **_named("AttributionMap", "harmless", "shape"),
    **_named("PartGrid", "harmless", "shape"),
    **_named("MapDifference", "people", "rows"),
    **_named("MapDifference", "derived", "mean", "reach", "mean_abs", "reach_abs", "beyond", "beyond_abs"),
    **_named("MapDifference", "harmless", "shape"),
    **_named("AttributionQuality", "derived", "value", "low", "high", "required", "null"),
    **_named("Trust", "people", "rows"),
    **_named("PlannedMethod", "harmless", "rows", "estimated", "spent"),
    **_named("ExplainPlan", "harmless", "budget", "estimated", "spent", "seconds_per_pass", "rows", "halved"),
    **_named("ExplainPlan", "people", "rows_by_slice"),
    **_named("LayerAttribution", "people", "rows"),
    **_named("LayerAttribution", "derived", "value", "low", "high"),
    **_named("Decomposition", "people", "rows"),
    **_named("Decomposition", "derived", "gap", "low", "high", "residual", "noise"),
    **_named("Decomposition", "derived", "raised", "lowered", "outside"),
    **_named("Decomposition", "harmless", "grouped_at", "chosen_from"),
    **_named("OtherReference", "people", "rows"),
    **_named("OtherReference", "derived", "moved", "largest"),
    **_named("Part", "derived", "value", "low", "high", "p_value", "p_adjusted"),
    **_named("Contribution", "derived", "composition", "context", "unsupported"),
    **_named("InputGroup", "derived", "association"),
    **_named("ScoreMix", "derived", "gap", "support"),
    **_named("ScoreMix", "harmless", "bins", "chosen_from"),
    **_named("ProbeResult", "derived", "value", "low", "high", "detail"),
    **_named("Finding", "derived", "evidence"),
    **_named("Check", "people", "rows_needed"),
    **_named("Check", "derived", "observed", "low", "high", "fails_up_to", "passes_from"),
    **_named("Check", "harmless", "limit", "alpha"),
    **_named("PairsInfo", "people", "samples", "identities", "mated", "nonmated", "alone", "repeated"),
    **_named("PairsInfo", "derived", "kept", "threshold_low", "threshold_high"),
    **_named("PairsInfo", "harmless", "target_fmr"),
    **_named("Rejected", "people", "rows", "by_slice"),
    **_named("Altered", "people", "rows", "by_slice"),
    **_named("Repeated", "people", "items", "rows", "across", "other_labels"),
    **_named("DataInfo", "people", "rows", "scored"),
    **_named("ModelInfo", "harmless", "parameters", "threshold"),
    **_named("Provenance", "harmless", "seed", "batch_size", "seconds", "sandbox"),
    **_named("CrossCheck", "harmless", "cells", "defined", "largest_difference"),
    **_named("PairedEstimate", "derived", "value", "low", "high", "p_value", "p_adjusted"),
    **_named("Exchanged", "people", "gained", "lost", "n"),
    **_named("Exchanged", "derived", "low", "high"),
    **_named("GapChange", "people", "rows"),
    **_named("Moved", "people", "rows"),
    **_named("Moved", "derived", "base", "tuned"),
    **_named("PartMoved", "derived", "base", "tuned", "change", "low", "high"),
    **_named("OtherModel", "harmless", "threshold"),
    **_named("AgainstModel", "people", "rows", "agree"),
    **_named("AgainstModel", "harmless", "tests", "tests_crossed"),
    **_named("Audit", "harmless", "min_size"),
    **_named("Suppression", "harmless", "least"),
}
"""`Record.field` to its kind; an inherited field stands under the record that brings it."""
