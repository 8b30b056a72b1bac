"""Networks whose weights are exchanged for a while: the module's own tensors are set aside, never written to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from dlaudit.attributions.request import Request

if TYPE_CHECKING:
    import torch


def why_not_exchangeable(module: "torch.nn.Module | None") -> str | None:
    """Why the weights behind a score cannot be exchanged, or None where they can."""
    import torch

    if module is None:
        return "nothing is known of the layers behind the score"
    parts = list(module.modules())
    if any(isinstance(part, torch.jit.ScriptModule) for part in parts):
        return "the model is a TorchScript program, whose weights cannot be exchanged from outside"
    if any(hasattr(part, "_orig_mod") for part in parts):
        return "the model is compiled and may have kept its weights"
    if not any(parameter.numel() > 1 for parameter in module.parameters()):
        return "the model has no parameters"
    return None


def from_the_output_down(request: Request) -> "list[torch.nn.Module]":
    """The submodules with parameters of their own, last called first; those that were not called come first.

    Called is what runs when two rows are scored. Parameters that a parent uses itself count as its own.
    """
    import torch

    assert request.module is not None
    owners = [part for part in request.module.modules() if any(True for _ in part.parameters(recurse=False))]
    called: list[torch.nn.Module] = []

    def note(part: "torch.nn.Module", _given: object) -> None:
        called.append(part)

    hooks = [part.register_forward_pre_hook(note) for part in owners]
    try:
        with torch.no_grad():
            request.score(*(one[:2] for one in request.rows))
    finally:
        for hook in hooks:
            hook.remove()
    last = {id(part): at for at, part in enumerate(called)}
    return [one for _, one in sorted(enumerate(owners), key=lambda at: (-last.get(id(at[1]), len(called)), -at[0]))]


@contextmanager
def exchanged(layers: "Sequence[torch.nn.Module]", generator: np.random.Generator) -> Iterator[None]:
    """These layers with the numbers of each parameter in random order; afterwards with their own parameters again.

    A parameter keeps its values, and so its scale, but not their places. The module holds new parameters for the
    while; its own objects come back whatever happens, and are not written to. Tied parameters stay tied. Parameters of
    one number keep it.
    """
    import torch

    kept: list[tuple[torch.nn.Module, str, torch.nn.Parameter]] = []
    made: dict[int, torch.nn.Parameter] = {}
    try:
        for layer in layers:
            for name, own in list(layer.named_parameters(recurse=False, remove_duplicate=False)):
                if id(own) not in made:
                    made[id(own)] = _in_another_order(own, generator)
                kept.append((layer, name, own))
                setattr(layer, name, made[id(own)])
        yield
    finally:
        for layer, name, own in kept:
            setattr(layer, name, own)


def _in_another_order(parameter: "torch.nn.Parameter", generator: np.random.Generator) -> "torch.nn.Parameter":
    import torch

    order = torch.from_numpy(generator.permutation(parameter.numel())).to(parameter.device)
    shuffled = parameter.detach().reshape(-1)[order].reshape(parameter.shape)
    return torch.nn.Parameter(shuffled.clone(), requires_grad=parameter.requires_grad)
