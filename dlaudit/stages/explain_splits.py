"""The gaps between two slices, split over inputs and told as records."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlaudit.attributions import CannotExplainError, GapWork
from dlaudit.attributions.gaps.asking import split_gaps
from dlaudit.attributions.gaps.associations import associations, half_and_half
from dlaudit.attributions.gaps.composition import with_composition
from dlaudit.attributions.gaps.decomposed import AllRows, GapRows, all_rows, decomposition
from dlaudit.attributions.gaps.games import Place, column_of, game_at
from dlaudit.attributions.gaps.groups import with_groups
from dlaudit.attributions.gaps.inference import Units
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.gaps.split import GapTables, Split
from dlaudit.attributions.gaps.support import outside_share
from dlaudit.record import Decomposition, NotApplicable
from dlaudit.stages.explain_material import Material, players_of

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class GapQuestion:
    """Two slices, and the metrics whose gaps between them are split by the same walks."""

    slice: str
    """Id of the slice explained."""
    reference: str
    """Id of the slice it is compared with."""
    pairs: tuple[Pair, ...]
    """The gap of each metric."""


@dataclass(frozen=True, kw_only=True)
class PairExplained:
    """What was found about two slices."""

    decompositions: list[Decomposition] = field(default_factory=list)
    """One per metric."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """Metrics that could not be split."""
    passes: float = 0.0
    """Forward-and-backward passes that it took."""
    halved: list[int] = field(default_factory=list)
    """Rows of passes that ran out of memory."""


def split_pair(material: Material, question: GapQuestion, work: GapWork) -> PairExplained:
    """Split the gaps of one pair of slices; the rows of a slice are the same whatever it is compared with."""
    sides = _Sides.of(material, question, work.rows)
    metrics = [pair.metric for pair in question.pairs]
    try:
        splits = split_gaps(
            material.host,
            material.question,
            sides.tables,
            metrics,
            rounds=work.rounds,
            pooled=sides.columns is not None,
        )
    except CannotExplainError as error:
        return PairExplained(not_applicable=[NotApplicable(what="decompositions", reason=str(error))])
    records = [_record(material, pair, splits[pair.metric], sides) for pair in question.pairs if pair.metric in splits]
    between = f"({question.slice} and {question.reference})"
    return PairExplained(
        decompositions=_with_support(material, question, sides, records),
        not_applicable=[
            NotApplicable(what=f"decomposition of {one.what} {between}", reason=one.reason)
            for one in splits.not_applicable
        ],
        passes=splits.passes,
        halved=splits.halved,
    )


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The rows of two slices that a split rests on."""

    a: Array
    """Places, among the kept rows, of the slice explained."""
    b: Array
    """The same of the slice it is compared with."""
    tables: GapTables
    """Their inputs, labels and weights."""
    columns: tuple[Array, Array] | None
    """Their encoded inputs; None where they are no plain table."""

    @classmethod
    def of(cls, material: Material, question: GapQuestion, most: int) -> "_Sides":
        a, b = (sampled(material, one, most) for one in (question.slice, question.reference))
        rows = material.rows.take(material.kept[np.concatenate([a, b])])
        weights = (None, None) if rows.weight is None else (rows.weight[: len(a)], rows.weight[len(a) :])
        columns = (material.columns(a), material.columns(b)) if material.tabular else None
        tables = GapTables(
            a=material.inputs(a),
            b=material.inputs(b),
            labels_a=rows.target[: len(a)],
            labels_b=rows.target[len(a) :],
            weight_a=weights[0],
            weight_b=weights[1],
            threshold=material.subject.spec.model.threshold,
            classes=material.subject.labels.classes,
        )
        return cls(a=a, b=b, tables=tables, columns=columns)

    def associations(self, material: Material) -> Array:
        """How strongly the inputs go together, each slice counting half."""
        assert self.columns is not None
        weights = (self.tables.weight_a, self.tables.weight_b)
        masses = [np.ones(len(c)) if w is None else w for c, w in zip(self.columns, weights, strict=True)]
        return associations(np.concatenate(self.columns), players_of(material.subject), half_and_half(*masses))


def sampled(material: Material, slice_id: str, most: int) -> Array:
    """Places of the kept rows of a slice; a random `most` of them where there are more."""
    places = material.places(slice_id)
    if len(places) <= most:
        return places
    generator = np.random.default_rng([material.subject.spec.run.seed, 2, 4, *slice_id.encode()])
    return np.sort(generator.choice(places, size=most, replace=False))


def _record(material: Material, pair: Pair, split: Split, sides: _Sides) -> Decomposition:
    """One metric's gap, with what can be said of each input where inputs are a plain table."""
    purpose = f"{pair.metric} {pair.slice} {pair.reference}".encode()
    generator = np.random.default_rng([material.subject.spec.run.seed, 2, 9, *purpose])
    players = players_of(material.subject)
    unit = material.rows.unit
    known = GapRows(
        a=all_scored(material, pair.metric, pair.slice),
        b=all_scored(material, pair.metric, pair.reference),
        unit_a=None if unit is None else unit[material.kept[sides.a]],
        unit_b=None if unit is None else unit[material.kept[sides.b]],
    )
    encoded = material.subject.data.features_encoded
    found = decomposition(pair, split, generator, rows=known, players=players, encoded=encoded)
    if sides.columns is None:
        return found
    found = with_composition(found, split, *sides.columns, players)
    units = Units(a=known.unit_a, b=known.unit_b)
    correlated = material.subject.spec.explain.correlated
    return with_groups(found, split, sides.associations(material), correlated, generator, units=units)


def all_scored(material: Material, metric: str, slice_id: str) -> AllRows:
    """What the metric makes of all scored rows of a slice."""
    labels, model = material.subject.labels, material.subject.spec.model
    rows = material.rows.take(np.flatnonzero(material.member(slice_id)[material.rows.atom]))
    place = Place(column=column_of(metric, labels.classes), threshold=model.threshold)
    return all_rows(game_at(metric, labels.task, place), rows.score, rows.target, rows.weight, rows.unit)


def _with_support(
    material: Material, question: GapQuestion, sides: _Sides, found: list[Decomposition]
) -> list[Decomposition]:
    """The records with the share of mixtures that lie outside the data; it is the same for all metrics."""
    if sides.columns is None:
        return found
    purpose = f"outside {question.slice} {question.reference}".encode()
    generator = np.random.default_rng([material.subject.spec.run.seed, 2, 9, *purpose])
    outside = outside_share(*sides.columns, players_of(material.subject), generator)
    return [one.model_copy(update={"outside": outside}) for one in found]
