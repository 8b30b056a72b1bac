"""Which waivers are about a check, and whether they cover all that keeps it from passing."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from dlaudit.errors import listed, shown
from dlaudit.gate.decide import Decision, involves, outcome_without
from dlaudit.gate.family import Family
from dlaudit.gate.question import Question
from dlaudit.record import Check, Waived
from dlaudit.spec import Policy, Rule, Waiver


@dataclass(frozen=True)
class Judged:
    """One check with what it was judged from."""

    check: Check
    """The check, without waivers."""
    family: Family
    """All comparisons of its rule."""
    question: Question
    """What it asked."""
    found: Decision
    """What the data say."""


def in_force(policy: Policy, day: datetime.date) -> list[Waiver]:
    """The waivers that hold on `day`; an expired one waives nothing."""
    return [one for one in policy.waivers if one.holds_on(day)]


def with_waivers(judged: Judged, rule: Rule, waivers: Iterable[Waiver]) -> Check:
    """The check with the waivers that it needs.

    It is waived where nothing that counts is left beside what they cover: no comparison that fails, and none that is
    undecided where the rule counts that as an error. A waiver covers a failed check and an undecided one alike: who
    accepts that a limit is broken accepts that it may be.

    Args:
        judged: A check.
        rule: Its rule.
        waivers: Those that hold.
    """
    check = judged.check
    if check.outcome not in {"fail", "undecided"}:
        return check
    needed = [one for one in waivers if is_about(one, rule, check) and _is_needed(one, judged)]
    if not needed:
        return check
    left = _left(judged, needed)
    is_waived = left == "pass" or (left == "undecided" and check.undecided != "error")
    return check.model_copy(
        update={
            "waived": is_waived,
            "waivers": [recorded(one) for one in needed],
            "reason": f"{check.reason} {_told(needed, left, is_waived=is_waived)}",
        }
    )


def is_about(waiver: Waiver, rule: Rule, check: Check) -> bool:
    """Whether the waiver names the check's rule or metric, and its features."""
    metrics = {rule.base_metric, rule.metric, check.metric, f"{check.metric}.{check.kind}"}
    named = waiver.rule in {None, rule.name} and (waiver.metric is None or waiver.metric in metrics)
    return named and (waiver.features is None or sorted(check.by) in waiver.features)


def recorded(waiver: Waiver) -> Waived:
    """The waiver as the record holds it."""
    place = waiver.place
    return Waived(
        reason=waiver.reason,
        owner=waiver.owner,
        expires=waiver.expires.isoformat(),
        slices=waiver.slice_ids,
        file=place.file if place else None,
        line=place.line if place else None,
    )


def _is_needed(waiver: Waiver, judged: Judged) -> bool:
    """Whether anything that it names keeps the check from passing."""
    slices = frozenset(waiver.slice_ids)
    if not slices:
        return True
    found = judged.found
    blocking = found.broken or ((found.blocking,) if found.blocking is not None else ())
    if any(involves(one, slices) for one in blocking):
        return True
    return outcome_without(judged.family, judged.question, found.broken, slices) != judged.check.outcome


def _left(judged: Judged, waivers: list[Waiver]) -> str:
    """The verdict on what the waivers do not cover."""
    if any(not one.slice_ids for one in waivers):
        return "pass"
    slices = frozenset(name for one in waivers for name in one.slice_ids)
    return outcome_without(judged.family, judged.question, judged.found.broken, slices)


def _told(waivers: list[Waiver], left: str, *, is_waived: bool) -> str:
    """`Waived for race=Other until 2026-12-31 by fairness-board: n=41 in the test set.`"""
    told = []
    for one in waivers:
        of = f" for {listed(one.slice_ids, quote=False)}" if one.slice_ids else ""
        why = shown(one.reason, limit=300, quote=False).rstrip(".")
        owner = shown(one.owner, limit=100, quote=False)
        told.append(f"Waived{of} until {one.expires.isoformat()} by {owner}: {why}.")
    if not is_waived:
        beside = "still fails" if left == "fail" else "is still undecided"
        told.append(f"Beside the slices that are waived the check {beside}, so that it counts.")
    return " ".join(told)
