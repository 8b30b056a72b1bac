"""Captum's LayerIntegratedGradients, for models that look tokens or codes up in embeddings."""

from typing import TYPE_CHECKING

import numpy as np

from dlaudit.attributions.libraries.ablation import REFERENCES
from dlaudit.attributions.libraries.calls import called, change_from, mean_reference
from dlaudit.attributions.libraries.gathering import elements_by, explanation_of
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch
    from torch import nn


@attributor(
    "captum.LayerIntegratedGradients",
    needs={Capability.GRADIENTS, Capability.HOOKS, Capability.EMBEDDINGS},
    cost=lambda size: float(size.steps * min(size.background, REFERENCES)),
)
def captum_layer_integrated_gradients(request: Request) -> Explanation:
    """Captum's Integrated Gradients from the embeddings of background rows to those of each row.

    Averaged over up to 8 background rows as references, summed over the axis of the embedding. An embedding that runs
    twice in a pass is refused: Captum would give contributions of nonsense shape or sum without an error.

    Raises:
        CannotExplainError: An input is not whole numbers, or is not looked up as it is by exactly one embedding that
            runs once.
    """
    import torch

    with called("Captum's LayerIntegratedGradients", request):
        from captum.attr import LayerIntegratedGradients

        from dlaudit.attributions.libraries.scored_copy import scored_copy

        if any(one.is_floating_point() for one in request.rows):
            raise CannotExplainError("an input is decimal numbers, whose part Captum would leave out without a word")
        scored = scored_copy(request)
        layers = embeddings_of(scored, tuple(one[:2] for one in request.rows))
        method = LayerIntegratedGradients(scored, layers)
        chosen = _references(request)

        def against(at: int, part: slice) -> "tuple[torch.Tensor, ...]":
            rows = tuple(one[part].clone() for one in request.rows)
            baselines = mean_reference(request, tuple(one[at : at + 1] for one in request.background))(part)
            return tuple(
                method.attribute(
                    rows,
                    baselines=tuple(one.to(row.dtype) for one, row in zip(baselines, rows, strict=True)),
                    target=0,
                    n_steps=request.steps,
                    internal_batch_size=request.memory.rows,
                )
            )

        def some(part: slice) -> "tuple[torch.Tensor, ...]":
            runs = [against(int(at), part) for at in chosen]
            means = (torch.stack(several).double().mean(dim=0) for several in zip(*runs, strict=True))
            return tuple(one.sum(dim=-1) for one in means)

        changes = [
            change_from(request, mean_reference(request, tuple(one[at : at + 1] for one in request.background)))
            for at in chosen
        ]
        return explanation_of(
            request,
            elements_by(request, some),
            change=np.asarray(np.mean(changes, axis=0)),
            reference=f"{len(chosen)} background rows, one after the other",
            detail={"steps": request.steps},
        )


def embeddings_of(scored: "nn.Module", rows: "tuple[torch.Tensor, ...]") -> "list[nn.Module]":
    """For each input tensor the embedding layer that looks it up, in order.

    Raises:
        CannotExplainError: An input is looked up by none, by several, or by one that runs more than once.
    """
    import torch

    seen: list[tuple[nn.Module, torch.Tensor]] = []
    layers = [part for part in scored.modules() if isinstance(part, torch.nn.Embedding)]
    hooks = [
        part.register_forward_pre_hook(lambda module, given: seen.append((module, given[0].detach().clone())))
        for part in layers
    ]
    try:
        with torch.no_grad():
            scored(*rows)
    finally:
        for hook in hooks:
            hook.remove()
    return [_the_only_one(at, row, seen) for at, row in enumerate(rows)]


def _the_only_one(at: int, row: "torch.Tensor", seen: "list[tuple[nn.Module, torch.Tensor]]") -> "nn.Module":
    import torch

    found = [module for module, ids in seen if ids.shape == row.shape and torch.equal(ids.to(row.dtype), row)]
    if not found:
        raise CannotExplainError(f"no embedding looks up input tensor {at + 1} as it is")
    if len(found) > 1:
        raise CannotExplainError(
            f"{len(found)} embeddings look up input tensor {at + 1}, of which one would be explained"
        )
    if sum(module is found[0] for module, _ in seen) > 1:
        raise CannotExplainError("one embedding runs several times in a pass, and Captum mixes the calls up")
    return found[0]


def _references(request: Request) -> np.ndarray:
    """Positions of the background rows that serve as references, evenly spread."""
    size = len(request.background[0])
    return np.unique(np.linspace(0, size - 1, min(size, REFERENCES)).round().astype(int))
