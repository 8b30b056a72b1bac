"""InputsDigest: one digest of the ids and inputs of the rows that were audited, in whatever order they stand."""

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from dlaudit.data.digests import input_parts

if TYPE_CHECKING:
    from dlaudit.data.batch import Batch

MOST_ROWS = 2_000_000
"""More rows than this are not digested one by one: it takes about two seconds and 32 MB for a million."""
_BYTES = 32
_WORDS = 4
Array = np.ndarray[Any, Any]


class InputsDigest:
    """Digest of every row, that of its id and of all that the model is given of it; and of all of them, sorted.

    Two audits with the same digest gave a model the same inputs under the same ids. A digest of a sum would tell so as
    well, and could be forged: sorted SHA-256s cannot.
    """

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._found: list[bytes] = []
        self._rows = 0

    def add(self, batch: "Batch") -> None:
        """Take the next rows."""
        self._rows += len(batch)
        if self._rows > MOST_ROWS:
            self._found.clear()
            return
        texts, numbers = [[str(one) for one in batch.row_ids]], []
        for name, values in input_parts(batch.inputs):
            if values.dtype == object:
                self._forms.add(name)
                texts.append(values.tolist())
            else:
                made = np.ascontiguousarray(values)
                self._forms.add(f"{name}:{made.dtype}:{made.shape[1:]}")
                numbers.append(made.reshape(len(batch), -1).view(np.uint8))
        self._found.append(b"".join(_digests(texts, numbers)))

    def told(self) -> str | None:
        """SHA-256 over what the inputs are and over the sorted digests of the rows; None of no or too many rows."""
        if not self._rows or self._rows > MOST_ROWS:
            return None
        words = np.frombuffer(b"".join(self._found), dtype=">u8").reshape(-1, _WORDS)
        order = np.lexsort(tuple(words[:, at] for at in range(_WORDS - 1, -1, -1)))
        whole = hashlib.sha256(repr((self._rows, sorted(self._forms))).encode("utf-8", "surrogatepass"))
        whole.update(words[order].tobytes())
        return whole.hexdigest()


def _digests(texts: list[list[Any]], numbers: list[Array]) -> list[bytes]:
    """One for each row: of its texts as Python writes them, which no text can imitate, and of its numbers."""
    parts = [(one.reshape(-1).data, one.shape[1]) for one in numbers]
    found = []
    for at, row in enumerate(zip(*texts, strict=True)):
        made = hashlib.sha256(repr(row).encode("utf-8", "surrogatepass"))
        for data, width in parts:
            made.update(data[at * width : (at + 1) * width])
        found.append(made.digest())
    return found
