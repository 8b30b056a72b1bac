"""GitHub workflow commands: what is open as annotations on the run's page."""

from dlaudit.outputs import text
from dlaudit.outputs.issues import Issue, issues
from dlaudit.record import Audit, Verdict

MOST = 10
"""Annotations of one kind that GitHub keeps of a step."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(audit: Audit, verdict: Verdict | None) -> str:
    """The ten worst things that count, as `::error …::` lines, then how many more there are.

    The text has no final newline; it is empty where nothing counts. Each annotation stands at the line of its rule.
    """
    found = [one for one in issues(audit, verdict) if one.level in _COMMANDS]
    lines = [_annotation(one) for one in found[:MOST]]
    more = len(found) - len(lines)
    if more:
        lines.append(f"{more} more {'has' if more == 1 else 'have'} no annotation; the report has them all.")
    return "\n".join(lines)


def _annotation(one: Issue) -> str:
    place = f"file={_property(one.place.file)},line={one.place.line}"
    return f"::{_COMMANDS[one.level]} {place},title={_property(f'dlaudit: {one.title}')}::{_message(one.told)}"


def _message(data: str) -> str:
    """Text on one line, in which the runner finds neither the end of the command nor another one."""
    return text.line(data).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(data: str) -> str:
    return _message(data).replace(":", "%3A").replace(",", "%2C")
