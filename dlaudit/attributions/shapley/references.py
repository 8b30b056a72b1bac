"""What single players of the reference rows add to scores, taken out of the noise of drawing references.

A hybrid is scored against one reference row, where the game wants the mean over all of them. Most of what that choice
changes is additive: a reference whose income is high scores high wherever its income stands in. These effects are
measured once, on the background rows themselves, and taken out of every difference before values are made of it (a
control variate). They add up to 0 over the background, so that the values stay the same on average; where the score is
a sum of functions of single players, no noise is left at all.
"""

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.request import Request
from dlaudit.attributions.score import scores_of
from dlaudit.attributions.shapley.designs import Design, design_for
from dlaudit.attributions.shapley.game import Plays, differences
from dlaudit.attributions.shapley.projection import Projection, projection

MOST_ROUNDS = 200
SETTLED = 1e-12
"""Change of the effects, relative to their size, at which they are settled."""


def reference_effects(background: Request, hybrids: int) -> Float[np.ndarray, " b M"]:
    """Effects of every reference row's players on the score, each player's adding up to 0 over the background.

    They are the rows' own Shapley values against the background, estimated with `hybrids` hybrids each. Each round
    takes the effects of the round before out of the differences, so that additive scores are met exactly.

    Args:
        background: The request with the background in the place of the rows.
        hybrids: Hybrids per background row.
    """
    scores = scores_of(background.score, background.rows, background.memory)
    count, players = len(scores), len(background.layout)
    if players == 1:
        return np.asarray((scores - scores.mean())[:, None])
    rule = projection(design_for(players, count, hybrids, background.generator))
    plays = shifted(np.arange(count), None, rule.design, count, background.generator)
    scored = differences(background, plays, rule.design.coalitions)
    return _settled(rule, scored, plays, scores)


def shifted(
    rows: Int[np.ndarray, " p"],
    players: Int[np.ndarray, " p m"] | None,
    design: Design,
    references: int,
    generator: np.random.Generator,
) -> Plays:
    """Plays of a design in which each row begins with another reference."""
    moved = generator.permutation(len(rows)) % references
    met = (design.references[None, :] + moved[:, None]) % references
    return Plays(rows=rows, references=met if references > 1 else met[:, :1], players=players)


def without_references(
    scored: Float[np.ndarray, " p K"],
    plays: Plays,
    design: Design,
    effects: Float[np.ndarray, " b M"],
    nobody: Float[np.ndarray, " p b"],
) -> Float[np.ndarray, " p K"]:
    """Differences as an average reference would have made them.

    Args:
        scored: Differences against one reference each.
        plays: Who met whom.
        design: The coalitions.
        effects: Effects of the references' players.
        nobody: v(nobody) of every play's row with every reference. What a reference changes there beyond the effects
            of its players is shared out evenly.
    """
    if effects.shape[0] == 1:
        return scored
    signs = design.signs
    total = nobody - nobody.mean(axis=1, keepdims=True)
    if plays.players is None:
        known = (effects @ signs.T)[plays.references, np.arange(len(signs))]
        explained = effects.sum(axis=1)[plays.references]
    else:
        own = effects[plays.references[:, :, None], plays.players[:, None, :]]
        known, explained = np.einsum("pkm,km->pk", own, signs), own.sum(axis=2)
    rest = np.take_along_axis(total, plays.references, axis=1) - explained
    return np.asarray(scored + known + rest * signs.mean(axis=1))


def _settled(
    rule: Projection, scored: Float[np.ndarray, " b K"], plays: Plays, scores: Float[np.ndarray, " b"]
) -> Float[np.ndarray, " b M"]:
    """Effects that explain the differences between background rows on both sides of a hybrid."""
    change = scores - scores.mean()
    nobody = np.broadcast_to(scores, (len(scores), len(scores)))
    effects = np.zeros((len(scores), len(rule.matrix)))
    last = np.inf
    for _ in range(MOST_ROUNDS):
        found = rule.values(without_references(scored, plays, rule.design, effects, nobody), change)
        found -= found.mean(axis=0)
        moved = float(np.abs(found - effects).max())
        if moved >= last:  # too few hybrids to tell the two sides apart: the round before is as good as it gets
            break
        effects, last = found, moved
        if moved <= SETTLED * np.abs(effects).max():
            break
    return effects
