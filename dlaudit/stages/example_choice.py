"""Which rows are shown: by rule from labels, scores and digests of rows, whatever their order in the file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64

from dlaudit.metrics.rows import ScoredRows
from dlaudit.record.examples import Why

WORST, TYPICAL = 3, 1
"""Rows of each slice."""
MOST = 210
"""Rows in all."""
_DIGITS = 6
"""Scores that are equal to so many decimals tie: the last ones depend on which rows were scored together."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """How right or wrong each row is."""

    wrong: Bool[np.ndarray, " n"]
    """Whether it is predicted wrong; of numbers, whether there is any error."""
    right: Bool[np.ndarray, " n"]
    """Whether it may be shown as a typical one: predicted right; of numbers, every row."""
    severity: Float[np.ndarray, " n"]
    """Of wrong rows: how far the score is from what would have been right."""
    level: Float[np.ndarray, " n"]
    """Of right rows: what the typical one has in the middle."""
    distance: Float[np.ndarray, "n k"] | None = None
    """Of every score `from_threshold`; None for tasks without one."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A row that is shown."""

    row: int
    """Place among the scored rows."""
    slice: int
    """Place of its slice among those that are asked about."""
    why: Why
    """By which part of the rule."""
    rank: int
    """Its place in that part, from 0."""


@dataclass(frozen=True, kw_only=True)
class Ties:
    """What decides between rows that tie."""

    digest: UInt64[np.ndarray, " n"]
    """Of the row's cells: the same wherever the row stands."""
    record: Int[np.ndarray, " n"]
    """Record number, for rows that are copies of each other."""

    def first(self, places: Int[np.ndarray, " m"], key: Float[np.ndarray, " m"], count: int) -> list[int]:
        """The `count` of those rows with the smallest key."""
        order = np.lexsort((self.record[places], self.digest[places], np.round(key, _DIGITS)))
        return [int(place) for place in places[order[:count]]]


def doubt_of(rows: ScoredRows) -> Doubt:
    """How right or wrong each row is, by the task."""
    score, target, prediction = rows.score, rows.target, rows.prediction
    if rows.task == "regression":
        error = np.abs(np.asarray(prediction, dtype=np.float64) - target)
        return Doubt(wrong=error > 0, right=np.ones(len(rows), dtype=bool), severity=error, level=error)
    if rows.task == "multiclass":
        at = np.arange(len(rows))
        wrong, said = prediction != target, score[at, prediction.astype(np.int64)]
        return Doubt(wrong=wrong, right=~wrong, severity=said - score[at, target.astype(np.int64)], level=said)
    distance = from_threshold(rows)
    if rows.task == "multilabel":
        missed = prediction != target
        severity = np.where(missed, distance, 0.0).max(axis=1, initial=0.0)
        wrong = missed.any(axis=1)
        return Doubt(wrong=wrong, right=~wrong, severity=severity, level=distance.min(axis=1), distance=distance)
    wrong = prediction != target
    return Doubt(wrong=wrong, right=~wrong, severity=distance[:, 0], level=score[:, 0])


def from_threshold(rows: ScoredRows) -> Float[np.ndarray, "n k"]:
    """How far each score is from the threshold; of probabilities, as a share of the room on its side.

    At a threshold of 0.8 a false alarm is at most 0.2 too high and a miss up to 0.8 too low: by plain distance no
    false alarm would ever come first.
    """
    threshold = rows.threshold or 0.0
    distance = np.abs(rows.score - threshold)
    if not rows.probabilities:
        return distance
    room = np.where(rows.score >= threshold, 1 - threshold, threshold)
    return distance / np.where(room > 0, room, 1.0)


def numbers_of(slices: int) -> tuple[int, int, int]:
    """Rows of each slice that are shown as worst and as typical, and slices that there is room for."""
    worst, typical = WORST, TYPICAL
    while slices * (worst + typical) > MOST and worst + typical > 1:
        worst, typical = (worst, typical - 1) if typical else (worst - 1, typical)
    return worst, typical, min(slices, MOST // max(1, worst + typical))


def choose(
    doubt: Doubt, members: Sequence[Bool[np.ndarray, " n"]], ties: Ties, numbers: tuple[int, int]
) -> list[Chosen]:
    """The rows that are shown, slice by slice; none is shown twice.

    Args:
        doubt: How right or wrong each row is.
        members: Of each slice which rows are in it.
        ties: What decides between rows that tie.
        numbers: Rows of each slice as worst and as typical.
    """
    free = np.ones(len(doubt.wrong), dtype=bool)
    found: list[Chosen] = []
    for at, member in enumerate(members):
        for why, rows in (("worst", _worst), ("typical", _typical)):
            taken = rows(doubt, member, free, ties, numbers)
            free[taken] = False
            found += [
                Chosen(row=row, slice=at, why="worst" if why == "worst" else "typical", rank=rank)
                for rank, row in enumerate(taken)
            ]
    return found


def _worst(
    doubt: Doubt, member: Bool[np.ndarray, " n"], free: Bool[np.ndarray, " n"], ties: Ties, numbers: tuple[int, int]
) -> list[int]:
    places = np.flatnonzero(member & doubt.wrong & free)
    return ties.first(places, -doubt.severity[places], numbers[0])


def _typical(
    doubt: Doubt, member: Bool[np.ndarray, " n"], free: Bool[np.ndarray, " n"], ties: Ties, numbers: tuple[int, int]
) -> list[int]:
    whole = member & doubt.right
    places = np.flatnonzero(whole & free)
    if not len(places):
        return []
    return ties.first(places, np.abs(doubt.level[places] - np.median(doubt.level[whole])), numbers[1])
