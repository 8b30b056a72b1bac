"""The equal error rate: where as large a share of negatives passes a threshold as of positives does not."""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from dlaudit.stats.dyadic import Spread, numbered, spread_of
from dlaudit.stats.intervals import cluster_wilson

Rows = Float[np.ndarray, " n"]
Curves = Callable[[int], tuple[float, float]]
"""Threshold to a false positive rate, which rises with the number of the threshold, and a false negative rate."""


class PassingRows:
    """Rows by the threshold that they pass: the first is above all scores, the last at the lowest.

    Args:
        score: Scores; a row is positive at or above a threshold.
        target: 0 or 1, both present.
        weight: Weight of each row; all count once where absent.
    """

    def __init__(self, score: Rows, target: Int[np.ndarray, " n"], weight: Rows | None = None) -> None:
        self.target, self.weight = target, np.ones(len(score)) if weight is None else weight
        levels, place = np.unique(-score, return_inverse=True)  # thresholds stand between different scores
        self.rank, self.thresholds = place + 1, len(levels) + 1
        counted = [np.bincount(self.rank, self.weight * (target == label), self.thresholds) for label in (0, 1)]
        self._passing = np.cumsum(counted, axis=1)

    def errors(self, at: int) -> tuple[float, float]:
        """False positive and false negative rate at that threshold."""
        negatives, positives = self._passing[:, at] / self._passing[:, -1]
        return float(negatives), float(1 - positives)

    @property
    def equal_error(self) -> float:
        """(FPR + FNR) / 2 at the threshold where the two are closest."""
        low, high = around_crossing(self.errors, self.thresholds)
        closest = min((self.errors(low), self.errors(high)), key=lambda one: abs(one[0] - one[1]))
        return (closest[0] + closest[1]) / 2

    def interval(self, people: Int[np.ndarray, "n 2"], level: float) -> tuple[float, float, float]:
        """Ends of an interval of the equal error rate of pairs of people, and the degrees of freedom of both rates.

        It reaches from where the lower ends of the intervals of both rates cross to where their upper ends do. A rate
        outside of it lies outside of one of the two intervals at the threshold where the errors of the population are
        equal. NaN where a rate rests on fewer than two people.

        Args:
            people: The two people of each row.
            level: Confidence level of the intervals of both rates.
        """
        sides = [_Side(self, people, label) for label in (0, 1)]
        if min(side.count for side in sides) < 2:
            return math.nan, math.nan, math.nan

        def lower(at: int) -> tuple[float, float]:
            return sides[0].ends(at, level)[0], sides[1].ends(at, level)[0]

        def upper(at: int) -> tuple[float, float]:
            return sides[0].ends(at, level)[1], sides[1].ends(at, level)[1]

        least = min(max(lower(at)) for at in around_crossing(lower, self.thresholds))
        most = max(min(upper(at)) for at in around_crossing(upper, self.thresholds))
        here = around_crossing(self.errors, self.thresholds)[0]
        return least, most, min(side.spread(here).freedom for side in sides)


class _Side:
    """One of the two errors, with what its rows hold of each unit of people."""

    def __init__(self, rows: PassingRows, people: Int[np.ndarray, "n 2"], label: int) -> None:
        own = rows.target == label
        self._label, self._rank, self._weight = label, rows.rank[own], rows.weight[own]
        low, high, self.count = numbered(people[own])
        two = np.flatnonzero(low != high)
        self._shared = len(two) > 0
        self._unit, self._row = np.concatenate([low, high[two]]), np.concatenate([np.arange(len(low)), two])
        self._of_unit = np.bincount(self._unit, self._weight[self._row], self.count)

    def rate(self, at: int) -> float:
        """The error at that threshold."""
        wrong = self._wrong(at)
        return float(wrong.sum() / self._weight.sum())

    def spread(self, at: int) -> Spread:
        """Its jackknife variance: every unit left out in turn."""
        wrong, total = self._wrong(at), self._weight.sum()
        of_unit = np.bincount(self._unit, wrong[self._row], self.count)
        left = total - self._of_unit
        share = np.divide(wrong.sum() - of_unit, left, out=np.full(self.count, self.rate(at)), where=left > 0)
        return spread_of(share - self.rate(at), self._shared)

    def ends(self, at: int, level: float) -> tuple[float, float]:
        """Its interval at that threshold."""
        found = self.spread(at)
        low, high = cluster_wilson(self.rate(at), found.variance, found.units, level, found.freedom)
        return float(low), float(high)

    def _wrong(self, at: int) -> Rows:
        passes = self._rank <= at
        return np.asarray(self._weight * (passes if self._label == 0 else ~passes))


def around_crossing(curves: Curves, thresholds: int) -> tuple[int, int]:
    """The last threshold at which the first error is below the second one, and the next."""
    low, high = 0, thresholds - 1
    while high - low > 1:
        middle = (low + high) // 2
        rising, falling = curves(middle)
        low, high = (low, middle) if rising >= falling else (middle, high)
    return low, high
