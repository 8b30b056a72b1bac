"""Tables whose columns are tensors: how rows of any shape stand in Arrow, for the data, the model and explanations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

OWN = "owner:"
"""Prefix of a column of rows that says, for the input named after it, which part each element is in (-1: none)."""
ABOUT = "about:"
"""Prefix of a column of rows that is for readers, as the text behind tokens; it never reaches the model."""

_TRUTH = "truth"


def tensor_table(columns: Mapping[str, np.ndarray[Any, Any]]) -> pa.Table:
    """A table of arrays with one leading axis: `[n]` as a plain column, `[n, …]` as a fixed-shape tensor column."""
    return pa.table({name: _column(np.asarray(values)) for name, values in columns.items()})


def ndarray_of(table: pa.Table, name: str) -> np.ndarray[Any, Any]:
    """The array of a column, `[n]` or `[n, …]`; also of no rows, and of rows in several chunks.

    Raises:
        KeyError: There is no such column.
    """
    column = table.column(name)
    if not isinstance(column.type, pa.FixedShapeTensorType):
        return np.asarray(column.to_numpy())
    kept = bool if _TRUTH in (column.type.dim_names or []) else column.type.value_type.to_pandas_dtype()
    parts = [chunk.to_numpy_ndarray().astype(kept, copy=False) for chunk in column.chunks if len(chunk)]
    if len(parts) == 1:
        return np.asarray(parts[0])
    if parts:
        return np.concatenate(parts)
    return np.empty((0, *column.type.shape), dtype=kept)


def is_tensor(table: pa.Table, name: str) -> bool:
    """Whether the table has a tensor column of that name."""
    return name in table.column_names and isinstance(table.schema.field(name).type, pa.FixedShapeTensorType)


def model_inputs(table: pa.Table) -> list[str]:
    """Names of the columns that go to the model, in order."""
    return [name for name in table.column_names if not name.startswith((OWN, ABOUT))]


def for_the_model(table: pa.Table) -> pa.Table:
    """The table without the columns that are for explanations and readers."""
    return table.select(model_inputs(table))


def _column(values: np.ndarray[Any, Any]) -> pa.Array:
    if values.ndim == 1:
        return pa.array(values)
    shape = values.shape[1:]
    truth = values.dtype == bool  # Arrow has no tensors of truth values: numbers 0 and 1 on an axis called so
    flat = pa.array(np.ascontiguousarray(values.astype(np.uint8) if truth else values).reshape(-1))
    kind = pa.fixed_shape_tensor(flat.type, shape, dim_names=[*"abcdefgh"[1 : len(shape)], _TRUTH] if truth else None)
    return pa.ExtensionArray.from_storage(kind, pa.FixedSizeListArray.from_arrays(flat, int(np.prod(shape))))
