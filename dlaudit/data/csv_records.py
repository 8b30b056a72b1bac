"""The slow, exact reading of a CSV that finds the line of a fault. Nobody waits for it unless a fault is told.

It splits records as Arrow does: a quote opens a quoted cell only at the cell's start, and blank lines are no records.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TextIO

from dlaudit.data.limits import too_much
from dlaudit.errors import DataRefused, Place, shown

_SEPARATORS = {";": "a semicolon", "\t": "a tab", "|": "a bar", ",": "a comma"}
_ENDS_IN_QUOTE = "unexpected end of data"
"""What Python's csv says of a quote that is open at the end of the file."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a CSV is written, and what of it is refused."""

    path: str
    """File."""
    codec: str
    """Python's name of its encoding."""
    delimiter: str
    """One character."""
    longest: int
    """`data.max_cell`."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record and the lines it was read from."""

    line: int
    """Line of the file on which it starts, 1-based."""
    cells: list[str]
    """Its cells."""
    lines: list[str]
    """Its text."""

    def fault(self, delimiter: str) -> str | None:
        """What a strict reader says of its quotes; None where they are in order."""
        if not any('"' in line for line in self.lines):
            return None
        strict = csv.reader(self.lines, delimiter=delimiter, strict=True)
        longest = sum(map(len, self.lines))
        try:
            while _next_cells(strict, longest) is not None:
                pass
        except csv.Error as error:
            return str(error)
        return None


class _Lines:
    """Lines of a text file, of bounded length, that remembers those since the last record."""

    def __init__(self, file: TextIO, dialect: Dialect) -> None:
        self._file, self._dialect = file, dialect
        self._bound = 64 * dialect.longest
        self.number = 0
        self.held: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._bound)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) >= self._bound:
            raise too_much(
                "a line is longer than 64 cells may be",
                "max_cell",
                self._dialect.longest,
                Place(file=self._dialect.path, line=self.number),
            )
        self.held.append(line)
        return line


def records(dialect: Dialect) -> Iterator[Record]:
    """Every record, the header first.

    Raises:
        DataRefused: A cell is longer than the limit (DLA318).
    """
    with open(dialect.path, encoding=dialect.codec, newline="") as file:
        lines = _Lines(file, dialect)
        reader = csv.reader(lines, delimiter=dialect.delimiter)
        while True:
            lines.held = []
            start = lines.number + 1
            try:
                cells = _next_cells(reader, dialect.longest)
            except csv.Error as error:
                place = Place(file=dialect.path, line=start)
                raise too_much("a cell is too long", "max_cell", dialect.longest, place) from error
            if cells is None:
                return
            if cells:
                yield Record(line=start, cells=cells, lines=lines.held)


def _next_cells(reader: Iterator[list[str]], longest: int) -> list[str] | None:
    """Cells of the next record; None at the end.

    Python's limit on a cell belongs to the whole process, so it is ours only while one record is read: a generator
    that restored it at its own end would do so whenever it happens to be collected, in the middle of another reading.
    """
    before = csv.field_size_limit(max(longest, 1))
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(before)


def header(dialect: Dialect) -> list[str]:
    """Column names: the cells of the first record.

    Raises:
        DataRefused: There is none (DLA301), its quote is never closed (DLA305), or it is one cell that another
            delimiter would split (DLA303).
    """
    first = next(records(dialect), None)
    if first is None:
        raise DataRefused(
            "DLA301",
            "the file has no header and no rows",
            place=Place(file=dialect.path),
            fix="Give a file with rows.",
        )
    if first.fault(dialect.delimiter) == _ENDS_IN_QUOTE:
        raise _unclosed(dialect, first, 0)
    if len(first.cells) == 1:
        _check_delimiter(dialect, first.cells[0])
    return first.cells


def _check_delimiter(dialect: Dialect, cell: str) -> None:
    counts = {mark: cell.count(mark) for mark in _SEPARATORS if mark != dialect.delimiter}
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best]:
        written = "\\t" if best == "\t" else best
        raise DataRefused(
            "DLA303",
            f"the header is one column, {shown(cell)}",
            place=Place(file=dialect.path, line=1),
            expected=f"columns separated by {shown(dialect.delimiter)}",
            fix=f"It looks like {_SEPARATORS[best]} separates the columns: --set 'data.delimiter=\"{written}\"'.",
        )


def find_fault(dialect: Dialect, width: int) -> DataRefused | None:
    """The first record with a wrong number of cells, a cell that is too long, or a quote out of order."""
    number = -1
    last: Record | None = None
    try:
        for number, record in enumerate(records(dialect)):
            last = record
            if len(record.cells) != width:
                return _ragged(dialect, record, number, width)
            if len(record.lines) > 1 and record.fault(dialect.delimiter):
                return _unclosed(dialect, record, number)
    except DataRefused as error:
        return error
    if last is not None and last.fault(dialect.delimiter) == _ENDS_IN_QUOTE:
        return _unclosed(dialect, last, number)
    return None


def line_of(dialect: Dialect, record: int) -> int | None:
    """Line on which a record (1-based, without the header) starts; None where there is no such record."""
    patient = replace(dialect, longest=max(dialect.longest, 1 << 26))
    try:
        return next((found.line for number, found in enumerate(records(patient)) if number == record), None)
    except DataRefused:
        return None


def _ragged(dialect: Dialect, record: Record, number: int, width: int) -> DataRefused:
    if record.fault(dialect.delimiter):
        return _unclosed(dialect, record, number)
    got = len(record.cells)
    hint = f"Quote cells that contain {shown(dialect.delimiter)}, or correct the line."
    if number == 1 and got == width + 1:
        hint = "The header lacks a name, perhaps that of an index: name it; nothing is shifted silently."
    if len(record.lines) > 1:
        hint = f"The record runs over {len(record.lines)} lines: look for a quote that is not closed."
    return DataRefused(
        "DLA304",
        f"the record has {got} cells",
        place=Place(file=dialect.path, line=record.line, row=number or None),
        expected=f"{width}, as the header has",
        fix=hint,
    )


def _unclosed(dialect: Dialect, record: Record, number: int) -> DataRefused:
    """The refusal, at the line where the quoted cell starts."""
    at = next((at for at, cell in enumerate(record.cells) if "\n" in cell or "\r" in cell), 0)
    if record.fault(dialect.delimiter) == _ENDS_IN_QUOTE:
        at = len(record.cells) - 1
    line = record.line + sum(cell.count("\n") for cell in record.cells[:at])
    return DataRefused(
        "DLA305",
        "a quote is opened here and not closed where its cell ends",
        place=Place(file=dialect.path, line=line, row=number or None),
        expected="quotes around a whole cell, doubled inside it",
        fix="Close the quote, or double it where it belongs to the text.",
    )
