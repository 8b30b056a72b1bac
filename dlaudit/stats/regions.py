"""Null hypotheses on two rates, and the probability of the rejection regions that the exact tests build on them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.special import betainc, gammaln

from dlaudit.stats.numbers import Floats
from dlaudit.stats.scores import difference_score, ratio_score

Table = tuple[int, int, int, int]
"""x1, n1, x2, n2: successes and trials of the first and of the second slice."""

_OUTSIDE = 1e-13
"""Probability of each tail of the first slice's successes that may lie outside the window of the sums."""
_SLACK = 1e-12
"""Added to every probability: covers both tails."""
_TIE = 1e-9
"""Scores nearer than this count as tied, so that rounding cannot drop a table from the region."""
_BLOCK = 2_000_000
"""Terms of a sum held at once."""


@dataclass(frozen=True)
class Null:
    """One of the two null hypotheses: p1 - p2 <= limit, or p1 <= limit p2."""

    kind: Literal["difference", "ratio"]
    """Which of them."""
    limit: float
    """In -1..1 for a difference, above 0 for a ratio."""

    def largest_p1(self, p2: Float[np.ndarray, " cells"]) -> Float[np.ndarray, " cells"]:
        """The largest p1 of the null hypothesis at each p2."""
        return np.clip(p2 + self.limit if self.kind == "difference" else p2 * self.limit, 0, 1)

    @property
    def least_p2(self) -> float:
        """Below this p2 no p1 is in the null hypothesis."""
        return max(0.0, -self.limit) if self.kind == "difference" else 0.0

    def is_beyond(self, x1: int, n1: int, x2: int, n2: int) -> bool:
        """Whether the observed rates lie outside the null hypothesis."""
        if self.kind == "difference":
            return x1 / n1 - x2 / n2 > self.limit
        return x1 / n1 > self.limit * (x2 / n2)

    def score(self, x1: Int[np.ndarray, "*#w"] | int, n1: int, x2: Int[np.ndarray, "*#w"] | int, n2: int) -> Floats:
        """The statistic that orders tables."""
        score = difference_score if self.kind == "difference" else ratio_score
        return score(x1, n1, x2, n2, self.limit)


@dataclass(frozen=True)
class Region:
    """A monotone rejection region: x1 with every x2 <= last, for the x1 in a window that holds all but 1e-12."""

    n1: int
    """Trials of the first slice."""
    n2: int
    """Trials of the second slice."""
    x1: Int[np.ndarray, " w"]
    """Successes of the first slice, ascending."""
    last: Int[np.ndarray, " w"]
    """Largest x2 of the region at each x1, ascending."""

    def probability(
        self, p1: Float[np.ndarray, " cells"], p2: Float[np.ndarray, " cells"]
    ) -> Float[np.ndarray, " cells"]:
        """An upper bound of P(R; p1, p2)."""
        rounding = 1 + 16 * np.finfo(float).eps * float(gammaln(self.n1 + 2))
        block = max(1, _BLOCK // max(len(self.x1), 1))
        sums = [
            (_binomial(self.x1, self.n1, p1[at : at + block]) * _at_most(self.last, self.n2, p2[at : at + block])).sum(
                0
            )
            for at in range(0, len(p1), block)
        ]
        return np.concatenate(sums) * rounding + _SLACK


def region_of(null: Null, table: Table, p1: Float[np.ndarray, " two"]) -> Region:
    """The region of tables at least as extreme, for x1 within reach of rates between p1[0] and p1[1]."""
    _, n1, _, n2 = table
    window = np.arange(_lower_reach(n1, float(p1[0])), n1 - _lower_reach(n1, 1 - float(p1[1])) + 1)
    seen = float(null.score(*table)) - _TIE
    inside, outside = np.full(len(window), -1), np.full(len(window), n2 + 1)
    while (outside - inside > 1).any():
        middle = (inside + outside) // 2
        open_ = outside - inside > 1
        extreme = null.score(window, n1, np.clip(middle, 0, n2), n2) >= seen
        inside = np.where(open_ & extreme, middle, inside)
        outside = np.where(open_ & ~extreme, middle, outside)
    last = np.maximum.accumulate(inside)
    kept = last >= 0
    return Region(n1, n2, window[kept], last[kept])


def _lower_reach(n: int, p: float) -> int:
    """The largest k with P(X < k) <= 1e-13 for X ~ Binomial(n, p); it grows with p."""
    low, high = 0, n + 1
    while high - low > 1:
        k = (low + high) // 2
        within = float(betainc(n - k + 1, k, 1 - p)) <= _OUTSIDE
        low, high = (k, high) if within else (low, k)
    return low


def _binomial(x: Int[np.ndarray, " w"], n: int, p: Float[np.ndarray, " cells"]) -> Float[np.ndarray, "w cells"]:
    """P(X = x) for X ~ Binomial(n, p)."""
    inner = np.clip(p, 1e-300, 1 - 1e-16)
    choose = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    inside: Float[np.ndarray, "w cells"] = np.exp(
        choose[:, None] + np.outer(x, np.log(inner)) + np.outer(n - x, np.log1p(-inner))
    )
    inside[:, p <= 0] = (x == 0)[:, None]
    inside[:, p >= 1] = (x == n)[:, None]
    return inside


def _at_most(last: Int[np.ndarray, " w"], n: int, p: Float[np.ndarray, " cells"]) -> Float[np.ndarray, "w cells"]:
    """P(X <= last) for X ~ Binomial(n, p) and last >= 0."""
    below = last < n
    t = np.where(below, last, 0)[:, None]
    return np.where(below[:, None], betainc(n - t, t + 1, 1 - p), 1.0)
