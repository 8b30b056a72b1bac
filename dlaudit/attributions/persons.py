"""People of a slice: rows added up by person, and what two slices that are compared owe to one another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

MANY_PEOPLE = 20_000
"""From here on the normal interval is given: the bootstrap would differ by less than its own Monte-Carlo error, and
cost minutes at a million people."""
FEW_APART = 5
"""With fewer people of a slice off the commonest value, its own spread says too little of its population's."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Values of one slice, added up over each person (unit)."""

    sums: Float[np.ndarray, " u M"]
    """Weighted sum of each person's rows."""
    mass: Float[np.ndarray, " u"]
    """Weight of each person's rows."""
    noise: Float[np.ndarray, " u M"] | None = None
    """Squared standard error of `sums` from a calculation's own chance, beside the chance of who was sampled."""
    who: Int[np.ndarray, " u"] | None = None
    """Number of each person; None where every row is a person of its own."""

    @property
    def minus(self) -> "People":
        """The same with the other sign, as the second part of a difference."""
        return replace(self, sums=-self.sums)

    @property
    def mean(self) -> Float[np.ndarray, " M"]:
        """Weighted mean over rows."""
        return np.asarray(self.sums.sum(axis=0) / self.mass.sum())

    @property
    def residual(self) -> Float[np.ndarray, " u M"]:
        """How far each person's sum lies from what the mean lets expect, drawn together by the share that is noise.

        The spread of what is left is that between people alone; the noise is said to be independent of it.
        """
        away = self.sums - self.mean * self.mass[:, None]
        if self.noise is None:
            return np.asarray(away)
        spread = (away**2).sum(axis=0)
        real = np.maximum(spread - self.noise.sum(axis=0), 0.0)
        return np.asarray(away * np.sqrt(np.divide(real, spread, out=np.zeros_like(spread), where=spread > 0)))


def people(
    values: Float[np.ndarray, " n M"],
    weight: Float[np.ndarray, " n"] | None = None,
    unit: Int[np.ndarray, " n"] | None = None,
    noise: Float[np.ndarray, " n M"] | None = None,
) -> People:
    """Rows gathered by person; every row is a person of its own without `unit`. Rows of weight 0 do not count.

    Args:
        values: Of each row.
        weight: Of each row; 1 each where not given.
        unit: Number of the person that each row belongs to.
        noise: Squared standard errors of `values` from a calculation's own chance, independent between rows.
    """
    mass = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=np.float64)
    sums = values * mass[:, None]
    lucky = None if noise is None else noise * mass[:, None] ** 2
    known = None
    if unit is not None:
        known, who = np.unique(unit, return_inverse=True)
        sums = _gathered(sums, who)
        lucky = None if lucky is None else _gathered(lucky, who)
        mass = np.bincount(who, weights=mass, minlength=len(sums)).astype(np.float64)
    counted = mass > 0
    return People(
        sums=sums[counted],
        mass=mass[counted],
        noise=None if lucky is None else lucky[counted],
        who=None if known is None else known[counted].astype(np.int64),
    )


def _gathered(values: Float[np.ndarray, " n M"], who: Int[np.ndarray, " n"]) -> Float[np.ndarray, " u M"]:
    gathered = np.zeros((int(who.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(gathered, who, values)
    return gathered


def joined(parts: Sequence[People]) -> list[People]:
    """The parts, or one part in their place where two share people.

    A person with rows in both moves both means at once. The one part has what each person adds to the error of the sum
    of both means, by its first-order expansion: residual over mass of either side.
    """
    if len(parts) != 2 or parts[0].who is None or parts[1].who is None:
        return list(parts)
    everybody, place = np.unique(np.concatenate([parts[0].who, parts[1].who]), return_inverse=True)
    if len(everybody) == len(place):
        return list(parts)
    moves = np.concatenate([part.residual / part.mass.sum() for part in parts])
    return [People(sums=_gathered(moves, place) * len(everybody), mass=np.ones(len(everybody)))]


def lent(squares: Sequence[Float[np.ndarray, " M"]], parts: Sequence[People]) -> list[Float[np.ndarray, " M"]]:
    """Squared errors of two parts; where too few of one vary, at least what the spread of the other would make them.

    Args:
        squares: Squared standard errors of the mean of each part.
        parts: The parts; others than two are left as they are.
    """
    if len(parts) != 2:
        return list(squares)
    ones = [(part.mass**2).sum() / part.mass.sum() ** 2 for part in parts]  # squared errors if people's spread were 1
    lent = [squares[1] / ones[1] * ones[0], squares[0] / ones[0] * ones[1]]
    known = zip(parts, squares, lent, strict=True)
    return [np.where(few_apart(part), np.maximum(own, other), own) for part, own, other in known]


def few_apart(part: People) -> Bool[np.ndarray, " M"]:
    """Whether fewer than `FEW_APART` people are off the commonest value; never among very many people."""
    if len(part.mass) >= MANY_PEOPLE:
        return np.zeros(part.sums.shape[1], dtype=bool)
    means = part.sums / part.mass[:, None]
    away = np.abs(means - np.median(means, axis=0))
    return np.asarray((away > 1e-12 * np.abs(means).max(axis=0)).sum(axis=0) < FEW_APART)
