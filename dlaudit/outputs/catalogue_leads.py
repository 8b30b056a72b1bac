"""One sentence at the head of a section: what it found."""

from dlaudit.outputs.translate import N_, NN_

SAID = {
    "lead_gaps": NN_(
        "{core}. The one gap over a single feature is {shown}.",
        "{core}. Of {all} gaps over single features, {count} are wider than chance would show.",
    ),
    "lead_gaps_shown": N_("wider than chance would show"),
    "lead_gaps_open": N_("no wider than chance could show"),
    "lead_gaps_untested": N_("{core}."),
    "lead_crossed": NN_(
        "Of {all} slices with enough rows, one lies apart from the overall {label} by its own interval: {farthest}.",
        "Of {all} slices with enough rows, {count} lie apart from the overall {label} by their own intervals, farthest "
        "{farthest}.",
    ),
    "lead_crossed_none": N_(
        "None of {all} slices with enough rows lies apart from the overall {label} by its own interval."
    ),
    "lead_crossed_at": N_("{slice} with {value}"),
    "lead_crossed_few": NN_(
        "The one slice where features meet has too few rows to be compared.",
        "All {count} slices where features meet have too few rows to be compared.",
    ),
    "lead_findings": N_("{counts}."),
    "lead_error": NN_("{count} error", "{count} errors"),
    "lead_warning": NN_("{count} warning", "{count} warnings"),
    "lead_note": NN_("{count} note", "{count} notes"),
    "lead_data": N_("All {rows} of the file were scored."),
    "lead_data_lost": N_("Of {all}, {lost} ({share}) could not be used."),
    "lead_data_hidden": N_("{rows} were scored; how many could not be used is not shown."),
    "lead_method": N_("Everything that was asked for was done."),
    "lead_method_left": NN_(
        "One step was not done; it stands below with its reason.",
        "{count} steps were not done; they stand below, each with its reason.",
    ),
    "no_sensitive": N_("No sensitive feature was given, so no gap between slices was measured."),
    "no_sensitive_searched": N_(
        "No sensitive feature was given, so no gap between slices was measured; slices were only searched for."
    ),
}
"""Sentences with slots."""

TEXT = {
    "gaps_folded": N_("{count} more slices of {feature}"),
    "gaps_no_ratio": N_("no ratio to {reference}: its value is 0, so that differences stand alone"),
    "crossed_missing": N_("What is missing"),
    "crossed_missing_caption": N_("Rows that slices have and lack, those first that lack least."),
    "crossed_has": N_("Rows"),
    "crossed_lacks": N_("Rows that are missing"),
    "crossed_none": N_("Fewer than two sensitive features were given, so that none meet."),
    "crossed_not_made": N_("No two sensitive features were combined."),
    "how_intersections": N_(
        "Each cell is a slice of its own, with the interval of its own rows. Its colour is the distance from all rows "
        "together, drawn pale where the interval holds the overall value: then it may be chance."
    ),
    "how_data": N_(
        "Rows are counted as they were read; a row without a label, a score or a required input is left out and "
        "counted under its reason and in every slice that it belongs to."
    ),
    "how_findings": N_(
        "Rules read the finished audit and write down what a reader must know. Every rule has a code, which "
        "`dlaudit explain CODE` describes."
    ),
}
"""Words of the templates."""

PAGES = {
    "intersections": "docs/method/multiplicity.md",
    "data": "docs/reference/audit-json.md",
    "findings": "docs/reference/codes.md",
}
"""Where it is explained, from the root of the documentation."""
