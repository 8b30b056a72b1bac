"""Gradients integrated along lines, with more nodes only where score and gradient ask for them.

Every line begins with the same Gauss-Lobatto nodes. Passes at nodes give the score as well, and the line is done if the
polynomial through the gradients predicts the score at every one of them: smooth networks end here. On all other lines
neighbouring nodes are the ends of intervals (`switching`), and those that miss or are unsure most are halved.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.completeness import ROUNDING
from dlaudit.attributions.paths.evaluated import Evaluated, Task
from dlaudit.attributions.paths.switching import Intervals

if TYPE_CHECKING:
    import torch

SMOOTH = 0.25
"""Part of the allowance by which the score at a node may differ from what the gradients predict."""
HALVED = 0.5
"""Intervals are halved whose error is at least this part of their line's largest."""
NARROWEST = 2.0**-14
"""A jump of the score is not found in narrower intervals either."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """When a line is done."""

    allowed: Float[np.ndarray, " m"]
    """What a line may miss, in units of the score: in sum, and as the root of the sum of squares of its intervals."""
    tolerance: float
    """How unsure the values of a line may be, relative to their length."""
    most: int
    """Nodes of one line at most."""


@dataclass(frozen=True, kw_only=True)
class Integral:
    """Contributions of the moving tensors, and how well they are known."""

    moved: "list[torch.Tensor]"
    """Contributions of every element, float64, each `[m, …]`."""
    nodes: Int[np.ndarray, " m"]
    """Gradients evaluated on each line, that at the row among them."""
    over: Bool[np.ndarray, " m"]
    """Lines that did not get as good as was asked for."""


def integral(task: Task, goal: Goal) -> Integral:
    """Integrated gradients of every line, by halving intervals until the line is as good as asked for."""
    known = Evaluated(task)
    smooth = known.unforeseen() <= SMOOTH * goal.allowed
    used, over = known.polynomial(np.flatnonzero(smooth)), np.zeros(len(smooth), dtype=bool)
    intervals = known.intervals(np.flatnonzero(~smooth))
    while len(intervals):
        wanting = _wanting(intervals, goal, known.lengths(intervals))
        chosen = _to_halve(intervals, wanting, goal, known.nodes)
        going_on = np.zeros(len(smooth), dtype=bool)
        going_on[intervals.row[chosen]] = True
        ended = intervals.take(~going_on[intervals.row])
        over[ended.row] = wanting[ended.row]
        used += ended.weights(len(used))
        stay = intervals.take(going_on[intervals.row] & ~chosen)
        intervals = stay.joined(known.halves(intervals.take(chosen))) if chosen.any() else stay
        used = np.concatenate([used, np.zeros(known.count - len(used))])
    return Integral(moved=known.moved(used), nodes=known.nodes, over=over)


def _wanting(of: Intervals, goal: Goal, lengths: Float[np.ndarray, " m"]) -> Bool[np.ndarray, " m"]:
    """Lines that miss too much, in sum or in their intervals, or whose values are too unsure."""
    rows = len(lengths)
    sums = np.bincount(of.row, weights=of.missed, minlength=rows)
    missed = np.sqrt(np.bincount(of.row, weights=of.missed**2, minlength=rows))
    unsure = np.sqrt(np.bincount(of.row, weights=of.unsure**2, minlength=rows))
    missing = np.maximum(np.abs(sums), missed) > goal.allowed
    return np.asarray(missing | (unsure > np.maximum(goal.tolerance * lengths, ROUNDING)))


def _to_halve(
    of: Intervals, wanting: Bool[np.ndarray, " m"], goal: Goal, nodes: Int[np.ndarray, " m"]
) -> Bool[np.ndarray, " k"]:
    """The worst intervals of the lines that want more nodes and may have them."""
    error = np.hypot(of.missed, of.unsure)
    worst = np.zeros(len(wanting))
    np.maximum.at(worst, of.row, error)
    chosen = wanting[of.row] & (of.width > NARROWEST) & (error >= HALVED * worst[of.row])
    more = np.bincount(of.row[chosen], minlength=len(wanting))
    return np.asarray(chosen & (nodes + more <= goal.most)[of.row])
