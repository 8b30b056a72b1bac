"""Everything that passes have told about some lines: score, gradient and what players contribute at every point."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.memory import Memory
from dlaudit.attributions.paths.lines import Lines, rows_each
from dlaudit.attributions.paths.quadrature import lobatto, running
from dlaudit.attributions.paths.shared import AtRows
from dlaudit.attributions.paths.switching import Intervals, Points, between

if TYPE_CHECKING:
    import torch

NODES = 11
"""Nodes that every line begins with, both ends among them."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """Lines to integrate along."""

    lines: Lines
    """The lines."""
    at_row: AtRows
    """Score and gradient at their upper ends."""
    players: "Callable[[list[torch.Tensor], Int[np.ndarray, ' p']], Float[np.ndarray, 'p M']]"
    """What every player contributes, from the moving tensors' contributions at points of some of the lines."""
    memory: Memory
    """How many rows go through the model at once."""


class Evaluated:
    """Everything that passes have told about some lines.

    Args:
        task: The lines.
    """

    def __init__(self, task: Task) -> None:
        lines, at = task.lines, lobatto(NODES).at
        self._task, self._ways = task, task.lines.distances()
        self._chunks: list[tuple[np.ndarray, list[torch.Tensor]]] = []
        every, before = np.arange(len(lines)), NODES - 1
        self._points = self._read(np.repeat(every, before), np.tile(at[:-1], len(lines)))
        ends = task.at_row
        self._points = self._points.joined(Points(score=ends.scores, values=self._values(ends.gradients, every)))
        self._chunks.append((every, ends.gradients))
        inner = np.arange(before * len(lines)).reshape(-1, before)
        self._first = np.concatenate([inner, (inner.size + every)[:, None]], axis=1)
        self.nodes = np.full(len(lines), NODES)

    @property
    def count(self) -> int:
        """Points at which the gradient is known."""
        return len(self._points.score)

    def unforeseen(self) -> Float[np.ndarray, " m"]:
        """By how much the polynomial through the gradients at the first nodes misses the score at one of them."""
        scores = self._points.score[self._first]
        slopes = self._points.values.sum(axis=1)[self._first]
        return np.asarray(np.abs(scores - scores[:, :1] - slopes @ running(NODES).T).max(axis=1))

    def polynomial(self, rows: Int[np.ndarray, " s"]) -> Float[np.ndarray, " p"]:
        """What every point counts, where these lines are done by the first nodes."""
        used = np.zeros(self.count)
        used[self._first[rows]] = lobatto(NODES).weights
        return used

    def intervals(self, rows: Int[np.ndarray, " s"]) -> Intervals:
        """The intervals between the first nodes of some lines."""
        at, first = lobatto(NODES).at, self._first[rows]
        return between(
            self._points,
            row=np.repeat(rows, NODES - 1),
            low=np.tile(at[:-1], len(rows)),
            width=np.tile(np.diff(at), len(rows)),
            ends=(first[:, :-1].ravel(), first[:, 1:].ravel()),
        )

    def halves(self, of: Intervals) -> Intervals:
        """Both halves of some intervals, after passes at their middles."""
        width, middle = of.width / 2, self.count + np.arange(len(of))
        self._points = self._points.joined(self._read(of.row, of.low + width))
        self.nodes += np.bincount(of.row, minlength=len(self.nodes))
        return between(
            self._points,
            row=np.tile(of.row, 2),
            low=np.concatenate([of.low, of.low + width]),
            width=np.tile(width, 2),
            ends=(np.concatenate([of.left, middle]), np.concatenate([middle, of.right])),
        )

    def lengths(self, of: Intervals) -> Float[np.ndarray, " m"]:
        """Length of the values of every line that some intervals make up."""
        import torch

        values = self._points.values
        parts = of.first[:, None] * values[of.left] + (of.width - of.first)[:, None] * values[of.right]
        total = torch.zeros((len(self.nodes), values.shape[1]), dtype=torch.float64)
        total.index_add_(0, torch.from_numpy(of.row), torch.from_numpy(parts))
        return np.asarray(total.norm(dim=1).numpy())

    def moved(self, used: Float[np.ndarray, " p"]) -> "list[torch.Tensor]":
        """Contributions of the moving tensors, where the gradient at every point counts that much."""
        import torch

        totals = [torch.zeros_like(one) for one in self._ways]
        start = 0
        for row, gradients in self._chunks:
            counts = used[start : (start := start + len(row))]
            for total, gradient in zip(totals, gradients, strict=True):
                device = gradient.device
                weight = torch.from_numpy(counts).to(device).reshape(-1, *[1] * (gradient.dim() - 1))
                total.index_add_(0, torch.from_numpy(row).to(device), gradient * weight)
        return [total.mul_(way) for total, way in zip(totals, self._ways, strict=True)]

    def _read(self, row: Int[np.ndarray, " p"], along: Float[np.ndarray, " p"]) -> Points:
        """Passes at points of the lines."""
        import torch

        lines, memory = self._task.lines, self._task.memory

        def some(part: slice) -> "tuple[Points, list[torch.Tensor]]":
            of = torch.from_numpy(row[part]).to(lines.end[0].device)
            scores, gradients = lines.gradients(of, torch.from_numpy(along[part]))
            return Points(score=scores.cpu().numpy(), values=self._values(gradients, row[part])), gradients

        parts = memory.parts(len(row), some, each=rows_each(memory, lines.end))
        gradients = [torch.cat([found[at] for _, found in parts]) for at in range(len(lines.moving))]
        self._chunks.append((row, gradients))
        return Points(
            score=np.concatenate([found.score for found, _ in parts]),
            values=np.concatenate([found.values for found, _ in parts]),
        )

    def _values(self, gradients: "list[torch.Tensor]", row: Int[np.ndarray, " p"]) -> Float[np.ndarray, "p M"]:
        import torch

        of = torch.from_numpy(row)
        return self._task.players([g * way[of.to(g.device)] for g, way in zip(gradients, self._ways, strict=True)], row)
