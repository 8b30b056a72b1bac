"""Labels: the task, its classes, and target cells as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.cells import Column, as_numbers, is_missing
from dlaudit.data.label_names import SeenLabels, first_labels, label_text
from dlaudit.data.raw import RawTable
from dlaudit.data.roles import Roles
from dlaudit.data.tasks import classes_of, infer_task
from dlaudit.errors import DataRefused, Place, UsageError, listed, shown
from dlaudit.record import Guess, Task
from dlaudit.spec import AuditSpec

_CHUNK = 65_536
_MOST_CLASSES = 50
"""More labels than this are not asked about."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The task and how target cells are read."""

    task: Task
    """What is predicted."""
    classes: list[str]
    """binary: negative and positive label; multiclass: labels in the order of outputs; multilabel: target columns;
    regression: none."""
    positive: str | None
    """Label counted as positive; None for tasks without one."""
    guesses: list[Guess] = field(default_factory=list)
    """What was inferred and needs a pin; the task and the 0/1 convention do not."""
    target: tuple[str, ...] = ()
    """Target columns; empty before labels are known."""
    values: tuple[str, ...] = ()
    """Label texts in the order of their codes; empty for regression."""
    missing: tuple[str, ...] = ("",)
    """`data.missing`."""
    reject: bool = False
    """Whether a row without a label is left out rather than an error."""

    @classmethod
    def none(cls) -> "Labels":
        """No labels: every target decodes to 0. For a first look at the inputs."""
        return cls(task="binary", classes=[], positive=None)

    def absent(self, columns: Sequence[pa.Array]) -> np.ndarray[Any, Any]:
        """Bool [n]: rows that lack a label in any of the columns."""
        return np.asarray(np.logical_or.reduce([is_missing(column, self.missing) for column in columns]))

    def decode(
        self, columns: list[pa.Array], first_row: int, file: RawTable | str | None = None
    ) -> np.ndarray[Any, Any]:
        """Targets: binary int8 [n], multiclass int32 [n], multilabel int8 [n, L], regression float64 [n].

        Args:
            columns: Target columns, in the order of `target`.
            first_row: Record number of the first cell.
            file: The table that they are from, or its path, for messages.

        Returns:
            The codes; where `reject` is set, a missing label is -1 (NaN for regression).

        Raises:
            DataRefused: A label is missing and `reject` is not set (DLA311), is not among the classes (DLA309), or is
                no number in a regression (DLA312).
        """
        absent = self.absent(columns)
        if absent.any() and not self.reject:
            raise self._missing_labels(absent, first_row, file)
        cells = [Column(name=name, first_row=first_row, file=file, missing=self.missing) for name in self.target]
        if self.task == "regression":
            return as_numbers(columns[0], cells[0])
        codes = [self._codes(column, of) for column, of in zip(columns, cells, strict=True)]
        if self.task == "multilabel":
            return np.stack(codes, axis=1).astype(np.int8)
        return codes[0].astype(np.int32 if self.task == "multiclass" else np.int8)

    def predicted(
        self, column: pa.Array, first_row: int, file: RawTable | str | None, name: str
    ) -> np.ndarray[Any, Any]:
        """Predicted labels as scores: binary float64 [n] of 0 and 1, multiclass one-hot float64 [n, C]; NaN if missing.

        Raises:
            DataRefused: A predicted label is not among the classes (DLA309).
        """
        codes = self._codes(column, Column(name=name, first_row=first_row, file=file, missing=self.missing))
        width = 2 if self.task == "binary" else len(self.values)
        hot = np.eye(width)[codes]
        hot[codes < 0] = np.nan
        return np.asarray(hot[:, 1:] if self.task == "binary" else hot)

    def _codes(self, column: pa.Array, of: Column) -> np.ndarray[Any, Any]:
        texts = label_text(column)
        found = pc.index_in(texts, value_set=pa.array(self.values, pa.string()))
        codes = np.array(found.fill_null(-1).to_numpy(zero_copy_only=False))
        absent = is_missing(column, self.missing)
        codes[absent] = -1
        unknown = np.flatnonzero((codes < 0) & ~absent)
        if len(unknown):
            raise self._unknown(texts[int(unknown[0])].as_py(), int(unknown[0]), of)
        return codes

    def _unknown(self, label: str, at: int, of: Column) -> DataRefused:
        count = ""
        if isinstance(of.file, RawTable):
            told = sum(
                pc.sum(pc.equal(label_text(batch.column(0)), label)).as_py() or 0
                for batch in of.file.batches(_CHUNK, [of.name])
            )
            count = f", in {told:,} record(s)"
        fix = "Correct the records, or name all labels: --set 'model.classes=[...]'."
        if self.task == "binary":
            fix = "Correct the records; where there are more than two labels, say --set model.task=multiclass."
        return DataRefused(
            "DLA309",
            f"the label {shown(label)} is not among the classes{count}",
            place=of.place(at),
            expected=f"one of {listed(self.values, most=12)}",
            fix=fix,
        )

    def _missing_labels(self, absent: np.ndarray[Any, Any], first_row: int, file: RawTable | str | None) -> DataRefused:
        """Told for the whole file: how many, and which first."""
        rows = [first_row + int(at) for at in np.flatnonzero(absent)]
        place = Place(file=file, row=rows[0]) if not isinstance(file, RawTable) else file.place(rows[0], self.target[0])
        if isinstance(file, RawTable):
            rows, first = [], 1
            for batch in file.batches(_CHUNK, list(self.target)):
                rows += [first + int(at) for at in np.flatnonzero(self.absent(batch.columns))]
                first += batch.num_rows
        return DataRefused(
            "DLA311",
            f"{len(rows):,} record(s) have no label: {listed(rows, quote=False)}",
            place=place,
            expected="a label in every record",
            fix="Label or remove them; or count and leave them out: --set data.on_bad=reject.",
        )


