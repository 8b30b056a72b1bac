"""Integrated Gradients (Sundararajan, Taly and Yan 2017, arXiv:1703.01365)."""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.completeness import ROUNDING
from dlaudit.attributions.paths.collected import Collected
from dlaudit.attributions.paths.lines import blocks
from dlaudit.attributions.paths.shared import Shared, shared_by
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import frozen, one_function
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.paths.evaluated import Task

MOST_TIMES = 8
"""Nodes of a row at most, as a multiple of the request's steps."""
TYPICAL = 20.0
"""Passes that a row takes on most nets."""


@attributor("integrated_gradients", needs={Capability.GRADIENTS}, cost=lambda size: TYPICAL)
def integrated_gradients(request: Request) -> Explanation:
    """Gradients integrated along the straight path from the mean background row to each row.

    phi_j(x) = (x_j - b_j) * integral over alpha in 0..1 of df/dx_j at b + alpha (x - b). The path is cut into
    intervals, and those on which contributions and change of score differ most, or the gradient changes most, are
    halved until neither is more than the tolerance; what still misses shows as completeness error. Codes and tokens
    are explained by the vectors that their embeddings return.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs or their embeddings.
    """
    from dlaudit.attributions.paths.adaptive import Goal, integral
    from dlaudit.attributions.paths.evaluated import NODES
    from dlaudit.attributions.paths.slope import refuse_false_slope

    nodes, over = [], []
    with frozen(request.module), one_function():
        shared = shared_by(request)
        if request.first:
            refuse_false_slope(request)
        shared.look()
        known, change = shared.known, shared.own - shared.start
        allowed, found = allowance(change, request.tolerance), Collected(known)
        for part in blocks(request.count, known.mean, each=NODES // 2):
            goal = Goal(allowed=allowed[part], tolerance=request.tolerance, most=MOST_TIMES * request.steps)
            one = integral(_task(shared, part), goal)
            found.add(part, one.moved)
            nodes.append(one.nodes)
            over.append(one.over)
    return Explanation(
        values=found.values,
        change=change,
        reference=known.reference,
        elements=found.elements,
        detail=known.detail | _detail(np.concatenate(nodes), np.concatenate(over)),
    )


def _task(shared: Shared, part: slice) -> "Task":
    """The lines to some of the rows, and who contributes what along them."""
    import torch

    from dlaudit.attributions.paths.evaluated import Task

    known = shared.known
    layout = known.request.layout.take(part)

    def players(moved: "list[torch.Tensor]", rows: Int[np.ndarray, " p"]) -> Float[np.ndarray, "p M"]:
        return layout.take(torch.from_numpy(rows)).gathered(known.elements(moved))

    return Task(lines=known.lines(part), at_row=shared.at_rows(part), players=players, memory=known.request.memory)


def allowance(change: Float[np.ndarray, " n"], tolerance: float) -> Float[np.ndarray, " n"]:
    """What the contributions of every row may miss: the tolerance times its change of score.

    Changes count as at least the median change, so that a row which happens to score like its reference need not be
    computed without end.
    """
    size = np.abs(change)
    floor = np.median(size) if len(size) else 0.0
    return np.asarray(np.maximum(tolerance * np.maximum(size, floor), ROUNDING))


def _detail(nodes: Int[np.ndarray, " n"], over: Bool[np.ndarray, " n"]) -> dict[str, Any]:
    return {
        "nodes": round(float(nodes.mean()), 2),
        "most_nodes": int(nodes.max()),
        "rows_over_tolerance": int(over.sum()),
    }
