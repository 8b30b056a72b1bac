"""How sure the parts of a split are: intervals, p-values and marks, from one studentised bootstrap of people.

Two chances make a contribution uncertain. Who was sampled: every person's contribution is a mean over partners, and the
spread between people says how far the mean may lie from the population's. The luck of the draw: partners and orders are
random, too. What a person's contribution owes to it is known from the rounds, is taken out of the spread between
people, and its effect on the mean (which is small, as a person's luck is another's) is added once.

The split is a two-sample U-statistic over pairs of people; its first-order projection is the mean over the people of
either slice (Hoeffding 1948, DOI 10.1214/aoms/1177730196).
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.attributions.resample import REPLICATES, Extra, People, Studentised, people, studentised
from dlaudit.stats.multiplicity import holm

ALPHA = 0.05
"""Probability with which any part of a decomposition that is nothing is marked."""
ROUNDING = 1e-7
"""Size of a contribution, relative to the numbers it is made of, that float32 arithmetic alone can make."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The parts of a split, the players first and then the label mix where there is one."""

    value: Float[np.ndarray, " parts"]
    low: Float[np.ndarray, " parts"] | None
    """Lower ends of the intervals; None with too few people."""
    high: Float[np.ndarray, " parts"] | None
    p_value: Float[np.ndarray, " parts"]
    """NaN with too few people, and for a part that is nothing for everybody."""
    p_adjusted: Float[np.ndarray, " parts"]
    """After Holm over all parts, and for having picked the gap."""

    @property
    def marked(self) -> Bool[np.ndarray, " parts"]:
        """Whether a part is more than chance; never where its p-value is not defined."""
        return np.asarray(np.nan_to_num(self.p_adjusted, nan=1.0) <= ALPHA)

    def chosen_from(self, gaps: int) -> "Judged":
        """The same where the gap was picked, for being wide, from so many (Bonferroni): a gap that is the widest by
        chance has parts that look like more than chance.
        """
        return replace(self, p_adjusted=np.minimum(self.p_adjusted * gaps, 1.0))


@dataclass(frozen=True, kw_only=True)
class Units:
    """Who the rows belong to; None where every row is a person of its own. A number in both slices is one person."""

    a: Int[np.ndarray, " nA"] | None = None
    b: Int[np.ndarray, " nB"] | None = None


def judged(
    split: Split,
    units: Units,
    generator: np.random.Generator,
    *,
    level: float = 0.95,
    replicates: int = REPLICATES,
) -> Judged:
    """Intervals, p-values and Holm's adjustment for every part of a split.

    A part that is the same for everybody has an interval of width 0; if that is 0, no p-value, else one of 0.

    Args:
        split: The gap, split.
        units: Persons that rows belong to.
        generator: Source of the bootstrap's draws.
        level: Confidence level of the intervals.
        replicates: Replicates of the bootstrap.
    """
    value = split.values if split.label_mix is None else np.append(split.values, split.label_mix)
    parts = [_people(split.a, units.a), _people(split.b, units.b)]
    found = studentised(parts, generator, extra=_luck(split, len(value)), replicates=replicates)
    undefined = np.full(len(value), np.nan)
    if found is None:
        return Judged(value=value, low=None, high=None, p_value=undefined, p_adjusted=undefined)
    rounding = ROUNDING * (np.abs(split.a.score).mean() + np.abs(split.b.score).mean())
    low, high = found.offsets(level)
    p_value = _p_values(value, found, float(rounding))
    return Judged(value=value, low=value + low, high=value + high, p_value=p_value, p_adjusted=holm(p_value))


def monte_carlo(split: Split) -> Float[np.ndarray, " M"] | None:
    """Standard error of every contribution from the luck of the draw; None with a single round."""
    if len(split.rounds) < 2:
        return None
    return np.asarray(split.rounds.std(axis=0, ddof=1) / np.sqrt(len(split.rounds)))


def _people(side: Side, unit: Int[np.ndarray, " n"] | None) -> People:
    """The rows of a side by person, with the label mix as the last column where there is one."""
    noise = np.zeros_like(side.values) if side.noise is None else side.noise
    if side.label_mix is None:
        return people(side.values, side.weight, unit, noise)
    values = np.column_stack([side.values, side.label_mix])
    return people(values, side.weight, unit, np.column_stack([noise, np.zeros(len(values))]))


def _luck(split: Split, parts: int) -> Extra | None:
    error = monte_carlo(split)
    if error is None:
        return None
    return Extra(squared=np.pad(error**2, (0, parts - len(error))), freedom=len(split.rounds) - 1)


def _p_values(value: Float[np.ndarray, " parts"], found: Studentised, rounding: float) -> Float[np.ndarray, " parts"]:
    """P-values with an error that is no smaller than that of rounding, so that rounding is never marked."""
    p_value = np.where(found.error > 0, found.p_values(value, least_error=rounding), 0.0)
    nothing = (np.abs(value) <= rounding) & (found.error <= rounding)
    return np.where(nothing, np.nan, p_value)
