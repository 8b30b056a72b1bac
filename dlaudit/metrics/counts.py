"""Counts: what is kept of rows so that every count metric of every slice follows, however rows were sharded."""

from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from dlaudit.metrics import kernels
from dlaudit.metrics.counted_scores import CountedScores, count_scores
from dlaudit.metrics.exact_sum import exact_products, exact_sums
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.score_bins import ScoreBins

VARIABLES = {
    "binary": ("score", "residual", "squared_residual", "log_loss"),
    "multiclass": ("log_loss",),
    "multilabel": ("wrong_share",),
    "regression": ("prediction", "error", "absolute_error", "squared_error", "target"),
}
"""Numbers of a row whose means are metrics or make up one, by task."""


BLOCK = 1 << 22
"""Rows counted at once; more are counted block by block, so that copies of columns stay small."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Sufficient statistics of atoms (or of slices, after `rollup`): integers only, so that `+` is exact.

    Sums of floats are Python integers that count quanta (`exact_sum`), in arrays of dtype object.
    """

    task: str
    """`binary`, `multiclass`, `multilabel` or `regression`."""
    classes: tuple[str, ...]
    """Class or label names."""
    rows: Int[np.ndarray, " atoms"]
    """Rows of each atom."""
    cells: Int[np.ndarray, "atoms tables truth predicted"]
    """Confusion tables: one of 2 x 2 or C x C; one 2 x 2 per label and a last one whose truth is always 1 and whose
    prediction is 1 where the whole row is right; none for regression."""
    moments: Shaped[np.ndarray, "atoms variables 3"]
    """For each of VARIABLES the sums of v, v and v²; with weights of wv, w²v and (wv)²."""
    row_weights: Shaped[np.ndarray, "2 atoms"] | None
    """Sums of w and of w²; None where every row counts once."""
    cell_weights: Shaped[np.ndarray, "2 atoms tables truth predicted"] | None
    """The same for every cell."""
    clustered: bool
    """Whether rows belong to units, so that intervals from counts alone would be too narrow."""
    probabilities: bool
    """Whether every score is a probability."""
    histograms: Int[np.ndarray, "atoms outputs 2 bins"] | None = None
    """Rows by score, of rows whose label is another [0] or is the output [1]; one output for a binary task (the
    positive), else one per class or label. They count rows, whatever the weights; None for regression."""
    bins: ScoreBins | None = None
    """Bins of `histograms`."""

    @property
    def edges(self) -> tuple[float, ...]:
        """Edges of the bins of `histograms`, the same for every output; empty where there are none."""
        return () if self.bins is None else tuple(self.bins.edges.tolist())

    @property
    def _scores(self) -> CountedScores | None:
        return None if self.bins is None or self.histograms is None else CountedScores(self.bins, self.histograms)

    def __add__(self, other: "Counts") -> "Counts":
        """Counts of both shards; an atom that only one of them has met counts 0 in the other."""
        same = (self.task, self.classes, self.row_weights is None) == (
            other.task,
            other.classes,
            other.row_weights is None,
        )
        assert same, "counts of different audits cannot be added"
        atoms = max(len(self.rows), len(other.rows))
        left, right = self._grown(atoms), other._grown(atoms)
        own, others = left._scores, right._scores
        scores = None if own is None or others is None else own + others
        return replace(
            left,
            rows=left.rows + right.rows,
            cells=left.cells + right.cells,
            moments=left.moments + right.moments,
            row_weights=_added(left.row_weights, right.row_weights),
            cell_weights=_added(left.cell_weights, right.cell_weights),
            clustered=left.clustered or right.clustered,
            probabilities=left.probabilities and right.probabilities,
            histograms=None if scores is None else scores.rows,
            bins=None if scores is None else scores.bins,
        )

    def rollup(self, member: Bool[np.ndarray, "slices atoms"]) -> "Counts":
        """Counts of slices, each the sum of its atoms.

        Args:
            member: Which atoms make up each slice; atoms beyond those counted are empty.
        """
        whole = self._grown(member.shape[1])
        kept = [np.flatnonzero(row) for row in member]
        return replace(
            whole,
            rows=_rolled(whole.rows, kept),
            cells=_rolled(whole.cells, kept),
            moments=_rolled(whole.moments, kept),
            row_weights=None if whole.row_weights is None else _rolled_pair(whole.row_weights, kept),
            cell_weights=None if whole.cell_weights is None else _rolled_pair(whole.cell_weights, kept),
            histograms=None if whole.histograms is None else _rolled(whole.histograms, kept),
        )

    def _grown(self, atoms: int) -> "Counts":
        missing = atoms - len(self.rows)
        assert missing >= 0, "a slice table has fewer atoms than were counted"
        if missing == 0:
            return self
        return replace(
            self,
            rows=_padded(self.rows, missing, 0),
            cells=_padded(self.cells, missing, 0),
            moments=_padded(self.moments, missing, 0),
            row_weights=None if self.row_weights is None else _padded(self.row_weights, missing, 1),
            cell_weights=None if self.cell_weights is None else _padded(self.cell_weights, missing, 1),
            histograms=None if self.histograms is None else _padded(self.histograms, missing, 0),
        )


