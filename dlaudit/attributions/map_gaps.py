"""Maps of two slices compared place by place, with a reach that chance stays within over all places at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtri

from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.resample import FEWEST_PEOPLE, People, Studentised, people, studentised
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.data.grid import Grid
from dlaudit.record.explained import MapDifference
from dlaudit.record.judged import NotApplicable

MOST_PAIRS = 6
"""Slices of one feature that are compared with its largest."""
REPLICATES = 999
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two slices of one feature, as places among those of the explained rows."""

    slice: int
    """The slice."""
    reference: int
    """The one it is compared with: that with the most explained rows."""


def map_differences(
    answer: Answer, rows: ExplainedRows, grids: Sequence[Grid], generator: np.random.Generator
) -> tuple[list[MapDifference], list[NotApplicable]]:
    """Differences between mean maps of slices, and what is not compared.

    Args:
        answer: Every method's contributions, with maps.
        rows: Who the explained rows are.
        grids: The maps, in order; those whose places show different things in different rows are not compared.
        generator: Source of the draws.
    """
    methods = [one for one in answer.methods if one.mapped is not None]
    pairs = list(compared(rows)) if methods else []
    made: list[MapDifference] = []
    left_out: list[NotApplicable] = []
    start = 0
    for grid in grids:
        part = slice(start, start + len(grid.names))
        start = part.stop
        if pairs and not grid.aligned:
            reason = "the same place need not show the same thing in two rows; say aligned = true where it does"
            left_out.append(NotApplicable(what=f"differences between maps of {grid.input}", reason=reason))
        for method in methods if grid.aligned else []:
            made += [_difference(method, part, grid, (rows, pair), generator) for pair in pairs]
    return made, left_out


def compared(rows: ExplainedRows) -> Iterator[Compared]:
    """Every slice of a feature against that with the most rows, the larger ones first, `MOST_PAIRS` at most."""
    count = rows.member.sum(axis=1)
    features: dict[str, list[int]] = {}
    for at, by in enumerate(rows.by or []):
        if by is not None and _persons(rows, rows.member[at]) >= FEWEST_PEOPLE:
            features.setdefault(by, []).append(at)
    for places in features.values():
        ordered = sorted(places, key=lambda at: (-count[at], rows.slices[at]))
        for at in ordered[1 : MOST_PAIRS + 1]:
            yield Compared(slice=at, reference=ordered[0])


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A difference, and how far chance alone moves it."""

    difference: Float[np.ndarray, " K"]
    """Mean of the first less mean of the second."""
    reach: Float[np.ndarray, " K"]
    """Half the width of the band that holds all true differences at once with probability `level`."""


def reach_of(a: People, b: People, generator: np.random.Generator, *, families: int = 1, level: float = LEVEL) -> Reach:
    """The difference between two slices' means at every place, with a simultaneous band.

    The largest of the differences, each in its own standard error, has the distribution that it has among bootstrap
    draws of people (sup-t band on the studentised bootstrap; Montiel Olea and Plagborg-Moeller 2019,
    doi:10.1002/jae.2656). Places are as dependent in the draws as in the data, and as skewed. A place that hardly
    anybody of one slice uses is said to vary there at least as in the other. Where values vary in neither the reach
    is 0.

    Args:
        a: People of the first slice, ten at least.
        b: Those of the second.
        generator: Source of the draws.
        families: The places fall into so many equal runs, each with a band of its own.
        level: Probability that a band holds everywhere.
    """
    found = studentised([a, b.minus], generator, replicates=REPLICATES)
    assert found is not None, "a slice of too few people is not compared"
    difference = a.mean - b.mean
    # places that are the same for everybody differ by the rounding of two means, which has no reach
    rounding = 1e-12 * (np.abs(a.mean) + np.abs(b.mean))
    difference = np.where((found.error == 0) & (np.abs(difference) <= rounding), 0.0, difference)
    runs = np.array_split(np.arange(len(found.error)), families)
    critical = np.concatenate([np.full(len(run), _critical(found, run, level)) for run in runs])
    return Reach(difference=np.asarray(difference), reach=critical * found.error)


def _critical(found: Studentised, places: Int[np.ndarray, " k"], level: float) -> float:
    """How many standard errors the largest of those places reaches by chance."""
    if found.ratios is None:  # a normal distribution: so many people that Bonferroni's bound costs little
        return float(ndtri(1 - (1 - level) / (2 * len(places))))
    return float(np.quantile(np.abs(found.ratios[:, places]).max(axis=1), level, method="higher"))


def _difference(
    method: MethodAnswer,
    part: slice,
    grid: Grid,
    between: tuple[ExplainedRows, Compared],
    generator: np.random.Generator,
) -> MapDifference:
    assert method.mapped is not None
    rows, pair = between
    values = method.mapped[:, part]
    both = np.concatenate([values, np.abs(values)], axis=1)
    a, b = (_people(both, rows, rows.member[at]) for at in (pair.slice, pair.reference))
    found = reach_of(a, b, generator, families=2)
    places = len(grid.names)
    beyond = np.abs(found.difference) > found.reach
    return MapDifference(
        method=method.method,
        slice=rows.slices[pair.slice],
        reference=rows.slices[pair.reference],
        input=grid.input,
        axes=list(grid.titles),
        shape=list(grid.shape),
        mean=found.difference[:places].tolist(),
        reach=found.reach[:places].tolist(),
        mean_abs=found.difference[places:].tolist(),
        reach_abs=found.reach[places:].tolist(),
        beyond=int(beyond[:places].sum()),
        beyond_abs=int(beyond[places:].sum()),
        rows=int(rows.member[[pair.slice, pair.reference]].sum()),
        places=[list(one) for one in grid.marks],
    )


def _people(values: Float[np.ndarray, "n K"], rows: ExplainedRows, chosen: Bool[np.ndarray, " n"]) -> People:
    weight = None if rows.weight is None else rows.weight[chosen]
    return people(values[chosen], weight, None if rows.unit is None else rows.unit[chosen])


def _persons(rows: ExplainedRows, chosen: Bool[np.ndarray, " n"]) -> int:
    return int(chosen.sum()) if rows.unit is None else len(np.unique(rows.unit[chosen]))
