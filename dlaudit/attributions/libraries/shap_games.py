"""SHAP's explainers that need scores alone, as references for our own Shapley values.

Each row is its own game over players, v(S) = mean over background rows b of f(row on S, b elsewhere), and SHAP is given
that game rather than the model: then any number of inputs, one-hot columns, words and patches are players like any
other, and SHAP never sees the user's tables (a pandas column of text makes its explainers fail).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from dlaudit.attributions.libraries.calls import called, reseed
from dlaudit.attributions.libraries.samples import REPLICATES, against_background
from dlaudit.attributions.registry import Size, attributor
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import scores_of

Game = Callable[[Shaped[np.ndarray, "c M"]], Float[np.ndarray, " c"]]

EXACT_UP_TO = 12
"""Players up to which SHAP is asked for all 2^M coalitions."""


def _coalitions(size: Size) -> float:
    return size.evaluations * size.background / 3


@attributor("shap.KernelExplainer", cost=_coalitions)
def shap_kernel_explainer(request: Request) -> Explanation:
    """SHAP's regression on coalitions, row by row against all background rows.

    Lundberg and Lee 2017, arXiv:1705.07874. SHAP's default keeps the ten largest contributions of a row and sets the
    others to 0; that is switched off here.
    """

    def one(game: Game, seed: int) -> Float[np.ndarray, " M"]:
        from shap import KernelExplainer

        reseed(seed)
        players = len(request.layout)
        explainer = KernelExplainer(game, np.zeros((1, players)), silent=True)
        found = explainer.shap_values(np.ones((1, players)), nsamples=request.evaluations, l1_reg=False, silent=True)
        return np.asarray(found, dtype=np.float64).reshape(players)

    return _by_games(request, "SHAP's KernelExplainer", one, runs=1)


@attributor("shap.PermutationExplainer", cost=_coalitions)
def shap_permutation_explainer(request: Request) -> Explanation:
    """SHAP's Shapley values from random orders of the players and their reversals, row by row.

    The sum is exact, the split has sampling noise: four runs with different orders give its standard error.

    Raises:
        CannotExplainError: There is one player only, for which SHAP has no order.
    """
    players = len(request.layout)
    if players < 2:
        raise CannotExplainError("there is one player only, whose contribution is the whole change of the score")

    def one(game: Game, seed: int) -> Float[np.ndarray, " M"]:
        from shap import PermutationExplainer, maskers

        masker = maskers.Independent(np.zeros((1, players)))
        explainer = PermutationExplainer(game, masker, seed=seed)
        evaluations = max(request.evaluations // REPLICATES, 2 * players + 1)
        found = explainer(np.ones((1, players)), max_evals=evaluations, silent=True)
        return np.asarray(found.values, dtype=np.float64).reshape(players)

    return _by_games(request, "SHAP's PermutationExplainer", one, runs=REPLICATES)


@attributor("shap.ExactExplainer", cost=lambda size: 2.0 ** min(size.players, EXACT_UP_TO) * size.background / 3)
def shap_exact_explainer(request: Request) -> Explanation:
    """SHAP's Shapley values from all coalitions of up to 12 players, row by row.

    Raises:
        CannotExplainError: There are more players.
    """
    players = len(request.layout)
    if players > EXACT_UP_TO:
        raise CannotExplainError(f"{players} players have 2^{players} coalitions; up to {EXACT_UP_TO} are evaluated")

    def one(game: Game, seed: int) -> Float[np.ndarray, " M"]:
        from shap import ExactExplainer, maskers

        reseed(seed)
        explainer = ExactExplainer(game, maskers.Independent(np.zeros((1, players))))
        found = explainer(np.ones((1, players)), max_evals=2**players, silent=True)
        return np.asarray(found.values, dtype=np.float64).reshape(players)

    return _by_games(request, "SHAP's ExactExplainer", one, runs=1)


def game_of(request: Request, row: int) -> Game:
    """The game of one row: coalitions `[c, M]` of zeros and ones to the mean score over background rows `[c]`."""
    import torch

    own = tuple(one[row : row + 1] for one in request.rows)
    layout = request.layout.take(slice(row, row + 1))
    size = len(request.background[0])

    def value(coalitions: Shaped[np.ndarray, "c M"]) -> Float[np.ndarray, " c"]:
        present = torch.from_numpy(np.asarray(coalitions, dtype=float) > 0.5).to(own[0].device)

        def some(part: slice) -> Float[np.ndarray, " m"]:
            chosen = present[part]
            rows = tuple(one.expand(size, *one.shape[1:]) for one in own)
            hybrids = layout.mixed(rows, request.background, chosen[None])
            scores = scores_of(request.score, hybrids, request.memory)
            return np.asarray(scores.reshape(size, len(chosen)).mean(axis=0))

        return np.concatenate(request.memory.parts(len(present), some, each=size))

    return value


def _by_games(request: Request, library: str, one: Callable[[Game, int], Any], *, runs: int) -> Explanation:
    """Means over `runs` runs of every row's game."""
    seeds = request.generator.integers(2**31, size=(request.count, runs))
    with called(library, request):
        found = np.stack(
            [np.stack([one(game_of(request, row), int(seed)) for seed in seeds[row]]) for row in range(request.count)]
        )
        change = against_background(request)
    error = found.std(axis=1, ddof=1) / np.sqrt(runs) if runs > 1 else None
    return Explanation(
        values=found.mean(axis=1),
        change=change,
        reference=f"the mean score of {len(request.background[0])} background rows",
        error=error,
        detail={"evaluations": request.evaluations},
    )
