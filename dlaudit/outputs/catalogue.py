"""Every word that an output says of its own accord, in one place.

Templates find their words under `TEXT`; sentences with slots are filled by `dlaudit.outputs.sentences`. Data never
stands here, and a slot's content is never read as a template again.
"""

from dataclasses import dataclass

from dlaudit.outputs import catalogue_against as against
from dlaudit.outputs import catalogue_diff as diff
from dlaudit.outputs import catalogue_explained as explained
from dlaudit.outputs import catalogue_inventory as inventory
from dlaudit.outputs import catalogue_maps as maps
from dlaudit.outputs import catalogue_spread as spread
from dlaudit.outputs import catalogue_standards as standards
from dlaudit.outputs import catalogue_texts as texts

TITLE = "Audit of {model} on {data}"

BADGES = {
    "pass": "Within tolerance",
    "fail": "Outside tolerance",
    "undecided": "Undecided",
    "none": "Not judged",
}
"""The verdict's words. They say where the gaps lie, not what the model is."""

SIGNS = {
    "pass": "●",
    "fail": "◆",
    "undecided": "○",
    "none": "–",
    "few": "·",
    "ref": "■",
    "undefined": "–",
    "hidden": "–",
}
"""A result is told by its shape as well as by its colour."""

RESULTS = {
    "pass": "Within tolerance",
    "fail": "Outside tolerance",
    "undecided": "Undecided",
    "none": "",
    "few": "Too few to pass judgement",
    "ref": "Reference",
    "undefined": "Undefined",
    "hidden": "Not shown",
}

SECTIONS = {
    "verdict": ("Verdict", "May this model be used as it is?"),
    "gaps": ("Gaps by slice", "How differently does the model treat each slice, and how sure is that?"),
    "intersections": ("Intersections", "Do gaps hide where two sensitive features meet?"),
    "why": ("Why", "Which inputs carry the gaps?"),
    "trust": ("Trust in the why", "How far can the explanation be believed?"),
    **spread.SECTIONS,
    **against.SECTIONS,
    "findings": ("Findings", "What should a reader know and do next?"),
    "data": ("Data", "What was audited, and what had to be left out?"),
    **standards.SECTIONS,
    "method": ("Method and limits", "What was run, and what can it not say?"),
    "glossary": ("Glossary", "What do the words mean?"),
}
"""Sections in reading order: heading and the question that it answers."""

TEXT = {
    **spread.TEXT,
    **against.TEXT,
    **explained.TEXT,
    **maps.TEXT,
    **inventory.TEXT,
    **diff.TEXT,
    **standards.TEXT,
    **texts.TEXT,
    "skip": "Skip to the verdict",
    "theme": "Light / dark",
    "unfold": "Unfold everything",
    "not_run": "(not run)",
    "not_recorded": "not recorded",
    "largest_gap": "Largest gap",
    "decided": "How much could be decided",
    "checks_caption": "One row per rule and sensitive feature. The interval belongs to the whole check; each of its "
    "ends is wrong about as often as the check itself may be. Intervals of the same gaps further down are found in "
    "another way, for display; they can be wider or narrower and decide nothing.",
    "checks_none": "No rules were given, so nothing was judged. Add a rule to judge this audit:",
    "gaps_caption": "Each line is a slice's value with its own interval; the gap at the head of each sensitive feature "
    "has an interval that holds for all its slices together.",
    "gaps_more": "All other metrics",
    "gaps_none": "There is nothing to compare: no metric is defined on two slices of one sensitive feature.",
    "conditional": "Gaps within the levels of control features",
    "beside": "{label} can differ between slices merely because the positive label is more common in one, so its "
    "prevalence stands beside it.",
    "key_fail": "breaks a rule",
    "key_pass": "a rule holds for it",
    "key_undecided": "too little data to tell",
    "key_few": "fewer than {min_size}: no pass speaks about it",
    "key_none": "not named by a rule's result",
    "key_ref": "reference: the rule's own, else the largest slice",
    "false_match": "False match rate",
    "crossed_caption": "The false positive rate, which is that of pairs of two people, by the {feature} of both. On "
    "the diagonal are pairs of one level, which the gaps compare; beside it pairs of two levels, which are compared "
    "with none: strangers of "
    "different {feature} are often told apart more easily. Colour is the distance from the overall value of "
    "{overall}; full colour and an outline only where the cell's own interval excludes it.",
    "key_band": "pale band: what the rule allows beside the reference",
    "heat_caption": "{label}; colour is the distance from the overall value of {overall}. Full colour and an outline "
    "only where the cell's own interval excludes it. Of many cells, about one in twenty does so by chance.",
    "heat_key": "{low} … {high}: distance from the overall value",
    "guesses": "What was inferred rather than given",
    "guesses_caption": "Pin these in dlaudit.toml, so that a change of the data cannot change what is audited.",
    "rejected_caption": "Rows that could not be used, and where they are missing.",
    "second": "A second calculation",
    "second_caption": "Metrics recomputed by an independent library on the same rows.",
    "skipped": "What was not done",
    "cannot": "What this audit cannot say",
    "provenance": "Provenance",
    "footer": "Made by dlaudit {version}. The same figures are in audit.json beside this file.",
}
"""Words of the templates, by the name that the templates use."""

