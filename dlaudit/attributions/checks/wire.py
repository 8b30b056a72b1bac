"""Checks on their way from the model's process to the parent's: a table of columns per method, and a JSON part."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dlaudit.attributions.checks.found import ChecksFound, RowChecks
from dlaudit.attributions.checks.people import FEWEST_ROWS
from dlaudit.record.judged import NotApplicable

if TYPE_CHECKING:
    import pyarrow as pa

FIGURE, NULL = "figure:", "null:"
_TOGETHER = {"faithfulness", "infidelity", "even_split", "product", "square"}
"""Figures without which none can be judged."""


def table_name(method: str) -> str:
    """Name of the table of a method's checks."""
    return f"{method}/checks"


def to_wire(found: ChecksFound) -> "tuple[dict[str, Any], dict[str, pa.Table]]":
    """The JSON part and a table per method: float64 columns `figure:MEASURE` and `null:MEASURE`, NaN for undefined."""
    import pyarrow as pa

    tables = {}
    for method, checks in found.methods.items():
        columns = {FIGURE + measure: figures for measure, figures in checks.figures.items()}
        columns |= {NULL + measure: figures for measure, figures in checks.nulls.items()}
        tables[table_name(method)] = pa.table(
            {name: pa.array(np.asarray(one, dtype=np.float64), pa.float64()) for name, one in columns.items()}
        )
    left_out = [{"what": one.what, "reason": one.reason} for one in found.not_applicable]
    return {"model": dict(found.model), "not_applicable": left_out}, tables


def from_wire(written: object, tables: "Mapping[str, pa.Table]", rows: int) -> ChecksFound:
    """The checks that `to_wire` wrote.

    Args:
        written: The JSON part.
        tables: Tables by name; those of checks are recognised by it.
        rows: Number of explained rows.

    Raises:
        ModelRefused: The model's process answered in another form.
    """
    from dlaudit.models.replies import forged

    match written:
        case {"model": dict(model), "not_applicable": list(left_out)}:
            pass
        case _:
            raise forged("checks of another form")
    if not all(isinstance(one, int | float) and np.isfinite(one) for one in model.values()):
        raise forged("figures of checks that are no numbers")
    ending = table_name("")
    return ChecksFound(
        methods={
            name.removesuffix(ending): row_checks(table, rows)
            for name, table in tables.items()
            if name.endswith(ending)
        },
        model={str(name): float(one) for name, one in model.items()},
        not_applicable=[_left_out(one) for one in left_out],
    )


def row_checks(table: "pa.Table", rows: int) -> RowChecks:
    """One method's checks from its table.

    Raises:
        ModelRefused: The table has another form: other columns, another length, or an infinite number.
    """
    import pyarrow as pa

    from dlaudit.models.replies import forged

    figures, nulls = {}, {}
    for name in table.column_names:
        column = table.column(name)
        if table.num_rows != rows or column.type != pa.float64() or column.null_count:
            raise forged("a column of checks of another form")
        values = np.array(column.to_numpy(), dtype=np.float64)
        if np.isinf(values).any():
            raise forged("an infinite figure of a check")
        if name.startswith(FIGURE):
            figures[name.removeprefix(FIGURE)] = values
        elif name.startswith(NULL):
            nulls[name.removeprefix(NULL)] = values
        else:
            raise forged("a column of checks of another name")
    return RowChecks(figures=figures, nulls=nulls)


def whole(found: RowChecks) -> bool:
    """Whether figures that are judged together are all there, as those of `check_rows` are."""
    figures, nulls = set(found.figures), set(found.nulls)
    if not figures:
        return True
    few = "faithfulness" in figures and np.isfinite(found.figures["faithfulness"]).sum() < FEWEST_ROWS
    beside = few or ("apart" in figures and {"faithfulness", "infidelity"} <= nulls)
    return figures >= _TOGETHER and beside and ("noise" not in figures or "noise" in nulls)


def _left_out(written: object) -> NotApplicable:
    from dlaudit.models.replies import forged

    match written:
        case {"what": str(what), "reason": str(reason)}:
            return NotApplicable(what=what, reason=reason)
    raise forged("a reason of another form")
