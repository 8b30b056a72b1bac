"""A new model against an old one on the same rows: what was gained, what was lost, and whether it is more than that.

Of n rows, `gained` count for the new model only, and `lost` for the old one only; the change of the rate is
(gained - lost) / n. Rows on which the models agree say nothing about its direction, so that comparing the pairs finds
changes that comparing two rates misses.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import ndtri

from dlaudit.stats.intervals import clopper_pearson
from dlaudit.stats.numbers import Limits, Number, Numbers, floats
from dlaudit.stats.suprema import is_at_most
from dlaudit.stats.trinomial import Ordered, border_of, tango_score

Guarantee = Literal["finite-sample", "asymptotic"]
"""Whether an error rate holds at every size, or for large sizes."""

_NUISANCE_SHARE = 0.02
"""gamma / alpha of Berger and Boos."""
MOST_ROWS = 2_000_000
"""Rows up to which the exact test is made; above, the score test. A matter of size only."""
_HALVINGS = 60


class PairedTest(NamedTuple):
    """The answer of a paired test."""

    rejected: bool
    """Whether the null hypothesis is rejected."""
    guarantee: Guarantee
    """What its error rate rests on."""


def paired_difference(gained: int, lost: int, n: int, margin: Number, alpha: Number) -> bool:
    """Whether P(gained) - P(lost) <= `margin` is rejected: P(rejection) <= `alpha` under all such probabilities.

    With a margin of -0.02 a rejection shows that the rate fell by less than 0.02. To reject >= `margin`, exchange
    `gained` and `lost` and negate the margin. No rows never reject. `paired_test` tells the guarantee too.

    Args:
        gained: Rows that count for the new model only.
        lost: Rows that count for the old model only.
        n: All rows.
        margin: Tolerated change, in -1..1.
        alpha: Error rate.
    """
    return paired_test(gained, lost, n, margin, alpha).rejected


def paired_test(gained: int, lost: int, n: int, margin: Number, alpha: Number) -> PairedTest:
    """The answer of `paired_difference`, with its guarantee, which follows from `n` alone.

    Up to 2,000,000 rows: the exact unconditional test ordered by Tango's score, its supremum over the churn bounded
    from above within the churn's confidence interval (Berger and Boos 1994). Above: the score test itself.
    """
    assert gained >= 0 and lost >= 0 and gained + lost <= n, f"impossible counts {gained}, {lost} of {n}"
    if n > MOST_ROWS:
        score = float(tango_score(gained, lost, n, margin))
        return PairedTest(bool(score >= -ndtri(float(alpha))), "asymptotic")
    return PairedTest(
        is_rejected(Ordered(gained, lost, n, float(margin)), float(margin), float(alpha)), "finite-sample"
    )


@lru_cache(maxsize=1 << 14)
def is_rejected(seen: Ordered, margin: float, alpha: float) -> bool:
    """Whether the exact test rejects P(gained) - P(lost) <= `margin`, with tables in the order of the one seen.

    Args:
        seen: The table, and the margin whose score orders tables; any that the table and `alpha` settle.
        margin: Tolerated change, in -1..1.
        alpha: Error rate.
    """
    gained, lost, n, _ = seen
    if n == 0 or (gained - lost) / n <= margin or margin >= 1:
        return False
    gamma = _NUISANCE_SHARE * alpha
    limits = clopper_pearson(gained + lost, n, 1 - gamma)
    low, high = max(float(limits.low), abs(margin)), float(limits.high)
    if high < -margin:
        return True  # so little changed that a fall by -margin is out of the question
    border, nodes = border_of(seen, margin, (low, max(low, high)))
    return is_at_most(border, nodes, alpha - gamma)


def tango_limits(gained: Numbers, lost: Numbers, n: Numbers, level: Number = 0.95) -> Limits:
    """Tango's score interval of P(gained) - P(lost), for display. NaN where n = 0.

    The error of one end reaches 0.082 at a nominal 0.05 (n = 30): decisions take `paired_difference`.

    Args:
        gained: Rows that count for the new model only.
        lost: Rows that count for the old model only.
        n: All rows.
        level: Confidence level.

    Source: Tango 1998.
    """
    b, c, rows = floats(gained, lost, n)
    known = rows > 0
    rows = np.where(known, rows, 1.0)
    change, z = (b - c) / rows, float(-ndtri((1 - float(level)) / 2))
    low_end, high_end = _crossing((b, c, rows), change, z), -_crossing((c, b, rows), -change, z)
    return Limits(np.where(known, low_end, np.nan), np.where(known, high_end, np.nan))


def _crossing(table: tuple[Numbers, Numbers, Numbers], change: Numbers, z: float) -> np.ndarray:
    """The margin below the observed change at which the score is z, by halving."""
    low, high = np.full_like(np.asarray(change, dtype=float), -1.0), np.array(change, dtype=float)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = tango_score(*table, middle) >= z
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    return np.asarray((low + high) / 2)


def bonett_price_limits(gained: Numbers, lost: Numbers, n: Numbers, level: Number = 0.95) -> Limits:
    """Bonett and Price's adjusted Wald interval of P(gained) - P(lost), for display. NaN where n = 0.

    One row is added to either side of the change; the ends are kept within -1..1. Args as for `tango_limits`.

    Source: Bonett and Price 2012, DOI 10.3102/1076998611411915.
    """
    b, c, rows = floats(gained, lost, n)
    p, q = (b + 1) / (rows + 2), (c + 1) / (rows + 2)
    half = float(-ndtri((1 - float(level)) / 2)) * np.sqrt((p + q - (p - q) ** 2) / (rows + 2))
    empty = np.where(rows > 0, 0.0, np.nan)
    return Limits(np.maximum(p - q - half, -1) + empty, np.minimum(p - q + half, 1) + empty)
