"""What a gap could be if a doubt about the data were true: bounds without chance, which comes on top of them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from dlaudit.stats.sweeps import widest_apart

STEPS = 60
MOST_FLIPPED = 0.5
"""With half of the labels flipped at random they say nothing."""


class Bounds(NamedTuple):
    """The least and the largest value that a doubt allows."""

    low: float
    """Least."""
    high: float
    """Largest."""


class Shares(NamedTuple):
    """A rate of every slice as counts, and the same rate had all labels been the other way round.

    For a true positive rate these are TP, TP + FN, FP and FP + TN. `most` is the largest e / (1 - e) of labels that may
    have been flipped without any count of the true table being negative.
    """

    above: Int[np.ndarray, " slices"]
    below: Int[np.ndarray, " slices"]
    turned_above: Int[np.ndarray, " slices"]
    turned_below: Int[np.ndarray, " slices"]
    most: Float[np.ndarray, " slices"]


def gap_of(low: Float[np.ndarray, " slices"], high: Float[np.ndarray, " slices"]) -> Bounds:
    """Bounds of the largest difference of rates, each of which lies anywhere between its own ends.

    Args:
        low: Least rates of at least two slices.
        high: Largest rates.
    """
    return Bounds(max(0.0, float(low.max() - high.min())), float(widest_apart(low, high)))


def unknown_rate(x: int, n: int, unknown_x: int, unknown_n: int) -> Bounds:
    """Bounds of one slice's rate if any of the rows of unknown level were its own (Manski's worst case).

    Args:
        x: Rows above the line that are known to be in the slice.
        n: Rows below the line; above 0.
        unknown_x: Rows above the line whose slice is not known.
        unknown_n: Rows below the line whose slice is not known.

    Source: Manski 1989, The Journal of Human Resources 24:343, DOI 10.2307/145818.
    """
    return Bounds(x / (n + unknown_n - unknown_x), (x + unknown_x) / (n + unknown_x))


def unknown_gap(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"], unknown_x: int, unknown_n: int) -> Bounds:
    """Bounds of the largest difference if each row of unknown level were in any of the slices, or in none of them.

    Largest: all unknown rows above the line join one slice, all others join another. Least: the former are filled into
    the lowest rates and the latter into the highest, as water finds its level; exact but for parts of rows.

    Args:
        x: Rows above the line of at least two slices.
        n: Rows below the line; above 0.
        unknown_x: Rows above the line whose slice is not known.
        unknown_n: Rows below the line whose slice is not known.
    """
    raised = (x + unknown_x) / (n + unknown_x)
    lowered = x / (n + unknown_n - unknown_x)
    high = widest_apart(np.asarray(lowered, dtype=np.float64), np.asarray(raised, dtype=np.float64))
    floor = _filled(x, n, unknown_x)
    ceiling = 1 - _filled(n - x, n, unknown_n - unknown_x)
    return Bounds(max(0.0, ceiling - floor), float(high))


def contaminated_gap(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"], share: float) -> Bounds:
    """Bounds of the largest difference among rows that are rightly in their slices, where a share is wrongly there.

    In each slice that share of the rows below the line belongs elsewhere, whatever its outcomes; nothing is assumed of
    which rows these are. Nothing is said of people who are missing from their slice.

    Args:
        x: Rows above the line of at least two slices.
        n: Rows below the line; above 0.
        share: Share that is wrongly there, below 1.

    Source: contaminated sampling, Horowitz and Manski 1995, DOI 10.2307/2951627.
    """
    rate = x / n
    low = np.maximum(0.0, (rate - share) / (1 - share))
    return gap_of(np.minimum(low, 1.0), np.minimum(1.0, rate / (1 - share)))


def contamination_that_closes(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"]) -> float:
    """The smallest share of wrong rows in every slice that could make up the whole gap: the gap itself.

    The lowest rate can be as high as p / (1 - e) and the highest as low as (p - e) / (1 - e); they meet at e = gap.

    Args:
        x: Rows above the line of at least two slices.
        n: Rows below the line; above 0.
    """
    rate = x / n
    return float(rate.max() - rate.min())


def flipped_ends(shares: Shares, flipped: float) -> tuple[Float[np.ndarray, " slices"], Float[np.ndarray, " slices"]]:
    """Ends of every slice's rate by true labels, where up to a share of its recorded labels was flipped at random.

    At random: each true label with the same probability, whatever the prediction. The table by true labels is then the
    recorded one less the flipped part, ((1 - e) recorded - e turned) / (1 - 2 e), and the rate moves one way as e
    grows. A slice whose recorded table could not come from so many flipped labels is moved as far as it could.

    Args:
        shares: Counts of every slice.
        flipped: Largest share of flipped labels e, below 0.5; each slice may have its own.

    Source: the inverse of the misclassification matrix, as in Barron 1977, DOI 10.2307/2529795, with both error rates
    equal; Fogliato, Chouldechova and G'Sell 2020, arXiv:2003.13808 for the use.
    """
    t = np.minimum(flipped / (1 - flipped), shares.most)
    above = np.maximum(shares.above - t * shares.turned_above, 0.0)
    below = np.maximum(shares.below - t * shares.turned_below, 0.0)
    recorded = shares.above / shares.below
    true = np.divide(np.minimum(above, below), below, out=np.array(recorded, dtype=np.float64), where=below > 0)
    return np.minimum(recorded, true), np.maximum(recorded, true)


def flips_that_close(shares: Shares) -> float | None:
    """The smallest share of labels flipped at random that could make up the whole gap; None where none below 0.5 could.

    Each slice may have any share up to it.

    Args:
        shares: Counts of at least two slices.
    """
    low, high = 0.0, MOST_FLIPPED * (1 - 1e-9)
    if _stays(shares, high):
        return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _stays(shares, middle) else (low, middle)
    return high


def most_flipped(table: Int[np.ndarray, "slices truth predicted"]) -> Float[np.ndarray, " slices"]:
    """The largest e / (1 - e) of flipped labels that could leave such a table; at most 1.

    Args:
        table: Rows of each slice by recorded label and prediction (binary).
    """
    turned = table[:, ::-1]
    ratio = np.divide(table, turned, out=np.full(table.shape, np.inf), where=turned > 0)
    return np.asarray(np.minimum(ratio.min(axis=(1, 2)), 1.0), dtype=np.float64)


def _stays(shares: Shares, flipped: float) -> bool:
    """Whether a gap is left whatever labels were flipped (beyond what rounding makes of none)."""
    low, high = flipped_ends(shares, flipped)
    return bool(low.max() - high.min() > 1e-12)


def _filled(x: Int[np.ndarray, " slices"], n: Int[np.ndarray, " slices"], more: int) -> float:
    """The highest level up to which `more` rows above the line can raise the lowest rates."""
    low, high = float((x / n).min()), 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        short = np.maximum(middle * n - x, 0.0).sum() / (1 - middle) if middle < 1 else np.inf
        low, high = (middle, high) if short <= more else (low, middle)
    return low
