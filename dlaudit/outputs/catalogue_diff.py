"""Words of a page about two runs."""

from dlaudit.outputs.translate import N_

TITLE = "{old} → {new}"
SIDES = (N_("Earlier"), N_("Later"))
FACTS = {
    "model": N_("Model"),
    "data": N_("Data"),
    "rows": N_("{count} rows"),
    "audited": N_("Audited"),
    "run": N_("Run"),
}
"""What is told of a run."""

TEXT = {"diff_question": N_("What changed from the earlier run to the later one?")}
SAID: dict[str, str] = {}
