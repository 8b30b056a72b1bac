"""Why a section has nothing to show, or not everything."""

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.record import Audit


def missing(audit: Audit, *about: str) -> list[tuple[str, str]]:
    """What was not done that has one of these words in its name, and why."""
    return [(one.what, one.reason) for one in audit.not_applicable if any(word in one.what.lower() for word in about)]


def left_out(count: int) -> str:
    """How many more there are in audit.json; empty for none."""
    return TEXT["left_out"].format(count=text.count(count)) if count > 0 else ""
