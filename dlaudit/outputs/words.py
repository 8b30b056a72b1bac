"""How metrics, slices and names are spoken of."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from string import Formatter

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import SAID, TEXT
from dlaudit.outputs.catalogue_metrics import METRICS, MetricWords
from dlaudit.outputs.translate import N_, _, is_english, ngettext
from dlaudit.record import OVERALL, UNKNOWN, Audit, Slice

_PLAIN = re.compile(r"[A-Za-z][A-Za-z -]{0,29}")
"""A noun that can stand in a sentence as it is."""
NBSP = "\N{NO-BREAK SPACE}"
PEOPLE, PAIRS = N_("people"), N_("pairs")
NOUNS = (PEOPLE, PAIRS, N_("rows"), N_("pictures"), N_("recordings"), N_("texts"))
"""What rows are called where nobody gave them another name."""


class Name(str):
    """Data text inside a sentence: it is escaped and set apart wherever the sentence is shown."""


class Prose(Name):
    """A whole sentence that another part of the audit wrote, with data text in it: shown whole."""


Sentence = tuple[str, ...]
"""Pieces of text, of which those that are `Name` come from the data."""


def said(key: str, number: float | None = None, /, **slots: str | Sentence) -> Sentence:
    """The sentence of the catalogue with its slots filled; what fills a slot is never read as a template.

    Args:
        key: Its name in the catalogue.
        number: Of a sentence for one thing and for several, how many there are.
        slots: What fills its slots.
    """
    template = SAID[key]
    if isinstance(template, str):
        return filled(_(template), **slots)
    assert number is not None, f"{key} is a plural: say how many there are"
    return filled(ngettext(template[0], template[1], number), **slots)


def filled(template: str, **slots: str | Sentence) -> Sentence:
    """A sentence in the language that is spoken with its slots filled."""
    pieces: list[str] = []
    for literal, slot, *_rest in Formatter().parse(template):
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


def lowered(sentence: Sentence) -> Sentence:
    """The English sentence with a small first letter, as it follows a colon; other languages keep theirs."""
    if not sentence or isinstance(sentence[0], Name) or not is_english():
        return sentence
    return (sentence[0][:1].lower() + sentence[0][1:], *sentence[1:])


def plain(sentence: Sentence) -> str:
    """The sentence as text, names made safe and short."""
    return "".join(neutral(piece) if isinstance(piece, Name) else piece for piece in sentence)


def neutral(piece: Name) -> str:
    """Data text made safe: a name also made short, a sentence left whole."""
    return text.prose(piece) if isinstance(piece, Prose) else text.name(piece)


def joined(names: Iterable[str]) -> Sentence:
    """`a, b and c`, every one a name."""
    return enumerated([(Name(one),) for one in names])


def enumerated(parts: Sequence[Sentence]) -> Sentence:
    """`a, b and c` of pieces of a sentence."""
    if len(parts) < 2:
        return tuple(piece for part in parts for piece in part)
    first: list[str] = []
    for at, part in enumerate(parts[:-1]):
        first += [", " if at else "", *part]
    return filled(_("{some} and {last}"), some=tuple(piece for piece in first if piece), last=parts[-1])


def all_of(parts: Sequence[Sentence]) -> Sentence:
    """`a and b and c`: conditions that hold at once."""
    told: Sentence = parts[0] if parts else ()
    for part in parts[1:]:
        told = filled(_("{one} and {other}"), one=told, other=part)
    return told


def base(metric: str) -> str:
    """The metric's name without its class: `recall` of `recall[cat]`."""
    return metric.partition("[")[0]


def words(metric: str) -> MetricWords:
    """How the metric is spoken of; a metric that the catalogue does not know goes by its own name."""
    found = METRICS.get(base(metric))
    if found is None:
        return MetricWords(base(metric).replace("_", " "))
    if is_english():
        return found
    return replace(found, label=_(found.label))


def label(metric: str) -> Sentence:
    """`selection rate`, `recall of cat`; the class, and the name of an unknown metric, are data."""
    known = base(metric) in METRICS
    spoken = words(metric).label
    name: Sentence = (spoken if known else Name(spoken),)
    _metric, opened, place = metric.partition("[")
    return filled(_("{metric} of {level}"), metric=name, level=Name(place.removesuffix("]"))) if opened else name


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
        return said("everyone") if are_people(audit) else said("every_row", rows=rows)
    found = next((one for one in audit.slices if one.id == slice_id), None)
    if found is None or not found.where:
        return said("people", rows=rows, where=Name(slice_id))
    by = found.by or sorted(found.where)
    where = all_of([(Name(one), f"{NBSP}={NBSP}", Name(level(found.where[one]))) for one in by])
    return said("people", rows=rows, where=where)


def rows_of(audit: Audit) -> Sentence:
    """What the rows are called; a name that somebody gave is data."""
    called = "pairs" if audit.data.pairs is not None else audit.data.rows_are
    if called in NOUNS:
        return (_(called),)
    return (called if _PLAIN.fullmatch(called) else Name(called),)


def who(audit: Audit) -> str:
    """The pronoun that goes with what the rows are called."""
    return "who" if are_people(audit) else "that"


def are_people(audit: Audit) -> bool:
    """Whether the rows are people, of whom one speaks otherwise than of things."""
    return audit.data.pairs is None and audit.data.rows_are == PEOPLE


def level(written: str) -> str:
    """A level, or `not recorded`."""
    return TEXT["not_recorded"] if written == UNKNOWN else written


def levels(one: Slice) -> str:
    """The slice's levels without their features, as a row is named under its features: `Black & F`."""
    return " & ".join(level(one.where[feature]) for feature in one.by) if one.where else one.id
