"""Whether slices that two models scored contradict themselves: the gate judges what got worse from their counts."""

import math
from collections.abc import Iterator

from dlaudit.errors import shown
from dlaudit.record.against import RateChange
from dlaudit.record.audit import Audit

_ROUNDING = 1e-6


def change_faults(audit: Audit) -> Iterator[str]:
    """Slices that are there twice, counts that no rows have, and values and spreads that do not belong together."""
    for compared in (audit.against, None if audit.baseline is None else audit.baseline.paired):
        seen: set[tuple[str, ...]] = set()
        for one in compared.rates if compared is not None else []:
            named = f"{shown(one.metric)} on {shown(one.slice)}"
            key = (
                one.metric,
                one.slice,
                *sorted(one.by),
                *(f"{name}={one.within[name]}" for name in sorted(one.within)),
            )
            if key in seen:
                yield f"{named} is compared twice"
            seen.add(key)
            if (one.base is None or one.tuned is None) != (one.undefined is not None):
                yield f"{named} is compared without a value or a reason why there is none"
            if not _counts_fit(one):
                yield f"{named} changed by counts that do not make its two values"
            if not _spread_fits(one):
                yield f"{named} has variances that no two values have"


def _counts_fit(one: RateChange) -> bool:
    counts = [count for count in (one.n, one.both, one.gained, one.lost) if count is not None]
    if not counts:
        return True
    if len(counts) < 4 or one.base is None or one.tuned is None:
        return False
    n, both, gained, lost = counts
    if min(counts) < 0 or n == 0 or both + gained + lost > n or n > one.rows:
        return False
    values = ((one.base, both + lost), (one.tuned, both + gained))
    return all(math.isclose(value, count / n, abs_tol=_ROUNDING) for value, count in values)


def _spread_fits(one: RateChange) -> bool:
    spread = [part for part in (one.variance_base, one.variance_tuned, one.covariance, one.freedom) if part is not None]
    if one.low is not None and one.high is not None and one.low > one.high:
        return False
    if len(spread) in {0, 4} and one.rows >= 0:
        return not spread or (
            min(spread[0], spread[1]) >= 0
            and spread[3] > 0
            and abs(spread[2]) <= math.sqrt(spread[0] * spread[1]) * (1 + _ROUNDING) + 1e-300
        )
    return False
