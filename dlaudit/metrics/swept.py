"""Threshold sweeps: the largest gap of a rate over all thresholds, with what chance alone would show."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from dlaudit.metrics.histograms import Histograms
from dlaudit.record import Estimate, Slice, ThresholdSweep
from dlaudit.slices.make import Comparison
from dlaudit.stats.sweeps import critical_gap, largest_gap, shares_above

TOO_FEW = "fewer than two slices have a value"
ROWS_OF: dict[str, Callable[[Int[np.ndarray, "slices 2 bins"]], Int[np.ndarray, "slices bins"]]] = {
    "selection_rate": lambda counts: counts.sum(axis=1),
    "true_positive_rate": lambda counts: counts[:, 1],
    "false_positive_rate": lambda counts: counts[:, 0],
}
"""Rates that follow from scores at every threshold, and the rows that each is a share of."""


def sweeps(
    h: Histograms, slices: Sequence[Slice], comparisons: Sequence[Comparison], level: float
) -> list[ThresholdSweep]:
    """The sweep of every rate over the slices of every comparison, for every output.

    Thresholds are the edges of the histogram's fine bins, the operating one among them. Slices without a row of the
    rate are left out; with fewer than two others it is undefined.

    Args:
        h: Histograms of slices.
        slices: Those slices, in the same order.
        comparisons: Which of them are compared, as positions in `slices`.
        level: Confidence level.
    """
    return [
        ThresholdSweep(
            metric=metric,
            output=output,
            by=list(one.by),
            **_found(h, rows_of(h.counts[one.slices, place]), [slices[at].id for at in one.slices], level),
        )
        for place, output in enumerate(h.outputs)
        for one in comparisons
        for metric, rows_of in ROWS_OF.items()
    ]


def _found(h: Histograms, counts: Int[np.ndarray, "slices bins"], ids: list[str], level: float) -> dict[str, Any]:
    """The largest gap between these slices, where it is, and what chance alone would show."""
    rows = counts.sum(axis=1)
    held = np.flatnonzero(rows)
    if len(held) < 2:
        return {"largest": Estimate(undefined=TOO_FEW, level=level, n=int(rows.sum())), "threshold": None}
    found = largest_gap(shares_above(counts[held]), rows[held], level)
    apart = found.largest > 0
    return {
        "largest": Estimate(
            value=found.largest,
            low=found.low,
            high=found.high,
            level=level,
            n=int(rows.sum()),
            method="dkw_massart",
            guarantee="finite-sample",
        ),
        "threshold": float(h.edges[found.at]) if apart else None,
        "worst": ids[held[found.lower]] if apart else None,
        "reference": ids[held[found.upper]] if apart else None,
        "critical": critical_gap(rows[held], level),
    }
