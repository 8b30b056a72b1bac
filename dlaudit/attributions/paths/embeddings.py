"""Embedding calls of a forward pass: seen as they happen, and answered with other vectors.

A mode that sees every torch function finds the calls, rather than hooks on modules: so a table used through
`torch.nn.functional`, a table shared with the output layer, and the calls inside an exported program are found too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from dlaudit.attributions.request import CannotExplainError

_ATEN = torch.ops.aten


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One call of an embedding."""

    ids: torch.Tensor
    """The codes looked up, of any shape."""
    vectors: torch.Tensor
    """The vector of every code: the shape of `ids` and one axis more."""
    padding: int | None
    """The code of padding, where the call names one."""
    refused: str | None
    """Why other vectors cannot be put in place of its own; None where they can."""


@dataclass(frozen=True, kw_only=True)
class _Lookup:
    ids: torch.Tensor
    weight: torch.Tensor
    padding: int | None = None
    pooled: str | None = None
    refused: str | None = None

    def vectors(self) -> torch.Tensor:
        if self.refused is not None:
            return self.weight.new_zeros((*self.ids.shape, 0))
        found = functional.embedding(self.ids, self.weight)
        return found if self.pooled is None else found * self._counted()

    def answer(self, vectors: torch.Tensor) -> torch.Tensor:
        """What the call returns for these vectors."""
        if self.pooled is None:
            return vectors.clone()  # what a lookup returns is the model's own, to scale in place as many do
        total = vectors.sum(dim=-2)
        return total if self.pooled == "sum" else total / self._counted().sum(dim=-2).clamp(min=1)

    def _counted(self) -> torch.Tensor:
        """1 for the codes of a bag, 0 for its padding, with an axis for the vector."""
        kept = torch.ones_like(self.ids) if self.padding is None else self.ids != self.padding
        return kept.unsqueeze(-1).to(self.weight.dtype)


class Calls(TorchFunctionMode):
    """While entered, embedding calls are noted, and those with a number in `instead` answered with its vectors.

    Args:
        instead: Vectors by the number of the call, in the shape of `Seen.vectors`.
        keep: Whether to note what is seen.
    """

    def __init__(self, instead: Mapping[int, torch.Tensor] | None = None, *, keep: bool = True) -> None:
        super().__init__()
        self._instead, self._keep = instead or {}, keep
        self.seen: list[Seen] = []
        self.count = 0
        self.differs = False
        """Whether a call had other codes than the vectors given for it."""

    def __torch_function__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """The function's own result, or what the vectors in place of its own make of it."""
        reader = _READERS.get(function)
        if reader is None:
            return function(*args, **(kwargs or {}))
        lookup = reader(*args, **(kwargs or {}))
        number, self.count = self.count, self.count + 1
        given = self._instead.get(number)
        if given is not None and given.shape[:-1] == lookup.ids.shape and lookup.refused is None:
            return lookup.answer(given)
        self.differs = self.differs or given is not None
        if self._keep:
            note = Seen(
                ids=lookup.ids.detach().clone(),
                vectors=lookup.vectors().detach(),
                padding=lookup.padding,
                refused=lookup.refused,
            )
            self.seen.append(note)
        return function(*args, **(kwargs or {}))


def seen(score: Callable[..., torch.Tensor], inputs: Sequence[torch.Tensor]) -> tuple[torch.Tensor, list[Seen]]:
    """The scores of these inputs and the embedding calls behind them, without gradients."""
    with torch.no_grad(), Calls() as calls:
        found = score(*inputs)
    return found, calls.seen


def answered(
    score: Callable[..., torch.Tensor], inputs: Sequence[torch.Tensor], instead: Mapping[int, torch.Tensor]
) -> torch.Tensor:
    """The scores of these inputs with other vectors in place of those that embedding calls would return.

    Raises:
        CannotExplainError: The calls are others than those the vectors were made for.
    """
    with Calls(instead, keep=False) as calls:
        found = score(*inputs)
    if calls.differs or any(number >= calls.count for number in instead):
        raise CannotExplainError("the embedding calls differ between two passes over the same rows")
    return found


def _functional(
    input: torch.Tensor,  # noqa: A002 - torch's own name
    weight: torch.Tensor,
    padding_idx: int | None = None,
    *_: Any,
    **__: Any,
) -> _Lookup:
    return _Lookup(ids=input, weight=weight, padding=_code(padding_idx, weight))


def _operator(weight: torch.Tensor, indices: torch.Tensor, padding_idx: int = -1, *_: Any, **__: Any) -> _Lookup:
    return _Lookup(ids=indices, weight=weight, padding=padding_idx if padding_idx >= 0 else None)


def _bag(
    input: torch.Tensor,  # noqa: A002 - torch's own name
    weight: torch.Tensor,
    offsets: torch.Tensor | None = None,
    *rest: Any,
    **named: Any,
) -> _Lookup:
    given = {**dict(zip(_BAG_REST, rest, strict=False)), **named}
    mode, padding = given.get("mode", "mean"), given.get("padding_idx")
    refused = None
    if offsets is not None or input.dim() != 2:
        refused = "an EmbeddingBag is called with offsets, so that rows have no fixed place in its codes"
    elif given.get("per_sample_weights") is not None:
        refused = "an EmbeddingBag is called with a weight for each code"
    elif mode == "max":
        refused = "an EmbeddingBag takes the largest of its vectors"
    return _Lookup(ids=input, weight=weight, padding=_code(padding, weight), pooled=str(mode), refused=refused)


def _bag_operator(weight: torch.Tensor, indices: torch.Tensor, *_: Any, **__: Any) -> _Lookup:
    refused = "an exported EmbeddingBag is called with offsets, so that rows have no fixed place in its codes"
    return _Lookup(ids=indices, weight=weight, refused=refused)


def _code(padding: int | None, weight: torch.Tensor) -> int | None:
    """The padding code as it stands in the ids; torch also counts it from the end."""
    return padding if padding is None or padding >= 0 else len(weight) + padding


_BAG_REST = (
    "max_norm", "norm_type", "scale_grad_by_freq", "mode", "sparse", "per_sample_weights", "include_last_offset",
    "padding_idx",
)  # fmt: skip
_READERS: dict[Any, Callable[..., _Lookup]] = {
    functional.embedding: _functional,
    functional.embedding_bag: _bag,
    torch.embedding: _operator,
    _ATEN.embedding.default: _operator,
    _ATEN.embedding_bag.default: _bag_operator,
    _ATEN.embedding_bag.padding_idx: _bag_operator,
    _ATEN._embedding_bag.default: _bag_operator,
    _ATEN._embedding_bag_forward_only.default: _bag_operator,
}
"""How each function that looks up embeddings is read."""
