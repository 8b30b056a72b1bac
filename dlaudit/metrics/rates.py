"""Metrics that are counts over counts: of a binary task, of each label, of each class against the rest."""

import numpy as np
from jaxtyping import Shaped

from dlaudit.marking import N_
from dlaudit.metrics.registry import Confusion, Mapped, MeanOf, Ratio, metric

PER_PLACE = ("binary", "multiclass", "multilabel")


@metric(
    "prevalence",
    task=PER_PLACE,
    needs="confusion",
    better=None,
    formula="(TP + FN) / N",
    undefined="no rows",
    aliases=("base rate",),
    meaning=N_("Share of rows whose true label is positive."),
)
def prevalence(c: Confusion) -> Ratio:
    """(TP + FN) / N."""
    return Ratio(c.tp + c.fn, c.tp + c.fn + c.fp + c.tn)


@metric(
    "selection_rate",
    task=PER_PLACE,
    needs="confusion",
    better=None,
    formula="(TP + FP) / N",
    undefined="no rows",
    aliases=("demographic parity", "statistical parity", "predicted positive rate", "impact ratio (as a ratio)"),
    meaning=N_("Share of rows that the model predicts positive."),
)
def selection_rate(c: Confusion) -> Ratio:
    """(TP + FP) / N."""
    return Ratio(c.tp + c.fp, c.tp + c.fp + c.fn + c.tn)


@metric(
    "true_positive_rate",
    task=("binary", "multilabel"),
    needs="confusion",
    better="higher",
    formula="TP / (TP + FN)",
    undefined="no positives",
    aliases=("recall", "sensitivity", "equal opportunity"),
    meaning=N_("Share of the truly positive that the model predicts positive."),
)
def true_positive_rate(c: Confusion) -> Ratio:
    """TP / (TP + FN)."""
    return Ratio(c.tp, c.tp + c.fn)


@metric(
    "false_positive_rate",
    task=PER_PLACE,
    needs="confusion",
    better="lower",
    formula="FP / (FP + TN)",
    undefined="no negatives",
    aliases=("fall-out", "predictive equality", "false match rate (FMR, of pairs)"),
    meaning=N_("Share of the truly negative that the model predicts positive."),
)
def false_positive_rate(c: Confusion) -> Ratio:
    """FP / (FP + TN)."""
    return Ratio(c.fp, c.fp + c.tn)


@metric(
    "true_negative_rate",
    task=("binary", "multilabel"),
    needs="confusion",
    better="higher",
    formula="TN / (FP + TN)",
    undefined="no negatives",
    aliases=("specificity",),
    meaning=N_("Share of the truly negative that the model predicts negative."),
)
def true_negative_rate(c: Confusion) -> Ratio:
    """TN / (FP + TN)."""
    return Ratio(c.tn, c.fp + c.tn)


@metric(
    "false_negative_rate",
    task=("binary", "multilabel"),
    needs="confusion",
    better="lower",
    formula="FN / (TP + FN)",
    undefined="no positives",
    aliases=("miss rate", "false non-match rate (FNMR, of pairs)"),
    meaning=N_("Share of the truly positive that the model misses."),
)
def false_negative_rate(c: Confusion) -> Ratio:
    """FN / (TP + FN)."""
    return Ratio(c.fn, c.tp + c.fn)


@metric(
    "recall",
    task="multiclass",
    needs="confusion",
    better="higher",
    formula="TP / (TP + FN)",
    undefined="no rows of the class",
    aliases=("true positive rate", "sensitivity", "equal opportunity"),
    meaning=N_("Share of a class's rows that the model gives to that class."),
)
def recall(c: Confusion) -> Ratio:
    """TP / (TP + FN) of a class."""
    return Ratio(c.tp, c.tp + c.fn)


