"""The chance that several slices pass or fail a rule, by normal approximation, and the rows that would decide it.

The slices are independent. All have the same rate, but for one that may have a gap. For a PASS a ratio is a difference
of logarithms; for a FAIL it is the difference between one rate and the limit times the other. A floor or a ceiling
looks at each slice alone, with the half of a row by which whole counts fall short of a normal number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr, ndtri

from dlaudit.stats.numbers import Number
from dlaudit.stats.planning import POWER

_U = np.linspace(-8.0, 8.0, 801)
_WEIGHT = np.exp(-(_U**2) / 2) / np.sqrt(2 * np.pi) * (_U[1] - _U[0])
"""Trapezoids under the normal density: the one slice that all comparisons share is integrated out."""
_MOST = 1e9


@dataclass(frozen=True, kw_only=True)
class Design:
    """One rule on slices whose true rates are supposed."""

    kind: Literal["difference", "ratio", "value"]
    """What the rule limits."""
    limit: float
    """Its limit."""
    rate: float
    """Rate of every slice but one, in 0..1."""
    gap_rate: float
    """Rate of the slice that has the gap."""
    alpha: float
    """Error rate of the check."""
    against: Literal["pairs", "rest", "each"] | int = "pairs"
    """What is compared: all pairs, each slice with all others together, each with the limit, or all with the slice at
    this position."""

    sharing: int | None = None
    """Statements that share the error rate of a FAIL, also of other features; None for those of these slices alone."""

    @property
    def margin(self) -> float:
        """How far two slices may differ, of a ratio in logarithms; for a value how far `rate` is from the limit."""
        if self.kind == "ratio":
            return float(-np.log(self.limit))
        return self.limit if self.kind == "difference" else abs(self.rate - self.limit)

    @property
    def distance(self) -> float:
        """How far the slice with the gap is beyond the limit: in rates; negative where it is within."""
        if self.kind == "ratio":
            return self.limit * self.rate - self.gap_rate
        return abs(self.gap_rate - self.rate) - self.margin

    @property
    def scale(self) -> float:
        """What the rate of the other slice is multiplied with where a FAIL is tested."""
        return self.limit if self.kind == "ratio" else 1.0

    def tests(self, slices: int) -> int:
        """Statements that share the error rate of a FAIL."""
        if self.sharing is not None:
            return self.sharing
        if self.against == "each":
            return slices
        if self.against == "pairs":
            return slices * (slices - 1)
        return 2 * (slices if self.against == "rest" else slices - 1)


def range_quantile(slices: int, share: Number) -> float:
    """The `share` quantile of largest minus smallest of that many standard normal numbers.

    Args:
        slices: How many numbers, 2 or more.
        share: Probability, in 0..1.

    Source: Tippett 1925; the studentised range with infinite degrees of freedom.
    """

    def below(width: float) -> float:
        return float(slices * np.sum(_WEIGHT * (ndtr(_U + width) - ndtr(_U)) ** (slices - 1)))

    return _root(lambda width: below(width) >= float(share), 0.0, 20.0)


def rows_to_pass_alike(slices: int, rate: Number, margin: Number, alpha: Number = 0.05, power: Number = POWER) -> float:
    """Rows of each of several slices, all of one size and rate, with which `power` of all samples pass a difference.

    n = p q [(q_{k,power} + sqrt(2) z_{1-alpha}) / margin]^2 with q the quantile of the range. Not rounded.

    Args:
        slices: How many, 2 or more.
        rate: Rate of all of them.
        margin: Limit of the difference, above 0.
        alpha: Error rate of a wrong PASS.
        power: Share of samples that should pass.
    """
    reach = range_quantile(slices, power) + np.sqrt(2) * ndtri(1 - float(alpha))
    return float(rate * (1 - rate) * (reach / margin) ** 2)


def pass_chance(design: Design, sizes: Int[np.ndarray, " k"]) -> float:
    """The chance of a PASS where every slice has `design.rate`.

    Exact under normality for slices of one size, for a named reference and for values. For pairs of unequal slices
    only the pairs with the lowest slice are looked at, which is a little too hopeful; for `rest` the chances of
    missing are added up, which is a little too gloomy.

    Args:
        design: The rule and the rates supposed.
        sizes: Counted rows of each slice, all above 0.
    """
    z, errors = float(ndtri(1 - design.alpha)), _errors(design.rate, sizes)
    if design.kind == "ratio":
        errors = errors / design.rate  # of the logarithm, by the delta method
    if design.against == "each":
        room = design.margin - z * _errors(design.limit, sizes) - 0.5 / sizes
        return float(np.prod(ndtr(room / errors)))
    if design.against == "rest":
        widths = np.hypot(errors, errors * np.sqrt(sizes / (sizes.sum() - sizes)))
        return max(0.0, float(1 - 2 * np.sum(ndtr(z - design.margin / widths))))
    within = design.margin - z * np.hypot(errors[:, None], errors[None, :])
    if design.against == "pairs":
        off = ~np.eye(len(errors), dtype=bool)
        if (within[off] <= 0).any():
            return 0.0
        return float(min(1.0, sum(_lowest(errors, within[at], at) for at in range(len(errors)))))
    return _around(errors, within[design.against], design.against)


def fail_chance(design: Design, sizes: Int[np.ndarray, " k"], place: int) -> float:
    """The chance of a FAIL by a comparison of the slice at `place`, which has `design.gap_rate` and is alone with it.

    Holm's first step is taken for the whole: a slightly gloomy figure. The slice is compared with each other one, and
    what these comparisons share (its own rows) is integrated out.

    Args:
        design: The rule and the rates supposed.
        sizes: Counted rows of each slice, all above 0.
        place: Position of the slice with the gap.
    """
    z = float(ndtri(1 - design.alpha / design.tests(len(sizes))))
    errors = design.scale * _errors(design.rate, sizes)
    own = float(_errors(design.gap_rate, sizes[place : place + 1])[0])
    if design.against == "each":
        at_limit = float(_errors(design.limit, sizes[place : place + 1])[0]) + 0.5 / (z * sizes[place])
        return float(ndtr((design.distance - z * at_limit) / own))
    others = np.delete(np.arange(len(sizes)), place)
    if isinstance(design.against, int) and design.against != place:
        others = np.array([design.against])
    rows = sizes[others]
    if design.against == "rest":
        rows = np.array([rows.sum()])
        errors, others = design.scale * _errors(design.rate, rows), np.array([0])
    room = design.distance - z * _null_errors(design, int(sizes[place]), rows)
    missed = ndtr(-(room[:, None] + own * _U[None, :]) / errors[others][:, None])
    return float(np.clip(1 - np.sum(_WEIGHT * np.prod(missed, axis=0)), 0.0, 1.0))


def rows_to_pass(design: Design, sizes: Int[np.ndarray, " k"], power: Number = POWER) -> int | None:
    """Counted rows that every slice must have so that `power` of all samples pass; larger slices stay as they are.

    None where no number of rows does.
    """
    return _filled(sizes, lambda filled: pass_chance(design, filled) >= float(power))


def rows_to_fail(design: Design, sizes: Int[np.ndarray, " k"], place: int, power: Number = POWER) -> int | None:
    """Counted rows that every slice must have so that `power` of all samples show the gap of the slice at `place`.

    None where no number of rows does: the gap is within the limit.
    """
    if design.distance <= 0:
        return None
    return _filled(sizes, lambda filled: fail_chance(design, filled, place) >= float(power))


def _lowest(errors: Float[np.ndarray, " k"], within: Float[np.ndarray, " k"], at: int) -> float:
    """The chance that the slice is the lowest and all others are within reach of it."""
    above = errors[at] * _U[None, :] / errors[:, None]
    reach = ndtr(above + (within / errors)[:, None]) - ndtr(above)
    reach[at] = 1.0
    return float(np.sum(_WEIGHT * np.prod(reach, axis=0)))


def _around(errors: Float[np.ndarray, " k"], within: Float[np.ndarray, " k"], at: int) -> float:
    """The chance that all others are within reach of the slice, on either side."""
    centre, reach = errors[at] * _U[None, :] / errors[:, None], (within / errors)[:, None]
    inside = np.maximum(ndtr(centre + reach) - ndtr(centre - reach), 0.0)
    inside[at] = 1.0
    return float(np.sum(_WEIGHT * np.prod(inside, axis=0)))


def _null_errors(design: Design, own: int, others: Int[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Standard errors that the score test takes for granted: of two slices that lie on the limit, and whose rates are
    as near to the true ones as that allows (weighted by rows; Farrington and Manning 1990).
    """
    weight = own / (own + others)
    if design.kind == "ratio":
        other_rate = (1 - weight) * design.rate + weight * design.gap_rate / design.limit
        own_rate = design.limit * other_rate
    else:
        shift = np.copysign(design.limit, design.gap_rate - design.rate)
        other_rate = (1 - weight) * design.rate + weight * (design.gap_rate - shift)
        own_rate = other_rate + shift
    spread = [np.maximum(rate * (1 - rate), 1e-12) for rate in (own_rate, other_rate)]
    return np.asarray(np.sqrt(spread[0] / own + design.scale**2 * spread[1] / others))


def _errors(rate: float, sizes: Int[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Standard errors of slices with that rate; a rate of 0 or 1 is not taken for certain."""
    return np.asarray(np.sqrt(max(rate * (1 - rate), 1e-12) / sizes))


def _filled(sizes: Int[np.ndarray, " k"], enough: Callable[[Int[np.ndarray, " k"]], bool]) -> int | None:
    """The least number that, where slices with fewer rows are filled up to it, is enough; None where none is."""

    def does(rows: float) -> bool:
        return enough(np.maximum(sizes, int(np.ceil(rows))))

    if does(float(sizes.min())):
        return int(sizes.min())
    if not does(_MOST):
        return None
    low, high = float(sizes.min()), _MOST
    while high - low > 1:
        middle = float(np.floor(np.sqrt(low * high)))
        middle = min(max(middle, low + 1), high - 1) if high - low > 2 else low + 1
        low, high = (low, middle) if does(middle) else (middle, high)
    return int(high)


def _root(reached: Callable[[float], bool], low: float, high: float) -> float:
    """The least number at which a monotone condition holds."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
