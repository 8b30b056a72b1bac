"""What an evaluation set yields: batches of rows with their roles, in file order."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from dlaudit.data.showing import Showing
    from dlaudit.record import Content


@dataclass(frozen=True, kw_only=True)
class Player:
    """A named group of model inputs that an explanation treats as one: a raw column and its one-hot levels."""

    name: str
    """Column of the data, as a reader knows it."""
    columns: tuple[int, ...]
    """Positions on axis 1 of the encoded inputs."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows in file order, each part aligned with the others."""

    first_row: int
    """1-based record number of the first row in its file."""
    rows: "np.ndarray[Any, Any]"
    """1-based record number of every row, int64 [n]; gaps where rows were rejected."""
    row_ids: "np.ndarray[Any, Any]"
    """Text [n]: the id column, or the record number as text."""
    inputs: "np.ndarray[Any, Any] | pa.Table"
    """float32 [n, F] encoded inputs; float64 [n, k] scores in a predictions file; raw rows where the user's code
    encodes them."""
    target: "np.ndarray[Any, Any]"
    """binary int8 [n]; multiclass int32 [n] class codes; multilabel int8 [n, L]; regression float64 [n]."""
    groups: "dict[str, np.ndarray[Any, Any]]"
    """Sensitive and control features: column to text [n] (object), None where not recorded."""
    weight: "np.ndarray[Any, Any] | None" = None
    """float64 [n], >= 0."""
    unit: "np.ndarray[Any, Any] | None" = None
    """Text [n]."""
    watched: "dict[str, np.ndarray[Any, Any]]" = field(default_factory=dict)
    """Columns for the slice search: float32 [n] of numbers, or text [n]; see data.watched."""

    def __len__(self) -> int:
        return len(self.rows)

    def keep(self, chosen: "np.ndarray[Any, Any]") -> "Batch":
        """The rows of a boolean mask [n]."""
        return replace(
            self,
            rows=self.rows[chosen],
            row_ids=self.row_ids[chosen],
            inputs=self.inputs[chosen] if not hasattr(self.inputs, "filter") else self.inputs.filter(chosen),
            target=self.target[chosen],
            groups={name: texts[chosen] for name, texts in self.groups.items()},
            weight=None if self.weight is None else self.weight[chosen],
            unit=None if self.unit is None else self.unit[chosen],
            watched={name: cells[chosen] for name, cells in self.watched.items()},
        )


class EvaluationSet(Protocol):
    """Rows to audit; one implementation per modality."""

    modality: str
    """Name in the modality registry."""

    def batches(self, rows: int) -> "Iterator[Batch]":
        """All rows, `rows` at a time, in file order. Faults of the data raise DataRefused where they are met."""
        ...

    @property
    def feature_groups(self) -> list[Player]:
        """Players of an explanation, in order; together they cover every encoded input once."""
        ...

    def preview(self, records: "np.ndarray[Any, Any]", how: "Showing") -> "list[Content]":
        """What a person is shown of the records of those numbers."""
        ...
