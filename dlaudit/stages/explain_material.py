"""What explanations draw on: kept rows, who they are, and the question that is asked of the model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.attributions import Question
from dlaudit.data.batch import Player
from dlaudit.data.labels import Labels
from dlaudit.engines import Progress
from dlaudit.metrics.rows import ScoredRows
from dlaudit.models.host import Host
from dlaudit.record import NotApplicable
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject, inputs_table
from dlaudit.stages.score import Scored
from dlaudit.tensors import ABOUT

MOST_AT_ONCE = 4096
"""Rows of one forward pass at most, unless run.batch_size says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Rows to choose from, and the model."""

    subject: Subject
    """What is audited."""
    scored: Scored
    """The rows with their scores."""
    measured: Measured
    """Slices and gaps."""
    host: Host
    """Where the model lives."""
    rows: ScoredRows
    """All scored rows."""
    kept: np.ndarray[Any, Any]
    """Positions, among them, of the rows whose inputs are kept."""
    atoms: np.ndarray[Any, Any]
    """Atom of each kept row."""
    question: Question
    """What is asked of the model."""
    progress: Progress
    """Told how far the work is."""

    def generator(self, purpose: int) -> np.random.Generator:
        """A generator of its own for each purpose, so that one does not shift another."""
        return np.random.default_rng([self.subject.spec.run.seed, 2, purpose])

    def inputs(self, at: np.ndarray[Any, Any]) -> pa.Table:
        """Inputs of the kept rows at those places as the model takes them, with layouts that rows have of their own."""
        kept = self.scored.inputs.take(at)
        if not isinstance(kept, pa.Table):
            return inputs_table(kept)
        return kept.select([name for name in kept.column_names if not name.startswith(ABOUT)])

    def words(self, at: np.ndarray[Any, Any]) -> list[list[str]] | None:
        """What a reader calls the parts of those rows, where rows are laid out differently."""
        kept = self.scored.inputs.take(at)
        return self.subject.data.words(kept) if isinstance(kept, pa.Table) else None

    @property
    def beside_words(self) -> list[str]:
        """Parts that are the same in every row, where rows lay out others themselves: columns beside a text, first."""
        grids = self.question.grids
        own = any(grid.by_row for grid in grids)
        return [name for grid in grids if own and not grid.by_row for name in grid.names]

    @property
    def encoded_here(self) -> bool:
        """Whether the encoded inputs are known here: not encoded by the user's code beside the model."""
        return isinstance(self.scored.inputs.take(np.zeros(0, dtype=np.int64)), np.ndarray)

    @property
    def tabular(self) -> bool:
        """Whether they are known here and a plain table."""
        return self.encoded_here and self.columns(np.zeros(0, dtype=np.int64)).ndim == 2

    def columns(self, at: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Encoded inputs of those rows, where they are known here."""
        return np.asarray(self.scored.inputs.take(at))

    def member(self, slice_id: str) -> np.ndarray[Any, Any]:
        """Which atoms make up the slice of that id."""
        at = [one.id for one in self.measured.table.slices].index(slice_id)
        return np.asarray(self.measured.table.member[at])

    def places(self, slice_id: str) -> np.ndarray[Any, Any]:
        """Places of the kept rows of a slice."""
        return np.flatnonzero(self.member(slice_id)[self.atoms])


def material_of(subject: Subject, scored: Scored, measured: Measured, progress: Progress) -> Material | NotApplicable:
    """What there is to explain with, or why nothing can be explained."""
    reason = _why_not(subject, scored)
    if reason is not None or subject.host is None or measured.rows is None:
        return NotApplicable(what="attributions", reason=str(reason))
    kept = scored.inputs.positions
    return Material(
        subject=subject,
        scored=scored,
        measured=measured,
        host=subject.host,
        rows=measured.rows,
        kept=kept,
        atoms=measured.rows.atom[kept],
        question=_question(subject),
        progress=progress,
    )


def players_of(subject: Subject) -> list[Player]:
    """The features; none where the user's code encodes rows, and every encoded input then stands for itself."""
    encodes = subject.host is not None and subject.host.loaded.has_preprocess
    return [] if encodes else subject.data.feature_groups


def unnamed(subject: Subject) -> list[NotApplicable]:
    """Where code of the caller encodes rows and says no names, contributions are those of `input 1`, `input 2`, …"""
    loaded = subject.host.loaded if subject.host is not None else None
    if loaded is None or not loaded.has_preprocess or loaded.feature_names:
        return []
    reason = "preprocess encodes the rows and nothing names what it returns; define feature_names() in the code file"
    return [NotApplicable(what="names of the inputs", reason=reason)]


def _why_not(subject: Subject, scored: Scored) -> str | None:
    if subject.host is None:
        return "the scores were given, without a model"
    if not subject.spec.explain.enabled:
        return "explain.enabled is false"
    if subject.spec.pairs is not None:
        return "rows are pairs of embeddings, whose single numbers mean nothing to a reader"
    if not scored.fits:
        return "the rows do not fit in memory"
    return None


def class_explained(labels: Labels) -> int:
    """Place of the label whose score is explained: the positive one where several have scores, else the first."""
    positive = labels.positive if labels.task != "binary" else None
    return labels.classes.index(positive) if positive in labels.classes else 0


def _question(subject: Subject) -> Question:
    labels, run = subject.labels, subject.spec.run
    return Question(
        task=labels.task,
        output=subject.output,
        players=players_of(subject),
        grids=subject.data.grids,
        maps=subject.data.maps,
        classes=len(labels.classes),
        class_index=class_explained(labels),
        seed=run.seed,
        batch_size=run.batch_size if "batch_size" in run.model_fields_set else MOST_AT_ONCE,
    )
