"""The metric table: what a metric is, and the registry that holds them.

A metric is one short function. What it is given depends on `needs`:

=============  ==============================================================  =====================================
needs          given                                                           returns
=============  ==============================================================  =====================================
confusion      `Confusion`: TP, FP, FN, TN of every slice                      `Ratio`, `MeanOf` or `Mapped`
table          the C x C totals of every slice, `[slices, truth, predicted]`;  the same, or `CellValue`
               multilabel: whole rows right at [1, 1], others at [1, 0]
mean           the mean of `variable` (counts.py) in one slice, a float        an increasing function of it
rows           `ScoredRows` of one slice                                       a number; NaN, or raises Undefined
=============  ==============================================================  =====================================

All but the last follow from counts, however many rows there are. A `rows` metric reads the rows themselves; where they
do not fit in memory it is not applicable, unless it says with `from_counts` how far counts determine it.

Slices, intervals, disparities, the gate and the report follow from the registration alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Shaped

from dlaudit.metrics.counts import Counts
from dlaudit.metrics.rows import ScoredRows
from dlaudit.registry import Registry


class Undefined(Exception):
    """Raised by a `rows` metric that has no value on a slice; its text says why."""


Needs = Literal["confusion", "table", "mean", "rows"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Interval:
    """The ends of an interval (None where it is unbounded or not defined) and how it was computed."""

    low: float | None = None
    high: float | None = None
    method: str | None = None
    guarantee: str | None = None
    freedom: float | None = None
    """Degrees of freedom where the ends rest on Student's quantile: at another level it is another multiple."""


NO_INTERVAL = Interval()
"""Where an interval is not defined: a single row, rows that are all alike."""


@dataclass(frozen=True)
class Confusion:
    """True and false positives and negatives of every slice: rows, sums of weights or sums of squared weights."""

    tp: Shaped[np.ndarray, " slices"]
    fp: Shaped[np.ndarray, " slices"]
    fn: Shaped[np.ndarray, " slices"]
    tn: Shaped[np.ndarray, " slices"]


@dataclass(frozen=True)
class Ratio:
    """A share of rows: a conditional binomial, given its denominator. Undefined where the denominator is 0."""

    numerator: Shaped[np.ndarray, " slices"]
    denominator: Shaped[np.ndarray, " slices"]


@dataclass(frozen=True)
class MeanOf:
    """The plain mean of shares of disjoint sets of rows; undefined where one of them is."""

    parts: tuple[Ratio, ...]


@dataclass(frozen=True)
class Mapped:
    """An increasing function of a share, whose interval is the share's with its ends mapped."""

    ratio: Ratio
    increasing: Callable[[float], float]


@dataclass(frozen=True)
class CellValue:
    """Any other number of one table of cells; its interval is a bootstrap of the cells."""

    function: Callable[[Float[np.ndarray, "samples truth predicted"]], Float[np.ndarray, " samples"]]
    """The number of every table (rows or sums of weights); NaN where undefined."""


Form = Ratio | MeanOf | Mapped | CellValue


