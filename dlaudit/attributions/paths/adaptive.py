"""Gradients integrated along lines with more nodes only where the score is missed.

A line is cut into intervals. On each, the contributions must add up to the change of the score over that interval: so
errors of one part of the line cannot cancel those of another, and the sum of their sizes certifies the row. Only the
intervals that miss most are halved.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.memory import Memory
from dlaudit.attributions.paths.lines import Lines, rows_each
from dlaudit.attributions.paths.quadrature import Rule, legendre

if TYPE_CHECKING:
    import torch

NODES = 4
"""Nodes of one interval."""
INTERVALS = 3
"""Intervals that every line begins with."""
MOST_HALVINGS = 12
"""A jump of the score is not found by halving more often."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """When a line is done."""

    start: Float[np.ndarray, " m"]
    """Score of every reference."""
    end: Float[np.ndarray, " m"]
    """Score of every row."""
    allowed: Float[np.ndarray, " m"]
    """What the intervals of a line may miss in all, in units of the score."""
    most: int
    """Nodes of one line at most."""


@dataclass(frozen=True, kw_only=True)
class Integral:
    """Contributions of the moving tensors, and how well they are known."""

    moved: "list[torch.Tensor]"
    """Contributions of every element, float64, each `[m, …]`."""
    missed: Float[np.ndarray, " m"]
    """Sizes of the misses of all intervals of a line added up: at least the size of its completeness error."""
    nodes: Int[np.ndarray, " m"]
    """Gradients evaluated on each line."""


@dataclass(frozen=True, kw_only=True)
class _Intervals:
    row: Int[np.ndarray, " k"]
    low: Float[np.ndarray, " k"]
    width: Float[np.ndarray, " k"]
    score_low: Float[np.ndarray, " k"]
    score_high: Float[np.ndarray, " k"]

    def __len__(self) -> int:
        return len(self.row)


def integral(lines: Lines, goal: Goal, memory: Memory) -> Integral:
    """Integrated gradients of every line, halving the intervals that miss until the line does not."""
    import torch

    open_ones = _first(lines, goal, memory)
    moved = [torch.zeros_like(lines.end[at], dtype=torch.float64) for at in lines.moving]
    missed, nodes = np.zeros(len(lines)), np.zeros(len(lines), dtype=np.int64)
    for halvings in range(MOST_HALVINGS + 1):
        found = _contributions(lines, open_ones, memory)
        sums = sum(one.reshape(len(open_ones), -1).sum(dim=1) for one in found)
        error = np.abs(_numbers(sums) - (open_ones.score_high - open_ones.score_low))
        nodes += NODES * np.bincount(open_ones.row, minlength=len(lines))
        halved = _to_halve(open_ones, error, goal, missed, nodes) & (halvings < MOST_HALVINGS)
        missed += np.bincount(open_ones.row[~halved], weights=error[~halved], minlength=len(lines))
        kept = torch.from_numpy(np.flatnonzero(~halved))
        for total, one in zip(moved, found, strict=True):
            at = kept.to(one.device)
            total.index_add_(0, torch.from_numpy(open_ones.row).to(one.device)[at], one[at])
        if not halved.any():
            break
        open_ones = _halves(lines, open_ones, halved, memory)
    return Integral(moved=moved, missed=missed, nodes=nodes)


def _first(lines: Lines, goal: Goal, memory: Memory) -> _Intervals:
    count = len(lines)
    row = np.repeat(np.arange(count), INTERVALS)
    low = np.tile(np.arange(INTERVALS) / INTERVALS, count)
    inner = low > 0
    scores = np.empty((count, INTERVALS + 1))
    scores[:, 0], scores[:, -1] = goal.start, goal.end
    scores[:, 1:-1] = _scores(lines, row[inner], low[inner], memory).reshape(count, INTERVALS - 1)
    return _Intervals(
        row=row,
        low=low,
        width=np.full(len(row), 1 / INTERVALS),
        score_low=scores[:, :-1].ravel(),
        score_high=scores[:, 1:].ravel(),
    )


def _halves(lines: Lines, of: _Intervals, chosen: Bool[np.ndarray, " k"], memory: Memory) -> _Intervals:
    """Both halves of the chosen intervals, those of a line next to each other."""
    row, low, width = of.row[chosen], of.low[chosen], of.width[chosen] / 2
    middle = _scores(lines, row, low + width, memory)
    return _Intervals(
        row=np.repeat(row, 2),
        low=np.stack([low, low + width], axis=1).ravel(),
        width=np.repeat(width, 2),
        score_low=np.stack([of.score_low[chosen], middle], axis=1).ravel(),
        score_high=np.stack([middle, of.score_high[chosen]], axis=1).ravel(),
    )


def _to_halve(
    of: _Intervals,
    error: Float[np.ndarray, " k"],
    goal: Goal,
    missed: Float[np.ndarray, " m"],
    nodes: Int[np.ndarray, " m"],
) -> Bool[np.ndarray, " k"]:
    """The intervals that miss more than their share of what is left of their line's allowance."""
    rows = len(goal.allowed)
    left = goal.allowed - missed
    now = np.bincount(of.row, weights=error, minlength=rows)
    share = np.maximum(left, 0) / np.maximum(np.bincount(of.row, minlength=rows), 1)
    chosen = (now > left)[of.row] & (error > share[of.row])
    more = 2 * NODES * np.bincount(of.row[chosen], minlength=rows)
    return np.asarray(chosen & (nodes + more <= goal.most)[of.row])


