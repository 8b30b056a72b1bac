"""Exact tails of the hypergeometric distribution: is an event more common in a part of the rows than in the rest?

Of `total` rows, `events` have the event; a part of `size` rows has X of them. Where the part has nothing to do with
the event, X is hypergeometric given these margins (Fisher's exact test, one-sided). All arguments are whole numbers
and broadcast; `total` may be up to some ten million.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammaln

_PRECISE = 1e-13
"""What is left of a sum, against the sum, when it is called complete."""
_SHARES = (0.0, 0.5, 1.0, 2.0)
"""How many standard deviations of terms the lower bound sums."""
Whole = Int[np.ndarray, "*#shape"] | int
Table = Callable[[Int[np.ndarray, "..."]], Float[np.ndarray, "..."]]


def upper_tail(x: Whole, size: Whole, events: Whole, total: Whole) -> Float[np.ndarray, "*shape"]:
    """P(X >= x): the one-sided p-value of `x` events in a part of `size` rows.

    Relative error below 1e-8 (that of the log-factorials). 1 where no row has the event, or the part has no row.

    Args:
        x: Events in the part.
        size: Rows of the part.
        events: Events in all rows.
        total: All rows.
    """
    x, size, events, total = (np.atleast_1d(one) for one in np.broadcast_arrays(x, size, events, total))
    shape, flat = x.shape, [one.ravel().astype(np.int64) for one in (x, size, events, total)]
    x, size, events, total = flat
    least = np.maximum(0, size + events - total)
    most = np.minimum(size, events)
    right = x > _mode(size, events, total)
    p = np.ones(len(x))
    at = np.flatnonzero(right & (x <= most))
    p[at] = _falling_sum(x[at], size[at], events[at], total[at])
    p[x > most] = 0.0
    at = np.flatnonzero(~right & (x > least))  # 1 - P(X < x), counted in rows without the event
    p[at] = 1 - _falling_sum(size[at] - x[at] + 1, size[at], total[at] - events[at], total[at])
    return np.clip(p, 0.0, 1.0).reshape(shape)


def tail_at_least(x: Whole, size: Whole, events: Whole, total: Whole) -> Float[np.ndarray, "*shape"]:
    """A lower bound of P(X >= x) that costs a few lookups: where it is above a level, so is the p-value.

    The probabilities fall beyond the mode, so that the first k of them sum to at least k times the k-th; and a tail
    that begins before the mode holds the one that begins at it.

    Args:
        x: Events in the part.
        size: Rows of the part.
        events: Events in all rows.
        total: All rows.
    """
    x, size, events, total = np.broadcast_arrays(x, size, events, total)
    log_factorial = _log_factorials(x.size, int(total.max(initial=0)))
    share = events / np.maximum(total, 1)
    spread = np.sqrt(size * share * (1 - share) * (total - size) / np.maximum(total - 1, 1))
    start = np.maximum(x, _mode(size, events, total))
    bound = np.zeros(x.shape)
    for deviations in _SHARES:
        terms = np.maximum(1, (deviations * spread).astype(np.int64))
        chance = np.exp(_log_chance(start + terms - 1, (size, events, total), log_factorial))
        bound = np.maximum(bound, terms * chance)
    certain = x <= np.maximum(0, size + events - total)
    return np.asarray(np.where(certain, 1.0, np.minimum(bound * (1 - 1e-6), 1.0)))


def upper_tails(size: int, events: int, total: int) -> Float[np.ndarray, " x"]:
    """P(X >= x) for every x from 0 to `size`, as `upper_tail` has them, added up from the right."""
    k = np.arange(size + 1)
    of = tuple(np.full(size + 1, one) for one in (size, events, total))
    chance = np.exp(_log_chance(k, of, _log_factorials(total, total)))
    return np.asarray(np.minimum(np.cumsum(chance[::-1])[::-1], 1.0))


def _mode(
    size: Int[np.ndarray, "*shape"], events: Int[np.ndarray, "*shape"], total: Int[np.ndarray, "*shape"]
) -> Int[np.ndarray, "*shape"]:
    return np.asarray((size + 1) * (events + 1) // (total + 2))


def _falling_sum(
    x: Int[np.ndarray, " m"], size: Int[np.ndarray, " m"], events: Int[np.ndarray, " m"], total: Int[np.ndarray, " m"]
) -> Float[np.ndarray, " m"]:
    """P(X >= x) for x beyond the mode: terms fall ever faster, so what is left is below a geometric series."""
    term = np.exp(_log_chance(x, (size, events, total), _log_factorials(x.size, int(total.max(initial=0)))))
    done, live, k = term.copy(), np.arange(len(x)), x.copy()
    while len(live):
        above = (events - k) * (size - k).astype(np.float64)
        ratio = above / ((k + 1) * (total - events - size + k + 1).astype(np.float64))
        term, k = term * ratio, k + 1
        done[live] += term
        going = term * ratio > _PRECISE * done[live] * (1 - ratio)
        live, term, k, size, events, total = (one[going] for one in (live, term, k, size, events, total))
    return np.asarray(done)


def _log_chance(
    k: Int[np.ndarray, "*shape"], of: tuple[Int[np.ndarray, "*shape"], ...], log_factorial: Table
) -> Float[np.ndarray, "*shape"]:
    """The logarithm of P(X = k); -inf where k is impossible."""
    size, events, total = of
    possible = (k <= np.minimum(size, events)) & (k >= size + events - total) & (k >= 0)
    k = np.where(possible, k, np.maximum(0, size + events - total))
    others = total - events
    log = log_factorial(events) - log_factorial(k) - log_factorial(events - k)
    log = log + log_factorial(others) - log_factorial(size - k) - log_factorial(others - size + k)
    log = log - log_factorial(total) + log_factorial(size) + log_factorial(total - size)
    return np.asarray(np.where(possible, log, -np.inf))


def _log_factorials(queries: int, largest: int) -> Table:
    """The logarithm of n!, from a table where it is asked for more often than a table has entries."""
    if 9 * queries < largest:
        return lambda n: np.asarray(gammaln(n + 1.0))
    table = _table(largest)
    return lambda n: np.asarray(table[n])


@lru_cache(maxsize=1)
def _table(largest: int) -> Float[np.ndarray, " n"]:
    return np.asarray(gammaln(np.arange(largest + 1) + 1.0))