@dataclass(frozen=True)
class FromCounts:
    """A metric of rows as far as counts determine it."""

    value: float
    """Its value."""
    interval: Interval
    """Its interval, which allows for `within`."""
    n: int
    """Rows that it rests on."""
    within: float = 0.0
    """The metric of the rows themselves lies within this distance of `value`."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A named function of labels and scores on one slice, and what must be known to read it."""

    name: str
    """As in `metrics.report` and in rules."""
    tasks: tuple[str, ...]
    """Tasks that it is defined for."""
    needs: Needs
    """What its function is given."""
    better: Better | None
    """Which way is better for everybody; None where that depends on who is asked."""
    formula: str
    """How it is computed."""
    undefined: str
    """Why it has no value where it has none, as `no positives`."""
    meaning: str
    """One sentence for a reader who does not know it."""
    aliases: tuple[str, ...]
    """Other names of the same formula, explained in the report."""
    function: Callable[..., Any]
    """The metric itself."""
    span: tuple[float, float]
    """Least and largest value that it can take."""
    probabilities: bool
    """Whether it speaks of probabilities only."""
    variable: str | None
    """Of a `mean` metric: the number of each row that is averaged."""
    interval: Callable[[ScoredRows, float], Interval] | None
    """Of a `rows` metric: its own interval at a level, for independent rows without weights; else a bootstrap."""

    robust_interval: Callable[[ScoredRows, float], Interval] | None = None
    """Of a `rows` metric: its own interval where rows have weights or share units; else a bootstrap."""
    joined: Callable[[ScoredRows, ScoredRows], ScoredRows] | None = None
    """Of a `rows` metric that also reads rows outside the slice: those it is given, from the slice's and the others."""
    from_counts: Callable[[Counts, int, float], FromCounts] | None = None
    """Of a `rows` metric: how it follows from counts, for where no rows were kept. It is given the counts of the slice
    at 0 and of all other rows at 1, the position of the class or label, and the level; it may raise Undefined."""
    placed: bool = False
    """Of a `rows` metric: whether it is one per class or label where a task has those; its rows are then those of a
    binary task, the class or label against the rest."""
    weighted: bool = True
    """Whether it heeds row weights."""

    def each(self, task: str) -> str | None:
        """`class` or `label` where the metric of that task is one per class or label, else None."""
        if self.needs != "confusion" and not self.placed:
            return None
        return {"multilabel": "label", "multiclass": "class"}.get(task)


METRICS: Registry[Metric] = Registry("metric")
"""Every metric by name, in the order in which `dlaudit list metrics` shows them."""

DEFAULTS: dict[str, list[str]] = {
    "binary": [
        "prevalence",
        "selection_rate",
        "true_positive_rate",
        "false_positive_rate",
        "calibration_in_the_large",
        "auc",
        "true_negative_rate",
        "false_negative_rate",
        "accuracy",
        "precision",
        "mean_score",
    ],
    "multiclass": ["recall", "log_loss", "prevalence", "accuracy", "macro_recall", "precision", "selection_rate"],
    "multilabel": [
        "true_positive_rate",
        "false_positive_rate",
        "prevalence",
        "selection_rate",
        "accuracy",
        "hamming_loss",
    ],
    "regression": ["mean_error", "mean_absolute_error", "root_mean_squared_error", "mean_prediction"],
}
"""What is measured where nothing is named, shown first first (docs: method, defaults by task)."""


def metric(
    name: str,
    *,
    task: str | tuple[str, ...],
    needs: Needs,
    better: Better | None,
    formula: str,
    undefined: str,
    meaning: str,
    aliases: tuple[str, ...] = (),
    span: tuple[float, float] = (0.0, 1.0),
    probabilities: bool = False,
    variable: str | None = None,
    **row_data: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that registers a function as the metric `name`; the arguments are those of `Metric`.

    `row_data` takes what only a `rows` metric has: `interval`, `robust_interval`, `joined`, `from_counts`, `placed`.
    """

    def registered(function: Callable[..., Any]) -> Callable[..., Any]:
        METRICS.add(
            name,
            Metric(
                name=name,
                tasks=(task,) if isinstance(task, str) else task,
                needs=needs,
                better=better,
                formula=formula,
                undefined=undefined,
                meaning=meaning,
                aliases=aliases,
                function=function,
                span=span,
                probabilities=probabilities,
                variable=variable,
                **{"interval": None, **row_data},
            ),
        )
        return function

    return registered


def confusion(cells: Shaped[np.ndarray, "slices tables truth predicted"], task: str, place: int) -> Confusion:
    """The 2 x 2 table of a binary task, of one label, or of one class against the rest.

    Args:
        cells: Totals of every slice.
        task: What the model predicts.
        place: Position of the label or class; not read for a binary task.
    """
    if task != "multiclass":
        table = cells[:, place if task == "multilabel" else 0]
        return Confusion(tp=table[:, 1, 1], fp=table[:, 0, 1], fn=table[:, 1, 0], tn=table[:, 0, 0])
    table = cells[:, 0]
    tp = table[:, place, place]
    fn = table[:, place, :].sum(axis=1) - tp
    fp = table[:, :, place].sum(axis=1) - tp
    return Confusion(tp=tp, fp=fp, fn=fn, tn=table.sum(axis=(1, 2)) - tp - fn - fp)
