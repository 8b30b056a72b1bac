"""Straight lines from a reference to rows, and the score and its gradient at points of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.memory import Memory

if TYPE_CHECKING:
    import torch

MOST_NUMBERS = 1 << 19
"""Numbers of the inputs of one pass: what a network keeps for its backward pass is tens of times as much."""
MOST_KEPT = 1 << 21
"""Contributions of single elements held at once, as float64."""


@dataclass(frozen=True, kw_only=True)
class Lines:
    """For each of m rows the straight line to it from its reference."""

    score: "Callable[..., torch.Tensor]"
    """Input tensors `[p, …]` to scores `[p]`."""
    start: "tuple[torch.Tensor, ...]"
    """References, each `[1, …]` (the same for all rows) or `[m, …]`."""
    end: "tuple[torch.Tensor, ...]"
    """The rows, each `[m, …]`. Only floating tensors move; the others are the row's own all along the line."""

    def __len__(self) -> int:
        return len(self.end[0])

    @property
    def moving(self) -> list[int]:
        """Numbers of the tensors that move."""
        return [at for at, one in enumerate(self.end) if one.is_floating_point()]

    def at(self, of: "torch.Tensor | slice", along: "torch.Tensor | float") -> "tuple[torch.Tensor, ...]":
        """The input tensors at points of the lines.

        Args:
            of: Row of every point `[p]`.
            along: Where on its line every point lies, 0 (reference) to 1 (row), float64 `[p]`, or one number.
        """
        import torch

        points = []
        for start, end in zip(self.start, self.end, strict=True):
            row = end[of]
            if not end.is_floating_point():
                points.append(row)
                continue
            first = start if len(start) == 1 else start[of]
            if isinstance(along, float):
                points.append(torch.lerp(first, row, along))
                continue
            weight = along.to(end.device, end.dtype).reshape(-1, *[1] * (end.dim() - 1))
            points.append(torch.lerp(first, row, weight))
        return tuple(points)

    def scores(self, of: "torch.Tensor | slice", along: "torch.Tensor | float") -> Float[np.ndarray, " p"]:
        """Scores at points of the lines, float64."""
        import torch

        with torch.no_grad():
            return np.asarray(self.score(*self.at(of, along)).detach().double().cpu().numpy())

    def gradients(
        self, of: "torch.Tensor | slice", along: "torch.Tensor | float"
    ) -> "tuple[torch.Tensor, list[torch.Tensor]]":
        """Scores `[p]` at points of the lines, and their gradients by the moving tensors, each `[p, …]`.

        Gradients are zeros for a tensor on which the score does not depend.
        """
        return scores_and_gradients(self.score, self.at(of, along))

    def distances(self) -> "list[torch.Tensor]":
        """Row minus reference of the moving tensors, float64."""
        return [self.end[at].double() - self.start[at].double() for at in self.moving]


def scores_and_gradients(
    score: "Callable[..., torch.Tensor]", points: "tuple[torch.Tensor, ...]"
) -> "tuple[torch.Tensor, list[torch.Tensor]]":
    """Scores `[p]` of points that are nobody else's, and their gradients by the floating tensors."""
    import torch

    with torch.enable_grad():
        moving = [one.requires_grad_() for one in points if one.is_floating_point()]
        scores = score(*points)
        found = torch.autograd.grad(scores.sum(), moving, allow_unused=True)
    gradients = [torch.zeros_like(one) if by is None else by for one, by in zip(moving, found, strict=True)]
    return scores.detach().double(), gradients


def scores_of(
    score: "Callable[..., torch.Tensor]", rows: "tuple[torch.Tensor, ...]", memory: Memory
) -> Float[np.ndarray, " n"]:
    """Scores of all rows without gradients, float64, in passes as small as those along lines."""
    import torch

    def some(part: slice) -> Float[np.ndarray, " m"]:
        with torch.no_grad():
            return np.asarray(score(*(one[part] for one in rows)).detach().double().cpu().numpy())

    return np.concatenate([np.zeros(0), *memory.parts(len(rows[0]), some, each=rows_each(memory, rows))])


def rows_each(memory: Memory, inputs: "Iterable[torch.Tensor]") -> int:
    """How many rows of a small input one row counts for, so that a pass holds at most `MOST_NUMBERS` numbers."""
    numbers = sum(one[0].numel() for one in inputs)
    return max(1, -(-memory.rows * numbers // MOST_NUMBERS))


def blocks(count: int, inputs: "Iterable[torch.Tensor]", *, each: int = 1) -> list[slice]:
    """Consecutive parts of the rows whose contributions by element, `each` times over, fit in memory together."""
    size = max(1, MOST_KEPT // max(1, each * sum(one[0].numel() for one in inputs)))
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
