"""What a probe is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from dlaudit.data.batch import Player
from dlaudit.record.decomposed import Decomposition
from dlaudit.record.measured import Slice

if TYPE_CHECKING:
    from dlaudit.models.host import Host


@dataclass(frozen=True, kw_only=True)
class ProbeRequest:
    """Rows, who they are, and the gaps that a probe may ask about."""

    slices: Sequence[Slice]
    """All slices."""
    member: Bool[np.ndarray, " slices n"]
    """Which of the rows belong to which slice."""
    columns: Num[np.ndarray, "n F *rest"] | None = None
    """Encoded inputs of the rows; None where they are encoded beside the model only."""
    players: Sequence[Player] = ()
    """Features: groups of positions on axis 1 of `columns`."""
    encoded: Sequence[str] = ()
    """Names of the encoded inputs."""
    unit: Int[np.ndarray, " n"] | None = None
    """Person each row belongs to; None where rows are independent."""
    score: Float[np.ndarray, " n"] | None = None
    """The model's score of each row; None where it has several."""
    decompositions: Sequence[Decomposition] = ()
    """Gaps split over features."""
    capabilities: frozenset[str] = field(default_factory=frozenset)
    """What the model can do."""
    host: "Host | None" = None
    """Where the model lives, for the probes that run it."""
    seed: int = 0
    """Seed of every random choice."""
    question: dict[str, Any] | None = None
    """What is explained, as it crosses to the model's process (`Question.params()`), for the probes that run it."""
    layers: Sequence[str] = ()
    """`explain.layers`: the layer methods that were asked for."""


class CannotProbeError(Exception):
    """A probe does not apply; the text says why and becomes a NotApplicable."""
