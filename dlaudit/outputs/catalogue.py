"""Every word that an output says of its own accord, in one place.

Templates find their words under `TEXT`; sentences with slots are filled by `dlaudit.outputs.words.said`. Data never
stands here, and a slot's content is never read as a template again. `N_` marks what translations are made of.
"""

from dlaudit.outputs import catalogue_against as against
from dlaudit.outputs import catalogue_base as base_run
from dlaudit.outputs import catalogue_diff as diff
from dlaudit.outputs import catalogue_examples as examples
from dlaudit.outputs import catalogue_explained as explained
from dlaudit.outputs import catalogue_inventory as inventory
from dlaudit.outputs import catalogue_leads as leads
from dlaudit.outputs import catalogue_maps as maps
from dlaudit.outputs import catalogue_spread as spread
from dlaudit.outputs import catalogue_standards as standards
from dlaudit.outputs import catalogue_texts as texts
from dlaudit.outputs.translate import N_, NN_, Words

TITLE = N_("Audit of {model} on {data}")

BADGES = Words(
    {
        "pass": N_("Within tolerance"),
        "fail": N_("Outside tolerance"),
        "undecided": N_("Undecided"),
        "none": N_("Not judged"),
    }
)
"""The verdict's words. They say where the gaps lie, not what the model is."""

KINDS = Words({"difference": N_("difference"), "ratio": N_("ratio"), "value": N_("value")})
"""What is judged of a metric."""

LEVELS = Words({"error": N_("error"), "warning": N_("warning"), "note": N_("note"), "ignore": N_("ignore")})
"""How much a rule or a finding matters."""

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

COUNTED = {
    "fail": NN_("{count} outside", "{count} outside"),
    "pass": NN_("{count} within", "{count} within"),
    "undecided": NN_("{count} undecided", "{count} undecided"),
    "none": NN_("{count} not judged", "{count} not judged"),
}
"""How many checks came to what."""

RESULTS = Words(
    {
        "pass": N_("Within tolerance"),
        "fail": N_("Outside tolerance"),
        "undecided": N_("Undecided"),
        "none": "",
        "few": N_("Too few to pass judgement"),
        "ref": N_("Reference"),
        "undefined": N_("Undefined"),
        "hidden": N_("Not shown"),
    }
)

SECTIONS = {
    "verdict": (N_("Verdict"), N_("May this model be used as it is?")),
    "gaps": (N_("Gaps by slice"), N_("How differently does the model treat each slice, and how sure is that?")),
    "intersections": (N_("Intersections"), N_("Do gaps hide where two sensitive features meet?")),
    "why": (N_("Why"), N_("Which inputs carry the gaps?")),
    "trust": (N_("Trust in the why"), N_("How far can the explanation be believed?")),
    **spread.SECTIONS,
    **examples.SECTIONS,
    **against.SECTIONS,
    **base_run.SECTIONS,
    "findings": (N_("Findings"), N_("What should a reader know and do next?")),
    "data": (N_("Data"), N_("What was audited, and what had to be left out?")),
    **standards.SECTIONS,
    "method": (N_("Method and limits"), N_("What was run, and what can it not say?")),
    "glossary": (N_("Glossary"), N_("What do the words mean?")),
}
"""Sections in reading order: heading and the question that it answers."""

