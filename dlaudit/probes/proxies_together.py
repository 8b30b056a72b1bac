"""How well all inputs together tell a slice apart, and how well the score alone does.

An AUC near 0.5 says only that these two classifiers learnt nothing from these rows: a logistic regression sees no more
than sums of inputs, and trees of this size no more than what some thousand rows teach them.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Num

from dlaudit.probes.proxy import inside_of, known_rows, table_of
from dlaudit.probes.registry import probe
from dlaudit.probes.request import ProbeRequest
from dlaudit.probes.separation import Rows, folds_of, within_fold_ranks
from dlaudit.record.base import finite
from dlaudit.record.decomposed import Decomposition
from dlaudit.record.explained import ProbeResult
from dlaudit.stats.auc import AucInterval

MOST_ROWS, MOST_COLUMNS = 10_000, 512
"""Rows and encoded inputs that are learnt from, drawn at random where there are more."""
FEWEST_ROWS = 50
"""Rows of the slice and of the rest without which nothing is learnt."""


@probe("proxies_together")
def proxies_together(request: ProbeRequest) -> list[ProbeResult]:
    """How well all inputs together, and the score alone, tell a slice from the rest of its sensitive feature.

    `value` is the AUC, out of fold (rows of one unit in one fold), of two classifiers: a regularised logistic
    regression and gradient-boosted trees; the better one comes first. Where the sensitive feature is an input itself,
    its AUC is 1 or nearly so, and the others are asked without it, too. `detail` holds `of` (`inputs`, `other_inputs`
    or `score`), `classifier`, `strength`, `rows`, `columns` and the slices. Slices of few rows have none.

    Raises:
        CannotProbeError: There is no split gap, or the inputs are no plain table.
    """
    columns = table_of(request)
    results: list[ProbeResult] = []
    done: set[str] = set()
    for gap in request.decompositions:
        if gap.slice not in done:
            done.add(gap.slice)
            results += _of_slice(request, columns, gap)
    return results


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What is told apart, and by what."""

    gap: Decomposition
    rows: Rows
    seed: int

    def result(self, what: str, area: AucInterval, classifier: str | None, columns: int) -> ProbeResult:
        """The record of one AUC."""
        by = f" ({_SAID[classifier]})" if classifier is not None else ""
        strength = abs(2 * area.value - 1) if classifier is None else max(2 * area.value - 1, 0.0)
        return ProbeResult(
            probe="proxies_together",
            subject=f"{_WHAT[what]} tells {self.gap.slice} apart{by}",
            value=area.value,
            low=finite(area.low),
            high=finite(area.high),
            detail={
                "slice": self.gap.slice,
                "reference": self.gap.reference,
                "of": what,
                "classifier": classifier,
                "strength": strength,
                "rows": len(self.rows.inside),
                "columns": columns,
            },
        )


_WHAT = {
    "inputs": "what all inputs say together",
    "other_inputs": "what all other inputs say together",
    "score": "the score alone",
}
_SAID = {"logistic_regression": "logistic regression", "boosted_trees": "gradient-boosted trees"}


def _of_slice(request: ProbeRequest, columns: Num[np.ndarray, "n F"], gap: Decomposition) -> Iterator[ProbeResult]:
    inside = inside_of(request, gap)
    generator = np.random.default_rng([request.seed, 6])
    chosen = np.flatnonzero(known_rows(request, gap))
    if len(chosen) > MOST_ROWS:
        chosen = np.sort(generator.choice(chosen, size=MOST_ROWS, replace=False))
    if min(inside[chosen].sum(), (~inside[chosen]).sum()) < FEWEST_ROWS:
        return
    unit = None if request.unit is None else request.unit[chosen]
    fold = folds_of(len(chosen), unit, generator)
    asked = _Question(gap=gap, rows=Rows(inside=inside[chosen], fold=fold, unit=unit), seed=request.seed)
    yield from _learnt(asked, "inputs", columns[chosen])
    own = {at for player in request.players if player.name in gap.by for at in player.columns}
    others = [at for at in range(columns.shape[1]) if at not in own]
    if own and others:
        yield from _learnt(asked, "other_inputs", columns[chosen][:, others])
    if request.score is not None:
        yield asked.result("score", asked.rows.area(request.score[chosen].astype(np.float64)), None, 1)


def _learnt(asked: _Question, what: str, columns: Num[np.ndarray, "n F"]) -> list[ProbeResult]:
    """Both classifiers' results, the better one first."""
    if columns.shape[1] > MOST_COLUMNS:
        generator = np.random.default_rng([asked.seed, 7])
        columns = columns[:, np.sort(generator.choice(columns.shape[1], size=MOST_COLUMNS, replace=False))]
    made = [
        asked.result(what, asked.rows.area(_out_of_fold(make, columns, asked)), name, columns.shape[1])
        for name, make in _CLASSIFIERS.items()
    ]
    return sorted(made, key=lambda one: -one.value)


def _out_of_fold(
    make: Callable[[int], Any], columns: Num[np.ndarray, "n F"], asked: _Question
) -> Float[np.ndarray, " n"]:
    """Each row's score from a classifier that has seen no row of its part, as a rank within the part."""
    rows = asked.rows
    score = np.zeros(len(columns))
    for part in np.unique(rows.fold):
        own = rows.fold == part
        score[own] = _fitted(make(asked.seed), columns[~own], rows.inside[~own], columns[own])
    return within_fold_ranks(score, rows.fold)


def _fitted(
    classifier: Any, known: Num[np.ndarray, "m F"], inside: Bool[np.ndarray, " m"], asked: Num[np.ndarray, "k F"]
) -> Float[np.ndarray, " k"]:
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    if inside.all() or not inside.any():
        return np.zeros(len(asked))
    # on shared cores a tree's many short parallel loops wait for each other longer than they take on one
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        # a fit that stopped early is a classifier like any other: it is judged by the rows that it has not seen
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(known, inside)
    return np.asarray(classifier.decision_function(asked), dtype=np.float64)


def _logistic_regression(_: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=200))


def _boosted_trees(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=60,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )


_CLASSIFIERS: dict[str, Callable[[int], Any]] = {
    "logistic_regression": _logistic_regression,
    "boosted_trees": _boosted_trees,
}
