"""Whether a model would do much better under another scaling of its inputs, or another order of its classes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import linear_sum_assignment
from scipy.special import ndtr

from dlaudit.metrics.against_rows import spread, valued
from dlaudit.metrics.names import ask
from dlaudit.metrics.rows import ScoredRows
from dlaudit.stats.paired import paired_test

ALPHA = 0.001
"""Error rate of each look: there are two of them."""
AREA, SHARE = 0.05, 0.02
"""Smallest gain in AUC, and in accuracy, that is told."""
MUCH = 0.1
"""Smallest gain of another order of classes, and of the labels of other rows."""
FEWEST = 20
"""Rows under which no shift is looked for."""


@dataclass(frozen=True, kw_only=True)
class Better:
    """Something that would do better on the same rows."""

    name: str
    """What would."""
    metric: str
    """`auc` or `accuracy`."""
    now: float
    """The metric as it is."""
    then: float
    """The metric with it."""
    rows: int
    """Rows compared."""


def better_scaling(rows: ScoredRows, others: Mapping[str, Float[np.ndarray, "n k"]]) -> Better | None:
    """The scaling with the highest AUC (binary) or accuracy (multiclass), where it gains a lot and more than chance.

    Both on the same rows: DeLong's paired test, or the exact paired test, at .001 shared among the scalings. Thresholds
    do not matter to the AUC, so that a scaling that only moves all scores is not told. None for other tasks.

    Args:
        rows: Rows as they were scored.
        others: Scaling to the scores of the same rows under it; scalings with a score that is not finite are left out.
    """
    usable = {name: scores for name, scores in others.items() if bool(np.isfinite(scores).all())}
    if rows.task not in {"binary", "multiclass"} or not usable or len(rows) < 2:
        return None
    made = {name: replace(rows, score=scores, prediction=_predicted(rows, scores)) for name, scores in usable.items()}
    judge = _by_area if rows.task == "binary" else _by_accuracy
    found = [one for name, other in made.items() if (one := judge(name, rows, other, ALPHA / len(usable))) is not None]
    return max(found, key=lambda one: one.then, default=None)


def better_order(rows: ScoredRows) -> tuple[Better, list[int]] | None:
    """Another order of the classes that predicts far better, and for each output the class it would stand for.

    The order is chosen on every other row and judged on the rest by the exact paired test at .001, so that choosing
    among so many orders costs nothing. None for tasks that are not multiclass, and where none gains a tenth.
    """
    if rows.task != "multiclass" or rows.unit is not None or len(rows) < 4:
        return None
    truth, predicted = rows.target.astype(np.int64), rows.prediction.astype(np.int64)
    classes = rows.score.shape[1]
    table = np.zeros((classes, classes))
    np.add.at(table, (predicted[::2], truth[::2]), 1)
    order = linear_sum_assignment(-table)[1]
    right, then = predicted[1::2] == truth[1::2], order[predicted[1::2]] == truth[1::2]
    gained, lost, n = int((then & ~right).sum()), int((right & ~then).sum()), len(right)
    if (gained - lost) / n < MUCH or not paired_test(gained, lost, n, 0.0, ALPHA).rejected:
        return None
    better = Better(
        name="another order of the classes",
        metric="accuracy",
        now=float(right.mean()),
        then=float(then.mean()),
        rows=n,
    )
    return better, [int(one) for one in order]


def better_shift(rows: ScoredRows) -> tuple[Better, int] | None:
    """By how many rows the labels seem to be shifted, where those of the row before or after are predicted far better.

    Gains of a tenth in AUC (binary) or accuracy (multiclass), at .001 shared by both directions: by DeLong's variances,
    their dependence taken at its worst, or the exact paired test. None for other tasks, and for people with several
    rows, whose neighbouring rows are alike.
    """
    if rows.task not in {"binary", "multiclass"} or rows.unit is not None or len(rows) < FEWEST:
        return None
    found = [(one, by) for by in (1, -1) if (one := _of_neighbours(rows, by)) is not None]
    return max(found, key=lambda one: one[0].then, default=None)


def _of_neighbours(rows: ScoredRows, by: int) -> Better | None:
    """What the labels of the rows `by` places before would come to."""
    name, target = f"the labels of the row {'before' if by > 0 else 'after'}", np.roll(rows.target, by)
    if rows.task == "multiclass":
        right, then = rows.prediction == rows.target, rows.prediction == target
        commonest = target == np.bincount(target.astype(np.int64)).argmax()
        if not all(_far_above(then, one) for one in (right, commonest)):
            return None
        return Better(name=name, metric="accuracy", now=float(right.mean()), then=float(then.mean()), rows=len(rows))
    plain = replace(rows, weight=None)
    now, then_area = (_area(one) for one in (plain, replace(plain, target=target)))
    gain = then_area[0] - max(now[0], 0.5)  # labels the wrong way round are no better than chance in other rows
    if math.isnan(gain) or gain < MUCH:
        return None
    variance = 2 * (now[1] + then_area[1])  # of a difference, however the two are related
    if not variance > 0 or float(ndtr(-gain / math.sqrt(variance))) > ALPHA / 2:
        return None
    return Better(name=name, metric="auc", now=now[0], then=then_area[0], rows=len(rows))


def _far_above(then: Bool[np.ndarray, " n"], now: Bool[np.ndarray, " n"]) -> bool:
    gained, lost, n = int((then & ~now).sum()), int((now & ~then).sum()), len(then)
    return (gained - lost) / n >= MUCH and paired_test(gained, lost, n, 0.0, ALPHA / 2).rejected


def _area(rows: ScoredRows) -> tuple[float, float]:
    """AUC and its variance by DeLong's formula."""
    found = valued(ask(["auc"], rows.task, rows.classes)[0][0], rows, np.ones(len(rows), dtype=bool))
    variance, _ = spread(found.influence, rows, (rows.target == 1, rows.target == 0))
    return found.value, variance


