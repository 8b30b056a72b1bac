"""How it was explained: methods and why they were chosen, what they were planned to cost and what they took."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.catalogue_methods import ROLES
from dlaudit.outputs.translate import _
from dlaudit.outputs.why_sentences import method_named
from dlaudit.record import Audit, ExplainPlan


@dataclass(frozen=True)
class MethodRow:
    """One method."""

    name: str
    role: str
    why: str
    rows: str
    estimated: str
    spent: str


@dataclass(frozen=True)
class PlanView:
    """The plan and what became of it."""

    methods: list[MethodRow]
    facts: list[tuple[str, str]]
    reduced: list[str]
    halved: str


def explain_plan(audit: Audit) -> PlanView | None:
    """The plan of the audit; None where nothing was planned."""
    plan = audit.explain_plan
    if plan is None:
        return None
    methods = [
        MethodRow(
            method_named(one.method),
            ROLES[one.role],
            one.why,
            text.count(one.rows),
            _passes(one.estimated or None),
            _passes(one.spent),
        )  # second opinions are counted in the total alone
        for one in plan.methods
    ]
    halved = TEXT["plan_halved"].format(rows=", ".join(text.count(one) for one in plan.halved)) if plan.halved else ""
    return PlanView(methods, _facts(plan), plan.reduced, halved)


def _facts(plan: ExplainPlan) -> list[tuple[str, str]]:
    facts = [
        (_("Allowed"), _allowed(plan)),
        (_("Estimated"), _("{count} passes").format(count=_passes(plan.estimated))),
        (_("Took"), _("{count} passes").format(count=_passes(plan.spent))),
        (_("Rows explained"), text.count(plan.rows)),
    ]
    if plan.seconds_per_pass is not None:
        facts.append((_("Seconds per pass, measured"), text.decimal(plan.seconds_per_pass)))
    if plan.rows_by_slice:
        told = ", ".join(f"{name}: {text.count(rows)}" for name, rows in plan.rows_by_slice.items())
        facts.append((_("Of them in slices"), told))
    return facts


def _allowed(plan: ExplainPlan) -> str:
    if not plan.budget:
        return _("no limit")
    return _("{count} passes (budget: {given})").format(count=_passes(plan.budget), given=plan.budget_given)


def _passes(number: float | None) -> str:
    return text.NONE if number is None else text.count(round(number))
