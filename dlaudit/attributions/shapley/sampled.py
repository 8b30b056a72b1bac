"""Shapley values from designs: coalitions and references drawn together, several independent designs for the rows."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.request import Request
from dlaudit.attributions.shapley.designs import design_for
from dlaudit.attributions.shapley.directions import halves_along
from dlaudit.attributions.shapley.game import Plays, differences, of_the_background
from dlaudit.attributions.shapley.projection import RECURRING, Projection, projection
from dlaudit.attributions.shapley.references import reference_effects, shifted, without_references
from dlaudit.attributions.shapley.surrogate import MOST_DIRECTIONS, imitated
from dlaudit.attributions.shapley.values import Estimate, Games

ROWS_PER_DESIGN = 64
"""Rows for which another design is worth drawing, until there are `MOST_DESIGNS`."""
MOST_DESIGNS = 16
MOST_ROWS = 2_048
"""Rows that share a design at most."""
Dealt = tuple[Projection, Plays]


def sampled_values(request: Request, games: Games, chosen: Int[np.ndarray, " p"], hybrids: int) -> Estimate:
    """Shapley values of the chosen rows from at most `hybrids` hybrids of each, with their standard errors.

    Rows are dealt out to independent designs, so that the noise of one design does not stand in all rows alike;
    within a design each row begins with another reference. Players that agree with all references get exactly 0.

    Raises:
        CannotExplainError: There are too many players for so few hybrids, or a hybrid's score is not finite.
    """
    values = np.zeros((request.count, len(request.layout)))
    error = np.zeros_like(values)
    dealt = _dealt(games, chosen, hybrids, request.generator)
    known = _known(request, games, chosen, hybrids, dealt)
    for rule, plays in dealt:
        for _, some in plays.parts(rule.matrix.size):
            found, noise = _played(request, games, rule, some, known)
            where = some.rows[:, None], np.arange(len(request.layout)) if some.players is None else some.players
            values[where], error[where] = found, noise
    orders = max((rule.design.walks for rule, _ in dealt), default=0)
    return Estimate(values=values[chosen], error=error[chosen], designs=len(dealt), orders=orders)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known before hybrids are scored, and is taken out of the noise of drawing."""

    effects: Float[np.ndarray, " b M"]
    """Effects of the references' players."""
    halves: Float[np.ndarray, " n r M"]
    """Half of what the players of every row add along the directions in which the score bends."""


def _known(request: Request, games: Games, chosen: Int[np.ndarray, " p"], hybrids: int, dealt: "list[Dealt]") -> Known:
    """Effects of references, and directions where coalitions are drawn by size."""
    halves = np.zeros((request.count, 0, len(request.layout)))
    if any(not rule.design.walks for rule, _ in dealt):
        found = halves_along(request, chosen, MOST_DIRECTIONS)
        halves = np.zeros((request.count, *found.shape[1:]))
        halves[chosen] = found
    return Known(effects=_effects(request, games, hybrids, len(chosen)), halves=halves)


def _played(
    request: Request, games: Games, rule: Projection, plays: Plays, known: Known
) -> tuple[Float[np.ndarray, " p m"], Float[np.ndarray, " p m"]]:
    """Values and standard errors of the rows of some plays."""
    scored = differences(request, plays, rule.design.coalitions)
    scored = without_references(scored, plays, rule.design, known.effects, games.nobody[plays.rows])
    change = games.change[plays.rows]
    if rule.design.walks:
        values = rule.values(scored, change)
        return values, rule.error(scored, values)
    halves = known.halves[plays.rows]
    if plays.players is not None:
        halves = np.take_along_axis(halves, plays.players[:, None], axis=2)
    split = imitated(rule, scored, change, halves)
    values = rule.values(split.rest, change)
    return values + split.known, rule.error(split.rest, values, split.leverage)


def _effects(request: Request, games: Games, hybrids: int, rows: int) -> Float[np.ndarray, " b M"]:
    """Effects of the references' players; 0 where they cancel, and where references have no layout of their own."""
    count, players = games.nobody.shape[1], len(request.layout)
    each = hybrids_for_effects(players, count, rows, hybrids)
    background = of_the_background(request)
    if not each or background is None:
        return np.zeros((count, players))
    return reference_effects(background, each)


def hybrids_for_effects(players: int, references: int, rows: int, hybrids: int) -> int:
    """Hybrids of a background row: as many as of a row, but in all at most a quarter of what all rows take.

    None where each row meets all references, and some again: they count alike, so that their effects cancel, and
    standard errors need none either. Two orders of the players are the least that tells the effects of the two sides of
    a hybrid apart.
    """
    if not rows or references == 1 or hybrids // (2 * (players - 1)) >= references + RECURRING:
        return 0
    return max(4 * (players - 1), min(hybrids, rows * hybrids // (4 * references)))


def _dealt(games: Games, chosen: Int[np.ndarray, " p"], hybrids: int, generator: np.random.Generator) -> list[Dealt]:
    """A design for every set of rows that play with as many players, and who of them meets whom."""
    references = games.nobody.shape[1]
    active = games.active[chosen]
    number = active.sum(axis=1)
    dealt = []
    for players in np.unique(number):
        for at in _sets(np.flatnonzero(number == players)):
            design = design_for(int(players), references, hybrids, generator)
            behind = None if players == active.shape[1] else np.nonzero(active[at])[1].reshape(len(at), -1)
            dealt.append((projection(design), shifted(chosen[at], behind, design, references, generator)))
    return dealt


def _sets(rows: Int[np.ndarray, " n"]) -> "list[Int[np.ndarray, ' p']]":
    """The rows in as many interleaved sets as there are designs for them."""
    wanted = min(MOST_DESIGNS, len(rows) // ROWS_PER_DESIGN)
    count = max(1, wanted, -(-len(rows) // MOST_ROWS))
    return [rows[start::count] for start in range(count)]
