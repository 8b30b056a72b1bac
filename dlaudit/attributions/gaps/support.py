"""How many mixtures of two people lie outside the data: inputs that go together were torn apart there.

A mixture has the inputs of one person on a random set of players and those of another elsewhere. It counts as outside
where its nearest real row is farther away than the nearest real row of 95 % of real people is. The real rows looked at
for that are others than those that distances are taken to, so that 5 % of real people would count as outside as well.

Distances are taken between normal scores of ranks, with correlations taken out: a mixture of two highly correlated
inputs then lies far from every real row, also where many unrelated inputs surround them. They are blind to dependence
that shows in no correlation of ranks: a small share is no proof that mixtures are like real people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Num
from scipy.special import ndtri

from dlaudit.data.batch import Player

MOST_ROWS = 1_000
"""Rows of each slice that distances are taken to, and as many that mixtures are made of."""
FEWEST_ROWS = 50
"""With fewer rows of a slice nothing is said."""
INSIDE = 0.95
"""Share of real people that count as inside the data."""
_LEAST_SPREAD = 1e-3
"""Directions of less than this share of an input's variance are stretched no further."""


def outside_share(
    columns_a: Num[np.ndarray, "nA F *rest"],
    columns_b: Num[np.ndarray, "nB F *rest"],
    players: Sequence[Player],
    generator: np.random.Generator,
) -> float | None:
    """The share of mixtures of a person of either slice that lie outside the data, about .05 where none is torn apart.

    None with a slice of fewer than `FEWEST_ROWS` rows, with a single player, and where inputs are no plain table. Its
    standard error is about .01 with all `MOST_ROWS` rows of both slices.

    Args:
        columns_a: Encoded inputs of the first slice.
        columns_b: The same of the second slice.
        players: Inputs as positions on axis 1; what none of them owns is passed over.
        generator: Source of the rows, of the pairs and of the sets of players.
    """
    if columns_a.ndim != 2 or len(players) < 2 or min(len(columns_a), len(columns_b)) < FEWEST_ROWS:
        return None
    halves = [_halves(one, generator) for one in (columns_a, columns_b)]
    real = np.concatenate([near for near, _ in halves])
    held_out = [away for _, away in halves]
    space = _space(real)
    reach = float(np.quantile(space.distance(np.concatenate(held_out)), INSIDE, method="higher"))
    mixtures = mixed_rows(held_out[0], held_out[1], players, generator)
    return float((space.distance(mixtures) > reach).mean())


def mixed_rows(
    a: Num[np.ndarray, "m F"], b: Num[np.ndarray, "k F"], players: Sequence[Player], generator: np.random.Generator
) -> Num[np.ndarray, "r F"]:
    """Mixtures of randomly paired rows: `a` on a random set of players, `b` elsewhere.

    The number of players taken from `a` is uniform from 1 to one less than all, then every set of that size is as
    likely: the mixtures that Shapley values are made of, without the real rows at both ends.
    """
    pairs = max(len(a), len(b))
    first, second = (_shuffled(len(one), pairs, generator) for one in (a, b))
    size = generator.integers(1, len(players), pairs)
    place = np.argsort(np.argsort(generator.random((pairs, len(players))), axis=1), axis=1)
    taken = place < size[:, None]
    rows = b[second].copy()
    for at, player in enumerate(players):
        columns = list(player.columns)
        rows[:, columns] = np.where(taken[:, at, None], a[first][:, columns], rows[:, columns])
    return np.asarray(rows)


@dataclass(frozen=True, kw_only=True)
class _Space:
    """Real rows, and how other rows are laid beside them."""

    sorted_columns: Num[np.ndarray, "n F"]
    """Every column in ascending order, to find ranks in."""
    rotation: Float[np.ndarray, "F k"]
    """Takes correlations out."""
    places: Float[np.ndarray, "n k"]
    """Where the real rows lie."""

    def scores(self, rows: Num[np.ndarray, "m F"]) -> Float[np.ndarray, "m F"]:
        """Normal scores of the rows' mid-ranks among the real rows."""
        return _normal_scores(rows, self.sorted_columns)

    def distance(self, rows: Num[np.ndarray, "m F"]) -> Float[np.ndarray, " m"]:
        """How far the nearest real row is."""
        from scipy.spatial.distance import cdist

        return np.asarray(cdist(self.scores(rows) @ self.rotation, self.places).min(axis=1))


def _space(real: Num[np.ndarray, "n F"]) -> _Space:
    ordered = np.sort(real, axis=0)
    scores = _normal_scores(real, ordered)
    scale = scores.std(axis=0)
    unit = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 1e-9)
    spread, direction = np.linalg.eigh(np.cov(scores * unit, rowvar=False, ddof=0).reshape(len(unit), len(unit)))
    rotation = unit[:, None] * direction / np.sqrt(np.maximum(spread, _LEAST_SPREAD))
    return _Space(sorted_columns=ordered, rotation=rotation, places=scores @ rotation)


def _normal_scores(rows: Num[np.ndarray, "m F"], ordered: Num[np.ndarray, "n F"]) -> Float[np.ndarray, "m F"]:
    """The normal quantile of each value's mid-rank, with half a row beyond either end."""
    below = np.stack([np.searchsorted(o, r, side="left") for o, r in zip(ordered.T, rows.T, strict=True)], axis=1)
    upto = np.stack([np.searchsorted(o, r, side="right") for o, r in zip(ordered.T, rows.T, strict=True)], axis=1)
    return np.asarray(ndtri(((below + upto) / 2 + 0.5) / (len(ordered) + 1)))


def _halves(
    columns: Num[np.ndarray, "n F"], generator: np.random.Generator
) -> tuple[Num[np.ndarray, "m F"], Num[np.ndarray, "k F"]]:
    """Two random sets of rows that have none in common."""
    order = generator.permutation(len(columns))[: 2 * MOST_ROWS]
    return columns[order[: len(order) // 2]], columns[order[len(order) // 2 :]]


def _shuffled(rows: int, wanted: int, generator: np.random.Generator) -> Int[np.ndarray, " wanted"]:
    """As many row numbers as wanted: every row once before any comes twice."""
    times = -(-wanted // rows)
    return np.concatenate([generator.permutation(rows) for _ in range(times)])[:wanted]
