"""Scored rows: what the model said about people whose label is known, as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Num, Shaped

from dlaudit.errors import DataRefused

WHOLE_SUM = 1e-6
"""How far the class scores of a row may sum from 1 and still be probabilities."""

WEIGHTS = (1e-100, 1e100)
"""Weights that are not 0 lie between these: products of three of them are still numbers."""


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """Labels, scores and predictions of rows, aligned.

    Raises:
        DataRefused: A score is not finite (DLA212), or a weight is negative, not finite, or of a size whose square is
            not a number (DLA414): each would turn every figure of its slice into NaN, and a comparison with NaN is
            silently false.
    """

    atom: Int[np.ndarray, " n"]
    """Finest slice that each row belongs to."""
    target: Num[np.ndarray, "n *labels"]
    """Binary 0/1; multiclass class codes; multilabel 0/1 `[n, L]`; regression numbers."""
    score: Float[np.ndarray, "n k"]
    """Binary: of the positive class, k = 1; multiclass per class; multilabel per label; regression: the prediction."""
    prediction: Num[np.ndarray, "n *labels"]
    """In the form of `target`."""
    weight: Float[np.ndarray, " n"] | None = None
    """Row weights, 0 or more; None where every row counts once."""
    unit: Int[np.ndarray, "n *sides"] | None = None
    """Person or cluster that each row belongs to; the two people [n, 2] of rows that are pairs; None where rows are
    independent."""
    task: str = "binary"
    """`binary`, `multiclass`, `multilabel` or `regression`."""
    classes: tuple[str, ...] = ()
    """Class or label names in the order of the codes; negative then positive for a binary task."""
    threshold: float | None = None
    """Prediction is positive where score >= threshold; None for tasks without one."""
    chosen_at: float | None = None
    """Share of the negatives of these same rows that the threshold was chosen to let pass; None where it was given."""

    def __post_init__(self) -> None:
        _refuse(
            ~np.isfinite(self.score).all(axis=1), "DLA212", "a score is NaN or infinite", "Repair the model's outputs."
        )
        if self.weight is not None:
            wrong = ~(np.isfinite(self.weight) & (self.weight >= 0))
            _refuse(wrong, "DLA414", "a weight is negative or not finite", "Give weights of 0 or more.")
            least, most = WEIGHTS
            wrong = (self.weight > 0) & ((self.weight < least) | (self.weight > most))
            _refuse(wrong, "DLA414", f"a weight is not within {least:g} to {most:g}", "Give weights in another unit.")

    def __len__(self) -> int:
        return len(self.atom)

    def take(self, chosen: Shaped[np.ndarray, " m"]) -> "ScoredRows":
        """The rows at those positions, or where a mask is true, in that order."""
        return self._picked(chosen)

    def blocks(self, size: int) -> "Iterator[ScoredRows]":
        """The rows in order, `size` at a time, without a copy."""
        for start in range(0, len(self), size):
            yield self._picked(slice(start, start + size))

    def _picked(self, chosen: Any) -> "ScoredRows":
        return ScoredRows(
            atom=self.atom[chosen],
            target=self.target[chosen],
            score=self.score[chosen],
            prediction=self.prediction[chosen],
            weight=None if self.weight is None else self.weight[chosen],
            unit=None if self.unit is None else self.unit[chosen],
            task=self.task,
            classes=self.classes,
            threshold=self.threshold,
            chosen_at=self.chosen_at,
        )

    @property
    def places(self) -> int:
        """Number of classes or labels; 2 for a binary task, 0 for regression."""
        return {"binary": 2, "regression": 0}.get(self.task, int(self.score.shape[1]))

    @property
    def probabilities(self) -> bool:
        """Whether every score lies in 0..1 and, for a multiclass task, every row sums to 1."""
        inside = bool(((self.score >= 0) & (self.score <= 1)).all())
        if self.task != "multiclass":
            return inside and self.task != "regression"
        return inside and bool((np.abs(self.score.sum(axis=1) - 1) <= WHOLE_SUM).all())


def _refuse(wrong: Bool[np.ndarray, " n"], code: str, what: str, fix: str) -> None:
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise DataRefused(code, f"{what} in {int(wrong.sum())} rows, first in scored row {first + 1}", fix=fix)
