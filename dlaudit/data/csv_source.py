"""CSV by Arrow's parser with every guess turned off: each cell is the text that stands in the file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from pyarrow import csv

from dlaudit.data.csv_records import Dialect, find_fault, line_of
from dlaudit.data.facts import Facts
from dlaudit.errors import DataRefused, Place, shown

_BLOCK = 4 << 20


class CsvSource:
    """Records of a CSV.

    Args:
        dialect: How it is written.
        names: Its header.
        facts: What the first pass over its bytes told.
    """

    def __init__(self, dialect: Dialect, names: Sequence[str], facts: Facts) -> None:
        self._dialect, self._names, self._facts = dialect, list(names), facts
        self._quotes_in_order = not facts.quotes

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Those columns as text; an empty cell is the empty text.

        Raises:
            DataRefused: A ragged record (DLA304), an unclosed quote (DLA305), a row over the limits (DLA318).
        """
        count = 0
        try:
            for batch in csv.open_csv(self._open(), **self._options(columns)):
                header = 0 if count else 1
                count += batch.num_rows
                yield batch.slice(header)
        except pa.ArrowInvalid as error:
            raise find_fault(self._dialect, len(self._names)) or self._unreadable(error) from error
        self._check_quotes(count)

    def line_of(self, record: int) -> int | None:
        """Line on which the record starts; reads the file up to there."""
        return line_of(self._dialect, record)

    def _check_quotes(self, count: int) -> None:
        """Refuse a quote that is not closed although every record is rectangular.

        Fewer records than lines, or an odd number of quotes, give it away; only then is the file read once more.
        """
        paired = self._facts.quotes % 2 == 0 and count == self._facts.lines
        if self._quotes_in_order or paired:
            return
        fault = find_fault(self._dialect, len(self._names))
        if fault is not None:
            raise fault
        self._quotes_in_order = True

    def _open(self) -> pa.NativeFile:
        """The file as UTF-8: one of Arrow's own, which nobody closes.

        Arrow reads ahead in a thread that outlives a reading that fails or is left early. A Python file is read under
        Python's lock, and an interpreter that ends meanwhile is aborted (seen in 2 of 400 refusals on a busy machine).
        A file of Arrow's that is closed under that thread lets it go on with the bare number of the file, which the
        next file to be opened gets. Left alone, it is closed with the last of those who read it.
        """
        if self._dialect.codec == "utf-8-sig":
            return pa.OSFile(self._dialect.path, "rb")
        return _transcoded(self._dialect.path, self._dialect.codec)

    def _options(self, columns: Sequence[str]) -> dict[str, Any]:
        """Columns are read by position, so that no name in the file can mean anything to the parser."""
        block = max(_BLOCK, min(4 * self._dialect.longest, 1 << 30))
        return {
            "read_options": csv.ReadOptions(column_names=self._names, block_size=block),
            "parse_options": csv.ParseOptions(delimiter=self._dialect.delimiter, newlines_in_values=True),
            "convert_options": csv.ConvertOptions(
                column_types={name: pa.string() for name in self._names},
                include_columns=list(columns),
                null_values=[],
                strings_can_be_null=False,
                check_utf8=False,
            ),
        }

    def _unreadable(self, error: Exception) -> DataRefused:
        if "straddling" in str(error):
            return DataRefused(
                "DLA318",
                "a row is too long",
                place=Place(file=self._dialect.path),
                expected="rows shorter than four of the longest cells",
                fix="Check the file; if it is as meant, raise the limit: --set data.max_cell=….",
            )
        return DataRefused(
            "DLA304",
            f"the file cannot be read as CSV: {shown(error, limit=120, quote=False)}",
            place=Place(file=self._dialect.path),
            fix="Write it again with a standard CSV writer.",
        )


def _transcoded(path: str, codec: str) -> pa.NativeFile:
    """A text file of any encoding as UTF-8, in a file that has no name any more once it is opened."""
    with TemporaryDirectory(prefix="dlaudit-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "utf-8.csv")
        with open(path, encoding=codec, newline="") as read, copy.open("w", encoding="utf-8", newline="") as written:
            while chunk := read.read(1 << 20):
                written.write(chunk)
        return pa.OSFile(str(copy), "rb")
