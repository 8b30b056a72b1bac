"""Symbols: the characters or events of texts as ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Int

from dlaudit.data.plain_file import TooLargeError, read_plain
from dlaudit.errors import Place, UsageError, shown
from dlaudit.spec import SequenceInput

MOST_BYTES = 64 * 2**20
"""Bytes of a vocabulary file at most."""


@dataclass(frozen=True, kw_only=True)
class Symbols:
    """What is a symbol, and which id it has."""

    known: tuple[str, ...]
    """Symbols in order."""
    first: int
    """Id of the first one."""
    separator: str | None
    """What stands between two; None where each character is one."""
    unknown: int | str
    """Id of a symbol that is not listed; or `error`, or `drop`."""
    ids: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Id by symbol."""

    def __post_init__(self) -> None:
        self.ids.update((symbol, self.first + at) for at, symbol in enumerate(self.known))

    def of(self, text: str) -> tuple[list[int], list[str]]:
        """The ids of a text, and the symbols that are not listed."""
        parts = list(text) if self.separator is None else [part for part in text.split(self.separator) if part]
        missing = [part for part in parts if part not in self.ids]
        if not missing:
            return [self.ids[part] for part in parts], []
        instead = [self.unknown] if isinstance(self.unknown, int) else []
        return [one for part in parts for one in ([self.ids[part]] if part in self.ids else instead)], missing

    def called(
        self, ids: Int[np.ndarray, "n time"], there: Bool[np.ndarray, "n time"], padding: str
    ) -> list[list[str]]:
        """What the places of each row are called: the symbol, said to be the first or last one where it is."""
        names = {self.first + at: symbol for at, symbol in enumerate(self.known)}
        made = []
        for row, here in zip(ids.tolist(), there, strict=True):
            places = np.flatnonzero(here)
            one = [names.get(number, "(not listed)") if at else padding for number, at in zip(row, here, strict=True)]
            if len(places):
                one[places[-1]] += " (last)"
                one[places[0]] += " (first)" if len(places) > 1 else ""
            made.append(one)
        return made


def symbols_of(asked: SequenceInput) -> Symbols:
    """The symbols that `[input.sequence]` names.

    Raises:
        UsageError: The file cannot be read (DLA111), or symbols repeat, are empty, or have the id of padding (DLA107).
    """
    known = _listed(asked.vocabulary) if asked.vocabulary is not None else list(asked.characters or "")
    _check(known, asked)
    return Symbols(known=tuple(known), first=asked.first, separator=asked.separator, unknown=asked.unknown)


def _listed(path: str) -> list[str]:
    place = Place(file=path, key="input.sequence.vocabulary")
    try:
        return read_plain(path, MOST_BYTES).decode("utf-8").splitlines()
    except TooLargeError as large:
        raise UsageError("DLA318", f"the vocabulary is too large: {large}", place=place, fix="Cut it.") from large
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "DLA111",
            "the vocabulary cannot be read",
            place=place,
            expected="a UTF-8 file with one symbol a line",
            fix="Correct input.sequence.vocabulary.",
        ) from error


def _check(known: Sequence[str], asked: SequenceInput) -> None:
    wrong = _why_wrong(known, asked)
    if wrong is not None:
        raise UsageError(
            "DLA107",
            f"the symbols of [input.sequence] cannot be used: {wrong}",
            expected="each symbol once, and an id for padding that none has",
            fix="Give them as the model was trained with: characters or vocabulary, first and pad.",
        )


def _why_wrong(known: Sequence[str], asked: SequenceInput) -> str | None:
    if not known:
        return "there are none"
    if "" in known:
        return "one of them is empty"
    if len(set(known)) != len(known):
        again = next(one for at, one in enumerate(known) if one in known[:at])
        return f"{shown(again)} is there twice"
    if asked.first <= asked.pad < asked.first + len(known):
        return f"padding has the id {int(asked.pad)} of {shown(known[int(asked.pad) - asked.first])}"
    return None