TEXT = Words(
    {
        **spread.TEXT,
        **against.TEXT,
        **base_run.TEXT,
        **leads.TEXT,
        **examples.TEXT,
        **explained.TEXT,
        **maps.TEXT,
        **inventory.TEXT,
        **diff.TEXT,
        **standards.TEXT,
        **texts.TEXT,
        "skip": N_("Skip to the verdict"),
        "theme": N_("Light / dark"),
        "unfold": N_("Unfold everything"),
        "not_run": N_("(not run)"),
        "not_recorded": N_("not recorded"),
        "largest_gap": N_("Largest gap"),
        "asked_why": N_("Why?"),
        "asked_believed": N_("Can the why be believed?"),
        "decided": N_("How much could be decided"),
        "checks_caption": N_(
            "One row per rule and sensitive feature. The interval belongs to the whole check; each of its ends is "
            "wrong about as often as the check itself may be. Intervals of the same gaps further down are found in "
            "another way, for display; they can be wider or narrower and decide nothing."
        ),
        "checks_none": N_("No rules were given, so nothing was judged. Add a rule to judge this audit:"),
        "gaps_caption": N_(
            "Each line is a slice's value with its own interval; the gap at the head of each sensitive feature "
            "has an interval that holds for all its slices together."
        ),
        "gaps_more": N_("All other metrics"),
        "gaps_none": N_("There is nothing to compare: no metric is defined on two slices of one sensitive feature."),
        "conditional": N_("Gaps within the levels of control features"),
        "beside": N_(
            "{label} can differ between slices merely because the positive label is more common in one, so its "
            "prevalence stands beside it."
        ),
        "key_fail": N_("breaks a rule"),
        "key_pass": N_("a rule holds for it"),
        "key_undecided": N_("too little data to tell"),
        "key_few": N_("fewer than {min_size}: no pass speaks about it"),
        "key_none": N_("not named by a rule's result"),
        "key_ref": N_("reference: the rule's own, else the largest slice"),
        "false_match": N_("False match rate"),
        "crossed_caption": N_(
            "The false positive rate, which is that of pairs of two people, by the {feature} of both. On the diagonal "
            "are pairs of one level, which the gaps compare; beside it pairs of two levels, which are compared with "
            "none: strangers of different {feature} are often told apart more easily. Colour is the distance from the "
            "overall value of {overall}; full colour and an outline only where the cell's own interval excludes it."
        ),
        "key_band": N_("pale band: what the rule allows beside the reference"),
        "heat_caption": N_(
            "Colour is the distance from the overall value of {overall}. Full colour and an outline "
            "only where the cell's own interval excludes it. Of many cells, about one in twenty does so by chance."
        ),
        "heat_key": N_("{low} … {high}: distance from the overall value"),
        "guesses": N_("What was inferred rather than given"),
        "guesses_caption": N_("Pin these in dlaudit.toml, so that a change of the data cannot change what is audited."),
        "rejected_caption": N_("Rows that could not be used, and where they are missing."),
        "second": N_("A second calculation"),
        "second_caption": N_("Metrics recomputed by an independent library on the same rows."),
        "skipped": N_("What was not done"),
        "cannot": N_("What this audit cannot say"),
        "provenance": N_("Provenance"),
        "notebook_fallback": N_(
            "To see the whole report here, trust this notebook and run the cell again; or write it with "
            'audit.to_html("report.html") and open that file.'
        ),
        "footer": N_("Made by dlaudit {version}. The same figures are in audit.json beside this file."),
    }
)
"""Words of the templates, by the name that the templates use."""

LIMITS = (
    N_("Whether the labels are right. They are taken as the truth; where they carry past decisions, so do the gaps."),
    N_("What causes a gap. Contributions describe the model's arithmetic on these rows."),
    N_("Anything about people whose sensitive features were not recorded, or about features that were not given."),
    N_("How the model does on people unlike those in this file, or after the world has changed."),
    N_(
        "Whether a gap is lawful or acceptable. Limits are the reader's own; error rates hold for independent rows and "
        "a decision threshold that was chosen on other data."
    ),
)

GLOSSARY = {
    N_("slice"): N_("Rows that share the levels of one or more sensitive features."),
    N_("sensitive feature"): N_("A column whose levels are compared."),
    N_("interval"): N_("The values that the data are compatible with. Too few rows make it wide."),
    N_("difference"): N_(
        "The largest value of the slices minus the smallest; in a row, its value minus the reference's."
    ),
    N_("ratio"): N_("The smallest value of the slices over the largest; in a row, its value over the reference's."),
    N_("check"): N_("One rule judged on one sensitive feature."),
    N_("undecided"): N_("The data allow both that the rule holds and that it is broken."),
    N_("undefined"): N_("There is no such number: a rate over no rows is not 0."),
    N_("contribution"): N_("The part of a score, or of a gap, that a method assigns to one input."),
    N_("prevalence"): N_("How common the positive label is among the rows of a slice."),
    **explained.GLOSSARY,
    **spread.GLOSSARY,
}

