"""Metrics of the order of scores: AUC within a slice, and of a slice against everyone else."""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from dlaudit.marking import N_
from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.counts import Counts
from dlaudit.metrics.registry import NO_INTERVAL, FromCounts, Interval, Undefined, metric
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.auc import AucInterval, auc_interval
from dlaudit.stats.auc import auc as area
from dlaudit.stats.auc_binned import binned_auc_interval
from dlaudit.stats.auc_effective import auc_parts, clustered_auc_interval, weighted_auc_interval

TASKS = ("binary", "multiclass", "multilabel")


def _interval(found: AucInterval, freedom: float | None = None) -> Interval:
    if not np.isfinite(found.low):
        return NO_INTERVAL
    return Interval(found.low, found.high, found.method, "asymptotic", freedom)


def _plain_interval(rows: ScoredRows, level: float) -> Interval:
    return _interval(auc_interval(rows.score[:, 0], rows.target, level))


def _robust_interval(rows: ScoredRows, level: float) -> Interval:
    """Of rows that have weights (Kish's effective numbers) or share units (variance between units)."""
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    rows = rows.take(weight > 0)
    score, weight = rows.score[:, 0], weight[weight > 0]
    if rows.unit is None:
        return _interval(weighted_auc_interval(score, rows.target, weight, level))
    units = between_units(auc_parts(score, rows.target, weight).influence, rows.unit)
    return _interval(clustered_auc_interval(score, rows.target, weight, units, level), float(units[1] - 1))


def _value(rows: ScoredRows, positives: str, negatives: str) -> float:
    held = rows.target if rows.weight is None else rows.target[rows.weight > 0]
    for label, name in ((1, positives), (0, negatives)):
        if not (held == label).any():
            raise Undefined(name)
    return float(area(rows.score[:, 0], rows.target, rows.weight))


def _binned(negative: Int[np.ndarray, " bins"], positive: Int[np.ndarray, " bins"], level: float) -> FromCounts:
    found, within = binned_auc_interval(negative, positive, level)
    return FromCounts(found.value, _interval(found), int(negative.sum() + positive.sum()), within)


def _bars(sides: Counts, place: int, side: int, label: int, name: str) -> Int[np.ndarray, " bins"]:
    """Rows by score of the slice (side 0) or of all others (1) that have the label."""
    assert sides.histograms is not None and sides.row_weights is None, "only plain rows are counted by score"
    bars = np.asarray(sides.histograms[side, place, label])
    if not bars.any():
        raise Undefined(f"no {name}")
    return bars


HERE = ("no positives in this slice", "no negatives in this slice")
POSITIVES_HERE, NEGATIVES_HERE = (text.removeprefix("no ") for text in HERE)
POSITIVES_OUTSIDE, NEGATIVES_OUTSIDE = "positives outside this slice", "negatives outside this slice"


def _auc_from_counts(sides: Counts, place: int, level: float) -> FromCounts:
    positive = _bars(sides, place, 0, 1, POSITIVES_HERE)
    return _binned(_bars(sides, place, 0, 0, NEGATIVES_HERE), positive, level)


@metric(
    "auc",
    task=TASKS,
    needs="rows",
    better="higher",
    formula="P(score of a positive > score of a negative) + P(equal) / 2",
    undefined="no positives or no negatives",
    aliases=("ROC AUC", "C statistic"),
    meaning=N_("Share of pairs of a positive and a negative in which the positive has the higher score."),
    interval=_plain_interval,
    robust_interval=_robust_interval,
    from_counts=_auc_from_counts,
    placed=True,
)
def auc(rows: ScoredRows) -> float:
    """The area under the ROC curve, as a share of pairs (Mann & Whitney 1947)."""
    return _value(rows, *HERE)


def _with_positives_outside(own: ScoredRows, others: ScoredRows) -> ScoredRows:
    return _stacked(own.take(own.target == 0), others.take(others.target == 1))


def _bpsn_from_counts(sides: Counts, place: int, level: float) -> FromCounts:
    positive = _bars(sides, place, 1, 1, POSITIVES_OUTSIDE)
    return _binned(_bars(sides, place, 0, 0, NEGATIVES_HERE), positive, level)


@metric(
    "bpsn_auc",
    task=TASKS,
    needs="rows",
    better="higher",
    formula="P(score of a positive outside > score of a negative of the slice) + P(equal) / 2",
    undefined="no negatives in this slice or no positives outside it",
    aliases=("background positive, subgroup negative AUC",),
    meaning=N_("Low where the slice's negatives score above everyone else's positives: false alarms hit the slice."),
    interval=_plain_interval,
    robust_interval=_robust_interval,
    joined=_with_positives_outside,
    from_counts=_bpsn_from_counts,
    placed=True,
)
def bpsn_auc(rows: ScoredRows) -> float:
    """AUC of the slice's negatives and everyone else's positives (Borkan et al. 2019, DOI 10.1145/3308560.3317593)."""
    return _value(rows, f"no {POSITIVES_OUTSIDE}", f"no {NEGATIVES_HERE}")


def _with_negatives_outside(own: ScoredRows, others: ScoredRows) -> ScoredRows:
    return _stacked(own.take(own.target == 1), others.take(others.target == 0))


def _bnsp_from_counts(sides: Counts, place: int, level: float) -> FromCounts:
    positive = _bars(sides, place, 0, 1, POSITIVES_HERE)
    return _binned(_bars(sides, place, 1, 0, NEGATIVES_OUTSIDE), positive, level)


@metric(
    "bnsp_auc",
    task=TASKS,
    needs="rows",
    better="higher",
    formula="P(score of a positive of the slice > score of a negative outside) + P(equal) / 2",
    undefined="no positives in this slice or no negatives outside it",
    aliases=("background negative, subgroup positive AUC",),
    meaning=N_("Low where the slice's positives score below everyone else's negatives: the slice is overlooked."),
    interval=_plain_interval,
    robust_interval=_robust_interval,
    joined=_with_negatives_outside,
    from_counts=_bnsp_from_counts,
    placed=True,
)
def bnsp_auc(rows: ScoredRows) -> float:
    """AUC of the slice's positives and everyone else's negatives (Borkan et al. 2019, DOI 10.1145/3308560.3317593)."""
    return _value(rows, f"no {POSITIVES_HERE}", f"no {NEGATIVES_OUTSIDE}")


def _stacked(first: ScoredRows, second: ScoredRows) -> ScoredRows:
    """Both sets of rows as one."""
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("atom", "target", "score", "prediction", "weight", "unit")
        if getattr(first, name) is not None
    }
    return replace(first, **joined)
