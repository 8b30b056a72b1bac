"""Stage 4: contributions of inputs to scores, gaps split over inputs, and experiments on the model."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.attributions import (
    AllRows,
    Answer,
    CannotExplainError,
    ExplainedRows,
    GapRows,
    Pair,
    Question,
    attributions,
    background_sample,
    decomposition,
    explain_rows,
    pairs_to_explain,
    quality,
    split_gap,
    stratified_sample,
)
from dlaudit.data.batch import Player
from dlaudit.metrics.rows import ScoredRows
from dlaudit.models.host import Host
from dlaudit.probes import ProbeRequest, run_probes
from dlaudit.record import Attribution, AttributionQuality, Decomposition, NotApplicable, ProbeResult
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject, inputs_table
from dlaudit.stages.score import Scored

_METHODS = ["integrated_gradients", "shap_values"]
_PROBED = 50_000
"""Rows that probes look at, at most."""
_GAP_METRIC = {"binary": "mean_score", "regression": "mean_prediction"}


@dataclass(frozen=True, kw_only=True)
class Explained:
    """Why, and what could not be explained."""

    attributions: list[Attribution] = field(default_factory=list)
    """Per method, slice and feature."""
    quality: list[AttributionQuality] = field(default_factory=list)
    """Checks of the attributions."""
    decompositions: list[Decomposition] = field(default_factory=list)
    """Gaps split over features."""
    probes: list[ProbeResult] = field(default_factory=list)
    """Experiments."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What was not done."""
    rows: pa.Table | None = None
    """Contributions to the score of every explained row."""


@dataclass(frozen=True, kw_only=True)
class _Material:
    """What the explanations draw on: kept rows, their atoms, and who they are."""

    subject: Subject
    scored: Scored
    measured: Measured
    host: Host
    rows: ScoredRows
    kept: np.ndarray[Any, Any]
    atoms: np.ndarray[Any, Any]

    def generator(self, purpose: int) -> np.random.Generator:
        """A generator of its own for each purpose, so that one does not shift another."""
        return np.random.default_rng([self.subject.spec.run.seed, 2, purpose])

    def inputs(self, at: np.ndarray[Any, Any]) -> pa.Table:
        """Inputs of the kept rows at those places, as the model takes them."""
        return inputs_table(self.scored.inputs.take(at))


def explain(subject: Subject, scored: Scored, measured: Measured) -> Explained:
    """Explain the scores and the gaps, or say why not."""
    reason = _why_not(subject, scored)
    if reason is not None or subject.host is None or measured.rows is None:
        what = ("attributions", "decompositions", "probes")
        return Explained(not_applicable=[NotApplicable(what=one, reason=str(reason)) for one in what])
    kept = scored.inputs.positions
    material = _Material(
        subject=subject,
        scored=scored,
        measured=measured,
        host=subject.host,
        rows=measured.rows,
        kept=kept,
        atoms=measured.rows.atom[kept],
    )
    question = _question(subject)
    by_row, checks, missing, table = _attribute(material, question)
    split, unsplit = _decompose(material, question)
    probed, unprobed = _probe(material, split)
    return Explained(
        attributions=by_row,
        quality=checks,
        decompositions=split,
        probes=probed,
        not_applicable=[*missing, *_unnamed(subject), *unsplit, *unprobed],
        rows=table,
    )


def _why_not(subject: Subject, scored: Scored) -> str | None:
    if subject.host is None:
        return "the scores were given, without a model"
    if not subject.spec.explain.enabled:
        return "explain.enabled is false"
    if not scored.fits:
        return "the rows do not fit in memory"
    return None


def _question(subject: Subject) -> Question:
    labels = subject.labels
    positive = labels.positive if labels.task != "binary" else None
    return Question(
        task=labels.task,
        output=subject.output,
        players=_players(subject),
        classes=len(labels.classes),
        class_index=labels.classes.index(positive) if positive in labels.classes else 0,
        seed=subject.spec.run.seed,
    )


def _players(subject: Subject) -> list[Player]:
    """The features; none where the user's code encodes rows, and every encoded input then stands for itself."""
    encodes = subject.host is not None and subject.host.loaded.has_preprocess
    return [] if encodes else subject.data.feature_groups


def _unnamed(subject: Subject) -> list[NotApplicable]:
    """Where code of the caller encodes rows and says no names, contributions are those of `input 1`, `input 2`, …"""
    loaded = subject.host.loaded if subject.host is not None else None
    if loaded is None or not loaded.has_preprocess or loaded.feature_names:
        return []
    reason = "preprocess encodes the rows and nothing names what it returns; define feature_names() in the code file"
    return [NotApplicable(what="names of the inputs", reason=reason)]


