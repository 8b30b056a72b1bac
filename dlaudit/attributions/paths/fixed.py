"""Gradients integrated along lines with the same nodes for every row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.memory import Memory
from dlaudit.attributions.paths.lines import Lines, rows_each
from dlaudit.attributions.paths.quadrature import Rule

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class Read:
    """What passes over the nodes of one or several rules give."""

    scores: dict[float, Float[np.ndarray, " m"]]
    """The score at every node."""
    integrals: "list[list[torch.Tensor]]"
    """For each rule the integrals of the gradients by the moving tensors, float64, each `[m, …]`."""


def read(lines: Lines, rules: Sequence[Rule], memory: Memory) -> Read:
    """Integrals of the gradients by several rules, read off the same passes.

    There is one pass for each node that any of the rules has: nodes that two rules share are evaluated once.
    """
    import torch

    weights = [rule.by_node() for rule in rules]
    nodes = sorted({node for one in weights for node in one})

    def some(part: slice) -> "tuple[torch.Tensor, list[list[torch.Tensor]]]":
        rows = [lines.end[at][part] for at in lines.moving]
        totals = [[torch.zeros_like(one, dtype=torch.float64) for one in rows] for _ in rules]
        scores = []
        for node in nodes:
            score, gradients = lines.gradients(part, node)
            scores.append(score.cpu())
            for total, known in zip(totals, weights, strict=True):
                if node in known:
                    for into, gradient in zip(total, gradients, strict=True):
                        into.add_(gradient, alpha=known[node])
        return torch.stack(scores), totals

    parts = memory.parts(len(lines), some, each=rows_each(memory, lines.end))
    scores = torch.cat([score for score, _ in parts], dim=1).numpy()
    return Read(
        scores={node: np.asarray(score) for node, score in zip(nodes, scores, strict=True)},
        integrals=[
            [torch.cat([totals[rule][at] for _, totals in parts]) for at in range(len(lines.moving))]
            for rule in range(len(rules))
        ],
    )
