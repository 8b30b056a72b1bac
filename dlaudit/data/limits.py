"""How much of a data file is read before it is refused; every limit names the key that raises it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.errors import DataRefused, Place
from dlaudit.spec import DataSpec

PlaceOf = Callable[[int | None, str | None], Place]
"""`(record, column) -> Place`."""


TOGETHER = 4 * 2**30
"""Bytes of the records that are worked on together: three times as many and a model must fit in 16 GB."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of `[data]`."""

    rows: int
    """`data.max_rows`."""
    columns: int
    """`data.max_columns`."""
    cell: int
    """`data.max_cell`, bytes of one cell."""
    bytes: int
    """`data.max_bytes`, decoded bytes of one pass."""

    @classmethod
    def of(cls, spec: DataSpec) -> "Limits":
        """The limits that were configured."""
        return cls(rows=spec.max_rows, columns=spec.max_columns, cell=spec.max_cell, bytes=spec.max_bytes)

    def enforced(self, stream: Iterator[pa.RecordBatch], place: PlaceOf) -> Iterator[pa.RecordBatch]:
        """The same batches, as long as they stay within the limits.

        Args:
            stream: Batches in file order.
            place: Where a record (or None) and a column (or None) are.

        Raises:
            DataRefused: A limit is passed (DLA318), with its key.
        """
        rows = size = 0
        for batch in stream:
            self._check_cells(batch, rows + 1, place)
            rows += batch.num_rows
            size += batch.nbytes
            if rows > self.rows:
                raise too_much(f"there are more than {self.rows:,} records", "max_rows", self.rows, place(None, None))
            self.check_bytes(size, place)
            yield batch

    def check_bytes(self, size: int, place: PlaceOf) -> None:
        """Nothing, where `size` decoded bytes are allowed; else DLA318."""
        if size > self.bytes:
            what = f"the rows take more than {self.bytes:,} bytes in memory"
            raise too_much(what, "max_bytes", self.bytes, place(None, None))

    def _check_cells(self, batch: pa.RecordBatch, first_row: int, place: PlaceOf) -> None:
        """Nothing, where no text of the batch is too long; else DLA318 with its record and column."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if not pa.types.is_string(column.type) or column.nbytes <= self.cell:
                continue
            lengths = pc.binary_length(column)
            longest = pc.max(lengths).as_py() or 0
            if longest > self.cell:
                row = first_row + pc.index(lengths, longest).as_py()
                raise too_much(f"a cell has {longest:,} bytes", "max_cell", self.cell, place(row, name))


def check_together(size: int, place: Place) -> None:
    """Nothing, where records of `size` bytes may be held together.

    Raises:
        DataRefused: They are too many bytes (DLA318).
    """
    if size > TOGETHER:
        raise DataRefused(
            "DLA318",
            f"records that are read together take more than {TOGETHER:,} bytes",
            place=place,
            expected="shorter texts or lists",
            fix="Cut the longest ones before the audit; a text is read up to the tokens that the model takes, a series "
            "up to its steps.",
        )


def too_much(what: str, key: str, limit: int, place: Place) -> DataRefused:
    """The refusal of something that passes the limit `data.KEY` (DLA318)."""
    return DataRefused(
        "DLA318",
        what,
        place=place,
        expected=f"at most {limit:,}",
        fix=f"Check the file; if it is as meant, raise the limit: --set data.{key}=….",
    )
