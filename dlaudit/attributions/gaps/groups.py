"""Inputs that go together, taken as one: their credit is shared by convention, that of the whole group is not.

Groups come from average linkage: the two groups with the highest mean association between their members are joined, as
long as it is at least the threshold. Single linkage would chain inputs of which the first and the last have nothing in
common; complete linkage would part two strongly associated inputs because of a third that goes with only one of them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.gaps.inference import ALPHA, Judged, Units, judged
from dlaudit.attributions.gaps.split import Side, Split
from dlaudit.record.base import finite
from dlaudit.record.decomposed import Decomposition, InputGroup, Part
from dlaudit.stats.multiplicity import holm


def with_groups(
    decomposition: Decomposition,
    split: Split,
    associations: Float[np.ndarray, "P P"],
    threshold: float,
    generator: np.random.Generator,
    *,
    units: Units | None = None,
) -> Decomposition:
    """The decomposition with its contributions again, inputs that go together taken as one.

    A group's value is the sum of its members' contributions. Its interval and p-value come from the bootstrap that
    contributions have, on each person's sum; Holm's adjustment is over all groups and the label mix, fewer parts than
    before. A group of one keeps the interval and the p-value of its contribution.

    Args:
        decomposition: Of this split.
        split: The gap, split.
        associations: From `associations`, players in the order of the split's features; a label that is exchanged as a
            player comes last and need not be there.
        threshold: Mean association from which groups are joined, above 0.
        generator: Source of the bootstrap's draws.
        units: Persons that rows belong to.
    """
    groups = grouped(associations, len(split.features), threshold)
    summed = _summed(split, groups)
    found = judged(summed, units or Units(), generator) if any(len(one) > 1 for one in groups) else None
    parts = [_part(decomposition, split, members, at, found) for at, members in enumerate(groups)]
    adjusted = _adjusted(parts, decomposition.label_mix, decomposition.chosen_from)
    made = [
        InputGroup(
            name=" + ".join(_largest_first(split, members)),
            members=_largest_first(split, members),
            association=_strongest(associations, members),
            **part.model_dump(),
        )
        for members, part in zip(groups, adjusted, strict=True)
    ]
    ordered = sorted(made, key=lambda one: (-abs(one.value), one.name))
    return decomposition.model_copy(update={"groups": ordered, "grouped_at": threshold})


def grouped(associations: Float[np.ndarray, "P P"], players: int, threshold: float) -> list[list[int]]:
    """Places of the players in groups, in the order of each group's first player.

    Args:
        associations: Of the first P players; the others stand alone.
        players: How many there are.
        threshold: Mean association from which groups are joined.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    known = len(associations)
    if known < 2:
        return [[at] for at in range(players)]
    apart = np.clip(1.0 - (associations + associations.T) / 2, 0.0, 1.0)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), method="average")
    label = fcluster(tree, t=1.0 - threshold + 1e-9, criterion="distance")
    together: dict[int, list[int]] = {}
    for at, one in enumerate(label.tolist()):
        together.setdefault(one, []).append(at)
    return [*together.values(), *([at] for at in range(known, players))]


def _summed(split: Split, groups: Sequence[Sequence[int]]) -> Split:
    """The split with one player per group."""
    sums = np.zeros((len(split.features), len(groups)))
    for at, members in enumerate(groups):
        sums[list(members), at] = 1.0
    rounds = split.rounds @ sums
    shared = _shared_luck(split.rounds, rounds, sums)

    def side(one: Side) -> Side:
        noise = None if one.noise is None else (one.noise @ sums) * shared
        return replace(one, values=one.values @ sums, noise=noise, pooled=None)

    return Split(features=[str(at) for at in range(len(groups))], a=side(split.a), b=side(split.b), rounds=rounds)


def _shared_luck(
    rounds: Float[np.ndarray, "rounds M"], summed: Float[np.ndarray, "rounds G"], sums: Float[np.ndarray, "M G"]
) -> Float[np.ndarray, " G"]:
    """How much of its members' luck of the draw is left in a group's sum: members take from one another.

    It is estimated from the rounds' totals, at most 1: too little only widens the interval.
    """
    if len(rounds) < 2:
        return np.ones(summed.shape[1])
    apart = rounds.var(axis=0, ddof=1) @ sums
    together = summed.var(axis=0, ddof=1)
    left = np.divide(together, apart, out=np.ones_like(apart), where=apart > 0)
    return np.asarray(np.minimum(left, 1.0))


def _part(decomposition: Decomposition, split: Split, members: Sequence[int], at: int, found: Judged | None) -> Part:
    """The group's part before Holm's adjustment."""
    values = {one.feature: one for one in decomposition.contributions}
    own = [values[split.features[member]] for member in members]
    if len(own) == 1 or found is None:
        alone = own[0]
        return Part(value=alone.value, low=alone.low, high=alone.high, p_value=alone.p_value)
    return Part(
        value=sum(one.value for one in own),
        low=None if found.low is None else finite(found.low[at]),
        high=None if found.high is None else finite(found.high[at]),
        p_value=finite(found.p_value[at]),
    )


def _adjusted(parts: Sequence[Part], label_mix: Part | None, chosen_from: int) -> list[Part]:
    """Holm's adjustment over the groups and the label mix, and for having picked the gap; those without a p-value are
    not counted.
    """
    every = [*parts, *([label_mix] if label_mix is not None else [])]
    p_values = np.array([np.nan if one.p_value is None else one.p_value for one in every], dtype=np.float64)
    adjusted = np.minimum(holm(p_values) * chosen_from, 1.0)
    return [
        one.model_copy(update={"p_adjusted": finite(p), "marked": bool(p <= ALPHA)})
        for one, p in zip(parts, adjusted, strict=False)
    ]


def _largest_first(split: Split, members: Sequence[int]) -> list[str]:
    value = split.values
    return [split.features[at] for at in sorted(members, key=lambda at: (-abs(value[at]), split.features[at]))]


def _strongest(associations: Float[np.ndarray, "P P"], members: Sequence[int]) -> float | None:
    """The strongest association between two members; None for one alone."""
    if len(members) < 2:
        return None
    among = associations[np.ix_(members, members)]
    return float(min(max(among[~np.eye(len(members), dtype=bool)].max(), 0.0), 1.0))
