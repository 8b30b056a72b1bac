"""Whether a gradient is the slope of the score: what adds up to nothing has no other way to show that it is wrong."""

from dataclasses import replace

import numpy as np

from dlaudit.attributions.completeness import holds, relative_error
from dlaudit.attributions.paths.fixed_path import integrated_gradients_at
from dlaudit.attributions.paths.integrated_gradients import TYPICAL, integrated_gradients
from dlaudit.attributions.registry import Size
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.steady import ROUNDINGS, unit_of

ROWS = 16
"""Rows on which it is tried."""
NODES = 64
"""Nodes at least, which an adaptive path takes up to eight times."""
PLAIN_NODES = (128, 512)
"""Nodes of the rule that is the same for every row: one that adapts to the score's changes hides some of what is
missing. More where the first are too few: a score that goes up and down along the path, as of a sharp network on a
spectrogram, then adds up; what is missing from a false slope stays missing."""
_CALL = 512
"""Rows of one call, in each of which it is tried."""


def cost_of_trial(size: Size) -> float:
    """Forward-and-backward passes that the trial costs for each explained row."""
    return TYPICAL * min(ROWS, size.rows) / max(1, min(_CALL, size.rows))


def refuse_false_gradient(request: Request) -> None:
    """Nothing, where gradients along paths to a few rows add up to the changes of the score.

    A part of the score that is detached, a step, a hook that scales gradients, or a backward pass written by hand leave
    a gradient that looks like any other. Methods that take it at the row alone would show it without a word.

    Raises:
        CannotExplainError: They do not add up within the request's tolerance, or there is no gradient.
    """
    some = replace(_some(request), steps=max(request.steps, NODES))
    # in bfloat16 the score itself is rounded to more than the tolerance
    reason = holds(integrated_gradients(some), max(request.tolerance, ROUNDINGS * unit_of(request)))
    if reason is not None:
        raise _false(reason)


def refuse_false_slope(request: Request) -> None:
    """Nothing, where gradients at evenly spread places of paths to a few rows add up to the changes of the score.

    What a plain rule misses on the middle row is little even for a score with many kinks.

    Raises:
        CannotExplainError: Half the rows miss more than the request's tolerance, or there is no gradient.
    """
    some, missed = _some(request), 0.0
    for nodes in PLAIN_NODES:
        found = integrated_gradients_at(some, nodes)
        missed = float(np.median(relative_error(found.completeness, found.change)))
        if missed <= max(request.tolerance, ROUNDINGS * unit_of(request)):
            return
    raise _false(
        f"its contributions miss {missed:.1%} of the change of the score in half of the rows, with {nodes} nodes"
    )


def _some(request: Request) -> Request:
    """The request for a few of its rows, evenly spread."""
    import torch

    at = np.unique(np.linspace(0, request.count - 1, min(request.count, ROWS)).astype(np.int64))
    chosen = torch.from_numpy(at)
    return replace(
        request,
        rows=tuple(one[chosen.to(one.device)] for one in request.rows),
        layout=request.layout.take(chosen),
        first=False,
        shared=None,
    )


def _false(reason: str) -> CannotExplainError:
    return CannotExplainError(
        "the gradient is not the slope of the score, as with steps, detached parts and hand-written backward "
        f"passes: integrated along a path, {reason}"
    )
