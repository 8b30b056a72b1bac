"""What can be wrong with one clip: its code, its reason where the row is left out, and what to do about it."""

from dlaudit.errors import DataRefused, Place

MISSING = "its clip is missing"
CORRUPT = "its clip cannot be decoded"
FORMAT = "its clip is of a kind that is not allowed"
SOUND = "its clip is empty, too long, of another rate, or its header is wrong"
REASONS = {"DLA341": MISSING, "DLA342": CORRUPT, "DLA344": FORMAT, "DLA348": SOUND}
"""Why a row is left out, by code; only where `data.on_bad` is `reject`."""


class ClipFault(Exception):
    """A clip that cannot be used.

    Args:
        code: `DLA342` …
        what: What is wrong, as a clause.
        fix: What to do.
        expected: What was expected instead.
    """

    def __init__(self, code: str, what: str, *, fix: str, expected: str | None = None) -> None:
        self.code, self.what, self.fix, self.expected = code, what, fix, expected
        super().__init__(what)

    @property
    def reason(self) -> str:
        """Why its row is left out, in the words that rows are counted by."""
        return REASONS[self.code]

    def told(self, place: Place, file: str) -> DataRefused:
        """The fault as a refusal of the data that names the row and the file."""
        fix = f"{self.fix} Or leave such records out and count them by slice: --set data.on_bad=reject."
        return DataRefused(self.code, f"{file}: {self.what}", place=place, expected=self.expected, fix=fix)
