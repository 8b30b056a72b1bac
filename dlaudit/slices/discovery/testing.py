"""All tests of a search: one exact p-value for each slice and outcome, one correction over all of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.stats.hypergeometric import tail_at_least, upper_tail


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Two by two tables: events inside and outside a slice."""

    x: Int[np.ndarray, " m"]
    """Events in the slice."""
    size: Int[np.ndarray, " m"]
    """Rows of the slice."""
    events: Int[np.ndarray, " m"]
    """Events in all rows."""
    total: Int[np.ndarray, " m"]
    """All rows."""

    def __len__(self) -> int:
        return len(self.x)

    def take(self, at: Int[np.ndarray, " k"]) -> "Tables":
        """The tables at those places."""
        return Tables(x=self.x[at], size=self.size[at], events=self.events[at], total=self.total[at])

    @property
    def p(self) -> Float[np.ndarray, " m"]:
        """Exact one-sided p-values of *no more common inside than outside*."""
        return upper_tail(self.x, self.size, self.events, self.total)


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """The tests that Holm's procedure rejects, the smallest p-value first."""

    at: Int[np.ndarray, " k"]
    """Places of the tests."""
    p: Float[np.ndarray, " k"]
    """p-values."""
    adjusted: Float[np.ndarray, " k"]
    """p-values after Holm's correction over every test, also those whose p-value was never worked out."""


def holm_rejections(tables: Tables, alpha: float) -> Rejected:
    """What Holm's procedure rejects of all tests, working out only the p-values that could be rejected.

    Let u be the number of tests that a lower bound does not show to have p > alpha. Every rejected test has
    p <= alpha, so at most u are rejected, and none above alpha / (m - u + 1). A test whose lower bound is above that is
    not rejected, whatever its p-value is; it counts in m all the same.

    Args:
        tables: All tests made.
        alpha: Probability of rejecting any true hypothesis.
    """
    m = len(tables)
    least = tail_at_least(tables.x, tables.size, tables.events, tables.total)
    reachable = alpha / max(1, m - int(np.count_nonzero(least <= alpha)) + 1)
    open_ = np.flatnonzero(least <= reachable)
    p = tables.take(open_).p
    order = np.argsort(p, kind="stable")
    ranked = p[order]
    adjusted = np.minimum(np.maximum.accumulate(ranked * (m - np.arange(len(ranked)))), 1.0)
    found = int(np.count_nonzero(adjusted <= alpha))
    return Rejected(at=open_[order][:found], p=ranked[:found], adjusted=adjusted[:found])
