"""What a method is asked, and what it answers; both live beside the model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.layout import Layout
from dlaudit.attributions.memory import Memory

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.paths.shared import Shared
    from dlaudit.models.model import Model


class CannotExplainError(Exception):
    """A method does not apply to this model; the text says why and becomes a NotApplicable."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Rows whose scores a method splits over players."""

    score: "Callable[..., torch.Tensor]"
    """What is explained: input tensors `[n, …]` to the audited score `[n]`, float64. It clones its inputs."""
    rows: "tuple[torch.Tensor, ...]"
    """Rows to explain: the model's input tensors, each `[n, …]`; integers where the model takes tokens or codes."""
    background: "tuple[torch.Tensor, ...]"
    """Reference rows: the same tensors, each `[b, …]`."""
    layout: Layout
    """Which player each element belongs to."""
    generator: np.random.Generator
    """Source of every random choice."""
    module: "torch.nn.Module | None" = None
    """The network, for the methods and guards that need it."""
    model: "Model | None" = None
    """The loaded model, for the methods that hook its layers."""
    layer: str | None = None
    """Name of the submodule that a layer method looks at; None for the method's own choice."""
    steps: int = 64
    """Nodes of a path integral: of every row with a fixed rule, at most eight times as many with an adaptive one."""
    evaluations: int = 512
    """Coalitions per row that a sampling method may evaluate."""
    memory: Memory = field(default_factory=lambda: Memory(4096))
    """How many rows go through the model at once."""
    tolerance: float = 0.02
    """Completeness error accepted, relative to the change of the score."""
    reference: str | None = None
    """What `background` is, in words, where it is no other people's rows."""
    first: bool = False
    """Whether these are the first of several blocks of rows: what concerns the model, not the rows, is checked here."""
    shared: "Shared | None" = None
    """What methods along paths share, where several of them are asked about the same rows."""

    @property
    def count(self) -> int:
        """Number of rows to explain."""
        return len(self.rows[0])


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Contributions of every player to every row's score."""

    values: Float[np.ndarray, " n M"]
    """Contributions, float64, in units of the score."""
    change: Float[np.ndarray, " n"]
    """f(row) - f(reference): what the contributions of a row must add up to, where the method's do."""
    reference: str
    """What the reference was, in words."""
    elements: "tuple[Float[np.ndarray, 'n ...'], ...] | None" = None
    """Contributions of every element, in the shape of each input tensor; None where the method knows only players."""
    error: Float[np.ndarray, " n M"] | None = None
    """Standard error of each value from the method's own sampling; None where nothing was sampled."""
    detail: dict[str, Any] = field(default_factory=dict)
    """Figures of the method, as the number of steps: JSON."""

    @property
    def completeness(self) -> Float[np.ndarray, " n"]:
        """Sum of the contributions minus the change of the score, per row."""
        return np.asarray(self.values.sum(axis=1) - self.change)
