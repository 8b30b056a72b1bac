"""Codes of slices, statistics and gaps: code to title, meaning and remedy."""

SLICES: dict[str, tuple[str, str, str]] = {
    "DLA401": (
        "Slice too small",
        "A slice has fewer rows than slices.min_size: it is shown and can fail, but no PASS speaks about it.",
        "Collect more rows of it.",
    ),
    "DLA402": (
        "No positives or no negatives",
        "A rate over the missing class is undefined in a slice; it is not 0.",
        "Collect rows of that class in the slice.",
    ),
    "DLA403": (
        "Nobody selected",
        "A ratio of selection rates is 0/0 or has nobody on one side.",
        "Look at the threshold, or compare differences.",
    ),
    "DLA404": (
        "Only one level",
        "A sensitive feature has a single known level, so that there is nothing to compare.",
        "Use data with several levels.",
    ),
    "DLA405": (
        "Many rows not recorded",
        "The sensitive feature is not recorded for more than 10 % of rows.",
        "Record it, or check that the missing rows are like the others.",
    ),
    "DLA406": (
        "Near-equal levels",
        "Levels differ only in case, blanks, width or look-alike letters.",
        "Map them to one spelling.",
    ),
    "DLA407": ("Mixed types of levels", "Levels such as 1, 1.0 and True stand side by side.", "Write them alike."),
    "DLA408": (
        "Many levels",
        "A numeric column is used as a sensitive feature with more than slices.max_levels values.",
        "Set slices.bins.",
    ),
    "DLA409": (
        "Bins do not fit",
        "Edges do not ascend, a value of the column is no number, or rows lie outside all bins.",
        "Correct slices.bins, or add edges that cover every value.",
    ),
    "DLA410": (
        "Too many slices",
        "Intersections give more than slices.max_cells slices.",
        "List the intersections that matter.",
    ),
    "DLA411": (
        "Exactly at the limit",
        "Limits are compared as exact fractions: a ratio of exactly 0.8 meets 0.8.",
        "Nothing needs doing.",
    ),
    "DLA412": (
        "Many comparisons",
        "Error rates hold for all comparisons of a rule together (Holm).",
        "Nothing needs doing.",
    ),
    "DLA413": ("Reference slice", "The reference slice is missing or small.", "Name another in slices.reference."),
    "DLA414": (
        "Weights",
        "A row weight is negative, not a number, or not within 1e-100 to 1e100; or all are 0.",
        "Correct data.weight.",
    ),
    "DLA415": ("Rule without slices", "A rule selects nothing; it is undecided, not passed.", "Correct its `by`."),
    "DLA416": (
        "Another baseline",
        "The earlier run used another model, data or configuration.",
        "Compare runs of the same data.",
    ),
    "DLA417": (
        "Ties at the median",
        "Scores tie at the median, so that rates above it depend on a convention.",
        "See the method reference.",
    ),
    "DLA418": (
        "Sensitive feature is a model input",
        "The model sees the sensitive feature, or an input that tells it almost surely.",
        "Decide whether it may, and say so in the report's intended use.",
    ),
    "DLA419": (
        "Shares changed",
        "A slice's share differs from the baseline run's, or its labels may be wrong.",
        "Check how it was recorded.",
    ),
    "DLA420": (
        "Rows of one person",
        "Several rows belong to one person.",
        "Set data.unit, so that intervals count people.",
    ),
    "DLA421": (
        "Too few rows to show any",
        "Fewer rows were scored than report.small_cells lets a count be.",
        "Audit a larger evaluation set, or set report.small_cells = 0 where nothing is published.",
    ),
    "DLA422": (
        "Already suppressed",
        "The audit was written without small counts, so that larger ones cannot be hidden now.",
        "Run the audit again with the larger report.small_cells.",
    ),
    "DLA423": (
        "Levels taken out of comparison",
        "slices.unknown or data.missing lists texts that rows of a sensitive or control feature have, or slices.apart "
        "names levels of one: no rule compares their rows with others. It is a warning where one has slices.min_size "
        "rows or more, else a note.",
        "Take a text that says who somebody is out of slices.unknown, data.missing and slices.apart.",
    ),
    "DLA450": (
        "Gap between slices",
        "A gap's simultaneous interval excludes no gap.",
        "See the next step of the finding.",
    ),
    "DLA451": (
        "Input tracks a slice",
        "An input tells a slice apart and carries a part of its gap.",
        "Ask whether the input is needed, and what it stands for.",
    ),
    "DLA452": (
        "Rejected rows differ by slice",
        "Rows were left out of one slice far more often than of another.",
        "Repair the source of those rows.",
    ),
    "DLA453": (
        "Scores at the threshold",
        "Scores lie within 1e-6 of the threshold: rounding alone could turn those decisions.",
        "Move the threshold, or fix how scores are rounded.",
    ),
    "DLA454": (
        "Second calculation differs",
        "Another library computed another value for a metric.",
        "Report it with audit.json.",
    ),
    "DLA455": (
        "Scores are not the shares that they claim",
        "The share of positive labels differs from the mean score in some bins, by more than chance explains.",
        "Recalibrate the scores on other data, or read them as an order only.",
    ),
    "DLA456": (
        "Gap at another threshold",
        "At some threshold a rate differs between slices by more than equal slices would show.",
        "Look at the slices' rates over all thresholds before the threshold is moved.",
    ),
    "DLA457": (
        "A doubt could close a gap",
        "A gap that chance does not explain could be made up by rows in wrong slices, of unknown level, or with wrong "
        "labels.",
        "Check a sample of the labels and of the recorded levels by hand.",
    ),
    "DLA460": (
        "Slice with more errors found",
        "A search through combinations of columns confirmed a slice on which the model errs more often than elsewhere.",
        "Look at rows of the slice for a common cause; declare it to measure and gate it.",
    ),
    "DLA470": (
        "Gap that fine-tuning created",
        "The audited model differs between two slices and its base is not shown to, or differs the other way; the "
        "change on the same rows is more than chance.",
        "Look at what the model was fine-tuned on, and at the inputs whose contributions moved.",
    ),
    "DLA471": (
        "Gap that fine-tuning widened",
        "Both the audited model and its base differ between two slices, the audited model by more, and by more than "
        "chance explains.",
        "Look at what the model was fine-tuned on, and at the inputs whose contributions moved.",
    ),
}
"""Title, meaning and remedy by code."""
