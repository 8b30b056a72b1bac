"""Metrics that need the rows of a slice, not only counts: one call per slice, with its own interval or a bootstrap."""

import math
from dataclasses import replace

import numpy as np

from dlaudit.metrics.bootstrap import bootstrap_interval, in_content_order
from dlaudit.metrics.counted_scores import is_output
from dlaudit.metrics.evidence import NO_ROWS, Evidence, Found, clipped, undefined
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.registry import Interval, Metric, Undefined
from dlaudit.metrics.rows import ScoredRows


def find_by_rows(asked: Asked, evidence: Evidence) -> list[Found]:
    """The metric on every slice; it is of kind `rows`. Without rows it comes from counts, as far as they determine it.

    Args:
        asked: The metric, and the class or label that it is of.
        evidence: Counts and rows.
    """
    if evidence.rows is None:
        return [_from_counts(asked, evidence, place) for place in evidence.places]
    return [_found(asked.metric, _rows_read(asked, evidence, place), evidence, place) for place in evidence.places]


def value_or_nan(metric: Metric, rows: ScoredRows) -> float:
    """The metric of those rows, NaN where it is undefined."""
    try:
        return float(metric.function(rows))
    except Undefined:
        return math.nan


def of_place(asked: Asked, rows: ScoredRows) -> ScoredRows:
    """The rows as those of a binary task, one class or label against the rest; unchanged where the metric is of all."""
    if rows.task not in ("multiclass", "multilabel") or not asked.metric.placed:
        return rows
    place = asked.place
    chosen = rows.prediction[:, place] if rows.task == "multilabel" else rows.prediction == place
    return replace(
        rows,
        target=is_output(rows, place).astype(np.int64),
        score=rows.score[:, [place]],
        prediction=chosen.astype(np.int64),
        task="binary",
        classes=("others", rows.classes[place]),
    )


def _rows_read(asked: Asked, evidence: Evidence, place: int) -> ScoredRows:
    """What the metric reads of a slice: its rows, or also rows of others."""
    own = of_place(asked, evidence.rows_of(place))
    if asked.metric.joined is None or len(own) == 0:
        return own
    return asked.metric.joined(own, of_place(asked, evidence.others_of(place)))


def _found(metric: Metric, rows: ScoredRows, evidence: Evidence, place: int) -> Found:
    if evidence.size(place) == 0:
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
    return Found(value=value, interval=clipped(_interval(metric, rows, evidence.level), metric.span), n=len(rows))


def _interval(metric: Metric, rows: ScoredRows, level: float) -> Interval:
    plain = rows.unit is None and rows.weight is None
    own = metric.interval if plain else metric.robust_interval
    if own is not None:
        return own(rows, level)
    return bootstrap_interval(lambda drawn: value_or_nan(metric, drawn), rows, level)


def _from_counts(asked: Asked, evidence: Evidence, place: int) -> Found:
    metric = asked.metric
    assert metric.from_counts is not None, f"{asked.name} was asked of counts alone"
    if evidence.size(place) == 0:
        return undefined(NO_ROWS)
    try:
        found = metric.from_counts(evidence.sides_of(place), asked.place, evidence.level)
    except Undefined as reason:
        return undefined(str(reason), evidence.size(place))
    interval = clipped(found.interval, metric.span)
    return Found(value=found.value, interval=interval, n=found.n, within=found.within)
