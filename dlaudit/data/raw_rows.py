"""Feature columns handed to the user's own code: numbers where the file holds numbers, text elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.cells import Column, as_numbers, as_text, is_missing
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused

_PEEK = 100_000
_WHOLE = r"^(0|-?[1-9][0-9]{0,14})$"
_NUMBER = r"^-?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]+)?$"


@dataclass(frozen=True, kw_only=True)
class RawRows:
    """How text columns are handed on.

    A text column is numeric where each of its first 100,000 cells is a number without leading zeros (`02139` is a
    code) or missing; a later cell that is no number is then an error. The type is settled once, so that no batch
    differs from another.
    """

    types: dict[str, pa.DataType]
    """int64, float64 or string for every column that the file holds as text."""
    missing: tuple[str, ...]
    """`data.missing`: null in the rows."""

    @classmethod
    def peek(cls, raw: RawTable, features: Sequence[str], missing: Sequence[str]) -> "RawRows":
        """The types that the first rows have."""
        first = next(raw.batches(_PEEK, list(features)))
        types = {
            name: _type_of(column, missing)
            for name, column in zip(features, first.columns, strict=True)
            if pa.types.is_string(column.type)
        }
        return cls(types=types, missing=tuple(missing))

    def table(self, columns: dict[str, pa.Array], first_row: int, file: RawTable) -> pa.Table:
        """The rows as the user's `preprocess` gets them.

        Raises:
            DataRefused: A cell of a numeric column is no number (DLA312).
        """
        typed = {}
        for name, column in columns.items():
            of = Column(name=name, first_row=first_row, file=file, missing=self.missing, keep_infinite=True)
            typed[name] = self._typed(column, of)
        return pa.table(typed)

    def _typed(self, column: pa.Array, of: Column) -> pa.Array:
        wanted = self.types.get(of.name)
        if wanted is None:
            return column
        if pa.types.is_string(wanted):
            return pc.if_else(pa.array(is_missing(column, of.missing)), pa.scalar(None, pa.string()), as_text(column))
        numbers = as_numbers(column, of)
        if pa.types.is_integer(wanted):
            broken = np.flatnonzero(~np.isnan(numbers) & ((np.floor(numbers) != numbers) | (np.abs(numbers) >= 2**53)))
            if len(broken):
                raise DataRefused(
                    "DLA312",
                    "the column holds whole numbers up to here",
                    place=of.place(int(broken[0])),
                    fix="Save the data as Parquet, which declares its types, or define read_data in your code.",
                )
        return pa.array(numbers, from_pandas=True).cast(wanted)


def _type_of(column: pa.Array, missing: Sequence[str]) -> pa.DataType:
    present = column.filter(pa.array(~is_missing(column, missing)))
    if not len(present):
        return pa.string()
    if pc.all(pc.match_substring_regex(present, _WHOLE)).as_py():
        return pa.int64()
    digits = pc.match_substring_regex(present, "[0-9]")
    number = pc.and_(pc.match_substring_regex(present, _NUMBER), digits)
    return pa.float64() if pc.all(number).as_py() else pa.string()
