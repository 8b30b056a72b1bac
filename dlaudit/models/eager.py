"""An eager torch.nn module as a loaded model."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from dlaudit.models.layers import ends_of
from dlaudit.models.model import Capability
from dlaudit.models.request import Opened


def opened_module(module: nn.Module, loading: str, device: str) -> Opened:
    """The module in evaluation mode on `device`, with everything that an eager module can do."""
    module.eval()
    module.to(device)
    ends = ends_of(module)
    found = {Capability.GRADIENTS, Capability.DYNAMIC_BATCH}
    if not isinstance(module, torch.jit.ScriptModule):
        found.add(Capability.HOOKS)
        if any(isinstance(layer, nn.Embedding) for layer in module.modules()):
            found.add(Capability.EMBEDDINGS)
    return Opened(
        forward=module,
        loading=loading,
        parameters=dict(module.named_parameters()),
        buffers=dict(module.named_buffers()),
        capabilities=frozenset(found),
        explain_module=module if Capability.HOOKS in found else None,
        width=ends.width,
        layer=ends.layer,
        outputs=ends.outputs,
    )


def saved_in_training(module: nn.Module) -> str:
    """A sentence to add, with a leading blank, where the module was saved in training mode and that matters to it."""
    trains = ("Dropout", "BatchNorm", "InstanceNorm", "RReLU")
    trained = [part for part in module.modules() if getattr(part, "training", False)]  # a frozen program has no mode
    kinds = {str(getattr(part, "original_name", type(part).__name__)) for part in trained}
    matters = sorted(kind for kind in kinds if any(one in kind for one in trains))
    return (
        f" It was saved in training mode ({', '.join(matters)}); it is evaluated in evaluation mode." if matters else ""
    )


def opened_callable(function: Callable[..., Any], loading: str) -> Opened:
    """A function of tensors of which nothing else is known; gradients are tried, not promised."""
    return Opened(
        forward=function,
        loading=loading,
        parameters={},
        buffers={},
        capabilities=frozenset({Capability.GRADIENTS, Capability.DYNAMIC_BATCH}),
    )
