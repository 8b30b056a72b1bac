"""A table of rows as the tensors that a model takes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.errors import CodeFailed, ModelRefused, Place, listed
from dlaudit.models.faults import described
from dlaudit.models.model import Model
from dlaudit.tensors import is_tensor, model_inputs, ndarray_of

if TYPE_CHECKING:
    import torch

INPUTS = "inputs"
"""Name of the tensor column that holds encoded rows."""


def encoded(model: Model, table: pa.Table) -> "tuple[torch.Tensor, ...]":
    """The model's inputs, each with the table's rows on its first axis, on the model's device.

    Tensor columns are taken as they are: one by position; several by name where forward() takes those names, else by
    position. Raw rows go through the model's `preprocess` as a DataFrame. Where that returns a dict, the model is
    called with those keywords from then on. Columns `owner:…` and `about:…` are not for the model.

    Raises:
        CodeFailed: `preprocess` failed or returned something that is no tensors of these rows (DLA222).
        ModelRefused: The rows are raw and there is no `preprocess` (DLA211).
    """
    names = model_inputs(table)
    if is_encoded(table):
        tensors = tuple(_on_device(model, _tensor(model, ndarray_of(table, name))) for name in names)
        _call_by_name(model, tuple(names) if len(names) > 1 and _takes(model, names) else ())
        return tensors
    if model.preprocess is None:
        raise ModelRefused(
            "DLA211",
            f"the model takes encoded inputs, the rows are raw ({listed(table.column_names)})",
            fix="Add a `preprocess` to the code file, or [input.table] to dlaudit.toml.",
        )
    made = model.preprocess(table.to_pandas())
    parts = _parts(model, made)
    for part in parts:
        if part.dim() == 0 or part.shape[0] != table.num_rows:
            raise _unusable(model, f"returned {described(part)} for {table.num_rows} rows")
    _call_by_name(model, tuple(made) if isinstance(made, Mapping) else ())
    return tuple(_on_device(model, part) for part in parts)


def is_encoded(table: pa.Table) -> bool:
    """Whether rows are tensors, not the raw columns that a `preprocess` reads."""
    return is_tensor(table, INPUTS) or any(is_tensor(table, name) for name in model_inputs(table))


def _takes(model: Model, names: Sequence[str]) -> bool:
    """Whether forward() has inputs of all those names."""
    import inspect

    from dlaudit.models.forward import Forward

    known = model.input_names
    if known is None:
        target = model.forward.target if isinstance(model.forward, Forward) else model.forward
        try:
            known = tuple(inspect.signature(getattr(target, "forward", target)).parameters)
        except (TypeError, ValueError):
            return False
    return set(names) <= set(known)


def _parts(model: Model, made: Any) -> "list[torch.Tensor]":
    several = made.values() if isinstance(made, Mapping) else made
    parts = [_tensor(model, one) for one in (several if isinstance(made, Mapping | tuple) else [made])]
    if not parts:
        raise _unusable(model, "returned nothing")
    return parts


def _tensor(model: Model, given: Any) -> "torch.Tensor":
    """The value as a tensor; numbers of numpy take the model's own floating type, since numpy's is double."""
    import torch

    if isinstance(given, torch.Tensor):
        return given
    if type(given).__module__.startswith("pandas"):
        given = given.to_numpy()
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "fiub":
        raise _unusable(model, f"returned {described(given)}")
    # a copy: arrays from Arrow are read-only, and a model may write into its inputs
    tensor = torch.from_numpy(given.copy())
    return tensor.to(_floating(model)) if tensor.is_floating_point() else tensor


def _floating(model: Model) -> "torch.dtype":
    import torch

    return next((one.dtype for one in model.tensors.values() if one.is_floating_point()), torch.float32)


def _on_device(model: Model, tensor: "torch.Tensor") -> "torch.Tensor":
    return tensor.to(model.device)


def _call_by_name(model: Model, names: tuple[str, ...]) -> None:
    from dlaudit.models.forward import Forward

    if isinstance(model.forward, Forward):
        model.forward.names = names


def _unusable(model: Model, what: str) -> CodeFailed:
    return CodeFailed(
        "DLA222",
        f"preprocess {what}",
        expected="a Tensor, or a tuple or dict of Tensors, with the rows on the first axis",
        place=Place(file=model.code.path if model.code else None),
        fix="Return numbers as torch tensors; text must be encoded first.",
    )
