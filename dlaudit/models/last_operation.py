"""The operation that a model ends in, read from its gradient graph."""

from collections.abc import Callable
from typing import Any

import torch

from dlaudit.errors import ModelRefused

_ACTIVATIONS = {"SigmoidBackward": "sigmoid", "SoftmaxBackward": "softmax", "LogSoftmaxBackward": "log_softmax"}
_RESHAPES = {"View", "UnsafeView", "Squeeze", "Unsqueeze", "Select", "Reshape", "ToCopy", "Slice", "Alias", "Clone"}
_RESHAPES |= {"Flatten", "Permute", "T", "Transpose", "ReshapeAlias", "Index", "Expand"}


def last_activation(
    outputs_of: Callable[[tuple[torch.Tensor, ...]], torch.Tensor], inputs: tuple[torch.Tensor, ...]
) -> str | None:
    """`sigmoid`, `softmax` or `log_softmax` where the outputs come straight from it, up to a change of shape.

    None where they come from something else, or where there is no graph to see it in (frozen programs, numpy).
    """
    trial = tuple(_leaf(part) for part in inputs)
    try:
        with torch.enable_grad():
            node: Any = outputs_of(trial).grad_fn
    except ModelRefused:
        return None  # it works without gradients, as the passes before showed, and only there
    while node is not None:
        name = type(node).__name__.rstrip("0123456789")
        if name in _ACTIVATIONS:
            return _ACTIVATIONS[name]
        if name.removesuffix("Backward") not in _RESHAPES or not node.next_functions:
            return None
        node = node.next_functions[0][0]
    return None


def _leaf(part: torch.Tensor) -> torch.Tensor:
    copy = part.detach().clone()
    return copy.requires_grad_() if copy.is_floating_point() else copy
