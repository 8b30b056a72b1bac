"""From the differences of pairs of coalitions to Shapley values: one matrix for all rows of a design.

Values minimise the weighted squares of d_S - (sum of phi in S - sum of phi outside S) and add up to the change of the
score exactly (Lundberg and Lee 2017, arXiv:1705.07874; paired form: Covert and Lee 2021, arXiv:2012.01536).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri, stdtrit

from dlaudit.attributions.shapley.designs import Design

TRUSTED = 8.0
"""Degrees of freedom that the common variance of walks counts as, beside each value's own few."""
RECURRING = 8
"""Walks beyond the first of their reference from which on their noise is told apart from references' differences."""


MOST_LEVERAGE = 0.9
"""Leverage beyond which a pair's residual is not made larger."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A design's linear rule: values = differences @ matrix.T + change * share."""

    design: Design
    matrix: Float[np.ndarray, " m K"]
    """What each pair adds to each value; columns sum to 0, so that it never changes the total."""
    share: Float[np.ndarray, " m"]
    """How the change of the score is shared out; sums to 1."""
    leverage: Float[np.ndarray, " K"]
    """How much of each pair's own noise its fitted value follows, in 0..1."""

    def values(
        self, differences: Float[np.ndarray, " n K"], change: Float[np.ndarray, " n"]
    ) -> Float[np.ndarray, " n m"]:
        """Shapley values of every row, whose sum is `change`.

        Args:
            differences: v(S) - v(complement of S) of every pair.
            change: v(everybody) - v(nobody).
        """
        return np.asarray(differences @ self.matrix.T + change[:, None] * self.share)

    def error(
        self,
        differences: Float[np.ndarray, " n K"],
        values: Float[np.ndarray, " n m"],
        followed: Float[np.ndarray, " n K"] | float = 0.0,
    ) -> Float[np.ndarray, " n m"]:
        """Standard errors of the values from what an additive game leaves unexplained in the differences.

        Drawn by size: the robust (sandwich) variance of least squares with pairs as units (White 1980, DOI
        10.2307/1912934; form HC3 of MacKinnon and White 1985, DOI 10.1016/0304-4076(85)90158-7), and none from sizes
        that were enumerated. By order: the spread of single orders.

        Args:
            differences: As for the values.
            values: The values made of them.
            followed: How much of each pair's own noise was followed by what was taken out of the differences before.
        """
        residual = differences - values @ self.design.signs.T
        if self.design.walks:
            return _error_of_walks(self, residual)
        own = np.minimum(self.leverage + followed, MOST_LEVERAGE)
        chance = (residual / (1 - own)) ** 2 * self.design.unseen
        return np.asarray(np.sqrt(chance @ (self.matrix**2).T))


def projection(design: Design) -> Projection:
    """The rule of a design: least squares for coalitions drawn by size, averaged steps for walks."""
    return _of_walks(design) if design.walks else _least_squares(design)


def _least_squares(design: Design) -> Projection:
    signs, weight = design.signs, design.weight
    players = signs.shape[1]
    gram = (signs.T * weight) @ signs
    # squares of the sum may be added because the sum is given; without them 2 players could not be solved for
    inverse = np.linalg.inv(gram + np.trace(gram) / players)
    towards = inverse.sum(axis=1)
    constrained = inverse - np.outer(towards, towards) / towards.sum()
    matrix = constrained @ (signs.T * weight)
    leverage = np.einsum("km,mk->k", signs, matrix)
    return Projection(design=design, matrix=matrix, share=towards / towards.sum(), leverage=np.clip(leverage, 0, 0.999))


def _of_walks(design: Design) -> Projection:
    """phi_j is half the step of the difference when j joins: joining one way, leaving the other."""
    players, walks = design.coalitions.shape[1], design.walks
    ends = np.ones((walks, 1, players))
    signs = design.signs.reshape(walks, players - 1, players)
    # along a walk each player's sign rises once: at the pair where it joins
    joins = np.diff(np.concatenate([-ends, signs, ends], axis=1), axis=1) / 2
    counts = design.weight.reshape(walks, -1)[:, 0]
    at_pair = counts[:, None, None] * (joins[:, :-1] - joins[:, 1:]) / 2
    share = counts @ (joins[:, 0] + joins[:, -1]) / 2
    matrix = at_pair.reshape(-1, players).T
    return Projection(design=design, matrix=matrix, share=share, leverage=np.zeros(matrix.shape[1]))


def _error_of_walks(rule: Projection, residual: Float[np.ndarray, " n K"]) -> Float[np.ndarray, " n m"]:
    """Spread of single walks, times the root of the squares of what each counts.

    Where references were met several times, walks are compared within references, since all references count alike
    and add no noise. Where they were not, the spread between references is in it, and errors are somewhat too large.
    A spread of few walks is itself uncertain; errors are widened so that 1.96 of them hold what Student's 95 % would.
    """
    walks = rule.design.walks
    counts = rule.design.weight.reshape(walks, -1)[:, 0]
    met = rule.design.references.reshape(walks, -1)[:, 0]
    _, which, times = np.unique(met, return_inverse=True, return_counts=True)
    if walks - len(times) < RECURRING:
        which, times = np.zeros(walks, dtype=np.int64), np.array([walks])
    steps = rule.matrix.reshape(len(rule.matrix), walks, -1)
    apart = np.einsum("nwk,mwk->wnm", residual.reshape(len(residual), walks, -1), steps) / counts[:, None, None]
    means = np.zeros((len(times), *apart.shape[1:]))
    np.add.at(means, which, apart)
    centred = apart - (means / times[:, None, None])[which]
    free = walks - len(times)
    widened = float(stdtrit(free + TRUSTED, 0.975) / ndtri(0.975))
    return np.asarray(widened * np.sqrt(_moderated((centred**2).sum(axis=0) / free, free) * (counts**2).sum()))


def _moderated(own: Float[np.ndarray, " n m"], free: int) -> Float[np.ndarray, " n m"]:
    """Variances with few degrees of freedom, averaged with what their row and their player have in common with others.

    As Smyth 2004 (DOI 10.2202/1544-6115.1027), with a fixed weight for what is common.
    """
    typical = own.mean()
    common = own.mean(axis=1, keepdims=True) * own.mean(axis=0, keepdims=True) / typical if typical > 0 else own
    return np.asarray((free * own + TRUSTED * common) / (free + TRUSTED))
