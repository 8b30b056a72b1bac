"""What can be wrong with a file that a row names, whatever kind of file it is."""

from collections.abc import Mapping
from typing import ClassVar

from dlaudit.errors import DataRefused, Place


class MediaFault(Exception):
    """A file that cannot be used.

    Args:
        code: `DLA342` …
        what: What is wrong, as a clause.
        fix: What to do.
        expected: What was expected instead.
    """

    reasons: ClassVar[Mapping[str, str]]
    """Why a row is left out, by code."""

    def __init__(self, code: str, what: str, *, fix: str, expected: str | None = None) -> None:
        self.code, self.what, self.fix, self.expected = code, what, fix, expected
        super().__init__(what)

    @property
    def reason(self) -> str:
        """Why its row is left out, in the words that rows are counted by."""
        return self.reasons[self.code]

    def told(self, place: Place, file: str) -> DataRefused:
        """The fault as a refusal of the data that names the row and the file."""
        fix = f"{self.fix} Or leave such records out and count them by slice: --set data.on_bad=reject."
        return DataRefused(self.code, f"{file}: {self.what}", place=place, expected=self.expected, fix=fix)
