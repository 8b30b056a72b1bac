"""How much a rate fell on the same rows: exact answers for a limit, and the bounds where they change.

The exact paired test of `dlaudit.stats.paired`, with tables in the order of Tango's score limit of the one that was
seen: no wider limit is ever answered more strictly than a tighter one (`dlaudit.stats.nested`). For the border that is
searched: with a larger margin m, what has churn s keeps it and moves probability from lost to gained; where s < m, all
churn at m is gained. Both only add to the probability of the region.
"""

from functools import lru_cache

from dlaudit.stats.nested import Order, Test, grid, is_shown, last_shown
from dlaudit.stats.numbers import Number
from dlaudit.stats.paired import MOST_ROWS, is_rejected, paired_test, tango_limits
from dlaudit.stats.trinomial import Ordered, tango_score


def fell_by_more(lost: int, gained: int, n: int, limit: Number, alpha: Number) -> bool:
    """Whether the rows show that P(lost) - P(gained) > `limit`: wrong with probability at most `alpha`.

    Falls with `limit`, grows with `alpha`. No rows show nothing. Above 2,000,000 rows as `paired_test`, for large
    samples only.

    Args:
        lost: Rows that count for the old model only.
        gained: Rows that count for the new model only.
        n: All rows.
        limit: In -1..1.
        alpha: Error rate.

    Source: Tango 1998; Kabaila and Lloyd 1997, Australian Journal of Statistics 39:193.
    """
    return is_shown(_test(lost, gained, n), float(limit), grid(n), float(alpha))


def fell_by_less(lost: int, gained: int, n: int, limit: Number, alpha: Number) -> bool:
    """Whether the rows show that P(lost) - P(gained) < `limit`; as `fell_by_more` with the two models exchanged."""
    return float(limit) > 1 or fell_by_more(gained, lost, n, -float(limit), alpha)


def fall_bound(lost: int, gained: int, n: int, alpha: Number, *, upper: bool) -> float:
    """The largest limit of the grid that `fell_by_more` shows at `alpha`, or the smallest that `fell_by_less` does.

    -1 and 1 where none is shown. Args as for `fell_by_more`.
    """
    if upper:
        return -_lower((gained, lost, n), float(alpha))
    return _lower((lost, gained, n), float(alpha))


@lru_cache(maxsize=1 << 14)
def _lower(table: tuple[int, int, int], alpha: float) -> float:
    if table[2] == 0:
        return -1.0
    return last_shown(_test(*table), float(tango_limits(*table, 1 - 2 * alpha).low), grid(table[2]), alpha)


def _test(more: int, less: int, n: int) -> Test:
    """The test of P(more) - P(less); of very many rows the score test, which needs no order."""
    if n > MOST_ROWS:
        return lambda limit, level, _: paired_test(more, less, n, limit, level).rejected

    def rejects(limit: float, level: float, rung: float) -> bool:
        if n == 0 or (more - less) / n <= limit:
            return False
        return is_rejected(Ordered(more, less, n, _own_limit((more, less, n), rung)), limit, level)

    return rejects


@lru_cache(maxsize=1 << 14)
def _own_limit(table: tuple[int, int, int], rung: float) -> float:
    more, less, n = table
    return Order(lambda limit: float(tango_score(*table, limit)), (more - less) / n).limit(rung)
