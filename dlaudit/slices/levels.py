"""Levels: what the texts of one sensitive or control feature mean."""

from dlaudit.errors import DataRefused, Place, listed, shown
from dlaudit.record import UNKNOWN
from dlaudit.slices.bins import bin_labels, bin_of
from dlaudit.slices.fold import as_number, folded, is_odd
from dlaudit.spec import SlicesSpec


class Levels:
    """The levels of one feature, as its texts are met.

    A text that `slices.unknown` lists, and a missing one, is `(unknown)`. With bins, a number is the bin that holds
    it. Any other text is a level of its own: nothing is trimmed or merged silently, and texts that look alike are
    refused.

    Args:
        feature: Column.
        spec: `[slices]`.

    Raises:
        UsageError: The edges of its bins cannot be used (DLA409).
    """

    def __init__(self, feature: str, spec: SlicesSpec) -> None:
        self._feature, self._most = feature, spec.max_levels
        self._unknown = {*spec.unknown, UNKNOWN}
        self._edges = spec.bins.get(feature)
        self._labels = bin_labels(self._edges, feature) if self._edges is not None else []
        self._level: dict[str | None, str] = {None: UNKNOWN}
        self._looks = {folded(text): text for text in sorted(self._unknown)}
        self._numbers: dict[str, str] = {}
        self._own: list[str] = []

    @property
    def odd(self) -> list[str]:
        """Levels with characters that cannot be seen."""
        return [level for level in self._own if is_odd(level)]

    def of(self, text: str | None) -> str:
        """The level of a text; None is not recorded.

        Raises:
            DataRefused: The text looks like another level (DLA406), is the same number (DLA407), is one level too
                many (DLA408), or is no number although there are bins (DLA409).
        """
        level = self._level.get(text)
        if level is None:
            assert text is not None
            level = self._level[text] = self._new(text)
        return level

    def _new(self, text: str) -> str:
        if text in self._unknown:
            return UNKNOWN
        if self._edges is not None:
            return bin_of(text, self._edges, self._labels, self._feature)
        self._check_alike(text)
        self._own.append(text)
        if len(self._own) > self._most:
            raise self._too_many()
        return text

    def _check_alike(self, text: str) -> None:
        first = self._looks.setdefault(folded(text), text)
        if first != text:
            alike = f"{shown(first)} and {shown(text)}" + _code_points(first, text)
            fix = "Clean the column so that one level has one spelling; nothing is merged silently."
            if first in self._unknown:
                fix = f"Where it means not recorded, list {shown(text)} in slices.unknown; else write it differently."
            raise self._refusal("DLA406", f"the levels {alike} look the same", fix)
        number = self._numbers.setdefault(as_number(text), text)
        if number != text:
            what = f"the levels {shown(number)} and {shown(text)} are the same number"
            raise self._refusal("DLA407", what, "Write the column in one way, as text or as whole numbers.")

    def _too_many(self) -> DataRefused:
        what = f"there are more than {self._most} levels: {listed(self._own)}"
        if all(map(_is_number, self._own)):
            fix = f"Cut the numbers into bins: [slices] bins = {{ {self._feature} = {_some_edges(self._own)} }}."
        else:
            fix = "Name a column with fewer levels, or raise slices.max_levels."
        return self._refusal("DLA408", what, fix)

    def _refusal(self, code: str, what: str, fix: str) -> DataRefused:
        return DataRefused(code, what, place=Place(column=self._feature), fix=fix)


def _code_points(first: str, second: str) -> str:
    """Where the difference cannot be seen: ` (U+0061, U+0430)` of the first characters that differ."""
    if first.casefold() == second.casefold() or first.strip() == second.strip():
        return ""
    pairs = (pair for pair in zip(first, second, strict=False) if pair[0].casefold() != pair[1].casefold())
    pair = next(pairs, None)
    return f" (U+{ord(pair[0]):04X} against U+{ord(pair[1]):04X})" if pair else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _some_edges(texts: list[str]) -> str:
    """An example of edges over the numbers seen, rounded."""
    numbers = sorted(map(float, texts))
    low, high = numbers[0], numbers[-1]
    return f"[{low:g}, {(low + high) / 2:.3g}, {high:g}]"
