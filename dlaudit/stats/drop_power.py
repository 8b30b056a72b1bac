"""The chance that rows judged twice show by how much a rate moved, before they are judged.

Of n rows each moves up, moves down or stays, at supposed probabilities. What the exact paired test then says is
settled by two counts: for every count down there is a least count up from which it rejects, its border, and beyond
that one it goes on rejecting. So the chance is a sum over the counts down. Where few of them are likely, the border of
each is asked of the test. Where many are, some are drawn at random: the border lies where Tango's score is some way
above its normal quantile, and how far on the average is what the drawn ones tell, with a standard error. The test
itself says so each time; the score only fills in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import betainc, gammaln, ndtri

from dlaudit.stats.numbers import Number
from dlaudit.stats.paired_bounds import fell_by_more
from dlaudit.stats.regions import window_of
from dlaudit.stats.search import last_holding
from dlaudit.stats.trinomial import tango_score

_WORK = 400.0
"""What asking for borders may cost, in those of one row at a level of 0.05."""
_DRAWS = (5, 16)
"""Fewest and most borders that are drawn where that does not pay for all."""
_NEAR, _NEAR_FEW, _MANY = 3.5, 5.5, 20
"""Standard errors from the border up to which the test is asked where more rows than these are expected to move, and
where fewer are; farther off the score alone tells enough."""
_FAR = 7.0
"""Standard errors from which on a chance is told as 0 or 1."""
_USUAL, _OFF = 0.05, 0.1
"""How far off the score is where nothing was drawn, and the standard error of that."""
_NOISE = 0.05
"""How far the score is off at one border and not at the next."""
_UNLIKELY = 1e-6
"""Probability of either tail that is left out of a sum."""
_RARE = 1e-4
"""Probability of either tail whose borders are not asked for."""
_MOST_ROWS = 1_000_000
"""Rows up to which a number is looked for."""

Counts = Int[np.ndarray, " d"]
Rates = Float[np.ndarray, " d"]


class Moves(NamedTuple):
    """Probabilities that one row moves, together at most 1."""

    up: float
    """In the direction that is asked about."""
    down: float
    """In the other."""


class Asked(NamedTuple):
    """One slice, and how sure its rows must be."""

    rows: int
    """Rows that are judged twice."""
    alpha: float
    """Error rate of its test; 0 for one that never rejects."""


class Chance(NamedTuple):
    """A probability that was worked out or estimated."""

    value: float
    error: float
    """Standard error of its own; 0 where nothing was drawn."""
    common: float = 0.0
    """Standard error that it shares with all other slices that were asked together."""


@dataclass(frozen=True)
class Shown:
    """The chances that slices show it."""

    chances: dict[Asked, Chance]
    """Of each slice."""
    off: float
    """How far above its normal quantile Tango's score is where the test starts to reject."""


def shown(asked: list[Asked], moves: Moves, limit: Number, rng: np.random.Generator) -> Shown:
    """The chances that `fell_by_more` shows P(up) - P(down) > `limit` in slices whose rows all move alike.

    Exact (up to one in five thousand) for slices of which few rows are likely to move, as far as the work goes. Else
    estimated, but for chances so near to 0 or 1 that it makes no difference.

    Args:
        asked: The slices; equal ones are asked once.
        moves: Probabilities that one row moves.
        limit: In -1..1.
        rng: Draws the borders that are asked for, where not all are.
    """
    assert min(moves) >= 0 and sum(moves) <= 1 + 1e-12, f"no probabilities: {moves}"
    away = {one: _away(one, moves, float(limit)) for one in dict.fromkeys(asked)}
    sums = {one: _Sum(one, moves, float(limit)) for one, by in away.items() if abs(by) < _FAR}
    chances = {one: Chance(sums[one].by_score(0.0) if one in sums else float(by > 0), 0.0) for one, by in away.items()}
    exact: dict[Asked, Chance] = {}
    left, spare = [], _WORK
    for one, found in sorted(sums.items(), key=lambda pair: int(pair[1].likely.sum())):
        if abs(away[one]) > (_NEAR if found.moving > _MANY else _NEAR_FEW):
            continue
        spare -= int(found.likely.sum()) * found.work
        if spare >= 0:
            exact[one] = Chance(found.asked(), 0.0)
        else:
            left.append(one)
    off, error = _drawn([sums[one] for one in left], np.array([chances[one].value for one in left]), rng)
    return Shown(chances | {one: _estimate(sums[one], off, error) for one in left} | exact, off)


def _away(asked: Asked, moves: Moves, limit: float) -> float:
    """How many standard errors the border is below what is expected, by the normal approximation."""
    if asked.rows == 0 or asked.alpha <= 0:
        return -np.inf
    shift = moves.up - moves.down - limit
    spread = max(moves.up + moves.down - (moves.up - moves.down) ** 2, 1 / asked.rows)
    return float(shift * np.sqrt(asked.rows / spread) + ndtri(asked.alpha))


def by_score(asked: Asked, moves: Moves, limit: Number, off: float) -> float:
    """The chance that a slice shows it, with the test's borders where Tango's score is `off` above its quantile.

    Args:
        asked: The slice.
        moves: Probabilities that one row moves.
        limit: In -1..1.
        off: `Shown.off` of slices like it.
    """
    return _Sum(asked, moves, float(limit)).by_score(off) if asked.rows > 0 and asked.alpha > 0 else 0.0


