"""How wide text is on a terminal, which is not its number of characters: wrapping and cutting by columns."""

import unicodedata

from dlaudit.outputs import text

_NO_COLUMN = frozenset({"Mn", "Me", "Cf"})
"""Marks that stand over or within the character before them."""
LEAST = 20
"""No text is wrapped into fewer columns."""


def columns(told: str) -> int:
    """How many columns a terminal gives the text: two for wide characters, none for marks over others."""
    return sum(
        0 if unicodedata.category(c) in _NO_COLUMN else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1
        for c in told
    )


def wrapped(told: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` columns; words that are longer stay whole, so that no number is ever cut.

    Only blanks part words: what is bound by no-break spaces, as a number and its unit, stays together.
    """
    lines: list[str] = []
    line, used = indent, columns(indent)
    for word in told.split(" "):
        wide = columns(word)
        begun = line != indent
        if begun and used + 1 + wide > max(width, LEAST):
            lines.append(line)
            line, used, begun = indent, columns(indent), False
        line, used = (f"{line} {word}", used + 1 + wide) if begun else (line + word, used + wide)
    return [*lines, line] if line != indent else lines


def fitted(name: object, width: int) -> str:
    """A name from the data made safe, cut in the middle where it takes more than `width` columns."""
    whole = text.name(name, limit=4 * max(width, 1) + 400)
    if columns(whole) <= width:
        return whole
    room = max(width - 1, 2)
    head, tail = _taken(whole, room - room // 3), _taken(whole[::-1], room // 3)[::-1]
    return f"{head}…{tail}"


def _taken(told: str, width: int) -> str:
    """As many characters from the start as take at most `width` columns."""
    used = 0
    for end, character in enumerate(told):
        used += columns(character)
        if used > width:
            return told[:end]
    return told