LIMITS = (
    "Whether the labels are right. They are taken as the truth; where they carry past decisions, so do the gaps.",
    "What causes a gap. Contributions describe the model's arithmetic on these rows.",
    "Anything about people whose sensitive features were not recorded, or about features that were not given.",
    "How the model does on people unlike those in this file, or after the world has changed.",
    "Whether a gap is lawful or acceptable. Limits are the reader's own; error rates hold for independent rows and a "
    "decision threshold that was chosen on other data.",
)

GLOSSARY = {
    "slice": "Rows that share the levels of one or more sensitive features.",
    "sensitive feature": "A column whose levels are compared.",
    "interval": "The values that the data are compatible with. Too few rows make it wide.",
    "difference": "The largest value of the slices minus the smallest; in a row, its value minus the reference's.",
    "ratio": "The smallest value of the slices over the largest; in a row, its value over the reference's.",
    "check": "One rule judged on one sensitive feature.",
    "undecided": "The data allow both that the rule holds and that it is broken.",
    "undefined": "There is no such number: a rate over no rows is not 0.",
    "contribution": "The part of a score, or of a gap, that a method assigns to one input.",
    "prevalence": "How common the positive label is among the rows of a slice.",
    **explained.GLOSSARY,
    **spread.GLOSSARY,
}


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
    "selection_rate": MetricWords("selection rate", True, "are selected"),
    "prevalence": MetricWords("prevalence", True, "are truly positive"),
    "true_positive_rate": MetricWords("true positive rate", True, "are predicted positive", _POSITIVE, True),
    "false_positive_rate": MetricWords("false positive rate", True, "are predicted positive", _NEGATIVE, True),
    "true_negative_rate": MetricWords("true negative rate", True, "are predicted negative", _NEGATIVE, True),
    "false_negative_rate": MetricWords("false negative rate", True, "are predicted negative", _POSITIVE, True),
    "accuracy": MetricWords("accuracy", True, "are predicted right", conditional=True),
    "precision": MetricWords("precision", True, "are truly positive", " who are predicted positive", True),
    "negative_predictive_value": MetricWords(
        "negative predictive value", True, "are truly negative", " who are predicted negative", True
    ),
    "false_discovery_rate": MetricWords(
        "false discovery rate", True, "are truly negative", " who are predicted positive", True
    ),
    "false_omission_rate": MetricWords(
        "false omission rate", True, "are truly positive", " who are predicted negative", True
    ),
    "recall": MetricWords("recall", True, conditional=True),
    "balanced_accuracy": MetricWords("balanced accuracy", True, conditional=True),
    "macro_recall": MetricWords("macro recall", True, conditional=True),
    "hamming_loss": MetricWords("Hamming loss", True, conditional=True),
    "macro_precision": MetricWords("macro precision", True, conditional=True),
    "macro_f1": MetricWords("macro F1", conditional=True),
    "bpsn_auc": MetricWords("AUC of the slice's negatives", conditional=True),
    "bnsp_auc": MetricWords("AUC of the slice's positives", conditional=True),
    "r2": MetricWords("R²"),
    "auc": MetricWords("AUC", conditional=True),
    "f1": MetricWords("F1", conditional=True),
    "mean_score": MetricWords("mean score"),
    "brier": MetricWords("Brier score", conditional=True),
    "log_loss": MetricWords("log loss", conditional=True),
    "mean_error": MetricWords("mean error"),
    "mean_absolute_error": MetricWords("mean absolute error"),
    "root_mean_squared_error": MetricWords("root mean squared error"),
    "mean_prediction": MetricWords("mean prediction"),
    "mean_value": MetricWords("mean value"),
    "median_value": MetricWords("median value"),
    "tenth_percentile": MetricWords("tenth percentile"),
    "equal_error_rate": MetricWords("equal error rate", True, conditional=True),
    "calibration_in_the_large": MetricWords("calibration in the large", conditional=True),
}
"""By the metric's name without its class; a metric that is not here goes by its own name."""

