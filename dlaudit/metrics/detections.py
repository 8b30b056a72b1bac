"""Average precision of a file of detections: rows are what was detected, and the objects that nothing detected."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped
from scipy.special import expit, logit
from scipy.stats import t as student

from dlaudit.marking import N_
from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.registry import NO_INTERVAL, Interval, Undefined, metric
from dlaudit.metrics.rows import ScoredRows

MISSED = 0.0
"""Score of an object that nothing detected; a detection has a higher one."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Precision at the score of every row, and what it moves by."""

    objects: float
    """Weight of all objects, missed ones included."""
    object: Float[np.ndarray, " n"]
    """Weight of each row that is an object, else 0."""
    precision: Float[np.ndarray, " n"]
    """Precision of the detections of at least the row's score; 0 for missed objects."""
    moved: Float[np.ndarray, " n"]
    """What a unit of weight of the row adds to the sum of precisions of all objects, besides its own."""

    @property
    def area(self) -> float:
        """Average precision."""
        return float((self.object * self.precision).sum() / self.objects)


def curve_of(rows: ScoredRows) -> Curve:
    """Precision by score. Detections of equal score come in at once.

    Raises:
        Undefined: There are no objects.
    """
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    true = weight * rows.target
    if not true.sum() > 0:
        raise Undefined("no objects in this slice")
    score = rows.score[:, 0]
    levels, at = np.unique(-score, return_inverse=True)  # the highest score first
    found, said = (np.cumsum(np.bincount(at, each, len(levels))) for each in (true, weight))
    detected = (-levels > MISSED) & (said > 0)
    precision = np.divide(found, said, out=np.zeros(len(levels)), where=detected)
    here = np.bincount(at, true, len(levels)) * detected
    share = np.divide(here, said, out=np.zeros(len(levels)), where=detected)
    # a row counts in the precision at its own score and at every lower one
    up, down = (np.cumsum(one[::-1])[::-1] for one in (share, share * precision))
    moved = np.where(detected[at], rows.target * up[at] - down[at], 0.0)
    return Curve(objects=float(true.sum()), object=true, precision=precision[at], moved=moved)


def area_interval(rows: ScoredRows, level: float) -> Interval:
    """Interval of average precision on the logit scale, by the variance between units of its linear influence.

    The influence is the derivative by the weight of a row (infinitesimal jackknife, Jaeckel 1972), summed within units;
    Student's quantile has their number less one. Asymptotic. Not defined at 0 and 1.
    """
    try:
        curve = curve_of(rows)
    except Undefined:
        return NO_INTERVAL
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    own = rows.target * (curve.precision - curve.area)
    variance, units = between_units(weight * (own + curve.moved) / curve.objects, _units(rows))
    if units < 2 or not 0 < curve.area < 1 or not variance > 0:
        return NO_INTERVAL
    reach = student.ppf((1 + level) / 2, units - 1) * np.sqrt(variance) / (curve.area * (1 - curve.area))
    low, high = expit(logit(curve.area) + reach * np.array([-1.0, 1.0]))
    return Interval(float(low), float(high), "logit_influence", "asymptotic", float(units - 1))


def _units(rows: ScoredRows) -> Shaped[np.ndarray, "n *sides"]:
    return np.arange(len(rows)) if rows.unit is None else rows.unit


@metric(
    "detection_average_precision",
    task="binary",
    needs="rows",
    better="higher",
    formula="sum over distinct scores above 0, highest first: precision from there up x objects found there / objects",
    undefined="no objects",
    aliases=("AP",),
    meaning=N_(
        "How precise detections are, averaged over the objects. Objects that were missed have label 1 and score 0."
    ),
    interval=area_interval,
    robust_interval=area_interval,
)
def detection_average_precision(rows: ScoredRows) -> float:
    """The area under precision and recall, without interpolation; missed objects count in the recall only.

    Where no object has the score 0 it is scikit-learn's `average_precision_score`; detection suites that take the
    highest precision at any higher recall (PASCAL VOC, COCO) give somewhat higher numbers.
    """
    return curve_of(rows).area
