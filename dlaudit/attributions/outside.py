"""How much of an explanation lies outside the object that a mask marks, by slice and between slices."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.map_gaps import compared
from dlaudit.attributions.resample import People, people, studentised
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.record.base import finite
from dlaudit.record.explained import AttributionQuality, ProbeResult
from dlaudit.stats.multiplicity import holm

MEASURE = "outside_mask"
PROBE = "attribution outside the mask"
MEANING = (
    "Mean share of a row's absolute contributions that lies outside the object in its mask; beside it the share of the "
    "picture outside. Contributions are added up over the places of the map before their sizes are taken. A model may "
    "have good reason to look at the surroundings: the share is to be compared between slices."
)


@dataclass(frozen=True, kw_only=True)
class OutsideMask:
    """What lies outside, by slice and between slices."""

    quality: list[AttributionQuality] = field(default_factory=list)
    """The share of each slice, per method."""
    differences: list[ProbeResult] = field(default_factory=list)
    """Slices of one feature against its largest, per method."""


def outside_mask(
    answer: Answer, inside: Float[np.ndarray, "n K"], rows: ExplainedRows, generator: np.random.Generator
) -> OutsideMask:
    """Shares of absolute contributions outside the mask.

    95 % intervals are studentised bootstraps of people; None under ten people. Differences have p-values with Holm's
    correction over the pairs of a method. A row without any contribution has no share and does not count.

    Args:
        answer: Every method's contributions, with maps.
        inside: How much of each place of the maps is inside the object, 0 to 1.
        rows: Who the explained rows are.
        generator: Source of the bootstrap's draws.
    """
    quality: list[AttributionQuality] = []
    differences: list[ProbeResult] = []
    for method in answer.methods:
        if method.mapped is None:
            continue
        share = shares_outside(method.mapped, inside)
        both = np.column_stack([share, 1 - inside.mean(axis=1)])
        known = np.isfinite(share)
        for at, slice_id in enumerate(rows.slices):
            found = _slice(method.method, slice_id, _people(both, rows, rows.member[at] & known), generator)
            quality += [found] if found is not None else []
        differences += _pairs(method, both, known, rows, generator)
    return OutsideMask(quality=quality, differences=differences)


def shares_outside(mapped: Float[np.ndarray, "n K"], inside: Float[np.ndarray, "n K"]) -> Float[np.ndarray, " n"]:
    """Each row's share of absolute contributions outside; NaN where it has none at all."""
    size = np.abs(mapped)
    total = size.sum(axis=1)
    outside = (size * (1 - inside)).sum(axis=1)
    return np.asarray(np.divide(outside, total, out=np.full(len(total), np.nan), where=total > 0))


def _slice(method: str, slice_id: str, part: People, generator: np.random.Generator) -> AttributionQuality | None:
    if not len(part.mass):
        return None
    found = studentised([part], generator)
    low, high = (None, None) if found is None else found.offsets(0.95)
    value, area = part.mean
    return AttributionQuality(
        method=method,
        slice=slice_id,
        measure=MEASURE,
        value=float(value),
        low=None if low is None else finite(max(0.0, value + low[0])),
        high=None if high is None else finite(min(1.0, value + high[0])),
        null=float(area),
        ok=None,
        meaning=MEANING,
    )


def _pairs(
    method: MethodAnswer,
    both: Float[np.ndarray, "n 2"],
    known: Bool[np.ndarray, " n"],
    rows: ExplainedRows,
    generator: np.random.Generator,
) -> list[ProbeResult]:
    """Differences between slices, of the share of contributions and of the share of the picture."""
    results, p_values = [], []
    for pair in compared(rows):
        a, b = (_people(both, rows, rows.member[at] & known) for at in (pair.slice, pair.reference))
        if min(len(a.mass), len(b.mass)) == 0:
            continue
        value = a.mean - b.mean
        found = studentised([a, b.minus], generator)
        if found is None:
            continue
        low, high = found.offsets(0.95)
        p_values.append(float(found.p_values(value)[0]))
        results.append(
            ProbeResult(
                probe=PROBE,
                subject=f"{rows.slices[pair.slice]} against {rows.slices[pair.reference]}",
                value=float(value[0]),
                low=finite(value[0] + low[0]),
                high=finite(value[0] + high[0]),
                detail={
                    "method": method.method,
                    "adds_up": method.adds_up,
                    "slice": rows.slices[pair.slice],
                    "reference": rows.slices[pair.reference],
                    "shares": [float(a.mean[0]), float(b.mean[0])],
                    "areas": [float(a.mean[1]), float(b.mean[1])],
                },
            )
        )
    return _with_p(results, p_values)


def _with_p(results: Sequence[ProbeResult], p_values: Sequence[float]) -> list[ProbeResult]:
    adjusted = holm(np.array(p_values, dtype=np.float64))
    return [
        one.model_copy(update={"detail": {**one.detail, "p_value": finite(p), "p_adjusted": finite(more)}})
        for one, p, more in zip(results, p_values, adjusted, strict=True)
    ]


def _people(values: Float[np.ndarray, "n 2"], rows: ExplainedRows, chosen: Bool[np.ndarray, " n"]) -> People:
    weight = None if rows.weight is None else rows.weight[chosen]
    return people(values[chosen], weight, None if rows.unit is None else rows.unit[chosen])
