"""Stage 2: every row once through the model, in batches, into counts and predictions.parquet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.batch import Batch
from dlaudit.data.ids import text_hashes
from dlaudit.data.pairs_names import people_of
from dlaudit.data.standing import Standing
from dlaudit.engines import Engine, Forgetful, LocalEngine, Progress, Shard
from dlaudit.engines.given import given_scores
from dlaudit.engines.scored import PredictionsFile, ScoredBatch
from dlaudit.errors import DataRefused, ModelRefused, listed
from dlaudit.findings.model_rules import NOT_FINITE
from dlaudit.metrics.counts import Counts, count
from dlaudit.metrics.rows import ScoredRows
from dlaudit.models.replies import scores_of
from dlaudit.record import Rejected, slice_id
from dlaudit.slices.atoms import AtomIndex
from dlaudit.stages.first_failing import told_with_record
from dlaudit.stages.kept import KeptInputs
from dlaudit.stages.kept_columns import KeptColumns, Outcomes
from dlaudit.stages.prepare import Subject, inputs_table
from dlaudit.stages.request import Request

ROWS_IN_MEMORY = 20_000_000
"""Row data is kept for metrics that need it up to this many rows."""


@dataclass
class Scored:
    """What scoring leaves behind."""

    atoms: AtomIndex
    """Which combination of levels each row has."""
    inputs: KeptInputs
    """Encoded inputs for the explanations."""
    columns: KeptColumns = field(default_factory=lambda: KeptColumns(0))
    """Columns and outcomes for the slice search."""
    counts: list[Counts] = field(default_factory=list)
    """Sufficient statistics of all batches so far; empty before the first."""
    batches: list[ScoredBatch] = field(default_factory=list)
    """The rows themselves, as long as they fit; empty beyond `ROWS_IN_MEMORY`."""
    atom_codes: list[np.ndarray[Any, Any]] = field(default_factory=list)
    """Atom of each kept row."""
    records: list[np.ndarray[Any, Any]] = field(default_factory=list)
    """Record number (from 1) of each kept row."""
    rows: int = 0
    """Rows scored."""
    near_threshold: int = 0
    """Scores that rounding alone could move across the threshold."""
    not_finite: dict[str, int] = field(default_factory=dict)
    """Rows whose score is NaN or infinite: in all (``overall``) and by single-feature slice."""
    first_not_finite: list[int] = field(default_factory=list)
    """Record numbers of the first such rows."""
    fits: bool = True
    """Whether all rows are in `batches`."""
    standing: Standing | None = None
    """Files beside the data, as they stood before the first row was read."""

    def rejected(self) -> list[Rejected]:
        """The rows without a finite score, as a reason to tell."""
        if not self.not_finite:
            return []
        by_slice = {name: rows for name, rows in self.not_finite.items() if name != "overall"}
        return [Rejected(reason=NOT_FINITE, rows=self.not_finite["overall"], by_slice=by_slice)]


def score(subject: Subject, request: Request, progress: Progress) -> Scored:
    """Score the whole evaluation set.

    Raises:
        ModelRefused: The model changed while it scored (DLA210), its file did (DLA219), or every score is not finite
            (DLA212).
        DataRefused: A fault of the data, told where it stands; or the file, or one that its rows name, changed while
            it was read (DLA326).
    """
    features = [*subject.roles.sensitive, *subject.roles.control]
    seed = subject.spec.run.seed
    atoms = AtomIndex(features, subject.spec.slices)
    standing = Standing.of(subject.data.files)
    scored = Scored(atoms=atoms, inputs=KeptInputs(seed), columns=KeptColumns(seed), standing=standing)
    path = request.keep / "predictions.parquet" if request.keep is not None else None
    engine: Engine = LocalEngine()
    with PredictionsFile(path, subject.reading) as file:
        done = engine.run(
            _shards(subject),
            lambda shard: _score_batch(subject, shard.batch),
            journal=Forgetful(),
            progress=progress,
        )
        for shard, batch in done:
            finite = np.isfinite(batch.score).all(axis=1)
            if not finite.all():
                _note_not_finite(scored, shard.batch, batch, finite)
                batch = batch.keep(finite)
            file.write(batch)
            _take(scored, subject, shard, batch, finite)
    _check_unchanged(subject, scored)
    return scored


def _shards(subject: Subject) -> Iterator[Shard]:
    for index, batch in enumerate(subject.data.batches(subject.data.at_once)):
        yield Shard(index=index, rows=len(batch), batch=batch)


def _score_batch(subject: Subject, batch: Batch) -> ScoredBatch:
    scores = _scores_of_records(subject, batch)
    return ScoredBatch(
        row_ids=batch.row_ids,
        target=batch.target,
        score=scores,
        prediction=subject.reading.predict(scores),
        groups=batch.groups,
        weight=batch.weight,
        unit=batch.unit,
    )


def _scores_of_records(subject: Subject, batch: Batch) -> np.ndarray[Any, Any]:
    """The scores of a batch; a model that fails on some records only is told with the first of them."""
    if subject.host is None:
        return model_scores(subject, batch.inputs)
    inputs = inputs_table(batch.inputs)
    return told_with_record(lambda some: _asked(subject, some), inputs, batch.rows)


def model_scores(subject: Subject, inputs: Any) -> np.ndarray[Any, Any]:
    """Scores float64 `[n, k]` of encoded inputs, or of the score columns of a predictions file."""
    if subject.host is None:
        task = subject.labels.task
        return given_scores(np.asarray(inputs, dtype=np.float64), task, subject.output, subject.raw.path)
    return _asked(subject, inputs_table(inputs))


def _asked(subject: Subject, inputs: pa.Table) -> np.ndarray[Any, Any]:
    task = subject.labels.task
    assert subject.host is not None
    params = {
        "task": task,
        "output": subject.output,
        "batch_size": subject.batch_rows,
        "classes": len(subject.labels.classes),
    }
    _, tables = subject.host.call("dlaudit.models.operations:score", params, {"inputs": inputs})
    width = len(subject.labels.classes) if task in {"multiclass", "multilabel"} else 1
    return scores_of(tables, inputs.num_rows, width)


def _take(scored: Scored, subject: Subject, shard: Shard, batch: ScoredBatch, finite: np.ndarray[Any, Any]) -> None:
    codes = scored.atoms.codes(batch.groups)
    scored.rows += len(batch)
    scored.near_threshold += subject.reading.near_threshold(batch.score)
    rows = scored_rows([batch], [codes], subject)
    counted = count(rows, len(scored.atoms.atoms))
    scored.counts = [reduce(add, [*scored.counts, counted])]  # merged at once: histograms of many batches are large
    if subject.host is not None and subject.spec.explain.enabled:
        scored.inputs.add(_finite_inputs(shard.batch.inputs, finite))
    if subject.spec.discover.enabled and batch.weight is None:
        scored.columns.add(_searched(scored, shard.batch, codes, finite), _outcomes(batch))
    if scored.rows > ROWS_IN_MEMORY:
        scored.fits = False
        scored.batches.clear()
        scored.atom_codes.clear()
        scored.records.clear()
    if scored.fits:
        scored.batches.append(batch)
        scored.atom_codes.append(codes)
        scored.records.append(shard.batch.rows[finite])


def _searched(
    scored: Scored, raw: Batch, codes: np.ndarray[Any, Any], finite: np.ndarray[Any, Any]
) -> dict[str, np.ndarray[Any, Any]]:
    """Columns that the slice search combines: levels of the sensitive and control features, then what is watched."""
    atoms = scored.atoms.atoms
    levels = {name: np.array([atom[name] for atom in atoms], dtype=object)[codes] for name in atoms[0]} if atoms else {}
    return levels | {name: cells[finite] for name, cells in raw.watched.items() if name not in levels}


def _outcomes(batch: ScoredBatch) -> Outcomes:
    """What the slice search asks of the rows."""
    unit = None if batch.unit is None else text_hashes(pa.array(batch.unit, pa.string()))
    return Outcomes(target=batch.target, prediction=batch.prediction, unit=unit)


def _finite_inputs(inputs: Any, finite: np.ndarray[Any, Any]) -> Any:
    if finite.all():
        return inputs
    return inputs[finite] if isinstance(inputs, np.ndarray) else inputs.filter(finite)


def scored_rows(batches: list[ScoredBatch], codes: list[np.ndarray[Any, Any]], subject: Subject) -> ScoredRows:
    """The batches as one set of row arrays for metrics."""
    units = None
    if batches and batches[0].unit is not None:
        joined = np.concatenate([np.asarray(batch.unit, dtype=str) for batch in batches])
        units = np.unique(joined, return_inverse=True)[1] if subject.spec.pairs is None else people_of(joined)
    weighted = bool(batches) and batches[0].weight is not None
    return ScoredRows(
        atom=np.concatenate(codes).astype(np.int64),
        target=np.concatenate([batch.target for batch in batches]),
        score=np.concatenate([batch.score for batch in batches]),
        prediction=np.concatenate([batch.prediction for batch in batches]),
        weight=np.concatenate([np.asarray(batch.weight) for batch in batches]) if weighted else None,
        unit=units,
        task=subject.labels.task,
        classes=tuple(subject.labels.classes),
        threshold=subject.spec.model.threshold,
        chosen_at=None if subject.spec.pairs is None else subject.spec.pairs.target_fmr,
    )


def _note_not_finite(scored: Scored, raw: Batch, batch: ScoredBatch, finite: np.ndarray[Any, Any]) -> None:
    lost = batch.keep(~finite)
    scored.first_not_finite.extend(int(row) for row in raw.rows[~finite][: 5 - len(scored.first_not_finite)])
    tally = scored.not_finite
    tally["overall"] = tally.get("overall", 0) + len(lost)
    for feature, levels in lost.groups.items():
        for level in levels:
            name = slice_id({feature: scored.atoms.level_of(feature, level)})
            tally[name] = tally.get(name, 0) + 1


def _check_unchanged(subject: Subject, scored: Scored) -> None:
    if not scored.rows:
        lost = scored.not_finite.get("overall", 0)
        if lost:
            raise ModelRefused(
                "DLA212",
                f"every one of the {lost} scores is NaN or infinite "
                f"(records {listed(scored.first_not_finite, quote=False)})",
                fix="Check the inputs' scale and the weights; `dlaudit inspect` lists the tensors.",
            )
        raise DataRefused("DLA301", "no row could be scored", fix="See the reasons for which rows were rejected.")
    if not subject.raw.unchanged():
        raise DataRefused("DLA326", "the data file changed while it was read", fix="Run again on a file at rest.")
    if scored.standing is not None:
        scored.standing.check()
    host = subject.host
    if host is None or host.loaded.fingerprint is None:
        return
    after, _ = host.call("dlaudit.models.operations:fingerprint", {})
    if after["fingerprint"] != host.loaded.fingerprint or after["training"]:
        raise ModelRefused(
            "DLA210",
            "the model changed while it scored: its parameters, buffers or train mode differ from before",
            fix="Save it in eval mode, and keep state out of forward().",
        )
    if not host.unchanged():
        raise ModelRefused("DLA219", "the model file changed during the run", fix="Run again on a file at rest.")
