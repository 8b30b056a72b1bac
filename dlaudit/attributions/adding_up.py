"""Which methods are shown: one whose contributions should add up and do not is withheld, with its figures."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.record.judged import NotApplicable

PERCENTILE = 0.95
"""Share of rows that must add up."""
STANDARD_ERRORS = 2.0
"""What a method that adds up in expectation may miss beside the tolerance, in standard errors of its own sampling."""


def adding_up(answer: Answer, tolerance: float) -> tuple[Answer, list[NotApplicable]]:
    """The answer with only the methods that may be shown, and why each of the others is not.

    Methods that do not claim to add up are shown as what they are.

    Args:
        answer: Every method's contributions.
        tolerance: Largest completeness error, relative to the change of the score, of 95 % of rows.
    """
    kept: list[MethodAnswer] = []
    withheld: list[NotApplicable] = []
    for method in answer.methods:
        missed = missed_by(method)
        if method.adds_up == "no" or missed <= tolerance:
            kept.append(method)
        else:
            withheld.append(_withheld(method, missed, tolerance))
    return replace(answer, methods=kept), withheld


def missed_by(method: MethodAnswer) -> float:
    """95th percentile of the rows' completeness error, relative to the change of the score; infinite where there is an
    error although no score changes, 0 without rows.
    """
    if not len(method.completeness):
        return 0.0
    ranked = np.sort(relative_error(_beyond_sampling(method), method.change))
    return float(ranked[int(np.ceil(PERCENTILE * (len(ranked) - 1)))])


def _beyond_sampling(method: MethodAnswer) -> Float[np.ndarray, " n"]:
    """What the contributions miss; of a method that adds up in expectation, beyond what its own sampling explains."""
    if method.adds_up != "in expectation" or method.error is None:
        return method.completeness
    luck = STANDARD_ERRORS * np.sqrt((method.error**2).sum(axis=1))
    return np.asarray(np.maximum(np.abs(method.completeness) - luck, 0.0))


def _withheld(method: MethodAnswer, missed: float, tolerance: float) -> NotApplicable:
    by = f"by {100 * missed:.3g} % of it" if np.isfinite(missed) else "where it does not change"
    return NotApplicable(
        what=f"attributions by {method.method}",
        reason=f"the contributions miss the change of the score {by} (95th percentile of {len(method.change):,} rows; "
        f"at most {100 * tolerance:.3g} % is accepted), so they are not shown (DLA502)",
    )
