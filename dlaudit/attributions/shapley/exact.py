"""Exact Shapley values: every coalition against every reference."""

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.request import Request
from dlaudit.attributions.shapley.designs import every_coalition
from dlaudit.attributions.shapley.game import Plays, differences
from dlaudit.attributions.shapley.projection import projection
from dlaudit.attributions.shapley.values import Games


def exact_values(request: Request, games: Games, chosen: Int[np.ndarray, " p"]) -> Float[np.ndarray, " p M"]:
    """Shapley values of the chosen rows by enumeration, without sampling.

    A row and a reference play with the players in which they differ only; all others change nothing. So a row whose
    answers mostly agree with the reference's costs little, however many players there are.
    """
    values = np.zeros((len(chosen), len(request.layout)))
    differ = games.differ[chosen]
    number = differ.sum(axis=2)
    for players in np.unique(number[number > 0]):
        at, met = np.nonzero(number == players)
        behind = np.nonzero(differ[at, met])[1].reshape(len(at), players)
        everyone = players == len(request.layout)
        plays = Plays(rows=chosen[at], references=met[:, None], players=None if everyone else behind)
        change = games.everybody[plays.rows] - games.nobody[plays.rows, met]
        np.add.at(values, (at[:, None], behind), _enumerated(request, plays, change, int(players)))
    return np.asarray(values / games.nobody.shape[1])


def _enumerated(
    request: Request, plays: Plays, change: Float[np.ndarray, " p"], players: int
) -> Float[np.ndarray, " p m"]:
    """Shapley values of plays against one reference each."""
    if players == 1:
        return change[:, None]
    rule = projection(every_coalition(players))
    values = np.empty((len(plays), players))
    for part, some in plays.parts(len(rule.design.coalitions)):
        values[part] = rule.values(differences(request, some, rule.design.coalitions), change[part])
    return values
