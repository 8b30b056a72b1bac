"""The probability of a rejection region along the border p1 = largest p1 at p2 of a null hypothesis on two rates.

Between two points u and v of the border, P(R) = g exp(-n1 A(t1) - n2 A(t2)) with the log-odds t1, t2, A(t) =
log(1 + e^t), and g a sum of exponentials, whose logarithm is convex. Along the chord from u to v in log-odds,

    log P(R) <= max(log P(R; u), log P(R; v)) + n1 w1^2 m1 / 8 + n2 w2^2 m2 / 8,

where w are the chord's widths in log-odds and m the largest p (1 - p) on it: the error falls with the square of the
width. P(R) grows with p1, so this bounds the border too where the chord lies on or above it. Where equal rates are in
the null hypothesis its border is convex and the chord does; elsewhere the chord is raised by as much as the border,
which is then concave, can stand out over it: up to where its two end tangents meet.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from dlaudit.stats.nulls import Null
from dlaudit.stats.regions import Region
from dlaudit.stats.suprema import Cells, Values

_WIDE = 0.5
"""From this error (of a logarithm) on, a chord is not used: P(R; p1, p2) <= P(R; largest p1, least p2) instead."""
_STEP = 0.3
"""Width of a first cell, in standard errors of both slices together: an error of 4 % at most."""
_DENSE = 257
"""Points from which the nodes are interpolated."""


@dataclass(frozen=True)
class Border:
    """P(R) as a function of p2, on the border of a null hypothesis."""

    null: Null
    """The hypothesis."""
    region: Region
    """R."""
    highest_p1: float
    """Largest p1 that the region's window serves."""

    def at(self, nuisance: Values) -> Values:
        """P(R) at these p2."""
        return self.region.probability(self.null.largest_p1(nuisance), nuisance)

    def over(self, cells: Cells) -> Values:
        """Upper bounds of P(R) over these cells of p2."""
        chord = Chord(self.null, self.region, cells)
        raised, error = chord.raised_p1, chord.error
        usable = (error < _WIDE) & (raised[:, 1] <= self.highest_p1)
        bound = np.empty(len(cells))
        if usable.any():
            ends = self._ends(raised[usable], cells[usable])
            bound[usable] = ends.max(axis=1) * np.exp(error[usable]) * (1 + 1e-12)
        if not usable.all():
            corner = cells[~usable]
            bound[~usable] = self.region.probability(self.null.largest_p1(corner[:, 1]), corner[:, 0])
        return bound

    def _ends(self, p1: Cells, p2: Cells) -> Cells:
        """P(R) at both ends of each cell; neighbours share an end where the chord was not raised."""
        if not self.null.holds_equality:
            return self.region.probability(p1.ravel(), p2.ravel()).reshape(p1.shape)
        nodes, place = np.unique(p2, return_inverse=True)
        found: Cells = self.at(nodes)[place].reshape(p2.shape)
        return found


@dataclass(frozen=True)
class Chord:
    """Straight lines in log-odds, one over each cell, that lie on the border or above it."""

    null: Null
    """The hypothesis."""
    region: Region
    """R."""
    cells: Cells
    """Ends of the cells of p2."""

    @cached_property
    def odds(self) -> tuple[Cells, Cells]:
        """Log-odds of p1 and of p2 at both ends of the cells; infinite at 0 and 1."""
        p1 = self.null.largest_p1(self.cells)
        with np.errstate(divide="ignore"):
            return np.log(p1) - np.log1p(-p1), np.log(self.cells) - np.log1p(-self.cells)

    @cached_property
    def stands_out(self) -> Values:
        """How far the border can stand out over the chord, in log-odds of p1; 0 where it is convex."""
        if self.null.holds_equality:
            return np.zeros(len(self.cells))
        p1 = self.null.largest_p1(self.cells)
        one, two = self.odds
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steep = self.null.slope * self.cells * (1 - self.cells) / (p1 * (1 - p1))
            width = two[:, 1] - two[:, 0]
            chord = (one[:, 1] - one[:, 0]) / width
            above, below = steep[:, 0] - chord, chord - steep[:, 1]
            found = np.where((above > 0) & (below > 0), above * below / (above + below) * width, 0.0)
        return np.where(np.isfinite(found), found + 1e-14, np.inf)

    @cached_property
    def raised_p1(self) -> Cells:
        """p1 at both ends, raised so that the whole chord lies on or above the border."""
        if self.null.holds_equality:
            return self.null.largest_p1(self.cells)
        lift = self.stands_out[:, None]
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(lift), expit(self.odds[0] + lift), 1.0)

    @cached_property
    def error(self) -> Values:
        """How far log P(R) can rise above its values at the ends of the raised chord.

        Infinite where an end has no finite log-odds.
        """
        one, two = self.odds
        with np.errstate(invalid="ignore", over="ignore"):
            total = _bend(self.region.n1, one, self.stands_out) + _bend(self.region.n2, two, np.zeros(len(two)))
            known = np.isfinite(total) & np.isfinite(self.odds).all(axis=(0, 2)) & np.isfinite(self.stands_out)
        return np.where(known, total, np.inf)


def _bend(n: int, odds: Cells, lift: Values) -> Values:
    """One slice's share of the error: n w^2 m / 8 on the chord between these log-odds once they are raised."""
    flattest = expit(np.clip(0.0, odds[:, 0] + lift, odds[:, 1] + lift))
    return np.asarray(n * (odds[:, 1] - odds[:, 0]) ** 2 * flattest * (1 - flattest) / 8)


def nodes_of(null: Null, n1: int, n2: int, ends: tuple[float, float]) -> Float[np.ndarray, " nodes"]:
    """Points between two values of p2, evenly spaced in standard errors of both slices along the border.

    Args:
        null: The hypothesis.
        n1: Trials of the first slice.
        n2: Trials of the second.
        ends: Smallest and largest p2.
    """
    low, high = ends
    if high <= low:
        return np.array([low])
    p2 = low + (high - low) * np.sin(np.linspace(0, np.pi / 2, _DENSE)) ** 2
    length = n1**0.5 * np.arcsin(np.sqrt(null.largest_p1(p2))) + n2**0.5 * np.arcsin(np.sqrt(p2))
    count = int(np.ceil((length[-1] - length[0]) / _STEP)) + 1
    found = np.interp(np.linspace(length[0], length[-1], count), length, p2)
    found[0], found[-1] = low, high
    return np.unique(found)
