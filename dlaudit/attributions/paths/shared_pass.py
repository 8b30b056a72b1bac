"""Saliency, input x gradient, integrated and expected gradients of the same rows, with nothing evaluated twice."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from dlaudit.attributions.paths.collected import Collected
from dlaudit.attributions.paths.lines import Lines, blocks
from dlaudit.attributions.paths.shared import shared_by, sharing
from dlaudit.attributions.paths.slope import cost_of_trial, refuse_false_gradient
from dlaudit.attributions.registry import ATTRIBUTORS, attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import frozen, one_function
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import torch

FAMILY = ("saliency", "input_x_gradient", "integrated_gradients", "expected_gradients")
"""Methods that share what they evaluate."""
SLOPE = "none: the gradient at the row itself"
TIMES = "none: each input times the gradient at the row itself"


def shared_pass(request: Request, methods: Iterable[str] = FAMILY) -> dict[str, Explanation]:
    """Explanations of the same rows by several methods along paths, for less than the sum of their costs.

    Shared are the look for embeddings, the scores of the rows and of the mean reference, and the gradient at the rows:
    it is saliency, input x gradient and the last node of integrated gradients. Expected gradients takes the scores from
    there; its gradients are its own, since they lie at random points of lines from other references.

    Args:
        request: The rows.
        methods: Names out of `FAMILY`; a method that does not apply to codes (saliency) is left out by the caller.

    Raises:
        CannotExplainError: One of the methods does not apply.
    """
    together = sharing(request)
    return {name: ATTRIBUTORS.get(name).explain(together) for name in methods}


@attributor("saliency", needs={Capability.GRADIENTS}, adds_up="no", cost=lambda size: 2.0 + cost_of_trial(size))
def saliency(request: Request) -> Explanation:
    """The gradient of the score at each row, with its sign (Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034).

    In units of the score per unit of the input; a player's is the sum over its elements. It says how the score
    would change at the row, not what it is made of, and adds up to nothing.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs, or codes would be explained: the
            gradient by a vector has no one sign.
    """
    return _at_the_row(request, times_input=False)


@attributor("input_x_gradient", needs={Capability.GRADIENTS}, adds_up="no", cost=lambda size: 2.0 + cost_of_trial(size))
def input_x_gradient(request: Request) -> Explanation:
    """Each input times the gradient by it at each row (Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685).

    It adds up to the score's change from zero where the score is linear, and to nothing in general. For codes it is
    the vector of the embedding times the gradient by it.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs or their embeddings.
    """
    return _at_the_row(request, times_input=True)


def _at_the_row(request: Request, *, times_input: bool) -> Explanation:
    with frozen(request.module), one_function():
        shared = shared_by(request)
        known = shared.known
        if known.fed and not times_input:
            raise CannotExplainError(
                "codes are explained by vectors, and the gradient by a vector has no one sign (input_x_gradient has)"
            )
        if not shared.slope_checked:
            refuse_false_gradient(request)
            shared.slope_checked = True
        shared.look()
        found, own = Collected(known), []
        for part in blocks(request.count, known.mean):
            at_row = shared.at_rows(part)
            own.append(at_row.scores)
            found.add(part, _times(known.lines(part), at_row.gradients) if times_input else at_row.gradients)
        change = np.concatenate(own) - shared.start
    return Explanation(
        values=found.values,
        change=change,
        reference=TIMES if times_input else SLOPE,
        elements=found.elements,
        detail=dict(known.detail),
    )


def _times(lines: Lines, gradients: "list[torch.Tensor]") -> "list[torch.Tensor]":
    """The moving tensors of the rows times their gradients."""
    return [gradient * lines.end[at] for at, gradient in zip(lines.moving, gradients, strict=True)]
