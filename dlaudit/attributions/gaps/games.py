"""Games: what a metric makes of a score and a label, and how labels take part when two people are mixed.

A metric that is a mean of one number per row is split by playing the game on that number: the gap of the selection
rate on the decision itself, the gap of the log loss on the loss. Each step then adds up exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Num

Labels = Literal["free", "within", "mix", "player"]
"""How labels take part: `free` not at all; `within` only rows of one label count, and only they are paired; `mix` only
equal labels are paired, and the shares of labels are a row of their own; `player` the label is exchanged as inputs are.
"""
Number = Callable[[Float[np.ndarray, "m k"], Num[np.ndarray, " m"], "Place"], Num[np.ndarray, " m"]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which score a game looks at, and when that score is a decision."""

    column: int = 0
    """Column of the scores (and, for multilabel, of the labels)."""
    threshold: float = 0.5
    """A label is predicted where its score >= threshold."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A metric as a mean of one number per row."""

    labels: Labels
    """How labels take part."""
    number: Number
    """The number of each row, from its scores and its label."""
    within: int | Literal["column"] | None = None
    """For `within`: the label of the rows that count; `column` for the class that the column stands for."""
    probabilities: bool = False
    """Whether it speaks of probabilities only."""


@dataclass(frozen=True, kw_only=True)
class Game:
    """A form at a place: one metric of one class or label."""

    metric: str
    """As measurements name it: `selection_rate`, `recall[cat]`."""
    form: Form
    place: Place

    @property
    def within(self) -> int | None:
        """Label of the rows that count; None where all do."""
        return self.place.column if self.form.within == "column" else self.form.within

    @property
    def pairing(self) -> int | None:
        """Column of the labels within which people are paired; None where anybody is paired with anybody.

        The classes of a multiclass task are one column of labels, the labels of a multilabel task one each.
        """
        if self.form.labels in ("free", "player"):
            return None
        return 0 if self.form.within == "column" else self.place.column

    def numbers(self, scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """The number of each row whose mean is the metric."""
        return np.asarray(self.form.number(scores, labels, self.place), dtype=np.float64)


def _score(scores: Float[np.ndarray, "m k"], _: Num[np.ndarray, " m"], at: Place) -> Float[np.ndarray, " m"]:
    return scores[:, at.column]


def _decided(scores: Float[np.ndarray, "m k"], _: Num[np.ndarray, " m"], at: Place) -> Bool[np.ndarray, " m"]:
    return np.asarray(scores[:, at.column] >= at.threshold)


def _not_decided(scores: Float[np.ndarray, "m k"], _: Num[np.ndarray, " m"], at: Place) -> Bool[np.ndarray, " m"]:
    return ~_decided(scores, _, at)


def _chosen(scores: Float[np.ndarray, "m k"], _: Num[np.ndarray, " m"], at: Place) -> Bool[np.ndarray, " m"]:
    return np.asarray(np.argmax(scores, axis=1) == at.column)


def _right(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], at: Place) -> Bool[np.ndarray, " m"]:
    return np.asarray((scores[:, at.column] >= at.threshold) == (labels == 1))


def _right_class(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], _: Place) -> Bool[np.ndarray, " m"]:
    return np.asarray(np.argmax(scores, axis=1) == labels)


def _loss(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], at: Place) -> Float[np.ndarray, " m"]:
    happened = np.where(labels == 1, scores[:, at.column], 1.0 - scores[:, at.column])
    return _surprise(happened)


def _class_loss(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], _: Place) -> Float[np.ndarray, " m"]:
    return _surprise(scores[np.arange(len(scores)), labels.astype(np.int64)])


def _surprise(happened: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """-ln of the probability of what happened, kept off 0 as the metric `log_loss` keeps it."""
    smallest = float(np.finfo(np.float64).eps)
    return np.asarray(-np.log(np.clip(happened, smallest, 1 - smallest)))


def _squared(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], at: Place) -> Float[np.ndarray, " m"]:
    return np.asarray((labels - scores[:, at.column]) ** 2)


def _missing(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], at: Place) -> Float[np.ndarray, " m"]:
    return np.asarray(labels - scores[:, at.column])


def _error(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], at: Place) -> Float[np.ndarray, " m"]:
    return np.asarray(scores[:, at.column] - labels)


def _distance(scores: Float[np.ndarray, "m k"], labels: Num[np.ndarray, " m"], at: Place) -> Float[np.ndarray, " m"]:
    return np.asarray(np.abs(scores[:, at.column] - labels))


