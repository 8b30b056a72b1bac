"""GitHub workflow commands: the open checks as annotations on the run's page."""

from dlaudit.outputs import text
from dlaudit.outputs.checks import CONFIG, level_of, name_of, open_checks, told
from dlaudit.record import Audit, Verdict

MOST = 10
"""Annotations of one kind that a step may have."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(audit: Audit, verdict: Verdict | None) -> str:
    """The most serious open checks as `::error …::` lines without a final newline; empty where there are none."""
    found = [one for one in open_checks(verdict) if level_of(one) in _COMMANDS]
    return "\n".join(
        f"::{_COMMANDS[level_of(one)]} file={CONFIG},line=1,title={_property(f'dlaudit: {name_of(one)}')}"
        f"::{_message(told(audit, one))}"
        for one in found[:MOST]
    )


def _message(data: str) -> str:
    safe = text.prose(data).replace("##[", "## [")
    return safe.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(data: str) -> str:
    return _message(data).replace(":", "%3A").replace(",", "%2C")
