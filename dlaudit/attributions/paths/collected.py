"""Contributions of elements, brought from the moving tensors to the players part by part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.paths.lifted import Lifted

MOST_ELEMENTS = 1 << 22
"""Contributions of single elements that are handed on; with more of them only those of the players are."""


class Collected:
    """Contributions of consecutive parts of the rows.

    Args:
        lifted: What is explained.
    """

    def __init__(self, lifted: "Lifted") -> None:
        self._lifted = lifted
        self._values: list[Float[np.ndarray, " m M"]] = []
        self._elements: list[tuple[Float[np.ndarray, "m ..."], ...]] = []
        numbers = sum(one[0].numel() for one in lifted.request.rows)
        self._keeps = numbers * lifted.request.count <= MOST_ELEMENTS

    def add(self, part: slice, moved: "Sequence[torch.Tensor]") -> None:
        """Take the contributions of the moving tensors of the next rows."""
        elements = self._lifted.elements(moved)
        self._values.append(self._lifted.request.layout.take(part).gathered(elements))
        if self._keeps:
            self._elements.append(tuple(one.cpu().numpy() for one in elements))

    @property
    def values(self) -> Float[np.ndarray, " n M"]:
        """Contributions of every player."""
        return np.concatenate(self._values)

    @property
    def elements(self) -> "tuple[Float[np.ndarray, 'n ...'], ...] | None":
        """Contributions of every element in the shape of the inputs; None where they are too many."""
        if not self._keeps:
            return None
        return tuple(np.concatenate(parts) for parts in zip(*self._elements, strict=True))
