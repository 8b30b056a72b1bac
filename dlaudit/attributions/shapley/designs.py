"""Which coalitions are evaluated, against which references, and how much each counts.

Coalitions come in complement pairs: a pair (S, everybody else) costs two hybrids and counts through the difference
v(S) - v(everybody else) alone, which is all that a Shapley value depends on besides the total.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.request import CannotExplainError

ENOUGH = 6
"""Hybrids per player from which coalitions are drawn by size. With fewer, least squares follows the noise (an error of
1.9 times the values with 2 per player), and whole orders of the players do better; from 6 on coalitions by size have
half the error of orders."""
LISTED = 5_000
"""Coalitions of one size up to which all are listed; of more, random ones are drawn until they differ."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """Pairs of coalitions to evaluate for a row."""

    coalitions: Bool[np.ndarray, " K m"]
    """One coalition of each pair; the other is its complement."""
    references: Int[np.ndarray, " K"]
    """Number of the reference row that stands in for absent players, in both coalitions of a pair. Each row counts
    from another reference on, round and round."""
    weight: Float[np.ndarray, " K"]
    """What each pair counts in the least squares."""
    unseen: Float[np.ndarray, " K"]
    """Share of the pairs of that size that were not evaluated: 0 where nothing is left to chance."""
    walks: int = 0
    """Number of orders of the players whose beginnings the coalitions are, m - 1 consecutive pairs each; 0 where they
    were drawn by size."""

    @property
    def signs(self) -> Float[np.ndarray, " K m"]:
        """1 for players of a coalition, -1 for the others."""
        return np.where(self.coalitions, 1.0, -1.0)


def every_coalition(players: int) -> Design:
    """All pairs of coalitions of `players` >= 2 players against one reference."""
    return by_size(players, 2 ** (players - 1) - 1, np.random.default_rng(0))


def design_for(players: int, references: int, hybrids: int, generator: np.random.Generator) -> Design:
    """The design that spends at most about `hybrids` hybrids on a row.

    Against one reference coalitions are drawn by size; against several by order, because along an order the reference
    stays the same and cancels in every step. When this was chosen, on nets with 14 to 100 players and 8 to 64
    references, orders left a quarter to a half less error for logits, and a tenth more for the one probability tried.

    Args:
        players: At least 2.
        references: Number of reference rows.
        hybrids: Hybrids that a row may have.
        generator: Source of randomness.

    Raises:
        CannotExplainError: They do not suffice for two orders of the players.
    """
    if draws_by_size(players, references, hybrids):
        return by_size(players, hybrids // 2, generator)
    walks = hybrids // (2 * (players - 1))
    if walks < 2:
        raise CannotExplainError(
            f"{players} players need at least {4 * (players - 1)} hybrids of each row, {hybrids} are allowed; "
            "group inputs into fewer players, or raise explain.evaluations"
        )
    return by_order(players, references, walks, generator)


def draws_by_size(players: int, references: int, hybrids: int) -> bool:
    """Whether coalitions are drawn by size rather than by order."""
    return references == 1 and hybrids >= ENOUGH * players


def by_size(players: int, pairs: int, generator: np.random.Generator) -> Design:
    """At most `pairs` pairs of coalitions, drawn by size and weighted as the Shapley kernel weighs sizes.

    Sizes are filled from the outside in (one player against all others first), each with a share that goes with the
    square root of its weight: between shares by weight and even shares, and measured to leave 1 to 15 % less error
    than shares by weight, on nets other than those it was chosen on. A size that can have all its pairs within its
    share has them all; the rest is shared out among the sizes that follow. No pair is drawn twice.

    Args:
        players: At least 2.
        pairs: Pairs wanted; fewer where there are fewer.
        generator: Source of randomness; not used where all pairs are wanted.
    """
    sizes = range(1, players // 2 + 1)
    there = [pairs_of_size(players, size) for size in sizes]
    mass = [_mass(players, size) for size in sizes]
    counts = _shared_out(pairs, there, np.sqrt(mass))
    drawn = np.concatenate([_coalitions(players, size, n, generator) for size, n in zip(sizes, counts, strict=True)])
    weight = [np.full(n, all_together / max(n, 1)) for n, all_together in zip(counts, mass, strict=True)]
    unseen = [np.full(n, 1 - n / possible) for n, possible in zip(counts, there, strict=True)]
    return Design(
        coalitions=drawn,
        references=np.zeros(len(drawn), dtype=np.int64),
        weight=np.concatenate(weight),
        unseen=np.concatenate(unseen),
    )


def by_order(players: int, references: int, walks: int, generator: np.random.Generator) -> Design:
    """The beginnings of `walks` random orders of the players, each order with one reference.

    The complements are the beginnings of the reversed orders, so each order is walked both ways. References are used
    in turn and count alike, however often they were used.
    """
    orders = generator.permuted(np.tile(np.arange(players), (walks, 1)), axis=1)
    place = np.argsort(orders, axis=1)
    coalitions = place[:, None, :] < np.arange(1, players)[None, :, None]
    met = np.resize(generator.permutation(references), walks)
    times = np.bincount(met, minlength=references)
    counts = 1 / (times[met] * np.count_nonzero(times))
    return Design(
        coalitions=coalitions.reshape(-1, players),
        references=np.repeat(met, players - 1),
        weight=np.repeat(counts, players - 1),
        unseen=np.ones(walks * (players - 1)),
        walks=walks,
    )


def pairs_of_size(players: int, size: int) -> int:
    """Number of complement pairs one side of which has `size` players."""
    count = math.comb(players, size)
    return count // 2 if 2 * size == players else count


def _mass(players: int, size: int) -> float:
    """What all pairs of a size count together in the Shapley kernel."""
    both = 1 if 2 * size == players else 2
    return both * (players - 1) / (size * (players - size))


def _shared_out(pairs: int, there: list[int], pull: Float[np.ndarray, " sizes"]) -> list[int]:
    """How many pairs each size gets: at least one where they suffice, at most what there are, all in all `pairs`."""
    counts, left = [0] * len(there), min(pairs, sum(there))
    while left:
        room = np.array([count < possible for count, possible in zip(counts, there, strict=True)])
        for at in np.flatnonzero(room):
            wanted = max(1, round(left * pull[at] / pull[at:][room[at:]].sum()))
            more = min(there[at] - counts[at], left, wanted)
            counts[at] += more
            left -= more
    return counts


def _coalitions(players: int, size: int, count: int, generator: np.random.Generator) -> Bool[np.ndarray, " K m"]:
    """`count` different coalitions of a size, one side of each pair."""
    there = pairs_of_size(players, size)
    if there <= max(LISTED, 2 * count):
        listed = _listed(players, size)
        chosen: Bool[np.ndarray, " K m"] = listed if count == there else listed[generator.permutation(there)[:count]]
        return chosen
    found = np.zeros((0, players), dtype=bool)
    while len(found) < count:
        random = np.argsort(generator.random((count, players)), axis=1) < size
        if 2 * size == players:
            random ^= ~random[:, :1]  # the side with the first player stands for the pair
        found = _once(np.concatenate([found, random]))[:count]
    return found


def _once(coalitions: Bool[np.ndarray, " K m"]) -> Bool[np.ndarray, " k m"]:
    """The coalitions without those that came before. There are few, so that sorting them costs more than a set."""
    known = [row.tobytes() for row in np.packbits(coalitions, axis=1)]
    if len(set(known)) == len(known):
        return coalitions
    first = {key: at for at, key in reversed(list(enumerate(known)))}
    return coalitions[sorted(first.values())]


@lru_cache(maxsize=64)
def _listed(players: int, size: int) -> Bool[np.ndarray, " K m"]:
    """All coalitions of a size, one side of each pair."""
    there = pairs_of_size(players, size)
    chosen = np.array(list(combinations(range(players), size)), dtype=np.int64)[:there]
    listed = np.zeros((there, players), dtype=bool)
    np.put_along_axis(listed, chosen, True, axis=1)
    return listed
