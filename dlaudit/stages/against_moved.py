"""How contributions moved from the base to the fine-tuned model: the same rows by the same method, paired."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.stats import t as student

from dlaudit.attributions import ExplainedRows
from dlaudit.engines import Progress
from dlaudit.metrics.against import LEVEL
from dlaudit.metrics.against_words import adjusted
from dlaudit.metrics.clusters import between_units
from dlaudit.record import Moved, NotApplicable, PairedEstimate, PartMoved
from dlaudit.stages.against_base import BaseScored, Finished
from dlaudit.stages.against_parts import parts_moved
from dlaudit.stages.against_values import Explained, values_of
from dlaudit.stages.explain_gaps import explain_gaps, gap_questions, gap_work
from dlaudit.stages.explain_material import Material, material_of
from dlaudit.stages.explain_plan import ExplainSetup, set_up
from dlaudit.stages.explain_rows import RowsExplained, explain_sample, explained_rows

Array = np.ndarray[Any, Any]
ROUNDING = 1e-6
"""Share of the largest contribution below which a difference between two float32 nets is rounding."""
FEWEST = 10
"""Rows under which no mean is compared."""
WHAT = "contributions against the base"


@dataclass(frozen=True, kw_only=True)
class MovedFound:
    """What moved."""

    moved: list[Moved] = field(default_factory=list)
    """Mean contributions."""
    parts: list[PartMoved] = field(default_factory=list)
    """Parts of gaps."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What was not compared."""


def moved(base: BaseScored, tuned: Finished, progress: Progress) -> MovedFound:
    """Explain the base as the audited model was explained, and compare, or say why not."""
    if not tuned.explained.attributions and not tuned.explained.decompositions:
        return MovedFound(not_applicable=[_none("the audited model was not explained")])
    if not base.same_rows:
        return MovedFound(not_applicable=[_none("the two models did not score the same rows")])
    measured = replace(tuned.measured, rows=base.rows)
    material = material_of(base.subject, base.scored, measured, progress)
    if isinstance(material, NotApplicable):
        return MovedFound(not_applicable=[_none(material.reason)])
    questions, _ = gap_questions(material)
    setup = set_up(material, gap_work(material, questions))
    if isinstance(setup, NotApplicable):
        return MovedFound(not_applicable=[_none(setup.reason)])
    rows = explain_sample(material, setup) if setup.plan.methods else RowsExplained()
    gaps = explain_gaps(material, questions, setup)
    records, left_out = _records(rows, tuned, material, setup)
    parts, unmatched = parts_moved(gaps.decompositions, tuned.explained.decompositions)
    return MovedFound(moved=records, parts=parts, not_applicable=[*left_out, *rows.not_applicable, *unmatched])


def _records(
    rows: RowsExplained, tuned: Finished, material: Material, setup: ExplainSetup
) -> tuple[list[Moved], list[NotApplicable]]:
    if rows.kept is None or tuned.explained.rows is None:
        return [], [_none(setup.plan.no_rows or "no row was explained")]
    people = explained_rows(material, setup)
    ours, theirs = tuned.explained.rows.table, rows.kept.table
    found: list[Moved] = []
    left_out = []
    for method in _methods(ours):
        new, old = values_of(ours, method), values_of(theirs, method)
        if new is None or old is None or new.ids != old.ids or len(new.ids) != len(setup.sample.rows):
            left_out.append(_none(f"{method} did not explain the same rows in both models"))
        elif new.features != old.features:
            left_out.append(_none(f"{_not_alike(new, old)}, by {method}"))
        else:
            found += _of_method(method, new, old, people)
    return found, left_out


def _not_alike(ours: Explained, theirs: Explained) -> str:
    """Why contributions of two models cannot stand side by side."""
    if ours.words and theirs.words:
        return "the two tokenizers cut these texts into other words, or after another number of tokens"
    return "the two models' inputs have other names"


def _methods(table: pa.Table) -> list[str]:
    return list(dict.fromkeys(table["method"].to_pylist())) if "method" in table.column_names else []


def _of_method(method: str, ours: Explained, theirs: Explained, people: ExplainedRows) -> Iterator[Moved]:
    """Every slice and feature; Holm over all of the method. Differences that rounding explains are none."""
    made = []
    difference = ours.values - theirs.values
    rounding = ROUNDING * max(float(np.abs(one.values).max(initial=0.0)) for one in (ours, theirs))
    difference = np.where(np.abs(difference) <= rounding, 0.0, difference)
    for at, name in enumerate(people.slices):
        for place, feature in enumerate(ours.features):
            inside = people.member[at] & ours.holds[:, place]
            if int(inside.sum()) < FEWEST:
                continue
            weight = np.ones(int(inside.sum())) if people.weight is None else people.weight[inside]
            unit = None if people.unit is None else people.unit[inside]
            new, old = ours.values[inside, place], theirs.values[inside, place]
            share = weight / weight.sum()
            made.append(
                Moved(
                    method=method,
                    slice=name,
                    feature=feature,
                    base=float(share @ old),
                    tuned=float(share @ new),
                    change=_mean(difference[inside, place], weight, unit),
                    rows=len(new),
                )
            )
    for one, change in zip(made, adjusted([one.change for one in made]), strict=True):
        yield one.model_copy(update={"change": change})


def _mean(values: Array, weight: Array, unit: Array | None) -> PairedEstimate:
    """The weighted mean with Student's interval over people."""
    share = weight / weight.sum()
    mean = float(share @ values)
    people = np.arange(len(values)) if unit is None else unit
    variance, independent = between_units(share * (values - mean), people)
    if independent < 2 or not variance > 0:
        return PairedEstimate(value=mean, p_value=1.0 if mean == 0 and independent >= 2 else None)
    error, freedom = math.sqrt(variance), independent - 1
    half = float(student.ppf((1 + LEVEL) / 2, freedom)) * error
    p = float(2 * student.sf(abs(mean) / error, freedom))
    return PairedEstimate(value=mean, low=mean - half, high=mean + half, p_value=p)


def _none(reason: str) -> NotApplicable:
    return NotApplicable(what=WHAT, reason=reason)
