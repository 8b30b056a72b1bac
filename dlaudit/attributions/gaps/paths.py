"""Paths: which mixtures of two people are scored, and how contributions follow from them.

A path numbers its mixtures (nodes): 0 is the second person, the last one the first person. `pair` and `node` say which
are scored, `source` for every node the scored one (or the person) that it equals.
"""

from math import comb

import numpy as np
from jaxtyping import Bool, Float, Int


class Orders:
    """The mixtures along one order of the players and its reverse (antithetic: what pairs of players do is exact).

    Nodes 0 to M are those of the order, M + 1 to 2 M + 1 those of its reverse.

    Args:
        order: A permutation of the players for every pair.
        differs: Whether the pair differs in a player's inputs.
    """

    def __init__(self, order: Int[np.ndarray, "pairs M"], differs: Bool[np.ndarray, "pairs M"]) -> None:
        pairs, count = order.shape
        self._count = count
        self._rank = np.empty((pairs, count), dtype=np.int32)
        np.put_along_axis(self._rank, order, np.arange(count, dtype=np.int32)[None, :], axis=1)
        along = np.take_along_axis(differs, order, axis=1)
        both = np.stack([along, along[:, ::-1]], axis=1)
        steps = np.arange(1, count + 1)
        done = np.cumsum(both, axis=2)
        last = np.maximum.accumulate(np.where(both, steps, 0), axis=2)
        complete = done == done[:, :, -1:]
        found = np.zeros((pairs, 2, count + 1), dtype=np.int64)
        found[:, :, 1:] = np.where(complete, count, last)
        found[:, 1] += count + 1
        found[:, 1][found[:, 1] == count + 1] = 0
        found[found == count] = 2 * count + 1
        self.source = found.reshape(pairs, -1)
        self.pair, path, step = np.nonzero(both & ~complete)
        self.node = path * (count + 1) + step + 1

    def present(self, at: slice) -> Bool[np.ndarray, "scored M"]:
        """Which players of the scored mixtures are the first person's."""
        path, taken = np.divmod(self.node[at], self._count + 1)
        rank = self._rank[self.pair[at]]
        rank = np.where(path[:, None] == 1, self._count - 1 - rank, rank)
        return np.asarray(rank < taken[:, None])

    def switched(self, player: int) -> Bool[np.ndarray, "pairs nodes"]:
        """Where a player is the first person's."""
        rank, taken = self._rank[:, player, None], np.arange(self._count + 1)
        return np.concatenate([rank < taken, self._count - 1 - rank < taken], axis=1)

    def contributions(self, values: Float[np.ndarray, "pairs nodes"]) -> Float[np.ndarray, "pairs M"]:
        """Half of what each player changes along the order, and half of what it changes along the reverse."""
        forth, back = np.diff(values[:, : self._count + 1]), np.diff(values[:, self._count + 1 :])
        along = (forth + back[:, ::-1]) / 2
        return np.take_along_axis(along, self._rank.astype(np.int64), axis=1)


class Coalitions:
    """All mixtures of every pair: nothing is left to chance but the partners. Node c holds the players in c's bits.

    Args:
        differs: Whether the pair differs in a player's inputs.
    """

    def __init__(self, differs: Bool[np.ndarray, "pairs M"]) -> None:
        count = differs.shape[1]
        self._bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1 == 1
        able = differs @ (1 << np.arange(count))
        same = np.arange(2**count) & able[:, None]
        whole = same == able[:, None]
        self.source = np.where(whole, 2**count - 1, same)
        self.source[:, 0] = 0
        inner = (same == np.arange(2**count)) & (same != 0) & ~whole
        self.pair, self.node = np.nonzero(inner)

    def present(self, at: slice) -> Bool[np.ndarray, "scored M"]:
        """Which players of the scored mixtures are the first person's."""
        return np.asarray(self._bits[self.node[at]])

    def switched(self, player: int) -> Bool[np.ndarray, "pairs nodes"]:
        """Where a player is the first person's."""
        return np.broadcast_to(self._bits[:, player], self.source.shape)

    def contributions(self, values: Float[np.ndarray, "pairs nodes"]) -> Float[np.ndarray, "pairs M"]:
        """Shapley values by their definition, as weighted changes: what a player never changes is exactly 0."""
        count = self._bits.shape[1]
        found = np.empty((len(values), count))
        for player in range(count):
            without = np.flatnonzero(~self._bits[:, player])
            size = self._bits[without].sum(axis=1)
            weight = np.array([1 / (count * comb(count - 1, some)) for some in size])
            found[:, player] = (values[:, without | 1 << player] - values[:, without]) @ weight
        return found


Path = Orders | Coalitions
