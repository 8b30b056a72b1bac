"""Forms of values that many rows, or people, of the file share, and columns whose rare values could be told."""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.cells import as_text
from dlaudit.data.showing import COMMON, Showing

MOST_FORMS = 10_000
"""Different texts of a column that are counted; where there are more, only those of the rows that are shown are."""
NUMBER = r"^\s*-?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\s*$"
_CHUNK = 65_536
Coded = Callable[[pa.Array], pa.Array]
"""Codes of numbers that are given as texts."""


@dataclass(kw_only=True)
class Tally:
    """How many rows, or people where a unit is declared, have each form of a column."""

    wanted: frozenset[Hashable]
    """Forms of the rows that are shown: they are always counted."""
    counts: dict[Hashable, int] = field(default_factory=dict)
    """Rows of each form; people where these are counted."""
    people: dict[Hashable, set[str]] = field(default_factory=dict)
    """People of each form, as many as matter."""
    many: bool = False
    """Whether there are more texts than are counted."""

    def add(self, forms: pa.Array, units: pa.Array | None) -> None:
        """Count some rows by their form, each unit once."""
        if units is None:
            for one in pc.value_counts(forms).to_pylist():
                if self._counted(one["values"]):
                    self.counts[one["values"]] = self.counts.get(one["values"], 0) + one["counts"]
        else:
            pairs = pa.table({"form": forms, "unit": units}).group_by(["form", "unit"]).aggregate([])
            for form, unit in zip(pairs.column("form").to_pylist(), pairs.column("unit").to_pylist(), strict=True):
                if self._counted(form):
                    held = self.people.setdefault(form, set())
                    if len(held) < COMMON:
                        held.add(unit)
                    self.counts[form] = len(held)
        if len(self.counts) > MOST_FORMS and not self.many:
            self.many = True
            self.counts = {form: rows for form, rows in self.counts.items() if form in self.wanted}
            self.people = {form: units for form, units in self.people.items() if form in self.wanted}

    def _counted(self, form: Hashable) -> bool:
        return not self.many or form in self.wanted

    def common(self) -> frozenset[Hashable]:
        """The forms that `COMMON` rows share."""
        return frozenset(form for form, rows in self.counts.items() if rows >= COMMON)

    def tells(self) -> bool:
        """Whether a value that is hidden could be told: where fewer than two forms are common, or only one is rare."""
        common = len(self.common())
        rare = MOST_FORMS if self.many else len(self.counts) - common
        return rare > 0 and (common < 2 or rare == 1)


def tallies(forms: Mapping[str, frozenset[Hashable]], how: Showing, coded: Coded) -> dict[str, Tally]:
    """The forms of those columns in the whole file.

    Args:
        forms: For each column the forms of the rows that are shown: texts as they are, numbers by their code.
        how: What is asked.
        coded: Codes of numbers.
    """
    made = {name: Tally(wanted=wanted) for name, wanted in forms.items()}
    for batch in how.file.batches(_CHUNK, [*made, *how.units]) if made else ():
        columns = [pc.fill_null(as_text(column), "") for column in batch.columns]
        units = columns[-1] if how.units else None
        for tally, column in zip(made.values(), columns, strict=False):
            number = pc.and_(pc.match_substring_regex(column, NUMBER), pc.match_substring_regex(column, "[0-9]"))
            other = pc.invert(number)
            tally.add(column.filter(other), None if units is None else units.filter(other))
            tally.add(coded(column.filter(number)), None if units is None else units.filter(number))
    return made


def is_number(text: str) -> bool:
    """Whether a text is a number that is rounded where masked."""
    return re.match(NUMBER, text) is not None and any(character.isdigit() for character in text)
