"""How far the attributions can be trusted: figures per method and slice, with their required levels."""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float

from dlaudit.attributions.checks.alike import faithfulness_differences
from dlaudit.attributions.checks.judged import Checked, beside_nulls, faithfulness, noise
from dlaudit.attributions.checks.meanings import MEANINGS, NO_CHANGE, NO_RANKS
from dlaudit.attributions.checks.ranks import rank_correlation, rank_correlations
from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.record.explained import AttributionQuality
from dlaudit.record.measured import OVERALL

TOLERANCE = 0.02
"""Completeness error (95th percentile, relative) above which an attribution is not to be relied on."""
SAME_FUNCTION = 1e-4


def quality(
    answer: Answer, rows: ExplainedRows, generator: np.random.Generator, tolerance: float = TOLERANCE
) -> list[AttributionQuality]:
    """Checks of every method on every slice with explained rows, then those of the model as a whole.

    Completeness is required of methods whose contributions add up by nature; it asks whether the arithmetic was fine
    enough. The levels of the other checks come from this audit's nulls. Agreement of two methods has none, since they
    may differ on interactions and references and both be right.

    Args:
        answer: What the methods found, with the checks of each row.
        rows: Who the explained rows are.
        generator: Source of the bootstrap's draws.
        tolerance: Completeness error that is accepted.
    """
    found: list[AttributionQuality] = []
    explained = [(name, rows.member[at]) for at, name in enumerate(rows.slices) if rows.member[at].any()]
    for method in answer.methods:
        relative = relative_error(method.completeness, method.change)
        for name, chosen in explained:
            found += _completeness(method, name, relative[chosen], tolerance)
            if method.figures:
                one = Checked(method=method, slice=name, chosen=chosen, rows=rows)
                found += [*faithfulness(one, generator), *beside_nulls(one, generator), *noise(one)]
        found += faithfulness_differences(method, rows, generator)
    for first, second in combinations(answer.methods, 2):
        for name, chosen in explained:
            found += _agreement(first, second, name, chosen)
    return [*found, *_of_model(answer)]


def _completeness(
    method: MethodAnswer, slice_id: str, relative: Float[np.ndarray, " m"], tolerance: float
) -> Iterator[AttributionQuality]:
    ranked = np.sort(relative)
    figures = {"completeness_error_p95": float(ranked[int(np.ceil(0.95 * (len(ranked) - 1)))])}
    if slice_id == OVERALL:
        figures |= {
            "completeness_error_median": float(np.median(relative)),
            "completeness_error_worst": float(ranked[-1]),
            "completeness_share_over_tolerance": float((relative > tolerance).mean()),
        }
    for measure, value in figures.items():
        defined = bool(np.isfinite(value))
        required = measure == "completeness_error_p95" and method.adds_up != "no"
        yield AttributionQuality(
            method=method.method,
            slice=slice_id,
            measure=measure,
            value=value if defined else None,
            ok=value <= tolerance if required else None,
            required=tolerance if required else None,
            meaning=f"{MEANINGS[measure] if defined else NO_CHANGE} The reference is {method.reference}.",
        )


def _agreement(
    one: MethodAnswer, other: MethodAnswer, slice_id: str, chosen: Bool[np.ndarray, " n"]
) -> Iterator[AttributionQuality]:
    """Rank correlation of the mean absolute profiles, and the median of the rows' own rank correlations."""
    first, second = np.abs(one.values[chosen]), np.abs(other.values[chosen])
    by_row = rank_correlations(first, second)
    by_row = by_row[np.isfinite(by_row)]
    figures = [
        ("agreement", rank_correlation(first.mean(axis=0), second.mean(axis=0)), "of the mean sizes"),
        ("agreement_median_row", float(np.median(by_row)) if len(by_row) else None, "of the median row"),
    ]
    for measure, value, what in figures:
        yield AttributionQuality(
            method=f"{one.method} and {other.method}",
            slice=slice_id,
            measure=measure,
            value=value,
            ok=None,
            meaning=(NO_RANKS if value is None else MEANINGS["agreement"]).format(what),
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
            method="all", slice=OVERALL, measure=measure, value=value, ok=ok, meaning=MEANINGS[measure]
        )
