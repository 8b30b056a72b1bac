"""What makes a rule-based method silently wrong on a model.

DeepLift and its SHAP form replace gradients by their own rules, layer by layer, through hooks. An operation that no
hook sees keeps its plain gradient, and the result is wrong without a word. So the operations that ran are counted in
the gradient graph, which misses nothing, and compared with the layers whose rules were in place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from dlaudit.attributions.request import CannotExplainError

# fmt: off
_LINEAR = frozenset({
    "AccumulateGrad", "Add", "Addmm", "Alias", "AsStrided", "AvgPool2D", "AvgPool3D", "AdaptiveAvgPool1D",
    "AdaptiveAvgPool2D", "AdaptiveAvgPool3D", "Baddbmm", "Cat", "Clone", "ConstantPadNd", "Convolution", "Copy",
    "CopySlices", "CudnnBatchNorm", "CudnnConvolution", "Diagonal", "Expand", "MaskedSelect", "Mean",
    "MiopenBatchNorm", "MkldnnAdaptiveAvgPool2D", "MkldnnConvolution", "Narrow", "NativeBatchNorm", "Neg",
    "Permute", "PixelShuffle", "ReflectionPad1D", "ReflectionPad2D", "Repeat", "ReplicationPad1D",
    "ReplicationPad2D", "Reshape", "ReshapeAlias", "Select", "Slice", "Split", "SplitWithSizes", "Squeeze",
    "Stack", "Sub", "Sum", "SwapAxes", "T", "ToCopy", "Transpose", "Unbind", "Unfold", "UnsafeView", "Unsqueeze",
    "UpsampleBilinear2D", "UpsampleNearest1D", "UpsampleNearest2D", "View",
})
# fmt: on
"""Operations whose gradient is the same everywhere, so that no rule is needed."""
_PRODUCTS = frozenset({"Mul", "Mm", "Bmm", "Mv", "Dot", "Div", "Addcmul"})
"""Linear in one operand; with two that depend on the inputs a product, for which there is no rule."""

CAPTUM_RULES: Mapping[type[nn.Module], str] = {
    nn.ReLU: "Relu",
    nn.ELU: "Elu",
    nn.LeakyReLU: "LeakyRelu",
    nn.Sigmoid: "Sigmoid",
    nn.Tanh: "Tanh",
    nn.Softplus: "Softplus",
}
"""Layers for which Captum's DeepLift has a rule that holds, and their names in the gradient graph."""
SHAP_RULES: Mapping[type[nn.Module], str] = {
    **CAPTUM_RULES,
    nn.SELU: "Elu",
    nn.GELU: "Gelu",
    nn.Softmax: "Softmax",
}
"""The same for SHAP's DeepExplainer."""
_POOLS: Mapping[type[nn.Module], str] = {
    nn.MaxPool1d: "MaxPool2DWithIndices",
    nn.MaxPool2d: "MaxPool2DWithIndices",
    nn.MaxPool3d: "MaxPool3DWithIndices",
}
_RECURRENT = (nn.RNNBase, nn.RNNCellBase)
_ATTENTION = (nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)
_TOLD = 3


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a library's rules cover."""

    library: str
    """As it is named in messages."""
    layers: Mapping[type[nn.Module], str]
    """Layers with a rule, and their names in the gradient graph."""
    pools_any_reference: bool
    """Whether its rule for max pooling holds for references other than zero."""


