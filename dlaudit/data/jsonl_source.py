"""JSON lines: one flat object a line, numbers kept as they are written."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from dlaudit.data.limits import Limits, too_much
from dlaudit.errors import DataRefused, Place, shown

_EXACT = 2**53
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonlSource:
    """Records of a JSON-lines file; a key that a line lacks is missing there.

    Args:
        path: File.
        codec: Python's name of its encoding.
        limits: Longest cell and most columns.
    """

    def __init__(self, path: str, codec: str, limits: Limits) -> None:
        self._path, self._codec, self._limits = path, codec, limits
        self._decode = json.JSONDecoder(
            object_pairs_hook=_object,
            parse_int=str,
            parse_float=number_text,
            parse_constant=_no_constant,
        ).decode

    def names(self) -> tuple[list[str], int]:
        """Every key of the file, in order of appearance, and the number of records. Reads the whole file.

        Raises:
            DataRefused: A line that is no flat object (DLA328), too many keys (DLA318), or no record (DLA301).
        """
        found: dict[str, None] = {}
        number = 0
        for number, (line, record) in enumerate(self._records(), start=1):
            if record.keys() <= found.keys():
                continue
            found.update(dict.fromkeys(record))
            if len(found) > self._limits.columns:
                place = Place(file=self._path, line=line, row=number)
                raise too_much(f"there are {len(found):,} keys", "max_columns", self._limits.columns, place)
        if not number:
            raise DataRefused(
                "DLA301",
                "the file has no records",
                place=Place(file=self._path),
                fix="Give a file with rows.",
            )
        return list(found), number

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns as text; null where a line lacks the key or says null."""
        held: list[dict[str, Any]] = []
        for _, record in self._records():
            held.append(record)
            if len(held) == rows:
                yield _batch(held, columns)
                held = []
        if held:
            yield _batch(held, columns)

    def line_of(self, record: int) -> int | None:
        """Line of the record: blank lines are none."""
        return next((line for at, (line, _) in enumerate(self._lines(), start=1) if at == record), None)

    def _lines(self) -> Iterator[tuple[int, str]]:
        bound = 64 * self._limits.cell
        with open(self._path, encoding=self._codec, newline="\n") as file:
            for number, line in enumerate(iter(lambda: file.readline(bound), ""), start=1):
                if len(line) >= bound:
                    place = Place(file=self._path, line=number)
                    raise too_much("a line is longer than 64 cells may be", "max_cell", self._limits.cell, place)
                if not line.isspace():
                    yield number, line

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in self._lines():
            try:
                record = self._decode(line)
            except (ValueError, RecursionError) as error:
                raise self._bad_line(number, _reason(error)) from error
            if not isinstance(record, dict):
                raise self._bad_line(number, "it is no object")
            for key, value in record.items():
                if isinstance(value, dict | list):
                    raise self._bad_line(number, "the value is nested", key)
            yield number, record

    def _bad_line(self, number: int, reason: str, key: str | None = None) -> DataRefused:
        return DataRefused(
            "DLA328",
            f"the line is not one flat JSON object: {reason}",
            place=Place(file=self._path, line=number, column=key),
            expected='one object a line, as {"age": 41, "sex": "F"}',
            fix="Correct the line; a JSON array or an indented object must be written one record a line.",
        )


def number_text(text: str) -> str:
    """A JSON number as text: a whole number without its decimals, any other as it is written."""
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        seen: set[str] = set()
        key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {shown(key)} is there twice")
    return record


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number; write null where it is missing")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _batch(records: list[dict[str, Any]], columns: Sequence[str]) -> pa.RecordBatch:
    arrays = [_column([record.get(name) for record in records]) for name in columns]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid, UnicodeEncodeError):
        return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    # A lone surrogate (\ud800 in JSON) has no UTF-8; it becomes the replacement character, which texts are counted by.
    return None if value is None else _SURROGATE.sub("\ufffd", value)
