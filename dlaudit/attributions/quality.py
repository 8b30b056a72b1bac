"""How far the attributions can be trusted: figures with, where there is one, their required level."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float

from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.record.explained import AttributionQuality
from dlaudit.record.measured import OVERALL

TOLERANCE = 0.02
"""Completeness error (95th percentile, relative) above which an attribution is not to be relied on."""
SAME_FUNCTION = 1e-4
FEWEST_FEATURES = 3
"""With fewer features ranks say nothing."""

_MEANINGS = {
    "completeness_error_p95": "95 % of rows have contributions that add up to the change of the score this "
    "closely; at most 2 % is required. It checks the arithmetic, not whether the split is the right one.",
    "completeness_error_median": "Half of the rows add up to the change of the score this closely.",
    "completeness_error_worst": "The row that adds up worst.",
    "completeness_share_over_tolerance": "Share of rows that miss the change of the score by over 2 %.",
    "agreement": "Rank correlation {} by two methods; they may differ on interactions and references and "
    "both be right, and they may agree and both be wrong.",
    "same_function": "Largest difference between a row's score as audited and as its gradient sees it; at most "
    "0.0001 is required, else another function was explained than the one that was audited.",
    "model_unchanged": "1 where parameters and buffers have the same digest before and after explaining.",
}
_NO_CHANGE = "The score does not change, but the contributions do not add up to 0."
_NO_RANKS = "Ranks {} cannot be compared: fewer than three features, or no spread."


def quality(answer: Answer, rows: ExplainedRows) -> list[AttributionQuality]:
    """Checks of every method on every slice with explained rows, then those of the model as a whole.

    Completeness has a required level, since it only asks whether the quadrature was fine enough; agreement of
    two methods has none, since they may differ on interactions and references and both be right.
    """
    found: list[AttributionQuality] = []
    explained = [(name, rows.member[at]) for at, name in enumerate(rows.slices) if rows.member[at].any()]
    for method in answer.methods:
        relative = relative_error(method.completeness, method.change)
        for name, chosen in explained:
            found += _completeness(method, name, relative[chosen])
    for one, other in combinations(answer.methods, 2):
        for name, chosen in explained:
            found += _agreement(one, other, name, chosen)
    return [*found, *_of_model(answer)]


def rank_correlation(one: Float[np.ndarray, " M"], other: Float[np.ndarray, " M"]) -> float | None:
    """Spearman's correlation of ranks (ties at their mean); None under three features or without any spread."""
    if len(one) < FEWEST_FEATURES:
        return None
    from scipy.stats import rankdata  # 0.6 s to import: only when something is explained

    first, second = rankdata(one), rankdata(other)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1])


def _completeness(
    method: MethodAnswer, slice_id: str, relative: Float[np.ndarray, " m"]
) -> Iterable[AttributionQuality]:
    ranked = np.sort(relative)
    figures = {"completeness_error_p95": float(ranked[int(np.ceil(0.95 * (len(ranked) - 1)))])}
    if slice_id == OVERALL:
        figures |= {
            "completeness_error_median": float(np.median(relative)),
            "completeness_error_worst": float(ranked[-1]),
            "completeness_share_over_tolerance": float((relative > TOLERANCE).mean()),
        }
    for measure, value in figures.items():
        defined = bool(np.isfinite(value))
        yield AttributionQuality(
            method=method.method,
            slice=slice_id,
            measure=measure,
            value=value if defined else None,
            ok=value <= TOLERANCE if measure == "completeness_error_p95" else None,
            meaning=f"{_MEANINGS[measure] if defined else _NO_CHANGE} The reference is {method.reference}.",
        )


def _agreement(
    one: MethodAnswer, other: MethodAnswer, slice_id: str, chosen: Bool[np.ndarray, " n"]
) -> Iterable[AttributionQuality]:
    """Rank correlation of the mean absolute profiles, and the median of the rows' own rank correlations."""
    first, second = np.abs(one.values[chosen]), np.abs(other.values[chosen])
    by_row = [rank_correlation(a, b) for a, b in zip(first, second, strict=True)]
    defined = [value for value in by_row if value is not None]
    figures = [
        ("agreement", rank_correlation(first.mean(axis=0), second.mean(axis=0)), "of the mean sizes"),
        ("agreement_median_row", float(np.median(defined)) if defined else None, "of the median row"),
    ]
    for measure, value, what in figures:
        yield AttributionQuality(
            method=f"{one.method} and {other.method}",
            slice=slice_id,
            measure=measure,
            value=value,
            ok=None,
            meaning=(_NO_RANKS if value is None else _MEANINGS["agreement"]).format(what),
        )


def _of_model(answer: Answer) -> Iterable[AttributionQuality]:
    figures: list[tuple[str, float, bool]] = []
    if answer.largest_grad_difference is not None:
        difference = answer.largest_grad_difference
        figures.append(("same_function", difference, difference <= SAME_FUNCTION))
    if answer.unchanged is not None:
        figures.append(("model_unchanged", float(answer.unchanged), answer.unchanged))
    for measure, value, ok in figures:
        yield AttributionQuality(
            method="all", slice=OVERALL, measure=measure, value=value, ok=ok, meaning=_MEANINGS[measure]
        )
