"""Shapley values of any model, all rows at once (Lundberg and Lee 2017, arXiv:1705.07874)."""

import numpy as np
from jaxtyping import Bool

from dlaudit.attributions.registry import Size, attributor
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import frozen, one_function
from dlaudit.attributions.shapley.designs import draws_by_size
from dlaudit.attributions.shapley.directions import gradients_for
from dlaudit.attributions.shapley.exact import exact_values
from dlaudit.attributions.shapley.sampled import hybrids_for_effects, sampled_values
from dlaudit.attributions.shapley.values import Games, games_of

ENUMERATED = 12
"""Players up to which enumeration may cost more than sampling would."""
FOR_CERTAINTY = 8
"""How many times the evaluations enumeration may take then: 12 players against one reference with 512."""
REFERENCES = 4
"""Hybrids for each coalition that may be evaluated, as each meets that many references where there are so many."""


def hybrids_to_sample(evaluations: int, background: int) -> int:
    """Hybrids of a row that sampling takes."""
    return evaluations * min(background, REFERENCES)


def hybrids_to_enumerate(evaluations: int, background: int, players: int) -> int:
    """Hybrids of a row up to which all are evaluated."""
    sampled = hybrids_to_sample(evaluations, background)
    return max(sampled, FOR_CERTAINTY * evaluations) if players <= ENUMERATED else sampled


def cost(size: Size) -> float:
    """Forward-and-backward passes per row that the values will take, where rows differ from references everywhere."""
    there = size.background * (2.0 ** min(size.players, 60) - 2)
    if there <= hybrids_to_enumerate(size.evaluations, size.background, size.players):
        return (there + 1) / 3
    sampled = hybrids_to_sample(size.evaluations, size.background)
    extra = hybrids_for_effects(size.players, size.background, size.rows, sampled) * size.background
    bends = gradients_for(size.rows, size.elements) if draws_by_size(size.players, size.background, sampled) else 0
    return (sampled + extra / max(1, size.rows) + 1) / 3 + bends / max(1, size.rows)


@attributor("shapley_values", adds_up="exactly", cost=cost)
def shapley_values(request: Request) -> Explanation:
    """Shapley values of each row against the background rows, for any model, without gradients.

    The game of row x is v(S) = mean over background rows b of f(x on S, b elsewhere). A row whose coalitions are few
    enough (up to 12 players against one reference) gets its exact values. For others coalitions and references are
    drawn, and one linear rule turns the scores of all rows into values that add up to f(x) - mean f(b) exactly;
    `error` is the standard error that the drawing leaves.

    Raises:
        CannotExplainError: The score of a hybrid is not finite, or there are too many players for the evaluations
            allowed.
    """
    references = len(request.background[0])
    with frozen(request.module), one_function():
        games = games_of(request)
        exact = _enumerable(games, request.evaluations)
        values = np.zeros((request.count, len(request.layout)))
        error = np.zeros_like(values)
        values[exact] = exact_values(request, games, np.flatnonzero(exact))
        most = hybrids_to_sample(request.evaluations, references)
        sampled = sampled_values(request, games, np.flatnonzero(~exact), most)
        values[~exact], error[~exact] = sampled.values, sampled.error
    return Explanation(
        values=values,
        change=games.change,
        reference=request.reference or f"the mean score of {references} background rows",
        error=None if exact.all() else error,
        detail={
            "exact": bool(exact.all()),
            "exact_rows": int(exact.sum()),
            "hybrids": int(games.hybrids.max(initial=0)) if exact.all() else most,
            "references": references,
            "designs": sampled.designs,
            "orders": sampled.orders,
            "typical_error": None if exact.all() else float(np.median(error[~exact])),
        },
    )


def _enumerable(games: Games, evaluations: int) -> Bool[np.ndarray, " n"]:
    """Rows of which every coalition is evaluated against every reference."""
    references = games.nobody.shape[1]
    limits = [hybrids_to_enumerate(evaluations, references, int(count)) for count in games.active.sum(axis=1)]
    return np.asarray(games.hybrids <= np.array(limits))
