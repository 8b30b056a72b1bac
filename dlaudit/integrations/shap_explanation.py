"""`audit.shap_values`: the explained rows as a `shap.Explanation`, for SHAP's own plots."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlaudit.errors import UsageError, nearest, shown
from dlaudit.record import Audit

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.stages.explain_table import KeptRows

FILE = "attributions.parquet"


def shap_values(audit: Audit, slice: str = "overall", method: str | None = None) -> Any:  # noqa: A002
    """The contributions of a slice's explained rows as a `shap.Explanation`, as SHAP's plots take them.

    `values` [n, M] and `base_values` [n] add up to the scores as closely as the method's contributions do. `data` holds
    numbers (of a level its place), `display_data` the same as a reader knows them; both are None for an Audit read from
    disk, whose rows' inputs are not kept.

    Args:
        audit: One of this process, or of `read_run`, beside whose audit.json attributions.parquet lies.
        slice: Id of the slice.
        method: Name of a method; the first choice where absent.

    Raises:
        UsageError: There are no explained rows (DLA111), or no such method or slice (DLA106).
    """
    from dlaudit.attributions.libraries.shap_object import shap_object
    from dlaudit.stages.explain_table import META

    kept = _kept(audit)
    names = json.loads(kept.table.schema.metadata[META])
    if not names["features"] and kept.table.num_rows:
        raise UsageError(
            "DLA111",
            "the texts were explained word by word, and no word is a column of all rows",
            fix=f"Read {FILE} with pandas: it has a line for each word.",
        )
    known = list(dict.fromkeys(kept.table.column("method").to_pylist())) if kept.table.num_rows else []
    chosen = _method(audit, method, known)
    of_method = kept.table.filter(_equal(kept.table, "method", chosen))
    member = _member(audit, of_method, slice)
    rows = of_method.filter(member)
    inputs = {name: values[member] for name, values in kept.inputs.items()}
    return shap_object(
        np.column_stack([rows.column(name).to_numpy() for name in names["columns"]]),
        rows.column("base_value").to_numpy(),
        names["features"],
        data=_matrix(inputs, names["features"], float),
        display_data=_matrix(inputs, names["features"], object),
    )


def _equal(table: "pa.Table", column: str, value: str) -> "pa.ChunkedArray":
    """Where a column has the value."""
    import pyarrow.compute as pc

    return pc.equal(table.column(column), value)


def _kept(audit: Audit) -> "KeptRows":
    """The explained rows of this process, or of the run that the Audit was read from."""
    from dlaudit.stages.explain_table import META, KeptRows

    if isinstance(audit.explained_kept, KeptRows):
        return audit.explained_kept
    file = Path(audit.folder) / FILE if audit.folder is not None else None
    if file is None or not file.is_file():
        raise UsageError(
            "DLA111",
            "this Audit holds no explained rows",
            expected=f"an Audit that was explained in this process, or one read from a run with {FILE}",
            fix="Run the audit again with explain.enabled and run.rows (no --no-explain, no --no-rows).",
        )
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    if META not in (table.schema.metadata or {}):
        raise UsageError(
            "DLA111",
            f"{FILE} was written by an older dlaudit, which did not say what its columns are",
            fix="Run the audit again.",
        )
    return KeptRows(table=table)


def _method(audit: Audit, asked: str | None, known: list[str]) -> str:
    if not known:
        raise UsageError(
            "DLA111",
            "no row was explained",
            fix="The report says why (what was not done).",
        )
    if asked is None:
        planned = [one.method for one in audit.explain_plan.methods] if audit.explain_plan is not None else []
        return next((one for one in planned if one in known), known[0])
    if asked not in known:
        raise UsageError(
            "DLA106",
            f"no row was explained by {shown(asked)}",
            expected=f"one of {', '.join(known)}",
            fix=f"Name one of them.{nearest(asked, known)}",
        )
    return asked


def _member(audit: Audit, table: "pa.Table", slice_id: str) -> np.ndarray[Any, Any]:
    """Which of the rows belong to the slice."""
    ids = [one.id for one in audit.slices]
    if slice_id not in ids:
        raise UsageError(
            "DLA106",
            f"there is no slice {shown(slice_id)}",
            expected="the id of a slice, as sex=F",
            fix=f"audit.slices lists them.{nearest(slice_id, ids)}",
        )
    member = np.ones(table.num_rows, dtype=bool)
    for feature, level in audit.slice_named(slice_id).where.items():
        member &= np.array(table.column(f"level[{feature}]").to_pylist(), dtype=object) == level
    if not member.any():
        raise UsageError("DLA111", f"no row of {shown(slice_id)} was explained", fix="Raise explain.sample.")
    return member


def _matrix(inputs: dict[str, np.ndarray[Any, Any]], names: list[str], kind: type) -> np.ndarray[Any, Any] | None:
    """Inputs as columns in the order of the players; None where they are not known."""
    if not inputs or set(names) - set(inputs):
        return None
    columns: list[np.ndarray[Any, Any]] = []
    for name in names:
        values = inputs[name]
        if kind is float and values.dtype == object:
            levels = sorted({str(one) for one in values})
            values = np.array([levels.index(str(one)) for one in values])
        columns.append(values.astype(kind))
    return np.column_stack(columns)
