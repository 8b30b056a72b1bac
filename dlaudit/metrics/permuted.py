"""Slices dealt out at random so that a metric is truly equal in all of them, done on counts where counts suffice."""

from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Int

from dlaudit.metrics.counts import Counts
from dlaudit.metrics.forms import Asked, form, parts
from dlaudit.metrics.rows import ScoredRows

Dealt = Literal["label", "prediction", "rows", "units"]
"""Within what slices are dealt out: rows of one true label, rows of one prediction, all rows, or whole units."""

TOLD: dict[Dealt, str] = {
    "label": "slices among the rows of each true label, so that base rates stay as they are",
    "prediction": "slices among the rows of each prediction, so that selection rates stay as they are",
    "rows": "slices among all rows, so that base rates become equal too",
    "units": "slices among whole units, so that base rates become equal too",
}


def dealt_within(asked: Asked, task: str, side: int) -> Dealt:
    """Within what slices must be dealt out so that the metric is equal in all of them, and no more than that.

    A rate given the true label (TPR, FPR, recall) is equal once the slice says nothing more about the prediction than
    the label does: the labels, and with them its denominators, can stay. A rate given the prediction (precision) is
    equal once the slice says nothing more about the label. Any other metric (selection rate, accuracy, F1, AUC) could
    still differ with the base rates, so there nothing stays.

    Args:
        asked: The metric.
        task: What the model predicts.
        side: Classes of its confusion table, at least 2.
    """
    if asked.metric.needs not in {"confusion", "table"}:
        return "rows"
    cells = np.eye(side * side, dtype=np.int64).reshape(side * side, 1, side, side)
    made = parts(form(asked, np.repeat(cells, asked.place + 1, axis=1), task))
    below = [ratio.denominator.reshape(side, side) for ratio in made]
    if all((one == one.flat[0]).all() for one in below):
        return "rows"
    if all((one == one[:, :1]).all() for one in below):
        return "label"
    return "prediction" if all((one == one[:1, :]).all() for one in below) else "rows"


def dealt_counts(counts: Counts, within: Dealt, rng: np.random.Generator) -> Counts:
    """The counts after slices were dealt out anew: multivariate hypergeometric in every table, as if row by row.

    Only confusion tables are dealt out; scores and sums are left out. Tables of several labels are dealt out one by
    one, so that each is right and what they have in common is lost.

    Args:
        counts: Counts of atoms, of rows without weights or units.
        within: `label`, `prediction` or `rows`.
        rng: Source of the permutation.
    """
    deal = {"label": _within_truth, "prediction": _within_prediction, "rows": _over_all}[within]
    cells = np.stack([deal(counts.cells[:, at], rng) for at in range(counts.cells.shape[1])], axis=1)
    return replace(counts, cells=cells, moments=counts.moments[:, :0], histograms=None, bins=None)


def dealt_rows(rows: ScoredRows, rng: np.random.Generator) -> ScoredRows:
    """The rows after slices were dealt out among all of them, or among whole units where rows have units.

    Args:
        rows: Scored rows; with units, every unit lies in one atom.
        rng: Source of the permutation.
    """
    if rows.unit is None:
        return replace(rows, atom=rng.permutation(rows.atom))
    units = int(rows.unit.max()) + 1
    atom_of = np.zeros(units, dtype=np.int64)
    atom_of[rows.unit] = rows.atom
    return replace(rows, atom=rng.permutation(atom_of)[rows.unit])


def units_lie_in_one_atom(rows: ScoredRows) -> bool:
    """Whether no unit has rows in two atoms, so that whole units can be dealt out; never of pairs of people."""
    if rows.unit is None or len(rows) == 0:
        return True
    if rows.unit.ndim == 2:
        return False
    pairs = np.unique(np.stack([rows.unit, rows.atom], axis=1), axis=0)
    return len(pairs) == len(np.unique(rows.unit))


def deal_out(
    sizes: Int[np.ndarray, " atoms"], totals: Int[np.ndarray, " kinds"], rng: np.random.Generator
) -> Int[np.ndarray, "atoms kinds"]:
    """How many rows of each kind every atom gets when all rows are dealt out at random and each atom keeps its size.

    Args:
        sizes: Rows of each atom.
        totals: Rows of each kind; they sum to the same.
        rng: Source of the permutation.
    """
    left, dealt = sizes.astype(np.int64), []
    for total in totals[:-1]:
        hand = rng.multivariate_hypergeometric(left, int(total), method="marginals")
        dealt.append(hand)
        left = left - hand
    return np.stack([*dealt, left], axis=1)


def _within_truth(
    table: Int[np.ndarray, "atoms truth predicted"], rng: np.random.Generator
) -> Int[np.ndarray, "atoms truth predicted"]:
    dealt = [deal_out(table[:, at].sum(axis=1), table[:, at].sum(axis=0), rng) for at in range(table.shape[1])]
    return np.stack(dealt, axis=1)


def _within_prediction(
    table: Int[np.ndarray, "atoms truth predicted"], rng: np.random.Generator
) -> Int[np.ndarray, "atoms truth predicted"]:
    return _within_truth(table.transpose(0, 2, 1), rng).transpose(0, 2, 1)


def _over_all(
    table: Int[np.ndarray, "atoms truth predicted"], rng: np.random.Generator
) -> Int[np.ndarray, "atoms truth predicted"]:
    dealt = deal_out(table.sum(axis=(1, 2)), table.sum(axis=0).ravel(), rng)
    return dealt.reshape(table.shape)
