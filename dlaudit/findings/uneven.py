"""Whether something happened to rows of one slice more often than of another: exact, over all pairs and looks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlaudit.stats.hypergeometric import upper_tail


@dataclass(frozen=True, kw_only=True)
class Uneven:
    """The two slices of which one was met more often than the other by more than chance, with the widest difference."""

    most: int
    """Place of the slice that was met more often."""
    least: int
    """Place of the other."""
    p_value: float
    """Of this pair, after Bonferroni over all pairs and looks."""


def uneven(
    done: Sequence[int], rows: Sequence[int], *, people: Sequence[float], looks: int, difference: float, alpha: float
) -> Uneven | None:
    """The widest difference between the shares of two slices that is wide enough and more than chance; None without.

    Fisher's exact test of every two slices, two-sided, with Bonferroni over pairs and looks: where shares are alike,
    anything is told with probability at most `alpha`, however small and however many the slices are. A chi-squared
    test of the whole table is not: with slices of two or three rows it errs a hundred times more often than it says.

    Args:
        done: Rows of each slice to which it happened.
        rows: Rows of each slice, 1 or more.
        people: Independent people behind the rows of each slice. Each of them counts as one row: what happens to one
            row of a person often happens to all.
        looks: Tables that are looked at in one audit.
        difference: Smallest difference between shares that is told.
        alpha: Error rate of all looks together.
    """
    happened, size = np.asarray(done, dtype=np.int64), np.asarray(rows, dtype=np.int64)
    share = happened / size
    one, other = np.triu_indices(len(size), 1)
    one, other = np.where(share[one] >= share[other], (one, other), (other, one))
    counted = np.clip(np.floor(people), 1, size).astype(np.int64)
    met = np.round(share * counted).astype(np.int64)
    single = upper_tail(met[one], counted[one], met[one] + met[other], counted[one] + counted[other])
    p = np.minimum(2.0 * single * len(one) * looks, 1.0)
    wide = share[one] - share[other]
    able = np.flatnonzero((p < alpha) & (wide >= difference))
    if not len(able):
        return None
    at = able[np.argmax(wide[able])]
    return Uneven(most=int(one[at]), least=int(other[at]), p_value=float(p[at]))
