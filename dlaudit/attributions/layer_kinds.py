"""What a layer is, whatever became of it: eager, scripted, or part of an exported program."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def kind_of(layer: "torch.nn.Module") -> str:
    """Name of the class that the layer is, or was before it was scripted or exported."""
    named = getattr(layer, "type_name", None)
    was = str(named()) if callable(named) else str(getattr(layer, "original_name", ""))
    return was.rpartition(".")[2] or type(layer).__name__


def kinds(layer: "torch.nn.Module") -> frozenset[str]:
    """Names of the classes that a layer is an instance of, as `{"Conv2d", "Module"}`.

    A scripted layer and one of an unflattened program are other classes now; they say which they were, and the classes
    of torch.nn by that name count.
    """
    import torch

    original = getattr(torch.nn, kind_of(layer), None)
    was = original.__mro__ if isinstance(original, type) else ()
    return frozenset({kind_of(layer), *(one.__name__ for one in (*type(layer).__mro__, *was))})


def is_a(layer: "torch.nn.Module", *names: str) -> bool:
    """Whether the layer is, or was, an instance of one of these classes of torch.nn."""
    return not kinds(layer).isdisjoint(names)
