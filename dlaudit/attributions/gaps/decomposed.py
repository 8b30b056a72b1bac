"""A gap as a record: its split over features, with intervals over people and the noise of pairing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped

from dlaudit.attributions.gaps.games import Game
from dlaudit.attributions.gaps.inference import Judged, Units, judged, monte_carlo
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.attributions.resample import People, people, studentised_interval
from dlaudit.data.batch import Player
from dlaudit.record.base import finite
from dlaudit.record.decomposed import Contribution, Decomposition, Part


@dataclass(frozen=True, kw_only=True)
class AllRows:
    """The numbers of all scored rows of one slice, where the split rests on only some of them."""

    score: Float[np.ndarray, " n"]
    """The number of each row whose mean is the metric: a score, a decision, a loss."""
    weight: Float[np.ndarray, " n"] | None = None
    """Weights of the rows; 0 for those that the metric does not count."""
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


def all_rows(
    game: Game,
    scores: Float[np.ndarray, "n k"],
    labels: Shaped[np.ndarray, " n *L"],
    weight: Float[np.ndarray, " n"] | None = None,
    unit: Int[np.ndarray, " n"] | None = None,
) -> AllRows:
    """What a metric makes of all scored rows of a slice.

    Args:
        game: The metric.
        scores: Scores as audited.
        labels: Labels as codes, or numbers of a regression; `[n, L]` for several labels.
        weight: Weights of the rows.
        unit: Number of the person each row belongs to.
    """
    label = labels if labels.ndim == 1 else labels[:, game.place.column]
    if game.within is not None:
        weight = (np.ones(len(scores)) if weight is None else weight) * (label == game.within)
    return AllRows(score=game.numbers(scores, label), weight=weight, unit=unit)


def decomposition(
    pair: Pair,
    split: Split,
    generator: np.random.Generator,
    *,
    rows: GapRows | None = None,
    players: Sequence[Player] = (),
    encoded: Sequence[str] = (),
) -> Decomposition:
    """The gap between a pair of slices as contributions, label mix and a residual, which add up to it exactly.

    The gap and its interval are over all scored rows. Intervals, p-values and marks come from a studentised bootstrap
    of people; they also hold the Monte-Carlo error of pairing, whose largest standard error is `noise`.

    Args:
        pair: Which slices, and of which metric.
        split: What `split_gaps` returned for the metric.
        generator: Source of the bootstrap's draws.
        rows: Scores of all rows where the split used a sample, and units.
        players: Features, to name the encoded inputs of those that have several.
        encoded: Names of the encoded inputs.
    """
    known = rows or GapRows()
    all_a, all_b = _numbers(known.a, split.a, known.unit_a), _numbers(known.b, split.b, known.unit_b)
    gap = float((all_a.mean - all_b.mean)[0])
    low, high = _ends(gap, [all_a, all_b.minus], generator)
    found = judged(split, Units(a=known.unit_a, b=known.unit_b), generator).chosen_from(pair.chosen_from)
    contributions = _contributions(split, found, _columns(players, encoded))
    label_mix = None if split.label_mix is None else Part(**_part(found, len(split.features)))
    error = monte_carlo(split)
    return Decomposition(
        metric=pair.metric,
        by=list(pair.by),
        slice=pair.slice,
        reference=pair.reference,
        gap=gap,
        low=low,
        high=high,
        contributions=sorted(contributions, key=lambda one: (-abs(one.value), one.feature)),
        label_mix=label_mix,
        raised=math.fsum(one.value for one in contributions if one.value > 0),
        lowered=math.fsum(one.value for one in contributions if one.value < 0),
        residual=gap - math.fsum([*(one.value for one in contributions), split.label_mix or 0.0]),
        chosen_from=pair.chosen_from,
        rows=int((split.a.weight > 0).sum() + (split.b.weight > 0).sum()),
        noise=None if error is None or not len(error) else float(error.max()),
        estimand=_estimand(pair, split),
    )


def _contributions(split: Split, found: Judged, columns: Mapping[str, list[str]]) -> list[Contribution]:
    return [
        Contribution(feature=feature, columns=columns.get(feature, []), **_part(found, at))
        for at, feature in enumerate(split.features)
    ]


def _part(found: Judged, at: int) -> dict[str, float | bool | None]:
    """The fields of a `Part`."""
    return {
        "value": float(found.value[at]),
        "low": None if found.low is None else finite(found.low[at]),
        "high": None if found.high is None else finite(found.high[at]),
        "p_value": finite(found.p_value[at]),
        "p_adjusted": finite(found.p_adjusted[at]),
        "marked": bool(found.marked[at]),
    }


def _ends(gap: float, parts: Sequence[People], generator: np.random.Generator) -> tuple[float | None, float | None]:
    """Ends of the interval of the gap; None each where there are too few people."""
    offsets = studentised_interval(parts, generator)
    if offsets is None:
        return None, None
    return finite(gap + offsets[0][0]), finite(gap + offsets[1][0])


def _numbers(given: AllRows | None, side: Side, unit: Int[np.ndarray, " n"] | None) -> People:
    """Numbers gathered by person: of all rows where given, else of the rows of the split."""
    if given is None:
        return people(side.score[:, None], side.weight, unit)
    return people(given.score[:, None], given.weight, given.unit)


def _columns(players: Sequence[Player], encoded: Sequence[str]) -> dict[str, list[str]]:
    """Encoded inputs of the features that have several."""
    return {
        player.name: [encoded[at] if at < len(encoded) else f"input {at + 1}" for at in player.columns]
        for player in players
        if len(player.columns) > 1
    }


def _estimand(pair: Pair, split: Split) -> str:
    same = "" if split.label_mix is None else " with the same label"
    return (
        f"Shapley values of changing a person of {pair.reference} into a person of {pair.slice}{same}, feature "
        "by feature, averaged over independently drawn pairs and all orders; they describe the model's arithmetic, "
        "not causes."
    )
