"""A second calculation: Fairlearn's MetricFrame with Fairlearn's and scikit-learn's own functions, on the same rows."""

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Shaped

from dlaudit.metrics.evidence import Slices
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.second_table import Second, seconds
from dlaudit.record import OVERALL, CrossCheck, Measurement, Slice

if TYPE_CHECKING:
    from fairlearn.metrics import MetricFrame

LIBRARY = "fairlearn.MetricFrame"
MOST_ROWS = 200_000
"""Rows up to which the second calculation is made unless told otherwise."""
MOST_SLICES, MOST_WORK = 150, 600_000
"""Slices, and rows times comparisons, beyond which intersections are not recomputed: the library calls Python functions
for every slice and converts every row anew for every comparison, a minute where ours takes a second."""


def cross_check(
    rows: ScoredRows, slices: Slices, measurements: Sequence[Measurement], most_rows: int = MOST_ROWS
) -> list[CrossCheck]:
    """For every metric that Fairlearn or scikit-learn has too: how far its values lie from ours, at most.

    Only slices where both sides are defined are compared; the note counts those where the library prints a number for
    an empty denominator.

    Args:
        rows: The rows measured.
        slices: Slices and their atoms.
        measurements: What `measure` made of them.
        most_rows: More rows than these are not recomputed, and the checks say so.
    """
    measured = {(m.metric, m.slice): m for m in measurements}
    names = {m.metric for m in measurements}
    wanted = _wanted(rows, names)
    metrics = [name for second in wanted for name in second.functions]
    if len(rows) > most_rows:
        note = f"not recomputed: {len(rows)} rows are more than {most_rows}"
        return [_check(name, [], note) for name in metrics]
    levels = slice_levels(rows, slices)
    theirs: dict[tuple[str, str], float] = {}
    chosen, left_out = _affordable(_by_features(slices.slices, levels), len(rows))
    for features, members in chosen.items():
        for second in wanted:
            theirs.update(_values(rows, second, {f: levels[f] for f in features}, members))
    pairs: dict[str, list[tuple[Measurement, float]]] = {name: [] for name in metrics}
    for (metric, slice_id), value in theirs.items():
        if (metric, slice_id) in measured:
            pairs[metric].append((measured[metric, slice_id], value))
    note = f"{left_out} slices of intersections were not recomputed, because it would take minutes" if left_out else ""
    return [_check(metric, found, note) for metric, found in pairs.items()]


def _affordable(
    grouped: dict[tuple[str, ...], list[Slice]], rows: int
) -> tuple[dict[tuple[str, ...], list[Slice]], int]:
    """Comparisons that are recomputed, single features always, and the number of slices in the others."""
    chosen: dict[tuple[str, ...], list[Slice]] = {}
    left_out = 0
    for features in sorted(grouped, key=len):
        slices = sum(len(members) for members in chosen.values()) + len(grouped[features])
        if len(features) == 1 or (slices <= MOST_SLICES and rows * (len(chosen) + 1) <= MOST_WORK):
            chosen[features] = grouped[features]
        else:
            left_out += len(grouped[features])
    return chosen, left_out


def slice_levels(rows: ScoredRows, slices: Slices) -> dict[str, Shaped[np.ndarray, " n"]]:
    """The level of every row for each feature that has slices of its own, as text."""
    levels: dict[str, Shaped[np.ndarray, " n"]] = {}
    for place, one in enumerate(slices.slices):
        if len(one.where) == 1:
            ((feature, level),) = one.where.items()
            column = levels.setdefault(feature, np.full(len(rows), "", dtype=object))
            column[slices.member[place][rows.atom]] = level
    return levels


