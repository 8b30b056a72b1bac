"""Means over the checked rows of a slice, with intervals over people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import stdtrit

from dlaudit.attributions.resample import People, people, studentised_interval
from dlaudit.attributions.summary import ExplainedRows

FEWEST_ROWS = 30
"""With fewer checked rows nothing is judged."""
REPLICATES = 999
ENOUGH_PEOPLE = 200
"""From here on means of figures are taken to be normal."""


@dataclass(frozen=True, kw_only=True)
class Some:
    """Checked rows of a slice."""

    at: Int[np.ndarray, " m"]
    """Their places among the explained rows."""
    weight: Float[np.ndarray, " m"]
    """What each stands for."""
    unit: Int[np.ndarray, " m"] | None
    """Number of the person each belongs to."""

    def mean(self, figures: Float[np.ndarray, " n"]) -> float:
        """Weighted mean of a figure over these rows."""
        return float(self.weight @ figures[self.at] / self.weight.sum())


def some_of(rows: ExplainedRows, chosen: Bool[np.ndarray, " n"], defined: Bool[np.ndarray, " n"]) -> Some:
    """The rows of `chosen` for which a figure is defined, with weights that make up for the rest.

    Only some explained rows are checked, more of small slices than of large ones. The rows checked of each combination
    of slices take over the weight of all explained rows of it.
    """
    weight = np.ones(rows.member.shape[1]) if rows.weight is None else rows.weight.astype(np.float64)
    atom = _atoms(rows.member)
    whole, kept = (
        np.bincount(atom, weights=one, minlength=int(atom.max(initial=0)) + 1) for one in (weight, weight * defined)
    )
    scale = np.divide(whole, kept, out=np.zeros_like(whole), where=kept > 0)
    at = np.flatnonzero(chosen & defined & (weight > 0))
    return Some(at=at, weight=(weight * scale[atom])[at], unit=None if rows.unit is None else rows.unit[at])


def _atoms(member: Bool[np.ndarray, " slices n"]) -> Int[np.ndarray, " n"]:
    """A number for every combination of slices that a row can be in."""
    atom = np.zeros(member.shape[1], dtype=np.int64)
    for start in range(0, len(member), 32):
        some = member[start : start + 32].astype(np.int64)
        _, atom = np.unique(atom << 32 | (1 << np.arange(len(some))) @ some, return_inverse=True)
    return np.asarray(atom, dtype=np.int64)


def intervals(
    columns: Float[np.ndarray, " m k"], some: Some, generator: np.random.Generator
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Offsets of both ends of the 95 % interval of each column's weighted mean, over people; NaN under ten people."""
    return interval_of([people(columns, some.weight, some.unit)], generator)


def interval_of(
    parts: Sequence[People], generator: np.random.Generator
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Offsets of both ends of the 95 % interval of the sum of the parts' means; NaN under ten people in a part.

    A studentised bootstrap, and Student's interval with `ENOUGH_PEOPLE` in every part: the figures are means over
    rows of means over coalitions, and a bootstrap would cost more than the checks.
    """
    fewest = min(len(part.mass) for part in parts)
    if fewest >= ENOUGH_PEOPLE:
        reach = float(stdtrit(fewest - 1, 0.975)) * standard_error(parts)
        return -reach, reach
    found = studentised_interval(parts, generator, replicates=REPLICATES)
    if found is None:
        undefined = np.full(parts[0].sums.shape[1], np.nan)
        return undefined, undefined
    return found


def standard_error(parts: Sequence[People]) -> Float[np.ndarray, " k"]:
    """Standard error of the sum of the parts' weighted means, over people."""
    squares = [((part.sums - part.mean * part.mass[:, None]) ** 2).sum(axis=0) / part.mass.sum() ** 2 for part in parts]
    return np.asarray(np.sqrt(np.sum(squares, axis=0)))


def ratio_column(
    top: Float[np.ndarray, " n"], bottom: Float[np.ndarray, " n"], some: Some
) -> tuple[float, Float[np.ndarray, " m"]]:
    """The ratio of two weighted means, and each row's influence on it.

    The influences have mean 0, and the interval of their mean is, to first order, that of the ratio. NaN where the
    denominator is 0.
    """
    scale = some.mean(bottom)
    if not scale > 0:
        return float("nan"), np.full(len(some.at), np.nan)
    ratio = some.mean(top) / scale
    return ratio, np.asarray((top[some.at] - ratio * bottom[some.at]) / scale)
