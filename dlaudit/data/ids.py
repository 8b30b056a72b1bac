"""Whether ids are distinct, in eight bytes a row: hashes find candidates, the file itself decides."""

from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, listed, shown
from dlaudit.spec import DataSpec

_FIRST_CHECK = 1 << 17
_CHUNK = 65_536
_HASHED = 256
"""Bytes of an id that are hashed; ids that differ only behind them are told apart by reading them again."""
_TOLD = 1_000
"""Repeated ids that are looked up for the message."""
_TABLE = np.random.default_rng(0).integers(1, 2**63, size=256, dtype=np.uint64) | np.uint64(1)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class DistinctIds:
    """Ids seen so far in one pass.

    Args:
        raw: The data, read again where two hashes are equal.
        spec: `data.id` and `data.missing`.
        column: The id column.
    """

    def __init__(self, raw: RawTable, spec: DataSpec, column: str) -> None:
        self._raw, self._missing, self._column = raw, spec.missing, column
        self._hashes: list[np.ndarray[Any, Any]] = []
        self._count, self._next = 0, _FIRST_CHECK

    def add(self, ids: pa.Array) -> None:
        """Take the next ids. What has been seen is checked whenever it has doubled, so that a fault is told early.

        Raises:
            DataRefused: An id is there twice (DLA321).
        """
        present = as_text(ids).filter(pa.array(~is_missing(ids, self._missing)))
        self._hashes.append(text_hashes(present))
        self._count += len(present)
        if self._count >= self._next:
            self._next *= 2
            self.check()

    def check(self) -> None:
        """Nothing, where all ids so far differ.

        Raises:
            DataRefused: An id is there twice (DLA321), with how many there are and the first records.
        """
        if not self._hashes:
            return
        ordered = np.sort(np.concatenate(self._hashes))
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if len(twice):
            self._tell(twice)

    def _tell(self, hashes: np.ndarray[Any, Any]) -> None:
        """Read the ids again and tell those that are equal; equal hashes of different ids are no fault."""
        records: dict[str, list[int]] = {}
        first = 1
        for batch in self._raw.batches(_CHUNK, [self._column]):
            column = batch.column(0)
            absent = is_missing(column, self._missing)
            texts = as_text(column)
            hashed = text_hashes(texts.fill_null(""))
            for at in np.flatnonzero(np.isin(hashed, hashes[:_TOLD]) & ~absent):
                records.setdefault(texts[int(at)].as_py(), []).append(first + int(at))
            first += batch.num_rows
        repeated = {text: rows for text, rows in records.items() if len(rows) > 1}
        if not repeated:
            return
        text, rows = next(iter(repeated.items()))
        more = f", and {len(repeated) - 1} more ids repeat" if len(repeated) > 1 else ""
        raise DataRefused(
            "DLA321",
            f"the id {shown(text)} is there {len(rows)} times, in records {listed(rows, quote=False)}{more}",
            place=self._raw.place(rows[1], self._column),
            expected="one record per id",
            fix="Remove the copies; where rows belong to one person, name this column in data.unit instead of data.id.",
        )


def text_hashes(texts: pa.Array) -> np.ndarray[Any, Any]:
    """uint64 [n]: a hash of each text's length and first bytes; equal texts have equal hashes."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    raw = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    lengths = np.diff(offsets).astype(np.int64)
    hashes = lengths.astype(np.uint64) * _FACTOR
    live = np.arange(len(texts))
    at = 0
    while at < _HASHED and len(live := live[lengths[live] > at]):
        hashes[live] = (hashes[live] ^ _TABLE[raw[offsets[live] + at]]) * _FACTOR
        hashes[live] ^= hashes[live] >> np.uint64(29)
        at += 1
    return hashes
