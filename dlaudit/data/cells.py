"""Cells as text and as numbers: one canonical text for equal values, and no number that is not written as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, Place, shown

_EXACT = 2**53
_FLOAT32 = float(np.finfo(np.float32).max)


@dataclass(frozen=True, kw_only=True)
class Column:
    """Which cells are read, so that a fault can be told."""

    name: str
    """Column."""
    first_row: int
    """Record number of the first cell."""
    file: RawTable | str | None
    """The table, or its path."""
    missing: Sequence[str] = ("",)
    """`data.missing`."""
    keep_infinite: bool = False
    """Whether a number that is too large becomes infinity rather than an error."""

    def place(self, at: int) -> Place:
        """The place of the cell at position `at`."""
        row = self.first_row + at
        if isinstance(self.file, RawTable):
            return self.file.place(row, self.name)
        return Place(file=self.file, row=row, column=self.name)


def as_text(column: pa.Array) -> pa.Array:
    """The cells as text, null where null or NaN.

    Whole numbers lose their decimals (1.0 and 1 are `1`), booleans are `true` and `false`, times are ISO 8601; text
    stays as it is: `NA` is no missing value and `02139` keeps its zero. Of a list only its length is told.
    """
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pc.binary_join_element_wise(pc.list_value_length(column).cast(pa.string()), "values", " ")
    if pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        return _float_text(column)
    if pa.types.is_decimal(kind):
        return pc.replace_substring_regex(column.cast(pa.string()), pattern=r"\.0+$", replacement="")
    if pa.types.is_timestamp(kind):
        written = pc.strftime(column, format="%Y-%m-%dT%H:%M:%S%z" if kind.tz else "%Y-%m-%dT%H:%M:%S")
        return pc.replace_substring_regex(written, pattern=r"\.0+($|[+-]\d+$)", replacement=r"\1")
    return column.cast(pa.string())


def is_missing(column: pa.Array, missing: Sequence[str]) -> np.ndarray[Any, Any]:
    """Bool [n]: null, NaN, or a text that `data.missing` lists."""
    if pa.types.is_string(column.type):
        absent = pc.is_in(column, value_set=pa.array(list(missing), pa.string()))
        absent = pc.or_(absent, pc.is_null(column)) if column.null_count else absent
    else:
        absent = pc.is_null(column, nan_is_null=True)
        listed = [text for text in missing if text]
        if listed:
            absent = pc.or_(absent, pc.is_in(as_text(column), value_set=pa.array(listed, pa.string())))
    return np.asarray(absent.to_numpy(zero_copy_only=False), dtype=bool)


def objects(column: pa.Array, absent: np.ndarray[Any, Any] | None = None) -> np.ndarray[Any, Any]:
    """Object [n] of text, None where null or `absent`. Equal texts share one object."""
    coded = column.dictionary_encode()
    values = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    codes = coded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    if absent is not None:
        codes = np.where(absent, len(values) - 1, codes)
    return np.asarray(values[codes])


def as_numbers(column: pa.Array, of: Column) -> np.ndarray[Any, Any]:
    """float64 [n] of numbers that float32 can hold; NaN where missing, infinity only with `keep_infinite`.

    A text must be a decimal number, as `-1.5e3`, with blanks around it at most; `true` and `false` are 1 and 0.

    Raises:
        DataRefused: A cell is something else (DLA312), or infinite or too large for float32 (DLA313).
    """
    kind = column.type
    if pa.types.is_string(kind):
        values = _parsed(column, of)
    elif pa.types.is_boolean(kind):
        values = column.cast(pa.int8()).cast(pa.float64())
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = column.cast(pa.float64(), safe=False)
    else:
        _not_a_number(as_text(column), 0, of)
    numbers = np.array(values.to_numpy(zero_copy_only=False), dtype=np.float64)
    if not pa.types.is_string(kind) and any(of.missing):
        numbers[is_missing(column, of.missing)] = np.nan
    _check_range(numbers, column, of)
    return numbers


def _float_text(column: pa.Array) -> pa.Array:
    values = column.to_numpy(zero_copy_only=False).astype(np.float64)
    whole = np.isfinite(values) & (np.abs(values) < _EXACT) & (np.floor(values) == values)
    as_whole = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    text = pc.if_else(pa.array(whole), as_whole, column.cast(pa.string()))
    return pc.if_else(pa.array(np.isnan(values)), pa.scalar(None, pa.string()), text)


def _parsed(column: pa.Array, of: Column) -> pa.Array:
    """Numbers of the texts. The plain cast goes first: it fails on whatever needs a closer look."""
    if not any(_reads_as_number(text) for text in of.missing):
        try:
            return _without_nan(column.cast(pa.float64()), column, of)
        except pa.ArrowInvalid:
            pass
    present = pc.if_else(pa.array(is_missing(column, of.missing)), pa.scalar(None, pa.string()), column)
    trimmed = pc.utf8_trim(present, characters=" \t")
    for wanted, number in (("true", "1"), ("false", "0")):
        trimmed = pc.if_else(pc.equal(pc.ascii_lower(trimmed), wanted), number, trimmed)
    try:
        return _without_nan(trimmed.cast(pa.float64()), column, of)
    except pa.ArrowInvalid:
        _not_a_number(column, _first_bad(trimmed), of)


def _without_nan(values: pa.Array, column: pa.Array, of: Column) -> pa.Array:
    """The cast reads `nan` as a number; here it is a text like any other."""
    spelled = pc.fill_null(pc.is_nan(values), False)
    if pc.any(spelled).as_py():
        _not_a_number(column, pc.index(spelled, True).as_py(), of)
    return values


def _first_bad(texts: pa.Array) -> int:
    return next(at for at, text in enumerate(texts.to_pylist()) if text is not None and not _reads_as_number(text))


def _reads_as_number(text: str) -> bool:
    try:
        return bool(pa.array([text], pa.string()).cast(pa.float64())[0].as_py() is not None)
    except pa.ArrowInvalid:
        return False


def _check_range(numbers: np.ndarray[Any, Any], column: pa.Array, of: Column) -> None:
    outside = np.abs(numbers) > _FLOAT32
    if outside.any() and of.keep_infinite:
        numbers[outside] = np.inf
    elif outside.any():
        at = int(np.argmax(outside))
        raise DataRefused(
            "DLA313",
            f"{shown(column[at].as_py())} is infinite or too large",
            place=of.place(at),
            expected="a number that float32 can hold, up to 3.4e38 in size",
            fix="Correct the cell, or clip the column before it is saved.",
        )


def _not_a_number(column: pa.Array, at: int, of: Column) -> NoReturn:
    value = column[at].as_py()
    raise DataRefused(
        "DLA312",
        f"{shown(value)} is not a number",
        place=of.place(at),
        expected="a number with a decimal point, as 0.5",
        fix="Correct the cell"
        + (", or name the column in [input.table] onehot" if value and not any(c.isdigit() for c in value) else "")
        + (f'; where it means missing: [data] missing = ["", "{shown(value, quote=False)}"].' if value else "."),
    )
