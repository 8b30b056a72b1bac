"""Counts of things as rows: each thing that is there, or was said to be, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from dlaudit.data.cells import Column, as_numbers
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, UsageError, listed
from dlaudit.spec import AuditSpec, CountsSpec
from dlaudit.spec.counts import RECORD, SAID, THERE, THING

MADE = (THING, RECORD, THERE, SAID)
"""Columns that are made."""
KINDS = {"tp": ("1", "1"), "fp": ("0", "1"), "fn": ("1", "0"), "tn": ("0", "0")}
"""Kind of count to whether such a thing is there, and whether it was said."""
MOST = 10_000_000
"""Things of one kind in one record at most."""
_RECORDS, _THINGS = 4_096, 65_536


class CountedSource:
    """Rows of counted things; those of one record stand together.

    Args:
        raw: The file with a record for each image, document or the like.
        asked: `[metrics.counts]`.
    """

    def __init__(self, raw: RawTable, asked: CountsSpec) -> None:
        self._raw = raw
        self._kinds = {kind: column for kind in KINDS if (column := getattr(asked, kind)) is not None}

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns of every thing.

        Raises:
            DataRefused: A count is no whole number of 0 or more (DLA312).
        """
        theirs = list(dict.fromkeys([*(name for name in columns if name not in MADE), *self._kinds.values()]))
        first = 1
        for batch in self._raw.batches(_RECORDS, theirs):
            held = dict(zip(theirs, batch.columns, strict=True))
            counts = self._counts(held, first)
            record = np.repeat(np.arange(batch.num_rows), counts.sum(axis=1))
            kind = np.repeat(np.tile(np.arange(len(self._kinds)), batch.num_rows), counts.reshape(-1))
            number = np.arange(len(record)) - np.searchsorted(record, record)
            for at in range(0, len(record), _THINGS):
                part = slice(at, at + _THINGS)
                made = self._made(record[part] + first, kind[part], number[part])
                arrays = [made[name] if name in made else held[name].take(pa.array(record[part])) for name in columns]
                yield pa.RecordBatch.from_arrays(arrays, names=list(columns))
            first += batch.num_rows

    def line_of(self, record: int) -> int | None:
        """Line of the record that a thing is counted in."""
        before, first = 0, 1
        for batch in self._raw.batches(_RECORDS, list(self._kinds.values())):
            ends = before + np.cumsum(
                self._counts(dict(zip(self._kinds.values(), batch.columns, strict=True)), first).sum(1)
            )
            if len(ends) and record <= ends[-1]:
                return self._raw.source.line_of(first + int(np.searchsorted(ends, record)))
            before, first = int(ends[-1]) if len(ends) else before, first + batch.num_rows
        return None

    def __getattr__(self, name: str) -> Any:
        """What else the file has to tell, as the records that a joined file did not match."""
        return getattr(self._raw.source, name)

    def _counts(self, held: dict[str, pa.Array], first: int) -> Int[np.ndarray, "records kinds"]:
        """The counts of every record, in the order of `KINDS`."""
        counts = [self._whole(name, held[name], first) for name in self._kinds.values()]
        return np.stack(counts, axis=1)

    def _whole(self, name: str, column: pa.Array, first: int) -> Int[np.ndarray, " records"]:
        numbers = as_numbers(column, Column(name=name, first_row=first, file=self._raw))
        wrong = ~((numbers >= 0) & (numbers <= MOST) & (numbers == np.floor(numbers)))
        if wrong.any():
            raise DataRefused(
                "DLA312",
                "a count is no whole number, or below 0, or above 10,000,000",
                place=self._raw.place(first + int(np.argmax(wrong)), name),
                expected="how many there are: 0, 1, 2, …",
                fix="Correct the record.",
            )
        return numbers.astype(np.int64)

    def _made(
        self, record: Int[np.ndarray, " m"], kind: Int[np.ndarray, " m"], number: Int[np.ndarray, " m"]
    ) -> dict[str, pa.Array]:
        there, said = (np.array([KINDS[name][side] for name in self._kinds], dtype=object)[kind] for side in range(2))
        ids = [f"{one}.{at + 1}" for one, at in zip(record.tolist(), number.tolist(), strict=True)]
        return {
            THING: pa.array(ids, pa.string()),
            RECORD: pa.array([str(one) for one in record.tolist()], pa.string()),
            THERE: pa.array(there, pa.string()),
            SAID: pa.array(said, pa.string()),
        }


def with_counted(raw: RawTable, spec: AuditSpec) -> RawTable:
    """The table with one record for each counted thing; itself without `[metrics.counts]`.

    Raises:
        UsageError: The file has a column of a name that is made (DLA306).
        DataRefused: A column of counts is absent (DLA308), or there is nothing in any (DLA301).
    """
    asked = spec.metrics.counts
    if asked is None:
        return raw
    named = [column for kind in KINDS if (column := getattr(asked, kind)) is not None]
    require(named, raw.columns, key="metrics.counts", file=raw.path)
    taken = [name for name in MADE if name in raw.columns]
    if taken:
        raise UsageError("DLA306", f"the data has the columns {listed(taken)} itself", fix="Rename them.")
    source = CountedSource(raw, asked)
    if next(source.batches([THERE], 1), None) is None:
        raise DataRefused("DLA301", "every count is 0", place=raw.place(), fix="Name the columns of counts.")
    return replace(raw, columns=[*raw.columns, *MADE], rows=None, source=source)
