"""Stage 3: slices, every metric on every slice, every gap, and a second calculation by another library."""

from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np

from dlaudit.errors import UsageError, listed
from dlaudit.metrics.counts import Counts
from dlaudit.metrics.disparity import disparities
from dlaudit.metrics.evidence import Evidence
from dlaudit.metrics.fairlearn_check import cross_check
from dlaudit.metrics.measure import measure as measure_slices
from dlaudit.metrics.registry import DEFAULTS
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.score_mix import score_mixes
from dlaudit.record import CrossCheck, Disparity, Measurement, NotApplicable, ScoreMix
from dlaudit.slices.make import SliceTable, make_slices
from dlaudit.spec import AuditSpec, ExplainSpec
from dlaudit.spec.profile import profile_named
from dlaudit.stages.distributions import Distributions, distributions
from dlaudit.stages.prepare import Subject
from dlaudit.stages.score import Scored, scored_rows

_FEW = 10
"""Distinct whole numbers up to which labels may still be classes."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured."""

    table: SliceTable
    """Slices, and which atoms are in each."""
    rows: ScoredRows | None
    """The rows, where they fit in memory."""
    counts: Counts
    """Sufficient statistics per atom."""
    measurements: list[Measurement]
    """Every metric on every slice."""
    disparities: list[Disparity]
    """Every metric's gap over every feature."""
    score_mixes: list[ScoreMix]
    """Gaps of rates and losses, split into what slices score and what their scores mean."""
    distributions: Distributions
    """Histograms of scores, calibration, gaps at every threshold, and doubts about the data."""
    cross_checks: list[CrossCheck]
    """Second calculations."""
    not_applicable: list[NotApplicable]
    """What could not be measured."""


def measure(subject: Subject, scored: Scored) -> Measured:
    """Measure the scored rows.

    Raises:
        UsageError: A metric's name is not known (DLA106), there are too many slices (DLA410), or labels may be classes
            as well as quantities (DLA309).
    """
    spec = subject.spec
    counts = reduce(add, scored.counts)
    table = make_slices(scored.atoms.atoms, counts.rows, spec.slices, subject.roles.sensitive, subject.roles.control)
    rows = scored_rows(scored.batches, scored.atom_codes, subject) if scored.fits else None
    if spec.pairs is not None and rows is not None:
        table = _small_by_people(table, rows, spec.slices.min_size)
    labels = subject.output == "label" or (rows is not None and bool(np.isin(rows.score, (0.0, 1.0)).all()))
    if labels:
        counts = replace(counts, probabilities=False)  # a log loss of labels is a property of where it is clipped
    # what is to be judged or split is measured
    asked = [*(rule.base_metric for rule in spec.policy.rules), *_split_by_name(spec.explain), *_of_profiles(spec)]
    _check_quantities(subject, rows)
    names = list(dict.fromkeys([*(spec.metrics.report or DEFAULTS[subject.labels.task]), *asked]))
    measurements, not_applicable = measure_slices(counts, rows, table, names, spec.metrics.interval)
    gaps = disparities(measurements, table.slices, table.comparisons, spec.slices.reference, spec.metrics.interval)
    mixes, unmixed = score_mixes(Evidence(counts, rows, table, spec.metrics.interval), gaps)
    checks: list[CrossCheck] = []
    if rows is not None:
        checks = cross_check(rows, table, measurements)
    else:
        not_applicable.append(
            NotApplicable(what="second calculation with Fairlearn", reason="the rows do not fit in memory")
        )
    spread = distributions(counts, table, measurements, spec, labels)
    return Measured(
        table=table,
        rows=rows,
        counts=counts,
        measurements=measurements,
        disparities=gaps,
        score_mixes=mixes,
        distributions=spread,
        cross_checks=checks,
        not_applicable=[*not_applicable, *spread.not_applicable, *unmixed],
    )


def _small_by_people(table: SliceTable, rows: ScoredRows, min_size: int) -> SliceTable:
    """The slices of pairs, small where they have few people: ten people make 45 pairs."""
    assert rows.unit is not None, "pairs have two people"
    people = [len(np.unique(rows.unit[member[rows.atom]])) for member in table.member]
    slices = [
        one.model_copy(update={"small": one.small or count < min_size})
        for one, count in zip(table.slices, people, strict=True)
    ]
    return replace(table, slices=slices)


def _of_profiles(spec: AuditSpec) -> list[str]:
    """Metrics that the profiles ask for."""
    return [name for profile in spec.profiles for name in profile_named(profile).metrics]


def _split_by_name(spec: ExplainSpec) -> list[str]:
    """Metrics whose gaps are to be split, where they are named; a class in brackets is measured with all others."""
    named = spec.decompose if spec.enabled and isinstance(spec.decompose, list) else []
    return [name.partition("[")[0] for name in named]


def _check_quantities(subject: Subject, rows: ScoredRows | None) -> None:
    """Refuse labels 0, 1 and a few other whole numbers beside scores in 0..1 where nobody calls them quantities.

    One mistyped label would else turn a binary audit into one of a regression without a word.
    """
    if rows is None or subject.labels.task != "regression" or subject.spec.model.task is not None:
        return
    labels = np.unique(rows.target)
    classes = len(labels) <= _FEW and {0.0, 1.0} < set(labels.tolist()) and bool((labels == np.round(labels)).all())
    if classes and bool(((rows.score >= 0) & (rows.score <= 1)).all()):
        raise UsageError(
            "DLA309",
            f"the labels are {listed((f'{label:g}' for label in labels), most=_FEW)} and every score lies in 0..1",
            expected="labels 0 and 1, or model.task",
            fix="Correct the labels (--set model.task=binary tells where the first wrong one stands); or say "
            "--set model.task=regression where they are numbers to be predicted.",
        )
