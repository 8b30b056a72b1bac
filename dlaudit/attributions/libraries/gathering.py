"""A library's contributions of elements as an Explanation."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.request import Explanation, Request

if TYPE_CHECKING:
    import torch

Elements = "tuple[torch.Tensor, ...]"


def elements_by(
    request: Request, some: "Callable[[slice], tuple[torch.Tensor, ...]]", *, each: int = 1
) -> "tuple[torch.Tensor, ...]":
    """Contributions of every element of every row, float64 on the CPU, part by part.

    Args:
        request: What is explained.
        some: Contributions of the rows of a slice, a tensor `[m, …]` per input tensor.
        each: Rows of a forward pass that one row takes.
    """
    import torch

    def kept(part: slice) -> "tuple[torch.Tensor, ...]":
        return tuple(one.detach().double().cpu() for one in some(part))

    parts = request.memory.parts(request.count, kept, each=each)
    return tuple(torch.cat(several) for several in zip(*parts, strict=True))


def explanation_of(
    request: Request,
    elements: "tuple[torch.Tensor, ...]",
    *,
    change: Float[np.ndarray, " n"],
    reference: str,
    error: Float[np.ndarray, " n M"] | None = None,
    detail: dict[str, Any] | None = None,
) -> Explanation:
    """The explanation that these contributions of elements make."""
    return Explanation(
        values=request.layout.gathered(elements),
        change=change,
        reference=reference,
        elements=tuple(np.asarray(one.numpy()) for one in elements),
        error=error,
        detail=detail or {},
    )