PRIMARY = {
    "binary": ("selection_rate", "true_positive_rate", "false_positive_rate"),
    "multiclass": ("accuracy", "recall"),
    "multilabel": ("true_positive_rate", "false_positive_rate"),
    "regression": ("mean_error", "mean_absolute_error"),
}
"""Metrics shown first, in this order; the others are folded away unless a rule names them."""

SAID = {
    **diff.SAID,
    **spread.SAID,
    **against.SAID,
    **explained.SAID,
    **maps.SAID,
    **texts.SAID,
    "people": "{rows} with {where}",
    "everyone": "everyone",
    "every_row": "all {rows}",
    "ratio_rate": "{low} {clause} {value} times as often as {high}",
    "ratio_other": "the {label} of {low} is {value} times that of {high}",
    "difference_rate": "{one} {clause} {value} percentage points {more} often than {other}",
    "difference_points": "the {label} of {one} is {value} percentage points {higher} than that of {other}",
    "difference_other": "the {label} of {one} is {value} {higher} than that of {other}",
    "value": "the {label} of {one} is {value}",
    "gap": "the {kind} of {label} by {by} is {value}",
    "no_less": "{core}; you allowed no less than {limit}.",
    "no_more": "{core}; you allowed no more than {limit}.",
    "unknown_gap": "the {kind} of {label} by {by} could not be computed",
    "pass": "Every gap that was judged is shown to lie within your limits{scope}.",
    "pass_scope": ", for {assessed} of {all} slices; the others are too small or undefined",
    "undecided": "No gap is shown to exceed your limits, but {open} of {all} {checks} {have} too little data to tell.",
    "undecided_fail": "{open} of {all} checks {have} too little data to tell; of those that only warn or are waived, "
    "{fail} outside tolerance.",
    "pass_partly": "Every rule that must hold is shown to hold; of those that only warn or are waived, {fail} outside "
    "tolerance and {open} undecided.",
    "none": "Nothing was judged: no rules were given.",
    "none_gap": "The widest gap measured: {core}.",
    "none_gap_open": "The widest gap measured: {core}; its interval includes no gap at all.",
    "others_fail": "{count} more {checks} outside tolerance.",
    "people_rate": "{more} {one} {clause} ({rate} of {n}, against {reference})",
    "people_none": "The difference is under 1 in 10 000.",
    "people_unknown": "The gap is not one between two measured slices.",
    "people_other": "The metric is no share of {rows}.",
    "nobody": "No gap is defined.",
    "pass_for": "pass for {assessed} of {all} slices",
    "needs": "needs about {rows} rows",
}
"""Sentences with slots."""
