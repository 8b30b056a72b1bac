"""How many rows a metric would count, before any model has been run: from labels and supposed rates."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from dlaudit.metrics.names import metric_named
from dlaudit.metrics.registry import Confusion, Metric, Ratio

UNKNOWN_RATE = 0.5
"""Rate supposed where none is given: a share varies most there."""


def expected_denominators(
    name: str, positives: Float[np.ndarray, " slices"], rows: Int[np.ndarray, " slices"], rates: Mapping[str, float]
) -> Int[np.ndarray, " slices"] | str:
    """The rows below the line of a share in each slice, rounded; or why the metric cannot be planned.

    Of a class or label, the rows of that class are its positives. Rows that depend on predictions (of precision) are
    what `rates` leads one to expect: `true_positive_rate` and `false_positive_rate`, else `selection_rate` for both,
    else one half.

    Args:
        name: Metric, as a rule names it.
        positives: Truly positive rows of each slice, known or expected.
        rows: Rows of each slice.
        rates: Metric name to supposed rate.

    Raises:
        UsageError: The metric is not known (DLA106).
    """
    metric = metric_named(name)
    if metric.needs not in {"confusion", "table"}:
        return "it is no share of counted rows"
    tp, fp = positives * _rate(rates, "true_positive_rate"), (rows - positives) * _rate(rates, "false_positive_rate")
    made = _made(metric, Confusion(tp=tp, fp=fp, fn=positives - tp, tn=rows - positives - fp))
    if not isinstance(made, Ratio):
        return "it is no single share of counted rows"
    return np.asarray(np.round(made.denominator.astype(float)), dtype=np.int64)


def has_fixed_rows(name: str) -> bool:
    """Whether the metric is one share whose rows are the same whatever a model predicts, as the true positive rate.

    Args:
        name: Metric, as a rule names it.

    Raises:
        UsageError: The metric is not known (DLA106).
    """
    counts = np.array([300.0]), np.array([1000])
    few, many = (expected_denominators(name, *counts, {"selection_rate": rate}) for rate in (0.2, 0.7))
    return not isinstance(few, str) and not isinstance(many, str) and bool((few == many).all())


def _rate(rates: Mapping[str, float], name: str) -> float:
    return rates.get(name, rates.get("selection_rate", UNKNOWN_RATE))


def _made(metric: Metric, cells: Confusion) -> object:
    if metric.needs == "confusion":
        return metric.function(cells)
    return metric.function(np.stack([np.stack([cells.tn, cells.fp], 1), np.stack([cells.fn, cells.tp], 1)], 1))
