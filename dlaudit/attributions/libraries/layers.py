"""Captum's layer methods: how much of a score passes through each unit of a layer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.completeness import holds
from dlaudit.attributions.layer_kinds import is_a, kind_of
from dlaudit.attributions.libraries.calls import called, change_from, in_floats, mean_reference, refuse_without_gradient
from dlaudit.attributions.libraries.facts import CONVOLUTIONS
from dlaudit.attributions.paths.slope import refuse_false_gradient
from dlaudit.attributions.request import CannotExplainError, Explanation, Request

if TYPE_CHECKING:
    import torch
    from torch import nn

MOST_TIMES = 8
"""Nodes may become so many times `explain.steps` where contributions miss the change of the score."""
_MOST_NODES = 4096
"""Nodes to begin with at most, however many `explain.steps` allows: no budget bounds them."""
LayerMethod = Literal["captum.LayerConductance", "captum.LayerGradCam"]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A layer, and whether its inputs or its outputs are the units."""

    name: str
    """Name of the submodule."""
    module: "nn.Module"
    """The submodule, of the copy."""
    inputs: bool
    """Whether what goes into it is looked at, rather than what comes out."""
    kind: str = ""
    """Its class in words, where that is not the submodule's own."""

    @property
    def said(self) -> str:
        """As `net.2 (Linear)`, or `what enters net.4 (Linear)`."""
        plain = f"{self.name or 'the model'} ({self.kind or kind_of(self.module)})"
        return f"what enters {plain}" if self.inputs else plain


@dataclass(frozen=True, kw_only=True)
class UnitExplanation:
    """Contributions of every unit of a layer to every row's score."""

    method: str
    """Name of the method."""
    layer: str
    """The layer in words."""
    values: Float[np.ndarray, " n units"]
    """Contributions, float64; those of a channel are added up over its places."""
    change: Float[np.ndarray, " n"]
    """f(row) - f(reference)."""
    reference: str
    """What the reference was."""
    adds_up: bool
    """Whether a row's contributions must add up to its change."""
    map: Float[np.ndarray, "n ..."] | None = None
    """For Grad-CAM the contributions by place, in the size of the input's picture; None otherwise."""

    @property
    def completeness(self) -> Float[np.ndarray, " n"]:
        """Sum of the contributions minus the change of the score, per row."""
        return np.asarray(self.values.sum(axis=1) - self.change)


def layer_conductance(request: Request) -> UnitExplanation:
    """Conductance of each unit of a layer: the part of a path integral of gradients that flows through it.

    Dhamdhere, Sundararajan and Yan 2018, arXiv:1805.12233. Along the path from the mean background row to the row.
    The sum over the units of any layer that everything passes through is the change of the score; it locates units,
    not depth (method.md 18). The layer is `request.layer`, or what enters the last linear layer.

    Raises:
        CannotExplainError: There is no such layer, hooks see nothing, inputs are whole numbers or without gradient.
    """
    with called("Captum's LayerConductance", request):
        refuse_without_gradient(request)
        import torch
        from captum.attr import LayerConductance

        from dlaudit.attributions.libraries.scored_copy import scored_copy

        floats = in_floats(request, torch.float64)
        scored = scored_copy(request)
        layer = layer_named(scored.body, request.layer) or penultimate(scored.body, request)
        reference = mean_reference(request, floats.background)
        method = LayerConductance(scored, layer.module)

        def at(steps: int) -> Float[np.ndarray, " n units"]:
            def some(part: slice) -> "torch.Tensor":
                return one_tensor(
                    method.attribute(
                        floats.part(part),
                        baselines=reference(part),
                        target=0,
                        n_steps=steps,
                        internal_batch_size=request.memory.rows,
                        attribute_to_layer_input=layer.inputs,
                    )
                )

            return _units(request, some, layer)

        change = change_from(request, reference)
        return UnitExplanation(
            method="captum.LayerConductance",
            layer=layer.said,
            values=_fine_enough(at, change, request),
            change=change,
            reference=f"the mean of {len(request.background[0])} background rows",
            adds_up=True,
        )


def _fine_enough(
    at: Callable[[int], Float[np.ndarray, " n units"]], change: Float[np.ndarray, " n"], request: Request
) -> Float[np.ndarray, " n units"]:
    """Contributions with twice the nodes as long as they miss the change of the score, up to eight times."""
    steps = first = min(request.steps, _MOST_NODES)
    while True:
        values = at(steps)
        whole = Explanation(values=values, change=change, reference="")
        if steps >= MOST_TIMES * first or holds(whole, request.tolerance) is None:
            return values
        steps *= 2


