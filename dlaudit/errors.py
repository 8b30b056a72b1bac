"""What goes wrong for a user, told so that they can put it right.

The tree, with the exit code of each branch::

    DlauditError
    ├── UsageError        2   a flag or the configuration; nothing ran
    ├── InputRefused      3   the model, the data or the user's code
    │   ├── ModelRefused
    │   ├── DataRefused
    │   └── CodeFailed
    └── Stopped           5   one of our own limits; what was done is kept

Every error says what is wrong, where, what was expected and what to do. Data text in a message goes through
`shown`, so that a hostile cell can neither move the cursor nor flood the terminal.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a fault lies; every part may be missing."""

    file: str | None = None
    """Path as the user gave it."""
    row: int | None = None
    """1-based record number of a data file (the header is not a record)."""
    line: int | None = None
    """1-based line of the file."""
    column: str | None = None
    """Column name of a data file."""
    key: str | None = None
    """Dotted key of a configuration file or of audit.json."""

    def __str__(self) -> str:
        """`test.csv, line 14 (record 13), column 'age'`, as much of it as is known."""
        parts = [shown(self.file, limit=200, quote=False)] if self.file else []
        if self.line is not None:
            parts.append(f"line {self.line}" + (f" (record {self.row})" if self.row is not None else ""))
        elif self.row is not None:
            parts.append(f"record {self.row}")
        if self.column is not None:
            parts.append(f"column {shown(self.column)}")
        if self.key is not None:
            parts.append(shown(self.key, limit=100, quote=False))
        return ", ".join(parts)


class DlauditError(Exception):
    """A fault of the input or its use; never a fault of dlaudit itself.

    Args:
        code: `DLA` and three digits, as `dlaudit explain CODE` knows it.
        what: What is wrong, as one clause without a final full stop.
        fix: What to do, as one sentence or more.
        place: Where it is wrong.
        expected: What was expected instead.
    """

    exit_code = 70
    parts: "tuple[DlauditError, ...]" = ()
    """The single faults, each with its place, where it tells several."""

    def __init__(
        self, code: str, what: str, *, fix: str, place: Place | None = None, expected: str | None = None
    ) -> None:
        self.code, self.what, self.fix, self.expected = code, what, fix, expected
        self.place = place or Place()
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole message: place, fault, expectation, remedy."""
        where = f"{self.place}: " if str(self.place) else ""
        told = f"{where}{self.what}" + (f"; expected {self.expected}" if self.expected else "")
        stop = "" if told.endswith("\n") else " " if told.endswith((".", "?")) else ". "
        return f"{told}{stop}{self.fix}"

    def as_dict(self) -> dict[str, object]:
        """The error as the JSON that `--format json` prints; keys are stable."""
        return {
            "code": self.code,
            "message": self.what,
            "expected": self.expected,
            "hint": self.fix,
            "file": self.place.file,
            "line": self.place.line,
            "row": self.place.row,
            "column": self.place.column,
            "key": self.place.key,
        }


class UsageError(DlauditError):
    """A flag or the configuration is wrong; nothing was run."""

    exit_code = 2


class InputRefused(DlauditError):
    """The model, the data or the user's code cannot be used."""

    exit_code = 3


class ModelRefused(InputRefused):
    """A model file that is unreadable, unsafe, or does not fit its data."""


class DataRefused(InputRefused):
    """A data file that is unreadable or inconsistent."""


class CodeFailed(InputRefused):
    """The user's own Python file raised, exited or returned something unusable."""


class Stopped(DlauditError):
    """A limit of our own was hit: memory, time, disk."""

    exit_code = 5


_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, range(0xE0100, 0xE01F0))
)
"""Letters and marks that are drawn as nothing (Unicode's default ignorable ones that are no format characters)."""


def is_unseen(character: str) -> bool:
    """Whether the character cannot be seen: control, format, private-use and surrogate ones, and fillers."""
    return unicodedata.category(character) in _UNSEEN or character in FILLERS


def shown(text: object, *, limit: int = 40, quote: bool = True) -> str:
    """Data text made safe and short for a message.

    Control, format, private-use and surrogate characters, and fillers that are drawn as nothing, become `⟨U+202E⟩`, and
    what a CI system would obey wherever it stands in a line (`##[error]`, `##vso[…]`) loses its form; text over `limit`
    characters is cut in the middle.

    Args:
        text: Anything; it is turned into `str`.
        limit: Longest text shown whole, in characters.
        quote: Whether to put the text in single quotes.
    """
    safe = "".join(f"⟨U+{ord(c):04X}⟩" if is_unseen(c) else c for c in str(text)[:4000])
    safe = safe.replace("##", "# #")
    if len(safe) > limit:
        safe = f"{safe[: limit * 2 // 3]}…{safe[-limit // 4 :]}"
    return f"'{safe}'" if quote else safe


def listed(items: Iterable[object], *, most: int = 5, quote: bool = True) -> str:
    """`'a', 'b' and 3 more`: at most `most` of the items, safely shown."""
    items = list(items)
    head = ", ".join(shown(item, quote=quote) for item in items[:most])
    return head if len(items) <= most else f"{head} and {len(items) - most} more"


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'sex'?` with a leading blank when a known name is near, else an empty string."""
    folded = {k.casefold(): k for k in known}
    match = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean {shown(folded[match[0]])}?" if match else ""
