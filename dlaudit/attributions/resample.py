"""Intervals over people: a studentised bootstrap (Efron and Tibshirani 1993, 12.5) as matrix products."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

REPLICATES = 1_999
FEWEST_PEOPLE = 10
"""With fewer people no interval is given."""
MANY_PEOPLE = 20_000
"""From here on the normal interval is given: the bootstrap would differ by less than its own Monte-Carlo error, and
cost minutes at a million people."""
_FLOOR = 0.25
_CELLS = 4_000_000


@dataclass(frozen=True, kw_only=True)
class People:
    """Values of one slice, added up over each person (unit)."""

    sums: Float[np.ndarray, " u M"]
    """Weighted sum of each person's rows."""
    mass: Float[np.ndarray, " u"]
    """Weight of each person's rows."""

    @property
    def mean(self) -> Float[np.ndarray, " M"]:
        """Weighted mean over rows."""
        return np.asarray(self.sums.sum(axis=0) / self.mass.sum())


def people(
    values: Float[np.ndarray, " n M"],
    weight: Float[np.ndarray, " n"] | None = None,
    unit: Int[np.ndarray, " n"] | None = None,
) -> People:
    """Rows gathered by person; every row is a person of its own without `unit`. Rows of weight 0 do not
    count.
    """
    mass = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=np.float64)
    sums = values * mass[:, None]
    if unit is not None:
        _, who = np.unique(unit, return_inverse=True)
        gathered = np.zeros((int(who.max(initial=-1)) + 1, values.shape[1]))
        np.add.at(gathered, who, sums)
        sums, mass = gathered, np.bincount(who, weights=mass, minlength=len(gathered)).astype(np.float64)
    return People(sums=sums[mass > 0], mass=mass[mass > 0])


def studentised_interval(
    parts: Sequence[People],
    generator: np.random.Generator,
    *,
    level: float = 0.95,
    replicates: int = REPLICATES,
) -> tuple[Float[np.ndarray, " M"], Float[np.ndarray, " M"]] | None:
    """Ends of the bootstrap-t interval around 0 for the sum of the parts' means, to be added to the estimate.

    Each part is an independent sample of people; a replicate draws people with replacement within each part.
    The statistic is a sum of weighted means, whose standard error is that of ratio estimators. A replicate
    that happens to draw nobody with a contribution has no spread of its own; it gets a quarter of the
    sample's, so that the ends stay finite.

    Args:
        parts: One slice, or the two slices of a gap.
        generator: Source of the draws.
        level: Confidence level.
        replicates: Number of replicates, at least 999.

    Returns:
        Offsets of the lower and of the upper end, both 0 where values do not vary; None with fewer than
        `FEWEST_PEOPLE` people in a part. With `MANY_PEOPLE` in every part they are normal.
    """
    if min(len(part.mass) for part in parts) < FEWEST_PEOPLE:
        return None
    error = np.sqrt(sum(_squared_error(np.ones((1, len(part.mass))), part)[1][0] for part in parts))
    if min(len(part.mass) for part in parts) >= MANY_PEOPLE:
        reach = float(ndtri((1 + level) / 2)) * error
        return -reach, reach
    drawn = [_replicated(part, generator, replicates) for part in parts]
    moved, spread = sum(shift for shift, _ in drawn), sum(squared for _, squared in drawn)
    # Rounding leaves a spread of about 1e-17 where values are constant; below this share it is no spread.
    scale = sum(np.abs(part.mean) for part in parts)
    error = np.where(error <= 1e-12 * scale, 0.0, error)
    floor = np.maximum(np.sqrt(spread), _FLOOR * error)
    ratio = np.divide(moved, floor, out=np.zeros_like(floor), where=floor > 0)
    low, high = np.quantile(ratio, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return -high * error, -low * error


def _replicated(
    part: People, generator: np.random.Generator, replicates: int
) -> tuple[Float[np.ndarray, " r M"], Float[np.ndarray, " r M"]]:
    """`_squared_error` of every replicate."""
    done = [_squared_error(counts, part) for counts in _draws(len(part.mass), generator, replicates)]
    return np.concatenate([shift for shift, _ in done]), np.concatenate([squared for _, squared in done])


def _squared_error(
    counts: Float[np.ndarray, " r u"], part: People
) -> tuple[Float[np.ndarray, " r M"], Float[np.ndarray, " r M"]]:
    """How far the weighted mean of each replicate lies from the sample's, and its squared standard error.

    Computed on residuals s_u - mean m_u, because sums of squares of the values themselves cancel to noise.
    """
    residual = part.sums - part.mean * part.mass[:, None]
    total = (counts @ part.mass)[:, None]
    shift = (counts @ residual) / total
    crossed = counts @ (residual * part.mass[:, None])
    squares = counts @ residual**2 - 2 * shift * crossed + shift**2 * (counts @ part.mass**2)[:, None]
    return shift, np.maximum(squares, 0.0) / total**2


def _draws(size: int, generator: np.random.Generator, replicates: int) -> Iterator[Float[np.ndarray, " r u"]]:
    """How often each person is drawn in each replicate, some replicates at a time."""
    at_once = max(1, _CELLS // size)
    for start in range(0, replicates, at_once):
        some = min(at_once, replicates - start)
        drawn = generator.integers(size, size=(some, size)) + np.arange(some)[:, None] * size
        counts = np.bincount(drawn.ravel(), minlength=some * size)
        yield counts.reshape(some, size).astype(np.float64)
