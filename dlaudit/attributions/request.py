"""What a method is asked, and what it answers; both live beside the model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from dlaudit.data.batch import Player

if TYPE_CHECKING:
    import torch


class CannotExplainError(Exception):
    """A method does not apply to this model; the text says why and becomes a NotApplicable."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Rows whose scores a method splits over players."""

    score: "Callable[[torch.Tensor], torch.Tensor]"
    """What is explained: rows to the audited score `[n]`, float64. It clones its input."""
    rows: "torch.Tensor"
    """Rows to explain, `[n, F, …]`."""
    background: "torch.Tensor"
    """Reference rows, `[b, F, …]`."""
    players: tuple[Player, ...]
    """Groups of positions on axis 1 that together cover every position once."""
    generator: np.random.Generator
    """Source of every random choice."""
    module: "torch.nn.Module | None" = None
    """The network, for the methods and guards that need it."""
    steps: int = 64
    """Nodes of a path integral."""
    evaluations: int = 500
    """Masks per row that a sampling method may evaluate."""
    batch_size: int = 4096
    """Rows of one forward pass."""
    tolerance: float = 0.02
    """Completeness error accepted, relative to the change of the score."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Contributions of every player to every row's score."""

    values: Float[np.ndarray, " n M"]
    """Contributions, float64, in units of the score."""
    change: Float[np.ndarray, " n"]
    """f(row) - f(reference): what the contributions of a row must add up to."""
    reference: str
    """What the reference was, in words."""
    detail: dict[str, Any] = field(default_factory=dict)
    """Figures of the method, as the number of steps."""

    @property
    def completeness(self) -> Float[np.ndarray, " n"]:
        """Sum of the contributions minus the change of the score, per row."""
        return np.asarray(self.values.sum(axis=1) - self.change)
