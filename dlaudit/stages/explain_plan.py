"""Which methods explain the model, how many rows they get, and what all of it may cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from dlaudit.attributions import (
    Answer,
    Budget,
    GapWork,
    ModelFacts,
    Planned,
    RowSample,
    Size,
    Wanted,
    attributor_named,
    background_sample,
    budget_of,
    chosen,
    layers_cost,
    planned,
    rows_needed,
    smaller_gaps,
    stratified_sample,
)
from dlaudit.models.replies import forged, names_of, number_of
from dlaudit.record import ExplainPlan, NotApplicable, PlannedMethod
from dlaudit.spec import ExplainSpec
from dlaudit.stages.explain_material import Material

LOOK = "dlaudit.attributions.operations:look"
LOOKED_AT = 64
"""Rows that the model is looked at with."""
MOST = 1e12
"""No row has so many numbers, and no pass takes so many seconds; nor so small a part of one."""
LONG = 20.0
"""Expected seconds from which the estimate is told before the work begins."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What the model's process said of the model."""

    facts: ModelFacts
    """What decides the choice of methods."""
    players: list[str]
    """Names of the players."""
    elements: int
    """Numbers in one row's inputs."""
    table: bool
    """Whether a row is a list of decimal numbers."""
    seconds: float
    """Of one forward-and-backward pass of one row."""


@dataclass(frozen=True, kw_only=True)
class ExplainSetup:
    """What will be explained, how and at what cost."""

    looked: Looked
    """What is known of the model."""
    plan: Planned
    """What fits into the budget."""
    budget: Budget
    """The budget as it was written."""
    allowed: float | None
    """Passes that it allows; None for no limit."""
    sample: RowSample
    """Rows to explain, as places among the kept rows."""
    background: np.ndarray[Any, Any]
    """Reference rows, as places among the kept rows."""
    rows_by_slice: dict[str, int]
    """Rows to explain in each slice of a single feature."""
    no_layers: str | None = None
    """Why layers are not looked at, where the budget is too small for that."""


def set_up(material: Material, gaps: GapWork | None) -> ExplainSetup | NotApplicable:
    """Look at the model, choose methods, and plan within the budget; or why nothing can be explained.

    Args:
        material: Rows and model.
        gaps: What decompositions would need.
    """
    spec = material.subject.spec.explain
    background = background_sample(len(material.kept), spec.background, material.generator(2))
    looked = look(material, background)
    if isinstance(looked, NotApplicable):
        return looked
    budget = budget_of(spec.budget, table=looked.table)
    allowed = budget.allowed(looked.seconds)
    wanted = _wanted(material, looked, gaps)
    layers = layers_cost(spec.layers, wanted.size)
    no_layers = _no_layers(layers, wanted.size.rows, allowed)
    reserved = layers if no_layers is None else 0.0
    plan = planned(wanted, None if allowed is None else allowed - reserved)
    plan = replace(plan, estimated=plan.estimated + (reserved if plan.methods else 0.0))
    _tell(material, plan, looked.seconds)
    sample = stratified_sample(material.atoms, plan.size.rows if plan.methods else 0, material.generator(1))
    return ExplainSetup(
        looked=looked,
        plan=plan,
        budget=budget,
        allowed=allowed,
        sample=sample,
        background=background,
        rows_by_slice=_rows_by_slice(material, sample),
        no_layers=no_layers,
    )


def _no_layers(cost: float, rows: int, allowed: float | None) -> str | None:
    """Why layers are left out: they may take half of the budget."""
    if allowed is None or cost <= allowed / 2:
        return None
    return (
        f"to look at layers takes {math.ceil(cost):,} forward-and-backward passes for {rows:,} rows, more than half "
        f"of the {math.floor(allowed):,} that the budget allows (DLA505): fewer rows (explain.sample) or "
        f"--explain-budget {math.ceil(2 * cost)} would do"
    )


def with_time_left(setup: ExplainSetup, answer: Answer | None, elapsed: float) -> ExplainSetup:
    """The setup with gaps made smaller where rows took longer than expected; as it was for budgets in passes.

    Other programs on the machine, and work beside the passes, cannot be foreseen when the cost of a pass is measured.

    Args:
        setup: As it was planned.
        answer: What was found about rows; None where nothing was explained.
        elapsed: Seconds that it took.
    """
    plan, seconds = setup.plan, setup.budget.seconds
    if seconds is None or plan.gaps is None or answer is None or not answer.passes:
        return setup
    each = max(setup.looked.seconds, elapsed / answer.passes)
    gaps, told = smaller_gaps(plan.gaps, plan.size.players, max(0.0, seconds - elapsed) / each)
    if gaps is None:
        reason = (
            f"rows took {elapsed:.0f} of the {seconds:.0f} seconds that the budget allows, and the rest is "
            "too little to split gaps (DLA505)"
        )
        return replace(setup, plan=replace(plan, gaps=None, no_gaps=reason))
    return replace(setup, plan=replace(plan, gaps=gaps, reduced=[*plan.reduced, *told]))


