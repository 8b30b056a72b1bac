"""Whether each method's explanation deserves belief on each slice."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.record.explained import AttributionQuality, Trust
from dlaudit.record.measured import OVERALL

NEEDED = ("faithfulness", "relative_infidelity")
"""Checks without which nothing is trusted: adding up alone says nothing about the split."""
ORDER_ONLY = ("faithfulness",)
"""Those of methods that do not claim to add up, whose contributions are no effects but an order."""
EVERYWHERE = ("same_function", "model_unchanged")
"""Checks of the model, which hold for every method and slice."""
WHOLE = ("seed_stability", "randomised_all", "random_weights", "second_opinion")
"""Checks made on all rows together, which hold for every slice without one of its own."""
CLAUSES = {
    "completeness_error_p95": "contributions miss the change of the score",
    "faithfulness": "contributions of {rows} predict the effect of changing inputs no better than those of other rows",
    "relative_infidelity": "contributions of {rows} predict the effect of changing inputs no better than an even split "
    "or the contributions of other rows",
    "scale": "contributions of {rows} are too small: if they were twice as large, they would predict the effect of "
    "changing inputs better",
    "insertion_deletion": "the order of contributions of {rows} matters less than the order of other rows' does",
    "seed_stability": "another run with other random numbers gives other contributions",
    "randomised_all": "contributions stay much the same when the model's weights are random",
    "random_weights": "contributions are no more faithful than those to a net of random weights",
    "second_opinion": "another library calculates other values",
    "same_function": "another function was explained than the one that was audited",
    "model_unchanged": "explaining changed the model",
}
_SIZES = (
    "contributions of {rows} have an order that matters, but are about {times} times the effects of changing inputs"
)
_UNDECIDED = "the checks of {rows} leave open whether contributions predict the effect of changing inputs"
_UNCHECKED = "faithfulness was not checked"


def trust(quality: Sequence[AttributionQuality], answer: Answer, rows: ExplainedRows) -> list[Trust]:
    """For every method and slice whether the explanation deserves belief, with the reasons where it does not.

    False where any check misses its level; True where none does and faithfulness was shown; None where it could not be
    shown either way. Methods that do not add up by nature, as saliency, are judged by their order alone.
    Agreement of two methods, contributions that are somewhat too large, other references and unequal faithfulness are
    shown, never held against a method.

    Args:
        quality: The checks.
        answer: What was checked.
        rows: Who the explained rows are.
    """
    found = []
    for method in answer.methods:
        mine = [one for one in quality if one.method in {method.method, "all"}]
        for at, slice_id in enumerate(rows.slices):
            if rows.member[at].any():
                found.append(_of_slice(method, slice_id, mine, int(np.count_nonzero(_checked(method, rows, at)))))
    return found


def _checked(method: MethodAnswer, rows: ExplainedRows, at: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """The slice's rows that the checks rest on; all its explained rows where nothing was checked."""
    if "faithfulness" not in method.figures:
        return np.asarray(rows.member[at])
    return np.asarray(rows.member[at] & np.isfinite(method.figures["faithfulness"]))


def _of_slice(method: MethodAnswer, slice_id: str, quality: Sequence[AttributionQuality], rows: int) -> Trust:
    judged = {one.measure: one for one in _holding(slice_id, quality)}
    needed = NEEDED if method.adds_up != "no" else ORDER_ONLY
    left_aside = () if method.adds_up != "no" else ("completeness_error_p95", "relative_infidelity", "scale")
    missed = [name for name, one in judged.items() if one.ok is False and name in CLAUSES and name not in left_aside]
    said = "all rows" if slice_id == OVERALL else f"{slice_id} rows"
    reasons = [_clause(judged[name], said, _too_large(judged)) for name in missed]
    shown = all(name in judged and judged[name].ok is True for name in needed)
    if not missed and not shown:
        unchecked = not any(name in judged for name in NEEDED)
        reasons.append(_UNCHECKED if unchecked else _UNDECIDED.format(rows=said))
    if method.adds_up == "no":
        reasons.append("its contributions do not add up by nature, so their order alone was judged")
    return Trust(
        method=method.method,
        slice=slice_id,
        ok=False if missed else True if shown else None,
        reasons=reasons,
        rows=rows,
    )


def _holding(slice_id: str, quality: Sequence[AttributionQuality]) -> Iterable[AttributionQuality]:
    """The checks that say something about the slice: its own last, so that they replace those of all rows."""
    yield from (one for one in quality if one.slice == OVERALL and one.measure in (*WHOLE, *EVERYWHERE))
    yield from (one for one in quality if one.slice == slice_id)


def _too_large(judged: Mapping[str, AttributionQuality]) -> float | None:
    """How many times too large contributions are that have the right order; None where that is not what is wrong."""
    order, scale = judged.get("faithfulness"), judged.get("scale")
    if order is None or order.ok is not True or scale is None or scale.value is None or not 0 < scale.value < 1:
        return None
    return 1 / scale.value


def _clause(one: AttributionQuality, rows: str, too_large: float | None) -> str:
    if one.measure == "relative_infidelity" and too_large is not None:
        return _SIZES.format(rows=rows, times=f"{too_large:.2g}")
    clause = CLAUSES[one.measure].format(rows=rows)
    if one.measure == "completeness_error_p95" and one.value is not None and one.required is not None:
        clause += f" by {100 * one.value:.3g} % of it in one row of twenty; {100 * one.required:.3g} % is accepted"
    return clause
