"""Contributions of inputs to the scores of single rows, their summary over slices, and what they are worth."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from dlaudit.attributions import (
    Answer,
    ExplainedRows,
    adding_up,
    attributions,
    by_words,
    explain_rows,
    quality,
    trust,
)
from dlaudit.attributions.swarm import swarms
from dlaudit.record import Attribution, AttributionQuality, AttributionSwarm, NotApplicable, Trust
from dlaudit.stages.explain_checks import checking
from dlaudit.stages.explain_maps import MapsExplained, explain_maps
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_plan import ExplainSetup
from dlaudit.stages.explain_table import KeptRows, kept_rows
from dlaudit.stages.explain_words import kept_words, without_words


@dataclass(frozen=True, kw_only=True)
class RowsExplained:
    """What was found about rows."""

    attributions: list[Attribution] = field(default_factory=list)
    """Per method, slice and feature."""
    places: MapsExplained = field(default_factory=MapsExplained)
    """Maps of inputs that are no table, and what follows from them."""
    quality: list[AttributionQuality] = field(default_factory=list)
    """Checks, also of methods that are not shown."""
    trust: list[Trust] = field(default_factory=list)
    """What the checks come to."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What was not done, and methods that are not shown."""
    kept: KeptRows | None = None
    """Contributions to the score of every explained row."""
    swarms: list[AttributionSwarm] = field(default_factory=list)
    """How contributions are spread, by the input's value; of tables."""
    answer: Answer | None = None
    """Every method's contributions; None where nothing was explained."""


def explain_sample(material: Material, setup: ExplainSetup) -> RowsExplained:
    """Explain the rows of the plan, check the explanations, and sum them up."""
    spec = material.subject.spec.explain
    sample, background = setup.sample, setup.background
    names = [one.method for one in setup.plan.methods if one.role != "opinion"]
    material.progress.stage("explain: rows", len(sample.rows))
    answer = explain_rows(
        material.host,
        material.question,
        (material.inputs(sample.rows), material.inputs(background)),
        names,
        {
            "steps": spec.steps,
            "evaluations": setup.plan.size.evaluations,
            "tolerance": spec.tolerance,
            "checks": spec.checks,
            "opinions": spec.second_opinion,
        },
        _told(material, len(sample.rows), checked=spec.checks or spec.second_opinion > 0),
        checking=checking(material, sample, background) if spec.checks else None,
    )
    explained = explained_rows(material, setup)
    visible, withheld = adding_up(answer, spec.tolerance)
    words = material.words(sample.rows)
    fewest = material.subject.spec.report.small_cells
    by_row = any(one.by_row for one in material.question.grids)
    named = visible if words is None else by_words(visible, words, fewest, fold=by_row, beside=material.beside_words)
    summed, missing = attributions(named, explained, material.generator(3), words=words is not None)
    checks = [*quality(answer, explained, material.generator(6), spec.tolerance), *_opinions(answer)]
    kept = (
        kept_rows(visible, material, sample.rows)
        if words is None
        else kept_words(visible, material, sample.rows, words)
    )
    return RowsExplained(
        attributions=summed,
        swarms=swarms(visible, kept.inputs) if material.tabular else [],
        places=explain_maps(material, setup, visible, explained),
        quality=checks,
        trust=trust(checks, answer, explained),
        not_applicable=[*answer.not_applicable, *withheld, *missing, *without_words(material)],
        kept=kept,
        answer=answer,
    )


def _told(material: Material, rows: int, *, checked: bool) -> Callable[[int], None]:
    """What tells how many rows are explained, and that they are being checked once all of them are."""
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        material.progress.advance(more)
        if checked and done >= rows:
            material.progress.stage("explain: checks")

    return told


def explained_rows(material: Material, setup: ExplainSetup) -> ExplainedRows:
    """Who the explained rows are."""
    chosen, table = material.kept[setup.sample.rows], material.measured.table
    at = [number for number, one in enumerate(table.slices) if one.kind in {"overall", "group"}]
    rows, weight = material.rows, setup.sample.weight
    return ExplainedRows(
        slices=[table.slices[number].id for number in at],
        member=table.member[np.ix_(at, rows.atom[chosen])],
        weight=weight if rows.weight is None else weight * rows.weight[chosen],
        unit=None if rows.unit is None else rows.unit[chosen],
        by=[None if table.slices[number].unknown else " & ".join(table.slices[number].by) or None for number in at],
    )


def _opinions(answer: Answer) -> list[AttributionQuality]:
    """Second calculations as checks of the method that they are about."""
    return [
        AttributionQuality(
            method=one.method,
            slice="overall",
            measure="second_opinion",
            value=one.relative,
            ok=one.ok,
            required=one.allowed,
            meaning=one.said,
        )
        for one in answer.opinions
    ]
