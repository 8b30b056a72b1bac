"""What is asked of the model's process about single rows, and what it answered: plain data of the parent's side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.opinion import Opinion
from dlaudit.attributions.registry import AddsUp
from dlaudit.data.batch import Player
from dlaudit.data.grid import Grid
from dlaudit.record.judged import NotApplicable


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is explained, and how."""

    task: str
    """`binary`, `multiclass`, `multilabel` or `regression`."""
    output: str
    """`logit`, `probability`, `label` or `score`."""
    players: Sequence[Player] = ()
    """Features; empty for one per encoded input, named beside the model."""
    grids: Sequence[Grid] = ()
    """Players of inputs that are no table: parts of each input tensor that has any."""
    maps: Sequence[Grid] = ()
    """Finer parts over which contributions of elements are added up to be shown."""
    class_index: int = 0
    """Which score is explained where there are several."""
    classes: int | None = None
    """Number of classes, needed for a multiclass model that gives class codes."""
    seed: int = 0
    """Seed of every random choice."""
    batch_size: int = 4096
    """Rows of one forward pass at most; fewer where rows are large or memory runs out."""

    def params(self) -> dict[str, Any]:
        """The question as it crosses to the model's process."""
        return {
            "task": self.task,
            "output": self.output,
            "players": [[player.name, list(player.columns)] for player in self.players],
            "grids": [grid.written() for grid in self.grids],
            "maps": [grid.written() for grid in self.maps],
            "class_index": self.class_index,
            "classes": self.classes,
            "seed": self.seed,
            "batch_size": self.batch_size,
        }


@dataclass(frozen=True, kw_only=True)
class MethodAnswer:
    """One method's contributions to the scores of the explained rows."""

    method: str
    """Name of the attributor."""
    values: Float[np.ndarray, " n M"]
    """Contributions, in units of the score."""
    completeness: Float[np.ndarray, " n"]
    """Sum of the contributions minus the change of the score."""
    change: Float[np.ndarray, " n"]
    """Score minus the reference's score."""
    reference: str
    """What the reference was."""
    adds_up: AddsUp = "exactly"
    """Whether the method's contributions add up to the change of the score."""
    error: Float[np.ndarray, " n M"] | None = None
    """Standard error of each contribution from the method's own sampling; None where nothing was sampled."""
    mapped: Float[np.ndarray, " n K"] | None = None
    """Contributions of elements, added up over the parts of the question's maps; None without maps, or where the
    method knows only players."""
    figures: Mapping[str, Float[np.ndarray, " n"]] = field(default_factory=dict)
    """Checks of each row by measure, NaN where undefined."""
    nulls: Mapping[str, Float[np.ndarray, " n"]] = field(default_factory=dict)
    """The same checks of explanations that are known to be worthless, NaN where undefined."""
    spent: float = 0.0
    """Forward-and-backward passes that it took, without the checks."""
    detail: dict[str, Any] = field(default_factory=dict)
    """Figures of the method, of the first block of rows."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Every method's contributions to the scores of the same rows."""

    features: list[str]
    """Names of the players, in the order of the columns of `values`."""
    methods: list[MethodAnswer]
    """In the order asked."""
    not_applicable: list[NotApplicable]
    """Methods that do not suit the model."""
    largest_grad_difference: float | None
    """Largest difference between the score as audited and as gradients see it; None without gradients."""
    unchanged: bool | None
    """Whether parameters and buffers were the same afterwards; None where the model has no fingerprint."""
    opinions: list[Opinion] = field(default_factory=list)
    """Second calculations by other libraries."""
    checked: Mapping[str, float] = field(default_factory=dict)
    """Figures of the checks that belong to no row, as `coalitions`."""
    halved: list[int] = field(default_factory=list)
    """Rows of a forward pass that ran out of memory, in order."""
    passes: float = 0.0
    """Forward-and-backward passes of everything: methods, checks, second calculations."""
