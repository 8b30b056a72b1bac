"""What a search could have found: told beside an empty result, so that silence is not read as absence."""

import numpy as np
from scipy.stats import binom

from dlaudit.stats.hypergeometric import upper_tails

SHARE = 0.1
"""The slice that is thought of has this share of the rows."""
POWER = 0.8
_STEPS = 14


def smallest_findable(events: int, total: int, tests: int, alpha: float) -> float | None:
    """The smallest difference in rates that 80 % of samples confirm, in a slice of a tenth of the rows.

    Judged at alpha / tests, where Holm's procedure begins. None where no difference would be, or where no row has the
    event or all have.

    Args:
        events: Events in all rows.
        total: All rows at risk.
        tests: Number of tests made.
        alpha: Probability of confirming any slice where none differs.
    """
    size = int(total * SHARE)
    if not size or not tests or not 0 < events < total:
        return None
    rate = events / total
    low, high = 0.0, 1.0 - rate
    if _power(high, (rate, size, total), alpha / tests) < POWER:
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _power(middle, (rate, size, total), alpha / tests) >= POWER else (middle, high)
    return high


def _power(difference: float, rows: tuple[float, int, int], level: float) -> float:
    """Probability that the slice is confirmed where its rate is above that of the rest by `difference`."""
    rate, size, total = rows
    inside = min(1.0, rate + difference)
    events = min(total, round(size * inside + (total - size) * rate))
    fewest = int(np.count_nonzero(upper_tails(size, events, total) > level))  # the fewest events that are confirmed
    return float(binom.sf(fewest - 1, size, inside))
