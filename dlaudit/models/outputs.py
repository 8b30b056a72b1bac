"""A model's raw outputs as scores; the one reading that scoring, gradients and Shapley values share."""

from typing import Any

import torch

from dlaudit.errors import ModelRefused
from dlaudit.models.forward import as_tensor

_SLACK = 1e-6
_SUM_SLACK = 1e-2  # rows of bfloat16 probabilities add up to 1 no closer


def to_scores(outputs: Any, task: str, output: str, classes: int | None = None) -> torch.Tensor:
    """Scores float64 `[n, k]`, differentiable wherever the outputs are. NaN stays NaN.

    Binary k = 1, the probability (or score) of the positive class, which is the second of two outputs; multiclass
    k = C and multilabel k = L probabilities; regression k = 1. Labels become 0 and 1, or one-hot classes.

    Args:
        outputs: `[n]` or `[n, k]`.
        task: `binary`, `multiclass`, `multilabel` or `regression`.
        output: `logit`, `probability`, `label` or `score`.
        classes: Number of classes, needed only for class codes `[n]` of a multiclass model.

    Raises:
        ModelRefused: The shape does not fit the task, or the numbers are not what `output` says (DLA213).
    """
    table = _two_axes(as_tensor(outputs))
    if task == "regression":
        _check(table.shape[1] == 1, f"{table.shape[1]} outputs per row", "one output for task regression")
        return table
    if task == "binary":
        return _binary(table, output)
    if task == "multilabel":
        return torch.sigmoid(table) if output == "logit" else _as_declared(table, output)
    return _multiclass(table, output, classes)


def _two_axes(outputs: torch.Tensor) -> torch.Tensor:
    fits = outputs.dim() in {1, 2} and not outputs.is_complex()
    _check(fits, f"outputs of shape {list(outputs.shape)}", "[rows] or [rows, outputs]")
    return (outputs.unsqueeze(1) if outputs.dim() == 1 else outputs).double()


def _binary(table: torch.Tensor, output: str) -> torch.Tensor:
    width = table.shape[1]
    _check(width in {1, 2}, f"{width} outputs per row", "one or two outputs for task binary")
    if output == "logit":
        return torch.sigmoid(table) if width == 1 else torch.softmax(table, dim=1)[:, 1:]
    if width == 2 and output == "probability":
        _check_sums(table)
    return _as_declared(table, output)[:, -1:]


def _multiclass(table: torch.Tensor, output: str, classes: int | None) -> torch.Tensor:
    if output == "label" and table.shape[1] == 1:
        return _one_hot(table[:, 0], classes)
    _check(table.shape[1] > 1, "one output per row", "one output per class for task multiclass")
    if output == "logit":
        return torch.softmax(table, dim=1)
    if output == "probability":
        _check_sums(table)
    return _as_declared(table, output)


def _as_declared(table: torch.Tensor, output: str) -> torch.Tensor:
    """The numbers themselves, where they can be what they are said to be."""
    seen = table.detach()
    if output == "probability":
        outside = ((seen < -_SLACK) | (seen > 1 + _SLACK)).any()
        _check(not outside, f"outputs from {_range(seen)}", "probabilities from 0 to 1")
        return table.clamp(0, 1)
    if output == "label":
        other = ((seen != 0) & (seen != 1) & ~seen.isnan()).any()
        _check(not other, f"outputs from {_range(seen)}", "labels 0 and 1")
    return table


def _check_sums(table: torch.Tensor) -> None:
    seen = table.detach()
    away = (seen.sum(dim=1) - 1).abs() > _SUM_SLACK
    _check(not away.any(), f"rows that add up to {_range(seen.sum(dim=1))}", "probabilities that add up to 1")


def _one_hot(codes: torch.Tensor, classes: int | None) -> torch.Tensor:
    _check(classes is not None, "class codes without the number of classes", "model.classes to be given")
    known = torch.arange(classes or 0, device=codes.device, dtype=codes.dtype)
    hot = (codes.unsqueeze(1) == known).double()
    undefined = codes.isnan()
    _check(
        not ((hot.sum(dim=1) == 0) & ~undefined).any(),
        f"class codes from {_range(codes)}",
        f"0 to {(classes or 1) - 1}",
    )
    return hot.masked_fill(undefined.unsqueeze(1), float("nan"))


def _range(values: torch.Tensor) -> str:
    finite = values[~values.isnan()]
    return f"{float(finite.min()):.4g} to {float(finite.max()):.4g}" if finite.numel() else "no number"


def _check(holds: Any, saw: str, expected: str) -> None:
    if not holds:
        raise ModelRefused(
            "DLA213",
            f"the model gives {saw}",
            expected=expected,
            fix="Set model.task and model.output to what the model's numbers are, or add a `postprocess`.",
        )