_RATES = {
    "selection_rate": Form(labels="free", number=_decided),
    "true_positive_rate": Form(labels="within", number=_decided, within=1),
    "false_positive_rate": Form(labels="within", number=_decided, within=0),
    "true_negative_rate": Form(labels="within", number=_not_decided, within=0),
    "false_negative_rate": Form(labels="within", number=_not_decided, within=1),
}
FORMS: dict[str, dict[str, Form]] = {
    "binary": {
        "mean_score": Form(labels="free", number=_score),
        **_RATES,
        "accuracy": Form(labels="mix", number=_right),
        "log_loss": Form(labels="mix", number=_loss, probabilities=True),
        "brier": Form(labels="mix", number=_squared, probabilities=True),
        "calibration_in_the_large": Form(labels="mix", number=_missing, probabilities=True),
    },
    "multiclass": {
        "recall": Form(labels="within", number=_chosen, within="column"),
        "selection_rate": Form(labels="free", number=_chosen),
        "accuracy": Form(labels="mix", number=_right_class),
        "log_loss": Form(labels="mix", number=_class_loss, probabilities=True),
    },
    "multilabel": dict(_RATES),
    "regression": {
        "mean_prediction": Form(labels="free", number=_score),
        "mean_error": Form(labels="player", number=_error),
        "mean_absolute_error": Form(labels="player", number=_distance),
    },
}
"""By task and metric."""

_MODEL_DENOMINATOR = "its denominator counts the model's own predictions, so it is no mean over a fixed set of people"
_PAIRS_OF_ROWS = "it compares rows with one another, so it is no mean of one number per row"
_NOT_A_MEAN = {
    **dict.fromkeys(("precision", "negative_predictive_value", "false_discovery_rate"), _MODEL_DENOMINATOR),
    **dict.fromkeys(("false_omission_rate", "f1", "macro_precision", "macro_f1"), _MODEL_DENOMINATOR),
    **dict.fromkeys(("auc", "bpsn_auc", "bnsp_auc", "equal_error_rate", "scoring_rate"), _PAIRS_OF_ROWS),
    "detection_average_precision": "detections are given, without a model",
    **dict.fromkeys(("mean_value", "median_value", "tenth_percentile"), "values are given for rows, without a model"),
    "r2": "it divides by the spread of the labels of each slice, so it is no mean of one number per row",
    "root_mean_squared_error": "a root of a mean is no mean; mean_absolute_error is split instead",
    "prevalence": "it does not depend on the model",
    "balanced_accuracy": "it is the mean of two rates, which are split each on its own",
    "macro_recall": "it is the mean of the classes' recalls, which are split each on its own",
    "false_positive_rate": "rows of several other classes count in it; recall and selection_rate are split instead",
    "accuracy": "it asks for all labels at once; the rates of each label are split instead",
    "hamming_loss": "it asks for all labels at once; the rates of each label are split instead",
}


def decomposable(task: str) -> tuple[str, ...]:
    """Metrics whose gaps can be split over inputs; those of a class or label without its name in brackets.

    Args:
        task: `binary`, `multiclass`, `multilabel` or `regression`.
    """
    return tuple(FORMS.get(task, {}))


def why_not(metric: str, task: str) -> str | None:
    """Why the gap of a metric cannot be split over inputs, as a clause; None where it can.

    Args:
        metric: As measurements name it, with or without a class in brackets.
        task: What the model predicts.
    """
    base = metric.partition("[")[0]
    if base in FORMS.get(task, {}):
        return None
    return _NOT_A_MEAN.get(base, f"dlaudit does not know it as a mean of one number per row of a {task} task")


def column_of(metric: str, classes: Sequence[str]) -> int:
    """Column of the scores that a metric's name speaks of: that of the class in brackets, else 0.

    Raises:
        ValueError: The class is not one of `classes`.
    """
    _, opened, rest = metric.partition("[")
    return list(classes).index(rest.removesuffix("]")) if opened else 0


def game_of(metric: str, task: str, *, threshold: float = 0.5, classes: Sequence[str] = ()) -> Game:
    """The game of a metric that `decomposable` names.

    Args:
        metric: As measurements name it.
        task: What the model predicts.
        threshold: A label is predicted where its score >= threshold.
        classes: Class or label names in the order of their codes, for metrics that name one.

    Raises:
        KeyError: It is no metric that can be split.
        ValueError: The class in brackets is not one of `classes`.
    """
    return game_at(metric, task, Place(column=column_of(metric, classes), threshold=threshold))


def game_at(metric: str, task: str, place: Place) -> Game:
    """The same where the column is known already.

    Raises:
        KeyError: It is no metric that can be split.
    """
    return Game(metric=metric, form=FORMS[task][metric.partition("[")[0]], place=place)
