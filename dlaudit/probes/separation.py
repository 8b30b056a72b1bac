"""How well something tells a slice from the other rows of its sensitive feature: an AUC, out of fold where learnt."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from dlaudit.attributions.gaps.levels import levels_of
from dlaudit.data.batch import Player
from dlaudit.metrics.clusters import between_units
from dlaudit.stats.auc import AucInterval, auc, auc_interval
from dlaudit.stats.auc_effective import auc_parts, clustered_auc_interval

FOLDS = 5
"""Parts of the rows, each judged by what was learnt from the others."""
_PRIOR_ROWS = 5.0
"""A level's share of the slice is drawn towards the overall share as by so many rows."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows to tell apart."""

    inside: Bool[np.ndarray, " n"]
    """Which of them are in the slice; some are and some are not."""
    fold: Int[np.ndarray, " n"]
    """Part of each row, 0 to FOLDS - 1; rows of one unit are in one part."""
    unit: Int[np.ndarray, " n"] | None = None
    """Person each row belongs to; None where rows are independent."""

    def area(self, score: Float[np.ndarray, " n"], level: float = 0.95) -> AucInterval:
        """AUC of a score for being in the slice, with an interval over people."""
        if self.unit is None:
            return auc_interval(score, self.inside, level)
        weight = np.ones(len(score))
        parts = auc_parts(score, self.inside, weight)
        return clustered_auc_interval(score, self.inside, weight, between_units(parts.influence, self.unit), level)


@dataclass(frozen=True, kw_only=True)
class Separation:
    """How well a feature tells a slice apart."""

    area: AucInterval
    """AUC and its interval."""
    column: int | None
    """Position of the encoded input; None where all levels of a feature were taken together."""

    @property
    def strength(self) -> float:
        """0 for no association, 1 for a perfect one. What was learnt and tells less than nothing has none."""
        apart = 2 * self.area.value - 1
        return max(apart, 0.0) if self.column is None else abs(apart)


def folds_of(rows: int, unit: Int[np.ndarray, " n"] | None, generator: np.random.Generator) -> Int[np.ndarray, " n"]:
    """A random part for every row, as even as can be; units are kept whole.

    Args:
        rows: Number of rows.
        unit: Person each row belongs to; None where rows are independent.
        generator: Source of the parts.
    """
    who = np.arange(rows) if unit is None else np.unique(unit, return_inverse=True)[1].reshape(-1)
    units = int(who.max(initial=-1)) + 1
    return np.asarray((generator.permutation(units) % FOLDS)[who], dtype=np.int64)


def separation(player: Player, columns: Num[np.ndarray, "n F"], rows: Rows) -> Separation:
    """How well one feature tells the slice apart.

    The levels of a one-hot column are taken together: each row's score is the slice's share at its level in the other
    parts. Of several numbers the one farthest from 0.5 counts, and its interval is widened for the choice (Bonferroni).

    Args:
        player: The feature.
        columns: Encoded inputs.
        rows: Which of them are in the slice.
    """
    code = levels_of(columns[:, list(player.columns)], 0)
    if code is not None:
        return Separation(area=rows.area(_learnt(code, rows)), column=None)
    areas = [auc(columns[:, at].astype(np.float64), rows.inside) for at in player.columns]
    best = player.columns[int(np.argmax(np.abs(np.array(areas) - 0.5)))]
    level = 1 - 0.05 / len(player.columns)
    return Separation(area=rows.area(columns[:, best].astype(np.float64), level), column=best)


def within_fold_ranks(score: Float[np.ndarray, " n"], fold: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Mid-ranks within each part, from 0 to 1: scores learnt on different rows are not of one scale."""
    from scipy.stats import rankdata

    ranks = np.zeros(len(score))
    for part in np.unique(fold):
        own = fold == part
        ranks[own] = (rankdata(score[own]) - 0.5) / own.sum()
    return ranks


def _learnt(code: Int[np.ndarray, " n"], rows: Rows) -> Float[np.ndarray, " n"]:
    """The slice's share at each row's level in the other parts, as a rank within its own part."""
    levels = int(code.max()) + 1
    score = np.zeros(len(code))
    for part in np.unique(rows.fold):
        own = rows.fold == part
        held = np.bincount(code[~own], minlength=levels)
        hits = np.bincount(code[~own], weights=rows.inside[~own], minlength=levels)
        share = hits.sum() / max(held.sum(), 1)
        score[own] = ((hits + _PRIOR_ROWS * share) / (held + _PRIOR_ROWS))[code[own]]
    return within_fold_ranks(score, rows.fold)
