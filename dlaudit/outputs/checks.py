"""What the outputs for machines say of a check: how serious it is, and one line of text."""

import hashlib
from typing import Literal

from dlaudit.outputs import text
from dlaudit.outputs.gap_sentences import check_sentence
from dlaudit.outputs.sentences import severity
from dlaudit.outputs.words import plain
from dlaudit.record import Audit, Check, Verdict

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
    """`selection_rate.ratio by race`: the same in every run of the same rule."""
    kind = "" if check.kind == "value" else f".{check.kind}"
    by = f" by {' & '.join(check.by)}" if check.by else ""
    return f"{check.metric}{kind}{by}"


def fingerprint(check: Check) -> str:
    """What makes two results of two runs the same one: rule, features, slice and metric."""
    parts = (check.rule, " & ".join(check.by), check.worst or "", f"{check.metric}.{check.kind}")
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
