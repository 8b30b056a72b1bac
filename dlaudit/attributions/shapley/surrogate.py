"""A polynomial that imitates a row's game and whose Shapley values are known, taken out before values are made.

Coalitions come in complement pairs, so that what single players and pairs of players add is met exactly, and what is
left to chance comes from three and more players acting together. Much of that lies in a few directions: the score
bends along a few sums of its inputs. So each row's differences are explained by products of three such sums, by least
squares; their Shapley values are known in closed form, and only what they do not explain is left to the drawing of
coalitions (regression adjustment: Witter, Liu and Musco 2025, arXiv:2506.11849). A poor imitation makes the noise no
smaller, and the values no less right.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.shapley.projection import Projection

MOST_DIRECTIONS = 4
"""Directions from which triple products are made: 20 of them."""
OWN = 2
"""Features where there are no directions: a row's own first values, added up with their signs, to the third and to the
fifth power."""
PAIRS_FOR_OWN = 16
"""Pairs per player from which they are used. With fewer they follow the noise of the values they are made of, and
standard errors become too small."""
PAIRS_PER_FEATURE = 4
"""Pairs of coalitions beyond one for each player that each feature must have."""
RIDGE = 1e-5
"""Added to the features' correlations, so that features that say the same can be told apart."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)
"""Exact for the fourth powers of a player's chance to be present that are integrated here."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """Games of every row whose Shapley values are known; each adds up to 0."""

    differences: Float[np.ndarray, " p f K"]
    """v(S) - v(complement of S) of every pair of the design, float32."""
    values: Float[np.ndarray, " p f m"]
    """Shapley values."""


@dataclass(frozen=True, kw_only=True)
class Imitated:
    """What the imitation leaves, and what it knows."""

    rest: Float[np.ndarray, " p K"]
    """The differences without the imitation's."""
    known: Float[np.ndarray, " p m"]
    """Shapley values of the imitation; each row's add up to 0."""
    leverage: Float[np.ndarray, " p K"]
    """How much of each pair's own noise the imitation follows, in 0..1."""


def directions_for(pairs: int, players: int) -> int:
    """How many directions a design can afford."""
    for count in range(MOST_DIRECTIONS, 0, -1):
        if len(triples(count)) * PAIRS_PER_FEATURE <= pairs - players:
            return count
    return 0


def imitated(
    rule: Projection,
    scored: Float[np.ndarray, " p K"],
    change: Float[np.ndarray, " p"],
    halves: Float[np.ndarray, " p r m"],
) -> Imitated:
    """The differences of some rows with and without what a polynomial explains.

    Args:
        rule: The rule of a design drawn by size.
        scored: v(S) - v(complement of S) of every pair.
        change: v(everybody) - v(nobody).
        halves: Half of what each player adds along each direction, the first direction mattering most.
    """
    pairs, players = rule.design.coalitions.shape
    count = min(directions_for(pairs, players), halves.shape[1])
    if not count and pairs < PAIRS_FOR_OWN * players:
        return Imitated(rest=scored, known=np.zeros((len(scored), players)), leverage=np.zeros_like(scored))
    first = rule.values(scored, change)
    features = _products(rule, _unit(halves[:, :count])) if count else _powers(rule, _unit(first[:, None]))
    left = scored - first @ rule.design.signs.T
    coefficients, leverage = _fitted(rule, features, left)
    explained = np.einsum("pf,pfk->pk", coefficients, features.differences)
    known = np.einsum("pf,pfm->pm", coefficients, features.values)
    return Imitated(rest=scored - explained, known=known - known.mean(axis=1, keepdims=True), leverage=leverage)


def _products(rule: Projection, halves: Float[np.ndarray, " p r m"]) -> Features:
    """All products of three directions."""
    at, other, third = triples(halves.shape[1]).T
    along = _along(rule, halves)
    return _adding_up_to_nothing(rule, 2 * along[:, at] * along[:, other] * along[:, third], product_values(halves))


def _powers(rule: Projection, own: Float[np.ndarray, " p 1 m"]) -> Features:
    """The third and the fifth power of a row's own sum."""
    along = _along(rule, own)
    return _adding_up_to_nothing(rule, np.concatenate([2 * along**3, 2 * along**5], axis=1), power_values(own))


def _adding_up_to_nothing(
    rule: Projection, made: Float[np.ndarray, " p f K"], values: Float[np.ndarray, " p f m"]
) -> Features:
    """Features less an additive game, which changes no residual, so that they leave the total alone."""
    total = values.sum(axis=2, keepdims=True)
    even = (rule.design.signs @ rule.share).astype(np.float32)
    return Features(differences=made - total.astype(np.float32) * even, values=values - total * rule.share)