def to_metric_frame(
    rows: ScoredRows, levels: Mapping[str, Shaped[np.ndarray, " n"]], metrics: Sequence[str]
) -> "MetricFrame":
    """A Fairlearn MetricFrame of our metrics by sensitive feature, NaN where they are undefined.

    Its `y_pred` are positions of rows, since a metric may read scores and weights too.

    Args:
        rows: Scored rows.
        levels: Sensitive feature to the level of every row.
        metrics: Names of metrics.

    Raises:
        UsageError: A metric is not known (DLA106).
    """
    from fairlearn.metrics import MetricFrame

    from dlaudit.metrics.measure import value_on
    from dlaudit.metrics.names import ask

    asked, _ = ask(metrics, rows.task, rows.classes)
    positions = np.arange(len(rows))
    functions = {
        one.name: lambda y_true, y_pred, one=one: value_on(one, rows.take(np.asarray(y_pred, dtype=np.int64)))
        for one in asked
    }
    truth = rows.target if rows.target.ndim == 1 else positions
    return MetricFrame(metrics=functions, y_true=truth, y_pred=positions, sensitive_features=_frame(levels))


def _frame(levels: Mapping[str, Shaped[np.ndarray, " n"]]) -> Any:
    import pandas as pd

    return pd.DataFrame({feature: pd.Series(column, dtype=object) for feature, column in levels.items()})


def _by_features(
    slices: Sequence[Slice], levels: Mapping[str, Shaped[np.ndarray, " n"]]
) -> dict[tuple[str, ...], list[Slice]]:
    """Slices by the features of their `where`, as far as those have levels; `overall` stands with the first."""
    grouped: dict[tuple[str, ...], list[Slice]] = {}
    for one in slices:
        features = tuple(sorted(one.where))
        if features and one.kind != "discovered" and all(feature in levels for feature in features):
            grouped.setdefault(features, []).append(one)
    whole = [one for one in slices if one.id == OVERALL]
    for first in list(grouped)[:1]:
        grouped[first] = whole + grouped[first]
    return grouped


def _wanted(rows: ScoredRows, names: set[str]) -> list[Second]:
    """Second calculations of the metrics that were measured."""
    kept = [
        Second(second.truth, second.predicted, {n: f for n, f in second.functions.items() if n in names})
        for second in seconds(rows)
    ]
    return [second for second in kept if second.functions]


def _values(
    rows: ScoredRows, second: Second, levels: Mapping[str, Shaped[np.ndarray, " n"]], members: Sequence[Slice]
) -> dict[tuple[str, str], float]:
    """Metric and slice id to the library's value, NaN where it has none."""
    from fairlearn.metrics import MetricFrame

    weights = {} if rows.weight is None else {"sample_weight": rows.weight}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns about the very cells that the note counts
        frame = MetricFrame(
            metrics=second.functions,
            y_true=second.truth,
            y_pred=second.predicted,
            sensitive_features=_frame(levels),
            sample_params=dict.fromkeys(second.functions, weights),
        )
        return {(name, one.id): _cell(frame, name, one) for name in second.functions for one in members}


def _cell(frame: "MetricFrame", metric: str, one: Slice) -> float:
    if one.id == OVERALL:
        return float(frame.overall[metric])
    key = tuple(one.where[feature] for feature in sorted(one.where))
    column = frame.by_group[metric]
    place = key if len(key) > 1 else key[0]
    return float(column.loc[place]) if place in column.index else math.nan


def _check(metric: str, pairs: Sequence[tuple[Measurement, float]], note: str = "") -> CrossCheck:
    both = [(m.value, value) for m, value in pairs if m.value is not None and math.isfinite(value)]
    invented = sum(1 for m, value in pairs if m.value is None and math.isfinite(value))
    lacking = sum(1 for m, value in pairs if m.value is not None and not math.isfinite(value))
    notes = [note] if note else []
    if invented:
        notes.append(f"in {_slices(invented)} the library prints a number for what is undefined")
    if lacking:
        notes.append(f"in {_slices(lacking)} only the library has no value")
    return CrossCheck(
        library=LIBRARY,
        metric=metric,
        cells=len(pairs),
        defined=len(both),
        largest_difference=max((abs(ours - value) for ours, value in both), default=None),
        note="; ".join(notes),
    )


def _slices(number: int) -> str:
    return "1 slice" if number == 1 else f"{number} slices"
