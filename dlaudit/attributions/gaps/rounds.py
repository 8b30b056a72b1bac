"""Rounds: both slices paired anew and walked, until the luck of the draw is small beside the sampling of people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.gaps.draws import Drawn, People, Stratum, across, with_inside
from dlaudit.attributions.gaps.games import Game
from dlaudit.attributions.gaps.walk import Pool, passes_per_row, walk

if TYPE_CHECKING:
    from dlaudit.attributions.request import Request

FEWEST_ROUNDS = 2
"""With fewer the luck of the draw could not be told from the differences between people."""
LOOK_EVERY = 4
"""After so many rounds it is looked whether more are needed."""
MOST_PASSES = 150.0
"""Forward-and-backward passes per row that the rounds of one pairing may take; `FEWEST_ROUNDS` are always done."""
_CELLS = 20_000_000
"""Scores that are held at once."""


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """What one game gave, within each stratum."""

    values: Float[np.ndarray, " n M"]
    """For every row of the pool its contributions to the gap within its stratum, averaged over partners and rounds."""
    noise: Float[np.ndarray, " n M"]
    """Squared standard error of `values` from the luck of the draw of partners and orders."""
    totals: Float[np.ndarray, "rounds strata M"]
    """The split of each stratum's gap in every round."""
    pooled: Float[np.ndarray, " n M"] | None = None
    """For every row its contributions against both slices half and half, within its stratum."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a pool is paired, and for how long."""

    strata: Sequence[Stratum]
    mass: Float[np.ndarray, " n"]
    """Weights of the pool's rows."""
    most: int
    """Rounds at most."""
    enough: Callable[[Sequence[Rounds]], bool]
    """Whether what the games gave so far is exact enough."""
    pooled: bool = False
    """Whether people are paired with those of their own slice, too."""
    seed: Sequence[int] = (0,)
    """Seed of all draws."""


def play(request: "Request", pool: Pool, games: Sequence[Game], plan: Plan) -> list[Rounds]:
    """What each game gave, over as many rounds as are needed: one walk of every pair serves all games."""
    players = len(request.layout) + int(pool.label_player)
    people = People(strata=plan.strata, mass=plan.mass, players=players)
    outside, inside = ([np.random.default_rng([*plan.seed, one.key, at]) for one in plan.strata] for at in (0, 1))
    sums = _Sums(len(plan.mass), len(games), players)
    for number in range(1, rounds_allowed(players, plan.most, pooled=plan.pooled) + 1):
        drawn = across(people, outside)
        if plan.pooled:
            drawn = with_inside(drawn, people, inside)
        sums.add(drawn, _walked(request, pool, drawn, games))
        if number % LOOK_EVERY == 0 and plan.enough(sums.by_game()):
            break
    return sums.by_game()


def rounds_allowed(players: int, most: int, *, pooled: bool = False) -> int:
    """Rounds that `MOST_PASSES` allows, at most those asked for, at least `FEWEST_ROUNDS`.

    Args:
        players: Number of players.
        most: Rounds asked for.
        pooled: Whether people are paired with those of their own slice, too, which doubles the pairs.
    """
    each = max(passes_per_row(players), 1e-9) * (2 if pooled else 1)
    return max(FEWEST_ROUNDS, min(most, int(MOST_PASSES / each)))


def _walked(request: "Request", pool: Pool, drawn: Drawn, games: Sequence[Game]) -> list[Float[np.ndarray, "pairs M"]]:
    """Contributions of every pair's players, game by game; so many pairs at once as scores fit into memory."""
    pairs, players = drawn.order.shape
    at_once = max(1, _CELLS // (2 * (players + 1) * pool.scores.shape[1]))
    parts = [slice(start, start + at_once) for start in range(0, pairs, at_once)]
    found = [
        _contributions(request, pool, (drawn.first[one], drawn.second[one]), drawn.order[one], games) for one in parts
    ]
    return [np.concatenate([part[at] for part in found]) for at in range(len(games))]


def _contributions(
    request: "Request",
    pool: Pool,
    both: tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]],
    order: Int[np.ndarray, "pairs M"],
    games: Sequence[Game],
) -> list[Float[np.ndarray, "pairs M"]]:
    walked = walk(request, pool, both, order)
    pairs, nodes, width = walked.scores.shape
    flat = walked.scores.reshape(-1, width)
    labels = np.zeros((len(pool.scores), 1)) if pool.labels is None else pool.labels.reshape(len(pool.scores), -1)
    own, other = (labels[one][:, None] for one in both)
    switched = walked.path.switched(-1) if pool.label_player else np.ones((pairs, nodes), dtype=bool)
    seen = np.where(switched[:, :, None], own, other).reshape(pairs * nodes, -1)
    found = []
    for one in games:
        label = seen[:, one.place.column if seen.shape[1] > 1 else 0]
        found.append(walked.path.contributions(one.numbers(flat, label).reshape(pairs, nodes)))
    return found


class _Sums:
    """Running sums over rounds, for all games."""

    def __init__(self, people: int, games: int, players: int) -> None:
        self._rounds = 0
        self._sum = np.zeros((games, people, players))
        self._squares = np.zeros((games, people, players))
        self._pooled: Float[np.ndarray, "games n M"] | None = None
        self._totals: list[list[Float[np.ndarray, "strata M"]]] = [[] for _ in range(games)]

    def add(self, drawn: Drawn, contributions: Sequence[Float[np.ndarray, "pairs M"]]) -> None:
        self._rounds += 1
        across = drawn.person.shape[1]
        for at, all_pairs in enumerate(contributions):
            mean = drawn.person @ all_pairs[:across]
            self._sum[at] += mean
            self._squares[at] += mean**2
            self._totals[at].append(drawn.stratum @ all_pairs[:across])
            if drawn.pooled is not None:
                if self._pooled is None:
                    self._pooled = np.zeros_like(self._sum)
                self._pooled[at] += drawn.pooled @ all_pairs

    def by_game(self) -> list[Rounds]:
        """The means so far, and their noise from the spread between rounds."""
        count = self._rounds
        freedom = count * max(count - 1, 1)
        return [
            Rounds(
                values=self._sum[at] / count,
                noise=np.maximum(self._squares[at] - self._sum[at] ** 2 / count, 0.0) / freedom,
                totals=np.stack(totals),
                pooled=None if self._pooled is None else self._pooled[at] / count,
            )
            for at, totals in enumerate(self._totals)
        ]
