"""Null hypotheses on two rates, and how they look when the two slices change places."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from dlaudit.stats.numbers import Floats
from dlaudit.stats.scores import difference_score, ratio_score

Table = tuple[int, int, int, int]
"""x1, n1, x2, n2: successes and trials of the first and of the second slice."""


@dataclass(frozen=True)
class Null:
    """One of the two null hypotheses: p1 - p2 <= limit, or p1 <= limit p2."""

    kind: Literal["difference", "ratio"]
    """Which of them."""
    limit: float
    """In -1..1 for a difference, above 0 for a ratio."""
    mirrored: bool = False
    """Whether the first slice is spoken of as the second, and its failures as successes: 1 - p2 stands for p1."""

    def mirror(self, table: Table) -> tuple["Null", Table]:
        """The same hypothesis about the same rows, with the slices changing places and failures counted."""
        x1, n1, x2, n2 = table
        return replace(self, mirrored=not self.mirrored), (n2 - x2, n2, n1 - x1, n1)

    def largest_p1(self, p2: Float[np.ndarray, "*cells"]) -> Float[np.ndarray, "*cells"]:
        """The largest p1 of the null hypothesis at each p2."""
        if self.kind == "difference":
            return np.clip(p2 + self.limit, 0, 1)
        return np.clip(1 - (1 - p2) / self.limit if self.mirrored else p2 * self.limit, 0, 1)

    @property
    def slope(self) -> float:
        """How fast the largest p1 grows with p2."""
        if self.kind == "difference":
            return 1.0
        return 1 / self.limit if self.mirrored else self.limit

    @property
    def least_p2(self) -> float:
        """Below this p2 no p1 is in the null hypothesis."""
        if self.kind == "difference":
            return max(0.0, -self.limit)
        return max(0.0, 1 - self.limit) if self.mirrored else 0.0

    @property
    def full_p2(self) -> float:
        """From this p2 on every p1 is in the null hypothesis."""
        if self.kind == "difference":
            return min(1.0, 1 - self.limit)
        return 1.0 if self.mirrored else min(1.0, 1 / self.limit)

    @property
    def holds_equality(self) -> bool:
        """Whether equal rates are in the null hypothesis. Then its border is convex on the scale of log-odds."""
        return self.limit >= (0 if self.kind == "difference" else 1)

    def is_beyond(self, x1: int, n1: int, x2: int, n2: int) -> bool:
        """Whether the observed rates, of slices that have not changed places, lie outside the null hypothesis."""
        if self.kind == "difference":
            return x1 / n1 - x2 / n2 > self.limit
        return x1 / n1 > self.limit * (x2 / n2)

    def score(self, x1: Int[np.ndarray, "*#w"] | int, n1: int, x2: Int[np.ndarray, "*#w"] | int, n2: int) -> Floats:
        """The statistic that orders tables; large where they speak against the null hypothesis."""
        score = difference_score if self.kind == "difference" else ratio_score
        if self.mirrored:
            return score(n2 - x2, n2, n1 - x1, n1, self.limit)
        return score(x1, n1, x2, n2, self.limit)
