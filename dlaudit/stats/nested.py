"""Exact answers about a limit that never change back: not as the limit widens, and not as the level grows.

An exact test orders tables by how far they speak against a limit. Where the order itself is that of the limit asked
about, the rejection region is another one at every limit, and for some tables the answer changes more than once. Here
the order of a table is fixed: by its own score limit, at which its score is that of some level. So

- the region R of a table, all that have no smaller score limit (closed to be monotone), is the same for every limit
  asked about. The null hypotheses "at most m" are nested, so that the largest P(R) over one of them grows with m: what
  is rejected at a limit is rejected at every tighter one (Buehler 1957; Kabaila and Lloyd 1997). The nuisance's
  interval depends on the table and the level alone, and shrinks as the level grows;
- the score limits order all tables once for all, so that P(wrong rejection) <= alpha as for any order.

Score limits of another level order tables a little differently, and where that level is far from the one tested at,
some power is lost. So a test at alpha takes the order of the next rung below alpha of a fixed ladder of levels. It
also asks at every rung above, with that rung's own order: then what is rejected at one level is rejected at every
larger one, as Holm's procedure needs. To ask for more can only make the error rate smaller.

Answers are given on a decimal grid of limits, which holds those that people write (0.02); between its steps a limit is
answered as the next step that is harder to show. The bound is the last step that is shown, so that answers and bound
cannot disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, log10, sqrt

from scipy.optimize import brentq
from scipy.special import ndtri

_TOP, _RUNG = 0.05, sqrt(0.5)
"""The ladder of levels: 0.05, and from each rung to the next."""
_SHARE = 100
"""The grid has at least this many steps to one over the square root of the rows."""
_FINEST = 6
"""Decimals of the finest grid."""
_EDGE = 1e-9
"""How near to -1 a score limit lies at the least."""
_STEEP = 1e6
"""Scores beyond this count as this, where a root is looked for."""

Test = Callable[[float, float, float], bool]
"""Whether "at most this limit" is rejected at a level (second) in the order of a rung (third); falls with the limit."""


def is_shown(rejects: Test, limit: float, unit: int, alpha: float) -> bool:
    """Whether it is shown that the value lies above `limit`.

    Args:
        rejects: The test.
        limit: In -1..1; below -1 it is answered as -1.
        unit: Steps of the grid from 0 to 1.
        alpha: Error rate; at 0 nothing is shown.
    """
    step = ceil(round(limit * unit, 6))
    return alpha > 0 and step < unit and _at_step(rejects, max(step, -unit) / unit, alpha)


def last_shown(rejects: Test, guess: float, unit: int, alpha: float) -> float:
    """The largest limit of the grid that `is_shown`; -1 where there is none.

    Args:
        rejects: The test.
        guess: About where it is; a matter of speed alone.
        unit: Steps of the grid from 0 to 1.
        alpha: Error rate; at 0 nothing is shown.
    """
    found: int | None = None
    for level, rung in _asked(alpha) if alpha > 0 else ():

        def is_in(step: int, level: float = level, rung: float = rung) -> bool:
            return rejects(step / unit, level, rung)

        if found is None:
            found = _last(is_in, floor(guess * unit), -unit, unit)
        elif found > -unit and not is_in(found):  # rarely: a rung above asks for a little more
            found = _last(is_in, found - 1, -unit, found)
    return (-unit if found is None else found) / unit


@dataclass(frozen=True)
class Order:
    """A table's own score limit, whose score orders all tables with it."""

    score: Callable[[float], float]
    """The table's score against a limit; falls with it."""
    observed: float
    """The limit at which it is 0."""

    def limit(self, rung: float) -> float:
        """The limit at which the score is that of this level; about -1 where it is nowhere."""
        z, low = float(-ndtri(rung)), -1 + _EDGE

        def over(limit: float) -> float:
            return min(max(self.score(limit), -_STEEP), _STEEP) - z

        if self.observed <= low or over(low) <= 0:
            return low
        return float(brentq(over, low, min(self.observed, 1 - _EDGE), xtol=1e-13))


def grid(rows: int) -> int:
    """Steps of the grid from 0 to 1 for so many rows: a power of ten."""
    return int(10 ** min(_FINEST, max(3, -floor(log10(1 / sqrt(max(rows, 1)) / _SHARE)))))


def _at_step(rejects: Test, limit: float, alpha: float) -> bool:
    return all(rejects(limit, level, rung) for level, rung in _asked(alpha))


@lru_cache(maxsize=1 << 10)
def _asked(alpha: float) -> tuple[tuple[float, float], ...]:
    """Levels to ask at, each with the rung whose order is taken: alpha first, then all rungs above."""
    rungs = [_TOP]
    while rungs[-1] > alpha:
        rungs.append(rungs[-1] * _RUNG)
    return (alpha, rungs[-1]), *((rung, rung) for rung in reversed(rungs[:-1]))


def _last(is_in: Callable[[int], bool], at: int, inside: int, outside: int) -> int:
    """The largest step that is in, from `at` outwards with steps that grow; `inside` where none is."""
    at, pace = min(max(at, inside + 1), outside - 1), 1
    while inside < at < outside:
        if is_in(at):
            inside, at = at, at + pace
        else:
            outside, at = at, at - pace
        pace *= 2
    while outside - inside > 1:
        middle = (inside + outside) // 2
        inside, outside = (middle, outside) if is_in(middle) else (inside, middle)
    return inside
