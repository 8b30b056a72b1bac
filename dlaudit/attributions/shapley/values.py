"""What is known of every row's game before hybrids are scored, and the form of the answer."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dlaudit.attributions.request import Request
from dlaudit.attributions.score import scores_of
from dlaudit.attributions.shapley.game import players_that_differ, scores_of_nobody


@dataclass(frozen=True, kw_only=True)
class Games:
    """The games of a request's rows."""

    everybody: Float[np.ndarray, " n"]
    """Score of the row: v(everybody)."""
    nobody: Float[np.ndarray, " n b"]
    """v(nobody), against each reference."""
    differ: Bool[np.ndarray, " n b M"]
    """Which players' elements differ between the row and each reference: the others change nothing."""

    @property
    def change(self) -> Float[np.ndarray, " n"]:
        """What the values of a row add up to."""
        return np.asarray(self.everybody - self.nobody.mean(axis=1))

    @property
    def hybrids(self) -> Float[np.ndarray, " n"]:
        """Hybrids of each row that are neither the row nor a reference, over all references."""
        return np.asarray((2.0 ** self.differ.sum(axis=2) - 2).clip(min=0).sum(axis=1))

    @property
    def active(self) -> Bool[np.ndarray, " n M"]:
        """Players that differ from some reference; all others have the value 0."""
        return np.asarray(self.differ.any(axis=1))


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Shapley values of some rows."""

    values: Float[np.ndarray, " n M"]
    error: Float[np.ndarray, " n M"]
    """Standard errors, 0 for what was enumerated."""
    designs: int = 0
    """Independent designs that rows were dealt out to."""
    orders: int = 0
    """Orders of the players that each row was walked along, both ways; 0 where coalitions were drawn by size."""


def games_of(request: Request) -> Games:
    """The games of a request's rows."""
    return Games(
        everybody=scores_of(request.score, request.rows, request.memory),
        nobody=scores_of_nobody(request),
        differ=players_that_differ(request),
    )
