"""An eager module with the outputs of an exported program and its original submodules, for methods that need hooks."""

from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.export import ExportedProgram

from dlaudit.models.callables import Frozen

_KINDS: tuple[type[nn.Module], ...] = (
    nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Tanh, nn.ELU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Hardtanh, nn.Softsign,
    nn.Softplus,
)  # fmt: skip
_ACTIVATIONS = {f"{kind.__module__}.{kind.__name__}": kind for kind in _KINDS}
TOLERANCE = 1e-5
"""Largest difference of an output, relative to the largest output, for the module to count as the program."""
_SEED = 0


def explainable(
    program: ExportedProgram, reference: nn.Module, keywords: tuple[str, ...], device: str
) -> nn.Module | None:
    """The unflattened program with real activation modules; None where it does not give the program's outputs.

    DeepLIFT-like methods override the gradient of activation *modules*, so those are put back; each only if the
    outputs on sample inputs stay the same (a LeakyReLU of another slope does not).
    """
    samples = [tuple(x.to(device) for x in inputs) for inputs in _samples(program)]
    if not samples:
        return None
    try:
        module = torch.export.unflatten(program)
        called: nn.Module = Frozen(module, keywords) if keywords else module
        if not _same(called, reference, samples):
            return None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - unflattening is an extra that may fail in any way; HOOKS is then not claimed
        return None
    _forget_shapes(module)
    for name, kind in _activations(module):
        _restore(module, name, kind(), lambda: _same(called, reference, samples))
    module.eval()
    return _Positional(module, keywords) if keywords else module


def _forget_shapes(module: nn.Module) -> None:
    """Drops what the exporter noted at each step: placeholder tensors of symbolic size, which cannot be copied."""
    for part in module.modules():
        graph = getattr(part, "graph", None)
        if isinstance(graph, torch.fx.Graph):
            for node in graph.nodes:
                node.meta.clear()


class _Positional(nn.Module):
    """The unflattened program, its keyword inputs given by position; its submodules stay reachable for hooks."""

    def __init__(self, program: nn.Module, keywords: tuple[str, ...]) -> None:
        super().__init__()
        self.program, self.keywords = program, keywords

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        first = len(inputs) - len(self.keywords)
        outputs: torch.Tensor = self.program(*inputs[:first], **dict(zip(self.keywords, inputs[first:], strict=True)))
        return outputs


def has_embedding(module: nn.Module) -> bool:
    """Whether an embedding layer can be hooked."""
    return any(_original_type(layer).endswith("sparse.Embedding") for layer in module.modules())


def _original_type(module: nn.Module) -> str:
    """The class that a submodule had before it was exported."""
    named = getattr(module, "type_name", None)
    return str(named() if callable(named) else named or "")


def _activations(module: nn.Module) -> list[tuple[str, type[nn.Module]]]:
    kinds = [(name, _original_type(layer)) for name, layer in module.named_modules() if name]
    return [(name, _ACTIVATIONS[kind]) for name, kind in kinds if kind in _ACTIVATIONS]


def _restore(module: nn.Module, name: str, fresh: nn.Module, is_same: Callable[[], bool]) -> None:
    """Puts `fresh` in the place of the submodule `name`, unless that changes the outputs."""
    parent_name, _, own_name = name.rpartition(".")
    parent = module.get_submodule(parent_name)
    before = getattr(parent, own_name)
    setattr(parent, own_name, fresh)
    if not is_same():
        setattr(parent, own_name, before)


def _samples(program: ExportedProgram) -> Iterator[tuple[torch.Tensor, ...]]:
    """The example inputs of the file, and the same with random numbers for floats."""
    if program.example_inputs is None:
        return
    positional, named = program.example_inputs
    example = (*positional, *named.values())
    if not example or not all(isinstance(x, torch.Tensor) for x in example):
        return
    yield example
    generator = torch.Generator().manual_seed(_SEED)
    yield tuple(torch.randn(x.shape, generator=generator).to(x) if x.is_floating_point() else x for x in example)


def _same(module: nn.Module, reference: nn.Module, samples: list[tuple[torch.Tensor, ...]]) -> bool:
    with torch.no_grad():
        return all(_close(module(*inputs), reference(*inputs)) for inputs in samples)


def _close(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        if one.shape != other.shape:
            return False
        largest = max(float(other.abs().max()), 1.0) if other.numel() else 1.0
        return bool(torch.allclose(one, other, rtol=0.0, atol=TOLERANCE * largest, equal_nan=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(_close(a, b) for a, b in zip(one, other, strict=True))
    return False