def _fitted(
    rule: Projection, features: Features, left: Float[np.ndarray, " p K"]
) -> tuple[Float[np.ndarray, " p f"], Float[np.ndarray, " p K"]]:
    """Coefficients of the features, and how much of each pair's noise they follow.

    The weighted least squares of all players and features together, in which the players' part is known. What chance
    alone would explain is taken off by shrinking (James and Stein 1961).
    """
    design = rule.design
    signs, matrix, weight = (one.astype(np.float32) for one in (design.signs, rule.matrix, design.weight))
    made = features.differences
    size = np.sqrt(made**2 @ weight) + np.finfo(np.float32).tiny
    apart = (made - made @ matrix.T @ signs.T) / size[:, :, None]
    weighted = apart * weight
    within = (weighted @ apart.transpose(0, 2, 1)).astype(np.float64) + RIDGE * np.eye(size.shape[1])
    towards = np.einsum("pfk,pk->pf", weighted, left)
    inverse = np.linalg.inv(within)
    solved = np.einsum("pfg,pg->pf", inverse, towards)
    explained = (solved * towards).sum(axis=1)
    count = size.shape[1]
    free = left.shape[1] - signs.shape[1] - count
    noise = (left**2 @ design.weight - explained).clip(min=0) / free
    enough = explained > count * noise
    kept = np.where(enough, 1 - count * noise / np.where(enough, explained, 1.0), 0.0)
    followed = (weighted * (inverse.astype(np.float32) @ apart)).sum(axis=1)
    return kept[:, None] * solved / size, kept[:, None] * followed


def triples(directions: int) -> Int[np.ndarray, " f 3"]:
    """The triple products of directions, each by the numbers of its three directions."""
    found = list(combinations_with_replacement(range(directions), 3))
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def product_values(halves: Float[np.ndarray, " p r m"]) -> Float[np.ndarray, " p f m"]:
    """Shapley values of all triple products of sums over players, each player counted with its sign.

    The value of a player is what it adds when the others are there with a chance q, averaged over q in 0..1 (Owen
    1972, DOI 10.1287/mnsc.18.5.64); means and covariances of the sums suffice.
    """
    halves = halves.astype(np.float32)  # as the differences that they explain
    at, other, third = triples(halves.shape[1]).T
    total = halves.sum(axis=2, keepdims=True)
    both = halves @ halves.transpose(0, 2, 1)
    one, two, three = halves[:, at], halves[:, other], halves[:, third]
    found = np.zeros_like(one)
    for chance, weight in zip(((NODES + 1) / 2).tolist(), (WEIGHTS / 2).tolist(), strict=True):
        mean, spread = (2 * chance - 1) * (total - halves), 4 * chance * (1 - chance)

        def together(i: Int[np.ndarray, " f"], j: Int[np.ndarray, " f"]) -> Float[np.ndarray, " p f m"]:
            covariance = spread * (both[:, i, j][:, :, None] - halves[:, i] * halves[:, j])  # noqa: B023
            return np.asarray(mean[:, i] * mean[:, j] + covariance)  # noqa: B023

        expected = one * together(other, third) + two * together(at, third) + three * together(at, other)
        found += 2 * weight * (expected + one * two * three)
    return found


def power_values(own: Float[np.ndarray, " p 1 m"]) -> Float[np.ndarray, " p 2 m"]:
    """Shapley values of the third and the fifth power of one sum, in the same way."""
    others = [(own**power).sum(axis=2, keepdims=True) - own**power for power in range(1, 5)]
    third, fifth = np.zeros_like(own), np.zeros_like(own)
    for chance, weight in zip((NODES + 1) / 2, WEIGHTS / 2, strict=True):
        lean, spread = 2 * chance - 1, 4 * chance * (1 - chance)
        mean, variance = lean * others[0], spread * others[1]
        skew, peak = -2 * lean * spread * others[2], spread * (4 - 6 * spread) * others[3]
        square = mean**2 + variance
        fourth = mean**4 + 6 * mean**2 * variance + 3 * variance**2 + 4 * mean * skew + peak
        third += 2 * weight * (3 * own * square + own**3)
        fifth += 2 * weight * (5 * own * fourth + 10 * own**3 * square + own**5)
    return np.concatenate([third, fifth], axis=1)


def _along(rule: Projection, halves: Float[np.ndarray, " p r m"]) -> Float[np.ndarray, " p r K"]:
    """Sums over players, each with its sign, float32: exact enough for an imitation, in half the time."""
    return np.asarray(halves.astype(np.float32) @ rule.design.signs.T.astype(np.float32))


def _unit(halves: Float[np.ndarray, " p r m"]) -> Float[np.ndarray, " p r m"]:
    """The same of length 1, or 0."""
    length = np.linalg.norm(halves, axis=2, keepdims=True)
    return np.asarray(halves / np.where(length > 0, length, 1.0))
