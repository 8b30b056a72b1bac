"""Words of a comparison with the base model."""

SECTIONS = {"against": ("Against the base", "Which gaps were there before this model was made from its base?")}

SAID = {
    "base_line": "Against {base}, on the same {rows} rows{agree}: {told}.",
    "base_agree": " ({share} get the same prediction)",
    "base_change": "{status}: the gap in {label} between {slice} and {reference} was {base} in the base and is "
    "{tuned} now; the change is {change} ({interval})",
    "base_none": "nothing could be compared",
}
"""Sentences with slots."""

STATUS = {
    "created": "created",
    "grown": "grown",
    "reversed": "reversed",
    "inherited": "inherited",
    "shrunk": "shrunk",
    "removed": "removed",
    "undecided": "undecided",
}
"""In the order in which a reader wants them."""

TEXT = {
    "against_caption": "Gaps of both models between two slices, the second one taken away, on the same rows. A status "
    "is given where tests that share an error rate of 5 % show it; “inherited” means that both gaps are shown and a "
    "change is not. Intervals are 95 % for each line alone.",
    "against_moved": "Mean contributions that moved, the same rows by the same method, in units of each model's score.",
    "against_parts": "Inputs' parts of the gap that changed most, side by side.",
    "against_more": "{count} more are in audit.json.",
}
"""Words of the templates."""
