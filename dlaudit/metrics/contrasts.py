"""Which slices are compared with which, and what their intervals together say about the largest gap.

With simultaneous intervals [L, U] of every contrast the largest absolute contrast lies in [max of the lower ends, max of
the upper ends], so that no bias of the maximum has to be corrected (docs: method, intervals of a range).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.stats.intervals import mover_difference, mover_ratio
from dlaudit.stats.numbers import Limits


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The two sides of every contrast; an end without a bound is infinite."""

    first: Float[np.ndarray, " contrasts"]
    first_low: Float[np.ndarray, " contrasts"]
    first_high: Float[np.ndarray, " contrasts"]
    second: Float[np.ndarray, " contrasts"]
    second_low: Float[np.ndarray, " contrasts"]
    second_high: Float[np.ndarray, " contrasts"]
    share: Float[np.ndarray, " contrasts"]
    """Share of the second side that is the first: 0 for two slices; of a slice and the whole it is part of, `second`
    is the rest."""


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
    """The largest absolute difference; a slice differs from the whole by (1 - share) of what it differs from the rest."""
    limits = mover_difference(
        sides.first,
        Limits(sides.first_low, sides.first_high),
        sides.second,
        Limits(sides.second_low, sides.second_high),
    )
    apart = 1 - sides.share
    sizes = np.abs(sides.first - sides.second) * apart
    low, high = limits.low * apart, limits.high * apart
    at = int(np.argmax(sizes))
    return Gap(
        float(sizes[at]),
        float(np.maximum(0, np.maximum(low, -high)).max()),
        float(np.maximum(np.abs(low), np.abs(high)).max()),
        at,
    )


def smallest_ratio(sides: Sides) -> Gap | None:
    """The smallest ratio of the lesser to the greater value; None where every value is 0, or one is negative."""
    if min(sides.first.min(), sides.second.min()) < 0 or max(sides.first.max(), sides.second.max()) == 0:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = _of_whole(sides.first / sides.second, sides.share)
        values = np.fmin(ratios, 1 / ratios)
    limits = _ratio_limits(sides)
    low, high = _of_whole(limits.low, sides.share), _of_whole(limits.high, sides.share)
    with np.errstate(divide="ignore"):
        least = np.minimum(low, 1 / high)
        most = np.where(high < 1, high, np.where(low > 1, 1 / low, 1.0))
    at = int(np.nanargmin(values))
    return Gap(float(values[at]), float(least.min()), float(most.min()), at)


def _ratio_limits(sides: Sides) -> Limits:
    """MOVER's interval of first / second; 0 to infinity where an end is not known."""
    ends = (sides.first_low, sides.first_high, sides.second_low, sides.second_high)
    known = np.all([np.isfinite(end) for end in ends], axis=0)
    a_low, a_high, b_low, b_high = (np.where(known, end, 0.0) for end in ends)
    limits = mover_ratio(sides.first, Limits(a_low, a_high), sides.second, Limits(b_low, b_high))
    known &= ~(np.isnan(limits.low) | np.isnan(limits.high)) & ~((sides.first == 0) & (sides.second == 0))
    return Limits(np.where(known, limits.low, 0.0), np.where(known, limits.high, np.inf))


def _of_whole(ratio: Float[np.ndarray, " n"], share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """first / whole from first / rest, where the whole is `share` first and the rest: increasing in the ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(ratio), 1 / share, ratio / (share * ratio + 1 - share))
