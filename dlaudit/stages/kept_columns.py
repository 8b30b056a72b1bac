"""Columns and outcomes kept for the slice search: of all rows while they fit, then of a uniform sample."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.record import UNKNOWN
from dlaudit.slices.discovery import LevelColumn, NumberColumn

BYTES = 1 << 28
"""What is kept at most, in bytes."""
MOST_LEVELS = 50
"""A column of text with more levels than this is not combined."""
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What became of some rows, aligned."""

    target: Array
    """As in data.batch.Batch."""
    prediction: Array
    """In the form of `target`."""
    unit: Array | None
    """Hash of each row's unit; None where rows are independent."""


class KeptColumns:
    """Cells of the columns to combine, and outcomes, of scored rows.

    When they outgrow the limit, a random half of the rows is dropped and from then on every row is kept with half the
    probability: at any time what is kept is a uniform sample.

    Args:
        seed: Seed of the draws.
        limit: Bytes to keep at most.
    """

    def __init__(self, seed: int, limit: int = BYTES) -> None:
        self._generator = np.random.default_rng([seed, 4])
        self._limit, self._share, self._bytes = limit, 1.0, 0
        self._parts: list[dict[str, Array]] = []
        self._outcomes: list[Outcomes] = []
        self._levels: dict[str, dict[str | None, int]] = {}
        self.too_many: list[str] = []
        """Columns of text that were given up, because they have more than `MOST_LEVELS` levels."""

    def add(self, columns: dict[str, Array], outcomes: Outcomes) -> None:
        """Take the next rows: numbers as float32 [n], levels as text [n] (object), None where not recorded."""
        coded = {name: self._coded(name, cells) for name, cells in columns.items() if name not in self.too_many}
        chosen = self._generator.random(len(outcomes.target)) < self._share
        self._append({name: cells for name, cells in coded.items() if cells is not None}, outcomes, chosen)
        while self._bytes > self._limit:
            self._halve()

    @property
    def complete(self) -> bool:
        """Whether every row that was added is kept."""
        return self._share == 1.0

    @property
    def columns(self) -> list[LevelColumn | NumberColumn]:
        """The columns of the kept rows, in the order given."""
        names = [name for name in (self._parts[0] if self._parts else {}) if name not in self.too_many]
        return [self._column(name) for name in names]

    @property
    def outcomes(self) -> Outcomes:
        """What became of the kept rows.

        Raises:
            IndexError: No row was added.
        """
        units = [part.unit for part in self._outcomes if part.unit is not None]
        return Outcomes(
            target=np.concatenate([part.target for part in self._outcomes]),
            prediction=np.concatenate([part.prediction for part in self._outcomes]),
            unit=np.concatenate(units) if units else None,
        )

    def _column(self, name: str) -> LevelColumn | NumberColumn:
        cells = np.concatenate([part[name] for part in self._parts])
        if name not in self._levels:
            return NumberColumn(name=name, values=cells)
        levels = [UNKNOWN if level is None else level for level in self._levels[name]]
        order = sorted(range(len(levels)), key=lambda at: levels[at])  # not that in which rows showed them
        codes = np.argsort(order).astype(np.uint8)[cells]
        return LevelColumn(name=name, codes=codes, levels=tuple(levels[at] for at in order))

    def _coded(self, name: str, cells: Array) -> Array | None:
        """Numbers as they are; texts as the places of their levels, or None once there are too many."""
        if cells.dtype.kind == "f":
            return cells
        known = self._levels.setdefault(name, {})
        found = pa.array(cells, pa.string(), from_pandas=False).dictionary_encode(null_encoding="encode")
        texts = found.dictionary.to_pylist()
        if len({*known, *texts}) > MOST_LEVELS:
            self.too_many.append(name)
            return None
        places = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.uint8)
        return np.asarray(places[found.indices.to_numpy(zero_copy_only=False)])

    def _append(self, columns: dict[str, Array], outcomes: Outcomes, chosen: Array) -> None:
        part = {name: cells[chosen] for name, cells in columns.items()}
        kept = Outcomes(
            target=outcomes.target[chosen],
            prediction=outcomes.prediction[chosen],
            unit=None if outcomes.unit is None else outcomes.unit[chosen],
        )
        self._parts.append(part)
        self._outcomes.append(kept)
        unit = 0 if kept.unit is None else kept.unit.nbytes
        self._bytes += sum(cells.nbytes for cells in part.values()) + kept.target.nbytes + kept.prediction.nbytes + unit

    def _halve(self) -> None:
        parts, outcomes = self._parts, self._outcomes
        self._parts, self._outcomes, self._bytes = [], [], 0
        self._share /= 2
        for part, kept in zip(parts, outcomes, strict=True):
            self._append(part, kept, self._generator.random(len(kept.target)) < 0.5)
