"""How the parts of one gap are written in a sentence, and how an input is spoken of where inputs are words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.words import Name, Sentence, said, words
from dlaudit.record import Contribution, Decomposition, InputGroup, Part

WITHOUT_WORDS = "(the text without its words)"
"""The part of a gap that is there before any word is: it stands in every gap that is split over words."""
FAR = 0.25
"""Share of all contributions that another reference moves, from which it is a caution."""
FOLDED = 0.03
"""A part below this share of the largest is neither spoken of nor drawn by itself."""
MOST_BARS, MOST_MARKED = 10, 4
"""Parts that are drawn by their size, and further ones that are more than chance."""

Unit = Contribution | InputGroup


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How the parts of one gap are written beside one another: as people of a hundred, or as numbers."""

    base: int | None
    """People of whom the parts are counted; None where the metric is no share of people."""
    number: text.Format
    of_words: bool = False
    """Whether the parts are words, which stand in quotation marks."""

    def of(self, value: float) -> str:
        """The size of a part, with its unit; empty where it rounds to nobody."""
        if self.base is None:
            unit = text.points_unit() if self.number is text.points else ""
            return self.number(value).lstrip(f"+{text.MINUS}") + unit
        heads = round(abs(value) * self.base)
        return text.count(heads) if heads else ""

    def heads(self, parts: Sequence[Part]) -> int:
        """How many things the parts together are, for the plural: people, or points, or one number."""
        if self.base is None:
            return 2 if self.number is text.points else 1
        return round(abs(math.fsum(part.value for part in parts)) * self.base)

    def named(self, unit: Unit) -> Sentence:
        """The input's name; a word in quotation marks, but not what is in brackets because it is no word."""
        name = unit_named(unit)
        return ("“", *name, "”") if self.of_words and not name[0].startswith("(") else name


def amounts_of(split: Decomposition) -> Amounts:
    """How the parts of this gap are written."""
    spoken, heads, of_words = words(split.metric), text.in_people(split.gap), is_of_words(split)
    if spoken.clause and heads:
        base = int("".join(digit for digit in heads[1] if digit.isdigit()))
        return Amounts(base=base, number=text.points, of_words=of_words)
    return Amounts(base=None, number=text.points if spoken.rate else text.decimal, of_words=of_words)


def units(split: Decomposition) -> Sequence[Unit]:
    """What the gap is split over: inputs, those that go together as one, largest part first."""
    return split.groups or split.contributions


def with_bars(split: Decomposition) -> list[Unit]:
    """The units that a picture of the gap draws one by one; it adds up the others."""
    whole = list(units(split))
    largest = max((abs(part.value) for part in whole), default=0.0)
    kept = [part for part in whole if abs(part.value) >= FOLDED * largest][:MOST_BARS]
    sure = [part for part in whole if part not in kept and part.marked and part.p_adjusted is not None]
    kept += sure[:MOST_MARKED]
    small = [part for part in whole if part not in kept]
    return [*kept, *small] if len(small) == 1 else kept


def is_of_words(split: Decomposition) -> bool:
    """Whether the gap is split over the words of texts."""
    return any(part.feature == WITHOUT_WORDS for part in split.contributions)


def unit_named(unit: Unit) -> Sentence:
    """`income`, or `income and 2 that go with it` for inputs that share their credit."""
    if isinstance(unit, Contribution):
        return (Name(unit.feature),)
    first, *others = (Name(one) for one in unit.members)
    if not others:
        return (first,)
    if len(others) == 1:
        return said("with_one", first=first, second=others[0])
    return said("with_others", first=first, count=text.count(len(others)))


def is_far(split: Decomposition) -> bool:
    """Whether another reference would change much of the split."""
    other = split.other_reference
    return other is not None and (other.moved is None or other.moved >= FAR)


def reference_told(split: Decomposition) -> Sentence:
    """How much another choice of what absent parts become would change the split; empty where none was tried."""
    other = split.other_reference
    if other is None:
        return ()
    unit = text.points_unit() if words(split.metric).rate else ""
    number = text.points if words(split.metric).rate else text.decimal
    return said(
        "other_reference" if other.moved is not None else "other_reference_alone",
        reference=(Name(other.reference),),
        moved=text.percent(other.moved),
        rows=text.count(other.rows),
        feature=(Name(other.feature),),
        largest=number(other.largest).lstrip(f"+{text.MINUS}") + unit,
    )
