"""Saliency, input x gradient and integrated gradients read off the same passes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.paths.collected import Collected
from dlaudit.attributions.paths.fixed import read
from dlaudit.attributions.paths.lifted import differentiable
from dlaudit.attributions.paths.lines import blocks
from dlaudit.attributions.paths.quadrature import AT_THE_END, lobatto
from dlaudit.attributions.registry import attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import frozen, one_function
from dlaudit.models.model import Capability

NODES = 12
"""Nodes of the path, with both ends among them."""
SLOPE = "none: the gradient at the row itself"
TIMES = "none: each input times the gradient at the row itself"


@dataclass(frozen=True, kw_only=True)
class SharedPass:
    """What one pass over the nodes of a path tells; the explanations share the change of the score."""

    integrated_gradients: Explanation
    """By Gauss-Lobatto quadrature; its completeness is the figure to judge it by."""
    input_x_gradient: Explanation
    """Each input times its gradient at the row."""
    saliency: Explanation | None
    """The gradient at the row, with its sign; None where codes are explained, whose vectors have no one sign."""


def shared_pass(request: Request, nodes: int = NODES) -> SharedPass:
    """Saliency, input x gradient and integrated gradients for the cost of the last.

    Gauss-Lobatto nodes contain both ends of the path. So the passes at the row and at its reference give the score
    and the gradient there, too, and nothing is evaluated twice.

    Args:
        request: The rows.
        nodes: Nodes of the path, the same for every row, at least 2.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs or their embeddings.
    """
    with frozen(request.module), one_function():
        known = differentiable(request)
        path, times, slope = Collected(known), Collected(known), Collected(known)
        change = []
        for part in blocks(request.count, known.mean):
            lines = known.lines(part)
            found = read(lines, [lobatto(nodes), AT_THE_END], request.memory)
            total, gradient = found.integrals
            path.add(part, [one * way for one, way in zip(total, lines.distances(), strict=True)])
            times.add(part, [one * lines.end[at] for at, one in zip(lines.moving, gradient, strict=True)])
            if not known.fed:
                slope.add(part, gradient)
            change.append(found.scores[1.0] - found.scores[0.0])
    changed = np.concatenate(change)
    detail = {**known.detail, "steps": nodes}
    return SharedPass(
        integrated_gradients=_explanation(path, changed, known.reference, detail),
        input_x_gradient=_explanation(times, changed, TIMES, known.detail),
        saliency=None if known.fed else _explanation(slope, changed, SLOPE, {}),
    )


@attributor("saliency", needs={Capability.GRADIENTS}, adds_up="no", cost=lambda size: 2.0)
def saliency(request: Request) -> Explanation:
    """The gradient of the score at each row, with its sign (Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034).

    In units of the score per unit of the input; a player's is the sum over its elements. It says how the score
    would change at the row, not what it is made of, and adds up to nothing.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs, or codes would be explained: the
            gradient by a vector has no one sign.
    """
    return _at_the_row(request, times_input=False)


@attributor("input_x_gradient", needs={Capability.GRADIENTS}, adds_up="no", cost=lambda size: 2.0)
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
        known = differentiable(request)
        if known.fed and not times_input:
            raise CannotExplainError(
                "codes are explained by vectors, and the gradient by a vector has no one sign (input_x_gradient has)"
            )
        start, found, own = known.start_scores(), Collected(known), []
        for part in blocks(request.count, known.mean):
            lines = known.lines(part)
            at_row = read(lines, [AT_THE_END], request.memory)
            (gradient,) = at_row.integrals
            rows = [lines.end[at] for at in lines.moving]
            found.add(part, [one * row for one, row in zip(gradient, rows, strict=True)] if times_input else gradient)
            own.append(at_row.scores[1.0])
    return _explanation(found, np.concatenate(own) - start, TIMES if times_input else SLOPE, known.detail)


def _explanation(
    found: Collected, change: Float[np.ndarray, " n"], reference: str, detail: dict[str, int]
) -> Explanation:
    return Explanation(
        values=found.values, change=change, reference=reference, elements=found.elements, detail=dict(detail)
    )
