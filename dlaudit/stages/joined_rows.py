"""The rows that two finished runs kept, joined by their ids: the later run's, with the earlier run's scores beside."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dlaudit.errors import listed, shown
from dlaudit.record import Audit
from dlaudit.record.accepted import PackedRows
from dlaudit.stages.decisions import Altered, NotPacked, same_scores, unpacked

if TYPE_CHECKING:
    import pyarrow as pa

BEFORE = "dlaudit score before"
"""Prefix of the columns that hold the earlier run's scores."""
_TOLD = 160


@dataclass(frozen=True, kw_only=True)
class Joined:
    """Rows of both runs, or why they do not belong together."""

    table: "pa.Table | None" = None
    """The later run's rows; None where nothing is joined."""
    reason: str = ""
    """Why nothing is joined."""
    only_old: int = 0
    """Rows that only the earlier run kept."""
    only_new: int = 0
    """Rows that only the later run kept."""
    before: list[str] = field(default_factory=list)
    """Columns of the table that hold the earlier run's scores or decisions."""
    are_decisions: bool = False
    """Whether they hold decisions: labels, or 0 and 1 for each label."""
    apart: bool = False
    """Whether nothing is joined because no row is in both runs, by their ids."""
    altered: bool = False
    """Whether nothing is joined because rows of the same ids have other labels, levels, weights or units."""
    same_scores: bool = False
    """Whether both runs have the very same scores."""


def joined_rows(old: Path, new: Path, audit: Audit) -> Joined:
    """The rows that both runs kept, of two predictions.parquet; `audit` is the later run's.

    A file that is damaged, or that another program wrote, is a reason and no fault: the runs are then compared by their
    figures.
    """
    import pyarrow as pa

    try:
        tables = _read(old), _read(new)
    except _Unread as why:
        return Joined(reason=str(why))
    try:
        return _join(tables, audit)
    except (pa.ArrowException, OSError) as error:
        told = shown(str(error).split("\n", 1)[0], limit=_TOLD, quote=False)
        return Joined(reason=f"the kept rows of the two runs do not fit together ({told})")


def joined_decisions(old: PackedRows, new: Path, audit: Audit) -> Joined:
    """The rows of the later run's predictions.parquet with what an accepted baseline has for them: decisions, or values
    of a regression.

    They are the same rows, all of them, or nothing is joined.
    """
    import pyarrow as pa

    try:
        table = _read(new)
        before = unpacked(old, table, audit)
    except (_Unread, NotPacked) as why:
        cut = old.rows - len(table) if not isinstance(why, _Unread) else 0
        return Joined(reason=str(why), altered=isinstance(why, Altered), only_old=max(0, cut))
    except pa.ArrowException as error:
        told = shown(str(error).split("\n", 1)[0], limit=_TOLD, quote=False)
        return Joined(reason=f"the decisions and the kept rows do not fit together ({told})")
    names = [f"{BEFORE} {name}" for name in before.column_names]
    for name, column in zip(names, before.columns, strict=True):
        table = table.append_column(name, column)
    is_same = same_scores(old, table)
    return Joined(table=table, before=names, are_decisions=old.format == "bits", same_scores=is_same)


def have_no_row_in_common(old: Path, new: Path) -> bool:
    """Whether two predictions.parquet have no row id in common; False too where that cannot be read."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        before, after = (pq.read_table(path, columns=["row_id"])["row_id"].cast(pa.string()) for path in (old, new))
        return not pc.any(pc.is_in(after, value_set=before.combine_chunks())).as_py()
    except (pa.ArrowException, OSError, KeyError):
        return False


class _Unread(Exception):
    """A file of rows cannot be read; the text says which and why."""


def _read(path: Path) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        told = shown(str(error).split("\n", 1)[0], limit=_TOLD, quote=False)
        raise _Unread(f"{path.name} of {path.parent} cannot be read ({told})") from error
    return table


def _join(tables: tuple["pa.Table", "pa.Table"], audit: Audit) -> Joined:
    import pyarrow as pa
    import pyarrow.compute as pc

    before, after = tables
    scores, targets = (_columns(after, name) for name in ("score", "target"))
    levels = [name for name in audit.data.sensitive if name in after.column_names]
    wanted = ["row_id", *scores, *targets]
    if not scores or not targets or _lacks(after, [*wanted, *levels]) or _lacks(before, wanted):
        return Joined(reason="the two runs kept other columns")
    for table in tables:
        if pc.count_distinct(table["row_id"]).as_py() != len(table):
            return Joined(reason="row ids are not unique")
    known_ids = pa.chunked_array(before["row_id"].chunks, type=before["row_id"].type).combine_chunks()
    at = pc.index_in(after["row_id"].cast(before["row_id"].type), value_set=known_ids)
    known = after.filter(pc.is_valid(at))
    if not len(known):
        return Joined(reason="no row id is in both runs", apart=True)
    same = before.take(at.drop_null())
    if any(not _alike(same[name], known[name]) for name in targets):
        return Joined(reason="rows with the same id have other labels: the evaluation set changed", altered=True)
    if any(name in same.column_names and not _alike(same[name], known[name]) for name in levels):
        told = "rows with the same id have other sensitive features: the evaluation set changed"
        return Joined(reason=told, altered=True)
    once = [name for name in ("weight", "unit") if (name in before.column_names) != (name in after.column_names)]
    if once:
        return Joined(reason=f"only one of the two runs gives rows a {once[0]}", altered=True)
    extra = [name for name in ("weight", "unit") if name in before.column_names]
    if any(not _alike(same[name], known[name]) for name in extra):
        return Joined(reason=f"rows with the same id have another {listed(extra, quote=False)}", altered=True)
    for name in scores:
        known = known.set_column(known.column_names.index(name), name, known[name].cast(pa.float64()))
        known = known.append_column(f"{BEFORE} {name}", same[name].cast(pa.float64()))
    return Joined(
        table=known,
        only_old=len(before) - len(known),
        only_new=len(after) - len(known),
        before=[f"{BEFORE} {name}" for name in scores],
        same_scores=all(_alike(known[f"{BEFORE} {name}"], known[name]) for name in scores),
    )


def _columns(table: "pa.Table", name: str) -> list[str]:
    return [one for one in table.column_names if one == name or one.startswith(f"{name}[")]


def _lacks(table: "pa.Table", names: list[str]) -> bool:
    """Whether one of the columns is missing, or there twice."""
    return any(table.column_names.count(name) != 1 for name in names)


def _alike(one: "pa.ChunkedArray", other: "pa.ChunkedArray") -> bool:
    import pyarrow as pa

    other = other.cast(one.type)
    if pa.types.is_floating(one.type):
        return np.array_equal(one.to_numpy(), other.to_numpy(), equal_nan=True)
    return bool(one.equals(other))
