"""What can be wrong with one image: its code, its reason where the row is left out, and what to do about it."""

from dlaudit.errors import DataRefused, Place

MISSING = "its image is missing"
CORRUPT = "its image cannot be decoded"
TOO_LARGE = "its image has too many pixels"
FORMAT = "its image is of a kind that is not allowed"
MODE = "its image needs a decision on its mode"
SIZE = "its image has another size"
REASONS = {"DLA341": MISSING, "DLA342": CORRUPT, "DLA343": TOO_LARGE, "DLA344": FORMAT, "DLA345": MODE, "DLA346": SIZE}
"""Why a row is left out, by code; only where `data.on_bad` is `reject`."""


class ImageFault(Exception):
    """An image that cannot be used.

    Args:
        code: `DLA342` …
        what: What is wrong, as a clause about `the image`.
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
