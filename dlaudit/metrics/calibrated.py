"""Calibration of every slice: reliability bin by bin, and the squared calibration error freed of small bins' bias."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from dlaudit.metrics.histograms import Histograms
from dlaudit.record import Calibration, CalibrationBin, Estimate, Slice
from dlaudit.stats.calibration import LEAST_ROWS, Bins, equal_mass_edges, pooled_bins, squared_error
from dlaudit.stats.intervals import wilson

MOST_BINS = 10
WIDEST = 1 / 64
"""Bins of a histogram wider than this say too little of the mean score within them."""
TOO_FEW = "no bin of scores has two rows"


def calibrations(h: Histograms, slices: Sequence[Slice], level: float) -> list[Calibration]:
    """The calibration of every slice and output, in at most ten bins that are the same for all slices of an output.

    The bins hold about equally many rows of all slices together; they are chosen by scores, never by labels. Scores
    count as the middle of their fine bin, so that a mean score is right to half of its width (1 / 2048 at best). The
    interval of a bin's rate is Wilson's, by itself; those of the squared error hold for all slices of one output
    together (Bonferroni).

    Args:
        h: Histograms of slices, the first of them of all rows; of scores that are probabilities.
        slices: Those slices, in the same order.
        level: Confidence level.
    """
    together = 1 - (1 - level) / max(len(slices), 1)
    made = []
    for place, output in enumerate(h.outputs):
        kept = equal_mass_edges(h.counts[0, place].sum(axis=0), MOST_BINS)
        for one, counts in zip(slices, h.counts[:, place], strict=True):
            bins = pooled_bins(h.edges, counts, kept)
            made.append(
                Calibration(
                    slice=one.id,
                    output=output,
                    bins=_records(h, kept, bins, level),
                    squared_error=_squared_error(bins, level, together),
                )
            )
    return made


def too_coarse(h: Histograms) -> str | None:
    """Why no mean score can be told from these histograms; None where it can."""
    if float(np.diff(h.edges).max()) <= WIDEST:
        return None
    return f"with {len(h.outputs)} outputs, scores are counted in bins that are too wide to tell a mean score"


def _records(h: Histograms, kept: Int[np.ndarray, " edges"], bins: Bins, level: float) -> list[CalibrationBin]:
    edges = [float(edge) for edge in h.edges[kept]]
    limits = wilson(bins.positive, bins.rows, level)
    made = []
    for at, (n, positive, mean) in enumerate(zip(bins.rows, bins.positive, bins.mean_score, strict=True)):
        rate = Estimate(undefined="no rows in this bin", level=level)
        if n:
            rate = Estimate(
                value=float(positive / n),
                low=float(limits.low[at]),
                high=float(limits.high[at]),
                level=level,
                n=int(n),
                numerator=int(positive),
                denominator=int(n),
                method="wilson",
                guarantee="asymptotic",
            )
        mean_score = float(mean) if n else None
        made.append(CalibrationBin(low=edges[at], high=edges[at + 1], n=int(n), mean_score=mean_score, rate=rate))
    return made


def _squared_error(bins: Bins, level: float, together: float) -> Estimate:
    used = int(bins.rows[bins.rows >= LEAST_ROWS].sum())
    if used == 0:
        return Estimate(undefined=TOO_FEW, level=level)
    found = squared_error(bins, together)
    return Estimate(
        value=found.value,
        low=found.low,
        high=found.high,
        level=level,
        n=used,
        method="noncentral_chi_squared",
        guarantee="asymptotic",
    )
