"""A gap as a record: its split over features, with intervals over people and the noise of pairing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.explained import Side, Split
from dlaudit.attributions.pairs import Pair
from dlaudit.attributions.resample import People, people, studentised_interval
from dlaudit.data.batch import Player
from dlaudit.record.base import finite
from dlaudit.record.decomposed import Contribution, Decomposition


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
    all_a, all_b = _scores(known.a, split.a, known.unit_a), _scores(known.b, split.b, known.unit_b)
    gap = all_a.mean - all_b.mean
    low, high = _ends(gap, [all_a, People(sums=-all_b.sums, mass=all_b.mass)], generator)
    contributions = _contributions(split, known, generator, _columns(players, encoded))
    return Decomposition(
        metric=pair.metric,
        by=list(pair.by),
        slice=pair.slice,
        reference=pair.reference,
        gap=float(gap[0]),
        low=low[0],
        high=high[0],
        contributions=sorted(contributions, key=lambda one: (-abs(one.value), one.feature)),
        residual=float(gap[0]) - math.fsum(one.value for one in contributions),
        rows=len(split.a.score) + len(split.b.score),
        noise=_noise(split.rounds),
        estimand=_estimand(pair),
    )


def _contributions(
    split: Split, known: GapRows, generator: np.random.Generator, columns: Mapping[str, list[str]]
) -> list[Contribution]:
    value = np.asarray((split.a.weight / split.a.weight.sum()) @ split.a.values)
    parts = [
        people(split.a.values, split.a.weight, known.unit_a),
        people(split.b.values, split.b.weight, known.unit_b),
    ]
    low, high = _ends(value, parts, generator)
    return [
        Contribution(
            feature=feature,
            value=float(value[at]),
            low=low[at],
            high=high[at],
            columns=columns.get(feature, []),
        )
        for at, feature in enumerate(split.features)
    ]


def _ends(
    estimate: Float[np.ndarray, " M"], parts: Sequence[People], generator: np.random.Generator
) -> tuple[list[float | None], list[float | None]]:
    """Lower and upper ends of the intervals; None each where there are too few people."""
    offsets = studentised_interval(parts, generator)
    if offsets is None:
        return [None] * len(estimate), [None] * len(estimate)
    low, high = estimate + offsets[0], estimate + offsets[1]
    return [finite(one) for one in low], [finite(one) for one in high]


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
