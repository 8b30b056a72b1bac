"""Bootstrap intervals of numbers that have no formula: seeded by the rows themselves, so that they repeat."""

import hashlib
import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int, Num

from dlaudit.metrics.registry import NO_INTERVAL, Interval
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.dyadic import drawn_pairs, people_by_content

MOST_REPLICATES, LEAST_REPLICATES = 400, 200
ROWS_DRAWN = 2_000_000
"""Rows that the replicates of one interval draw together, as far as LEAST_REPLICATES allows."""


def bootstrap_interval(value_of: Callable[[ScoredRows], float], rows: ScoredRows, level: float) -> Interval:
    """Percentile interval (Efron 1979, DOI 10.1214/aos/1176344552) over resampled rows, or units where rows share them.

    A replicate in which the metric is undefined counts as lying beyond either end, so that an interval that rests on
    a few lucky replicates is unbounded rather than narrow. Without spread over the replicates there is no interval.

    Args:
        value_of: The metric; NaN where undefined.
        rows: Rows of one slice.
        level: Confidence level.
    """
    if rows.unit is not None and rows.unit.ndim == 2:
        return _of_pairs(value_of, rows, level)
    ordered, starts = in_content_order(rows)
    if len(starts) < 2:
        return NO_INTERVAL
    generator = np.random.default_rng(content_seed(ordered))
    replicates = int(np.clip(ROWS_DRAWN // len(rows), LEAST_REPLICATES, MOST_REPLICATES))
    values = np.array([value_of(ordered.take(_drawn(starts, len(rows), generator))) for _ in range(replicates)])
    return _percentiles(values, level)


def _of_pairs(value_of: Callable[[ScoredRows], float], rows: ScoredRows, level: float) -> Interval:
    """Percentile interval over resampled people of rows that are pairs."""
    ordered = in_content_order(rows)[0]
    assert ordered.unit is not None
    held = np.column_stack(_columns(ordered))
    people = people_by_content(ordered.unit, held)
    if not len(people) or int(people.max()) < 1:
        return NO_INTERVAL
    generator = np.random.default_rng(content_seed(ordered))
    places, values = np.arange(len(rows)), np.full(LEAST_REPLICATES, math.nan)
    for at in range(LEAST_REPLICATES):
        drawn = np.repeat(places, drawn_pairs(people, generator))
        values[at] = value_of(ordered.take(drawn)) if len(drawn) else math.nan
    return _percentiles(values, level)


def _percentiles(values: Float[np.ndarray, " replicates"], level: float) -> Interval:
    defined = np.isfinite(values)
    low = _quantile(np.where(defined, values, -math.inf), (1 - level) / 2)
    high = -_quantile(np.where(defined, -values, -math.inf), (1 - level) / 2)
    if low == high or not (math.isfinite(low) or math.isfinite(high)):
        return NO_INTERVAL
    ends = (low if math.isfinite(low) else None, high if math.isfinite(high) else None)
    return Interval(*ends, "bootstrap", "asymptotic")


def in_content_order(rows: ScoredRows) -> tuple[ScoredRows, Int[np.ndarray, " units"]]:
    """The rows ordered by what they hold, and where each resampled piece (a row, or a unit's rows) begins.

    Units stand in the order of what their rows hold, since the codes of units depend on the order of the file.
    """
    order = np.lexsort(_columns(rows)[::-1])
    if rows.unit is None or rows.unit.ndim == 2:
        return rows.take(order), np.arange(len(rows))
    held = np.column_stack(_columns(rows))[order]
    places: dict[int, list[int]] = {}
    for place, code in enumerate(rows.unit[order].tolist()):
        places.setdefault(code, []).append(place)
    units = sorted((np.array(own) for own in places.values()), key=lambda own: held[own].tobytes())
    sizes = [len(own) for own in units]
    starts = np.cumsum([0, *sizes])[:-1] if sizes else np.zeros(0, dtype=np.int64)
    return rows.take(order[np.concatenate(units)] if units else order), starts


def content_seed(ordered: ScoredRows) -> int:
    """A seed from SHA-256 of rows in content order: equal rows give equal intervals, bit for bit."""
    digest = hashlib.sha256()
    for column in _columns(ordered):
        digest.update(column.tobytes())
    return int.from_bytes(digest.digest()[:16], "big")


def _columns(rows: ScoredRows) -> list[Float[np.ndarray, " n"]]:
    """Everything that a metric can read of each row, as numbers; -0.0 becomes 0.0, which has other bytes."""
    held: list[Num[np.ndarray, "n *k"]] = [rows.target, rows.score, rows.prediction]
    if rows.weight is not None:
        held.append(rows.weight)
    flat = [np.asarray(one, dtype=np.float64).reshape(len(rows), math.prod(one.shape[1:])) + 0.0 for one in held]
    return [np.ascontiguousarray(column) for values in flat for column in values.T]


def _drawn(starts: Int[np.ndarray, " units"], rows: int, generator: np.random.Generator) -> Int[np.ndarray, " _"]:
    """Positions of the rows of as many pieces as there are, drawn with replacement."""
    pieces = generator.integers(len(starts), size=len(starts))
    if len(starts) == rows:
        return pieces
    sizes = np.diff(np.append(starts, rows))[pieces]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(np.repeat(starts[pieces], sizes) + within)


def _quantile(values: Float[np.ndarray, " replicates"], share: float) -> float:
    """The smallest value with at least `share` of all values at or below it; infinite values stay infinite."""
    ordered = np.sort(values)
    return float(ordered[max(0, math.ceil(share * len(ordered)) - 1)])
