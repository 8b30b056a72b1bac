"""Words of two runs compared."""

TITLE = "{old} → {new}"
SIDES = ("Earlier", "Later")

TEXT = {
    "diff_question": "What changed from the earlier run to the later one?",
    "diff_verdicts": "Verdicts",
    "diff_gaps": "Gaps on the same rows",
    "diff_disparities": "Widest gaps of either run",
    "diff_disparities_caption": "The widest gap of each metric in either run and its change. Intervals of the change "
    "take the runs as independent samples; where they share rows they are wider than need be.",
    "diff_settings": "Set differently",
    "diff_same": "Nothing that the audit records was set differently.",
    "diff_findings_new": "Findings that are new",
    "diff_findings_gone": "Findings that are gone",
    "diff_none": "None.",
    "diff_slices_new": "Slices of the later run alone:",
    "diff_slices_gone": "Slices of the earlier run alone:",
}

SAID = {
    "diff_unpaired": "Not compared row by row: {reason}. What follows rests on the figures of two separate audits.",
    "diff_shown": "{shown} of {all} gaps changed by more than chance; the other changes could be chance.",
    "diff_nothing": "No gap is in both runs.",
    "diff_rows": "{old} rows of the earlier and {new} of the later run have no partner.",
}
