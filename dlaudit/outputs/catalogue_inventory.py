"""What the index of many runs says of its own accord."""

TITLE = "Audited models"
TOLD = "{runs} runs: {counts}."
COUNTED = {
    "fail": "{number} outside tolerance",
    "undecided": "{number} undecided",
    "none": "{number} not judged",
    "pass": "{number} within tolerance",
}
TEXT = {
    "inventory_question": "Which model needs somebody to look at it?",
    "inventory_none": "No readable run was found.",
    "inventory_caption": "One row per run, those first that break a rule, then undecided ones. The gap is that of the "
    "check that decides the verdict, or the widest one where nothing was judged. Runs were judged by their own rules, "
    "on their own data: rows are no ranking of models.",
    "inventory_unread": "Could not be read",
    "inventory_no_report": "no report.html beside its audit.json",
}
