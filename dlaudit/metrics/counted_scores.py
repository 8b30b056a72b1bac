"""Rows counted by score, output and label: what AUC, calibration and every threshold's rates follow from."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Int

from dlaudit.metrics import kernels
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.score_bins import ScoreBins, fitting_bins


@dataclass(frozen=True, eq=False)
class CountedScores:
    """Histograms of atoms in one scheme of bins."""

    bins: ScoreBins
    """The scheme."""
    rows: Int[np.ndarray, "atoms outputs 2 bins"]
    """Rows whose label is another [0] or is the output [1]."""

    def __add__(self, other: "CountedScores") -> "CountedScores":
        """Histograms of both shards, in bins that both go into, as many as so many atoms allow."""
        atoms, outputs = self.rows.shape[:2]
        both = self.bins.joined(other.bins)
        allowed = fitting_bins(outputs, atoms, both.wide, both.threshold)
        common = replace(both, size=min(both.size, allowed.size))
        return CountedScores(common, self.bins.moved(self.rows, common) + other.bins.moved(other.rows, common))


def count_scores(rows: ScoredRows, atoms: int) -> CountedScores | None:
    """The histograms of `rows`; None for regression, whose scores have no labels to be counted by.

    Args:
        rows: Scored rows whose `atom` lies in 0..atoms-1.
        atoms: Number of atoms known so far.
    """
    if rows.task == "regression":
        return None
    bins = _bins(rows, atoms)
    columns = [_one_output(rows, output, atoms, bins) for output in range(rows.score.shape[1])]
    return CountedScores(bins, np.stack(columns, axis=1))


def _one_output(rows: ScoredRows, output: int, atoms: int, bins: ScoreBins) -> Int[np.ndarray, "atoms 2 bins"]:
    score = rows.score[:, output].astype(np.float64, copy=False)
    place = rows.atom.astype(np.int64, copy=False) * 2 + is_output(rows, output)
    if len(rows) >= kernels.LARGE and not bins.wide:
        scheme = (bins.size, bins.bins, bins.parting)
        return kernels.count_bins(place, score, scheme, 2 * atoms).reshape(atoms, 2, bins.bins)
    counted = np.bincount(place * bins.bins + bins.codes(score), minlength=2 * atoms * bins.bins)
    return counted.reshape(atoms, 2, bins.bins)


def is_output(rows: ScoredRows, output: int) -> Bool[np.ndarray, " n"]:
    """Whether each row's label is the output (the positive one for a binary task)."""
    if rows.task == "multilabel":
        return np.asarray(rows.target[:, output] == 1)
    return np.asarray(rows.target == (output if rows.task == "multiclass" else 1))


def _bins(rows: ScoredRows, atoms: int) -> ScoreBins:
    """The scheme; the threshold is an edge only where each output is decided by its own score."""
    inside = bool(((rows.score >= 0) & (rows.score <= 1)).all())
    threshold = rows.threshold if rows.task in ("binary", "multilabel") else None
    return fitting_bins(rows.score.shape[1], atoms, not inside, threshold)
