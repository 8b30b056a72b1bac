"""A threshold that lets a share of scores pass, from all of them and without those of each person."""

import numpy as np
from jaxtyping import Float, Int


def quantile_above(ordered: Float[np.ndarray, " n"], share: float) -> float:
    """A number that at most that share of the scores reaches.

    It lies between two scores, so that rounding moves none over it.

    Args:
        ordered: Scores, highest first; one or more.
        share: Above 0, below 1.
    """
    return _between(ordered, whole_part(share, len(ordered)), len(ordered))


def whole_part(share: float, count: int) -> int:
    """How many of `count` are at most that share, whatever the rounding of the product."""
    return int(share * count + 1e-9)


def quantiles_without(
    ordered: Float[np.ndarray, " n"],
    units: tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]],
    count: int,
    share: float,
) -> Float[np.ndarray, " units"]:
    """The same from the scores that are left without those of each unit; that of all where none are left.

    Args:
        ordered: Scores, highest first.
        units: Both units of each score, 0..count-1.
        count: Number of units.
        share: Above 0, below 1.
    """
    first, second = units
    two = first != second
    unit = np.concatenate([first, second[two]])
    place = np.concatenate([np.arange(len(ordered)), np.flatnonzero(two)])
    by_unit = np.lexsort((place, unit))
    starts = np.searchsorted(unit[by_unit], np.arange(count + 1))
    places = place[by_unit]
    whole = quantile_above(ordered, share)
    return np.array(
        [_without(ordered, places[starts[at] : starts[at + 1]], share, whole) for at in range(count)], dtype=np.float64
    )


def _without(ordered: Float[np.ndarray, " n"], taken: Int[np.ndarray, " k"], share: float, whole: float) -> float:
    left = len(ordered) - len(taken)
    if not len(taken) or left == 0:
        return whole
    most = whole_part(share, left)
    # the scores left, as far as they are needed: `most` and one more
    reach = most + 1 + int(np.searchsorted(taken - np.arange(len(taken)), most, side="right"))
    head = np.ones(min(reach, len(ordered)), dtype=bool)
    head[taken[taken < len(head)]] = False
    return _between(ordered[: len(head)][head], most, left)


def _between(head: Float[np.ndarray, " k"], most: int, count: int) -> float:
    """`quantile_above` of `count` scores of which the first are given, `most` and one more."""
    if most >= count:
        return float(head[-1])
    above = head[:most]
    above = above[above > head[most]]
    return float((above[-1] + head[most]) / 2) if len(above) else float(np.nextafter(head[0], np.inf))
