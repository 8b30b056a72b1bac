"""RawTable: any data file as a stream of Arrow batches, before its columns have roles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from dlaudit.data.facts import still
from dlaudit.data.limits import Limits, PlaceOf, check_together
from dlaudit.errors import Place


class Source(Protocol):
    """Where rows come from; one implementation per file format."""

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns of every record, about `rows` at a time, in file order."""
        ...

    def line_of(self, record: int) -> int | None:
        """Line of the file on which a record starts (1-based); None where a file has no lines. May be slow."""
        ...


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Rows as they stand in the file: text, or the types that the file declares."""

    path: str | None
    """Path as given; None for a table of the caller."""
    sha256: str | None
    """Digest of the file's bytes; None for a table of the caller."""
    format: str
    """`csv`, `jsonl`, `parquet` or `memory`."""
    columns: list[str]
    """Names in file order."""
    rows: int | None
    """Number of records, where the file says so."""
    source: Source
    """Reader."""
    limits: Limits
    """What is refused."""
    beside: "RawTable | None" = None
    """The demographics file that was joined."""
    joined: tuple[str, ...] = ()
    """Columns that come from it; they are model inputs only where `data.features` names them."""
    several: dict[str, str] = field(default_factory=dict)
    """Columns whose cells hold several levels of a sensitive or control feature, and what separates them."""

    def batches(self, n: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All records, exactly `n` at a time (fewer in the last batch), in file order.

        Args:
            n: Rows of a batch.
            columns: Columns to read, in this order; all of them where absent.

        Raises:
            DataRefused: A fault of the file or a limit, told where it stands.
        """
        wanted = list(self.columns if columns is None else columns)
        stream = self.limits.enforced(self.source.batches(wanted, n), self.place)
        yield from _exactly(stream, n, self.place)

    def unchanged(self) -> bool:
        """Whether the file, and the demographics file, still have the bytes of their digests; reads them again."""
        own = self.path is None or self.sha256 is None or still(self.path, self.sha256)
        return own and (self.beside is None or self.beside.unchanged())

    def place(self, record: int | None = None, column: str | None = None) -> Place:
        """Where a fault lies; looks the line up in the file, so only for a fault that is about to be told."""
        line = self.source.line_of(record) if record is not None else None
        return Place(file=self.path, row=record, line=line, column=column)


def _exactly(stream: Iterator[pa.RecordBatch], n: int, place: PlaceOf) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of `n`, however they arrive, while they fit in the memory together."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in stream:
        held.append(batch)
        check_together(sum(one.nbytes for one in held), place(None, None))
        count += batch.num_rows
        while count >= n:
            whole = _joined(held)
            yield whole.slice(0, n)
            count -= n
            held = [whole.slice(n)] if count else []
    if count:
        yield _joined(held)


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    filled = [part for part in parts if part.num_rows]
    return filled[0] if len(filled) == 1 else pa.concat_batches(filled)
