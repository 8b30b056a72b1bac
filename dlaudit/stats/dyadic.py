"""Dyadic data: the variance of an estimate whose rows are pairs of people, each of whom is in many rows."""

import math

import numpy as np
from jaxtyping import Float, Int

_ODD = np.uint64(0x9E3779B97F4A7C15)


def between_people(influence: Float[np.ndarray, " n"], people: Int[np.ndarray, "n 2"]) -> tuple[float, int]:
    """Dyadic cluster-robust variance of a linearised estimate, and the number of people.

    Two rows may depend on each other where they share a person on either side. With u_i the sum of the influences of
    the rows that i is in, and u_ij that of the rows of i and j: P / (P - 1) * (sum of u_i² - sum over i < j of u_ij²);
    the second sum takes away what the first counts twice. Fafchamps & Gubert 2007, DOI 10.1016/j.jdeveco.2006.05.005;
    Aronow, Samii & Assenova 2015, DOI 10.1093/pan/mpv018.

    The estimate of a difference may fall below 0, which no variance is: it is never below that of rows that depend on
    each other only where they share both people. NaN for fewer than two people.

    Args:
        influence: What each row adds to the error of the estimate; sums to 0 up to rounding.
        people: The two people of each row, as codes of 0 or more; one code twice where both samples are of one person.
    """
    codes, inverse = np.unique(people, return_inverse=True)
    count = len(codes)
    if count < 2:
        return math.nan, count
    sides = inverse.reshape(people.shape)
    # equal sets of rows are added in equal order, so that the bits do not depend on the order of the file
    order = np.argsort(influence, kind="stable")
    error, low, high = influence[order], sides[order].min(axis=1), sides[order].max(axis=1)
    two = low != high
    of_person = np.bincount(low, error, count) + np.bincount(high[two], error[two], count)
    pair = np.unique(low * count + high, return_inverse=True)[1]
    of_pair = np.bincount(pair, error)
    first = np.zeros(len(of_pair), dtype=bool)
    first[pair[two]] = True
    shared, alone = math.fsum(of_pair[first] ** 2), math.fsum(of_pair**2)
    variance = max(math.fsum(of_person * of_person) - shared, alone)
    return count / (count - 1) * variance, count


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
