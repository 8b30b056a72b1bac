"""Rows of sequences: a table with one record for each sequence, in whatever form they came."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.array_files import read_array
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.data.sequence_visits import by_visits
from dlaudit.errors import DataRefused, Place, UsageError, shown
from dlaudit.spec import AuditSpec, SequenceInput


class ArraySource:
    """Records of a table with an array's rows beside them, as a column of lists.

    Args:
        raw: The table.
        name: Name of the column that is added.
        array: Numbers [n, time] or [n, time, channels].
        path: File of the array, for messages.
    """

    def __init__(self, raw: RawTable, name: str, array: np.ndarray[Any, Any], path: str) -> None:
        self._own, self._some, self._name, self._array, self._path = raw.source, raw.columns[:1], name, array, path

    @property
    def unmatched(self) -> int:
        """Records whose id is not in the demographics file."""
        return int(getattr(self._own, "unmatched", 0))

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns.

        Raises:
            DataRefused: The table and the array have different numbers of rows (DLA350).
        """
        theirs = [name for name in columns if name != self._name] or self._some
        first = 0
        for batch in self._own.batches(theirs, rows):
            found = dict(zip(theirs, batch.columns, strict=True))
            last = first + batch.num_rows
            if last > len(self._array):
                raise self._other(last)
            arrays = [found[name] if name in found else _lists(self._array[first:last]) for name in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))
            first = last
        if first != len(self._array):
            raise self._other(first)

    def line_of(self, record: int) -> int | None:
        """Line in the table."""
        return self._own.line_of(record)

    def _other(self, rows: int) -> DataRefused:
        more = " or more" if rows > len(self._array) else ""
        return DataRefused(
            "DLA350",
            f"the array has {len(self._array):,} rows, the data {rows:,}{more}",
            place=Place(file=self._path),
            expected="one row of the array for each record, in the same order",
            fix="Save both again from the same rows.",
        )


def sequence_rows(raw: RawTable, spec: AuditSpec) -> RawTable:
    """The table with one record for each sequence; itself where `[input.sequence]` is not asked for.

    Raises:
        UsageError: The array is not there (DLA111, DLA308).
        DataRefused: The visits, the lists or the array cannot be used (DLA308, DLA318, DLA319, DLA350).
    """
    asked = spec.input.sequence
    if asked is None or asked.column is not None:
        return raw
    if asked.array is not None:
        return _with_array(raw, asked, asked.array)
    if asked.id is not None:
        return by_visits(raw, asked, spec.data)
    return _with_lists(raw, asked)


def series_columns(asked: SequenceInput) -> list[str]:
    """The columns that hold the sequences."""
    if asked.column is not None:
        return [asked.column]
    return list(dict.fromkeys(asked.channels)) if asked.array is None else [asked.name]


def _with_lists(raw: RawTable, asked: SequenceInput) -> RawTable:
    require(asked.channels, raw.columns, key="input.sequence.channels", file=raw.path)
    if raw.format not in {"parquet", "memory"}:
        raise UsageError(
            "DLA107",
            f"[input.sequence] has no id, so that its channels must be lists, which {raw.format} files do not have",
            expected="id = the column that says whose record it is; or lists in a Parquet file",
            fix="Name the id of a long table: [input.sequence] id.",
        )
    return replace(raw, source=raw.source.with_lists(asked.channels))  # type: ignore[attr-defined]


def _with_array(raw: RawTable, asked: SequenceInput, path: str) -> RawTable:
    array = read_array(path, asked.key, raw.limits.bytes)
    if array.ndim not in {2, 3} or 0 in array.shape[1:]:
        raise DataRefused(
            "DLA350",
            f"the array has the shape {list(array.shape)}",
            place=Place(file=path),
            expected="[rows, time] or [rows, time, channels]",
            fix="Save it with rows first.",
        )
    if asked.name in raw.columns:
        raise UsageError(
            "DLA306",
            f"the data has a column {shown(asked.name)}, which is the array's name",
            fix='Give the array another name: [input.sequence] name = "…".',
        )
    source = ArraySource(raw, asked.name, array, path)
    return replace(raw, columns=[*raw.columns, asked.name], source=source)


def _lists(rows: np.ndarray[Any, Any]) -> pa.Array:
    """The rows as lists of numbers, or of lists of numbers."""
    made = pa.array(np.ascontiguousarray(rows, dtype=np.float64).reshape(-1))
    for length in reversed(rows.shape[1:]):
        made = pa.FixedSizeListArray.from_arrays(made, length)
    return made
