"""Score histograms of slices, rolled up from atoms, and as records for the report."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.metrics.counts import Counts
from dlaudit.record import ScoreHistogram, Slice


@dataclass(frozen=True, eq=False)
class Histograms:
    """Rows of slices by score and label. They count rows, whatever the weights.

    Bin `b` holds scores s with edges[b] <= s < edges[b + 1]; the last bin holds its upper edge too.
    """

    edges: Float[np.ndarray, " edges"]
    """Edges of the bins, ascending, one more than bins; the same for every output."""
    counts: Int[np.ndarray, "slices outputs 2 bins"]
    """Rows whose label is another [0] or is the output [1]."""
    outputs: tuple[str, ...]
    """Class or label that each score is of; the positive one for a binary task."""
    threshold: float | None = None
    """Operating threshold, one of the edges where it lies between them; None where predictions have none."""


def histograms(counts: Counts, member: Bool[np.ndarray, "slices atoms"]) -> Histograms | None:
    """The histograms of slices; None for regression.

    Args:
        counts: Counts of atoms.
        member: Which atoms make up each slice; atoms beyond those counted are empty.
    """
    if counts.histograms is None or counts.bins is None:
        return None
    known = member[:, : len(counts.rows)]
    rolled = np.stack([counts.histograms[row].sum(axis=0) for row in known]) if len(known) else counts.histograms[:0]
    outputs = counts.classes[1:] if counts.task == "binary" else counts.classes
    width = counts.histograms.shape[1]
    named = tuple(outputs) if len(outputs) == width else tuple(str(place) for place in range(width))
    return Histograms(counts.bins.edges, rolled, named, counts.bins.threshold)


def score_histograms(h: Histograms, slices: Sequence[Slice], most_bins: int = 100) -> list[ScoreHistogram]:
    """Records of every slice and output in at most `most_bins` bins, which the threshold parts where it is within.

    The bins run from the first to the last that holds a row of any slice, or over 0..1 where every score lies there;
    an output without rows has none.

    Args:
        h: Histograms of slices.
        slices: Those slices, in the same order.
        most_bins: Bins of one record, at least 4.
    """
    made = []
    for output, name in enumerate(h.outputs):
        kept = _kept_edges(h, h.counts[:, output].sum(axis=(0, 1)), most_bins)
        if len(kept) < 2:
            continue
        coarse = np.add.reduceat(h.counts[:, output, :, : kept[-1]], kept[:-1], axis=-1)
        edges = [float(edge) for edge in h.edges[kept]]
        for one, (negative, positive) in zip(slices, coarse.tolist(), strict=True):
            record = ScoreHistogram(slice=one.id, output=name, edges=edges, positive=positive, negative=negative)
            made.append(record)
    return made


def _kept_edges(h: Histograms, rows: Int[np.ndarray, " bins"], most_bins: int) -> Int[np.ndarray, " kept"]:
    """Positions of the edges of the coarse bins: those nearest to bins of one width, and the threshold."""
    held = np.flatnonzero(rows)
    if len(held) == 0:
        return np.zeros(0, dtype=np.int64)
    inside = h.edges[0] == 0.0
    first, last = (0, len(rows)) if inside else (int(held[0]), int(held[-1]) + 1)
    bins = 1 << (most_bins - 1).bit_length() - 1  # a power of two, so that equal bins of 0..1 are hit exactly
    between = h.edges[first : last + 1]
    share = np.arange(bins + 1) / bins
    wanted = between[0] * (1 - share) + between[-1] * share
    above = np.clip(np.searchsorted(between, wanted), 1, len(between) - 1)
    nearest = np.where(wanted - between[above - 1] < between[above] - wanted, above - 1, above)
    at = np.flatnonzero(between == h.threshold) if h.threshold is not None else nearest[:0]
    return np.unique(np.concatenate([nearest, at])) + first
