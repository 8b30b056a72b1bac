"""`[metrics.counts]`: counts of things in each record, as the boxes or tokens of an image or a document."""

from typing import Any

from dlaudit.spec.base import Section

THING, RECORD, THERE, SAID = "counted thing", "counted record", "there", "said"
"""Columns of what is counted: its own id, the record it is counted in, whether it is there, whether it was said."""
SHOWN = ["precision", "true_positive_rate", "f1"]
"""What is measured where `metrics.report` names nothing: what else there is needs what is neither there nor said."""


class CountsSpec(Section):
    """`[metrics.counts]`: columns of counts; everything counted becomes a row, and the rows of a record share a unit.

    *Experimental.*
    """

    tp: str
    """Column of how many things that are there were said, as boxes that match an object, or right entities."""
    fp: str
    """Column of how many things were said that are not there."""
    fn: str
    """Column of how many things that are there were not said."""
    tn: str | None = None
    """Column of how many things that are not there were not said, where that can be counted, as other tokens."""


def audit_of_counts(given: Any) -> Any:
    """The tables of a configuration in which counted things are rows with their label and their predicted label.

    Raises:
        ValueError: A model, scores, pairs or a label are given, too.
    """
    if not isinstance(given, dict) or not isinstance(given.get("metrics"), dict):
        return given
    tables = {name: given.get(name) or {} for name in ("metrics", "model", "data", "discover")}
    if not isinstance(tables["metrics"].get("counts"), dict) or not all(
        isinstance(one, dict) for one in tables.values()
    ):
        return given
    named = (given.get("scores") or [SAID]) != [SAID] or tables["data"].get("target", THERE) != THERE
    if tables["model"].get("path") or given.get("pairs") or named or tables["metrics"].get("values"):
        raise ValueError("metrics.counts says what was right: give no model, scores, target, values or pairs with it")
    data = {"unit": tables["data"].get("id", RECORD), **tables["data"]}
    if data["unit"] == THING:
        data["unit"] = RECORD
    shown = tables["metrics"].get("report", SHOWN)
    return {
        **given,
        "scores": [SAID],
        "metrics": {**tables["metrics"], "report": shown},
        "model": {"task": "binary", "output": "label", "positive": "1", **tables["model"]},
        "data": {**data, "target": THERE, "id": THING},
        "discover": {"enabled": False, **tables["discover"]},
    }
