"""Whatever a method did to the user's model is undone: hooks, modes, flags, gradients and things it left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_BOOKS = (
    "_parameters",
    "_buffers",
    "_modules",
    "_forward_hooks",
    "_forward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_backward_hooks",
    "_backward_pre_hooks",
)
"""Dictionaries of a module to which libraries add: hooks, and (SHAP's DeepExplainer) parameters of their own."""


@contextmanager
def untouched(module: "torch.nn.Module | None") -> Iterator[None]:
    """The module's parts, hooks, modes, flags and gradients afterwards as they were before, whatever happens between.

    Values of parameters are not kept: the fingerprint tells whether they changed.
    """
    if module is None:
        yield
        return
    before = [_Before.of(part) for part in module.modules()]
    flags = [(parameter, parameter.requires_grad, parameter.grad) for parameter in module.parameters()]
    try:
        yield
    finally:
        for one in before:
            one.restore()
        for parameter, requires, gradient in flags:
            parameter.requires_grad_(requires)
            parameter.grad = gradient


@dataclass(frozen=True, kw_only=True)
class _Before:
    """One submodule as it was."""

    module: "torch.nn.Module"
    training: bool
    books: dict[str, dict[Any, Any]]
    attributes: frozenset[str]

    @classmethod
    def of(cls, module: "torch.nn.Module") -> "_Before":
        books = {name: dict(book) for name in _BOOKS if isinstance(book := getattr(module, name, None), dict)}
        return cls(module=module, training=module.training, books=books, attributes=frozenset(vars(module)))

    def restore(self) -> None:
        self.module.training = self.training
        for name, known in self.books.items():
            now = getattr(self.module, name)
            if list(now) != list(known) or any(now[key] is not known[key] for key in known):
                now.clear()
                now.update(known)
        for name in set(vars(self.module)) - self.attributes:
            delattr(self.module, name)
