"""How metrics are spoken of."""

from dataclasses import dataclass

from dlaudit.outputs.translate import N_


@dataclass(frozen=True)
class MetricWords:
    """How a metric is spoken of."""

    label: str
    """Its name in words."""
    rate: bool = False
    """Whether it is a share, shown in percent."""
    clause: str = ""
    """What happens to the people counted, as `are selected`; empty where it is no share of people."""
    among: str = ""
    """Whom it is a share of, as ` who are truly positive`; empty for everyone in the slice."""
    conditional: bool = False
    """Whether it can differ by the slices' prevalence alone, which then stands beside it."""


_POSITIVE, _NEGATIVE = " who are truly positive", " who are truly negative"

METRICS = {
    "selection_rate": MetricWords(N_("selection rate"), True, "are selected"),
    "prevalence": MetricWords(N_("prevalence"), True, "are truly positive"),
    "true_positive_rate": MetricWords(N_("true positive rate"), True, "are predicted positive", _POSITIVE, True),
    "false_positive_rate": MetricWords(N_("false positive rate"), True, "are predicted positive", _NEGATIVE, True),
    "true_negative_rate": MetricWords(N_("true negative rate"), True, "are predicted negative", _NEGATIVE, True),
    "false_negative_rate": MetricWords(N_("false negative rate"), True, "are predicted negative", _POSITIVE, True),
    "accuracy": MetricWords(N_("accuracy"), True, "are predicted right", conditional=True),
    "precision": MetricWords(N_("precision"), True, "are truly positive", " who are predicted positive", True),
    "negative_predictive_value": MetricWords(
        N_("negative predictive value"), True, "are truly negative", " who are predicted negative", True
    ),
    "false_discovery_rate": MetricWords(
        N_("false discovery rate"), True, "are truly negative", " who are predicted positive", True
    ),
    "false_omission_rate": MetricWords(
        N_("false omission rate"), True, "are truly positive", " who are predicted negative", True
    ),
    "scoring_rate": MetricWords(N_("scoring rate"), True),
    "recall": MetricWords(N_("recall"), True, conditional=True),
    "balanced_accuracy": MetricWords(N_("balanced accuracy"), True, conditional=True),
    "macro_recall": MetricWords(N_("macro recall"), True, conditional=True),
    "hamming_loss": MetricWords(N_("Hamming loss"), True, conditional=True),
    "macro_precision": MetricWords(N_("macro precision"), True, conditional=True),
    "macro_f1": MetricWords(N_("macro F1"), conditional=True),
    "bpsn_auc": MetricWords(N_("AUC of the slice's negatives"), conditional=True),
    "bnsp_auc": MetricWords(N_("AUC of the slice's positives"), conditional=True),
    "r2": MetricWords("R²"),
    "auc": MetricWords(N_("AUC"), conditional=True),
    "f1": MetricWords("F1", conditional=True),
    "mean_score": MetricWords(N_("mean score")),
    "brier": MetricWords(N_("Brier score"), conditional=True),
    "log_loss": MetricWords(N_("log loss"), conditional=True),
    "mean_error": MetricWords(N_("mean error")),
    "mean_absolute_error": MetricWords(N_("mean absolute error")),
    "root_mean_squared_error": MetricWords(N_("root mean squared error")),
    "mean_prediction": MetricWords(N_("mean prediction")),
    "mean_value": MetricWords(N_("mean value")),
    "median_value": MetricWords(N_("median value")),
    "tenth_percentile": MetricWords(N_("tenth percentile")),
    "equal_error_rate": MetricWords(N_("equal error rate"), True, conditional=True),
    "calibration_in_the_large": MetricWords(N_("calibration in the large"), conditional=True),
}
"""By the metric's name without its class; a metric that is not here goes by its own name."""

PRIMARY = {
    "binary": ("selection_rate", "true_positive_rate", "false_positive_rate"),
    "multiclass": ("accuracy", "recall"),
    "multilabel": ("true_positive_rate", "false_positive_rate"),
    "regression": ("mean_error", "mean_absolute_error"),
}
"""Metrics shown first, in this order; the others are folded away unless a rule names them."""

COMPLEMENTS = {
    "true_negative_rate": "false_positive_rate",
    "false_negative_rate": "true_positive_rate",
    "false_discovery_rate": "precision",
    "false_omission_rate": "negative_predictive_value",
}
"""Metric to the one that is 1 minus it: both have the same gap."""
