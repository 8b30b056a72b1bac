"""The numbers of the caller's modules, kept so that a model which writes to them in its forward pass gets them back."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from dlaudit.models.fingerprint import fingerprint

MOST_BYTES = 1 << 30
"""Parameters that take more are not copied: a change of theirs is told, by the fingerprint, but not undone."""
_BOOKS = ("_buffers", "_parameters")


@dataclass(frozen=True, kw_only=True)
class KeptTensors:
    """Buffers, and parameters where they are not too large, as they were.

    Running statistics, counters and embeddings with `max_norm` change while a model only scores rows.
    """

    books: "list[tuple[nn.Module, str, dict[str, torch.Tensor | None]]]"
    """Each module's own buffers and parameters by name, in their order."""
    copies: "list[tuple[torch.Tensor, torch.Tensor]]"
    """A tensor and a copy of it."""

    @classmethod
    def of(cls, modules: Iterable[nn.Module]) -> "KeptTensors":
        """What these modules hold."""
        several = list(modules)
        books = [
            (part, name, dict(book))
            for part in several
            for name in _BOOKS
            if isinstance(book := vars(part).get(name), dict)
        ]
        buffers = _each(one for part in several for one in part.buffers(recurse=False))
        parameters = _each(one for part in several for one in part.parameters(recurse=False))
        if sum(one.numel() * one.element_size() for one in parameters) > MOST_BYTES:
            parameters = []
        return cls(books=books, copies=[(one, one.detach().clone()) for one in (*buffers, *parameters)])

    def restore(self) -> None:
        """The same tensors under the same names, with the same numbers; nothing is written where nothing changed."""
        for part, name, known in self.books:
            now = vars(part)[name]
            if list(now) != list(known) or any(now[key] is not known[key] for key in known):
                now.clear()
                now.update(known)
        with torch.no_grad():
            for one, copy in self.copies:
                if fingerprint({"": one}) != fingerprint({"": copy}):
                    one.data.copy_(copy)


def _each(tensors: "Iterable[torch.Tensor]") -> "list[torch.Tensor]":
    """Every tensor once, whoever shares it; none of those that hold no numbers yet."""
    found = {id(one): one for one in tensors if not one.is_meta and not nn.parameter.is_lazy(one)}
    return list(found.values())
