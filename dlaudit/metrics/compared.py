"""The slices of one comparison that have a value, their contrasts, and what stands on either side of each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

from dlaudit.metrics.contrasts import Sides
from dlaudit.metrics.equality import two_sided_p
from dlaudit.metrics.registry import Metric
from dlaudit.record import Measurement
from dlaudit.stats.intervals import clopper_pearson, rescaled
from dlaudit.stats.numbers import Limits
from dlaudit.stats.planning import POWER, minimum_detectable
from dlaudit.stats.scores import difference_score


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
    chosen: bool = False
    """Whether the reference was chosen by its value, so that the upper end of the interval needs its share too."""

    @property
    def tail(self) -> float:
        """Error rate left for one bound of one contrast in one direction (Bonferroni)."""
        return (1 - self.level) / 2 / (2 * self.tests)

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
        """Both sides of every contrast with their limits."""
        shared, single = 1 - 2 * self.tail, self.level
        first, second = self._values
        return Sides(
            first=first,
            second=second,
            share=self._share,
            shared=self._limits(shared),
            single=self._limits(shared if self.chosen else single),
        )

    @property
    def _values(self) -> tuple[Float[np.ndarray, " contrasts"], Float[np.ndarray, " contrasts"]]:
        if self.counted:
            x1, n1, x2, n2 = self.counts
            return x1 / n1, x2 / n2
        value = np.array([m.value for m in self.sides], dtype=np.float64)
        return value[self.contrasts[:, 0]], value[self.contrasts[:, 1]]

    @property
    def _share(self) -> Float[np.ndarray, " contrasts"]:
        if not (self.counted and self.nested):
            return np.zeros(len(self.contrasts))
        _, n1, _, n2 = self.counts
        return np.asarray(n1 / (n1 + n2))

    def _limits(self, level: float) -> tuple[Limits, Limits]:
        if self.counted:
            x1, n1, x2, n2 = self.counts
            return clopper_pearson(x1, n1, level), clopper_pearson(x2, n2, level)
        value = np.array([m.value for m in self.sides], dtype=np.float64)
        low = np.array([-np.inf if m.low is None else m.low for m in self.sides])
        high = np.array([np.inf if m.high is None else m.high for m in self.sides])
        freedom = np.array([np.inf if m.freedom is None else m.freedom for m in self.sides])
        wide = rescaled(value, Limits(low, high), self.sides[0].level, level, freedom)
        first, second = self.contrasts.T
        return Limits(wide.low[first], wide.high[first]), Limits(wide.low[second], wide.high[second])

    @cached_property
    def counts(
        self,
    ) -> tuple[Int[np.ndarray, " c"], Int[np.ndarray, " c"], Int[np.ndarray, " c"], Int[np.ndarray, " c"]]:
        """x1, n1, x2, n2 of every contrast; against the whole, x2 and n2 are the rest's, which is independent."""
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
        """Smallest true difference of the smallest slice that 80 % of such samples would show; None if not known."""
        slices = self.sides[:-1] if self.nested else self.sides
        smallest = min(range(len(slices)), key=lambda place: (slices[place].n, place))
        touching = np.flatnonzero((self.contrasts == smallest).any(axis=1))
        gaps = self._detectable_shares(touching) if self.counted else self._detectable_values(touching)
        known = gaps[np.isfinite(gaps)]
        return float(known.min()) if len(known) else None

    def _detectable_shares(self, touching: Int[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
        x1, n1, x2, n2 = (counted[touching] for counted in self.counts)
        apart = 1 - self._share[touching]
        sizes = np.column_stack([n1, n2])
        rates = (x1 + x2) / (n1 + n2)
        found = [minimum_detectable(r, (int(a), int(b)), self.tail) for r, (a, b) in zip(rates, sizes, strict=True)]
        return np.asarray(apart * np.array(found))

    def _detectable_values(self, touching: Int[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
        """From the standard errors that the intervals' widths stand for."""
        z = float(ndtri((1 + self.sides[0].level) / 2))
        wide = [(m.high - m.low) if m.high is not None and m.low is not None else np.nan for m in self.sides]
        error = np.array(wide) / (2 * z)
        reach = float(ndtri(1 - self.tail) + ndtri(POWER))
        first, second = self.contrasts[touching].T
        return np.asarray(reach * np.hypot(error[first], error[second]))
