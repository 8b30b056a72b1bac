"""Is a method equally faithful in the slices of a feature? Asked of rows whose scores move equally far."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import stdtr

from dlaudit.attributions.checks.meanings import MEANINGS
from dlaudit.attributions.checks.people import FEWEST_ROWS, Some, interval_of, some_of, standard_error
from dlaudit.attributions.explained import MethodAnswer
from dlaudit.attributions.resample import People, people
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.record.base import finite
from dlaudit.record.explained import AttributionQuality

BINS = 5
"""Bins of equal counts into which rows are put by how far their scores move."""
OVERLAP = 0.5
"""Share of the smaller side's weight that must find a match, else nothing is claimed."""
ALPHA = 0.05
_UNMATCHED = "The slices' scores move so differently far that too few rows can be compared."


@dataclass(frozen=True, kw_only=True)
class _Compared:
    slice: str
    difference: float
    low: float
    high: float
    p_value: float


def faithfulness_differences(
    method: MethodAnswer, rows: ExplainedRows, generator: np.random.Generator
) -> list[AttributionQuality]:
    """Faithfulness of each slice minus that of the other slices of its feature, matched on the spread of effects.

    A correlation is lower where there is little to explain. Rows are therefore put into bins by the size of the effects
    of exchanging their inputs, and both sides get the same weights in each bin. Marks are Holm's over the slices of a
    feature; nothing is claimed where less than half of the smaller side has a match.

    Args:
        method: A method with the checks of its rows.
        rows: Who the rows are, with the feature of each slice; without these nothing is compared.
        generator: Source of the bootstrap's draws.
    """
    if "faithfulness" not in method.figures or rows.by is None:
        return []
    records: list[AttributionQuality] = []
    for feature in dict.fromkeys(by for by in rows.by if by):
        at = [place for place, by in enumerate(rows.by) if by == feature]
        # two slices make one comparison, which would stand there twice
        compared = [_compared(method, rows, (one, at), generator) for one in (at[:1] if len(at) == 2 else at)]
        records += _records(method.method, compared)
    return records


def _compared(
    method: MethodAnswer, rows: ExplainedRows, which: tuple[int, list[int]], generator: np.random.Generator
) -> _Compared | AttributionQuality | None:
    """The comparison of one slice with the others; a record where no match is found, None with too few rows."""
    one, all_of = which
    figures, spread = method.figures["faithfulness"], method.figures["even_split"]
    defined = np.isfinite(figures) & np.isfinite(spread)
    mine = rows.member[one]
    rest = rows.member[all_of].any(axis=0) & ~mine
    sides = [some_of(rows, chosen, defined) for chosen in (mine, rest)]
    if min(len(side.at) for side in sides) < FEWEST_ROWS:
        return None
    weights = _matched(sides, spread)
    if weights is None:
        return _record(method.method, rows.slices[one], _UNMATCHED)
    parts = [
        people(
            sign * figures[side.at, None],
            weight,
            side.unit,
        )
        for sign, side, weight in zip((1.0, -1.0), sides, weights, strict=True)
    ]
    difference = float(sum(part.mean[0] for part in parts))
    low, high = (difference + float(end[0]) for end in interval_of(parts, generator))
    return _Compared(
        slice=rows.slices[one], difference=difference, low=low, high=high, p_value=p_value_of(parts, difference)
    )


def p_value_of(parts: list[People], difference: float) -> float:
    """Student's two-sided p-value; people whose weight is small count less than one (Kish 1965)."""
    squares = [float(standard_error([part])[0]) ** 2 for part in parts]
    counts = [float(part.mass.sum() ** 2 / (part.mass**2).sum()) for part in parts]
    if min(counts) <= 1 or not sum(squares) > 0:
        return 1.0
    # spreads are taken around the means of the same people
    squares = [square * count / (count - 1) for square, count in zip(squares, counts, strict=True)]
    uncertain = sum(square**2 / (count - 1) for square, count in zip(squares, counts, strict=True))
    t = abs(difference) / np.sqrt(sum(squares))
    return float(2 * stdtr(sum(squares) ** 2 / uncertain, -t))


def _matched(sides: list[Some], spread: Float[np.ndarray, " n"]) -> list[Float[np.ndarray, " m"]] | None:
    """Weights with which both sides have the same share in every bin; None where too little of one side is left."""
    both = np.concatenate([spread[side.at] for side in sides])
    edges = np.quantile(both, np.linspace(0, 1, BINS + 1)[1:-1])
    bins: list[Int[np.ndarray, " m"]] = [np.searchsorted(edges, spread[side.at], side="right") for side in sides]
    shares = np.stack(
        [
            np.bincount(at, weights=side.weight, minlength=BINS) / side.weight.sum()
            for side, at in zip(sides, bins, strict=True)
        ]
    )
    common = np.asarray((shares > 0).all(axis=0))
    target = np.where(common, shares.min(axis=0), 0.0)
    if target.sum() < OVERLAP:
        return None
    scale = np.divide(target, shares, out=np.zeros_like(shares), where=shares > 0)
    return [side.weight * scale[number][at] for number, (side, at) in enumerate(zip(sides, bins, strict=True))]


def _records(method: str, compared: list[_Compared | AttributionQuality | None]) -> Iterator[AttributionQuality]:
    """Records of a feature's comparisons, with Holm's marks."""
    tested = sorted((one for one in compared if isinstance(one, _Compared)), key=lambda one: one.p_value)
    differ: set[str] = set()
    for at, one in enumerate(tested):
        if one.p_value * (len(tested) - at) > ALPHA:
            break
        differ.add(one.slice)
    for found in compared:
        if isinstance(found, AttributionQuality):
            yield found
        elif found is not None:
            said = MEANINGS["faithfulness_difference"]
            yield _record(method, found.slice, said, found, differs=found.slice in differ)


def _record(
    method: str, slice_id: str, said: str, one: _Compared | None = None, *, differs: bool = False
) -> AttributionQuality:
    return AttributionQuality(
        method=method,
        slice=slice_id,
        measure="faithfulness_difference",
        value=None if one is None else one.difference,
        ok=False if differs else None,
        meaning=said,
        low=None if one is None else finite(one.low),
        high=None if one is None else finite(one.high),
        null=None if one is None else 0.0,
    )
