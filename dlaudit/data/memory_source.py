"""A table that is in memory already: an Arrow table, or a DataFrame of the caller."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from dlaudit.data.arrow_types import check_types, plain


class MemorySource:
    """Records of an Arrow table.

    Args:
        table: The table; column names are distinct.
        path: File it came from, for messages.
        lists: Columns that may hold lists of numbers, as series.
    """

    def __init__(self, table: pa.Table, path: str | None, lists: Sequence[str] = ()) -> None:
        self._table, self._path, self._lists = table, path, tuple(lists)

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns in plain types."""
        check_types(self._table.schema, columns, self._path, self._lists)
        for batch in self._table.select(list(columns)).to_batches(max_chunksize=rows):
            yield plain(batch)

    def with_lists(self, names: Sequence[str]) -> "MemorySource":
        """The same records, where those columns may hold lists of numbers."""
        return MemorySource(self._table, self._path, names)

    def line_of(self, record: int) -> int | None:
        """None: there is no file."""
        return None
