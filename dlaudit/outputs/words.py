"""How metrics, slices and names are spoken of."""

import re
from collections.abc import Iterable
from string import Formatter

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import METRICS, SAID, TEXT, MetricWords
from dlaudit.record import OVERALL, UNKNOWN, Audit, Slice

_PLAIN = re.compile(r"[A-Za-z][A-Za-z -]{0,29}")
"""A noun that can stand in a sentence as it is."""
NBSP = "\N{NO-BREAK SPACE}"


class Name(str):
    """Data text inside a sentence: it is escaped and set apart wherever the sentence is shown."""


class Prose(Name):
    """A whole sentence that another part of the audit wrote, with data text in it: shown whole."""


Sentence = tuple[str, ...]
"""Pieces of text, of which those that are `Name` come from the data."""


def said(key: str, **slots: str | Sentence) -> Sentence:
    """The sentence of the catalogue with its slots filled; what fills a slot is never read as a template."""
    pieces: list[str] = []
    for literal, slot, _, _ in Formatter().parse(SAID[key]):
        pieces.append(literal)
        if slot is not None:
            filling = slots[slot]
            pieces.extend([filling] if isinstance(filling, str) else filling)
    return tuple(piece for piece in pieces if piece)


def capitalised(sentence: Sentence) -> Sentence:
    """The sentence with a capital first letter, unless it begins with data."""
    if not sentence or isinstance(sentence[0], Name):
        return sentence
    return (sentence[0][:1].upper() + sentence[0][1:], *sentence[1:])


def plain(sentence: Sentence) -> str:
    """The sentence as text, names made safe and short."""
    return "".join(neutral(piece) if isinstance(piece, Name) else piece for piece in sentence)


def neutral(piece: Name) -> str:
    """Data text made safe: a name also made short, a sentence left whole."""
    return text.prose(piece) if isinstance(piece, Prose) else text.name(piece)


def joined(names: Iterable[str]) -> Sentence:
    """`a, b and c`, every one a name."""
    listed = [Name(one) for one in names]
    pieces: list[str] = []
    for at, one in enumerate(listed):
        if at:
            pieces.append(" and " if at == len(listed) - 1 else ", ")
        pieces.append(one)
    return tuple(pieces)


def base(metric: str) -> str:
    """The metric's name without its class: `recall` of `recall[cat]`."""
    return metric.partition("[")[0]


def words(metric: str) -> MetricWords:
    """How the metric is spoken of; a metric that the catalogue does not know goes by its own name."""
    return METRICS.get(base(metric)) or MetricWords(base(metric).replace("_", " "))


def label(metric: str) -> Sentence:
    """`selection rate`, `recall of cat`; the class, and the name of an unknown metric, are data."""
    known = base(metric) in METRICS
    spoken = words(metric).label
    _, opened, place = metric.partition("[")
    of = (" of ", Name(place.removesuffix("]"))) if opened else ()
    return (spoken if known else Name(spoken), *of)


def figure(metric: str) -> text.Format:
    """How a value of the metric is written."""
    return text.percent if words(metric).rate else text.decimal


def difference(metric: str) -> text.Format:
    """How a difference of two values of the metric is written: percentage points of a rate."""
    return text.points if words(metric).rate else text.change


def people(audit: Audit, slice_id: str | None) -> Sentence:
    """`people with race = Black and sex = F` (or pairs with it); the id where there is no such slice."""
    rows = rows_of(audit)
    if slice_id is None or slice_id == OVERALL:
        return said("everyone") if rows == ("people",) else said("every_row", rows=rows)
    found = next((one for one in audit.slices if one.id == slice_id), None)
    if found is None or not found.where:
        return said("people", rows=rows, where=Name(slice_id))
    pieces: list[str] = []
    for feature in found.by or sorted(found.where):
        pieces += [" and " if pieces else "", Name(feature), f"{NBSP}={NBSP}", Name(level(found.where[feature]))]
    return said("people", rows=rows, where=tuple(piece for piece in pieces if piece))


def rows_of(audit: Audit) -> Sentence:
    """What the rows are called; a name that somebody gave is data."""
    called = "pairs" if audit.data.pairs is not None else audit.data.rows_are
    return (called if _PLAIN.fullmatch(called) else Name(called),)


def who(audit: Audit) -> str:
    """The pronoun that goes with what the rows are called."""
    return "who" if rows_of(audit) == ("people",) else "that"


def level(written: str) -> str:
    """A level, or `not recorded`."""
    return TEXT["not_recorded"] if written == UNKNOWN else written


def levels(one: Slice) -> str:
    """The slice's levels without their features, as a row is named under its features: `Black & F`."""
    return " & ".join(level(one.where[feature]) for feature in one.by) if one.where else one.id