def refuse_unruled(scored: nn.Module, rows: tuple[torch.Tensor, ...], rules: Rules, *, zero_reference: bool) -> None:
    """Nothing, where every operation on the way from inputs to score has a rule that holds.

    Args:
        scored: The score as a module, a copy: it is run once, with hooks.
        rows: A few rows, floating.
        rules: What the library covers.
        zero_reference: Whether the reference is zero in every element.

    Raises:
        CannotExplainError: An operation has no rule; the text names it.
    """
    for part in scored.modules():
        _refuse_kind(part, rules, zero_reference=zero_reference)
    calls, ran = _watched(scored, rows)
    covered: Counter[str] = Counter()
    known = {**rules.layers, **_POOLS}
    for part, times in calls.items():
        # the libraries look at the exact type: a subclass has no rule
        if type(part) in known:
            covered[known[type(part)]] += times
            if times > 1:
                raise CannotExplainError(
                    f"one {type(part).__name__} layer runs {times} times in a pass, "
                    f"and {rules.library} keeps only its last input"
                )
    unruled = {name: count - covered[name] for name, count in ran.items() if count > covered[name]}
    if unruled:
        told = sorted(unruled.items(), key=lambda one: (-one[1], one[0]))[:_TOLD]
        said = ", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in told)
        raise CannotExplainError(
            f"the model computes {said} outside the layers for which {rules.library} has rules: "
            "it would take plain gradients there and be wrong without saying so"
        )


def _refuse_kind(part: nn.Module, rules: Rules, *, zero_reference: bool) -> None:
    name = type(part).__name__
    if isinstance(part, _RECURRENT):
        raise CannotExplainError(f"{name} multiplies gates, for which {rules.library} has no rule")
    if isinstance(part, _ATTENTION):
        raise CannotExplainError(f"{name} multiplies attention weights, for which {rules.library} has no rule")
    if type(part) in _POOLS:
        if not zero_reference and not rules.pools_any_reference:
            raise CannotExplainError(f"the rule of {rules.library} for {name} holds for an all-zero reference only")
        if _overlaps(part):
            raise CannotExplainError(
                f"windows of {name} overlap, and the rule of {rules.library} overwrites its own sums"
            )


def _overlaps(pool: nn.Module) -> bool:
    """Whether windows of a pooling layer share inputs."""
    sizes, strides = _each(pool.kernel_size), _each(pool.stride)
    dilations = _each(pool.dilation)
    return any(
        stride < size or dilation > 1
        for size, stride, dilation in zip(_filled(sizes, 3), _filled(strides, 3), _filled(dilations, 3), strict=True)
    )


def _each(given: Any) -> tuple[int, ...]:
    return tuple(given) if isinstance(given, Iterable) else (int(given),)


def _filled(given: tuple[int, ...], size: int) -> tuple[int, ...]:
    return given * size if len(given) == 1 else given + given[-1:] * (size - len(given))


def _watched(scored: nn.Module, rows: tuple[torch.Tensor, ...]) -> tuple[Counter[nn.Module], Counter[str]]:
    """How often each layer ran in one pass, and how often each operation that is not linear in the inputs did."""
    calls: Counter[nn.Module] = Counter()
    hooks = [
        part.register_forward_pre_hook(lambda module, _: calls.update([module]))
        for part in scored.modules()
        if not list(part.children())
    ]
    try:
        with torch.enable_grad():
            value = scored(*(one.detach().clone().requires_grad_() for one in rows)).sum()
    finally:
        for hook in hooks:
            hook.remove()
    return calls, bent_operations(value)


def bent_operations(value: torch.Tensor) -> Counter[str]:
    """Names of the operations behind a value that are not linear in its leaves, as the gradient graph has them.

    Parameters must not require gradients: then a product counts where both operands depend on the inputs.
    """
    found: Counter[str] = Counter()
    waiting, seen = [value.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        before = [one for one, _ in node.next_functions]
        name = node.name().split("::")[-1].split("Backward")[0]
        if name in _PRODUCTS:
            if sum(one is not None for one in before) > 1:
                found[f"{name} of two things that depend on the inputs"] += 1
            elif name == "Div" and _divides_by_inputs(node):
                found["Div by something that depends on the inputs"] += 1
        elif name not in _LINEAR:
            found[name] += 1
        waiting += before
    return found


def _divides_by_inputs(node: Any) -> bool:
    """Whether it is the denominator of a quotient that depends on the inputs."""
    operands = node.next_functions
    return len(operands) > 1 and operands[1][0] is not None
