"""Tables as CSV (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from dlaudit.outputs import text

_FORMULA = re.compile(r"(^|[,;|])([\s\"']*)(?=[=+\-@＝＋－＠]|::)")
"""Where a spreadsheet would begin to compute: at the start of a cell, or after what its language parts cells by; and
where the log of a CI system would begin a command."""


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A header and a line for every row, each ended by CR LF; a column that a row lacks stays empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def guarded(data: str) -> str:
    """Text with control characters made visible, and with `'` before what a spreadsheet would compute."""
    safe = _FORMULA.sub(r"\1\2'", text.prose(data))
    return f"'{safe}" if data[:1] in {"\t", "\r", "\n"} else safe


def cell(value: object) -> str | int | float:
    """A cell: numbers as they are, nothing for nothing, text guarded, names of a list between semicolons."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(guarded(str(one)) for one in value)
    if isinstance(value, int | float):
        return value
    return guarded(str(value))
