"""Rejection regions of tables of two slices, and their probability."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import betainc, gammaln

from dlaudit.stats.nulls import Null, Table
from dlaudit.stats.search import last_holding

_OUTSIDE = 1e-13
"""Probability of each tail of a slice's successes that may lie outside the window of the sums."""
_SLACK = 1e-12
"""Added to every probability: covers the tails."""
_TIE = 1e-9
"""Scores nearer than this count as tied, so that rounding cannot drop a table from the region."""
_BLOCK = 2_000_000
"""Terms of a sum held at once."""
_DEAR = 40
"""What a binomial distribution function costs, in terms of a running sum."""

Reach = tuple[float, float]
"""The smallest and the largest rate that a window must serve."""


@dataclass(frozen=True)
class Region:
    """A monotone rejection region: x1 with every x2 <= last, for the x1 in a window that holds all but 2e-13."""

    n1: int
    """Trials of the first slice."""
    n2: int
    """Trials of the second slice."""
    x1: Int[np.ndarray, " w"]
    """Successes of the first slice, ascending."""
    last: Int[np.ndarray, " w"]
    """Largest x2 of the region at each x1, ascending."""
    x2: Int[np.ndarray, " v"]
    """A window of the second slice's successes that holds all but 2e-13."""

    def probability(
        self, p1: Float[np.ndarray, " cells"], p2: Float[np.ndarray, " cells"]
    ) -> Float[np.ndarray, " cells"]:
        """An upper bound of P(R; p1, p2), above it by 1e-12 and rounding."""
        most = max(self.n1, self.n2)
        rounding = 1 + 16 * np.finfo(float).eps * float(gammaln(most + 2))
        at_most = self._summed if len(self.x2) <= _DEAR * len(self.x1) else self._integrated
        chances = _chances(self.x1, self.n1)
        block = max(1, _BLOCK // max(len(self.x1), len(self.x2) if at_most == self._summed else 1, 1))
        parts = [slice(at, at + block) for at in range(0, len(p1), block)]
        sums = [np.einsum("wc,wc->c", _binomial(chances, p1[part]), at_most(p2[part])) for part in parts]
        found: Float[np.ndarray, " cells"] = np.concatenate(sums) * rounding + _SLACK
        return found

    def _summed(self, p2: Float[np.ndarray, " cells"]) -> Float[np.ndarray, "w cells"]:
        """P(X2 <= last) by adding up the window of x2."""
        upto = np.zeros((len(self.x2) + 1, len(p2)))
        np.cumsum(_binomial(_chances(self.x2, self.n2), p2), axis=0, out=upto[1:])
        places = np.clip(self.last - self.x2[0] + 1, 0, len(self.x2))
        found: Float[np.ndarray, "w cells"] = upto[places]
        return found

    def _integrated(self, p2: Float[np.ndarray, " cells"]) -> Float[np.ndarray, "w cells"]:
        """P(X2 <= last) from the incomplete beta function, only where it is not 0 or 1 to 1e-13 (Bernstein)."""
        mean, spread = self.n2 * p2, self.n2 * p2 * (1 - p2)
        deep = -np.log(_OUTSIDE)
        reach = deep / 3 + np.sqrt(deep**2 / 9 + 2 * deep * spread)
        distance = self.last[:, None] - mean
        found: Float[np.ndarray, "w cells"] = (distance > 0).astype(float)
        near: Bool[np.ndarray, "w cells"] = (np.abs(distance) <= reach + 1) & (self.last < self.n2)[:, None]
        rows, columns = np.nonzero(near)
        t = self.last[rows]
        found[rows, columns] = betainc(self.n2 - t, t + 1, 1 - p2[columns])
        found[self.last >= self.n2] = 1.0
        return found


def region_of(null: Null, table: Table, first: Reach, second: Reach) -> Region:
    """The region of tables at least as extreme as this one.

    Args:
        null: The hypothesis whose score orders tables.
        table: The one that was seen.
        first: Rates of the first slice at which probabilities will be asked for.
        second: Rates of the second.
    """
    _, n1, _, n2 = table
    window = window_of(n1, first)
    seen = float(null.score(*table)) - _TIE
    rows = last_holding(lambda x1, x2: np.asarray(null.score(x1, n1, x2, n2) >= seen), window, np.full(len(window), n2))
    last = np.maximum.accumulate(rows)
    kept = last >= 0
    return Region(n1, n2, window[kept], last[kept], window_of(n2, second))


def window_of(n: int, rates: Reach) -> Int[np.ndarray, " w"]:
    """The successes of `n` trials, all but 2e-13 of them whatever the rate between these two."""
    return np.arange(_lower_reach(n, rates[0]), n - _lower_reach(n, 1 - rates[1]) + 1)


def _lower_reach(n: int, p: float) -> int:
    """The largest k with P(X < k) <= 1e-13 for X ~ Binomial(n, p); it grows with p."""
    low, high = 0, n + 1
    while high - low > 1:
        k = (low + high) // 2
        within = float(betainc(n - k + 1, k, 1 - p)) <= _OUTSIDE
        low, high = (k, high) if within else (low, k)
    return low


Chances = tuple[Float[np.ndarray, " w"], Float[np.ndarray, " w"], Float[np.ndarray, " w"]]
"""Successes, failures and the logarithm of the number of ways."""


def _chances(x: Int[np.ndarray, " w"], n: int) -> Chances:
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    return x.astype(float), (n - x).astype(float), ways


def _binomial(chances: Chances, p: Float[np.ndarray, " cells"]) -> Float[np.ndarray, "w cells"]:
    """P(X = x) for X ~ Binomial(n, p)."""
    successes, failures, ways = chances
    found = np.outer(successes, np.log(np.maximum(p, 1e-300)))
    found += np.outer(failures, np.log(np.maximum(1 - p, 1e-300)))
    found += ways[:, None]
    return np.exp(found, out=found)
