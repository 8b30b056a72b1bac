"""The explained rows as a table: what attributions.parquet holds, and what SHAP's plots are made of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from dlaudit.attributions import Answer
from dlaudit.stages.explain_material import Material

Array = np.ndarray[Any, Any]
META = b"dlaudit"
"""Key of the schema's metadata; its value is JSON with `features` (names of the players) and `columns` (theirs)."""


@dataclass(frozen=True, kw_only=True)
class KeptRows:
    """Explained rows, in the process that explained them."""

    table: pa.Table
    """As attributions.parquet holds them."""
    inputs: dict[str, Array] = field(default_factory=dict)
    """Inputs of the explained rows as a reader knows them, by feature; empty where they are encoded elsewhere. In the
    order of the rows of each method."""


def kept_rows(answer: Answer, material: Material, at: Array) -> KeptRows:
    """The explained rows at those places among the kept ones.

    The table has, for each method and row: `row_id`, `method`, `base_value` (the reference's score, to which the
    contributions are added), `completeness_error`, a column per player, `standard_error[PLAYER]` where the method's own
    sampling has one, and `level[FEATURE]`, the level of each sensitive and control feature.
    """
    chosen = material.kept[at]
    ids = np.concatenate([batch.row_ids for batch in material.scored.batches])[chosen]
    score = material.rows.score[chosen, material.question.class_index]
    names = column_names(answer.features)
    levels = levels_at(material, material.rows.atom[chosen])
    tables = []
    for method in answer.methods:
        columns = {
            "row_id": pa.array(ids, pa.string()),
            "method": pa.array([method.method] * len(ids), pa.string()),
            "base_value": pa.array(score - method.change),
            "completeness_error": pa.array(method.completeness),
        }
        columns |= {name: pa.array(method.values[:, number]) for number, name in enumerate(names)}
        if method.error is not None:
            errors = {f"standard_error[{name}]": method.error[:, number] for number, name in enumerate(names)}
            columns |= {name: pa.array(values) for name, values in errors.items()}
        tables.append(pa.table({**columns, **levels}))
    whole = (
        pa.concat_tables(tables, promote_options="default")
        if tables
        else pa.table({"row_id": pa.array([], pa.string())})
    )
    meta = json.dumps({"features": answer.features, "columns": names})
    inputs = material.subject.data.shown(material.columns(at)) if material.tabular else {}
    return KeptRows(table=whole.replace_schema_metadata({META: meta}), inputs=inputs)


def column_names(features: Sequence[str]) -> list[str]:
    """A column for each player, none of which is taken for another column."""
    own = {"row_id", "method", "base_value", "completeness_error"}
    taken = {one for one in features if not _is_own(one, own)}
    names = []
    for one in features:
        name = one
        while _is_own(name, own) or (name != one and name in taken):
            name = f"{name} (input)"
        taken.add(name)
        names.append(name)
    return names


def _is_own(name: str, own: set[str]) -> bool:
    return name in own or (name.startswith(("standard_error[", "level[")) and not name.endswith(" (input)"))


def levels_at(material: Material, atoms: Array) -> dict[str, pa.Array]:
    """`level[FEATURE]`: the level of each sensitive and control feature of rows in those atoms."""
    known = material.scored.atoms.atoms
    names = list(known[0]) if known else []
    return {f"level[{name}]": pa.array([known[atom][name] for atom in atoms], pa.string()) for name in names}
