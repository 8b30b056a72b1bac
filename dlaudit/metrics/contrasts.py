"""Which slices are compared with which, and what their intervals together say about the largest gap.

The largest gap of a sample is above the largest gap in truth, since it is the largest of many. So its lower bound is
the largest of all contrasts' lower bounds, each at its share of the error rate (Bonferroni). Its upper bound needs no
share: it holds wherever the bound of the one contrast that is truly widest holds. Either end is wrong with probability
at most half of 1 - level.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.stats.intervals import mover_difference, mover_ratio
from dlaudit.stats.numbers import Limits


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The two sides of every contrast; a limit that is not known is infinite."""

    first: Float[np.ndarray, " contrasts"]
    """Values of the first sides."""
    second: Float[np.ndarray, " contrasts"]
    """Values of the second sides, independent of the first."""
    share: Float[np.ndarray, " contrasts"]
    """0 for two slices. Of a slice and the whole that it is part of, `second` is the rest and this is the slice's share
    of the whole."""
    shared: tuple[Limits, Limits]
    """Limits of both sides at the level left for every contrast."""
    single: tuple[Limits, Limits]
    """Limits at the level of one contrast."""


@dataclass(frozen=True)
class Gap:
    """The largest gap over all contrasts, with the ends of its simultaneous interval (infinite where unbounded)."""

    value: float
    low: float
    high: float
    at: int
    """Position of the contrast that has it."""


def all_pairs(slices: int) -> Int[np.ndarray, "contrasts 2"]:
    """Every two of the slices once."""
    return np.column_stack(np.triu_indices(slices, 1)).astype(np.int64)


def against(slices: int, reference: int) -> Int[np.ndarray, "contrasts 2"]:
    """Every other slice with the reference."""
    others = np.array([place for place in range(slices) if place != reference], dtype=np.int64)
    return np.column_stack([others, np.full(len(others), reference, dtype=np.int64)])


def largest_difference(sides: Sides) -> Gap:
    """The largest absolute difference; from the whole it is (1 - share) of the difference from the rest."""
    apart = 1 - sides.share
    sizes = np.abs(sides.first - sides.second) * apart
    shared = mover_difference(sides.first, sides.shared[0], sides.second, sides.shared[1])
    single = mover_difference(sides.first, sides.single[0], sides.second, sides.single[1])
    at = int(np.argmax(sizes))
    low = float((apart * np.maximum(shared.low, -shared.high)).max())
    high = float((apart * np.maximum(np.abs(single.low), np.abs(single.high))).max())
    return Gap(float(sizes[at]), max(0.0, low), high, at)


def smallest_ratio(sides: Sides) -> Gap | None:
    """The smallest ratio of the lesser to the greater value; None where every value is 0, or one is negative."""
    if min(sides.first.min(), sides.second.min()) < 0 or max(sides.first.max(), sides.second.max()) == 0:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = _of_whole(sides.first / sides.second, sides.share)
        lesser, greater = np.minimum(sides.first, sides.second), np.maximum(sides.first, sides.second)
        # of two slices it is divided once, lesser by greater, so that their order cannot move the last digit
        values = np.where(sides.share == 0, lesser / greater, np.fmin(ratios, 1 / ratios))
        single_low, single_high = (_of_whole(end, sides.share) for end in _ratio_limits(sides, sides.single))
        shared_low, shared_high = (_of_whole(end, sides.share) for end in _ratio_limits(sides, sides.shared))
        low = float(np.minimum(single_low, 1 / single_high).min())
        high = float(np.minimum(1.0, np.minimum(shared_high, 1 / shared_low)).min())
    at = int(np.nanargmin(values))
    return Gap(float(values[at]), low, high, at)


def _ratio_limits(sides: Sides, limits: tuple[Limits, Limits]) -> Limits:
    """MOVER's interval of first / second; 0 to infinity where a limit is not known or both values are 0."""
    ends = (*limits[0], *limits[1])
    known = np.all([np.isfinite(end) for end in ends], axis=0) & ((sides.first > 0) | (sides.second > 0))
    low_1, high_1, low_2, high_2 = (np.where(known, end, 0.0) for end in ends)
    found = mover_ratio(sides.first, Limits(low_1, high_1), sides.second, Limits(low_2, high_2))
    return Limits(np.where(known, found.low, 0.0), np.where(known, found.high, np.inf))


def _of_whole(ratio: Float[np.ndarray, " n"], share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """The ratio first / whole from first / rest: increasing in it, as the whole is `share` first and the rest."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(ratio), 1 / share, ratio / (share * ratio + 1 - share))
