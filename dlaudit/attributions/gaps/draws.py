"""Draws: who is paired with whom in a round, in which order players change, and what each pair counts for whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from dlaudit.attributions.gaps.coupling import random_coupling


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """People who may be paired: all of both slices, or those with one label."""

    a: Int[np.ndarray, " nA"]
    """Places in the pool of the first slice's rows."""
    b: Int[np.ndarray, " nB"]
    """Places in the pool of the second slice's rows."""
    key: int = 0
    """Number of its draws: every stratum has its own, so that it matters to none which others are walked."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is drawn from."""

    strata: Sequence[Stratum]
    mass: Float[np.ndarray, " n"]
    """Weights of the pool's rows."""
    players: int

    @property
    def shares(self) -> Float[np.ndarray, " n"]:
        """Every person's share of the stratum in its slice; 0 outside the strata."""
        share = np.zeros(len(self.mass))
        for one in self.strata:
            for side in (one.a, one.b):
                share[side] = self.mass[side] / self.mass[side].sum()
        return share


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The pairs of a round, those across the slices first."""

    first: Int[np.ndarray, " pairs"]
    second: Int[np.ndarray, " pairs"]
    order: Int[np.ndarray, "pairs M"]
    """A permutation of the players for every pair."""
    person: csr_array
    """`[n, across]`: weight of each pair across the slices in the mean of each of its people."""
    stratum: csr_array
    """`[strata, across]`: weight of each pair across the slices in its stratum."""
    pooled: csr_array | None = None
    """`[n, pairs]`: weight of each pair in the mean of a person against both slices half and half."""


Generators = Sequence[np.random.Generator]
"""One for each stratum."""


def across(people: People, generators: Generators) -> Drawn:
    """Pairs across the slices, stratum by stratum."""
    parts = [_paired((one.a, one.b), people, source) for one, source in zip(people.strata, generators, strict=True)]
    every = _together(parts)
    share, pairs = people.shares, np.arange(len(every.first))
    number = np.repeat(np.arange(len(parts)), [len(one.first) for one in parts])
    person = _matrix(
        (len(share), len(pairs)),
        (every.first, pairs, every.weight / share[every.first]),
        (every.second, pairs, every.weight / share[every.second]),
    )
    stratum = _matrix((len(parts), len(pairs)), (number, pairs, every.weight))
    return Drawn(first=every.first, second=every.second, order=every.order, person=person, stratum=stratum)


def with_inside(drawn: Drawn, people: People, generators: Generators) -> Drawn:
    """With pairs within each slice, too.

    Every pair says something of both its people, as phi(a; b) = -phi(b; a). So the mean of phi(a; A) over A is 0 in
    every draw, as it is in truth.
    """
    parts = [
        _paired((side, side), people, source)
        for one, source in zip(people.strata, generators, strict=True)
        for side in (one.a, one.b)
    ]
    own = _together(parts)
    share, between = people.shares, drawn.person.tocoo()
    later = np.arange(len(own.first)) + drawn.person.shape[1]
    # what a pair across the slices says of its second person has the other sign from that person's point of view
    sign = np.ones(len(share))
    for one in people.strata:
        sign[one.b] = -1.0
    pooled = _matrix(
        (len(share), drawn.person.shape[1] + len(later)),
        (between.coords[0], between.coords[1], between.data * sign[between.coords[0]] / 2),
        (own.first, later, own.weight / share[own.first] / 4),
        (own.second, later, -own.weight / share[own.second] / 4),
    )
    return replace(
        drawn,
        first=np.concatenate([drawn.first, own.first]),
        second=np.concatenate([drawn.second, own.second]),
        order=np.concatenate([drawn.order, own.order]),
        pooled=pooled,
    )


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """Pairs with their weights among those that they were drawn with."""

    first: Int[np.ndarray, " pairs"]
    second: Int[np.ndarray, " pairs"]
    weight: Float[np.ndarray, " pairs"]
    order: Int[np.ndarray, "pairs M"]


def _paired(
    sides: tuple[Int[np.ndarray, " nA"], Int[np.ndarray, " nB"]], people: People, generator: np.random.Generator
) -> _Pairs:
    a, b = sides
    pairs = random_coupling(people.mass[a], people.mass[b], generator)
    order = np.argsort(generator.random((len(pairs.a), people.players)), axis=1)
    return _Pairs(first=a[pairs.a], second=b[pairs.b], weight=pairs.weight, order=order)


def _together(parts: Sequence[_Pairs]) -> _Pairs:
    return _Pairs(
        first=np.concatenate([one.first for one in parts]),
        second=np.concatenate([one.second for one in parts]),
        weight=np.concatenate([one.weight for one in parts]),
        order=np.concatenate([one.order for one in parts]),
    )


def _matrix(
    shape: tuple[int, int], *parts: tuple[Int[np.ndarray, " _"], Int[np.ndarray, " _"], Float[np.ndarray, " _"]]
) -> csr_array:
    row, column, value = (np.concatenate([part[at] for part in parts]) for at in range(3))
    return csr_array((value, (row, column)), shape=shape)
