"""Integrated Gradients (Sundararajan, Taly and Yan 2017, arXiv:1703.01365), as Captum computes it."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.completeness import relative_error
from dlaudit.attributions.players import summed
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import frozen, one_function, parts_of, scores_of, why_no_gradient
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
        baseline = request.background.mean(dim=0, keepdim=True)
        change = scores_of(request.score, request.rows, request.batch_size) - scores_of(request.score, baseline, 1)
        values = np.zeros((len(request.rows), len(request.players)))
        unfinished, steps = np.ones(len(request.rows), dtype=bool), request.steps
        for _ in range(MOST_DOUBLINGS + 1):
            chosen = request.rows[torch.from_numpy(unfinished).to(request.rows.device)]
            values[unfinished] = _captum(request, chosen, baseline, steps)
            unfinished = relative_error(values.sum(axis=1) - change, change) > request.tolerance
            if not unfinished.any():
                break
            steps *= 2
    return Explanation(
        values=values,
        change=change,
        reference=f"the mean of {len(request.background)} background rows",
        detail={"steps": request.steps, "rows_over_tolerance": int(unfinished.sum())},
    )


def _captum(request: Request, rows: "torch.Tensor", baseline: "torch.Tensor", steps: int) -> Float[np.ndarray, " n M"]:
    from captum.attr import IntegratedGradients

    method = IntegratedGradients(request.score)
    # As many rows at a time as one forward pass takes with all their nodes; the internal batch must hold each
    # row once, and is always set, because Captum otherwise puts all rows times all nodes through at once.
    at_once = max(1, request.batch_size // steps)
    parts = []
    for part in parts_of(rows.detach(), at_once):
        found = method.attribute(
            part.clone(),
            baselines=baseline.expand_as(part),
            n_steps=steps,
            method="gausslegendre",
            internal_batch_size=max(request.batch_size, len(part)),
        )
        flat = found.detach().double().flatten(2).sum(2) if found.dim() > 2 else found.detach().double()
        parts.append(summed(flat.cpu().numpy(), request.players))
    return np.concatenate(parts)
