"""Dyadic data: the variance of an estimate whose rows are pairs of people, each of whom is in many rows."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

_ODD = np.uint64(0x9E3779B97F4A7C15)


class Spread(NamedTuple):
    """How uncertain an estimate is by the units that its rows belong to."""

    variance: float
    """Variance of the estimate; NaN for fewer than two units."""
    units: int
    """Units that are independent of each other."""
    freedom: float
    """Degrees of freedom of `variance`: how sure that is itself."""


def between_people(influence: Float[np.ndarray, " n"], people: Int[np.ndarray, "n 2"]) -> Spread:
    """Leave-one-person-out jackknife variance of a linearised estimate, its people, and its degrees of freedom.

    Every person is left out in turn, with all rows that they are in. This variance errs on the side of too large,
    whatever the dependence between rows that share a person (Efron & Stein 1981, DOI 10.1214/aos/1176345462): where
    there is none it is twice the true one at most. Two people who are in no row but those of each other are one unit.

    Args:
        influence: What each row adds to the error of the estimate; sums to 0 up to rounding.
        people: The two people of each row, as codes of 0 or more; one code twice where both samples are of one person.
    """
    low, high, count = numbered(people)
    return spread_of(changes_without(influence, low, high, count), shared=bool((low != high).any()))


def spread_of(changes: Float[np.ndarray, " units"], shared: bool = True) -> Spread:
    """Jackknife variance from how the estimate changes without each unit: (P - 1) / P * sum of changes².

    Its degrees of freedom are those of a scaled chi-square with the estimated mean and variance (Satterthwaite 1946,
    DOI 10.2307/3002019; O'Neill 2014, DOI 10.1080/00031305.2014.966589): P - 1 at most, and few where a few people make
    most of the sum, as those whom many are taken for.

    Args:
        changes: Change of the estimate without each unit.
        shared: Whether any row has two units; else units are independent clusters, with P - 1 degrees of freedom.
    """
    count = len(changes)
    if count < 2:
        return Spread(math.nan, count, math.nan)
    squares = np.sort(changes * changes)  # the bits do not depend on the order of the file
    total = math.fsum(squares)
    beyond = math.fsum(squares * squares) - total * total / count
    few = 2 * total * total / beyond if shared and beyond > 0 else math.inf
    return Spread((count - 1) / count * total, count, max(1.0, min(count - 1.0, few)))


def numbered(people: Int[np.ndarray, "n 2"]) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], int]:
    """Numbers 0..P-1 of the two units of each row, the lower one first, and P.

    A unit is a person; or two, where both are in no row but those of each other, which makes their rows one fact.
    """
    codes, inverse = np.unique(people, return_inverse=True)
    sides = inverse.reshape(people.shape)
    low, high = sides.min(axis=1), sides.max(axis=1)
    count = len(codes)
    least, most = np.full(count, count), np.full(count, -1)
    for one, other in ((low, high), (high, low)):
        np.minimum.at(least, one, other)
        np.maximum.at(most, one, other)
    only = np.where(least == most, most, -1)  # the one other person that a person is in rows with
    partner = only[np.maximum(only, 0)] == np.arange(count)
    stands_for = np.where((only >= 0) & partner, np.minimum(only, np.arange(count)), np.arange(count))
    kept, number = np.unique(stands_for, return_inverse=True)
    return number[low], number[high], len(kept)


def changes_without(
    influence: Float[np.ndarray, " n"], low: Int[np.ndarray, " n"], high: Int[np.ndarray, " n"], count: int
) -> Float[np.ndarray, " units"]:
    """How the estimate changes without each unit's rows: -u_i / (1 - n_i / n), with u_i the sum of their influences.

    Exact for a share of equally weighted rows. A unit without which there are no rows left changes by -u_i.

    Args:
        influence: What each row adds to the error of the estimate.
        low: First unit of each row.
        high: Second unit of each row.
        count: Number of units.
    """
    # equal sets of rows are added in equal order, so that the bits do not depend on the order of the file
    order = np.argsort(influence, kind="stable")
    sides = np.stack([low, high], axis=1)[order]
    mine = np.stack([np.ones(len(order)), sides[:, 0] != sides[:, 1]], axis=1)  # a row of one unit is once its own
    of_unit = np.bincount(sides.ravel(), (mine * influence[order][:, None]).ravel(), count)
    rows = np.bincount(sides.ravel(), mine.ravel(), count)
    left = len(influence) - rows
    return np.asarray(-of_unit * np.divide(len(influence), left, out=np.ones(count), where=left > 0))


def drawn_pairs(people: Int[np.ndarray, "n 2"], generator: np.random.Generator) -> Int[np.ndarray, " n"]:
    """How often each row is in one sample of people drawn with replacement.

    A row of two people is there as often as both were drawn together, a row of one person as often as that person was.
    Snijders & Borgatti 1999 (vertex bootstrap), Connections 22(2):161.

    Args:
        people: The two people of each row, as codes 0..P-1.
        generator: Source of the draws.
    """
    count = int(people.max()) + 1 if len(people) else 0
    times = np.bincount(generator.integers(count, size=count), minlength=count) if count else np.zeros(0, np.int64)
    first, second = times[people[:, 0]], times[people[:, 1]]
    return np.asarray(np.where(people[:, 0] == people[:, 1], first, first * second))


def people_by_content(people: Int[np.ndarray, "n 2"], held: Float[np.ndarray, "n k"]) -> Int[np.ndarray, "n 2"]:
    """The people as codes 0..P-1 that depend on what their rows hold and not on the order of the file.

    Every row has a 64-bit number made of what it holds, a person the sum of those of the rows. People of one sum hold
    the same rows, but for accidents of 1 in 2^64; which of them comes first changes nothing.

    Args:
        people: The two people of each row.
        held: What each row holds.
    """
    bits = np.ascontiguousarray(held).view(np.uint64)
    mark = np.zeros(len(held), dtype=np.uint64)
    for column in bits.T:
        mark = (mark ^ column) * _ODD
        mark ^= mark >> np.uint64(29)
    codes, inverse = np.unique(people, return_inverse=True)
    sides = inverse.reshape(people.shape)
    sums = np.zeros(len(codes), dtype=np.uint64)
    np.add.at(sums, sides[:, 0], mark)
    np.add.at(sums, sides[:, 1], mark)
    place = np.empty(len(codes), dtype=np.int64)
    place[np.argsort(sums, kind="stable")] = np.arange(len(codes))
    return np.asarray(place[sides])
