"""Whether a gradient is the slope of the score: what adds up to nothing has no other way to show that it is wrong."""

from dataclasses import replace

import numpy as np

from dlaudit.attributions.completeness import holds
from dlaudit.attributions.paths.integrated_gradients import integrated_gradients
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.steady import ROUNDINGS, unit_of

ROWS = 16
"""Rows on which it is tried."""
NODES = 64
"""Nodes at least, which an adaptive path takes up to eight times."""


def refuse_false_gradient(request: Request) -> None:
    """Nothing, where gradients along paths to a few rows add up to the changes of the score.

    A part of the score that is detached, a step, a hook that scales gradients, or a backward pass written by hand leave
    a gradient that looks like any other. Methods that take it at the row alone would show it without a word.

    Raises:
        CannotExplainError: They do not add up within the request's tolerance, or there is no gradient.
    """
    import torch

    at = np.unique(np.linspace(0, request.count - 1, min(request.count, ROWS)).astype(np.int64))
    chosen = torch.from_numpy(at)
    some = replace(
        request,
        rows=tuple(one[chosen.to(one.device)] for one in request.rows),
        layout=request.layout.take(chosen),
        steps=max(request.steps, NODES),
    )
    # in bfloat16 the score itself is rounded to more than the tolerance
    reason = holds(integrated_gradients(some), max(request.tolerance, ROUNDINGS * unit_of(request)))
    if reason is not None:
        raise CannotExplainError(
            f"the gradient is not the slope of the score, as with steps, detached parts and hand-written backward "
            f"passes: integrated along a path, {reason}"
        )
