"""Single rows of a file once more: their cells, and a digest of every row that does not depend on the order."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from jaxtyping import Int, UInt64

from dlaudit.data.cells import as_text
from dlaudit.data.ids import text_hashes
from dlaudit.data.raw import RawTable
from dlaudit.data.roles import Roles

_CHUNK = 65_536
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def cells_at(raw: RawTable, columns: Sequence[str], records: Int[np.ndarray, " n"]) -> dict[str, pa.Array]:
    """Those columns of the records of those numbers (from 1), in that order; the file is read up to the last one.

    Raises:
        IndexError: There is no such record.
    """
    order = np.argsort(records, kind="stable")
    sought, parts, first = records[order], [], 1
    for batch in raw.batches(_CHUNK, list(columns)):
        here = sought[(sought >= first) & (sought < first + batch.num_rows)]
        parts.append(batch.take(pa.array(here - first)))
        first += batch.num_rows
        if not len(sought) or first > sought[-1]:
            break
    found = pa.Table.from_batches(parts)
    if found.num_rows != len(records):
        raise IndexError(f"there is no record {int(sought[-1])}")
    back = pa.array(np.argsort(order, kind="stable"))
    return {name: found.column(name).combine_chunks().take(back) for name in columns}


def beside_scores(raw: RawTable, roles: Roles) -> list[str]:
    """Columns of a predictions file that say what a row is: neither label nor score, id, weight, unit or level."""
    taken = {*roles.target, *roles.scores, *roles.groups, roles.id, roles.weight, roles.unit, *raw.joined}
    return [name for name in raw.columns if name not in taken]


def row_digests(raw: RawTable, columns: Sequence[str]) -> UInt64[np.ndarray, " records"]:
    """A digest of the cells of every record: equal rows have equal ones, wherever they stand."""
    parts = [np.zeros(0, dtype=np.uint64)]
    for batch in raw.batches(_CHUNK, list(columns)):
        made = np.zeros(batch.num_rows, dtype=np.uint64)
        for column in batch.columns:
            made = (made * _FACTOR) ^ text_hashes(_whole(as_text(column).fill_null("")))
            made ^= made >> np.uint64(31)
        parts.append(made)
    return np.concatenate(parts)


def _whole(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if column.type != pa.string() else column
