"""The order of visits: times and numbers as keys that can be compared."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.cells import Column, is_missing
from dlaudit.errors import DataRefused, shown

_ZONED = r":\d\d(\.\d+)?\s*(Z|[+-]\d\d(:?\d\d)?)$"


def order_keys(column: pa.Array, of: Column) -> np.ndarray[Any, Any]:
    """Numbers [n] in the order of the cells: numbers as float64, dates and times as int64.

    A text is a number where all are, else a date or time in ISO 8601.

    Raises:
        DataRefused: A cell is missing or neither number nor time, or some times name a zone and others do not (DLA350).
    """
    absent = is_missing(column, of.missing)
    if absent.any():
        raise _unordered("a visit has no time", int(np.argmax(absent)), of)
    kind = column.type
    if pa.types.is_string(kind):
        return _of_text(column, of)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind):
        return np.asarray(_as_number(column).to_numpy(zero_copy_only=False))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _finite(column.cast(pa.float64(), safe=False), of)
    raise _unordered("the column is no number, date or time", 0, of)


def _finite(numbers: pa.Array, of: Column) -> np.ndarray[Any, Any]:
    """The numbers, where each has a place among the others."""
    keys = np.asarray(numbers.to_numpy(zero_copy_only=False))
    if not np.isfinite(keys).all():
        at = int(np.argmin(np.isfinite(keys)))
        raise _unordered(f"the time {keys[at]:g} is no moment", at, of)
    return keys


def _as_number(column: pa.Array) -> pa.Array:
    small = pa.types.is_date32(column.type) or pa.types.is_time32(column.type)
    return column.cast(pa.int32()) if small else column.cast(pa.int64())


def _of_text(column: pa.Array, of: Column) -> np.ndarray[Any, Any]:
    try:
        return _finite(pc.utf8_trim_whitespace(column).cast(pa.float64()), of)
    except pa.ArrowInvalid:
        pass
    zoned = np.asarray(pc.match_substring_regex(column, _ZONED))
    if zoned.any() and not zoned.all():
        at = int(np.argmax(zoned != zoned[0]))
        raise _unordered("some times name a zone and others do not", at, of)
    wanted = pa.timestamp("us", "UTC") if zoned.any() else pa.timestamp("us")
    try:
        return np.asarray(column.cast(wanted).cast(pa.int64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        raise _neither(column, wanted, of) from None


def _neither(column: pa.Array, wanted: pa.DataType, of: Column) -> DataRefused:
    """The refusal of the first cell that is no number and no time; or of numbers among times."""
    numbers = np.array([_reads_as(cell, pa.float64()) for cell in column])
    times = np.array([_reads_as(cell, wanted) for cell in column])
    if (numbers | times).all():
        return _unordered("some cells are numbers and others times", int(np.argmax(numbers != numbers[0])), of)
    at = int(np.argmin(numbers | times))
    return _unordered(f"{shown(column[at].as_py())} is no number, date or time", at, of)


def _reads_as(cell: pa.Scalar, wanted: pa.DataType) -> bool:
    try:
        return bool(cell.cast(wanted).is_valid)
    except pa.ArrowInvalid:
        return False


def _unordered(what: str, at: int, of: Column) -> DataRefused:
    return DataRefused(
        "DLA350",
        what,
        place=of.place(at),
        expected="numbers, or dates and times as 2026-03-01T08:30:00, all with a zone or none",
        fix="Correct the cell, or name another column: [input.sequence] order.",
    )