def _contributions(lines: Lines, of: _Intervals, memory: Memory) -> "list[torch.Tensor]":
    """Contributions of every element over every interval, float64, each `[k, …]`."""
    import torch

    rule = legendre(NODES)
    inside = of.low[:, None] + of.width[:, None] * rule.at

    def some(part: slice) -> "list[torch.Tensor]":
        row, width = torch.from_numpy(of.row[part]), torch.from_numpy(of.width[part])
        device = lines.end[0].device
        points = torch.from_numpy(inside[part].ravel())
        _, gradients = lines.gradients(row.repeat_interleave(NODES).to(device), points)
        return [
            _weighted(one, rule, width) * (lines.end[at][row.to(device)].double() - _start(lines, at, row))
            for at, one in zip(lines.moving, gradients, strict=True)
        ]

    parts = memory.parts(len(of), some, each=NODES * rows_each(memory, lines.end))
    return [torch.cat([part[number] for part in parts]) for number in range(len(lines.moving))]


def _weighted(gradients: "torch.Tensor", rule: Rule, width: "torch.Tensor") -> "torch.Tensor":
    """The integral over each interval of gradients at its nodes, `[k, …]` from `[k nodes, …]`."""
    import torch

    flat = gradients.reshape(-1, len(rule.at), gradients[0].numel())
    total = torch.zeros((len(flat), flat.shape[2]), dtype=torch.float64, device=flat.device)
    for number, weight in enumerate(rule.weights.tolist()):
        total.add_(flat[:, number], alpha=weight)
    return (total * width.to(flat.device)[:, None]).reshape(-1, *gradients.shape[1:])


def _start(lines: Lines, at: int, row: "torch.Tensor") -> "torch.Tensor":
    start = lines.start[at]
    return (start if len(start) == 1 else start[row.to(start.device)]).double()


def _scores(
    lines: Lines, row: Int[np.ndarray, " p"], along: Float[np.ndarray, " p"], memory: Memory
) -> Float[np.ndarray, " p"]:
    import torch

    device = lines.end[0].device

    def some(part: slice) -> Float[np.ndarray, " q"]:
        return lines.scores(torch.from_numpy(row[part]).to(device), torch.from_numpy(along[part]))

    parts = memory.parts(len(row), some, each=rows_each(memory, lines.end))
    return np.concatenate([np.zeros(0), *parts])


def _numbers(values: "torch.Tensor | int") -> Float[np.ndarray, " k"]:
    import torch

    assert isinstance(values, torch.Tensor)
    return np.asarray(values.cpu().numpy())
