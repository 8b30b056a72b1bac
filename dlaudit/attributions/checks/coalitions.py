"""The coalitions of the checks: their own, so that no estimator is judged by those it was fitted to."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

BLOCKS = 16
"""Designs that rows take turns with, so that the luck of one design is not common to all rows."""


@dataclass(frozen=True, kw_only=True)
class Coalitions:
    """Coalitions for every row, each of which stands for the pair of itself and its complement."""

    present: Bool[np.ndarray, " blocks P M"]
    """Players of each coalition of each design."""
    block: Int[np.ndarray, " n"]
    """Design of each row."""

    @property
    def pairs(self) -> int:
        """Coalitions per row."""
        return int(self.present.shape[1])

    @property
    def signs(self) -> Float[np.ndarray, " blocks P M"]:
        """1 for players of the coalition, -1 for the others."""
        return np.asarray(2.0 * self.present - 1.0)

    def summed(self, values: Float[np.ndarray, " n M"]) -> Float[np.ndarray, " n P"]:
        """Values of the players of each coalition minus those of its complement, for every row's own coalitions."""
        total = np.empty((len(values), self.pairs))
        for at, signs in enumerate(self.signs):
            mine = self.block == at
            total[mine] = values[mine] @ signs.T
        return total


def coalitions(rows: int, players: int, pairs: int, generator: np.random.Generator) -> Coalitions:
    """Random coalitions with sizes s drawn in proportion to 1 / (s (M - s)).

    With these weights the Shapley values are the least-squares fit to the effects (Charnes et al. 1988), so that exact
    ones have slope 1.

    Args:
        rows: Rows that are checked.
        players: Number of players M, at least 2.
        pairs: Coalitions per row.
        generator: Source of the draws.
    """
    sizes = np.arange(1, players)
    chance = 1.0 / (sizes * (players - sizes))
    drawn = generator.choice(sizes, size=(BLOCKS, pairs), p=chance / chance.sum())
    place = generator.random((BLOCKS, pairs, players)).argsort(axis=2).argsort(axis=2)
    return Coalitions(present=place < drawn[:, :, None], block=generator.integers(BLOCKS, size=rows))
