"""How much a rate fell between two independent samples: exact answers for a limit, and the bounds where they change.

The exact unconditional test of two rates (`dlaudit.stats.exact`), with tables in the order of Miettinen and Nurminen's
score limit of the one that was seen: no wider limit is ever answered more strictly than a tighter one
(`dlaudit.stats.nested`). For the border that is searched: with a larger margin, p1 is larger at every p2, or has
reached 1 at a smaller p2. Both only add to the probability of the region.
"""

from functools import lru_cache

from dlaudit.stats.exact import is_rejected
from dlaudit.stats.intervals import difference_limits
from dlaudit.stats.nested import Order, Test, grid, is_shown, last_shown
from dlaudit.stats.nulls import Null, Table
from dlaudit.stats.numbers import Number
from dlaudit.stats.scores import difference_score


def apart_by_more(table: Table, limit: Number, alpha: Number) -> bool:
    """Whether the counts show that p1 - p2 > `limit`: wrong with probability at most `alpha`, at every size.

    Falls with `limit`, grows with `alpha`. An empty sample shows nothing.

    Args:
        table: x1, n1, x2, n2: successes and trials of the first and of the second sample.
        limit: In -1..1.
        alpha: Error rate.

    Source: Chan and Zhang 1999; Kabaila and Lloyd 1997, Australian Journal of Statistics 39:193.
    """
    return is_shown(_test(table), float(limit), _grid(table), float(alpha))


def apart_by_less(table: Table, limit: Number, alpha: Number) -> bool:
    """Whether the counts show that p1 - p2 < `limit`; as `apart_by_more` with the two samples exchanged."""
    return float(limit) > 1 or apart_by_more(_exchanged(table), -float(limit), alpha)


def apart_bound(table: Table, alpha: Number, *, upper: bool) -> float:
    """The largest limit of the grid that `apart_by_more` shows at `alpha`, or the smallest that `apart_by_less` does.

    -1 and 1 where none is shown. Args as for `apart_by_more`.
    """
    return -_lower(_exchanged(table), float(alpha)) if upper else _lower(table, float(alpha))


@lru_cache(maxsize=1 << 14)
def _lower(table: Table, alpha: float) -> float:
    if 0 in (table[1], table[3]):
        return -1.0
    guess = float(difference_limits(*table, 1 - 2 * alpha).low)
    return last_shown(_test(table), guess, _grid(table), alpha)


def _test(table: Table) -> Test:
    def rejects(limit: float, level: float, rung: float) -> bool:
        null = Null("difference", limit)
        if 0 in (table[1], table[3]) or not null.is_beyond(*table):
            return False
        return is_rejected(null, table, level, Null("difference", _own_limit(table, rung)))

    return rejects


@lru_cache(maxsize=1 << 14)
def _own_limit(table: Table, rung: float) -> float:
    x1, n1, x2, n2 = table
    return Order(lambda limit: float(difference_score(*table, limit)), x1 / n1 - x2 / n2).limit(rung)


def _exchanged(table: Table) -> Table:
    return table[2], table[3], table[0], table[1]


def _grid(table: Table) -> int:
    return grid(min(table[1], table[3]))
