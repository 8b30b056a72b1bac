"""What is known of a change between two runs that scored the same rows: rows that changed sides, or two slices' gap.

How much larger a difference of two slices got, whichever is ahead, is g = max over k of min over j of h[k] - f[j]: h
are the difference and its negative in the later run, f those in the earlier one. For how much smaller a ratio got, h
and f are the ratio and its inverse, both with a minus. So g > d is shown by one k whose h[k] - f[j] > d is shown for
both j (no correction: both must be shown), and g < d by one j likewise. The choice of that one is paid for: each of the
two has half of alpha (Bonferroni), or more of it, the farther the run's own interval tells the two apart. And g < d is
shown where h[k] - f[k] < d is for both k, as a gap grew by no more than it changed; that rests on the same tests of a
single h[k] - f[j] that the others rest on, and needs no further share.
"""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal, NamedTuple

from scipy.special import ndtr, ndtri, stdtr, stdtrit

from dlaudit.record import RateChange

Shape = Literal["difference", "ratio"]
_TOLD_APART = 0.05
"""Share of alpha for the interval that tells the two directions apart."""
_HALVINGS = 40


class Flips(NamedTuple):
    """Rows of one slice that count for one of the two models only."""

    worse: int
    """Rows that moved the rate the wrong way."""
    better: int
    """Rows that moved it the right way."""
    n: int
    """Rows below the line of the rate."""


class Normal(NamedTuple):
    """An estimate and its standard error."""

    value: float
    error: float


class Side(NamedTuple):
    """A metric of one slice in the earlier and in the later run, with variances and covariance."""

    old: float
    new: float
    old_variance: float
    new_variance: float
    covariance: float
    freedom: float

    def variance(self, old: float, new: float) -> float:
        """Of `old` times the old value plus `new` times the new one."""
        mixed = 2 * old * new * self.covariance
        return max(old * old * self.old_variance + new * new * self.new_variance + mixed, 0.0)


def side_of(one: RateChange) -> Side | None:
    """What the record tells of the slice; None where it tells no spread.

    To counted rows two are added that changed sides, one each way: Bonett and Price's adjustment of a paired change
    (2012, DOI 10.3102/1076998611411915), which for each run alone is that of Agresti and Caffo.
    """
    if one.n and one.both is not None and one.gained is not None and one.lost is not None:
        rows = one.n + 2
        old, new = (one.both + one.lost + 1) / rows, (one.both + one.gained + 1) / rows
        return Side(old, new, old * (1 - old) / rows, new * (1 - new) / rows, (one.both / rows - old * new) / rows, inf)
    found = (one.base, one.tuned, one.variance_base, one.variance_tuned, one.covariance, one.freedom)
    known = [value for value in found if value is not None]
    return Side(*known) if len(known) == len(found) else None


@dataclass(frozen=True)
class Growth:
    """How much worse the gap between two slices got."""

    moved: tuple[tuple[Normal, Normal], tuple[Normal, Normal]]
    """h[k] - f[j]."""
    now: Normal
    """h[0] - h[1]: which of the two is ahead in the later run."""
    before: Normal
    """f[0] - f[1], in the earlier one."""
    freedom: float
    """Degrees of freedom of the errors."""
    has_zero: bool = False
    """Whether one value is 0, so that errors of a ratio are not to be trusted from above."""

    def limits(self, alpha: float) -> tuple[float, float]:
        """A lower and an upper bound, each wrong with probability about `alpha` at most."""
        return self.low(alpha), inf if self.has_zero else self.high(alpha)

    def low(self, alpha: float) -> float:
        """The largest d such that g > d is shown."""
        z = self._quantile(self._level(alpha, self.now))
        return max(min(one.value - z * one.error for one in row) for row in self.moved)

    def high(self, alpha: float) -> float:
        """The smallest d such that g < d is shown."""
        z = self._quantile(self._level(alpha, self.before))
        tops: list[list[float]] = [[one.value + z * one.error for one in row] for row in self.moved]
        return min(*(max(tops[0][j], tops[1][j]) for j in (0, 1)), max(tops[0][0], tops[1][1]))

    def _level(self, alpha: float, apart: Normal) -> float:
        """The level a of either direction, such that at most one of them errs with a and the other with what is left.

        Where the true distance of the two is D, the test of the direction that is off needs an error of D beyond its
        own bound. D is taken at the lower end of its interval.
        """
        told, rest = _TOLD_APART * alpha, (1 - _TOLD_APART) * alpha
        distance = abs(apart.value) - self._quantile(told / 2) * apart.error
        error = max(one.error for row in self.moved for one in row)
        if distance <= 0 or error == 0:
            return rest / 2 if distance <= 0 else rest
        shift, low, high = distance / error, rest / 2, rest
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            is_within = middle + self._tail(self._quantile(middle) + shift) <= rest
            low, high = (middle, high) if is_within else (low, middle)
        return low

    def _quantile(self, tail: float) -> float:
        """How many standard errors a bound lies off that is wrong with probability `tail`."""
        return float(-ndtri(tail) if self.freedom == inf else -stdtrit(self.freedom, tail))

    def _tail(self, errors: float) -> float:
        """How probable it is to be off by more standard errors than this."""
        return float(ndtr(-errors) if self.freedom == inf else stdtr(self.freedom, -errors))


class _Facing(NamedTuple):
    """A gap as one of the two slices sees it, and its slopes in the values of both."""

    value: float
    first: float
    second: float

    def less(self, other: "_Facing") -> "_Facing":
        return _Facing(self.value - other.value, self.first - other.first, self.second - other.second)


_NOTHING = _Facing(0.0, 0.0, 0.0)


def growth(first: Side, second: Side, shape: Shape, *, crossing: bool, has_zero: bool = False) -> Growth:
    """How much larger a difference of two slices got, or how much smaller their ratio; by the delta method.

    Args:
        first: One slice.
        second: The other slice.
        shape: What is compared.
        crossing: Whether units have rows in both slices: their errors are then added as if they went fully together.
        has_zero: As in `Growth`.
    """

    def between(old: _Facing, new: _Facing) -> Normal:
        parts = first.variance(-old.first, new.first), second.variance(-old.second, new.second)
        return Normal(new.value - old.value, sum(map(sqrt, parts)) if crossing else sqrt(sum(parts)))

    before, now = _facing(first.old, second.old, shape), _facing(first.new, second.new, shape)
    return Growth(
        moved=(
            (between(before[0], now[0]), between(before[1], now[0])),
            (between(before[0], now[1]), between(before[1], now[1])),
        ),
        now=between(_NOTHING, now[0].less(now[1])),
        before=between(before[1].less(before[0]), _NOTHING),
        freedom=min(first.freedom, second.freedom),
        has_zero=has_zero,
    )


def _facing(a: float, b: float, shape: Shape) -> tuple[_Facing, _Facing]:
    """The gap both ways; larger is worse."""
    if shape == "difference":
        return _Facing(a - b, 1.0, -1.0), _Facing(b - a, -1.0, 1.0)
    return _Facing(-a / b, -1 / b, a / b**2), _Facing(-b / a, b / a**2, -1 / a)