def count(rows: ScoredRows, atoms: int) -> Counts:
    """The counts of `rows`.

    Args:
        rows: Scored rows whose `atom` lies in 0..atoms-1.
        atoms: Number of atoms known so far.
    """
    if len(rows) > BLOCK:
        return reduce(add, (_count_block(block, atoms) for block in rows.blocks(BLOCK)))
    return _count_block(rows, atoms)


def _count_block(rows: ScoredRows, atoms: int) -> Counts:
    atom = rows.atom.astype(np.int64, copy=False)
    scores = count_scores(rows, atoms)
    if len(rows) >= kernels.LARGE and rows.weight is None and rows.task in ("binary", "multiclass"):
        tables = kernels.count_cells(rows.atom, rows.target, rows.prediction, (atoms, table_side(rows)))
        cells, cell_weights = tables[:, None], None
    else:
        codes, side = cell_codes(rows)
        cells = _cells(atom, codes, side, atoms)
        cell_weights = None if rows.weight is None else _cell_weights(rows.weight, atom, codes, side, atoms)
    return Counts(
        task=rows.task,
        classes=rows.classes,
        rows=np.bincount(atom, minlength=atoms),
        cells=cells,
        moments=_moments(rows, atom, atoms),
        row_weights=None if rows.weight is None else _weights(rows.weight, atom, atoms),
        cell_weights=cell_weights,
        clustered=rows.unit is not None,
        probabilities=rows.probabilities,
        histograms=None if scores is None else scores.rows,
        bins=None if scores is None else scores.bins,
    )


def cell_codes(rows: ScoredRows) -> tuple[Int[np.ndarray, "n tables"], int]:
    """For each row and table the cell it falls in, as `truth * side + predicted`, and the tables' side."""
    if rows.task == "regression":
        return np.zeros((len(rows), 0), dtype=np.int64), 1
    side = table_side(rows)
    truth, predicted = rows.target.astype(np.int64), rows.prediction.astype(np.int64)
    codes = truth * side + predicted
    inside = (truth >= 0) & (truth < side) & (predicted >= 0) & (predicted < side)
    assert bool(inside.all()), "labels and predictions are codes of classes"
    if rows.task != "multilabel":
        return codes[:, None], side
    whole_row = 2 + (truth == predicted).all(axis=1)
    return np.column_stack([codes, whole_row]), side


def table_side(rows: ScoredRows) -> int:
    """Classes of a confusion table: 2 unless the task is multiclass."""
    return max(2, len(rows.classes), rows.score.shape[1]) if rows.task == "multiclass" else 2


def variables(rows: ScoredRows) -> dict[str, Float[np.ndarray, " n"]]:
    """The numbers of each row whose means are metrics, by the names in VARIABLES.

    The log loss of a score that is no probability is 0 here, and the metric is not applicable. Squares beyond float64
    are infinite; their sums are refused.
    """
    with np.errstate(over="ignore"):
        return _variables(rows)


