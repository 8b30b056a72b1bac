"""Integrated Gradients (Sundararajan, Taly and Yan 2017, arXiv:1703.01365)."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import frozen, leaves, one_function, scores_of, why_no_gradient
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch

MOST_DOUBLINGS = 2


@attributor("integrated_gradients", needs={Capability.GRADIENTS})
def integrated_gradients(request: Request) -> Explanation:
    """Gradients integrated along the straight path from the mean background row to each row.

    phi_j(x) = (x_j - b_j) * integral over alpha in 0..1 of df/dx_j at b + alpha (x - b), by Gauss-Legendre
    quadrature. Rows whose contributions miss f(x) - f(b) by more than the tolerance are computed again with
    twice and four times the nodes; what still misses shows as completeness error.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs.
    """
    import torch

    with frozen(request.module), one_function():
        reason = why_no_gradient(request.score, request.rows)
        if reason is not None:
            raise CannotExplainError(reason)
        baseline = tuple(one.mean(dim=0, keepdim=True) for one in request.background)
        change = scores_of(request.score, request.rows, request.memory)
        change = change - scores_of(request.score, baseline, request.memory)
        values = np.zeros((request.count, len(request.layout)))
        unfinished, steps = np.ones(request.count, dtype=bool), request.steps
        for _ in range(MOST_DOUBLINGS + 1):
            at = torch.from_numpy(np.flatnonzero(unfinished)).to(request.rows[0].device)
            values[unfinished] = _integrated(request, at, baseline, steps)
            unfinished = relative_error(values.sum(axis=1) - change, change) > request.tolerance
            if not unfinished.any():
                break
            steps *= 2
    return Explanation(
        values=values,
        change=change,
        reference=f"the mean of {len(request.background[0])} background rows",
        detail={"steps": request.steps, "rows_over_tolerance": int(unfinished.sum())},
    )


def _integrated(
    request: Request, at: "torch.Tensor", baseline: "tuple[torch.Tensor, ...]", steps: int
) -> Float[np.ndarray, " n M"]:
    import torch

    nodes, weights = np.polynomial.legendre.leggauss(steps)

    def some(part: slice) -> Float[np.ndarray, " m M"]:
        total = None
        rows = tuple(one[at[part]] for one in request.rows)
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            points = leaves(base + float(node) * (row - base) for row, base in zip(rows, baseline, strict=True))
            found = torch.autograd.grad(request.score(*points).sum(), points)
            step = [float(weight) * one for one in found]
            total = step if total is None else [done + more for done, more in zip(total, step, strict=True)]
        assert total is not None
        moved = [one * (row - base) for one, row, base in zip(total, rows, baseline, strict=True)]
        return request.layout.take(at[part]).gathered(moved)

    return np.concatenate(request.memory.parts(len(at), some))
