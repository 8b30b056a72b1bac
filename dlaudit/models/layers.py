"""What the layers of a module say of its inputs and outputs."""

from dataclasses import dataclass
from typing import Any

from torch import nn

_IN = {
    "Linear": "in_features",
    "LazyLinear": "in_features",
    "Conv1d": "in_channels",
    "LSTM": "input_size",
    "GRU": "input_size",
    "RNN": "input_size",
    "BatchNorm1d": "num_features",
}
_SINGLE_CHANNEL = {"Conv1d", "LSTM", "GRU", "RNN"}


@dataclass(frozen=True, kw_only=True)
class Ends:
    """The first and last layer's widths."""

    width: int | None
    """Columns that the first layer takes; None where it does not say."""
    layer: str | None
    """That layer, as `net.0 (Linear)`."""
    outputs: int | None
    """Outputs of the last linear layer."""


def ends_of(module: nn.Module) -> Ends:
    """Widths by the order in which layers were registered: the first layer with parameters, and the last linear one.

    A first layer of one channel says nothing of the columns: the table is reshaped before it.
    """
    parameterised = [
        (name, layer) for name, layer in module.named_modules() if any(True for _ in layer.parameters(recurse=False))
    ]
    if not parameterised:
        return Ends(width=None, layer=None, outputs=None)
    name, first = parameterised[0]
    kind, width = _kind(first), _width(first)
    linear = [layer for _, layer in parameterised if _kind(layer) == "Linear"]
    last_is_linear = bool(linear) and parameterised[-1][1] is linear[-1]
    outputs = _weight_rows(linear[-1]) if last_is_linear else None
    if width is None:
        return Ends(width=None, layer=None, outputs=outputs)
    return Ends(width=width, layer=f"{name} ({kind})" if name else kind, outputs=outputs)


def _kind(layer: nn.Module) -> str:
    """The class name; a scripted module keeps the original's."""
    return str(getattr(layer, "original_name", type(layer).__name__))


def _width(layer: nn.Module) -> int | None:
    kind = _kind(layer)
    if kind == "LayerNorm":
        stated: Any = getattr(layer, "normalized_shape", None)  # a traced layer has lost it
        shape = stated or getattr(layer.weight, "shape", ())
        return int(shape[0]) if len(shape) == 1 else None
    if kind not in _IN:
        return None
    width = _attribute_or_weight(layer, _IN[kind])
    return None if width == 1 and kind in _SINGLE_CHANNEL else width


def _attribute_or_weight(layer: nn.Module, attribute: str) -> int | None:
    """The attribute; for a traced layer, which has lost it, the second axis of the weight."""
    stated = getattr(layer, attribute, None)
    if isinstance(stated, int):
        return stated
    weight = getattr(layer, "weight", getattr(layer, "weight_ih_l0", None))
    if weight is None or weight.dim() == 0:
        return None
    return int(weight.shape[1] if weight.dim() > 1 else weight.shape[0])


def _weight_rows(layer: nn.Module) -> int | None:
    weight = getattr(layer, "weight", None)
    return None if weight is None else int(weight.shape[0])
