"""Where, in many rows of tables at once, the tables stop being extreme."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int

_COARSE = 16
"""Every which row is searched without a guess."""
_WAYS = 8
"""Parts into which a search cuts the distance that is left."""

Whole = Int[np.ndarray, " rows"]
Holds = Callable[[Int[np.ndarray, " asked"], Int[np.ndarray, " asked"]], Bool[np.ndarray, " asked"]]
"""Whether place y of row x is extreme; once it is not, it is not for any larger y."""


def last_holding(holds: Holds, rows: Whole, most: Whole) -> Whole:
    """The largest place at which each row holds; -1 where there is none.

    A place that holds beside one that does not settles it. Where a straight line between coarse rows guesses right,
    these two are all that is asked for.

    Args:
        holds: Answers for pairs of a row and a place.
        rows: The rows, ascending and without gaps.
        most: Largest place of each; places start at 0.
    """
    every = np.arange(len(rows))
    coarse = np.arange(0, len(rows) + _COARSE - 1, _COARSE).clip(max=len(rows) - 1)
    known = _searched(holds, rows[coarse], np.full(len(coarse), -1), most[coarse] + 1)
    guess = np.interp(every, coarse, known)
    low, high = np.floor(guess - 0.5).astype(int), np.floor(guess + 1.5).astype(int)
    low, high = np.minimum(low, most), np.clip(high, 0, most + 1)
    inside, beyond = np.full(len(rows), -1), most + 1
    inside = np.where((low >= 0) & holds(rows, np.maximum(low, 0)), low, inside)
    beyond = np.where((high <= most) & ~holds(rows, np.minimum(high, most)), high, beyond)
    return _searched(holds, rows, inside, np.maximum(beyond, inside + 1))


def _searched(holds: Holds, rows: Whole, inside: Whole, beyond: Whole) -> Whole:
    """The same, between a place that holds and one that does not."""
    inside, beyond = inside.copy(), beyond.copy()
    while len(open_ := np.flatnonzero(beyond - inside > 1)):
        low, width = inside[open_][:, None], (beyond - inside)[open_][:, None]
        cuts = low + width * np.arange(1, _WAYS) // _WAYS
        asked = np.maximum(cuts, 0).ravel()
        held = holds(np.repeat(rows[open_], _WAYS - 1), asked).reshape(cuts.shape) | (cuts == low)
        passed = np.logical_and.accumulate(held, axis=1).sum(axis=1)
        ends = np.concatenate([low, cuts, low + width], axis=1)
        inside[open_], beyond[open_] = (ends[np.arange(len(ends)), passed + one] for one in (0, 1))
    return inside
