"""RowsDigest: one digest of the rows that were audited, as the model was given them."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import as_text
from dlaudit.tensors import is_tensor, model_inputs, ndarray_of

if TYPE_CHECKING:
    from dlaudit.data.batch import Batch

_NULL, _END = "\x01", "\x00"


class RowsDigest:
    """Digest of a pass over the rows: ids, labels, levels, weights, units, and the inputs as the model is given them.

    Pictures and sound are decoded by then, texts are codes, arrays are cut to rows: whatever file a row was read from,
    a change of it that changes what the model sees changes the digest. How the pass was cut into batches does not.
    """

    def __init__(self) -> None:
        self._parts: dict[str, hashlib._Hash] = {}
        self._rows = 0

    def add(self, batch: "Batch") -> None:
        """Take the next rows."""
        self._rows += len(batch)
        self._numbers("target", np.asarray(batch.target))
        self._texts("id", batch.row_ids)
        for name, texts in batch.groups.items():
            self._texts(f"level:{name}", texts)
        if batch.weight is not None:
            self._numbers("weight", batch.weight)
        if batch.unit is not None:
            self._texts("unit", batch.unit)
        self._inputs(batch.inputs)

    def told(self) -> str | None:
        """SHA-256 over the digest of each part, by name; None before the first row."""
        if not self._rows:
            return None
        whole = hashlib.sha256(f"{self._rows}".encode())
        for name in sorted(self._parts):
            whole.update(f"{_END}{name}{_END}".encode("utf-8", "surrogatepass"))
            whole.update(self._parts[name].digest())
        return whole.hexdigest()

    def _inputs(self, inputs: "np.ndarray[Any, Any] | pa.Table") -> None:
        for name, values in input_parts(inputs):
            (self._texts if values.dtype == object else self._numbers)(name, values)

    def _numbers(self, name: str, values: "np.ndarray[Any, Any]") -> None:
        made = np.ascontiguousarray(values)
        part = self._part(f"{name}:{made.dtype}:{made.shape[1:]}")
        part.update(made.reshape(-1).view(np.uint8).data)

    def _texts(self, name: str, texts: "np.ndarray[Any, Any]") -> None:
        joined = _END.join(_NULL if one is None else str(one) for one in texts) + _END
        self._part(name).update(joined.encode("utf-8", "surrogatepass"))

    def _part(self, name: str) -> "hashlib._Hash":
        return self._parts.setdefault(name, hashlib.sha256())


def input_parts(inputs: "np.ndarray[Any, Any] | pa.Table") -> Iterator[tuple[str, "np.ndarray[Any, Any]"]]:
    """The inputs as named arrays, a row of each for a row: numbers, or texts (object) with None for what is missing."""
    if not isinstance(inputs, pa.Table):
        yield "input", inputs
        return
    for name in model_inputs(inputs):
        column = inputs.column(name)
        is_number = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
        if is_tensor(inputs, name) or (is_number and not column.null_count):
            yield f"input:{name}", ndarray_of(inputs, name)
        else:
            yield f"cell:{name}", _cells(column)


def _cells(column: pa.ChunkedArray) -> "np.ndarray[Any, Any]":
    """Cells of another kind, as text: raw rows for the user's own code, with nulls apart from empty text."""
    try:
        texts = as_text(column.combine_chunks()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # lists and structures have no text of Arrow's
        texts = [None if one is None else repr(one) for one in column.to_pylist()]
    return np.array([*texts, None], dtype=object)[:-1]  # one list among the cells must not become an axis
