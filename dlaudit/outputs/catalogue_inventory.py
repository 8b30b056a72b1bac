"""What the index of many runs says of its own accord."""

from dlaudit.outputs.translate import N_, NN_, Words

TITLE = N_("Audited models")
FAULT = N_("It cannot be looked into ({reason}). Let this account read it, or leave it out.")
TOLD = NN_("{runs} run: {counts}.", "{runs} runs: {counts}.")
COUNTED = Words(
    {
        "fail": N_("{number} outside tolerance"),
        "undecided": N_("{number} undecided"),
        "none": N_("{number} not judged"),
        "pass": N_("{number} within tolerance"),
    }
)
TEXT = {
    "inventory_question": N_("Which model needs somebody to look at it?"),
    "inventory_none": N_("No readable run was found."),
    "inventory_caption": N_(
        "One row per run, those first that break a rule, then undecided ones. The gap is that of the check that "
        "decides the verdict, or the widest one where nothing was judged. Runs were judged by their own rules, on "
        "their own data: rows are no ranking of models."
    ),
    "inventory_unread": N_("Could not be read"),
    "inventory_no_report": N_("no report.html beside its audit.json"),
}
