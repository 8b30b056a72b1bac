"""Attributions summed up over slices: means with intervals over people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.persons import few_apart
from dlaudit.attributions.resample import people, studentised_interval
from dlaudit.record.base import finite
from dlaudit.record.explained import Attribution
from dlaudit.record.judged import NotApplicable


@dataclass(frozen=True, kw_only=True)
class ExplainedRows:
    """Who the explained rows are."""

    slices: Sequence[str]
    """Ids of the slices."""
    member: Bool[np.ndarray, " slices n"]
    """Which explained rows belong to which slice."""
    weight: Float[np.ndarray, " n"] | None = None
    """How many rows (or how much weight) each explained row stands for; all alike where absent."""
    unit: Int[np.ndarray, " n"] | None = None
    """Number of the person each row belongs to; a person each where absent."""
    by: Sequence[str | None] | None = None
    """Sensitive feature of each slice, None for all rows: slices of the same one are compared with each other."""


def attributions(
    answer: Answer, rows: ExplainedRows, generator: np.random.Generator, *, words: bool = False
) -> tuple[list[Attribution], list[NotApplicable]]:
    """Mean and mean absolute contribution per method, slice and feature, with 95 % intervals of both.

    Intervals are studentised bootstraps of people and stand at `low` and `high`, and at `low_abs` and `high_abs`; None
    under ten people. A slice without an explained row becomes a NotApplicable.

    Args:
        answer: Every method's contributions.
        rows: Who the explained rows are.
        generator: Source of the bootstrap's draws.
        words: Whether features are words, which most rows do not have: no interval where fewer than `FEW_APART` people
            of a slice have one, since thirty people without a word do not show that nobody has it.
    """
    records: list[Attribution] = []
    left_out: list[NotApplicable] = []
    for at, slice_id in enumerate(rows.slices):
        chosen = rows.member[at]
        if not chosen.any():
            left_out.append(NotApplicable(what=f"attributions of {slice_id}", reason="no row of it was explained"))
            continue
        for method in answer.methods:
            records += _of_slice(method, (answer.features, words), slice_id, _narrowed(rows, chosen), generator)
    return records, left_out


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    rows: Bool[np.ndarray, " n"]
    weight: Float[np.ndarray, " m"]
    unit: Int[np.ndarray, " m"] | None


def _narrowed(rows: ExplainedRows, chosen: Bool[np.ndarray, " n"]) -> _Chosen:
    weight = np.ones(int(chosen.sum())) if rows.weight is None else rows.weight[chosen]
    return _Chosen(rows=chosen, weight=weight, unit=None if rows.unit is None else rows.unit[chosen])


def _of_slice(
    method: MethodAnswer,
    named: tuple[Sequence[str], bool],
    slice_id: str,
    chosen: _Chosen,
    generator: np.random.Generator,
) -> list[Attribution]:
    values = method.values[chosen.rows]
    share = chosen.weight / chosen.weight.sum()
    mean, mean_abs = share @ values, share @ np.abs(values)
    features, words = named
    # the same draws of people for both; the absolute contributions of words are not compared
    both, at_both = (values, mean) if words else (np.hstack([values, np.abs(values)]), np.append(mean, mean_abs))
    gathered = people(both, chosen.weight, chosen.unit)
    offsets = studentised_interval([gathered], generator)
    rare = few_apart(gathered) & words
    low, high = (None, None) if offsets is None else (at_both + offsets[0], at_both + offsets[1])
    size = None if words else len(features)
    return [
        Attribution(
            method=method.method,
            slice=slice_id,
            feature=feature,
            mean=float(mean[at]),
            mean_abs=float(mean_abs[at]),
            low=None if low is None or rare[at] else finite(low[at]),
            high=None if high is None or rare[at] else finite(high[at]),
            low_abs=None if low is None or size is None else finite(max(0.0, low[size + at])),
            high_abs=None if high is None or size is None else finite(high[size + at]),
            rows=len(values),
        )
        for at, feature in enumerate(features)
    ]
