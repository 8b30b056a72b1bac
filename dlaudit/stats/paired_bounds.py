"""How much a rate fell on the same rows: exact answers for a limit, and the bounds where they change.

The exact paired test orders tables anew at every limit, so that for some tables its answer changes more than once
within a fraction of a standard error. Here an answer is given on a decimal grid of limits, which holds those that
people write (0.02), and up to 200 rows a rejection counts where the grid's next tighter limits are rejected too: no
wider limit is then answered more strictly than a tighter one, and the error rate can only be smaller than the test's.
Above, such gaps are narrower than a few thousandths.
"""

from functools import lru_cache
from math import ceil, floor, log10, sqrt

from dlaudit.stats.numbers import Number
from dlaudit.stats.paired import paired_test, tango_limits

_SHARE = 100
"""The grid has at least this many steps to one over the square root of the rows."""
_FINEST = 6
"""Decimals of the finest grid."""
_LOOKS, _STRIDE = 40, 0.005
"""Tighter limits that are looked at, and how far apart they lie, in 1 / sqrt(rows)."""
_LOOKED_AT = 200
"""Rows up to which they are."""
_CLEAR = 0.25
"""Where the test rejects at this share of the level too, no gap among the tighter limits is within reach."""


def fell_by_more(lost: int, gained: int, n: int, limit: Number, alpha: Number) -> bool:
    """Whether the rows show that P(lost) - P(gained) > `limit`: wrong with probability at most `alpha`.

    Falls with `limit`. No rows show nothing. Above 2,000,000 rows as `paired_test`, for large samples only.

    Args:
        lost: Rows that count for the old model only.
        gained: Rows that count for the new model only.
        n: All rows.
        limit: In -1..1.
        alpha: Error rate.
    """
    unit = _unit(n)
    step = ceil(round(float(limit) * unit, 6))
    return step < unit and _is_shown((lost, gained, n), max(step, -unit), float(alpha))


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
    lost, gained, n = table
    unit = _unit(n)
    if n == 0:
        return -1.0
    inside, outside = -unit, ceil(round((lost - gained) / n * unit, 6))
    at, pace = (
        floor(float(tango_limits(lost, gained, n, 1 - 2 * alpha).low) * unit),
        max(1, unit // (50 * ceil(sqrt(n)))),
    )
    while inside < at < outside:
        if _is_shown(table, at, alpha):
            inside, at = at, at + pace
        else:
            outside, at = at, at - pace
        pace *= 2
    while outside - inside > 1:
        middle = (inside + outside) // 2
        inside, outside = (middle, outside) if _is_shown(table, middle, alpha) else (inside, middle)
    return inside / unit


def _is_shown(table: tuple[int, int, int], step: int, alpha: float) -> bool:
    """Whether the test rejects at this step of the grid, and nowhere among the tighter ones does not."""
    lost, gained, n = table
    unit = _unit(n)

    def rejects(at: int, level: float) -> bool:
        return paired_test(lost, gained, n, at / unit, level).rejected

    if not rejects(step, alpha):
        return False
    if n > _LOOKED_AT or rejects(step, _CLEAR * alpha):
        return True
    stride = max(1, round(_STRIDE * unit / sqrt(n)))
    first = floor((step - 1) / stride) * stride
    return all(rejects(max(at, -unit), alpha) for at in range(first, first - _LOOKS * stride, -stride))


def _unit(n: int) -> int:
    """Steps of the grid from 0 to 1."""
    return int(10 ** min(_FINEST, max(3, -floor(log10(1 / sqrt(max(n, 1)) / _SHARE)))))