def _predicted(rows: ScoredRows, scores: Float[np.ndarray, "n k"]) -> np.ndarray:
    if rows.task == "multiclass":
        return np.asarray(np.argmax(scores, axis=1))
    return np.asarray(scores[:, 0] >= (rows.threshold or 0.0)).astype(np.int64)


def _by_area(name: str, rows: ScoredRows, other: ScoredRows, alpha: float) -> Better | None:
    asked = ask(["auc"], rows.task, rows.classes)[0][0]
    whole = np.ones(len(rows), dtype=bool)
    plain = [replace(one, weight=None) for one in (rows, other)]
    now, then = (valued(asked, one, whole) for one in plain)
    gain = then.value - now.value
    if math.isnan(gain) or gain < AREA:
        return None
    classes = rows.target == 1, rows.target == 0
    variance, _ = spread(then.influence - now.influence, plain[0], classes)
    if not variance > 0 or float(ndtr(-gain / math.sqrt(variance))) > alpha:
        return None
    return Better(name=name, metric="auc", now=now.value, then=then.value, rows=len(rows))


def _by_accuracy(name: str, rows: ScoredRows, other: ScoredRows, alpha: float) -> Better | None:
    right, then = rows.prediction == rows.target, other.prediction == rows.target
    gained, lost = int((then & ~right).sum()), int((right & ~then).sum())
    if (gained - lost) / len(rows) < SHARE or not paired_test(gained, lost, len(rows), 0.0, alpha).rejected:
        return None
    return Better(name=name, metric="accuracy", now=float(right.mean()), then=float(then.mean()), rows=len(rows))


def same_everywhere(score: Float[np.ndarray, "n k"]) -> bool:
    """Whether every row has the same scores, to rounding."""
    return len(score) > 1 and bool((np.ptp(score, axis=0) <= 1e-6 * np.maximum(1.0, np.abs(score).max(axis=0))).all())


def saturated(score: Float[np.ndarray, "n k"]) -> float:
    """Share of rows whose probabilities are all within 1e-6 of 0 or 1."""
    near: Sequence[bool] | np.ndarray = (np.minimum(score, 1 - score) < 1e-6).all(axis=1)
    return float(np.mean(near)) if len(score) else 0.0
