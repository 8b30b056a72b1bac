"""Words of what changed since an earlier run: in the report, on a page of two runs, in a terminal."""

from dlaudit.outputs.translate import N_, NN_, Words

SECTIONS = {"base": (N_("Since the last run"), N_("Better or worse than the last run?"))}
SINCE_ACCEPTED = (N_("Since the baseline"), N_("Better or worse than the baseline?"))
"""The same where the earlier run is an accepted baseline."""

TEXT = {
    "changes_gap": N_("Gap"),
    "changes_drawn": N_("Earlier and later"),
    "changes_earlier": N_("Earlier"),
    "changes_later": N_("Later"),
    "changes_change": N_("Change"),
    "changes_interval": N_("95% interval"),
    "changes_status": N_("Since then"),
    "changes_key_old": N_("earlier"),
    "changes_key_worse": N_("later, a wider gap by more than chance"),
    "changes_key_better": N_("later, a narrower gap by more than chance"),
    "changes_key_worse_rate": N_("later, worse by more than chance"),
    "changes_key_better_rate": N_("later, better by more than chance"),
    "changes_key_worse_both": N_("later, a wider gap or a worse rate by more than chance"),
    "changes_key_better_both": N_("later, a narrower gap or a better rate by more than chance"),
    "changes_key_turned": N_("later, the other way round by more than chance"),
    "changes_key_open": N_("later, what could be chance"),
    "changes_rows_caption": N_(
        "Gaps between two slices, the second one taken away, on rows that both runs scored; those that grew most come "
        "first. A line is called grown, shrunk, created, removed or reversed only where tests that share an error rate "
        "of 5 % show it; “inherited” means that both gaps are shown and a change is not."
    ),
    "changes_runs_caption": N_(
        "The widest gap of each metric in either run, those that grew most first. The two runs are taken as "
        "independent samples: where they share rows, intervals are wider than need be. Each interval is for its line "
        "alone; of many lines, about one in twenty is called changed by chance."
    ),
    "changes_again": N_("The same for metrics of another unit."),
    "changes_points": N_("in percentage points"),
    "changes_ratio": N_("ratios of the smallest value to the largest"),
    "changes_other": N_("in the metric's own unit"),
    "changes_rates_head": N_("Rates of each slice"),
    "changes_rates_caption": N_(
        "Rates of single features' slices in both runs, on the same rows, those that got worse first: what rules on a "
        "drop judge. Worse and better are said where exact paired tests that share an error rate of 5 % show it; "
        "intervals are 95 % for each line alone."
    ),
    "changes_rates_unit": N_("in percent and changes in percentage points; the last column says what is for the worse"),
    "changes_rate": N_("Slice"),
    "changes_crossed": N_("Between intersections and within control levels"),
    "changes_more": N_("Other gaps"),
    "changes_by_runs": N_("Widest gap of each metric, from the figures of both runs"),
    "changes_earlier_run": N_("The earlier run"),
    "changes_baseline": N_("The baseline"),
    "changes_differently": N_("What else is different"),
    "changes_settings": N_("Set differently"),
    "changes_same": N_("Nothing that the audit records was set differently."),
    "changes_metrics_new": N_("Metrics of this run alone:"),
    "changes_metrics_gone": N_("Metrics of {then} alone:"),
    "changes_slices_new": N_("Slices of this run alone:"),
    "changes_slices_gone": N_("Slices of {then} alone:"),
    "changes_findings_new": N_("Findings that are new"),
    "changes_findings_gone": N_("Findings that are gone"),
    "changes_none": N_("None."),
    "base_hidden": N_("What changed since the earlier run is not shown."),
    "how_base": N_(
        "Where both runs kept their rows and the data are the same, rows are joined by their ids, and the change of "
        "each gap is judged from the rows that changed sides: what the two models have in common cancels out. "
        "Otherwise two intervals are put together as if they were of different people. A change may come from the "
        "model, the threshold, the data or a setting; what was set differently is listed."
    ),
}
"""Words of the templates."""

SAID = {
    "changes_paired": NN_(
        "On the same {rows} rows, of the one gap: {counts}.",
        "On the same {rows} rows, of {all} gaps, {counts}; other changes could be chance.",
    ),
    "changes_still": NN_(
        "On the same {rows} rows, the one gap is not shown to have changed.",
        "On the same {rows} rows, none of {all} gaps is shown to have changed.",
    ),
    "changes_rates": NN_(
        " Of {all} rates of slices, one got worse: {label} of {slice}, from {old} to {new}.",
        " Of {all} rates of slices, {count} got worse, most of all {label} of {slice}, from {old} to {new}.",
    ),
    "changes_accepted": N_("The baseline was accepted on {at}, without a reason given."),
    "changes_accepted_because": N_("The baseline was accepted on {at}: {reason}."),
    "changes_unchanged": N_(
        "Nothing changed: the model, its threshold, the rows that it was given and all {rows} decisions are those of "
        "{then}."
    ),
    "changes_unchanged_values": N_(
        "Nothing changed: the model, the rows that it was given and all {rows} values are those of {then}."
    ),
    "changes_same_rows": N_("On the same {rows} rows, every gap is as it was."),
    "changes_unpaired": NN_(
        "{why} From the figures of the two runs, as if of different people, of the one gap: {counts}.",
        "{why} From the figures of the two runs, as if of different people, of {all} gaps, {counts}, each by its own "
        "95 % interval; other changes could be chance.",
    ),
    "changes_unpaired_still": NN_(
        "{why} From the figures of the two runs, as if of different people, the one gap is not shown to have changed.",
        "{why} From the figures of the two runs, as if of different people, none of {all} gaps is "
        "shown to have changed.",
    ),
    "changes_not_paired": N_("Not paired."),
    "changes_not_paired_because": N_("Not paired: {reason}."),
    "changes_unpaired_values": N_("{why} What follows is from the figures of the two runs, as if of different people."),
    "changes_values_still": NN_(
        " The one value of a slice is not shown to be worse.", " None of {all} values of slices is shown to be worse."
    ),
    "changes_nothing": N_("Not compared: no gap is in both runs."),
    "changes_nothing_because": N_(
        "Not compared: no gap with an interval is in both runs, and rows are not paired: {reason}."
    ),
    "changes_most": N_(" The widest growth: {named}, {about}, from {old} to {new}."),
    "changes_by": N_("by {by}"),
    "changes_named": N_("{label}, {kind}"),
    "changes_under": N_("{label}, by {by}"),
    "changes_rows": N_("{old} rows of {then} and {new} of the later run have no partner."),
    "changes_verdicts": N_("Verdict of {then}: {old}; of this run: {new}."),
    "changes_grown": NN_("{count} grew", "{count} grew"),
    "changes_shrunk": NN_("{count} shrank", "{count} shrank"),
    "changes_turned": NN_("{count} turned round", "{count} turned round"),
}
"""Sentences with slots."""

MOVES = Words({"fail": N_("grown"), "pass": N_("shrunk"), "ref": N_("reversed"), "undecided": N_("could be chance")})
"""What a change of a widest gap comes to, by the class of its mark."""

RATE_MOVES = Words({"fail": N_("worse"), "pass": N_("better"), "undecided": N_("could be chance")})
"""What a change of a slice's rate comes to."""

PAGES = {"base": "docs/method/since-the-last-run.md"}
"""Where it is explained, from the root of the documentation."""
