"""What a pass over rows costs, and whether gradients see the score that was audited."""

import time

import numpy as np

from dlaudit.attributions.request import Request
from dlaudit.attributions.score import frozen, one_function, scores_of, scores_with_gradients, why_no_gradient

TIMED = 5
"""Times that the cost of a pass is measured; the middle one counts."""


def seconds_of(request: Request) -> float:
    """Wall seconds of one forward-and-backward pass of one row, in passes of many; the middle of `TIMED` measurements.

    Where there are no gradients, three times those of a forward pass.
    """
    with frozen(request.module), one_function():
        differentiable = why_no_gradient(request.score, request.rows) is None
        passes, factor = (scores_with_gradients, 1.0) if differentiable else (scores_of, 3.0)
        found = []
        for _ in range(TIMED):
            start = time.perf_counter()
            passes(request.score, request.rows, request.memory)
            found.append(time.perf_counter() - start)
    return factor * float(np.median(found)) / request.count


def grad_difference(request: Request) -> float | None:
    """Largest difference between the score as it was audited and as gradients see it; None where it has none.

    The first is computed without gradients and with every fast path as it stands, the second with gradients.
    """
    with frozen(request.module):
        audited = scores_of(request.score, request.rows, request.memory)
        with one_function():
            if why_no_gradient(request.score, request.rows) is not None:
                return None
            seen = scores_with_gradients(request.score, request.rows, request.memory)
    return float(np.abs(audited - seen).max())
