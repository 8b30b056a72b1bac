"""What runs beside the model: `decompose`, called through Host.call."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.beside import rows_at_once
from dlaudit.attributions.gaps.games import Place, game_at
from dlaudit.attributions.gaps.match import Match, joined, splits
from dlaudit.attributions.gaps.split import Side
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.players import layout_of_rows
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import Meter, frozen, network, one_function, scores_function
from dlaudit.models.host import Params

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.model import Model


def decompose(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """Gaps between two slices, split over players for every person, for several metrics from the same walks.

    Args:
        model: The loaded model.
        params: `metrics` ([[name, column of the scores], …]), `threshold`, `rounds` (at most), `pooled`, `task`,
            `output`, `players` ([[name, [positions]], …]; empty for one per input), `seed`, and optionally `classes`
            and `batch_size`.
        tables: `a` and `b`: the rows; `labels_a` and `labels_b` with a column `labels`, `weight_a` and `weight_b` with
            a column `weight`, where there are any.

    Returns:
        `metrics` ({name: {players, rounds}}), `not_applicable` ([{what, reason}]), `passes` and `halved`; for the
        metric at place i of `metrics` the tables `i/a` and `i/b` with `values` and `noise` [n, M], `score` and
        `weight` [n], and where they apply `label_mix` [n] and `pooled` [n, M]. Where nothing can be explained,
        `reason` alone.
    """
    if any(grid["by_row"] for grid in params.get("grids", [])):
        return {"reason": "rows have parts of their own, as words; two people's cannot be exchanged"}, {}
    threshold = float(params["threshold"])
    games = [
        game_at(str(name), params["task"], Place(column=int(column), threshold=threshold))
        for name, column in params["metrics"]
    ]
    try:
        match = _match(model, params, tables)
    except CannotExplainError as error:
        return {"reason": str(error)}, {}
    score = match.request.score
    assert isinstance(score, Meter)
    with frozen(match.request.module), one_function():
        made = splits(match, games, int(params["rounds"]), pooled=bool(params.get("pooled", False)))
    result: Params = {
        "metrics": {},
        "not_applicable": [],
        "passes": score.passes,
        "halved": match.request.memory.halved,
    }
    found: dict[str, pa.Table] = {}
    for at, (metric, split) in enumerate((one.metric, made[one.metric]) for one in games):
        if isinstance(split, str):
            result["not_applicable"].append({"what": metric, "reason": split})
            continue
        result["metrics"][metric] = {"players": split.features, "rounds": split.rounds.tolist()}
        found |= {f"{at}/a": _table_of(split.a), f"{at}/b": _table_of(split.b)}
    return result, found


def _match(model: "Model", params: Params, tables: "Mapping[str, pa.Table]") -> Match:
    from dlaudit.models.inputs import encoded
    from dlaudit.models.wire import ndarray_of

    a, b = (tuple(one.detach() for one in encoded(model, tables[side])) for side in ("a", "b"))
    rows = joined(a, b)
    score = scores_function(model, task=params["task"], output=params["output"], classes=params.get("classes"))
    names = model.code.feature_names if model.code is not None else None
    request = Request(
        score=Meter(score),
        rows=rows,
        background=rows,
        layout=layout_of_rows(params, rows, tables["a"], names),
        generator=np.random.default_rng(int(params["seed"])),
        module=network(model),
        model=model,
        memory=Memory(rows_at_once(rows, int(params.get("batch_size", 4096)))),
    )
    labels = [ndarray_of(tables[name], "labels") for name in ("labels_a", "labels_b") if name in tables]
    return Match(
        request=request,
        first=len(a[0]),
        labels=np.concatenate(labels) if len(labels) == 2 else None,
        mass=np.concatenate([_masses(tables, side) for side in ("a", "b")]),
        seed=int(params["seed"]),
    )


def _masses(tables: "Mapping[str, pa.Table]", side: str) -> Float[np.ndarray, " n"]:
    """The weights of a side's rows; 1 each where none are given."""
    given = tables.get(f"weight_{side}")
    if given is None:
        return np.ones(tables[side].num_rows)
    return np.asarray(given.column("weight").to_numpy(), dtype=np.float64)


def _table_of(side: Side) -> "pa.Table":
    from dlaudit.models.wire import tensor_table

    columns = {
        "values": side.values,
        "noise": side.noise,
        "score": side.score,
        "weight": side.weight,
        "label_mix": side.label_mix,
        "pooled": side.pooled,
        "stretch": side.stretch,
    }
    return tensor_table({name: column for name, column in columns.items() if column is not None})