def least_rows(reaches: Callable[[int], bool]) -> int | None:
    """About the least number that reaches what is asked, by doubling and halving; None where a million does not.

    Chances rise in small jumps: some numbers a little above it fall short.
    """
    low, high = 0, 8
    while not reaches(high):
        low, high = high, 2 * high
        if high > _MOST_ROWS:
            return None
    while high - low > max(1, high // 200):
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


class _Sum:
    """The chance of one slice, as a sum over the counts down that are likely."""

    def __init__(self, asked: Asked, moves: Moves, limit: float) -> None:
        self.rows, self._alpha, self._limit = asked.rows, asked.alpha, limit
        self.downs, self.weights = _likely(self.rows, moves.down)
        self.moving = self.rows * sum(moves)
        self.likely = _inner(self.weights, _RARE)
        self._left = self.rows - self.downs
        self._rate = min(moves.up / max(1 - moves.down, 1e-300), 1.0)
        self._z = float(-ndtri(asked.alpha))
        self.work = float(np.sqrt(asked.rows) * (np.log(asked.alpha) / np.log(0.05)) ** 2)

    def by_score(self, off: float) -> float:
        """The chance, with the borders where Tango's score is `off` above its normal quantile."""
        return self._chance(self._least_by_score(self.downs, self._z + off))

    def asked(self) -> float:
        """The chance, with the borders that the test has."""
        least = self._least_by_score(self.downs, self._z)
        for at in np.flatnonzero(self.likely):
            least[at] = self._least(int(self.downs[at]), int(least[at]))
        return self._chance(least)

    def off_at(self, share: float) -> float | None:
        """How far above its quantile the score is at the border of the count down that has this share below it.

        It is taken halfway between the last count up that does not show it and the first that does; None where there
        is no such pair.
        """
        down = int(self.downs[min(int(np.searchsorted(np.cumsum(self.weights), share)), len(self.downs) - 1)])
        least = self._least(down, int(self._least_by_score(np.array([down]), self._z + _OFF)[0]))
        if not 0 < least <= self.rows - down:
            return None
        score = float(tango_score(least - 0.5, down, self.rows, self._limit))
        return score - self._z if np.isfinite(score) else None

    def rounding(self, off: float) -> float:
        """The standard error that is left where borders are off a little, each by itself."""
        ends = [self._tail(self._least_by_score(self.downs, self._z + off + by)) for by in (-_NOISE, _NOISE)]
        return float(np.sqrt(np.square(self.weights * (ends[0] - ends[1]) / 2).sum()))

    def _chance(self, least: Counts) -> float:
        return float(np.clip(self.weights @ self._tail(least), 0.0, 1.0))

    def _tail(self, least: Counts) -> Rates:
        """The probability of so many counts up, for each count down."""
        inner = (least > 0) & (least <= self._left)
        found = betainc(np.where(inner, least, 1), np.where(inner, self._left - least + 1, 1), self._rate)
        return np.where(inner, found, np.where(least <= 0, 1.0, 0.0))

    def _least(self, down: int, near: int) -> int:
        """The least count up that shows it, looked for from `near`; one more than there can be where none does."""
        most = self.rows - down + 1
        at = min(max(near, 0), most)
        while at < most and not self._is_shown(at, down):
            at += 1
        while at > 0 and self._is_shown(at - 1, down):
            at -= 1
        return at

    def _is_shown(self, up: int, down: int) -> bool:
        return fell_by_more(up, down, self.rows, self._limit, self._alpha)

    def _least_by_score(self, downs: Counts, z: float) -> Counts:
        most, rows = self.rows - downs, self.rows
        spare = last_holding(lambda c, y: np.asarray(tango_score(rows - c - y, c, rows, self._limit) >= z), downs, most)
        return np.asarray(most - spare)


def _drawn(sums: list[_Sum], chances: Float[np.ndarray, " k"], rng: np.random.Generator) -> tuple[float, float]:
    """How far off the score is at borders drawn from slices whose chances depend on it, and its standard error."""
    if not sums:
        return _USUAL, _OFF
    shares = np.cumsum(chances * (1 - chances))
    draws = int(np.clip(_WORK / np.mean([one.work for one in sums]), *_DRAWS))
    whose = np.searchsorted(shares / shares[-1], (np.arange(draws) + rng.random()) / draws).clip(max=len(sums) - 1)
    places = rng.permutation((np.arange(draws) + rng.random(draws)) / draws)  # one in each part of equal length
    told = [sums[at].off_at(share) for at, share in zip(whose, places, strict=True)]
    known = np.array([one for one in told if one is not None])
    if len(known) < 2:
        return float(known.sum()), _OFF
    return float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))


def _estimate(found: _Sum, off: float, error: float) -> Chance:
    high, low = found.by_score(off - error), found.by_score(off + error)
    return Chance(found.by_score(off), found.rounding(off), (high - low) / 2)


def _likely(rows: int, rate: float) -> tuple[Counts, Rates]:
    """Counts that hold all of a binomial but one in a million at either end, and their probabilities."""
    counts = window_of(rows, (rate, rate))
    inner = min(max(rate, 1e-300), 1 - 1e-16)
    ways = gammaln(rows + 1) - gammaln(counts + 1) - gammaln(rows - counts + 1)
    chance = np.exp(ways + counts * np.log(inner) + (rows - counts) * np.log1p(-inner))
    kept = _inner(chance, _UNLIKELY)
    return counts[kept], chance[kept] / chance[kept].sum()


def _inner(chances: Rates, tail: float) -> Bool[np.ndarray, " d"]:
    """Which of them lie between two tails of this probability."""
    return (np.cumsum(chances) > tail) & (np.cumsum(chances[::-1])[::-1] > tail)
