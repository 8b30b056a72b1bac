"""Rows judged twice: the probability of a rejection region when each row is gained, lost or stays.

The same construction as for two slices (`dlaudit.stats.borders`), for one trinomial. The border of the null hypothesis
P(gained) - P(lost) <= margin is followed by the churn P(gained) + P(lost). The probability of the region grows when
mass moves from lost to stays or gained, and from stays to gained. In the log-odds against "stays" it is a sum of
exponentials over (1 + e^t + e^u)^n, so that its logarithm exceeds a chord's ends by n Var / 8 at most, Var being the
variance of the cell's width over one row.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import betainc, gammaln

from dlaudit.stats.numbers import Floats, Numbers, floats
from dlaudit.stats.regions import window_of
from dlaudit.stats.search import last_holding
from dlaudit.stats.suprema import Cells, Values

Rates = Float[np.ndarray, "*cells"]

_TIE, _SLACK, _WIDE, _STEP, _DENSE = 1e-9, 1e-12, 0.5, 0.3, 257
"""As for two slices."""
_BLOCK = 1_000_000
"""Terms of a sum held at once."""


def tango_score(gained: Numbers, lost: Numbers, n: Numbers, margin: Numbers) -> Floats:
    """Tango's score of P(gained) - P(lost) against `margin`; infinite where the best fit has no spread.

    Asymptotically standard normal where the difference is `margin`. Args as for `paired_difference`.

    Source: Tango 1998, DOI 10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.
    """
    b, c, rows, d = floats(gained, lost, n, margin)
    linear = -b - c + (2 * rows - b + c) * d
    rest = 2 * rows * c * d * (1 - d)
    root = np.sqrt(np.maximum(linear**2 + 4 * rest, 0))
    below = np.where(linear > 0, linear + root, 1.0)
    most_likely = np.where(linear > 0, 2 * rest / (2 * rows * below), (root - linear) / (4 * rows))
    variance = rows * (2 * np.maximum(most_likely, np.maximum(0.0, -d)) + d * (1 - d))
    gap = b - c - rows * d
    flat = variance <= 1e-13
    sign = np.where(np.abs(gap) < 1e-9, 0.0, np.where(gap > 0, np.inf, -np.inf))
    return np.where(flat, sign, gap / np.sqrt(np.where(flat, 1.0, variance)))


@dataclass(frozen=True)
class Changes:
    """The tables at least as extreme as one that was seen: `lost` with every gained >= first."""

    n: int
    """Rows."""
    lost: Int[np.ndarray, " w"]
    """Numbers of rows lost, ascending: a window that holds all but 2e-13."""
    first: Int[np.ndarray, " w"]
    """Smallest number gained of the region, ascending; n + 1 where there is none."""

    def probability(self, gained: Values, lost: Values) -> Values:
        """An upper bound of the region's probability at these probabilities of one row."""
        block = max(1, _BLOCK // len(self.lost))
        parts = [slice(at, at + block) for at in range(0, len(lost), block)]
        rounding = 1 + 16 * np.finfo(float).eps * float(gammaln(self.n + 2))
        return np.concatenate([self._sum(gained[part], lost[part]) for part in parts]) * rounding + _SLACK

    def _sum(self, gained: Values, lost: Values) -> Values:
        c, left = self.lost[:, None], (self.n - self.lost)[:, None]
        ways = gammaln(self.n + 1) - gammaln(c + 1) - gammaln(left + 1)
        chance = np.exp(ways + c * np.log(np.maximum(lost, 1e-300)) + left * np.log(np.maximum(1 - lost, 1e-300)))
        rate = np.clip(gained / np.maximum(1 - lost, 1e-300), 0, 1)
        first = self.first[:, None]
        possible, some = first <= left, first > 0
        inner = possible & some
        tail = betainc(np.where(inner, first, 1), np.where(inner, left - first + 1, 1), rate)
        found: Values = (chance * np.where(some, np.where(possible, tail, 0.0), 1.0)).sum(axis=0)
        return found


@dataclass(frozen=True)
class ChurnBorder:
    """The region's probability as a function of the churn, on the border of the null hypothesis."""

    margin: float
    """P(gained) - P(lost) there."""
    region: Changes
    """The region."""
    lost_reach: tuple[float, float]
    """Smallest and largest P(lost) that its window serves."""

    def at(self, nuisance: Values) -> Values:
        """The probability at these churns."""
        return self.region.probability(*self._rates(nuisance))

    def over(self, cells: Cells) -> Values:
        """Upper bounds of it over these cells of churn."""
        gained, lost, error = self._chord(cells)
        usable = (error < _WIDE) & (lost.min(axis=1) >= self.lost_reach[0]) & (lost.max(axis=1) <= self.lost_reach[1])
        bound = np.empty(len(cells))
        if usable.any():
            ends = self.region.probability(gained[usable].ravel(), lost[usable].ravel()).reshape(-1, 2)
            bound[usable] = ends.max(axis=1) * np.exp(error[usable]) * (1 + 1e-12)
        if not usable.all():
            low, high = cells[~usable].T
            bound[~usable] = self.region.probability(self._rates(high)[0], self._rates(low)[1])
        return bound

    def _rates(self, churn: Rates) -> tuple[Rates, Rates]:
        """P(gained) and P(lost) on the border."""
        gained: Rates = np.clip((churn + self.margin) / 2, 0, 1)
        lost: Rates = np.clip((churn - self.margin) / 2, 0, 1)
        return gained, lost

    def _chord(self, cells: Cells) -> tuple[Cells, Cells, Values]:
        """Probabilities at the ends of chords that lie on or above the border, and the error over each (a logarithm).

        The border is convex for margins >= 0. Below, it is concave: its slope is (1 + m) P(lost) / ((1 - m) P(gained)).
        """
        gained, lost = self._rates(cells)
        stays = np.maximum(1 - cells, 0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            width_b = np.log(gained[:, 1] / gained[:, 0]) - np.log(stays[:, 1] / stays[:, 0])
            width_c = np.log(lost[:, 1] / lost[:, 0]) - np.log(stays[:, 1] / stays[:, 0])
            steep = (1 + self.margin) * lost / ((1 - self.margin) * gained)
            above, below = steep[:, 0] - width_b / width_c, width_b / width_c - steep[:, 1]
            out = np.where((above > 0) & (below > 0), above * below / (above + below) * width_c, 0.0)
            lift = np.exp(out + 1e-14) if self.margin < 0 else np.ones(len(cells))
            total = 1 + gained * (lift[:, None] - 1)
            raised, fallen, calm = gained * lift[:, None] / total, lost / total, stays / total
            shrink = calm[:, 0] / calm[:, 1]
            variance = width_b**2 * raised[:, 1] * shrink + width_c**2 * fallen[:, 1] * shrink
            error = self.region.n * variance / 8
        known = np.isfinite(error) & np.isfinite(raised).all(axis=1)
        return raised, fallen, np.where(known, error, np.inf)


class Ordered(NamedTuple):
    """A table, and the margin whose score orders all tables with it."""

    gained: int
    lost: int
    n: int
    margin: float


def churn_border(
    gained: int, lost: int, n: int, margin: float, ends: tuple[float, float]
) -> tuple[ChurnBorder, Float[np.ndarray, " nodes"]]:
    """The border between two churns for the tables at least as extreme as this one at `margin`, and its first nodes."""
    return border_of(Ordered(gained, lost, n, margin), margin, ends)


def border_of(
    seen: Ordered, margin: float, ends: tuple[float, float]
) -> tuple[ChurnBorder, Float[np.ndarray, " nodes"]]:
    """The border of `margin` between two churns, for the tables at least as extreme in the order of the one seen."""
    (gained, lost, n, order), (low, high) = seen, ends
    reach = (max(0.0, 0.95 * (low - margin) / 2 - 0.1 / n), min(1.0, (high - margin) / 2 + 0.1 / n))
    window = window_of(n, reach)
    least = float(tango_score(gained, lost, n, order)) - _TIE
    spare = last_holding(lambda c, y: np.asarray(tango_score(n - c - y, c, n, order) >= least), window, n - window)
    first = np.where(spare < 0, n + 1, n - window - spare)
    first = np.minimum.accumulate(first[::-1])[::-1]
    return ChurnBorder(margin, Changes(n, window, first), reach), _nodes(n, margin, low, high)


def _nodes(n: int, margin: float, low: float, high: float) -> Float[np.ndarray, " nodes"]:
    if high <= low:
        return np.array([low])
    churn = low + (high - low) * np.sin(np.linspace(0, np.pi / 2, _DENSE)) ** 2
    rates = np.clip([(churn + margin) / 2, (churn - margin) / 2, 1 - churn], 0, 1)
    length = n**0.5 * (np.sqrt(rates[0]) + np.sqrt(rates[1]) - np.sqrt(rates[2]))
    count = int(np.ceil((length[-1] - length[0]) / _STEP)) + 1
    found = np.interp(np.linspace(length[0], length[-1], count), length, churn)
    found[0], found[-1] = low, high
    return np.unique(found)
