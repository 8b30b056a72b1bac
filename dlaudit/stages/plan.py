"""`dlaudit plan`: what a policy can decide at given slice sizes, and which sizes would decide it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dlaudit.engines.progress import Progress, Silent
from dlaudit.errors import UsageError, listed
from dlaudit.gate.planned import Budget, PlannedFamily, Simulated, SizedSlice, simulate, spoken_of
from dlaudit.record import NotApplicable
from dlaudit.record.planned import Planned, PlannedCheck
from dlaudit.spec import Policy, Rule
from dlaudit.stages.plan_drop import CHURNS, DropSupposition, planned_drops
from dlaudit.stages.plan_formula import Formula
from dlaudit.stages.plan_rates import Supposed, suppose
from dlaudit.stages.plan_sizes import Sizes

SAMPLES = 200
"""Samples of each kind, where none are asked for."""
SECONDS = 8.0
"""Wall time after which no more samples are drawn, where none are asked for."""


@dataclass(frozen=True, kw_only=True)
class Supposition:
    """What is supposed beyond sizes and policy."""

    gap: float | None = None
    """A difference of rates (of a ratio 1 minus it, of a drop how far a slice fell); None for twice the limit."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Metric to the rate supposed for it."""
    samples: int | None = None
    """Samples of each kind; None for `SAMPLES`, or as many as fit in `SECONDS`."""
    churns: tuple[float, ...] = CHURNS
    """Of rules on a drop: shares of the rows that count whose decision flips."""
    brought: frozenset[str] = frozenset()
    """Names of rules that an accepted baseline brings."""
    progress: Progress = field(default_factory=Silent)
    """Told how far the simulation is."""


@dataclass(frozen=True, kw_only=True)
class _Planning:
    """A rule that can be planned."""

    family: PlannedFamily
    supposed: Supposed


def plan(sizes: Sizes, policy: Policy, supposition: Supposition) -> Planned:
    """The chances of each verdict under equal rates and under a gap, and the rows that would decide.

    Args:
        sizes: Slices and how many rows a metric counts in each.
        policy: Rules; at least one.
        supposition: Rates, the gap and the number of samples.

    Raises:
        UsageError: There is no rule, or a metric is not known (DLA106).
    """
    need_rules(policy)
    plannings, refused = _plannings(sizes, policy, supposition)
    drops, undropped = planned_drops(
        [one for one in policy.rules if one.max_drop is not None],
        sizes,
        DropSupposition(churns=supposition.churns, drop=supposition.gap, brought=supposition.brought),
    )
    seed = _seed([one.family for one in plannings], sizes.min_size)
    said = "twice what each rule allows" if supposition.gap is None else f"{supposition.gap:g}"
    about = {
        "source": sizes.source,
        "gap_rule": said,
        "seed": seed,
        "drops": drops,
        "not_applicable": [*refused, *undropped],
    }
    if not plannings:
        return Planned(**about)
    families = [one.family for one in plannings]
    found, spoken = _simulated(plannings, sizes.min_size, supposition, seed), spoken_of(families, sizes.min_size)
    return Planned(
        checks=[
            _check(one, found, place, (Formula(one.family, families, sizes.min_size), spoken[place]))
            for place, one in enumerate(plannings)
        ],
        equal=found.equal.policy,
        with_gap=found.with_gap.policy,
        stopped_early=found.stopped_early,
        **about,
    )


def need_rules(policy: Policy) -> None:
    """Refuse a policy without rules.

    Raises:
        UsageError: DLA106.
    """
    if not policy.rules:
        raise UsageError(
            "DLA106",
            "there is no rule to look at",
            expected="a [[rule]] in the configuration, or --rule",
            fix="For example --rule 'selection_rate.ratio by race >= 0.8'.",
        )


def _plannings(sizes: Sizes, policy: Policy, supposition: Supposition) -> tuple[list[_Planning], list[NotApplicable]]:
    made, refused = [], []
    for rule in (one for one in policy.rules if one.max_drop is None):
        for by in rule.features if rule.features is not None else [[name] for name in sizes.features]:
            found = _planning(sizes, rule, by, supposition)
            if isinstance(found, str):
                refused.append(NotApplicable(what=f"{rule.name} ({' & '.join(by)})", reason=found))
            else:
                made.append(found)
    return made, refused


def _planning(sizes: Sizes, rule: Rule, by: list[str], supposition: Supposition) -> _Planning | str:
    cells = sizes.slices(rule.base_metric, by)
    if isinstance(cells, str):
        return f"{rule.base_metric}: {cells}"
    cells = [one for one in cells if rule.slices is None or one.id in rule.slices]
    least = 1 if rule.kind == "value" else 2
    if sum(cell.counted > 0 for cell in cells) < least:
        return f"{rule.base_metric} would be defined in fewer than {least} slices ({_named(cells)})"
    given = supposition.rates.get(rule.base_metric)
    supposed = suppose(rule, given, sizes.measured(rule.base_metric), supposition.gap)
    if isinstance(supposed, str):
        return supposed
    family = PlannedFamily(rule=rule, by=tuple(by), slices=tuple(cells), rate=supposed.rate, gap_rate=supposed.gap_rate)
    return _Planning(family=family, supposed=supposed)


def _named(cells: list[SizedSlice]) -> str:
    return listed([cell.id for cell in cells], quote=False) or "there are none"


def _simulated(plannings: list[_Planning], min_size: int, supposition: Supposition, seed: str) -> Simulated:
    samples = supposition.samples or SAMPLES
    supposition.progress.stage("simulate", 2 * samples, "samples")
    budget = Budget(
        samples=samples,
        seconds=SECONDS if supposition.samples is None else float("inf"),
        advance=supposition.progress.advance,
    )
    rng = np.random.default_rng(int(seed, 16))
    found = simulate([one.family for one in plannings], min_size, rng, budget)
    supposition.progress.close()
    return found


def _seed(families: list[PlannedFamily], min_size: int) -> str:
    """SHA-256 of all that the samples depend on: the same plan gives the same figures."""
    told = [
        [
            one.rule.model_dump(mode="json"),
            one.by,
            [[c.id, c.rows, c.counted] for c in one.slices],
            one.rate,
            one.gap_rate,
        ]
        for one in families
    ]
    return hashlib.sha256(json.dumps([min_size, told]).encode()).hexdigest()


def _check(one: _Planning, found: Simulated, place: int, known: tuple[Formula, list[str]]) -> PlannedCheck:
    family, supposed, rule = one.family, one.supposed, one.family.rule
    formula, assessed = known
    slices = [formula.planned(cell) for cell in family.slices]
    return PlannedCheck(
        rule=rule.name,
        metric=rule.base_metric,
        kind=rule.kind,
        by=list(family.by),
        limit=rule.limit,
        bound="min" if rule.min is not None else "max",
        judge=rule.judge,
        alpha=rule.alpha,
        rate=supposed.rate,
        rate_from=supposed.rate_from,
        gap=supposed.gap,
        gap_rate=supposed.gap_rate,
        equal=found.equal.check(place),
        with_gap=found.with_gap.check(place),
        formula_pass=formula.pass_chance(assessed),
        formula_fail=_mean([one.found for one in slices]),
        counted_to_pass=formula.counted_to_pass,
        assessed=assessed,
        not_assessed=[cell.id for cell in family.slices if cell.id not in assessed],
        slices=slices,
    )


def _mean(found: list[float | None]) -> float | None:
    known = [one for one in found if one is not None]
    return sum(known) / len(known) if known else None
