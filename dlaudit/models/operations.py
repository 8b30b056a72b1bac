"""What runs beside the model, called through `Host.call`: each takes and returns JSON and Arrow tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from dlaudit.errors import CodeFailed, DataRefused, ModelRefused, Place, shown
from dlaudit.models.faults import described
from dlaudit.models.fingerprint import fingerprint as digest_of
from dlaudit.models.forward import as_tensor, leave_training_mode, modules_of, per_row
from dlaudit.models.host import Params
from dlaudit.models.inputs import encoded, is_encoded
from dlaudit.models.last_operation import last_activation
from dlaudit.models.model import Model
from dlaudit.models.outputs import to_scores
from dlaudit.models.wire import plain_table, tensor_table
from dlaudit.models.wire_screen import WireError

Tables = dict[str, pa.Table]


def dry_run(model: Model, params: Params, tables: Tables) -> tuple[Params, Tables]:
    """What the model makes of the first rows, before any real work.

    Args:
        model: The loaded model.
        params: Empty.
        tables: `inputs`.

    Returns:
        `shape`, `outputs` (per row), `ends_in` (`sigmoid`, `softmax`, `log_softmax` or None where that cannot be
        seen), `least` and `most` (None where nothing is finite), `not_finite` (elements), `rows_sum_to_one`,
        `deterministic_max_diff` (two passes) and `row_independence_max_diff` (each row alone against all together;
        where `preprocess` encodes raw rows also each half: a scaler fitted on the rows at hand shows there).
    """
    table = tables["inputs"]
    inputs = encoded(model, table)
    with evaluating(model), torch.inference_mode():
        first = outputs_of(model, inputs)
        again = outputs_of(model, inputs)
        rows = [outputs_of(model, tuple(part[at : at + 1] for part in inputs)) for at in range(len(first))]
        half = 0 if is_encoded(table) else table.num_rows // 2
        halves = [outputs_of(model, encoded(model, part)) for part in (table.slice(0, half), table.slice(half)) if half]
    finite = first[torch.isfinite(first)]
    result: Params = {
        "shape": list(first.shape),
        "outputs": int(first.shape[1]) if first.dim() > 1 else 1,
        "ends_in": last_activation(lambda given: outputs_of(model, given), inputs),
        "least": float(finite.min()) if finite.numel() else None,
        "most": float(finite.max()) if finite.numel() else None,
        "not_finite": int(first.numel() - finite.numel()),
        "rows_sum_to_one": _sum_to_one(first),
        "deterministic_max_diff": _difference(first, again),
        "row_independence_max_diff": max(
            (_difference(first, torch.cat(one)) for one in (rows, halves) if one), default=0.0
        ),
    }
    return result, {}


def score(model: Model, params: Params, tables: Tables) -> tuple[Params, Tables]:
    """Scores of all rows, `batch_size` at a time.

    Args:
        model: The loaded model.
        params: `task`, `output`, `batch_size`, and `classes` (their number) for a multiclass model that gives labels.
        tables: `inputs`.

    Returns:
        Table `scores` with the column `scores`, float64 `[n, k]`; NaN where the model gives NaN.

    Raises:
        ModelRefused: The model fails (DLA211), its outputs are not what was declared (DLA213), or it left evaluation
            mode (DLA210).
    """
    table, size = tables["inputs"], int(params["batch_size"])
    parts = []
    with evaluating(model), torch.inference_mode():
        for start in range(0, max(table.num_rows, 1), size):
            outputs = outputs_of(model, encoded(model, table.slice(start, size)))
            scores = to_scores(outputs, params["task"], params["output"], params.get("classes"))
            parts.append(scores.cpu().numpy())
    return {}, {"scores": tensor_table({"scores": np.concatenate(parts)})}


def fingerprint(model: Model, params: Params, tables: Tables) -> tuple[Params, Tables]:
    """`fingerprint` of all parameters and buffers, and `training`: whether any submodule is in training mode."""
    return {"fingerprint": digest_of(model.tensors), "training": _is_training(model)}, {}


def read_data(model: Model, params: Params, tables: Tables) -> tuple[Params, Tables]:
    """Table `rows`: what the user's `read_data` makes of the file `path`.

    Raises:
        CodeFailed: There is no `read_data`, or it returned something that is no DataFrame (DLA222).
        DataRefused: Columns that are neither numbers, text nor times (DLA319).
    """
    import pandas as pd

    place = Place(file=model.code.path if model.code is not None else None)
    if model.code is None or model.code.read_data is None:
        raise CodeFailed("DLA222", "the code file has no read_data", place=place, fix="Define read_data(path).")
    made = model.code.read_data(params["path"])
    frames = made if isinstance(made, list) else [made]
    if not frames or not all(isinstance(frame, pd.DataFrame) for frame in frames):
        raise CodeFailed(
            "DLA222",
            f"read_data returned {described(frames[0]) if frames else 'nothing'}",
            expected="a DataFrame, or an iterator of them",
            place=place,
            fix="Return pandas DataFrames of raw rows.",
        )
    try:
        parts = [plain_table(pa.Table.from_pandas(frame, preserve_index=False)) for frame in frames]
        return {}, {"rows": pa.concat_tables(parts, promote_options="permissive")}
    except (pa.ArrowException, WireError) as odd:
        raise DataRefused(
            "DLA319",
            f"read_data returned columns that are not plain: {shown(odd, limit=160, quote=False)}",
            expected="columns of numbers, text or times, the same in every frame",
            place=place,
            fix="Convert the column named in read_data.",
        ) from odd


@contextmanager
def evaluating(model: Model) -> Iterator[None]:
    """Evaluation mode, and a refusal (DLA210) where the model has left it by itself."""
    leave_training_mode(model)
    yield
    if _is_training(model):
        raise ModelRefused(
            "DLA210",
            "the model switched itself to training mode while it scored",
            fix="Remove the call of train() from forward().",
        )


def _is_training(model: Model) -> bool:
    return any(part.training for part in modules_of(model))


def outputs_of(model: Model, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """The outputs, through the user's `postprocess` where there is one."""
    outputs: Any = model.forward(*inputs)
    if model.postprocess is None:
        return as_tensor(outputs)
    return per_row(as_tensor(model.postprocess(outputs)), int(inputs[0].shape[0]))


def _sum_to_one(outputs: torch.Tensor) -> bool:
    """Whether there are several outputs per row, none negative, that add up to 1."""
    if outputs.dim() != 2 or outputs.shape[1] < 2 or not bool((outputs >= 0).all()):
        return False
    return bool(((outputs.double().sum(dim=1) - 1).abs() < 1e-4).all())


def _difference(one: torch.Tensor, other: torch.Tensor) -> float:
    """Largest difference; 0 where both are the same infinity or both NaN, infinite where only one is."""
    a, b = one.double().reshape(-1), other.double().reshape(-1)
    if a.shape != b.shape:
        return float(torch.finfo(torch.float64).max)
    same = (a == b) | (a.isnan() & b.isnan())
    apart = torch.where(same, torch.zeros_like(a), (a - b).abs())
    apart = torch.nan_to_num(apart, nan=torch.finfo(torch.float64).max)
    return float(apart.max()) if apart.numel() else 0.0
