"""How much of a data file is read before it is refused; every limit names the key that raises it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.errors import DataRefused, Place
from dlaudit.spec import DataSpec


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

    def enforced(self, stream: Iterator[pa.RecordBatch], file: str | None) -> Iterator[pa.RecordBatch]:
        """The same batches, as long as they stay within the limits.

        Raises:
            DataRefused: A limit is passed (DLA318), with its key.
        """
        rows = size = 0
        for batch in stream:
            self.check_cells(batch, rows + 1, file)
            rows += batch.num_rows
            size += batch.get_total_buffer_size() if batch.num_rows else 0
            if rows > self.rows:
                raise too_much(f"there are more than {self.rows:,} records", "max_rows", self.rows, Place(file=file))
            self.check_bytes(size, file)
            yield batch

    def check_bytes(self, size: int, file: str | None) -> None:
        """Nothing, where `size` decoded bytes are allowed; else DLA318."""
        if size > self.bytes:
            raise too_much(
                f"the rows take more than {self.bytes:,} bytes in memory",
                "max_bytes",
                self.bytes,
                Place(file=file),
            )

    def check_cells(self, batch: pa.RecordBatch, first_row: int, file: str | None) -> None:
        """Nothing, where no text of the batch is too long; else DLA318 with its record and column."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if not pa.types.is_string(column.type) or column.nbytes <= self.cell:
                continue
            lengths = pc.binary_length(column)
            longest = pc.max(lengths).as_py() or 0
            if longest > self.cell:
                row = first_row + pc.index(lengths, longest).as_py()
                raise too_much(
                    f"a cell has {longest:,} bytes",
                    "max_cell",
                    self.cell,
                    Place(file=file, row=row, column=name),
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