def predicted_labels(roles: Roles, spec: AuditSpec) -> list[str]:
    """The score column that holds the predicted label itself; none where the scores are numbers."""
    return roles.scores if spec.model.output == "label" and len(roles.scores) == len(roles.target) == 1 else []


def resolve_labels(raw: RawTable, roles: Roles, spec: AuditSpec, outputs: int | None) -> Labels:
    """The task and its labels, from the configuration, the model's outputs and the first labels of the file.

    Args:
        raw: The data.
        roles: Its columns.
        spec: `model.task`, `model.classes` and `model.positive` win over anything inferred.
        outputs: Number of the model's outputs, or of score columns; None where unknown.

    Raises:
        UsageError: Task, positive label or class order cannot be known (DLA309), with what was seen.
        DataRefused: There is no label at all (DLA311), or a label does not fit (DLA309).
    """
    seen = first_labels(raw, [*roles.target, *predicted_labels(roles, spec)], spec.data.missing)
    if len(roles.scores) == 1 and spec.model.output is None and spec.model.task != "regression":
        _check_scores_meant(raw, roles, seen)
    task = spec.model.task or infer_task(roles.target, seen, outputs, spec.model.output)
    codes = spec.model.output == "label" and outputs == 1
    named = spec.model.classes or (
        list(seen.labels) if predicted_labels(roles, spec) and task == "multiclass" else None
    )
    known = classes_of(task, seen, spec.model.model_copy(update={"classes": named}), None if codes else outputs)
    return Labels(
        task=task,
        classes=list(roles.target) if task == "multilabel" else list(known.values),
        positive=known.positive,
        target=tuple(roles.target),
        values=known.values,
        missing=tuple(spec.data.missing),
        reject=spec.data.on_bad == "reject",
    )


def _check_scores_meant(raw: RawTable, roles: Roles, seen: SeenLabels) -> None:
    """A score column with nothing but the target's labels could be predicted labels or quantities: ask which.

    Raises:
        UsageError: It is such a column (DLA309).
    """
    if seen.zero_one or len(seen.labels) > _MOST_CLASSES:
        return
    first = next(raw.batches(_CHUNK, roles.scores), None)
    scores = set() if first is None else set(label_text(first.column(0)).unique().drop_null().to_pylist())
    if scores <= set(seen.labels):
        raise UsageError(
            "DLA309",
            f"the score column {listed(roles.scores)} holds labels of {listed(roles.target)}, as {listed(seen.labels)}",
            expected="scores, or model.output and model.task to say what these are",
            fix="Say --set model.output=label for predicted labels"
            + (", or --set model.task=regression for quantities." if seen.numeric else "."),
        )
