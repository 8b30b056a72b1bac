"""Words of a comparison with the base model."""

SECTIONS = {"against": ("Against the base", "Which gaps were there before this model was made from its base?")}

SAID = {
    "base_line": "Against {base}, on the same {rows} rows{agree}: {told}{crossed}.",
    "base_crossed": "; of {count} gaps between intersections or within control levels, {told}",
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
    "change is not. Rates are in percentage points. Intervals are 95 % for each line alone.",
    "against_undecided": "Gaps that are undecided",
    "against_why_undecided": "What the tests do not tell apart: more rows may. Both gaps and the change are estimates.",
    "against_moved": "Mean contributions that moved, the same rows by the same method, in units of each model's score.",
    "against_parts": "Inputs' parts of the gap that changed most, side by side.",
    "against_more": "{count} more are in audit.json.",
    "against_crossed": "Gaps between intersections, and within levels of control features. Their tests share an error "
    "rate of 5 % of their own. Those that are undecided are only counted.",
}
"""Words of the templates."""
