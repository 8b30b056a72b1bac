"""Stage 4: contributions of inputs to scores, gaps split over inputs, and experiments on the model."""

import time
from dataclasses import dataclass, field

from dlaudit.attributions import part_grids
from dlaudit.engines import Progress, Silent
from dlaudit.record import (
    Attribution,
    AttributionMap,
    AttributionQuality,
    AttributionSwarm,
    Decomposition,
    ExplainPlan,
    LayerAttribution,
    MapDifference,
    NotApplicable,
    PartGrid,
    ProbeResult,
    Trust,
)
from dlaudit.stages.explain_gaps import explain_gaps, gap_questions, gap_work, mean_score_pairs
from dlaudit.stages.explain_layers import explain_units
from dlaudit.stages.explain_material import material_of, unnamed
from dlaudit.stages.explain_more import Further, further_of
from dlaudit.stages.explain_plan import ExplainSetup, plan_record, set_up, with_time_left
from dlaudit.stages.explain_probes import probe
from dlaudit.stages.explain_rows import RowsExplained, explain_sample
from dlaudit.stages.explain_table import KeptRows
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject
from dlaudit.stages.score import Scored

_NOTHING = ("attributions", "decompositions", "probes")


@dataclass(frozen=True, kw_only=True)
class Explained:
    """Why, and what could not be explained."""

    attributions: list[Attribution] = field(default_factory=list)
    """Per method, slice and feature."""
    swarms: list[AttributionSwarm] = field(default_factory=list)
    """How contributions are spread, by the input's value."""
    grids: list[PartGrid] = field(default_factory=list)
    """Where features lie that are places of an input."""
    maps: list[AttributionMap] = field(default_factory=list)
    """Per method, slice and input that is no table."""
    map_differences: list[MapDifference] = field(default_factory=list)
    """Two slices' maps compared place by place, where places are aligned."""
    quality: list[AttributionQuality] = field(default_factory=list)
    """Checks of the attributions."""
    trust: list[Trust] = field(default_factory=list)
    """What the checks come to."""
    layers: list[LayerAttribution] = field(default_factory=list)
    """Contributions of units inside the model."""
    plan: ExplainPlan | None = None
    """What it was planned to cost and what it took."""
    decompositions: list[Decomposition] = field(default_factory=list)
    """Gaps split over features."""
    probes: list[ProbeResult] = field(default_factory=list)
    """Experiments."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What was not done."""
    rows: KeptRows | None = None
    """Contributions to the score of every explained row."""
    further: Further | None = None
    """What explaining further rows takes; None where none was explained."""


def explain(subject: Subject, scored: Scored, measured: Measured, progress: Progress | None = None) -> Explained:
    """Explain the scores and the gaps, or say why not."""
    material = material_of(subject, scored, measured, progress or Silent())
    if isinstance(material, NotApplicable):
        left_out = [NotApplicable(what=what, reason=material.reason) for what in _NOTHING]
        return Explained(not_applicable=left_out)
    questions, unasked = gap_questions(material)
    setup = set_up(material, gap_work(material, questions))
    if isinstance(setup, NotApplicable):
        probed, unprobed = probe(material, [])
        left_out = [NotApplicable(what=what, reason=setup.reason) for what in _NOTHING[:2]]
        return Explained(probes=probed, not_applicable=[*left_out, *unasked, *unprobed])
    started = time.monotonic()
    by_row = explain_sample(material, setup) if setup.plan.methods else _no_rows(setup)
    setup = with_time_left(setup, by_row.answer, time.monotonic() - started)
    gaps = explain_gaps(material, questions, setup)
    units = explain_units(material, setup, mean_score_pairs(questions))
    probed, unprobed = probe(material, gaps.decompositions)
    return Explained(
        attributions=by_row.attributions,
        swarms=by_row.swarms,
        grids=part_grids(material.question.grids),
        maps=by_row.places.maps,
        map_differences=by_row.places.differences,
        quality=[*by_row.quality, *by_row.places.quality],
        trust=by_row.trust,
        layers=units.layers,
        plan=plan_record(setup, by_row.answer, gaps.passes + units.passes, [*gaps.halved, *units.halved]),
        decompositions=gaps.decompositions,
        probes=[*by_row.places.probes, *probed],
        not_applicable=[
            *by_row.not_applicable,
            *by_row.places.not_applicable,
            *unnamed(subject),
            *unasked,
            *gaps.not_applicable,
            *units.not_applicable,
            *unprobed,
        ],
        rows=by_row.kept,
        further=further_of(material, setup, by_row),
    )


def _no_rows(setup: ExplainSetup) -> RowsExplained:
    reason = setup.plan.no_rows or "no method was asked for"
    return RowsExplained(not_applicable=[NotApplicable(what="attributions", reason=reason)])
