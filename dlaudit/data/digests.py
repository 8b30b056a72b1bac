"""RowsDigest: one digest of the rows that were audited, as the model was given them."""

import hashlib
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
        if not isinstance(inputs, pa.Table):
            self._numbers("input", inputs)
            return
        for name in model_inputs(inputs):
            column = inputs.column(name)
            if is_tensor(inputs, name):
                self._numbers(f"input:{name}", ndarray_of(inputs, name))
            elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
                filled = column.null_count
                self._numbers(f"input:{name}", ndarray_of(inputs, name)) if not filled else self._cells(name, column)
            else:
                self._cells(name, column)

    def _cells(self, name: str, column: pa.ChunkedArray) -> None:
        """Cells of another kind, as text: raw rows for the user's own code, with nulls apart from empty text."""
        try:
            texts = as_text(column.combine_chunks()).to_pylist()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # lists and structures have no text of Arrow's
            texts = [None if one is None else repr(one) for one in column.to_pylist()]
        self._texts(f"cell:{name}", np.array(texts, dtype=object))

    def _numbers(self, name: str, values: "np.ndarray[Any, Any]") -> None:
        made = np.ascontiguousarray(values)
        part = self._part(f"{name}:{made.dtype}:{made.shape[1:]}")
        part.update(made.reshape(-1).view(np.uint8).data)

    def _texts(self, name: str, texts: "np.ndarray[Any, Any]") -> None:
        joined = _END.join(_NULL if one is None else str(one) for one in texts) + _END
        self._part(name).update(joined.encode("utf-8", "surrogatepass"))

    def _part(self, name: str) -> "hashlib._Hash":
        return self._parts.setdefault(name, hashlib.sha256())
