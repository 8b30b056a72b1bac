"""Demographics from a second file, joined by id: every record keeps its place, an id without a match is unknown."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.names import folded, require
from dlaudit.data.raw import RawTable, Source
from dlaudit.errors import DataRefused, Place, UsageError, listed, shown
from dlaudit.spec import DataSpec

_CHUNK = 65_536


class JoinedSource:
    """Records of one file, each with the demographics of its id. The second file is held in memory.

    Args:
        own: The file of model inputs.
        table: The demographics, without the join column.
        rows: Row of `table` by id, as text.
        join: The join column of the first file.
        missing: `data.missing`.
    """

    def __init__(self, own: Source, table: pa.Table, rows: dict[str, int], join: str, missing: Sequence[str]) -> None:
        self._own, self._table, self._rows, self._join, self._missing = own, table, rows, join, missing
        self.unmatched = 0
        """Records without a match, in the last pass that read demographics."""

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns; null where the id has no match."""
        theirs = [name for name in columns if name in self._table.column_names]
        if not theirs:
            yield from self._own.batches(columns, rows)
            return
        ours = list(dict.fromkeys([*(name for name in columns if name not in theirs), self._join]))
        self.unmatched = 0
        for batch in self._own.batches(ours, rows):
            at = self._matches(batch.column(ours.index(self._join)))
            self.unmatched += at.null_count
            found = {name: self._table.column(name).take(at).combine_chunks() for name in theirs}
            arrays = [found[name] if name in found else batch.column(ours.index(name)) for name in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def with_lists(self, names: Sequence[str]) -> "JoinedSource":
        """The same records, where those columns of the first file may hold lists of numbers.

        Raises:
            AttributeError: Its kind of file has no lists.
        """
        own = self._own.with_lists(names)  # type: ignore[attr-defined]  # the caller asks kinds of file that have lists
        return JoinedSource(own, self._table, self._rows, self._join, self._missing)

    def line_of(self, record: int) -> int | None:
        """Line in the file of model inputs."""
        return self._own.line_of(record)

    def _matches(self, ids: pa.Array) -> pa.Array:
        absent = is_missing(ids, self._missing)
        texts = as_text(ids).to_pylist()
        return pa.array(
            [None if gone else self._rows.get(text) for text, gone in zip(texts, absent, strict=True)],
            pa.int64(),
        )


def with_demographics(raw: RawTable, spec: DataSpec, theirs: RawTable) -> RawTable:
    """The table with the columns of a second one beside its own, joined by `data.join`.

    Args:
        raw: Model inputs and labels.
        spec: `data.join` and `data.missing`.
        theirs: One record per id; ids are compared as text.

    Raises:
        UsageError: `data.join` is not given (DLA308).
        DataRefused: The join column is absent in a file (DLA308), another column is in both (DLA306), or an id is
            there twice or missing in the second file (DLA321).
    """
    join = spec.join
    if join is None:
        raise UsageError(
            "DLA308",
            "the demographics file is joined by no column",
            expected="--join COLUMN, a column of both files",
            fix=f"Name it; the files have {listed(theirs.columns, most=12)}.",
        )
    for table in (raw, theirs):
        require([join], table.columns, key="data.join", file=table.path)
    names = [name for name in theirs.columns if name != join]
    _check_distinct(raw, theirs, names)
    batches = list(theirs.batches(_CHUNK))
    table = pa.Table.from_batches(batches)
    rows = _row_by_id(table.column(join).combine_chunks(), theirs, spec.missing)
    return RawTable(
        path=raw.path,
        sha256=raw.sha256,
        format=raw.format,
        columns=[*raw.columns, *names],
        rows=raw.rows,
        source=JoinedSource(raw.source, table.select(names).combine_chunks(), rows, join, spec.missing),
        limits=raw.limits,
        beside=theirs,
        joined=tuple(names),
    )


def _check_distinct(raw: RawTable, theirs: RawTable, names: list[str]) -> None:
    ours = {folded(name): name for name in raw.columns}
    for name in names:
        if folded(name) in ours:
            raise DataRefused(
                "DLA306",
                f"both files have a column {shown(name)}",
                place=Place(file=theirs.path, column=name),
                expected="only the join column in both",
                fix=f"Remove or rename it in one of {shown(raw.path)} and {shown(theirs.path)}.",
            )


def _row_by_id(ids: pa.Array, theirs: RawTable, missing: Sequence[str]) -> dict[str, int]:
    absent = np.flatnonzero(is_missing(ids, missing))
    if len(absent):
        raise DataRefused(
            "DLA321",
            f"{len(absent)} record(s) of the demographics have no id",
            place=theirs.place(int(absent[0]) + 1),
            fix="Give every record an id, or remove it.",
        )
    rows: dict[str, int] = {}
    for at, text in enumerate(as_text(ids).to_pylist()):
        first = rows.setdefault(text, at)
        if first != at:
            raise DataRefused(
                "DLA321",
                f"the id {shown(text)} is in the demographics twice, in records {first + 1} and {at + 1}",
                place=theirs.place(at + 1),
                expected="one record per id",
                fix="Remove one of them, so that each person has one set of demographics.",
            )
    return rows
