"""Columns that the slice search combines, read beside the model's inputs: numbers as numbers, all else as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.data.cells import Column, as_numbers, as_text, is_missing, objects
from dlaudit.data.modalities import asked_kinds
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.data.raw_rows import RawRows
from dlaudit.data.roles import Roles
from dlaudit.errors import UsageError, listed
from dlaudit.spec import AuditSpec

MOST_WATCHED = 64
"""Model inputs that are read for the search at most, the first ones; `discover.columns` names others."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Which columns to read, and how."""

    names: tuple[str, ...] = ()
    """Columns; the sensitive and control features are not among them, whose levels are known by themselves."""
    numbers: frozenset[str] = frozenset()
    """Those that are numbers."""
    not_read: tuple[str, ...] = ()
    """Model inputs that were left out."""
    missing: tuple[str, ...] = ("",)
    """`data.missing`."""

    def read(self, columns: dict[str, pa.Array], first_row: int, file: RawTable) -> dict[str, np.ndarray[Any, Any]]:
        """Column to float32 [n], NaN where missing or infinite; or to text [n] (object), None where missing.

        Raises:
            DataRefused: A cell of a column of numbers is no number (DLA312).
        """
        return {name: self._read(name, columns[name], first_row, file) for name in self.names}

    def _read(self, name: str, column: pa.Array, first_row: int, file: RawTable) -> np.ndarray[Any, Any]:
        if name not in self.numbers:
            return objects(as_text(column), is_missing(column, self.missing))
        of = Column(name=name, first_row=first_row, file=file, missing=self.missing, keep_infinite=True)
        values = as_numbers(column, of)
        return np.where(np.isfinite(values), values, np.nan).astype(np.float32)


def watched(raw: RawTable, roles: Roles, spec: AuditSpec, *, encoded: bool) -> Watched:
    """The columns of `discover.columns`, else the model inputs that are no files, texts or series.

    None where no search is asked for.

    Columns of text are numbers where all of the first 100,000 cells are, or where the model's inputs are encoded and
    the column is not one-hot.

    Args:
        raw: The data.
        roles: Its columns.
        spec: `[discover]`, `[input.table]`, `data.missing`.
        encoded: Whether the inputs are encoded to numbers, which text would have failed.

    Raises:
        UsageError: `discover.columns` names a column that is no feature of a row (DLA308).
        DataRefused: It names a column that is not there (DLA308).
    """
    if not spec.discover.enabled or roles.weight is not None:
        return Watched()
    declared = spec.discover.columns
    if declared is not None:
        require(declared, raw.columns, key="discover.columns", file=raw.path)
        _check_features(declared, roles)
    taken = {*roles.groups, *_no_features(roles)}
    media = {column for columns in asked_kinds(spec).values() for column in columns}
    asked = [name for name in roles.features if name not in media] if declared is None else dict.fromkeys(declared)
    names = [name for name in asked if name not in taken]
    read = names[:MOST_WATCHED] if declared is None else names
    missing = tuple(spec.data.missing)
    plain = {name for name in read if encoded and name in roles.features}
    onehot = spec.input.table.onehot if spec.input.table is not None else {}
    numbers = {name for name in plain if name not in onehot} | _numbers(
        raw, [n for n in read if n not in plain], missing
    )
    return Watched(
        names=tuple(read),
        numbers=frozenset(numbers),
        not_read=tuple(names[len(read) :]),
        missing=missing,
    )


def _numbers(raw: RawTable, names: Sequence[str], missing: Sequence[str]) -> set[str]:
    if not names:
        return set()
    texts = RawRows.peek(raw, names, missing).types
    stored = next(raw.batches(1, names)).schema
    types = {name: texts.get(name, stored.field(name).type) for name in names}
    return {name for name, kind in types.items() if pa.types.is_integer(kind) or pa.types.is_floating(kind)}


def _no_features(roles: Roles) -> set[str]:
    single = (roles.id, roles.weight, roles.unit)
    return {*roles.target, *roles.scores, *(name for name in single if name is not None)}


def _check_features(names: Sequence[str], roles: Roles) -> None:
    wrong = [name for name in names if name in _no_features(roles)]
    if wrong:
        raise UsageError(
            "DLA308",
            f"discover.columns names {listed(wrong)}: the target, a score, the id, the weight or the unit",
            expected="columns that describe a row",
            fix="Take it out of discover.columns.",
        )
