"""Parquet, streamed row group by row group, every batch validated before a value is used.

Settings as measured for 10 M rows: a small read buffer and no pre-buffering keep memory at one batch,
where the dataset scanner's read-ahead takes over a gigabyte. The footer's sizes are claims: what is decoded is counted.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from dlaudit.data.arrow_types import check_types, decoded_bytes, plain
from dlaudit.data.limits import Limits, check_together
from dlaudit.errors import DataRefused, Place, shown

_BUFFER = 1 << 20
_LISTS_AT_ONCE = 64
"""Records with lists that are decoded at once: a list may be long, and takes next to no room in the file."""
T = TypeVar("T")


class ParquetSource:
    """Records of a Parquet file.

    Args:
        path: File.
        limits: Most decoded bytes.
        lists: Columns that may hold lists of numbers, as series.

    Raises:
        DataRefused: The footer is inconsistent (DLA319).
    """

    def __init__(self, path: str, limits: Limits, lists: Sequence[str] = ()) -> None:
        self._path, self._limits, self._lists = path, limits, tuple(lists)
        with self._told(lambda: pq.ParquetFile(path)) as file:
            self.schema: pa.Schema = self._told(lambda: file.schema_arrow)
            self.rows: int = file.metadata.num_rows

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns in plain types.

        Raises:
            DataRefused: The content is inconsistent (DLA319), or decodes to more than the limit (DLA318).
        """
        size = count = 0
        with self._open(columns) as file:
            some = min(rows, _LISTS_AT_ONCE) if set(columns) & set(self._lists) else rows
            stream = file.iter_batches(some, columns=list(columns), use_threads=True)
            while (batch := self._told(lambda: next(stream, None))) is not None:
                self._told(partial(batch.validate, full=True))
                count += batch.num_rows
                held = batch.nbytes + sum(decoded_bytes(column) for column in batch.columns)
                check_together(held, Place(file=self._path))
                size += held
                self._limits.check_bytes(size, lambda row, column: Place(file=self._path))
                yield self._told(partial(_selected, batch, columns))
        if count != self.rows:
            raise self._corrupt(f"it holds {count:,} records and claims {self.rows:,}")

    def with_lists(self, names: Sequence[str]) -> "ParquetSource":
        """The same records, where those columns may hold lists of numbers."""
        return ParquetSource(self._path, self._limits, names)

    def line_of(self, record: int) -> int | None:
        """None: the file is binary."""
        return None

    def _open(self, columns: Sequence[str]) -> pq.ParquetFile:
        """Text columns stay dictionaries while they are decoded: a bomb of one long text repeated stays small."""
        check_types(self.schema, columns, self._path, self._lists)
        text = [name for name in columns if _is_text(self.schema.field(name).type)]
        return self._told(
            lambda: pq.ParquetFile(self._path, read_dictionary=text, buffer_size=_BUFFER, pre_buffer=False)
        )

    def _told(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except (pa.ArrowException, OSError, ValueError, IndexError, KeyError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise self._corrupt(reason) from error

    def _corrupt(self, reason: str) -> DataRefused:
        return DataRefused(
            "DLA319",
            f"the Parquet file is corrupt: {shown(reason, limit=120, quote=False)}",
            place=Place(file=self._path),
            fix="Write or copy the file again, and compare its size with the original's.",
        )


def _selected(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
    return plain(batch).select(list(columns))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
