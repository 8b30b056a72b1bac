"""Gaps between slices whose rows have parts of their own, as words: each row is compared with itself without them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dlaudit.attributions import CannotExplainError, GapWork, Question, background_sample
from dlaudit.attributions.gaps.decomposed import GapRows
from dlaudit.attributions.gaps.games import Place, column_of, game_at
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.texts import (
    Asked,
    RowGames,
    Texts,
    moved_by,
    row_games,
    text_decomposition,
    with_other_blank,
)
from dlaudit.record import Decomposition, NotApplicable
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_splits import GapQuestion, PairExplained, all_scored, sampled

Array = np.ndarray[Any, Any]
COMPARED = 200
"""Rows of each slice that are split with another reference, too."""


def has_own_parts(material: Material) -> bool:
    """Whether rows are laid out differently, so that parts of two rows do not correspond."""
    return any(grid.by_row for grid in material.question.grids)


def slices_of(questions: Sequence[GapQuestion]) -> list[str]:
    """Every slice that is compared, once."""
    return list(dict.fromkeys(name for one in questions for name in (one.slice, one.reference)))


def split_texts(material: Material, questions: Sequence[GapQuestion], work: GapWork) -> list[PairExplained]:
    """The gaps of all pairs of slices; every row is explained once, whatever it is compared with."""
    names = list(dict.fromkeys(pair.metric for one in questions for pair in one.pairs))
    places = {name: sampled(material, name, work.rows) for name in slices_of(questions)}
    try:
        known = _Explained.of(material, np.unique(np.concatenate(list(places.values()))), names, work)
        few = np.unique(np.concatenate([_some(one) for one in places.values()]))
        other = known.otherwise(material, few)
    except CannotExplainError as error:
        return [PairExplained(not_applicable=[NotApplicable(what="decompositions", reason=str(error))])]
    found = [
        PairExplained(
            decompositions=[_record(material, pair, places, known, other) for pair in question.pairs],
        )
        for question in questions
    ]
    spent = [one.games for one in (known, other) if one is not None]
    cost = PairExplained(passes=sum(one.passes for one in spent), halved=[size for one in spent for size in one.halved])
    return [*found, cost]


@dataclass(frozen=True, kw_only=True)
class _Explained:
    """Rows with their games."""

    places: Array
    """Places among the kept rows, ascending."""
    games: RowGames
    words: list[list[str]]
    asked: Asked

    @classmethod
    def of(cls, material: Material, places: Array, names: Sequence[str], work: GapWork) -> "_Explained":
        players = sum(len(grid.names) for grid in material.question.grids)
        asked = Asked(
            question=material.question,
            metrics=[(name, column_of(name, material.subject.labels.classes)) for name in names],
            threshold=material.subject.spec.model.threshold,
            evaluations=work.evaluations(players),
        )
        return cls._asked(material, places, asked)

    @classmethod
    def _asked(cls, material: Material, places: Array, asked: Asked) -> "_Explained":
        background = background_sample(len(material.kept), material.subject.spec.explain.background, _draws(material))
        labels = material.rows.take(material.kept[places]).target
        rows = material.inputs(places)
        games = row_games(material.host, asked, (rows, material.inputs(background)), labels)
        words = material.words(places) or [[] for _ in places]
        return cls(places=places, games=games, words=words, asked=asked)

    def otherwise(self, material: Material, places: Array) -> "_Explained | None":
        """Some of the rows with another reference; None where there is none."""
        question: Question | None = with_other_blank(material.question)
        if question is None:
            return None
        asked = Asked(
            question=question,
            metrics=self.asked.metrics,
            threshold=self.asked.threshold,
            evaluations=self.asked.evaluations,
        )
        return self._asked(material, places, asked)

    def texts(self, material: Material, metric: str, places: Array) -> Texts:
        """Those rows as a metric sees them."""
        at = np.searchsorted(self.places, places)
        rows = material.rows.take(material.kept[places])
        weight = np.ones(len(places)) if rows.weight is None else rows.weight.astype(np.float64)
        whole = Texts(
            game=self.games.metrics[metric],
            words=self.words,
            weight=np.ones(len(self.places)),
            beside=material.beside_words,
        )
        return replace(whole.take(at), weight=weight * _counted(material, metric, rows.target))


def _record(
    material: Material, pair: Pair, places: dict[str, Array], known: _Explained, other: _Explained | None
) -> Decomposition:
    own = places[pair.slice], places[pair.reference]
    unit, spec = material.rows.unit, material.subject.spec
    rows = GapRows(
        a=all_scored(material, pair.metric, pair.slice),
        b=all_scored(material, pair.metric, pair.reference),
        unit_a=None if unit is None else unit[material.kept[own[0]]],
        unit_b=None if unit is None else unit[material.kept[own[1]]],
    )
    generator = np.random.default_rng([spec.run.seed, 2, 9, *f"{pair.metric} {pair.slice} {pair.reference}".encode()])
    fewest = spec.report.small_cells
    sides = (known.texts(material, pair.metric, own[0]), known.texts(material, pair.metric, own[1]))
    found = text_decomposition(pair, sides, generator, rows=rows, reference=known.games.reference, fewest=fewest)
    if other is None:
        return found
    some = tuple(_some(one) for one in own)
    both = [
        (one.texts(material, pair.metric, some[0]), one.texts(material, pair.metric, some[1])) for one in (known, other)
    ]
    if not all(float(side.weight.sum()) > 0 for sides in both for side in sides):
        return found
    moved = moved_by(both[0], both[1], other.games.reference, fewest)
    return found.model_copy(update={"other_reference": moved})


def _some(places: Array) -> Array:
    """At most `COMPARED` of the rows, evenly spread over them."""
    if len(places) <= COMPARED:
        return places
    return places[np.unique(np.linspace(0, len(places) - 1, COMPARED).astype(np.int64))]


def _counted(material: Material, metric: str, target: Array) -> Array:
    """1 for the rows that a metric counts, 0 for those of another label."""
    labels, model = material.subject.labels, material.subject.spec.model
    game = game_at(metric, labels.task, Place(column=column_of(metric, labels.classes), threshold=model.threshold))
    if game.within is None:
        return np.ones(len(target))
    own = target if target.ndim == 1 else target[:, game.place.column]
    return np.asarray(own == game.within, dtype=np.float64)


def _draws(material: Material) -> np.random.Generator:
    return material.generator(2)