@metric(
    "accuracy",
    task=PER_PLACE,
    needs="table",
    better="higher",
    formula="right / N",
    undefined="no rows",
    aliases=("overall accuracy equality", "exact match (multilabel)", "subset accuracy (multilabel)"),
    meaning=N_("Share of rows that the model predicts right; of several labels, all of them."),
)
def accuracy(table: Shaped[np.ndarray, "slices truth predicted"]) -> Ratio:
    """The diagonal over all rows."""
    return Ratio(np.trace(table, axis1=1, axis2=2), table.sum(axis=(1, 2)))


@metric(
    "precision",
    task=PER_PLACE,
    needs="confusion",
    better="higher",
    formula="TP / (TP + FP)",
    undefined="no predicted positives",
    aliases=("positive predictive value", "predictive parity"),
    meaning=N_("Share of the predicted positives that are truly positive."),
)
def precision(c: Confusion) -> Ratio:
    """TP / (TP + FP)."""
    return Ratio(c.tp, c.tp + c.fp)


@metric(
    "negative_predictive_value",
    task=("binary", "multilabel"),
    needs="confusion",
    better="higher",
    formula="TN / (TN + FN)",
    undefined="no predicted negatives",
    meaning=N_("Share of the predicted negatives that are truly negative."),
)
def negative_predictive_value(c: Confusion) -> Ratio:
    """TN / (TN + FN)."""
    return Ratio(c.tn, c.tn + c.fn)


@metric(
    "false_discovery_rate",
    task=("binary", "multilabel"),
    needs="confusion",
    better="lower",
    formula="FP / (TP + FP)",
    undefined="no predicted positives",
    meaning=N_("Share of the predicted positives that are truly negative."),
)
def false_discovery_rate(c: Confusion) -> Ratio:
    """FP / (TP + FP)."""
    return Ratio(c.fp, c.tp + c.fp)


@metric(
    "false_omission_rate",
    task=("binary", "multilabel"),
    needs="confusion",
    better="lower",
    formula="FN / (TN + FN)",
    undefined="no predicted negatives",
    meaning=N_("Share of the predicted negatives that are truly positive."),
)
def false_omission_rate(c: Confusion) -> Ratio:
    """FN / (TN + FN)."""
    return Ratio(c.fn, c.tn + c.fn)


@metric(
    "f1",
    task=PER_PLACE,
    needs="confusion",
    better="higher",
    formula="2 TP / (2 TP + FP + FN)",
    undefined="no positives, neither true nor predicted",
    aliases=("F-score", "Dice"),
    meaning=N_("Harmonic mean of precision and recall."),
)
def f1(c: Confusion) -> Mapped:
    """2J / (1 + J) of J = TP / (TP + FP + FN), which is a share of rows where F1 is not."""
    return Mapped(Ratio(c.tp, c.tp + c.fp + c.fn), lambda share: 2 * share / (1 + share))


@metric(
    "balanced_accuracy",
    task="binary",
    needs="table",
    better="higher",
    formula="(TPR + TNR) / 2",
    undefined="no positives or no negatives",
    meaning=N_("Mean of the true positive and the true negative rate."),
)
def balanced_accuracy(table: Shaped[np.ndarray, "slices truth predicted"]) -> MeanOf:
    """Mean of the rates at which either label is predicted right."""
    return _mean_recall(table)


@metric(
    "macro_recall",
    task="multiclass",
    needs="table",
    better="higher",
    formula="mean over classes of TP / (TP + FN)",
    undefined="a class has no rows",
    aliases=("balanced accuracy", "unweighted average recall"),
    meaning=N_("Mean over the classes of the share of rows that the model gives to the right class."),
)
def macro_recall(table: Shaped[np.ndarray, "slices truth predicted"]) -> MeanOf:
    """Mean of the recalls of all classes; a slice without a class has none, since it would be another mean."""
    return _mean_recall(table)


def _mean_recall(table: Shaped[np.ndarray, "slices truth predicted"]) -> MeanOf:
    return MeanOf(tuple(Ratio(table[:, k, k], table[:, k, :].sum(axis=1)) for k in range(table.shape[1])))