def look(material: Material, background: np.ndarray[Any, Any]) -> Looked | NotApplicable:
    """What the model's process says of the model, screened."""
    few = material.inputs(background[:LOOKED_AT])
    result, _ = material.host.call(LOOK, material.question.params(), {"rows": few, "background": few})
    if isinstance(result.get("reason"), str):
        return NotApplicable(what="attributions", reason=result["reason"])
    try:
        facts = TypeAdapter(ModelFacts).validate_python(result["facts"])
    except ValidationError as odd:
        raise forged("facts of another form") from odd
    elements, axes, seconds = (number_of(result, name) for name in ("elements", "axes", "seconds"))
    if (
        elements is None
        or axes is None
        or seconds is None
        or not 1 <= min(elements, axes) <= max(elements, axes) < MOST
    ):
        raise forged("sizes that are none")
    if not 1 / MOST < seconds < MOST:
        raise forged("a time that none takes")
    return Looked(
        facts=facts,
        players=names_of(result, "players"),
        elements=int(elements),
        table=axes == 2 and not facts.integer,
        seconds=seconds,
    )


def asked_methods(spec: ExplainSpec, facts: ModelFacts, task: str) -> list[PlannedMethod]:
    """The methods named, or those chosen for the model; what they cost is not known yet."""
    if spec.methods == "auto":
        choices = chosen(facts, task)
        return [PlannedMethod(method=one.method, role=one.role, why=one.why, rows=0, estimated=0.0) for one in choices]
    why = "named in explain.methods"
    names = dict.fromkeys(attributor_named(name).name for name in spec.methods)
    return [PlannedMethod(method=name, role="asked", why=why, rows=0, estimated=0.0) for name in names]


def plan_record(setup: ExplainSetup, answer: Answer | None, spent_on_gaps: float, halved: Sequence[int]) -> ExplainPlan:
    """The plan and what became of it."""
    plan = setup.plan
    spent = {one.method: one.spent for one in answer.methods} if answer is not None else {}
    opinions = [
        PlannedMethod(
            method=one.library, role="opinion", why=f"calculates {one.method} again", rows=one.rows, estimated=0.0
        )
        for one in (answer.opinions if answer is not None else [])
    ]
    return ExplainPlan(
        budget=setup.allowed,
        budget_given=setup.budget.given,
        estimated=plan.estimated,
        spent=(answer.passes if answer is not None else 0.0) + spent_on_gaps,
        seconds_per_pass=setup.looked.seconds if setup.budget.seconds is not None else None,
        methods=[*(one.model_copy(update={"spent": spent.get(one.method)}) for one in plan.methods), *opinions],
        rows=len(setup.sample.rows),
        rows_by_slice=setup.rows_by_slice,
        reduced=plan.reduced,
        halved=[*(answer.halved if answer is not None else []), *halved],
    )


def _wanted(material: Material, looked: Looked, gaps: GapWork | None) -> Wanted:
    spec, task = material.subject.spec.explain, material.subject.labels.task
    sizes = np.bincount(material.atoms, minlength=material.measured.table.member.shape[1])
    judged = [one.kind == "group" and not one.unknown for one in material.measured.table.slices]
    return Wanted(
        methods=asked_methods(spec, looked.facts, task),
        size=Size(
            rows=min(spec.sample, len(material.kept)),
            players=len(looked.players),
            elements=looked.elements,
            background=min(spec.background, len(material.kept)),
            steps=spec.steps,
            evaluations=spec.evaluations,
        ),
        least_rows=max(1, rows_needed(sizes, material.measured.table.member[judged])),
        checks=spec.checks,
        opinions=spec.second_opinion,
        gaps=gaps,
    )


def _rows_by_slice(material: Material, sample: RowSample) -> dict[str, int]:
    table, atoms = material.measured.table, material.atoms[sample.rows]
    return {one.id: int(table.member[at, atoms].sum()) for at, one in enumerate(table.slices) if one.kind == "group"}


def _tell(material: Material, plan: Planned, seconds: float) -> None:
    """Say before a long work what it will take."""
    expected = plan.estimated * seconds
    for reason in dict.fromkeys([plan.no_rows, plan.no_gaps]):
        if reason is not None:
            material.progress.note(reason)
    if not plan.methods or expected < LONG:
        return
    lasts = f"{math.ceil(expected)} s" if expected < 120 else f"{math.ceil(expected / 60)} min"
    material.progress.note(
        f"explaining takes about {math.ceil(plan.estimated):,} passes, some {lasts} on this machine "
        "(--explain-budget limits it, --no-explain leaves it out)"
    )
