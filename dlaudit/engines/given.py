"""Scores of a predictions file read as the audit needs them, without torch."""

from typing import Any

import numpy as np

from dlaudit.errors import DataRefused, Place

_ROUNDING = 1e-6


def given_scores(values: np.ndarray[Any, Any], task: str, output: str, file: str | None) -> np.ndarray[Any, Any]:
    """Scores float64 `[n, k]` of the score columns, as probabilities where they are logits.

    Args:
        values: float64 `[n, k]` as the file has them.
        task: What was predicted.
        output: `logit` is turned into a probability; `probability` must lie in 0..1; others are kept.
        file: For messages.

    Raises:
        DataRefused: A probability outside 0..1 (DLA213).
    """
    if output == "logit":
        return _softmax(values) if task == "multiclass" else _sigmoid(values)
    if output == "probability":
        outside = (values < -_ROUNDING) | (values > 1 + _ROUNDING)
        if outside.any():
            row = int(np.flatnonzero(outside.any(axis=1))[0])
            raise DataRefused(
                "DLA213",
                f"a score of {values[row][outside[row]][0]:g} is no probability",
                place=Place(file=file),
                expected="numbers from 0 to 1",
                fix="Set model.output to logit, or to score with a model.threshold in the score's own unit.",
            )
    return values


def _sigmoid(logits: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    large = 1 / (1 + np.exp(-np.abs(logits)))
    return np.asarray(np.where(logits >= 0, large, 1 - large))


def _softmax(logits: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
