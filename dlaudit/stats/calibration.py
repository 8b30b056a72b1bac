"""Calibration by bins of the score, with the part that small bins add by chance taken out.

The plain expected calibration error of a perfectly calibrated model is 0.18 with 30 rows and 0.01 with 10,000: a gap in
it is a gap in sizes. Its square can be freed of that: in each bin the squared mean of y - score exceeds the square of
its true mean by the variance of that mean, which the bin's own rows estimate without bias.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import chndtr

LEAST_ROWS = 2
"""Rows below which a bin says nothing of its own variance and is left out."""


class SquaredError(NamedTuple):
    """The squared calibration error of one slice."""

    value: float
    """Estimate; below 0 by chance at times. NaN where no bin has two rows."""
    low: float
    """Lower end of its interval: at most 0 where the scores may be calibrated."""
    high: float
    """Upper end of its interval."""


@dataclass(frozen=True, kw_only=True)
class Bins:
    """What is known of the rows in each coarse bin of one slice; scores are the middles of fine bins."""

    rows: Int[np.ndarray, " bins"]
    """Rows."""
    positive: Int[np.ndarray, " bins"]
    """Rows with the positive label."""
    scores: Float[np.ndarray, " bins"]
    """Sum of scores."""
    residual_squares: Float[np.ndarray, " bins"]
    """Sum of (y - score) squared."""
    expected_variance: Float[np.ndarray, " bins"]
    """Sum of score (1 - score): the variance of y - score where the scores are right."""

    @property
    def mean_score(self) -> Float[np.ndarray, " bins"]:
        """Mean score; NaN where there are no rows."""
        mean = np.divide(self.scores, self.rows, out=np.full(len(self.rows), np.nan), where=self.rows > 0)
        return np.asarray(mean)


def equal_mass_edges(rows: Int[np.ndarray, " fine"], bins: int) -> Int[np.ndarray, " edges"]:
    """Positions of the edges of at most `bins` coarse bins of about equally many rows; ties stay together.

    Only scores are looked at, never labels. Fewer bins come out where many rows share a fine bin.

    Args:
        rows: Rows of each fine bin, of all slices together.
        bins: Coarse bins wanted.
    """
    total = np.concatenate([[0], np.cumsum(rows)])
    wanted = total[-1] * np.arange(1, bins) / bins
    above = np.searchsorted(total, wanted)
    nearer = np.where(wanted - total[above - 1] < total[above] - wanted, above - 1, above)
    inner = nearer[(total[nearer] > 0) & (total[nearer] < total[-1])]
    inner = inner[np.unique(total[inner], return_index=True)[1]]
    return np.concatenate([[0], np.unique(inner), [len(rows)]]).astype(np.int64)


def pooled_bins(
    edges: Float[np.ndarray, " edges"], counts: Int[np.ndarray, "2 fine"], kept: Int[np.ndarray, " coarse"]
) -> Bins:
    """The rows of each coarse bin of one slice, from its histogram.

    Args:
        edges: Edges of the fine bins, one more than bins.
        counts: Rows by label (another, the positive one) and fine bin.
        kept: Positions of the edges of the coarse bins, from 0 to the number of fine bins.
    """
    middle = (edges[:-1] + edges[1:]) / 2
    rows, positive = counts.sum(axis=0), counts[1]
    squares = counts[0] * middle**2 + counts[1] * (1 - middle) ** 2

    def pooled(values: Float[np.ndarray, " fine"] | Int[np.ndarray, " fine"]) -> Float[np.ndarray, " bins"]:
        return np.asarray(np.add.reduceat(values, kept[:-1]), dtype=np.float64)

    return Bins(
        rows=pooled(rows).astype(np.int64),
        positive=pooled(positive).astype(np.int64),
        scores=pooled(rows * middle),
        residual_squares=pooled(squares),
        expected_variance=pooled(rows * middle * (1 - middle)),
    )


def squared_error(bins: Bins, level: float = 0.95) -> SquaredError:
    """The squared calibration error: mean over rows of the squared distance of bin rates from mean scores, de-biased.

    sum w_b (r_b^2 - s_b^2 / n_b), with r_b and s_b^2 mean and variance of y - score in bin b. Given the bins' rows, its
    mean is sum w_b (E r_b)^2 exactly, whatever the scores within a bin: with the variance of y alone in its place, as
    usual, it is a little too low. Bins of one row are left out; NaN where no bin has two.

    The interval takes the sum for a multiple of a non-central chi-squared variable with the same variance
    (Satterthwaite). It is asymptotic: checked by simulation from 30 rows on.

    Args:
        bins: One slice.
        level: Confidence level.

    Source: Broecker 2012, DOI 10.1007/s00382-011-1191-1; Kumar, Liang and Ma 2019, arXiv:1909.10155.
    """
    used = bins.rows >= LEAST_ROWS
    if not used.any():
        return SquaredError(np.nan, np.nan, np.nan)
    n = bins.rows[used].astype(np.float64)
    weight = n / n.sum()
    mean = (bins.positive[used] - bins.scores[used]) / n
    variance = np.maximum(bins.residual_squares[used] - n * mean**2, 0.0) / (n - 1) / n
    calibrated = bins.expected_variance[used] / n**2
    plain = float((weight * mean**2).sum())
    value = plain - float((weight * variance).sum())
    low, high = _ends(value, plain, weight * np.maximum(variance, calibrated), level)
    return SquaredError(value, min(low, value), min(max(high, value), 1.0))


def _ends(value: float, plain: float, noise: Float[np.ndarray, " bins"], level: float) -> tuple[float, float]:
    """Ends of the interval.

    The lower one compares the plain sum with what calibrated scores would show, the upper one goes out from the
    de-biased value; and it never lies below that of a sample that shows just what calibrated scores show on average,
    so that no interval has width 0.
    """
    tail, total = (1 - level) / 2, float(noise.sum())
    assert total > 0, "middles of bins lie within 0..1, so that labels have a variance"
    scale = float((noise**2).sum()) / total
    freedom = total / scale
    low = _noncentral(plain / scale, freedom, 1 - tail) * scale
    high = _noncentral(max(value / scale, 0.0) + freedom, freedom, tail) * scale
    return low, high


def _noncentral(at: float, freedom: float, share: float) -> float:
    """The non-centrality at which `share` of a chi-squared variable lies below `at`; 0 where less of the central does.

    By bisection: the share falls as the non-centrality grows.
    """
    if float(chndtr(at, freedom, 0.0)) <= share:
        return 0.0
    low, high = 0.0, 1.0
    while float(chndtr(at, freedom, high)) > share:
        low, high = high, 2 * high
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if float(chndtr(at, freedom, middle)) > share else (low, middle)
    return (low + high) / 2
