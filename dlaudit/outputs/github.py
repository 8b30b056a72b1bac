"""GitHub workflow commands: what is open as annotations on the run's page."""

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import BADGES
from dlaudit.outputs.issues import Issue, Place, issues, place_of
from dlaudit.outputs.policy_told import nothing_judged
from dlaudit.record import Audit, Verdict

MOST = 10
"""Annotations of one kind that GitHub keeps of a step."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(audit: Audit, verdict: Verdict | None) -> str:
    """The ten worst things that count, as `::error …::` lines, then how many more there are.

    The text has no final newline; it is empty where nothing counts. Each annotation stands at the line of its rule.
    Where rules were given or a baseline accepted, and nothing of level error was judged, a warning says so first: the
    exit code is 0 then.
    """
    found = [one for one in issues(audit, verdict) if one.level in _COMMANDS]
    why = nothing_judged(audit, verdict)
    first = [_not_judged(why, verdict)] if why else []
    shown = found[: MOST - len(first)]
    lines = [*first, *map(_annotation, shown)]
    more = len(found) - len(shown)
    if more:
        lines.append(f"{more} more {'has' if more == 1 else 'have'} no annotation; the report has them all.")
    return "\n".join(lines)


def _not_judged(why: str, verdict: Verdict | None) -> str:
    """One warning for the whole policy, at its first rule."""
    checks = verdict.checks if verdict is not None else []
    first = min(checks, key=lambda one: one.level != "error", default=None)
    place = place_of(first and first.file, first and first.line)
    at = f"file={_property(place.file)},line={place.line}"
    title = _property(f"dlaudit: {BADGES['none']}")
    told = f"{why} {text.prose(verdict.sentence)}" if verdict is not None and checks else why
    return f"::warning {at},title={title}::{_message(told)}"


def _annotation(one: Issue) -> str:
    return annotation(_COMMANDS[one.level], one.place, one.title, one.told)


def annotation(kind: str, place: Place, title: str, told: str) -> str:
    """One workflow command of that kind (`error`, `warning`, `notice`), in which data can do no harm."""
    at = f"file={_property(place.file)},line={place.line}"
    return f"::{kind} {at},title={_property(f'dlaudit: {title}')}::{_message(told)}"


def _message(data: str) -> str:
    """Text on one line, in which the runner finds neither the end of the command nor another one."""
    return text.line(data).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(data: str) -> str:
    return _message(data).replace(":", "%3A").replace(",", "%2C")
