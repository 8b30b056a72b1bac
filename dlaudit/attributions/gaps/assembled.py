"""From what rounds gave within strata to a split: one metric's contributions of every person of both slices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from dlaudit.attributions.gaps.draws import Stratum
from dlaudit.attributions.gaps.games import Game
from dlaudit.attributions.gaps.label_mix import Labelled, Mixed, OwnSide, mixed, people_of_mix, people_of_split
from dlaudit.attributions.gaps.rounds import Rounds
from dlaudit.attributions.gaps.split import Side, Split

SHARE_OF_ERROR = 1 / 3
"""Rounds go on until their error is this share of the sampling error of people."""


@dataclass(frozen=True, kw_only=True)
class Both:
    """Both slices' rows, one after the other."""

    first: int
    """Rows of the slice explained."""
    scores: Float[np.ndarray, "n k"]
    labels: Shaped[np.ndarray, "n *L"] | None
    mass: Float[np.ndarray, " n"]

    def label(self, game: Game) -> Shaped[np.ndarray, " n"]:
        """The label that a game looks at; 0 each where none are given."""
        if self.labels is None:
            return np.zeros(len(self.scores))
        return self.labels if self.labels.ndim == 1 else self.labels[:, game.place.column]

    def numbers(self, game: Game) -> Float[np.ndarray, " n"]:
        """The number of each row whose mean is the metric."""
        return game.numbers(self.scores, self.label(game))

    def strata(self, labels: Shaped[np.ndarray, " n"] | None) -> list[Stratum]:
        """All people as one stratum, or one for each label that both slices have with some weight."""
        codes = np.zeros(len(self.mass)) if labels is None else labels
        counted = self.mass > 0
        own, other = counted.copy(), counted.copy()
        own[self.first :] = False
        other[: self.first] = False
        common = np.intersect1d(codes[own], codes[other])
        return [
            Stratum(a=np.flatnonzero(own & (codes == one)), b=np.flatnonzero(other & (codes == one)), key=int(one))
            for one in common
        ]


def split_of(game: Game, both: Both, rounds: Rounds, strata: Sequence[Stratum], names: list[str]) -> Split:
    """The split of one metric.

    Args:
        game: The metric.
        both: The rows.
        rounds: What its game gave within the strata.
        strata: Who was paired with whom.
        names: Names of the players.
    """
    numbers = both.numbers(game)
    if game.form.labels == "mix":
        return _with_mix(both, numbers, rounds, strata, _codes(both.label(game)), names)
    weight = both.mass if game.within is None else both.mass * (both.label(game) == game.within)
    chosen = 0 if game.within is None else _stratum_of(strata, weight > 0)
    values, noise = (np.where(weight[:, None] > 0, one, 0.0) for one in (rounds.values, rounds.noise))
    pooled = None if rounds.pooled is None else np.where(weight[:, None] > 0, rounds.pooled, 0.0)
    whole = Side(values=values, noise=noise, score=numbers, weight=weight, pooled=pooled)
    return Split(
        features=names, a=_part(whole, slice(0, both.first)), b=_part(whole, slice(both.first, None)),
        rounds=rounds.totals[:, chosen],
    )  # fmt: skip


def exact_enough(split: Split) -> bool:
    """Whether the luck of the draw is at most a third of the sampling error of people, over all players together."""
    draw = split.rounds.var(axis=0, ddof=1).sum() / len(split.rounds)
    people = sum(_squared_error(side) for side in (split.a, split.b))
    return bool(draw <= SHARE_OF_ERROR**2 * people)


def _squared_error(side: Side) -> float:
    """Squared standard errors of the players' means over rows, added up; without the luck of the draw."""
    share = side.weight / side.weight.sum()
    spread = share**2 @ (side.values - share @ side.values) ** 2
    lucky = 0.0 if side.noise is None else share**2 @ side.noise
    return float(np.maximum(spread - lucky, 0.0).sum())


def _codes(labels: Shaped[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.int64)


def _stratum_of(strata: Sequence[Stratum], counted: Bool[np.ndarray, " n"]) -> int:
    return next(at for at, one in enumerate(strata) if counted[one.a[0]])


def _part(whole: Side, rows: slice) -> Side:
    return Side(
        values=whole.values[rows],
        noise=None if whole.noise is None else whole.noise[rows],
        score=whole.score[rows],
        weight=whole.weight[rows],
        pooled=None if whole.pooled is None else whole.pooled[rows],
    )


def _with_mix(
    both: Both,
    numbers: Float[np.ndarray, " n"],
    rounds: Rounds,
    strata: Sequence[Stratum],
    codes: Int[np.ndarray, " n"],
    names: list[str],
) -> Split:
    halves = slice(0, both.first), slice(both.first, None)
    labels = int(codes.max()) + 1
    a, b = (Labelled(code=codes[one], weight=both.mass[one], number=numbers[one]) for one in halves)
    mix = mixed(a, b, labels)
    sides = [
        _side_of_mix(rounds, side, half, mix, OwnSide(own=own, other=other, sign=sign))
        for side, half, own, other, sign in (
            (a, halves[0], mix.share_a, mix.share_b, 1.0),
            (b, halves[1], mix.share_b, mix.share_a, -1.0),
        )
    ]
    share = mix.share[[codes[one.a[0]] for one in strata]]
    totals = np.einsum("s,rsm->rm", share, rounds.totals)
    return Split(features=names, a=sides[0], b=sides[1], rounds=totals)


def _side_of_mix(rounds: Rounds, side: Labelled, half: slice, mix: Mixed, shares: OwnSide) -> Side:
    values, stretch = people_of_split(rounds.values[half], side, mix, shares)
    return Side(
        values=values,
        noise=stretch[:, None] ** 2 * rounds.noise[half],
        score=side.number,
        weight=side.weight,
        label_mix=people_of_mix(side, mix, shares),
        pooled=None if rounds.pooled is None else stretch[:, None] * rounds.pooled[half],
        stretch=stretch,
    )
