"""Players: which positions of the encoded input move together."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from dlaudit.data.batch import Player
from dlaudit.errors import ModelRefused


def players_of(written: Sequence[Sequence[Any]], width: int, names: Sequence[str] | None = None) -> tuple[Player, ...]:
    """The players that parameters name, or one per input where they name none.

    Args:
        written: `[[name, [positions]], …]`; empty for one player per position.
        width: Number of encoded inputs.
        names: Names of the positions, where the caller's code gives them.

    Raises:
        ModelRefused: The players do not cover every encoded input exactly once (DLA324).
    """
    if not written:
        known = list(names) if names is not None and len(names) == width else [f"input {i + 1}" for i in range(width)]
        return tuple(Player(name=name, columns=(at,)) for at, name in enumerate(known))
    players = tuple(Player(name=str(name), columns=tuple(int(c) for c in columns)) for name, columns in written)
    covered = sorted(column for player in players for column in player.columns)
    if covered != list(range(width)):
        raise ModelRefused(
            "DLA324",
            f"the features cover {len(covered)} encoded inputs, the rows have {width}",
            expected="every encoded input in exactly one feature",
            fix="Let the code file name its inputs (feature_names), or correct data.features.",
        )
    return players


def owners(players: Iterable[Player], width: int) -> Int[np.ndarray, " F"]:
    """For every encoded input the number of its player."""
    owner = np.empty(width, dtype=np.int64)
    for number, player in enumerate(players):
        owner[list(player.columns)] = number
    return owner


def summed(values: Float[np.ndarray, " n F"], players: Sequence[Player]) -> Float[np.ndarray, " n M"]:
    """Contributions of encoded inputs added up over each player's inputs, float64."""
    columns = [values[:, list(player.columns)].sum(axis=1, dtype=np.float64) for player in players]
    return np.stack(columns, axis=1) if columns else np.zeros((len(values), 0))
