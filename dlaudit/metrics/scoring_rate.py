"""The scoring rate: who scores above the median of everybody, as rules on tools that score ask for."""

from dataclasses import replace

import numpy as np

from dlaudit.marking import N_
from dlaudit.metrics.registry import Undefined, metric
from dlaudit.metrics.rows import ScoredRows


def _above_the_median(own: ScoredRows, others: ScoredRows) -> ScoredRows:
    """The slice's rows, predicted positive where they score strictly above the median of all rows."""
    median = np.median(np.concatenate([own.score[:, 0], others.score[:, 0]]))
    return replace(own, prediction=(own.score[:, 0] > median).astype(np.int64))


@metric(
    "scoring_rate",
    task="binary",
    needs="rows",
    better=None,
    formula="rows with a score above the median of all rows / N",
    undefined="no rows",
    aliases=("scoring rate of 6 RCNY § 5-300",),
    meaning=N_("Share of rows whose score lies above the median score of all rows, whatever the threshold."),
    joined=_above_the_median,
)
def scoring_rate(rows: ScoredRows) -> float:
    """Share of the slice that scores strictly above the median of the whole sample (6 RCNY § 5-301 c).

    In the median every row counts once; row weights count in the share alone.
    """
    if len(rows) == 0:
        raise Undefined("no rows in this slice")
    return float(np.average(rows.prediction, weights=rows.weight))
