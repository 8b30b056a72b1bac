"""Rules of a SARIF log: what each asks for, how it is judged, and what to do about it."""

import re
from collections.abc import Sequence
from typing import Any

from dlaudit.findings.codes import CODES
from dlaudit.outputs import text
from dlaudit.outputs.identity import rule_ids
from dlaudit.outputs.issues import Issue, named
from dlaudit.outputs.markup import escaped
from dlaudit.record import Check, Verdict

DOCS = "https://github.com/dlaudit/dlaudit/blob/main/docs/"
LONGEST = 1_000
"""Characters of a description; GitHub shows 1024."""
_SEVERITIES = {"error": "error", "warning": "warning", "note": "recommendation"}

ASKED = {
    "difference": "The largest value of {metric} minus the smallest, over the slices of {by}, is {limit}.",
    "ratio": "The smallest value of {metric} over the largest, over the slices of {by}, is {limit}.",
    "value": "The value of {metric} is {limit} in every slice of {by}.",
}
"""What a rule asks for."""
SINCE = {
    "difference": "The difference of {metric} over the slices of {by} is {limit} larger than in the earlier run.",
    "ratio": "The ratio of {metric} over the slices of {by} is {limit} smaller than in the earlier run.",
    "value": "The value of {metric} is {limit} worse than in the earlier run in every slice of {by}.",
}
"""What a rule with `max_drop` asks for."""
LIMITS = {"min": "at least {limit}", "max": "at most {limit}"}
JUDGED = {
    "exact": "It fails or passes only where the data show it, with a chance of at most {alpha} of being wrong.",
    "interval": "It fails or passes only where its whole interval lies on one side of the limit.",
    "point": "It compares the estimate with the limit, without any error rate: a screen.",
}
"""How a rule is judged."""


def unlinked(data: str) -> str:
    """A message in which no `[text](target)` is a link: SARIF's plain messages have links too (3.11.6)."""
    return re.sub(r"\](?=\()", "] ", data)


def features_of(verdict: Verdict | None) -> dict[str, tuple[str, ...]]:
    """Of every rule by its stable name the features that it compares, whether or not a check of them is open."""
    checks = verdict.checks if verdict else []
    ids = rule_ids(checks)
    found: dict[str, set[str]] = {}
    for one in checks:
        found.setdefault(ids[one.rule], set()).add(" & ".join(one.by) or text.NONE)
    return {rule: tuple(sorted(by)) for rule, by in found.items()}


def described(one: Issue, by: Sequence[str]) -> dict[str, Any]:
    """The rule of an issue as a `reportingDescriptor` (3.49): the same in every run of the same policy.

    Args:
        one: An issue of the rule.
        by: The features that the rule compares.
    """
    about = _about_check(one.check, by) if one.check is not None else _about_code(one)
    return {
        "id": named(one.rule),
        "name": about["name"],
        "shortDescription": {"text": _cut(about["short"])},
        "fullDescription": {"text": _cut(about["full"])},
        "help": {"text": _cut(about["help"]), "markdown": escaped(_cut(about["help"]))},
        "helpUri": f"{DOCS}{about['page']}",
        "defaultConfiguration": {"level": about["level"]},
        "properties": {
            "tags": ["model-audit", about["tag"]],
            "problem.severity": _SEVERITIES[about["level"]],
            "precision": "high" if about["sure"] else "medium",
        },
    }


def _about_check(check: Check, by: Sequence[str]) -> dict[str, Any]:
    metric = text.name(check.metric, limit=100)
    limit = LIMITS[check.bound].format(limit=f"{check.limit:g}")
    asking = ASKED if check.compare is None else SINCE
    asked = asking[check.kind].format(metric=metric, by=text.name(", ".join(by), limit=200), limit=limit)
    judged = JUDGED[check.judge].format(alpha=f"{100 * check.alpha:g} %")
    drop = "" if check.compare is None else " worse by"
    told = "The report shows the slices, the interval and what the gap is made of."
    return {
        "name": _pascal(f"{check.metric.partition('[')[0]} {check.kind}"),
        "short": f"{metric}{'' if check.kind == 'value' else f'.{check.kind}'}{drop} {limit}",
        "full": f"{asked} {judged}",
        "help": f"{asked} {judged} {told}",
        "page": "method/gate.md",
        "level": check.level,
        "tag": "value" if check.kind == "value" else "disparity",
        "sure": check.judge != "point",
    }


def _about_code(one: Issue) -> dict[str, Any]:
    """What the table of codes says; a code that it does not know speaks for itself."""
    known = CODES.get(one.rule)
    short = known.title if known else one.title
    full = f"{known.meaning} {known.fix}" if known else one.told
    return {
        "name": _pascal(known.title if known else "policy finding"),
        "short": short,
        "full": full,
        "help": full,
        "page": known.docs if known else "reference/codes.md",
        "level": one.level if one.level != "none" else "note",
        "tag": "policy",
        "sure": True,
    }


def _pascal(words: str) -> str:
    """`SelectionRateRatio`: letters and digits of the words, each with a capital."""
    found = re.findall(r"[A-Za-z0-9]+", words)
    return "".join(word[0].upper() + word[1:] for word in found) or "Rule"


def _cut(told: str) -> str:
    safe = text.line(unlinked(told))
    return safe if len(safe) <= LONGEST else f"{safe[: LONGEST - 1]}…"
