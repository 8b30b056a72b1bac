"""Which columns are target, sensitive features and id where nobody said so: by fixed names, never by content."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.names import folded
from dlaudit.data.raw import RawTable
from dlaudit.errors import UsageError, listed
from dlaudit.record import Guess
from dlaudit.spec import AuditSpec

TARGETS = ("target", "label", "y", "class", "outcome")
"""Names of a target."""
IDS = ("id", "row_id")
"""Names of an id."""
SENSITIVE = frozenset(
    {
        "sex",
        "gender",
        "race",
        "ethnicity",
        "race_ethnicity",
        "age",
        "age_group",
        "age_range",
        "disability",
        "religion",
        "nationality",
        "national_origin",
        "marital_status",
        "sexual_orientation",
        "pregnancy",
        "veteran_status",
    }
)
"""Names of sensitive features."""
_PEEK = 100_000
_GLANCE = 1_000
"""Rows that are looked at where every column is read."""


def toml_list(names: Sequence[str]) -> str:
    """A TOML array of strings."""
    return "[" + ", ".join(json.dumps(name, ensure_ascii=False) for name in names) + "]"


def guess_target(raw: RawTable, spec: AuditSpec) -> Guess:
    """The one column that is called like a target, or like the model file.

    Raises:
        UsageError: There is none, or more than one (DLA308).
    """
    stem = {folded(Path(spec.model.path).stem)} if spec.model.path else set()
    wanted = {*TARGETS, *stem}
    found = [name for name in raw.columns if folded(name) in wanted]
    if len(found) != 1:
        said = "no column is called like one" if not found else f"{listed(found)} could each be it"
        raise UsageError(
            "DLA308",
            f"the target column is not given, and {said}",
            expected=f"--target COLUMN, one of {listed(_two_valued_first(raw, spec), most=12)}",
            fix="Name the column of true labels: --target COLUMN.",
        )
    return Guess(
        what="data.target",
        value=found[0],
        why=f"the only column called {', '.join(sorted(wanted))}",
        toml=f"[data]\ntarget = {json.dumps(found[0], ensure_ascii=False)}",
    )


def _two_valued_first(raw: RawTable, spec: AuditSpec) -> list[str]:
    """The columns, those with two values in the first rows before the others: most often the target is one of them."""
    first = next(raw.batches(_GLANCE), None)
    if first is None:
        return list(raw.columns)
    two = {name for name, cells in zip(raw.columns, first.columns, strict=True) if _values(cells, spec) == 2}
    return sorted(raw.columns, key=lambda name: name not in two)


def _values(cells: pa.Array, spec: AuditSpec) -> int:
    """How many different values there are, missing ones left out; 0 of lists and bytes."""
    if pa.types.is_nested(cells.type) or pa.types.is_binary(cells.type) or pa.types.is_large_binary(cells.type):
        return 0
    known = as_text(cells).filter(pc.invert(pa.array(is_missing(cells, spec.data.missing))))
    return len(known.unique())


def guess_sensitive(raw: RawTable, spec: AuditSpec, taken: Sequence[str]) -> tuple[list[str], Guess]:
    """The columns that are called like sensitive features and have few enough levels, or bins.

    Raises:
        UsageError: There is none (DLA308).
    """
    named = [name for name in raw.columns if folded(name) in SENSITIVE and name not in taken]
    found = [name for name in named if name in spec.slices.bins or not _many_levels(raw, name, spec.slices.max_levels)]
    if not found:
        many = f" ({listed(named)} has too many values without slices.bins)" if named else ""
        raise UsageError(
            "DLA308",
            f"no sensitive column is given, and none is called like one{many}",
            expected=f"--sensitive COLUMN[,COLUMN], of {listed(raw.columns, most=12)}",
            fix="Name the demographic columns: --sensitive sex,race; they may stand in a second file (--demographics).",
        )
    guess = Guess(
        what="slices.sensitive",
        value=", ".join(found),
        why="columns called like demographic ones",
        toml=f"[slices]\nsensitive = {toml_list(found)}",
    )
    return found, guess


def guess_id(raw: RawTable, taken: Sequence[str]) -> Guess | None:
    """The one column called `id` or `row_id`; None where there is none, or both."""
    found = [name for name in raw.columns if folded(name) in IDS and name not in taken]
    if len(found) != 1:
        return None
    return Guess(
        what="data.id",
        value=found[0],
        why="the only column called id or row_id",
        toml=f"[data]\nid = {json.dumps(found[0], ensure_ascii=False)}",
    )


def _many_levels(raw: RawTable, name: str, most: int) -> bool:
    """Whether the first rows already show more than `most` levels: age in years is meant with bins."""
    first = next(raw.batches(_PEEK, [name]), None)
    return first is not None and len(first.column(0).unique()) > most