def layer_grad_cam(request: Request) -> UnitExplanation:
    """Grad-CAM of a convolution: its channels weighted by their mean gradients, by channel and by place.

    Selvaraju et al. 2017, arXiv:1610.02391. Signed, where Captum's users often keep the positive part; the map is
    interpolated to the size of the input. Coarse, and it does not add up to anything. The layer is `request.layer`, or
    the last convolution.

    Raises:
        CannotExplainError: There is no convolution or no such layer, hooks see nothing, or there is no gradient.
    """
    with called("Captum's LayerGradCam", request):
        refuse_without_gradient(request)
        refuse_false_gradient(request)
        import torch
        from captum.attr import LayerAttribution, LayerGradCam

        from dlaudit.attributions.libraries.scored_copy import scored_copy

        floats = in_floats(request, torch.float64)
        scored = scored_copy(request)
        layer = layer_named(scored.body, request.layer) or _last_convolution(scored.body)
        method = LayerGradCam(scored, layer.module)
        places = tuple(request.rows[0].shape[2:])

        def some(part: slice) -> "torch.Tensor":
            return one_tensor(method.attribute(floats.part(part), target=0, attr_dim_summation=False))

        def seen(part: slice) -> Float[np.ndarray, "m *places"]:
            by_place = some(part).sum(dim=1, keepdim=True)
            return np.asarray(LayerAttribution.interpolate(by_place, places).squeeze(1).detach().double().cpu().numpy())

        maps = np.concatenate(request.memory.parts(request.count, seen)) if places else None
        reference = mean_reference(request, floats.background)
        return UnitExplanation(
            method="captum.LayerGradCam",
            layer=layer.said,
            values=_units(request, some, layer),
            change=change_from(request, reference),
            reference="none: gradients at each row",
            adds_up=False,
            map=maps,
        )


LAYER_METHODS: dict[str, Callable[[Request], UnitExplanation]] = {
    "captum.LayerConductance": layer_conductance,
    "captum.LayerGradCam": layer_grad_cam,
}
"""Layer methods by name."""


def _units(request: Request, some: "Callable[[slice], torch.Tensor]", layer: Chosen) -> Float[np.ndarray, " n units"]:
    """Contributions `[n, units]`: of pictures and convolutions by channel, of others by position on the last axis."""

    def added(part: slice) -> Float[np.ndarray, " m units"]:
        found = some(part).detach().double()
        if found.dim() > 3 or (found.dim() == 3 and is_a(layer.module, *CONVOLUTIONS)):
            found = found.flatten(2).sum(dim=2)
        elif found.dim() == 3:
            found = found.sum(dim=1)
        return np.asarray(found.reshape(len(found), -1).cpu().numpy())

    return np.concatenate(request.memory.parts(request.count, added))


def one_tensor(found: "torch.Tensor | tuple[torch.Tensor, ...]") -> "torch.Tensor":
    """What Captum found at the layer.

    Raises:
        CannotExplainError: The layer's output is several tensors.
    """
    if not isinstance(found, tuple):
        return found
    if len(found) != 1:
        raise CannotExplainError(f"the layer has {len(found)} tensors, of which units cannot be told")
    return found[0]


def layer_named(body: "nn.Module", name: str | None) -> Chosen | None:
    """The layer of that name, whose outputs are the units; None without a name."""
    from dlaudit.errors import shown

    if name is None:
        return None
    inner = without_wrappers(body)
    try:
        return Chosen(name=name, module=inner.get_submodule(name), inputs=False)
    except AttributeError as error:
        raise CannotExplainError(f"the model has no layer {shown(name)}") from error


def penultimate(body: "nn.Module", request: Request) -> Chosen:
    """What enters the last linear layer that runs."""
    import torch

    ran: list[tuple[str, nn.Module]] = []
    found = [(name, part) for name, part in without_wrappers(body).named_modules() if is_a(part, "Linear")]
    hooks = [
        part.register_forward_pre_hook(lambda module, _, name=name: ran.append((name, module))) for name, part in found
    ]
    try:
        with torch.no_grad():
            body(*(one[:2].clone() for one in request.rows))
    finally:
        for hook in hooks:
            hook.remove()
    if not ran:
        raise CannotExplainError("the model runs no linear layer; name the layer to look at")
    return Chosen(name=ran[-1][0], module=ran[-1][1], inputs=True)


def _last_convolution(body: "nn.Module") -> Chosen:
    found = [(name, part) for name, part in without_wrappers(body).named_modules() if is_a(part, *CONVOLUTIONS)]
    if not found:
        raise CannotExplainError("the model has no convolution")
    return Chosen(name=found[-1][0], module=found[-1][1], inputs=False)


def without_wrappers(body: "nn.Module") -> "nn.Module":
    """The copied model without our wrappers, so that layers go by the names that the user knows."""
    return body.get_submodule("target.target")
