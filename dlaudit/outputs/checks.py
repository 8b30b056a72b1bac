"""What the outputs for machines say of a check: how serious it is, and one line of text."""

from collections.abc import Iterable
from typing import Literal

from dlaudit.outputs import text
from dlaudit.outputs.gap_sentences import check_sentence
from dlaudit.outputs.sentences import severity
from dlaudit.outputs.translate import _
from dlaudit.outputs.words import plain
from dlaudit.record import Audit, Check, Verdict, Waived

CONFIG = "dlaudit.toml"
"""The file that a rule stands in; annotations need a file."""

Level = Literal["error", "warning", "note", "none"]


def level_of(check: Check) -> Level:
    """How much the check matters now: `none` where it holds, was not judged, is waived, or may be undecided."""
    if check.waived or check.outcome in {"pass", "none"}:
        return "none"
    if check.outcome == "fail":
        return check.level
    return "none" if check.undecided == "ignore" else check.undecided


def told(audit: Audit, check: Check) -> str:
    """The check in one line: what was observed and allowed, then the reason."""
    return f"{plain(check_sentence(audit, check))} {text.prose(check.reason)}"


def open_checks(verdict: Verdict | None) -> list[Check]:
    """The checks that failed or are undecided, the most serious first."""
    found = [one for one in verdict.checks if one.outcome in {"fail", "undecided"}] if verdict else []
    return sorted(found, key=severity)


def name_of(check: Check) -> str:
    """`selection_rate.ratio by race`, the same in every run of the same rule; ` max_drop` behind one about that."""
    kind = "" if check.kind == "value" else f".{check.kind}"
    drop = "" if check.compare is None else " max_drop"
    return f"{name_of_gap(f'{check.metric}{kind}', check.by)}{drop}"


def titled(check: Check) -> str:
    """The same behind the rule's own name where somebody gave it one, by which waivers know it."""
    if check.rule.startswith(check.metric):
        return name_of(check)
    if check.metric not in check.rule:
        return f"{check.rule}: {name_of(check)}"
    return name_of_gap(check.rule, [] if " by " in check.rule else check.by)


def name_of_gap(metric: str, by: list[str]) -> str:
    """`selection_rate by race`, as rules are written, whatever language is spoken."""
    return f"{metric} by {' & '.join(by)}" if by else metric


def waivers_told(waivers: Iterable[Waived]) -> str:
    """Why the check may fail, who answers for it and until when, of every waiver that covers it."""
    told = _("{reason} ({owner}, until {day})")
    return " ".join(
        told.format(reason=text.prose(one.reason), owner=text.name(one.owner), day=text.name(one.expires))
        for one in waivers
    )
