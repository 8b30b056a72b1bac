"""What runs beside the model: `explain` and `decompose`, called through Host.call."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.contrast import Sides, contrast
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import (
    Meter,
    frozen,
    network,
    one_function,
    score_function,
    scores_of,
    scores_with_gradients,
    why_no_gradient,
)
from dlaudit.models.host import Params
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

    from dlaudit.models.model import Model


def explain(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """Contributions of every player to the score of every row, by each of the methods asked for.

    Args:
        model: The loaded model.
        params: `methods`, `task`, `output`, `players` ([[name, [positions]], …]; empty for one per input),
            `seed`, and optionally `class_index`, `classes`, `steps`, `evaluations`, `batch_size`, `tolerance`.
        tables: `rows` to explain and `background` rows.

    Returns:
        `players` (names), `methods` ({name: {reference, …}}), `not_applicable` ([{what, reason}]) and
        `largest_grad_difference` (of the score with and without gradients); per method a table with `values`
        [n, M], `completeness` [n] and `change` [n].
    """
    result: Params = {"players": [], "methods": {}, "not_applicable": [], "largest_grad_difference": None}
    found: dict[str, pa.Table] = {}
    try:
        request = _request(model, params, (tables["rows"], tables["background"]))
    except CannotExplainError as error:
        result["not_applicable"] = [{"what": name, "reason": str(error)} for name in params["methods"]]
        return result, found
    result["players"] = list(request.layout.names)
    if Capability.GRADIENTS in model.capabilities:
        result["largest_grad_difference"] = _grad_difference(request)
    for name in params["methods"]:
        try:
            explanation = _by_method(model, name, request, int(params["seed"]))
        except CannotExplainError as error:
            result["not_applicable"].append({"what": name, "reason": str(error)})
            continue
        result["methods"][name] = {"reference": explanation.reference, **explanation.detail}
        found[name] = _table_of(explanation)
    return result, found


def decompose(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """The gap of the mean score between two sets of rows, split over players for every person.

    Args:
        model: The loaded model.
        params: As for `explain` without `methods`, plus `rounds`, and optionally `threshold`: then the gap of
            the share with score >= threshold is split instead.
        tables: `a` and `b`, and where rows are weighted `weight_a` and `weight_b` with one column `weight`.

    Returns:
        `players` (names) and `rounds` ([rounds][M], the split of each round); tables `a` and `b` with
        `values` [n, M], whose weighted means are the split, `score` [n] and `weight` [n]. Where the model
        cannot be explained, `reason` alone.
    """
    from dlaudit.models.wire import tensor_table

    try:
        request = _request(model, params, (tables["a"], tables["b"]))
    except CannotExplainError as error:
        return {"reason": str(error)}, {}
    mass_a, mass_b = _masses(tables, "a"), _masses(tables, "b")
    sides = Sides(a=request.rows, b=request.background, mass_a=mass_a, mass_b=mass_b)
    with frozen(request.module), one_function():
        split = contrast(request, sides, int(params["rounds"]))
        score_a = scores_of(request.score, sides.a, request.memory)
        score_b = scores_of(request.score, sides.b, request.memory)
    if not np.isfinite(split.rounds).all():
        return {"reason": "the score is not finite for some mixtures of two rows"}, {}
    result: Params = {"players": list(request.layout.names), "rounds": split.rounds.tolist()}
    return result, {
        "a": tensor_table({"values": split.a, "score": score_a, "weight": mass_a}),
        "b": tensor_table({"values": split.b, "score": score_b, "weight": mass_b}),
    }


def _by_method(model: "Model", name: str, request: Request, seed: int) -> Explanation:
    """One method's answer, with a generator of its own: the order of the methods changes nothing."""
    method = ATTRIBUTORS.get(name)
    missing = method.missing(model.capabilities)
    if missing:
        raise CannotExplainError(f"the model has no {' and no '.join(missing)}")
    generator = np.random.default_rng([seed, *name.encode()])
    explanation = method.explain(replace(request, generator=generator))
    if not np.isfinite(explanation.values).all():
        raise CannotExplainError("the score is not finite for some mixtures of a row and its reference")
    return explanation


def _table_of(explanation: Explanation) -> "pa.Table":
    from dlaudit.models.wire import tensor_table

    return tensor_table(
        {
            "values": explanation.values,
            "completeness": explanation.completeness,
            "change": explanation.change,
        }
    )


def _request(model: "Model", params: Params, tables: "tuple[pa.Table, pa.Table]") -> Request:
    """The request that the parameters and two tables of rows make."""
    rows, background = (_tensors(model, table) for table in tables)
    score = score_function(
        model,
        task=params["task"],
        output=params["output"],
        class_index=int(params.get("class_index", 0)),
        classes=params.get("classes"),
    )
    names = model.code.feature_names if model.code is not None else None
    limits = {key: params[key] for key in ("steps", "evaluations", "tolerance") if key in params}
    return Request(
        score=Meter(score),
        rows=rows,
        background=background,
        layout=layout_of(params.get("players", []), rows, names),
        generator=np.random.default_rng(int(params["seed"])),
        module=network(model),
        model=model,
        memory=Memory(int(params.get("batch_size", 4096))),
        **limits,
    )


def _tensors(model: "Model", table: "pa.Table") -> "tuple[torch.Tensor, ...]":
    """The encoded rows as the model's input tensors.

    Raises:
        CannotExplainError: An input has no columns that could be players.
    """
    from dlaudit.models.inputs import encoded

    inputs: tuple[torch.Tensor, ...] = encoded(model, table)
    if inputs[0].dim() < 2:
        raise CannotExplainError("the model's input has no columns")
    return tuple(one.detach() for one in inputs)


def _masses(tables: "dict[str, pa.Table]", side: str) -> Float[np.ndarray, " n"]:
    """The weights of a side's rows; 1 each where none are given."""
    given = tables.get(f"weight_{side}")
    if given is None:
        return np.ones(tables[side].num_rows)
    return np.asarray(given.column("weight").to_numpy(), dtype=np.float64)


def _grad_difference(request: Request) -> float | None:
    """Largest difference between the score as it was audited and as gradients see it; None where it has none.

    The first is computed without gradients and with every fast path as it stands, the second with gradients.
    """
    with frozen(request.module):
        audited = scores_of(request.score, request.rows, request.memory)
        with one_function():
            if why_no_gradient(request.score, request.rows) is not None:
                return None
            seen = scores_with_gradients(request.score, request.rows, request.memory)
    return float(np.abs(audited - seen).max())
