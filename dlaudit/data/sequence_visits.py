"""Long tables: the visits of one id as one record, with a list for each measurement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int

from dlaudit.data.cells import Column, as_numbers, as_text, is_missing
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.data.sequence_order import order_keys
from dlaudit.errors import DataRefused, shown
from dlaudit.spec import DataSpec, SequenceInput

_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Which visits belong to which id."""

    order: Int[np.ndarray, " visits"]
    """Places of the visits in the file, those of one id after the other."""
    starts: Int[np.ndarray, " ids+1"]
    """Where the visits of each id begin in `order`, and their number; ids are in the order of the file."""
    moved: Bool[np.ndarray, " ids"]
    """Ids whose visits did not stand in order in the file."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def first(self) -> Int[np.ndarray, " ids"]:
        """Place in the file of the first visit of each id."""
        return np.asarray(self.order[self.starts[:-1]])


class VisitsSource:
    """Records of ids. What is asked for is read whole at every pass: visits of one id may stand anywhere.

    Args:
        own: The long table.
        visits: Whose visits they are.
        channels: Columns of measurements, which become lists; every other column is one value of the id.
        data: `data.missing` and `data.on_bad`.
    """

    def __init__(self, own: RawTable, visits: Visits, channels: Sequence[str], data: DataSpec) -> None:
        self._own, self.visits, self._channels, self._data = own, visits, tuple(channels), data

    @property
    def unmatched(self) -> int:
        """Visits whose id is not in the demographics file."""
        return int(getattr(self._own.source, "unmatched", 0))

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns of every id, in the order in which ids first stand in the file.

        Raises:
            DataRefused: A measurement is no number (DLA312), or another value differs between visits (DLA350).
        """
        whole = pa.Table.from_batches(list(self._own.batches(_CHUNK, columns)))
        made = {name: self._column(name, whole.column(name).combine_chunks()) for name in columns}
        for at in range(0, len(self.visits), rows):
            arrays = [made[name].slice(at, rows) for name in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def line_of(self, record: int) -> int | None:
        """Line on which the first visit of the id stands."""
        return self._own.source.line_of(int(self.visits.first[record - 1]) + 1)

    def _column(self, name: str, values: pa.Array) -> pa.Array:
        if name not in self._channels:
            return self._of_id(name, values)
        numbers = as_numbers(values, self._cells(name))
        return pa.LargeListArray.from_arrays(pa.array(self.visits.starts), pa.array(numbers[self.visits.order]))

    def _of_id(self, name: str, values: pa.Array) -> pa.Array:
        """The one value that all visits of an id have."""
        codes = np.asarray(as_text(values).dictionary_encode().indices.fill_null(-1))[self.visits.order]
        first = np.repeat(codes[self.visits.starts[:-1]], np.diff(self.visits.starts))
        if (codes != first).any():
            self._refuse(name, values, int(np.argmax(codes != first)))
        return values.take(pa.array(self.visits.first))

    def _refuse(self, name: str, values: pa.Array, at: int) -> None:
        visit = int(self.visits.order[at])
        own = self.visits.first[int(np.searchsorted(self.visits.starts, at, side="right")) - 1]
        was, now = (as_text(values.slice(int(place), 1))[0].as_py() or "" for place in (own, visit))
        raise DataRefused(
            "DLA350",
            f"the value changes within one id, from {shown(was)} to {shown(now)}",
            place=self._own.place(visit + 1, name),
            expected="one value for all records of an id",
            fix="Correct the table; name a column that changes over time among [input.sequence] channels, or leave "
            "it out of the other roles.",
        )

    def _cells(self, name: str) -> Column:
        return _cells(self._own, name, self._data, keep_infinite=self._data.on_bad == "reject")


def by_visits(raw: RawTable, asked: SequenceInput, data: DataSpec) -> RawTable:
    """The table with one record for each id: a list for each channel, and one value of every other column.

    The column of the order is left out.

    Raises:
        DataRefused: A column is absent (DLA308), a visit has no id or no time, or two have one time (DLA350).
    """
    assert asked.id is not None
    named = [asked.id, *([asked.order] if asked.order is not None else []), *asked.channels]
    require(named, raw.columns, key="input.sequence", file=raw.path)
    visits = _visits(raw, asked, data)
    return replace(
        raw,
        columns=[name for name in raw.columns if name != asked.order],
        rows=len(visits),
        source=VisitsSource(raw, visits, asked.channels, data),
    )


def _visits(raw: RawTable, asked: SequenceInput, data: DataSpec) -> Visits:
    assert asked.id is not None
    names = [asked.id, *([asked.order] if asked.order is not None else [])]
    whole = pa.Table.from_batches(list(raw.batches(_CHUNK, names)))
    ids = whole.column(asked.id).combine_chunks()
    absent = is_missing(ids, data.missing)
    if absent.any():
        raise DataRefused(
            "DLA350",
            "a visit has no id",
            place=raw.place(int(np.argmax(absent)) + 1, asked.id),
            fix="Say whose visit it is, or remove it.",
        )
    code = np.asarray(as_text(ids).dictionary_encode().indices)
    key = np.zeros(len(code))
    if asked.order is not None:
        key = order_keys(whole.column(asked.order).combine_chunks(), _cells(raw, asked.order, data))
    order = np.lexsort((key, code))  # both are stable: equal keys keep the order of the file
    if asked.order is not None and asked.ties == "error":
        _check_ties(order, code, key, (raw, asked.order))
    counts = np.bincount(code)
    back = (np.diff(order) < 0) & (code[order][1:] == code[order][:-1])
    moved = np.bincount(code[order][1:][back], minlength=len(counts)) > 0
    return Visits(order=order, starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), moved=moved)


def _check_ties(
    order: Int[np.ndarray, " visits"],
    code: Int[np.ndarray, " visits"],
    key: np.ndarray[Any, Any],
    of: tuple[RawTable, str],
) -> None:
    raw, column = of
    tied = (np.diff(code[order]) == 0) & (np.diff(key[order]) == 0)
    if tied.any():
        first, second = order[int(np.argmax(tied))] + 1, order[int(np.argmax(tied)) + 1] + 1
        raise DataRefused(
            "DLA350",
            f"two visits of one id have the same time, in records {first} and {second}",
            place=raw.place(int(second), column),
            expected="times that differ within an id",
            fix='Remove copies; or keep the order of the file among them: [input.sequence] ties = "keep".',
        )


def _cells(raw: RawTable, name: str, data: DataSpec, *, keep_infinite: bool = False) -> Column:
    return Column(name=name, first_row=1, file=raw, missing=data.missing, keep_infinite=keep_infinite)
