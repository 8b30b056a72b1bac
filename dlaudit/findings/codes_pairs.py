"""Codes of rows that are pairs of samples: code to title, meaning and remedy."""

PAIRS: dict[str, tuple[str, str, str]] = {
    "DLA361": (
        "Pairs cannot be made",
        "The samples, their identities or their embeddings do not fit together.",
        "Give one record, one identity and one embedding for each sample, in one order.",
    ),
    "DLA362": (
        "Threshold chosen on the data audited",
        "The threshold was chosen on the same pairs that the rates are measured on. Intervals of rates allow for it; "
        "the rate over all pairs is the one that was asked for.",
        "Choose the threshold on other people, and give it as model.threshold.",
    ),
    "DLA363": (
        "A sample of the pairs",
        "There were more pairs than pairs.max_pairs: every mated pair was compared, and a uniform sample of others.",
        "Raise pairs.max_pairs where time and memory allow.",
    ),
    "DLA364": (
        "Pairs that stand in the list twice",
        "The same two samples are compared more than once, in the same order or mirrored: each counts as often.",
        "Keep each pair once, unless the list weighs pairs on purpose.",
    ),
}
"""Title, meaning and remedy by code."""