SAID = {
    **diff.SAID,
    **spread.SAID,
    **against.SAID,
    **base_run.SAID,
    **leads.SAID,
    **examples.SAID,
    **explained.SAID,
    **maps.SAID,
    **texts.SAID,
    # Translators: {rows} is the noun of the rows, as people; {where} is race = Black and sex = F
    "people": N_("{rows} with {where}"),
    "everyone": N_("everyone"),
    "every_row": N_("all {rows}"),
    "ratio_other": N_("the {label} of {low} is {value} times that of {high}"),
    "number_same": N_("the {label} of {one} is the same as that of {other}"),
    "points_higher": N_("the {label} of {one} is {value} percentage points higher than that of {other}"),
    "points_lower": N_("the {label} of {one} is {value} percentage points lower than that of {other}"),
    "number_higher": N_("the {label} of {one} is {value} higher than that of {other}"),
    "number_lower": N_("the {label} of {one} is {value} lower than that of {other}"),
    "value": N_("the {label} of {one} is {value}"),
    "gap_difference": N_("the difference of {label} by {by} is {value}"),
    "gap_ratio": N_("the ratio of {label} by {by} is {value}"),
    "gap_value": N_("the value of {label} by {by} is {value}"),
    "no_less": N_("{core}; you allowed no less than {limit}."),
    "no_more": N_("{core}; you allowed no more than {limit}."),
    "unknown_difference": N_("the difference of {label} by {by} could not be computed"),
    "unknown_ratio": N_("the ratio of {label} by {by} could not be computed"),
    "unknown_value": N_("the value of {label} by {by} could not be computed"),
    "pass": N_("Every gap that was judged is shown to lie within your limits."),
    "pass_scope": N_(
        "Every gap that was judged is shown to lie within your limits, for {assessed} of {all} slices; the others are "
        "too small or undefined."
    ),
    "pass_drops": N_("What was judged is shown not to have got worse than you allowed."),
    "pass_drops_scope": N_(
        "What was judged is shown not to have got worse than you allowed, for {assessed} of {all} slices; the others "
        "are too small or undefined."
    ),
    "pass_both": N_("Everything that was judged is shown to lie within your limits, also of what may get worse."),
    "pass_both_scope": N_(
        "Everything that was judged is shown to lie within your limits, also of what may get worse, for {assessed} of "
        "{all} slices; the others are too small or undefined."
    ),
    "undecided_only": N_("No gap is shown to exceed your limits, but the one check has too little data to tell."),
    "undecided": NN_(
        "No gap is shown to exceed your limits, but {open} of {all} checks has too little data to tell.",
        "No gap is shown to exceed your limits, but {open} of {all} checks have too little data to tell.",
    ),
    "undecided_fail": NN_(
        "{open} of {all} checks has too little data to tell; of those that only warn or are waived, {fail}.",
        "{open} of {all} checks have too little data to tell; of those that only warn or are waived, {fail}.",
    ),
    "open_only": N_("Nothing is shown to exceed your limits, but the one check is undecided."),
    "open": NN_(
        "Nothing is shown to exceed your limits, but {open} of {all} checks is undecided.",
        "Nothing is shown to exceed your limits, but {open} of {all} checks are undecided.",
    ),
    "open_fail": NN_(
        "{open} of {all} checks is undecided; of those that only warn or are waived, {fail}.",
        "{open} of {all} checks are undecided; of those that only warn or are waived, {fail}.",
    ),
    "not_paired": N_("The run is not compared row by row with the baseline: {reason}. "),
    "none_lesser": N_("No rule that must hold was given; of those that only warn, {counts}."),
    "some_hold": NN_("{count} holds", "{count} hold"),
    "some_left": NN_("{count} was not judged", "{count} were not judged"),
    "pass_partly": N_(
        "Every rule that must hold is shown to hold; of those that only warn or are waived, {fail} and {open}."
    ),
    "pass_partly_judged": N_(
        "Every rule that must hold and could be judged is shown to hold; of those that only warn or are waived, {fail} "
        "and {open}."
    ),
    "pass_lesser": N_("No rule that must hold was judged; of those that only warn or are waived, {fail} and {open}."),
    "some_fail": NN_("{count} is outside tolerance", "{count} are outside tolerance"),
    "none_fails": N_("none is outside tolerance"),
    "some_open": NN_("{count} is undecided", "{count} are undecided"),
    "none_open": N_("none is undecided"),
    "none": N_("Nothing was judged: no rules were given."),
    "none_gap": N_("The widest gap measured: {core}."),
    "none_gap_open": N_("The widest gap measured: {core}; its interval includes no gap at all."),
    "others_fail": NN_("{count} more check is outside tolerance.", "{count} more checks are outside tolerance."),
    "people_none": N_("The difference is under 1 in 10 000."),
    "people_nobody": N_("That is under 1 in 10 000."),
    "people_unknown": N_("The gap is not one between two measured slices."),
    "people_other": N_("The metric is no share of {rows}."),
    "nobody": N_("No gap is defined."),
    "pass_for": N_("pass for {assessed} of {all} slices"),
    "needs": N_("needs about {rows} rows"),
}
"""Sentences with slots."""
