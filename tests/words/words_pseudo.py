"""A language in which every sentence stands in brackets, so that what was forgotten stands outside them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from string import Formatter

from dlaudit.outputs.translate import Translation

OPEN, CLOSE = "⟦", "⟧"
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+")
_FILE = re.compile(
    r"[\w./-]+\.(?:md|json|csv|html|toml|mo)\b|\b[0-9a-f]{12}\b|(?:crossed|gaps|more)[\d-]*-\d+\b|gaps-more-\d+"
)
"""Files, digests and anchors."""
_SPOKEN = ("aria-label", "title", "alt", "data-label", "aria-valuetext", "data-agrees", "data-differs")


@dataclass(frozen=True)
class Pseudo(Translation):
    """Every sentence in brackets, its slots outside: what fills them must have brackets of its own."""

    def text(self, message: str) -> str:
        parts = Formatter().parse(message)
        return "".join(f"{OPEN}{literal}{CLOSE}" + (f"{{{slot}}}" if slot else "") for literal, slot, *_rest in parts)

    def plural(self, one: str, many: str, number: float) -> str:
        return self.text(one if number == 1 else many)


PSEUDO = Pseudo("en-XA", {}, {}, lambda number: 0)


class Text(HTMLParser):
    """What a page says: its text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.attributes: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script")
        self.attributes += [value for key, value in attrs if key in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.told.append(data)


def outside(text: str) -> str:
    """What stands outside all brackets; a bracket leaves a blank."""
    depth, kept = 0, []
    for character in text:
        depth += character == OPEN
        if depth == 0:
            kept.append(character)
        elif character == CLOSE:
            depth -= 1
            kept.append(" ")
    return "".join(kept)


def texts_of(html: str) -> list[str]:
    """What is outside the brackets of a page, piece by piece."""
    page = Text()
    page.feed(html)
    return [*outside("\0".join(page.told)).split("\0"), *map(outside, page.attributes)]


def forgotten(pieces: Iterable[str], data: Iterable[str], known: Iterable[str]) -> list[str]:
    """Pieces with a word that comes neither from the record nor from `known`.

    Whole sentences of the record are taken out first; the words that are left must be words of names.
    """
    written = sorted(set(data), key=len, reverse=True)
    sentences = [one for one in written if one.count(" ") >= 3]
    names = {word for one in written if one.count(" ") < 3 for word in _WORD.findall(one)}
    found = []
    for piece in pieces:
        left = _FILE.sub(" ", " ".join(piece.split()))
        for one in (*sentences, *known):
            left = left.replace(" ".join(one.split()), " ")
        if any(word not in names for word in _WORD.findall(left)):
            found.append(piece.strip())
    return found


def strings(value: object, schema: frozenset[str]) -> list[str]:
    """Every string of a record, and the keys that are not its schema's."""
    if isinstance(value, dict):
        keys = [key for key in value if key not in schema]
        return [*keys, *(one for each in value.values() for one in strings(each, schema))]
    if isinstance(value, list | tuple):
        return [one for each in value for one in strings(each, schema)]
    return [value] if isinstance(value, str) else []
