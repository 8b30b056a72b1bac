"""A gap as a record: its split over features, with intervals over people and the noise of pairing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.explained import Side, Split
from dlaudit.attributions.pairs import Pair
from dlaudit.attributions.resample import People, people, studentised_interval
from dlaudit.data.batch import Player
from dlaudit.record.base import finite
from dlaudit.record.explained import Contribution, Decomposition


@dataclass(frozen=True, kw_only=True)
class AllRows:
    """Scores of all scored rows of one slice, where the split rests on only some of them."""

    score: Float[np.ndarray, " n"]
    """Scores (or decisions) of the audited class."""
    weight: Float[np.ndarray, " n"] | None = None
    """Weights of the rows."""
    unit: Int[np.ndarray, " n"] | None = None
    """Number of the person each row belongs to."""


@dataclass(frozen=True, kw_only=True)
class GapRows:
    """What a decomposition knows beside the split."""

    a: AllRows | None = None
    """All rows of the slice explained; None where the split used them all."""
    b: AllRows | None = None
    """All rows of the slice it is compared with; None where the split used them all."""
    unit_a: Int[np.ndarray, " nA"] | None = None
    """Number of the person each row of the split belongs to, in the slice explained."""
    unit_b: Int[np.ndarray, " nB"] | None = None
    """The same in the slice it is compared with."""


def decomposition(
    pair: Pair,
    split: Split,
    generator: np.random.Generator,
    *,
    rows: GapRows | None = None,
    players: Sequence[Player] = (),
    encoded: Sequence[str] = (),
) -> Decomposition:
    """The gap between a pair of slices as contributions plus a residual, which add up to it exactly.

    The gap and its interval are over all scored rows. Intervals are studentised bootstraps of people. A
    person's contribution still holds the luck of the draw of partners, so intervals of contributions are on
    the wide side; `noise` is the Monte-Carlo standard error alone.

    Args:
        pair: Which slices, and of which metric.
        split: What `split_gap` returned.
        generator: Source of the bootstrap's draws.
        rows: Scores of all rows where the split used a sample, and units.
        players: Features, to name the encoded inputs of those that have several.
        encoded: Names of the encoded inputs.
    """
    known = rows or GapRows()
    value = _mean(split.a)
    gathered = [
        people(split.a.values, split.a.weight, known.unit_a),
        people(split.b.values, split.b.weight, known.unit_b),
    ]
    offsets = studentised_interval(gathered, generator)
    all_a, all_b = _scores(known.a, split.a, known.unit_a), _scores(known.b, split.b, known.unit_b)
    gap = float(all_a.mean[0] - all_b.mean[0])
    around = studentised_interval([all_a, People(sums=-all_b.sums, mass=all_b.mass)], generator)
    names = _columns(players, encoded)
    contributions = [
        Contribution(
            feature=feature,
            value=float(value[at]),
            low=None if offsets is None else finite(value[at] + offsets[0][at]),
            high=None if offsets is None else finite(value[at] + offsets[1][at]),
            columns=names.get(feature, []),
        )
        for at, feature in enumerate(split.features)
    ]
    return Decomposition(
        metric=pair.metric,
        by=list(pair.by),
        slice=pair.slice,
        reference=pair.reference,
        gap=gap,
        low=None if around is None else finite(gap + around[0][0]),
        high=None if around is None else finite(gap + around[1][0]),
        contributions=sorted(contributions, key=lambda one: (-abs(one.value), one.feature)),
        residual=gap - float(value.sum()),
        rows=len(split.a.score) + len(split.b.score),
        noise=_noise(split.rounds),
        estimand=_estimand(pair),
    )


def _mean(side: Side) -> Float[np.ndarray, " M"]:
    return np.asarray((side.weight / side.weight.sum()) @ side.values)


def _scores(given: AllRows | None, side: Side, unit: Int[np.ndarray, " n"] | None) -> People:
    """Scores gathered by person: of all rows where given, else of the rows of the split."""
    if given is None:
        return people(side.score[:, None], side.weight, unit)
    return people(given.score[:, None], given.weight, given.unit)


def _noise(rounds: Float[np.ndarray, " rounds M"]) -> float | None:
    """Largest Monte-Carlo standard error of a contribution; None with a single round or without features."""
    if len(rounds) < 2 or rounds.shape[1] == 0:
        return None
    return float((rounds.std(axis=0, ddof=1) / np.sqrt(len(rounds))).max())


def _columns(players: Sequence[Player], encoded: Sequence[str]) -> dict[str, list[str]]:
    """Encoded inputs of the features that have several."""
    return {
        player.name: [encoded[at] if at < len(encoded) else f"input {at + 1}" for at in player.columns]
        for player in players
        if len(player.columns) > 1
    }


def _estimand(pair: Pair) -> str:
    return (
        f"Shapley values of changing a person of {pair.reference} into a person of {pair.slice}, feature "
        "by feature, averaged over independently drawn pairs and all orders; they describe the model's arithmetic, "
        "not causes."
    )
