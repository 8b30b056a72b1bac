"""Rules about belief in explanations: checks that are missed, second opinions that differ, what was made smaller."""

from collections.abc import Iterator

from dlaudit.findings.explained import COMPLETENESS, SECOND_OPINION, differs, distrusted
from dlaudit.findings.few import first_few
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import clause, counted, interval, name, names, number
from dlaudit.record.audit import Audit
from dlaudit.record.explained import AttributionQuality, ExplainPlan, Trust
from dlaudit.record.judged import Finding
from dlaudit.record.measured import OVERALL

MOST_TOLD = 3
"""Findings of one rule; the others share one."""
OVER_BUDGET = "(DLA505)"
"""What stands in the reason of a part that the budget does not allow."""
_PARTS = {
    "attributions": "No score was explained",
    "decompositions": "No gap was split over inputs",
    "layers": "No layer was looked at",
}
_WHERE = "the table of trust in the report"


@finding_rule("DLA502")
def withheld(observed: Observed) -> Iterator[Finding]:
    """Methods whose contributions do not add up closely enough, with the slices where; they are not shown there."""
    failed: dict[str, dict[str, AttributionQuality]] = {}
    for one in observed.audit.quality:
        if one.measure == COMPLETENESS and one.ok is False:
            failed.setdefault(one.method, {})[one.slice] = one
    for method, where in failed.items():
        values = {slice_id: one.value for slice_id, one in where.items()}
        worst = max((value for value in values.values() if value is not None), default=None)
        said = f"by up to {number(100 * worst)} % of it" if worst is not None else "although the score does not change"
        required = next((one.required for one in where.values() if one.required is not None), 0.02)
        yield finding(
            "DLA502",
            "warning",
            method,
            f"Contributions by {name(method)} are not shown for {names(where)}: they miss the change of the score "
            f"{said} in one row of twenty, and {number(100 * required)} % is accepted.",
            evidence={"completeness_error_p95": values},
        )


@finding_rule("DLA508")
def not_trustworthy(observed: Observed) -> Iterator[Finding]:
    """Methods whose explanation is not trustworthy, with the slices where and the reasons, one finding each."""
    gathered: dict[str, list[Trust]] = {}
    for one in sorted(distrusted(observed.audit), key=lambda one: one.slice != OVERALL):
        gathered.setdefault(one.method, []).append(one)
    found = [_distrust(observed.audit, method, group) for method, group in gathered.items()]
    yield from first_few(found, MOST_TOLD, ("method", "Also not trustworthy"), _WHERE)


@finding_rule("DLA509")
def second_opinion_differs(observed: Observed) -> Iterator[Finding]:
    """Methods that another library calculates otherwise."""
    for one in observed.audit.quality:
        if one.measure == SECOND_OPINION and one.ok is False:
            yield finding(
                "DLA509",
                "error",
                one.method,
                f"Another library does not confirm {name(one.method)}: {clause(one.meaning)}",
                evidence={"difference": one.value, "allowed": one.required},
            )


@finding_rule("DLA510")
def unequally_faithful(observed: Observed) -> Iterator[Finding]:
    """Methods that explain slices of one feature unequally faithfully, one finding each, the widest slice first."""
    gathered: dict[str, list[AttributionQuality]] = {}
    for one in observed.audit.quality:
        if differs(one):
            gathered.setdefault(one.method, []).append(one)
    found = [_unequal(method, sorted(group, key=_width)) for method, group in gathered.items()]
    yield from first_few(found, MOST_TOLD, ("method", "Also unequally faithful"), _WHERE)


@finding_rule("DLA505")
def reduced(observed: Observed) -> Iterator[Finding]:
    """What the budget or the memory made smaller, or left out altogether."""
    plan = observed.audit.explain_plan
    if plan is None:
        return
    for one in observed.audit.not_applicable:
        if one.what in _PARTS and OVER_BUDGET in one.reason:
            yield finding("DLA505", "warning", one.what, f"{_PARTS[one.what]}: {clause(one.reason)}.")
    if not (plan.reduced or plan.halved):
        return
    yield finding(
        "DLA505",
        "note",
        "explanations",
        " ".join([*_within_budget(plan), *_out_of_memory(plan)]),
        evidence={
            "budget": plan.budget,
            "estimated": plan.estimated,
            "spent": plan.spent,
            "reduced": plan.reduced,
            "halved": plan.halved,
        },
    )


def _distrust(audit: Audit, method: str, found: list[Trust]) -> Finding:
    """One finding for all slices; the reasons are those of all rows where these are among them."""
    slices = [one.slice for one in found]
    others = f" and {counted(len(slices) - 1, 'slice')}" if len(slices) > 1 else ""
    where = f"all rows{others}" if slices[0] == OVERALL else names(slices)
    return finding(
        "DLA508",
        "warning",
        method,
        f"The explanation by {name(method)} is not trustworthy for {where}: "
        f"{'; '.join(clause(one) for one in found[0].reasons) or 'a check was missed'}.",
        next_step=_instead(audit, slices),
        evidence={"slices": slices, "rows": {one.slice: one.rows for one in found}},
    )


def _instead(audit: Audit, slices: list[str]) -> str:
    """What to read where a method is not trustworthy: one that is, or what would make one."""
    passed: dict[str, set[str]] = {}
    for one in audit.trust:
        if one.ok is True:
            passed.setdefault(one.method, set()).add(one.slice)
    better = next((method for method, where in passed.items() if where.issuperset(slices)), None)
    if better is not None:
        return f"Read {name(better)} instead: its checks passed there."
    plan = audit.explain_plan
    if plan is not None and 0 < plan.rows < audit.data.scored:
        return "Explain more rows (explain.sample), or name another method (explain.methods)."
    return "Name another method (explain.methods); the contributions shown deserve no belief there."


def _unequal(method: str, found: list[AttributionQuality]) -> Finding:
    told = [f"{name(one.slice)} {'worse' if (one.value or 0) < 0 else 'better'} ({_size(one)})" for one in found]
    more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return finding(
        "DLA510",
        "note",
        method,
        f"{name(method)} does not predict the effect of changing inputs equally well in all slices of a feature: "
        f"{', '.join(told[:MOST_TOLD])}{more}, in correlation, among rows whose scores move equally far.",
        evidence={"differences": {one.slice: one.value for one in found}},
    )


def _width(one: AttributionQuality) -> float:
    return -abs(one.value or 0.0)


def _size(one: AttributionQuality) -> str:
    size = f"by {number(abs(one.value or 0.0))}"
    if one.low is None or one.high is None:
        return size
    least, most = sorted((abs(one.low), abs(one.high)))
    return f"{size}, interval {interval(least, most)}"


def _within_budget(plan: ExplainPlan) -> list[str]:
    if not plan.reduced:
        return []
    allowed = f" of {number(plan.budget)} passes" if plan.budget is not None else ""
    return [f"To stay within the budget{allowed}: {'; '.join(clause(one) for one in plan.reduced)}."]


def _out_of_memory(plan: ExplainPlan) -> list[str]:
    if not plan.halved:
        return []
    times = counted(len(plan.halved), "pass") if len(plan.halved) == 1 else f"{len(plan.halved)} passes"
    return [f"Memory ran out in {times} (of up to {max(plan.halved):,} rows), repeated with half of the rows each."]
