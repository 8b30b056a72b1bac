"""Words of a comparison with the base model."""

from dlaudit.outputs.translate import N_, NN_, Words

SECTIONS = {"against": (N_("Against the base"), N_("Which gaps were there before this model was made from its base?"))}

SAID = {
    "base_line": N_("Against {base}, on the same {rows} rows{agree}: {told}{crossed}."),
    "base_crossed": N_("; of {count} gaps between intersections or within control levels, {told}"),
    "base_agree": N_(" ({share} get the same prediction)"),
    "base_change": N_(
        "{status}: the gap in {label} between {slice} and {reference} was {base} in the base and is "
        "{tuned} now; the change is {change} ({interval})"
    ),
    "base_none": N_("nothing could be compared"),
    "base_gaps": NN_("of {count} gaps, {told}", "of {count} gaps, {told}"),
    "base_scores": N_("the base's scores"),
    "base_unnamed": N_("the base"),
    "base_gap": N_("{label}: {slice} − {reference}"),
    "base_by": N_("{label}, by {features}"),
}
"""Sentences with slots."""

STATUS = Words(
    {
        "created": N_("created"),
        "grown": N_("grown"),
        "reversed": N_("reversed"),
        "inherited": N_("inherited"),
        "shrunk": N_("shrunk"),
        "removed": N_("removed"),
        "undecided": N_("undecided"),
    }
)
"""In the order in which a reader wants them."""

STATUS_COUNTED = {
    "created": NN_("{count} created", "{count} created"),
    "grown": NN_("{count} grown", "{count} grown"),
    "reversed": NN_("{count} reversed", "{count} reversed"),
    "inherited": NN_("{count} inherited", "{count} inherited"),
    "shrunk": NN_("{count} shrunk", "{count} shrunk"),
    "removed": NN_("{count} removed", "{count} removed"),
    "undecided": NN_("{count} undecided", "{count} undecided"),
}
"""How many gaps have a status."""

TEXT = {
    "against_caption": N_(
        "Gaps of both models between two slices, the second one taken away, on the same rows. A status is given where "
        "tests that share an error rate of 5 % show it; “inherited” means that both gaps are shown and a change is "
        "not. Rates are in percentage points. Intervals are 95 % for each line alone."
    ),
    "against_undecided": N_("Gaps that are undecided"),
    "against_why_undecided": N_(
        "What the tests do not tell apart: more rows may. Both gaps and the change are estimates."
    ),
    "against_moved": N_(
        "Mean contributions that moved, the same rows by the same method, in units of each model's score."
    ),
    "against_parts": N_("Inputs' parts of the gap that changed most, side by side."),
    "against_more": N_("{count} more are in audit.json."),
    "against_crossed": N_(
        "Gaps between intersections, and within levels of control features. Their tests share an error "
        "rate of 5 % of their own. Those that are undecided are only counted."
    ),
}
"""Words of the templates."""
