"""How far contributions may miss the change of the score that they split."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    from dlaudit.attributions.request import Explanation

ROUNDING = 1e-6
"""Errors up to this are the rounding of float32 scores, and count as 0."""


def relative_error(error: Float[np.ndarray, " n"], change: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Size of each row's completeness error over its change of score, floored at the median size of changes.

    Without the floor a row that happens to score like the reference would need an error of exactly 0. Infinite
    where there is an error although no score changes.

    Args:
        error: Sum of contributions minus change of score.
        change: Score minus the reference's score.
    """
    size, missed = np.abs(change), np.abs(error)
    scale = np.maximum(size, np.median(size)) if len(size) else size
    missed = np.where(missed <= ROUNDING, 0.0, missed)
    return np.asarray(np.divide(missed, scale, out=np.where(missed > 0, np.inf, 0.0), where=scale > 0))


def holds(explanation: "Explanation", tolerance: float) -> str | None:
    """Why contributions that should add up do not, or None where they do.

    The last net under every method whose sum is exact: whatever made it wrong, a rule that was not applied or a layer
    that nothing saw, shows here.

    Args:
        explanation: What a method found whose contributions are to add up exactly.
        tolerance: Largest relative completeness error accepted at the 95th percentile of rows.
    """
    relative = np.sort(relative_error(explanation.completeness, explanation.change))
    if not len(relative):
        return None
    p95 = float(relative[int(np.ceil(0.95 * (len(relative) - 1)))])
    if p95 <= tolerance:
        return None
    missed = f"{p95:.1%} of the change of the score" if np.isfinite(p95) else "a score that does not change"
    return f"its contributions miss {missed} in one row of twenty; {tolerance:.1%} is accepted"
