"""Scored rows: what remains of a row once the model has seen it, and the table it is kept in."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dlaudit.errors import Stopped, shown

NEAR = 1e-6
"""Scores this close to the threshold could fall on the other side by rounding alone."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How scores become predictions and labels."""

    task: str
    """`binary`, `multiclass`, `multilabel` or `regression`."""
    threshold: float
    """A label is predicted where its score >= threshold (binary, multilabel)."""
    classes: list[str]
    """Labels in the order of the scores; for binary the negative, then the positive one."""

    def predict(self, score: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Predictions of scores `[n, k]`: int8 `[n]`, int32 class codes `[n]`, int8 `[n, L]`, or float64 `[n]`."""
        match self.task:
            case "binary":
                return np.asarray(score[:, 0] >= self.threshold).astype(np.int8)
            case "multiclass":
                return np.asarray(np.argmax(score, axis=1)).astype(np.int32)
            case "multilabel":
                return np.asarray(score >= self.threshold).astype(np.int8)
            case _:
                return np.asarray(score[:, 0], dtype=np.float64)

    def near_threshold(self, score: np.ndarray[Any, Any]) -> int:
        """Rows with a score within `NEAR` of the threshold; 0 for tasks without one."""
        if self.task not in {"binary", "multilabel"}:
            return 0
        return int((np.abs(score - self.threshold) < NEAR).any(axis=1).sum())


@dataclass(frozen=True, kw_only=True)
class ScoredBatch:
    """Rows in file order with their scores; every part has one entry per row."""

    row_ids: np.ndarray[Any, Any]
    """Text."""
    target: np.ndarray[Any, Any]
    """As in data.batch.Batch."""
    score: np.ndarray[Any, Any]
    """float64 [n, k]."""
    prediction: np.ndarray[Any, Any]
    """As `Reading.predict` gives it."""
    groups: dict[str, np.ndarray[Any, Any]]
    """Sensitive and control features to text, None where not recorded."""
    weight: np.ndarray[Any, Any] | None
    """float64."""
    unit: np.ndarray[Any, Any] | None
    """Text."""

    def __len__(self) -> int:
        return len(self.row_ids)

    def keep(self, chosen: np.ndarray[Any, Any]) -> "ScoredBatch":
        """The rows where the mask `chosen` is true."""
        return ScoredBatch(
            row_ids=self.row_ids[chosen],
            target=self.target[chosen],
            score=self.score[chosen],
            prediction=self.prediction[chosen],
            groups={name: levels[chosen] for name, levels in self.groups.items()},
            weight=None if self.weight is None else self.weight[chosen],
            unit=None if self.unit is None else self.unit[chosen],
        )


def scored_table(batch: ScoredBatch, reading: Reading) -> pa.Table:
    """The rows as predictions.parquet holds them: `row_id`, `target`, `score`, `prediction`, then the features.

    Labels stand as text. With several scores the columns are `score[LABEL]`, and for multilabel also
    `target[LABEL]` and `prediction[LABEL]`. Without any label names the position stands in their place.
    """
    columns: dict[str, pa.Array] = {"row_id": pa.array(batch.row_ids, pa.string())}
    columns |= _labels("target", batch.target, reading)
    width = batch.score.shape[1]
    for at in range(width):
        name = "score" if width == 1 else f"score[{_label(reading, at)}]"
        columns[name] = pa.array(batch.score[:, at], pa.float64())
    columns |= _labels("prediction", batch.prediction, reading)
    columns |= {name: pa.array(levels, pa.string()) for name, levels in batch.groups.items() if name not in columns}
    if batch.weight is not None:
        columns["weight"] = pa.array(batch.weight, pa.float64())
    if batch.unit is not None:
        columns["unit"] = pa.array(batch.unit, pa.string())
    return pa.table(columns)


class PredictionsFile:
    """predictions.parquet, written batch by batch; nothing is kept in memory.

    Args:
        path: Where to write; None to write nothing.
        reading: How labels are named.
    """

    def __init__(self, path: Path | None, reading: Reading) -> None:
        self.path, self._reading = path, reading
        self._writer: pq.ParquetWriter | None = None

    def write(self, batch: ScoredBatch) -> None:
        """Append the rows.

        Raises:
            Stopped: The disk is full or not writable (DLA608).
        """
        if self.path is None:
            return
        table = scored_table(batch, self._reading)
        try:
            if self._writer is None:
                self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
            self._writer.write_table(table)
        except OSError as full:
            raise _stopped(full) from full

    def __enter__(self) -> "PredictionsFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None:
            return
        try:
            self._writer.close()
        except OSError as full:
            if error is None:
                raise _stopped(full) from full


def _stopped(error: OSError) -> Stopped:
    reason = shown(error.strerror or error, limit=100, quote=False)
    return Stopped(
        "DLA608",
        f"the rows could not be written beside the output directory ({reason})",
        fix="An earlier report is untouched. Free some space, give another --out, or add --no-rows.",
    )


def _label(reading: Reading, at: int) -> str:
    return reading.classes[at] if at < len(reading.classes) else str(at)


def _labels(name: str, codes: np.ndarray[Any, Any], reading: Reading) -> dict[str, pa.Array]:
    if reading.task == "regression":
        return {name: pa.array(codes, pa.float64())}
    if reading.task == "multilabel":
        return {f"{name}[{_label(reading, at)}]": pa.array(codes[:, at], pa.int8()) for at in range(codes.shape[1])}
    labels = np.array([_label(reading, at) for at in range(max(2, len(reading.classes)))], dtype=object)
    return {name: pa.array(labels[codes], pa.string())}
