"""Along which sums of inputs a score bends: the leading directions of its gradients at random hybrids.

Directions only help to imitate a score; no value depends on their being right. Gradients that are wrong, as those of a
straight-through estimator, cost accuracy and nothing else.
"""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.request import Request
from dlaudit.attributions.score import leaves, why_no_gradient
from dlaudit.attributions.shapley.game import NUMBERS

if TYPE_CHECKING:
    import torch

MOST_GRADIENTS = 256
LEAST_GRADIENTS = 16
GRADIENTS_PER_ROW = 2


def gradients_for(rows: int, elements: int = 1) -> int:
    """Gradients that directions are made of: no more than `MOST_GRADIENTS`, and than memory should hold."""
    wanted = min(MOST_GRADIENTS, GRADIENTS_PER_ROW * rows, 4 * NUMBERS // elements)
    return max(LEAST_GRADIENTS, wanted) if rows else 0


def halves_along(request: Request, chosen: Int[np.ndarray, " p"], count: int) -> Float[np.ndarray, " p r M"]:
    """Half of what each player of the chosen rows adds along up to `count` directions, against one reference.

    The directions are shared by all rows and belong to elements, not to players: what a player adds is the sum over
    its elements. The first matters most. None where the score cannot be differentiated.
    """
    players = len(request.layout)
    nothing = np.zeros((len(chosen), 0, players))
    if not len(chosen) or why_no_gradient(request.score, request.rows) is not None:
        return nothing
    elements = sum(one[0].numel() for one in request.background if one.is_floating_point())
    number = gradients_for(len(chosen), elements)
    met = chosen[request.generator.permutation(number) % len(chosen)]
    present = request.generator.random((number, players)) < request.generator.random((number, 1))
    gradients = _gradients(request, met, present)
    step = _steps(request, met)
    scale = np.sqrt((step**2).mean(axis=0))
    leading = _leading(gradients * scale, count)
    along = np.divide(leading, scale, out=np.zeros_like(leading), where=scale > 0)
    return _by_player(request, chosen, along) / 2


def _gradients(request: Request, met: Int[np.ndarray, " g"], present: "np.ndarray") -> Float[np.ndarray, " g e"]:
    """Gradients of the score at hybrids of some rows, by the elements of all floating inputs in a row."""
    import torch

    device = request.rows[0].device
    rows, asked = torch.from_numpy(met).to(device), torch.from_numpy(present).to(device)

    def some(part: slice) -> Float[np.ndarray, " m e"]:
        own = tuple(one[rows[part]] for one in request.rows)
        mixed = leaves(request.layout.take(rows[part]).mixed(own, request.background, asked[part]))
        floating = [one for one in mixed if one.requires_grad]
        with torch.enable_grad():
            found: tuple[torch.Tensor | None, ...] = torch.autograd.grad(
                request.score(*mixed).sum(), floating, allow_unused=True
            )
        known = [torch.zeros_like(one) if by is None else by for one, by in zip(floating, found, strict=True)]
        return _flat(known)

    gradients = np.concatenate(request.memory.parts(len(met), some))
    return np.where(np.isfinite(gradients).all(axis=1, keepdims=True), gradients, 0.0)


def _steps(request: Request, rows: Int[np.ndarray, " g"]) -> Float[np.ndarray, " g e"]:
    """How far some rows are from the reference, by the same elements."""
    import torch

    at = torch.from_numpy(rows).to(request.rows[0].device)
    inputs = zip(request.rows, request.background, strict=True)
    return _flat([row[at] - other for row, other in inputs if row.is_floating_point()])


def _leading(gradients: Float[np.ndarray, " g e"], count: int) -> Float[np.ndarray, " r e"]:
    """The directions that hold most of the gradients' squares, by way of the smaller square matrix."""
    if gradients.shape[1] <= len(gradients):
        return np.asarray(np.linalg.eigh(gradients.T @ gradients)[1][:, ::-1][:, :count].T)
    weights = np.linalg.eigh(gradients @ gradients.T)[1][:, ::-1][:, :count].T
    return np.asarray(weights @ gradients)


def _by_player(
    request: Request, chosen: Int[np.ndarray, " p"], along: Float[np.ndarray, " r e"]
) -> Float[np.ndarray, " p r M"]:
    """What each player's elements add along each direction."""
    import torch

    found = np.empty((len(chosen), len(along), len(request.layout)))
    size = max(1, NUMBERS // max(1, along.shape[1]))
    directions = torch.from_numpy(along)
    for start in range(0, len(chosen), size):
        rows = chosen[start : start + size]
        layout = request.layout.take(torch.from_numpy(rows).to(request.rows[0].device))
        step = torch.from_numpy(_steps(request, rows))
        for number, direction in enumerate(directions):
            found[start : start + size, number] = layout.gathered(_parted(request, step * direction))
    return found


def _parted(request: Request, flat: "torch.Tensor") -> "list[torch.Tensor]":
    """Numbers by element in the shape of each input; 0 for inputs that are not floating."""
    import torch

    parts, start = [], 0
    for one in request.background:
        shape, size = one.shape[1:], one[0].numel()
        if one.is_floating_point():
            parts.append(flat[:, start : start + size].reshape(len(flat), *shape))
            start += size
        else:
            parts.append(torch.zeros((len(flat), *shape), dtype=flat.dtype))
    return parts


def _flat(tensors: "list[torch.Tensor]") -> Float[np.ndarray, " n e"]:
    """Tensors `[n, …]` side by side, float64."""
    return np.concatenate([one.detach().double().cpu().flatten(1).numpy() for one in tensors], axis=1)
