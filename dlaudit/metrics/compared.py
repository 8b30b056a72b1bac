"""The slices of one comparison that have a value, their contrasts, and what stands on either side of each."""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

from dlaudit.metrics.contrasts import Sides
from dlaudit.metrics.registry import Metric
from dlaudit.record import Measurement
from dlaudit.metrics.equality import two_sided_p
from dlaudit.stats.intervals import clopper_pearson, rescaled
from dlaudit.stats.numbers import Limits
from dlaudit.stats.scores import difference_score

POWER = 0.8
"""Share of samples that would show the smallest detectable gap."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Measurements of one metric on slices that are compared, and which with which."""

    metric: Metric
    """What was measured."""
    sides: tuple[Measurement, ...]
    """Of the slices, then of the whole where they are compared with it; all of them defined."""
    contrasts: Int[np.ndarray, "contrasts 2"]
    """Positions in `sides` of what is compared."""
    tests: int
    """Comparisons that the largest was chosen from."""
    level: float
    """Simultaneous confidence level."""
    nested: bool = False
    """Whether the second side of every contrast is the whole that the first is part of."""
    symmetric: bool = True
    """Whether neither side is the reference."""

    @property
    def each_level(self) -> float:
        """Level of every single contrast (Bonferroni)."""
        return 1 - (1 - self.level) / self.tests

    @cached_property
    def counted(self) -> bool:
        """Whether every side is a share of independent rows that count once, so that its counts tell its law."""
        return all(m.method == "wilson" and isinstance(m.denominator, int) for m in self.sides)

    @property
    def bounded(self) -> bool:
        """Whether any side has an interval."""
        return any(m.low is not None or m.high is not None for m in self.sides)

    @property
    def method(self) -> str:
        """Name of the simultaneous interval's method."""
        return "mover_clopper_pearson" if self.counted else "mover_rescaled"

    @cached_property
    def arms(self) -> Sides:
        """Both sides of every contrast with their limits at `each_level`."""
        first, second = self.contrasts.T
        if self.counted:
            x1, n1, x2, n2 = self.counts
            one, two = (clopper_pearson(x, n, self.each_level) for x, n in ((x1, n1), (x2, n2)))
            share = n1 / (n1 + n2) if self.nested else np.zeros(len(first))
            return _sides(x1 / n1, one, x2 / n2, two, share)
        value = np.array([m.value for m in self.sides], dtype=np.float64)
        low = np.array([-np.inf if m.low is None else m.low for m in self.sides])
        high = np.array([np.inf if m.high is None else m.high for m in self.sides])
        limits = rescaled(value, Limits(low, high), self.sides[0].level, self.each_level)
        one, two = Limits(limits.low[first], limits.high[first]), Limits(limits.low[second], limits.high[second])
        return _sides(value[first], one, value[second], two, np.zeros(len(first)))

    @cached_property
    def counts(self) -> tuple[Int[np.ndarray, " c"], Int[np.ndarray, " c"], Int[np.ndarray, " c"], Int[np.ndarray, " c"]]:
        """x1, n1, x2, n2 of every contrast; of a slice and the whole, x2 and n2 are the rest's, which is independent."""
        first, second = self.contrasts.T
        x = np.array([m.numerator for m in self.sides], dtype=np.int64)
        n = np.array([m.denominator for m in self.sides], dtype=np.int64)
        if not self.nested:
            return x[first], n[first], x[second], n[second]
        return x[first], n[first], x[second] - x[first], n[second] - n[first]

    @cached_property
    def p_values(self) -> tuple[float | None, float | None]:
        """Certified bound of the two-sided p-value of the contrast with the largest score, and Bonferroni's.

        None where the law of the values is not known from counts.
        """
        if not self.counted:
            return None, None
        x1, n1, x2, n2 = self.counts
        score = np.where(x1 * n2 == x2 * n1, 0.0, np.abs(difference_score(x1, n1, x2, n2, 0.0)))
        at = int(np.argmax(score))
        p = two_sided_p((int(x1[at]), int(n1[at])), (int(x2[at]), int(n2[at])))
        return p, min(1.0, p * self.tests)

    @property
    def minimum_detectable(self) -> float | None:
        """Smallest true difference of the smallest slice that POWER of such samples would show; None if not known.

        The normal approximation (z_(1 - alpha/2m) + z_power) * standard error, at the rate of all sides together.
        """
        smallest = min(range(len(self.sides)), key=lambda place: (self.sides[place].n, place))
        touching = (self.contrasts == smallest).any(axis=1)
        errors = self._standard_errors[touching]
        errors = errors[np.isfinite(errors)]
        if not len(errors):
            return None
        normal = NormalDist()
        reach = normal.inv_cdf((1 + self.each_level) / 2) + normal.inv_cdf(POWER)
        return float(reach * errors.min())

    @property
    def _standard_errors(self) -> Float[np.ndarray, " contrasts"]:
        if self.counted:
            x1, n1, x2, n2 = self.counts
            rate = (np.sum([m.numerator for m in self.sides]) + 0.5) / (np.sum([m.denominator for m in self.sides]) + 1)
            apart = n2 / (n1 + n2) if self.nested else 1.0
            return np.asarray(apart * np.sqrt(rate * (1 - rate) * (1 / n1 + 1 / n2)))
        z = NormalDist().inv_cdf((1 + self.sides[0].level) / 2)
        ends = [(np.nan if m.low is None else m.low, np.nan if m.high is None else m.high) for m in self.sides]
        own = np.array([(high - low) / (2 * z) for low, high in ends])
        return np.asarray(np.hypot(own[self.contrasts[:, 0]], own[self.contrasts[:, 1]]))


def _sides(
    first: Float[np.ndarray, " c"], one: Limits, second: Float[np.ndarray, " c"], two: Limits, share: Float[np.ndarray, " c"]
) -> Sides:
    return Sides(
        first=first,
        first_low=one.low,
        first_high=one.high,
        second=second,
        second_low=two.low,
        second_high=two.high,
        share=share,
    )
