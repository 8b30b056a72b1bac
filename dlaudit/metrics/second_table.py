"""Which function of Fairlearn or scikit-learn computes the same number as each of our metrics."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Num

from dlaudit.metrics.rows import ScoredRows

Function = Callable[..., float]


@dataclass(frozen=True)
class Second:
    """Functions of the libraries that read the same truth and predictions."""

    truth: Num[np.ndarray, " n"]
    """What they get as `y_true`."""
    predicted: Num[np.ndarray, " n"]
    """What they get as `y_pred`."""
    functions: dict[str, Function]
    """By the name of our metric."""


def seconds(rows: ScoredRows) -> list[Second]:
    """Everything that can be calculated a second time for the task of those rows."""
    table = {"binary": _binary, "multiclass": _multiclass, "multilabel": _multilabel, "regression": _regression}
    found = table[rows.task](rows)
    return [Second(s.truth, s.predicted, {n: _guarded(f) for n, f in s.functions.items()}) for s in found]


def _binary(rows: ScoredRows) -> list[Second]:
    from fairlearn.metrics import mean_prediction
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, brier_score_loss, log_loss, roc_auc_score

    score = rows.score[:, 0]
    by_prediction = {**_two_classes(), "accuracy": accuracy_score, "balanced_accuracy": balanced_accuracy_score}
    by_score: dict[str, Function] = {"mean_score": mean_prediction, "auc": roc_auc_score}
    if rows.probabilities:
        by_score["brier"] = partial(brier_score_loss, labels=[0, 1])
        by_score["log_loss"] = partial(log_loss, labels=[0, 1])
    return [
        Second(rows.target, rows.prediction, by_prediction),
        Second(rows.target, score, by_score),
        Second(rows.target, rows.target, {"prevalence": mean_prediction}),
        Second(rows.target, rows.target - score, {"calibration_in_the_large": mean_prediction}),
    ]


def _two_classes() -> dict[str, Function]:
    from fairlearn.metrics import (
        false_negative_rate,
        false_positive_rate,
        selection_rate,
        true_negative_rate,
        true_positive_rate,
    )
    from sklearn.metrics import f1_score, precision_score

    return {
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "true_negative_rate": true_negative_rate,
        "false_negative_rate": false_negative_rate,
        "precision": partial(precision_score, zero_division=np.nan),
        "negative_predictive_value": partial(precision_score, pos_label=0, zero_division=np.nan),
        "f1": partial(f1_score, zero_division=np.nan),
    }


def _multiclass(rows: ScoredRows) -> list[Second]:
    from fairlearn.metrics import mean_prediction, selection_rate
    from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

    every = {"labels": list(range(len(rows.classes))), "average": "macro", "zero_division": np.nan}
    functions: dict[str, Function] = {
        "accuracy": accuracy_score,
        "macro_recall": partial(recall_score, **every),
        "macro_precision": partial(precision_score, **every),
        "macro_f1": partial(f1_score, **every),
    }
    for place, name in enumerate(rows.classes):
        one = {"labels": [place], "average": "macro", "zero_division": np.nan}
        functions[f"recall[{name}]"] = partial(recall_score, **one)
        functions[f"precision[{name}]"] = partial(precision_score, **one)
        functions[f"f1[{name}]"] = partial(f1_score, **one)
        functions[f"selection_rate[{name}]"] = partial(selection_rate, pos_label=place)
    of_class = {
        f"prevalence[{name}]": (rows.target == place).astype(np.float64) for place, name in enumerate(rows.classes)
    }
    return [
        Second(rows.target, rows.prediction, functions),
        *(Second(rows.target, held, {name: mean_prediction}) for name, held in of_class.items()),
        *(
            Second((rows.target == place).astype(np.int64), rows.score[:, place], {f"auc[{name}]": roc_auc_score})
            for place, name in enumerate(rows.classes)
        ),
    ]


def _multilabel(rows: ScoredRows) -> list[Second]:
    from fairlearn.metrics import mean_prediction
    from sklearn.metrics import accuracy_score, roc_auc_score

    found = []
    for place, label in enumerate(rows.classes):
        functions = {f"{name}[{label}]": function for name, function in _two_classes().items()}
        truth, predicted = rows.target[:, place], rows.prediction[:, place]
        found += [
            Second(truth, predicted, functions),
            Second(truth, truth, {f"prevalence[{label}]": mean_prediction}),
            Second(truth, rows.score[:, place], {f"auc[{label}]": roc_auc_score}),
        ]
    right = (rows.target == rows.prediction).all(axis=1).astype(np.int64)
    return [*found, Second(np.ones(len(rows), dtype=np.int64), right, {"accuracy": accuracy_score})]


def _regression(rows: ScoredRows) -> list[Second]:
    from fairlearn.metrics import mean_prediction
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    functions: dict[str, Function] = {
        "mean_absolute_error": mean_absolute_error,
        "root_mean_squared_error": root_mean_squared_error,
        "r2": r2_score,
        "mean_prediction": mean_prediction,
    }
    error = rows.prediction - rows.target
    return [
        Second(rows.target, rows.prediction, functions),
        Second(rows.target, error, {"mean_error": mean_prediction}),
    ]


def _guarded(function: Function) -> Function:
    """The function with NaN where the library refuses a cell, as scikit-learn does for a cell of one class."""

    def called(y_true: Any, y_pred: Any, **options: Any) -> float:
        try:
            return float(function(y_true, y_pred, **options))
        except (ValueError, ZeroDivisionError):
            return math.nan

    return called
