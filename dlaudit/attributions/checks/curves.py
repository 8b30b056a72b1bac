"""Insertion and deletion of inputs in the order of their contributions (Petsiuk, Das and Saenko 2018)."""

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.checks.effects import Mixed, References, mixed_scores
from dlaudit.attributions.request import Request


def between_curves(
    request: Request, values: Float[np.ndarray, " n M"], references: References, cuts: int
) -> Float[np.ndarray, " n"]:
    """Normalised area between the insertion and the deletion curve of every row.

    Insertion puts the players that the contributions call strongest into the reference first, deletion takes them
    out of the row first. The area is divided by the change of score (floored at its median size): an order that does
    not matter gives about 0, the better the order the more, and it may exceed 1 where the score is not monotone.
    NaN where no score changes.

    Args:
        request: The rows.
        values: Contributions.
        references: Their references; the first of each row is used.
        cuts: Parts into which the order is cut.
    """
    players = values.shape[1]
    taken = np.unique(np.round(np.linspace(0, players, cuts + 1)[1:-1]).astype(np.int64))
    taken = taken[(taken > 0) & (taken < players)]
    ends = np.array([[True], [False]])
    whole, none = _scores(request, np.broadcast_to(ends[None], (request.count, 2, players)), references).T
    change = whole - none
    strongest = np.argsort(np.argsort(-values * np.sign(change)[:, None], axis=1, kind="stable"), axis=1)
    first = strongest[:, None, :] < taken[None, :, None]
    scores = _scores(request, np.concatenate([first, ~first], axis=1), references)
    area = ((scores[:, : len(taken)] - scores[:, len(taken) :]) * np.sign(change)[:, None]).mean(axis=1)
    scale = np.maximum(np.abs(change), np.median(np.abs(change)))
    return np.asarray(np.divide(area, scale, out=np.full(len(area), np.nan), where=scale > 0))


def _scores(request: Request, present: Bool[np.ndarray, " n c M"], references: References) -> Float[np.ndarray, " n c"]:
    """Scores of every row mixed with its first reference by coalitions of its own."""
    return mixed_scores(request, references, 0, Mixed(present=present, which=np.arange(request.count)))


def some_rows(count: int, most: int, generator: np.random.Generator) -> Int[np.ndarray, " k"]:
    """At most `most` of `count` places, at random: evenly spaced ones could all fall into one slice."""
    return np.sort(generator.choice(count, size=min(count, most), replace=False)).astype(np.int64)
