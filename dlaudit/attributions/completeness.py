"""How far contributions may miss the change of the score that they split."""

import numpy as np
from jaxtyping import Float

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
