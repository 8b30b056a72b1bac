"""Rows as libraries can move them: decimal numbers of one type, with vectors of embeddings in place of codes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.request import Request
from dlaudit.attributions.score import scores_of

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.paths.lifted import Lifted

Tensors = tuple["torch.Tensor", ...]


@dataclass(frozen=True, kw_only=True)
class Moving:
    """What a library may interpolate: the floating tensors of a lifted request, all of one type.

    Libraries mix tensors of their own into the rows, in float32 (SHAP) or at the price of precision (bfloat16); the
    model gets the types that it takes.
    """

    lifted: "Lifted"
    """The request with embeddings' vectors in place of codes."""
    dtype: "torch.dtype"
    """The type that the library sees."""
    kinds: "tuple[torch.dtype, ...]"
    """The types of the lifted tensors."""

    @property
    def request(self) -> Request:
        """What was asked."""
        return self.lifted.request

    def rows(self, part: slice) -> "tuple[torch.Tensor, ...]":
        """Fresh copies of what moves of some of the rows."""
        return self._moving(self._ends(part))

    def fixed(self, part: slice) -> "tuple[torch.Tensor, ...]":
        """What stays as it is: codes, masks and lengths."""
        return tuple(one for one in self._ends(part) if not one.is_floating_point())

    def means(self, part: slice) -> "tuple[torch.Tensor, ...]":
        """The reference of each of some rows: the mean of the background, with what never moves its own."""
        return self._started(part, self.lifted.mean)

    def zeros(self, part: slice) -> "tuple[torch.Tensor, ...]":
        """The all-zero row as the reference of each of some rows, with what never moves its own."""
        import torch

        return self._started(part, tuple(torch.zeros_like(one) for one in self.lifted.mean))

    def background(self, row: int) -> "tuple[torch.Tensor, ...]":
        """Every background row `[b, …]` as a reference of one row, with what never moves the row's own."""
        return self._started(slice(row, row + 1), self.lifted.ends(self.request.background))

    def score(self, *given: "torch.Tensor") -> "torch.Tensor":
        """Scores of what moves and, after it, what is fixed."""
        points = list(given)
        moving = [points.pop(0).to(kind) if kind.is_floating_point else None for kind in self.kinds]
        return self.lifted.score(*(points.pop(0) if one is None else one for one in moving))

    def elements(self, found: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
        """Contributions in the shape of the inputs, float64, from those of what moves."""
        return self.lifted.elements(found)

    def change(self, references: "Callable[[slice], tuple[torch.Tensor, ...]]") -> Float[np.ndarray, " n"]:
        """f(row) - f(its reference), float64."""

        def some(part: slice) -> Float[np.ndarray, " m"]:
            return scores_of(self.score, (*references(part), *self.fixed(part)), self.request.memory)

        return np.asarray(
            self.lifted.own_scores() - np.concatenate(self.request.memory.parts(self.request.count, some))
        )

    def change_on_average(self) -> Float[np.ndarray, " n"]:
        """f(row) minus the mean of f over the background rows, float64."""
        background = self.lifted.ends(self.request.background)
        return np.asarray(self.lifted.own_scores() - self.lifted.expected_scores(background))

    def _ends(self, part: slice) -> "tuple[torch.Tensor, ...]":
        return self.lifted.ends(tuple(one[part] for one in self.request.rows))

    def _started(self, part: slice, others: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
        """Others as references of some rows, as many as the larger of the two."""
        ends = self._ends(part)
        found = self._moving(self.lifted.started(part, ends, others))
        rows = max(len(ends[0]), len(found[0]))
        return tuple(one if len(one) == rows else one.expand(rows, *one.shape[1:]) for one in found)

    def _moving(self, tensors: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
        return tuple(one.detach().to(self.dtype, copy=True) for one in tensors if one.is_floating_point())


def moving(request: Request, dtype: "torch.dtype") -> Moving:
    """The request as a library can move it; to be called, and used, with the module frozen.

    Raises:
        CannotExplainError: The score has no gradient by the inputs, or by the embeddings of codes; the text says why.
    """
    from dlaudit.attributions.paths.lifted import differentiable

    found = differentiable(request)
    ends = found.ends(tuple(one[:2] for one in request.rows))
    return Moving(lifted=found, dtype=dtype, kinds=tuple(one.dtype for one in ends))
