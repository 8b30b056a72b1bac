"""Intervals, p-values and marks of the parts of a gap, from bootstrap samples of them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, ndtri

from dlaudit.record import Part, finite
from dlaudit.stats.cell_bootstrap import percentile_limits
from dlaudit.stats.multiplicity import holm
from dlaudit.stats.score_mix import MixParts

ALPHA = 0.05
_LEVEL = 0.95
_TAIL = 10
"""Samples beyond 0 from which a p-value is their share; with fewer the tail is drawn on as a normal one."""


def parts_of(names: Sequence[str], sample: MixParts, many: MixParts | None, chosen_from: int) -> list[Part]:
    """The parts of these names, with intervals, p-values and marks where there are bootstrap samples.

    Args:
        names: Fields of `MixParts`.
        sample: The parts of the sample.
        many: The parts of every bootstrap sample; None where there are none.
        chosen_from: Gaps from which this one was picked for being wide; adjusted p-values are so many times larger
            (Bonferroni), since the widest of many gaps that are nothing has parts that look like something.
    """
    values = np.array([float(getattr(sample, name)) for name in names])
    if many is None:
        return [Part(value=float(value)) for value in values]
    drawn = np.stack([getattr(many, name) for name in names], axis=1)
    limits = percentile_limits(drawn, _LEVEL)
    p = p_values(values, drawn)
    adjusted = np.minimum(holm(p) * chosen_from, 1.0)
    return [
        Part(
            value=float(value),
            low=finite(limits.low[at]),
            high=finite(limits.high[at]),
            p_value=float(p[at]),
            p_adjusted=float(adjusted[at]),
            marked=bool(adjusted[at] <= ALPHA),
        )
        for at, value in enumerate(values)
    ]


def p_values(values: Float[np.ndarray, " parts"], drawn: Float[np.ndarray, "r parts"]) -> Float[np.ndarray, " parts"]:
    """Two-sided p-values of nothing: twice the smaller share of samples on either side of 0, each with one more.

    Undefined samples are on both sides. Beyond the tenth most extreme sample the tail goes on as a normal one would, so
    that a p-value does not end at one over the number of samples.

    Args:
        values: The parts of the sample.
        drawn: Those of the bootstrap samples.
    """
    return np.array([min(2 * _beyond(value, column), 1.0) for value, column in zip(values, drawn.T, strict=True)])


def _beyond(value: float, drawn: Float[np.ndarray, " r"]) -> float:
    """The smaller share of samples on either side of 0."""
    undefined = np.isnan(drawn)
    sides = [((drawn <= 0) | undefined).sum() + 1, ((drawn >= 0) | undefined).sum() + 1]
    share = float(min(sides)) / (len(drawn) + 1)
    towards = np.sort(np.where(undefined, -np.inf, drawn if value > 0 else -drawn))
    reach = abs(value) - float(towards[_TAIL - 1])
    if min(sides) > _TAIL or not (np.isfinite(reach) and 0 < reach < abs(value)):
        return share
    return float(ndtr(ndtri((_TAIL + 1) / (len(drawn) + 1)) * abs(value) / reach))
