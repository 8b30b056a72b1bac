"""Codes of rows that are pairs of samples: code to title, meaning and remedy."""

PAIRS: dict[str, tuple[str, str, str]] = {
    "DLA361": (
        "Pairs cannot be made",
        "The samples, their identities or their embeddings do not fit together.",
        "Give one record, one identity and one embedding for each sample, in one order.",
    ),
    "DLA362": (
        "Threshold chosen on the data audited",
        "The threshold was chosen on the same pairs that the rates are measured on, so that their intervals are too "
        "narrow.",
        "Choose the threshold on other people, and give it as model.threshold.",
    ),
    "DLA363": (
        "A sample of the pairs",
        "There were more pairs than pairs.max_pairs: every mated pair was compared, and a uniform sample of others.",
        "Raise pairs.max_pairs where time and memory allow.",
    ),
}
"""Title, meaning and remedy by code."""
