"""What the checks of all methods share: the checked rows, the effects measured on them, and who is whose null."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.checks.curves import between_curves, some_rows
from dlaudit.attributions.checks.effects import Effects
from dlaudit.attributions.checks.faithful import faithful, others
from dlaudit.attributions.checks.found import CheckSettings, RowChecks
from dlaudit.attributions.checks.games import Game, Kind, game
from dlaudit.attributions.checks.repeats import part_of_request
from dlaudit.attributions.request import Explanation, Request


@dataclass(frozen=True, kw_only=True)
class Material:
    """Rows that are checked, and what is known of them before any explanation is looked at."""

    settings: CheckSettings
    """How much is checked."""
    request: Request
    """The checked rows."""
    games: Mapping[Kind, Game]
    """What exchanging their inputs does, in each game that a method plays."""
    other: Int[np.ndarray, " T k"]
    """For every row other rows, whose contributions are worthless for it."""
    again: Int[np.ndarray, " a"]
    """Places of those that are explained again."""

    def without_repeats(self, kind: Kind, explanation: Explanation) -> RowChecks:
        """The figures of one explanation of the checked rows that need no further explanation."""
        played = self.games[kind]
        found = faithful(played.effects, explanation.values, self.other)
        figures, nulls = dict(found.figures), dict(found.nulls)
        if explanation.error is not None:
            centred = played.effects.beyond_even(explanation.values)
            figures["noise"] = np.asarray((explanation.error**2).mean(axis=1))
            nulls["noise"] = np.asarray((centred**2).mean(axis=1))
        some = some_rows(self.request.count, self.settings.curve_rows, self.settings.generator("curves"))
        part = part_of_request(self.request, some)
        mixed_with = replace(played.references, chosen=played.references.chosen[some])
        theirs = explanation.values[self.other[0]] * played.effects.held
        for known, values in ((figures, explanation.values), (nulls, theirs)):
            area = between_curves(part, values[some], mixed_with, self.settings.cuts)
            known["insertion_deletion"] = spread(area, some, self.request.count)
        return RowChecks(figures=figures, nulls=nulls)

    def faithfulness_again(self, kind: Kind, values: Float[np.ndarray, " a M"]) -> Float[np.ndarray, " a"]:
        """Faithfulness of contributions of the rows that are explained again."""
        known = self.games[kind].effects
        part = replace(known.coalitions, block=known.coalitions.block[self.again])
        at = self.again
        effects = Effects(coalitions=part, split=known.split[at], change=known.change[at], held=known.held[at])
        return faithful(effects, values, self.other[:0, self.again]).figures["faithfulness"]


def material(
    request: Request, kinds: Iterable[Kind], settings: CheckSettings, again: Int[np.ndarray, " a"]
) -> Material:
    """What all checks share: measures the effects of exchanging inputs, once for each game.

    The coalitions are divided among the games, so that two cost no more than one.

    Args:
        request: The checked rows.
        kinds: The games that are played.
        settings: How much is checked.
        again: Places, among the checked rows, of those that are explained again.
    """
    played = sorted(set(kinds))
    pairs = settings.pairs // max(len(played), 1)
    return Material(
        settings=settings,
        request=request,
        games={kind: game(request, kind, settings, pairs) for kind in played},
        other=others(request.count, settings.generator("others")),
        again=again,
    )


def spread(figures: Float[np.ndarray, " a"], places: Int[np.ndarray, " a"], rows: int) -> Float[np.ndarray, " n"]:
    """Figures at their places among all rows, NaN elsewhere."""
    table = np.full(rows, np.nan)
    table[places] = figures
    return table
