"""Metrics that need the rows of a slice, not only counts: one call per slice, with its own interval or a bootstrap."""

import math

from dlaudit.metrics.bootstrap import bootstrap_interval, in_content_order
from dlaudit.metrics.evidence import NO_ROWS, Evidence, Found, clipped, undefined
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.registry import Metric, Undefined
from dlaudit.metrics.rows import ScoredRows


def find_by_rows(asked: Asked, evidence: Evidence) -> list[Found]:
    """The metric on every slice; it is of kind `rows`."""
    return [_found(asked.metric, evidence.rows_of(place), evidence.level) for place in evidence.places]


def _found(metric: Metric, rows: ScoredRows, level: float) -> Found:
    if len(rows) == 0:
        return undefined(NO_ROWS)
    if rows.weight is not None and not rows.weight.any():
        return undefined("all rows of this slice have weight 0", len(rows))
    rows = in_content_order(rows)[0]  # sums of floats then have the same bits for every order of the file
    try:
        value = float(metric.function(rows))
    except Undefined as reason:
        return undefined(str(reason), len(rows))
    if not math.isfinite(value):
        return undefined(f"{metric.undefined} in this slice", len(rows))
    if metric.interval is not None and rows.unit is None and rows.weight is None:
        interval = metric.interval(rows, level)
    else:
        interval = bootstrap_interval(lambda drawn: value_or_nan(metric, drawn), rows, level)
    return Found(value=value, interval=clipped(interval, metric.span), n=len(rows))


def value_or_nan(metric: Metric, rows: ScoredRows) -> float:
    """The metric of those rows, NaN where it is undefined."""
    try:
        return float(metric.function(rows))
    except Undefined:
        return math.nan
