"""What the checks are asked, and what they find beside the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.record.judged import NotApplicable

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """How much checking is done, on which rows."""

    rows: Int[np.ndarray, " k"] | None = None
    """Places of the explained rows that are checked; a random `most` of them where absent."""
    most: int = 1_000
    """Rows that are checked where `rows` is absent."""
    again: Int[np.ndarray, " a"] | None = None
    """Places of the rows that are explained again, a part of `rows`; a random `again_most` of them where absent."""
    references: "tuple[torch.Tensor, ...] | None" = None
    """Reference rows that no method has used; the other checked rows where absent."""
    seed: int = 0
    """Seed of every random choice."""
    pairs: int = 32
    """Coalitions per row, each with its complement."""
    per_row: int = 4
    """References that a row is mixed with."""
    cuts: int = 8
    """Parts into which insertion and deletion are cut."""
    curve_rows: int = 160
    """Rows whose inputs are inserted and deleted, at most."""
    again_most: int = 48
    """Rows explained again where `again` is absent."""
    stages: int = 3
    """Stages in which weights are exchanged, from the output down."""

    def generator(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that one check does not shift another."""
        return np.random.default_rng([self.seed, 19, *purpose.encode()])


@dataclass(frozen=True, kw_only=True)
class RowChecks:
    """One method's figures per explained row; NaN where a row was not checked or the figure is undefined."""

    figures: Mapping[str, Float[np.ndarray, " n"]]
    """By measure: the figure of the row's own contributions."""
    nulls: Mapping[str, Float[np.ndarray, " n"]]
    """By measure: the same figure of contributions that are known to be worthless for the row."""


@dataclass(frozen=True, kw_only=True)
class ChecksFound:
    """What was found about every method, and about the checks as a whole."""

    methods: Mapping[str, RowChecks]
    """By method."""
    model: Mapping[str, float] = field(default_factory=dict)
    """Figures that belong to no row: `rows`, `coalitions`, `references` and the `passes` that the checks took."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """Checks that could not be made, with the reason."""
