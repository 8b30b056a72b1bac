"""Metrics that are the mean of one number per row (counts.VARIABLES), or an increasing function of such a mean."""

import math

from dlaudit.marking import N_
from dlaudit.metrics.registry import metric

ANY = (-math.inf, math.inf)
NOT_NEGATIVE = (0.0, math.inf)


@metric(
    "mean_score",
    task="binary",
    needs="mean",
    variable="score",
    better=None,
    formula="sum of scores / N",
    undefined="no rows",
    aliases=("mean prediction", "expected selection rate"),
    meaning=N_("Mean of the model's scores, before any threshold."),
)
def mean_score(mean: float) -> float:
    """Mean of the score."""
    return mean


@metric(
    "calibration_in_the_large",
    task="binary",
    needs="mean",
    variable="residual",
    better=None,
    formula="sum of (y - score) / N",
    undefined="no rows",
    span=(-1.0, 1.0),
    probabilities=True,
    aliases=("mean calibration error, signed",),
    meaning=N_("How far the share of positives lies above the mean score: positive where the model scores too low."),
)
def calibration_in_the_large(mean: float) -> float:
    """Mean of y - score."""
    return mean


@metric(
    "brier",
    task="binary",
    needs="mean",
    variable="squared_residual",
    better="lower",
    formula="sum of (y - score)² / N",
    undefined="no rows",
    probabilities=True,
    meaning=N_("Mean squared distance between score and label."),
)
def brier(mean: float) -> float:
    """Mean of (y - score)² (Brier 1950, DOI 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2)."""
    return mean


@metric(
    "log_loss",
    task=("binary", "multiclass"),
    needs="mean",
    variable="log_loss",
    better="lower",
    formula="sum of -ln(score of the true class) / N",
    undefined="no rows",
    span=NOT_NEGATIVE,
    probabilities=True,
    aliases=("cross-entropy", "negative log-likelihood"),
    meaning=N_("Mean surprise at the true label, given the scores."),
)
def log_loss(mean: float) -> float:
    """Mean of -ln(score of the true class)."""
    return mean


@metric(
    "hamming_loss",
    task="multilabel",
    needs="mean",
    variable="wrong_share",
    better="lower",
    formula="wrong labels / (N L)",
    undefined="no rows",
    meaning=N_("Share of all labels that are predicted wrong."),
)
def hamming_loss(mean: float) -> float:
    """Mean over rows of the share of wrong labels."""
    return mean


@metric(
    "mean_error",
    task="regression",
    needs="mean",
    variable="error",
    better=None,
    formula="sum of (prediction - y) / N",
    undefined="no rows",
    span=ANY,
    aliases=("signed error", "mean residual, negated"),
    meaning=N_("How far predictions lie above the truth on average; negative where they lie below."),
)
def mean_error(mean: float) -> float:
    """Mean of prediction - y."""
    return mean


@metric(
    "mean_absolute_error",
    task="regression",
    needs="mean",
    variable="absolute_error",
    better="lower",
    formula="sum of |prediction - y| / N",
    undefined="no rows",
    span=NOT_NEGATIVE,
    aliases=("MAE",),
    meaning=N_("Mean distance between prediction and truth."),
)
def mean_absolute_error(mean: float) -> float:
    """Mean of |prediction - y|."""
    return mean


@metric(
    "root_mean_squared_error",
    task="regression",
    needs="mean",
    variable="squared_error",
    better="lower",
    formula="sqrt(sum of (prediction - y)² / N)",
    undefined="no rows",
    span=NOT_NEGATIVE,
    aliases=("RMSE",),
    meaning=N_("Root of the mean squared distance between prediction and truth; large errors weigh more."),
)
def root_mean_squared_error(mean: float) -> float:
    """Root of the mean of (prediction - y)²."""
    return math.sqrt(mean)


@metric(
    "mean_prediction",
    task="regression",
    needs="mean",
    variable="prediction",
    better=None,
    formula="sum of predictions / N",
    undefined="no rows",
    span=ANY,
    meaning=N_("Mean of the model's predictions."),
)
def mean_prediction(mean: float) -> float:
    """Mean of the prediction."""
    return mean