def _variables(rows: ScoredRows) -> dict[str, Float[np.ndarray, " n"]]:
    if rows.task == "binary":
        score = rows.score[:, 0].astype(np.float64)
        residual = rows.target - score
        true_class = np.where(rows.target == 1, score, 1.0 - score)
        named = [score, residual, residual**2, _log_loss(true_class, rows.probabilities)]
    elif rows.task == "multiclass":
        true_class = rows.score[np.arange(len(rows)), rows.target.astype(np.int64)].astype(np.float64)
        named = [_log_loss(true_class, rows.probabilities)]
    elif rows.task == "multilabel":
        wrong = (rows.target != rows.prediction).mean(axis=1)
        named = [wrong]
    else:
        prediction = rows.prediction.astype(np.float64)
        error = prediction - rows.target
        named = [prediction, error, np.abs(error), error**2, rows.target.astype(np.float64)]
    return dict(zip(VARIABLES[rows.task], named, strict=True))


def _log_loss(true_class: Float[np.ndarray, " n"], probabilities: bool) -> Float[np.ndarray, " n"]:
    """-ln of the probability of what happened, which is moved off 0 by the spacing of float64 as scikit-learn does."""
    if not probabilities:
        return np.zeros(len(true_class))
    smallest = float(np.finfo(np.float64).eps)
    return np.asarray(-np.log(np.clip(true_class, smallest, 1 - smallest)))


def _cells(
    atom: Int[np.ndarray, " n"], codes: Int[np.ndarray, "n tables"], side: int, atoms: int
) -> Int[np.ndarray, "atoms tables side side"]:
    size = side * side
    tables = [np.bincount(atom * size + column, minlength=atoms * size) for column in codes.T]
    shape = (atoms, side, side)
    return (
        np.stack([t.reshape(shape) for t in tables], axis=1) if tables else np.zeros((atoms, 0, side, side), np.int64)
    )


def _cell_weights(
    weight: Float[np.ndarray, " n"],
    atom: Int[np.ndarray, " n"],
    codes: Int[np.ndarray, "n tables"],
    side: int,
    atoms: int,
) -> Shaped[np.ndarray, "2 atoms tables side side"]:
    size = side * side
    tables = [_weights(weight, atom * size + column, atoms * size) for column in codes.T]
    shape = (2, atoms, side, side)
    return (
        np.stack([t.reshape(shape) for t in tables], axis=2) if tables else np.zeros((2, atoms, 0, side, side), object)
    )


def _weights(weight: Float[np.ndarray, " n"], code: Int[np.ndarray, " n"], size: int) -> Shaped[np.ndarray, "2 size"]:
    weight = weight.astype(np.float64)
    return np.stack([exact_sums(weight, code, size), exact_products(weight, weight, code, size)])


def _moments(rows: ScoredRows, atom: Int[np.ndarray, " n"], atoms: int) -> Shaped[np.ndarray, "atoms variables 3"]:
    named = variables(rows)
    if rows.weight is None:
        sums = [(exact_sums(v, atom, atoms), exact_products(v, v, atom, atoms)) for v in named.values()]
        return np.stack([np.stack([first, first, second], axis=1) for first, second in sums], axis=1)
    weight = rows.weight.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        weighted = [weight * v for v in named.values()]
    sums3 = [
        (exact_sums(u, atom, atoms), exact_products(weight, u, atom, atoms), exact_products(u, u, atom, atoms))
        for u in weighted
    ]
    return np.stack([np.stack(three, axis=1) for three in sums3], axis=1)


def _added(
    left: Shaped[np.ndarray, "*shape"] | None, right: Shaped[np.ndarray, "*shape"] | None
) -> Shaped[np.ndarray, "*shape"] | None:
    return None if left is None or right is None else left + right


def _rolled(
    values: Shaped[np.ndarray, "atoms *rest"], kept: list[Int[np.ndarray, " _"]]
) -> Shaped[np.ndarray, "slices *rest"]:
    return np.stack([values[atoms].sum(axis=0) for atoms in kept]) if kept else values[:0]


def _rolled_pair(
    values: Shaped[np.ndarray, "2 atoms *rest"], kept: list[Int[np.ndarray, " _"]]
) -> Shaped[np.ndarray, "2 slices *rest"]:
    return np.stack([_rolled(values[0], kept), _rolled(values[1], kept)])


def _padded(values: Shaped[np.ndarray, "*shape"], missing: int, axis: int) -> Shaped[np.ndarray, "*grown"]:
    shape = [missing if position == axis else size for position, size in enumerate(values.shape)]
    return np.concatenate([values, np.full(shape, 0, dtype=values.dtype)], axis=axis)
