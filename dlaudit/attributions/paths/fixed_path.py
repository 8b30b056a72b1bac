"""Integrated gradients with the same nodes for every row: for comparisons, and to see whether gradients are slopes."""

from dlaudit.attributions.paths.collected import Collected
from dlaudit.attributions.paths.fixed import read
from dlaudit.attributions.paths.lifted import differentiable
from dlaudit.attributions.paths.lines import blocks
from dlaudit.attributions.paths.quadrature import legendre
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import frozen, one_function


def integrated_gradients_at(request: Request, steps: int) -> Explanation:
    """Integrated gradients with the same Gauss-Legendre nodes for every row.

    For comparisons: errors of one part of the path may cancel those of another, and none is controlled.

    Args:
        request: The rows.
        steps: Number of nodes.

    Raises:
        CannotExplainError: The score has no gradient with respect to the inputs or their embeddings.
    """
    with frozen(request.module), one_function():
        known = differentiable(request)
        change, found = known.own_scores() - known.start_scores(), Collected(known)
        for part in blocks(request.count, known.mean):
            lines = known.lines(part)
            (total,) = read(lines, [legendre(steps)], request.memory).integrals
            found.add(part, [one * way for one, way in zip(total, lines.distances(), strict=True)])
    detail = {**known.detail, "steps": steps}
    return Explanation(
        values=found.values, change=change, reference=known.reference, elements=found.elements, detail=detail
    )