def _attribute(
    material: _Material, question: Question
) -> tuple[list[Attribution], list[AttributionQuality], list[NotApplicable], pa.Table]:
    spec = material.subject.spec.explain
    sample = stratified_sample(material.atoms, spec.sample, material.generator(1))
    background = background_sample(len(material.kept), spec.background, material.generator(2))
    answer = explain_rows(
        material.host,
        question,
        (material.inputs(sample.rows), material.inputs(background)),
        _METHODS if spec.methods == "auto" else spec.methods,
        {"steps": spec.steps},
    )
    chosen = material.kept[sample.rows]
    unit = material.rows.unit
    weight = sample.weight if material.rows.weight is None else sample.weight * material.rows.weight[chosen]
    shown = [at for at, one in enumerate(material.measured.table.slices) if one.kind in {"overall", "group"}]
    explained = ExplainedRows(
        slices=[material.measured.table.slices[at].id for at in shown],
        member=material.measured.table.member[np.ix_(shown, material.rows.atom[chosen])],
        weight=weight,
        unit=None if unit is None else unit[chosen],
    )
    summed, missing = attributions(answer, explained, material.generator(3))
    ids = np.concatenate([batch.row_ids for batch in material.scored.batches])[chosen]
    return summed, quality(answer, explained), [*answer.not_applicable, *missing], _row_table(answer, ids)


def _row_table(answer: Answer, row_ids: np.ndarray[Any, Any]) -> pa.Table:
    """`row_id`, `method`, `completeness_error`, then a column per player: the rows of attributions.parquet."""
    tables = []
    for method in answer.methods:
        columns = {
            "row_id": pa.array(row_ids, pa.string()),
            "method": pa.array([method.method] * len(row_ids)),
            "completeness_error": pa.array(method.completeness),
        }
        for at, name in enumerate(answer.features):
            columns[name if name not in columns else f"{name} (input)"] = pa.array(method.values[:, at])
        tables.append(pa.table(columns))
    return pa.concat_tables(tables) if tables else pa.table({"row_id": pa.array([], pa.string())})


def _decompose(material: _Material, question: Question) -> tuple[list[Decomposition], list[NotApplicable]]:
    task = material.subject.labels.task
    metric = _GAP_METRIC.get(task)
    if metric is None:
        return [], [NotApplicable(what="decompositions", reason=f"not offered for {task} models")]
    measured = material.measured
    pairs = pairs_to_explain(measured.measurements, measured.table.slices, measured.table.comparisons, metric=metric)
    if not pairs:
        return [], [NotApplicable(what="decompositions", reason="no feature has two slices that are large enough")]
    names = material.subject.data.features_encoded
    try:
        return [_split(material, question, pair, names) for pair in pairs], []
    except CannotExplainError as error:
        return [], [NotApplicable(what="decompositions", reason=str(error))]


def _split(material: _Material, question: Question, pair: Pair, encoded: list[str]) -> Decomposition:
    spec = material.subject.spec.explain
    generator = material.generator(4)
    at_a, at_b = (_rows_of(material, one, spec.decompose_rows, generator) for one in (pair.slice, pair.reference))
    rows = material.rows
    weights = None
    if rows.weight is not None:
        weights = (rows.weight[material.kept[at_a]], rows.weight[material.kept[at_b]])
    split = split_gap(
        material.host,
        question,
        (material.inputs(at_a), material.inputs(at_b)),
        rounds=spec.rounds,
        weights=weights,
    )
    known = GapRows(
        a=_all_rows(material, pair.slice, question.class_index),
        b=_all_rows(material, pair.reference, question.class_index),
        unit_a=None if rows.unit is None else rows.unit[material.kept[at_a]],
        unit_b=None if rows.unit is None else rows.unit[material.kept[at_b]],
    )
    return decomposition(pair, split, generator, rows=known, players=question.players, encoded=encoded)


def _member(material: _Material, slice_id: str) -> np.ndarray[Any, Any]:
    at = [one.id for one in material.measured.table.slices].index(slice_id)
    return np.asarray(material.measured.table.member[at])


def _rows_of(material: _Material, slice_id: str, most: int, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    """Places of the kept rows of a slice; a random `most` of them where there are more."""
    places = np.flatnonzero(_member(material, slice_id)[material.atoms])
    if len(places) <= most:
        return places
    return np.sort(generator.choice(places, size=most, replace=False))


def _all_rows(material: _Material, slice_id: str, class_index: int) -> AllRows:
    rows = material.rows
    chosen = _member(material, slice_id)[rows.atom]
    return AllRows(
        score=rows.score[chosen, class_index],
        weight=None if rows.weight is None else rows.weight[chosen],
        unit=None if rows.unit is None else rows.unit[chosen],
    )


def _probe(material: _Material, split: list[Decomposition]) -> tuple[list[ProbeResult], list[NotApplicable]]:
    subject, slices = material.subject, material.measured.table.slices
    places = background_sample(len(material.kept), _PROBED, material.generator(5))
    whole = material.scored.inputs.take(places)
    request = ProbeRequest(
        slices=slices,
        member=material.measured.table.member[:, material.atoms[places]],
        columns=whole if isinstance(whole, np.ndarray) else None,
        players=_players(subject),
        encoded=subject.data.features_encoded,
        decompositions=split,
        capabilities=frozenset(material.host.loaded.capabilities),
        host=material.host,
        seed=subject.spec.run.seed,
    )
    return run_probes(request)
