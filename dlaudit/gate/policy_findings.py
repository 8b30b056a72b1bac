"""What is to be said of a policy itself: waivers that expired, cover nothing or never end, rules that were loosened."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from dlaudit.errors import Place, shown
from dlaudit.findings import finding
from dlaudit.gate.waivers import is_about, recorded
from dlaudit.record import Check, Finding
from dlaudit.spec import Loosened, Policy, Rule, Waiver

LONGEST = 366
"""Days for which a waiver may hold from the day it is judged on without a word: a year, and the day it is renewed."""


def policy_findings(policy: Policy, judged: list[tuple[Rule, list[Check]]], day: datetime.date) -> Iterator[Finding]:
    """Findings about the policy, in the order of its files.

    Args:
        policy: What was required.
        judged: Every rule with its checks, waivers applied.
        day: The day on which waivers must hold.
    """
    used = [one for _, checks in judged for check in checks for one in check.waivers]
    for waiver in policy.waivers:
        if not waiver.holds_on(day):
            yield _expired(waiver, day, _open(waiver, judged))
            continue
        if recorded(waiver) not in used:
            yield _unused(waiver, covers_any=any(_about(waiver, judged)))
        if (waiver.expires - day).days > LONGEST:
            yield _far_off(waiver, day)
    for one in policy.loosened:
        yield _loosened(one)


def _about(waiver: Waiver, judged: list[tuple[Rule, list[Check]]]) -> Iterable[Check]:
    return (check for rule, checks in judged for check in checks if is_about(waiver, rule, check))


def _open(waiver: Waiver, judged: list[tuple[Rule, list[Check]]]) -> list[Check]:
    """Checks that it would be about and that do not pass."""
    return [one for one in _about(waiver, judged) if one.outcome in {"fail", "undecided"} and not one.waived]


def _expired(waiver: Waiver, day: datetime.date, still: list[Check]) -> Finding:
    left = (day - waiver.expires).days
    counts = f"{len(still)} {'check that it is' if len(still) == 1 else 'checks that it is'} about still "
    tail = f"{counts}{'does' if len(still) == 1 else 'do'} not pass." if still else "What it is about passes now."
    return finding(
        "DLA108",
        "error" if any(one.outcome == "fail" and one.level == "error" for one in still) else "warning",
        shown(waiver.name, limit=120, quote=False),
        f"{_where(waiver.place)}the waiver of {_owner(waiver)} held until {waiver.expires.isoformat()} "
        f"({left} {'day' if left == 1 else 'days'} ago) and waives nothing any more. {tail}",
        next_step="Mend what it was for, or renew it with a reason and a new last day." if still else "Remove it.",
        evidence={**_evidence(waiver), "judged_on": day.isoformat()},
    )


def _unused(waiver: Waiver, *, covers_any: bool) -> Finding:
    why = "nothing that it is about fails or is undecided" if covers_any else "no check of this policy is as it says"
    return finding(
        "DLA108",
        "warning",
        shown(waiver.name, limit=120, quote=False),
        f"{_where(waiver.place)}the waiver of {_owner(waiver)} is not used: {why}.",
        next_step="Remove it: a waiver that is not needed would hide the next failure.",
        evidence=_evidence(waiver),
    )


def _far_off(waiver: Waiver, day: datetime.date) -> Finding:
    left = (waiver.expires - day).days
    return finding(
        "DLA108",
        "warning",
        shown(waiver.name, limit=120, quote=False),
        f"{_where(waiver.place)}the waiver of {_owner(waiver)} holds until {waiver.expires.isoformat()}, {left:,} days "
        f"from the day that this is judged on: more than {LONGEST}, so that nobody looks at it within a year.",
        next_step="Give it a last day within a year, and renew it with its reason as long as that holds; what is meant "
        "for good is another limit, or another level of the rule.",
        evidence={**_evidence(waiver), "judged_on": day.isoformat()},
    )


def _owner(waiver: Waiver) -> str:
    return shown(waiver.owner, limit=100, quote=False)


def _loosened(one: Loosened) -> Finding:
    return finding(
        "DLA114",
        "warning",
        shown(one.rule, limit=120, quote=False),
        f"{_where(one.here)}this rule is looser than the one that it builds on "
        f"({one.inherited or 'inherited'}): {'; '.join(one.changes)}.",
        evidence={**_at(one.here), "changes": one.changes, "inherited": str(one.inherited or "")},
    )


def _evidence(waiver: Waiver) -> dict[str, Any]:
    told = {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires.isoformat()}
    return {**_at(waiver.place), **told}


def _at(place: Place | None) -> dict[str, Any]:
    """Where it stands, for readers that want a file and a line."""
    return {"file": place.file, "line": place.line} if place is not None else {}


def _where(place: Place | None) -> str:
    return f"{place}: " if place is not None and str(place) else ""
