"""What moved the scores of the rows that are shown, where the audit explained them anyway."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.data.showing import RowParts
from dlaudit.stages.explain_table import META, KeptRows

_DIGITS = 4


def parts_of(kept: KeptRows | None, ids: Sequence[str]) -> tuple[str | None, list[RowParts | None]]:
    """The method that comes first, and the contributions of every row of those ids that it explained.

    Args:
        kept: The explained rows; None where nothing was explained.
        ids: Texts of the id column, or record numbers.
    """
    if kept is None or not kept.table.num_rows or "method" not in kept.table.column_names:
        return None, [None for _ in ids]
    method = str(kept.table.column("method")[0].as_py())
    ours = pc.and_(
        pc.equal(kept.table.column("method"), method),
        pc.is_in(kept.table.column("row_id"), value_set=pa.array(list(ids), pa.string())),
    )
    table = kept.table.filter(ours)
    found = _of_words(table) if "word" in table.column_names else _of_columns(table)
    return method, [found.get(one) for one in ids]


def _of_columns(table: pa.Table) -> dict[str, RowParts]:
    """Of rows that have a column for each part."""
    named = json.loads(table.schema.metadata[META])
    features, columns = named["features"], named["columns"]
    held = {column: table.column(column).to_pylist() for column in columns}
    return {
        row_id: RowParts(
            by_name={name: _short(held[column][at]) for name, column in zip(features, columns, strict=True)}
        )
        for at, row_id in enumerate(table.column("row_id").to_pylist())
    }


def _of_words(table: pa.Table) -> dict[str, RowParts]:
    """Of rows that have a line for each word; a place of 0 is a column beside the text."""
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in table.select(["row_id", "place", "word", "contribution"]).to_pylist():
        lines.setdefault(line["row_id"], []).append(line)
    return {
        row_id: RowParts(
            by_name={one["word"]: _short(one["contribution"]) for one in several if not one["place"]},
            words=[(one["word"], _short(one["contribution"])) for one in several if one["place"]],
        )
        for row_id, several in lines.items()
    }


def _short(value: float) -> float:
    """A contribution to a few digits: the page shows no more of them."""
    return float(f"{value:.{_DIGITS}g}")
