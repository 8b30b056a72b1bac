"""Wrappers that give every exported program the same way to be called: tensors in order, any number of rows."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn


class Frozen(nn.Module):
    """A callable as a module without children: `.eval()` and `.train()` are harmless, hooks see only the whole.

    Args:
        function: What computes the outputs.
        keywords: Names of the last inputs, where `function` takes those as keyword arguments only.
    """

    function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], keywords: tuple[str, ...] = ()) -> None:
        super().__init__()
        # past nn.Module.__setattr__: a GraphModule's own eval() raises, so it must not become a child
        object.__setattr__(self, "function", function)
        self.keywords = keywords

    def forward(self, *inputs: Any) -> Any:
        """The function's outputs for inputs given by position."""
        first = len(inputs) - len(self.keywords)
        named = dict(zip(self.keywords, inputs[first:], strict=True))
        return self.function(*inputs[:first], **named)


class InBatches(nn.Module):
    """A program of fixed or limited batch size, made to take any number of rows.

    Rows are split into batches of at most `most`; a short batch is filled up to `least` by repeating its last row, and
    the outputs of the repeats are cut off. Exact for a program whose rows do not influence one another.

    Args:
        module: The program.
        least: Fewest rows it takes.
        most: Most rows it takes; None for any number.
    """

    def __init__(self, module: nn.Module, least: int, most: int | None) -> None:
        super().__init__()
        self.module, self.least, self.most = module, least, most

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The outputs of all rows, in order."""
        rows = inputs[0].shape[0]
        size = self.most or max(rows, self.least)
        parts = [self._filled(tuple(x[start : start + size] for x in inputs)) for start in range(0, max(rows, 1), size)]
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _filled(self, inputs: tuple[torch.Tensor, ...]) -> Any:
        rows = inputs[0].shape[0]
        missing = self.least - rows
        if missing <= 0:
            return self.module(*inputs)
        outputs = self.module(*(torch.cat([x, _repeated(x, missing)]) for x in inputs))
        return _each(outputs, lambda output: output[:rows])


def _repeated(x: torch.Tensor, times: int) -> torch.Tensor:
    """The last row `times` over; zeros where there is no row."""
    if x.shape[0] == 0:
        return x.new_zeros((times, *x.shape[1:]))
    return x[-1:].expand(times, *x.shape[1:])


def _each(outputs: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(outputs, dict):
        return {key: _each(value, change) for key, value in outputs.items()}
    if isinstance(outputs, tuple | list):
        return type(outputs)(_each(value, change) for value in outputs)
    return change(outputs)


def _joined(parts: list[Any]) -> Any:
    first = parts[0]
    if isinstance(first, dict):
        return {key: _joined([part[key] for part in parts]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(_joined(list(values)) for values in zip(*parts, strict=True))
    return torch.cat(parts)
