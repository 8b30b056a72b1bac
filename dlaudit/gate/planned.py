"""The gate judged on samples drawn by computer: what it would say of slices whose true rates are supposed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import bdtr, bdtrik

from dlaudit.gate.alike import Tally
from dlaudit.gate.cells import Cell
from dlaudit.gate.judge import judge
from dlaudit.gate.question import Question, make_question
from dlaudit.record import Audit, DataInfo, Measurement, ModelInfo, Provenance, Slice
from dlaudit.spec import Policy, Rule

LEAST = 10
"""Samples that are drawn however long they take."""


@dataclass(frozen=True, kw_only=True)
class SizedSlice:
    """A slice of which the size is known and the outcomes are not."""

    id: str
    """Id of the slice."""
    label: str
    """How a rule's `reference` may name it: its level."""
    rows: int
    """Rows."""
    counted: int
    """Rows below the metric's line; 0 leaves it undefined."""


@dataclass(frozen=True, kw_only=True)
class PlannedFamily:
    """One rule on one feature, with the rates supposed."""

    rule: Rule
    """The rule."""
    by: tuple[str, ...]
    """Features whose levels are compared."""
    slices: tuple[SizedSlice, ...]
    """The slices compared."""
    rate: float
    """Rate of every slice, but for one that has the gap."""
    gap_rate: float
    """Rate of that one."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How many samples, and for how long."""

    samples: int
    """Samples of each kind."""
    seconds: float
    """Wall time after which no more are drawn."""
    advance: Callable[[int], None]
    """Told of each sample judged."""


@dataclass(frozen=True)
class Simulated:
    """Verdicts on samples."""

    equal: Tally
    """Where every slice has the same rate."""
    with_gap: Tally
    """Where in every check one slice, each in turn, has the gap."""
    stopped_early: bool
    """Whether time ran out."""


def simulate(families: list[PlannedFamily], min_size: int, rng: np.random.Generator, budget: Budget) -> Simulated:
    """The verdicts of the gate on samples drawn for `families`.

    A metric's counts in a slice are the same in all rules that ask for them. Different metrics and features are drawn
    independently.

    Args:
        families: Rules with sizes and rates; at least one.
        min_size: Rows below which no PASS speaks about a slice.
        rng: Source of the samples.
        budget: How many.
    """
    template, policy = _template(families, min_size), _policy(families)
    chances = _chances(families, budget.samples, rng)
    drawn = [_drawn(one, u) for one, u in zip(families, chances, strict=True)]
    started, equal, with_gap = time.monotonic(), Tally(), Tally()
    for sample in range(budget.samples):
        for found, which in ((equal, 0), (with_gap, 1)):
            found.add(
                judge(_audit(template, families, [counts[which][sample] for counts in drawn]), policy, bounds=False)
            )
        budget.advance(2)
        if sample + 1 >= LEAST and time.monotonic() - started > budget.seconds:
            break
    return Simulated(equal, with_gap, stopped_early=sum(equal.whole.values()) < budget.samples)


def spoken_of(families: list[PlannedFamily], min_size: int) -> list[list[str]]:
    """For each family the slices that a PASS speaks about at least, by sizes alone: those that its rule plans, or all
    that are not small where fewer than two are planned.
    """
    counts = [np.array([round(one.rate * cell.counted) for cell in one.slices], dtype=np.int64) for one in families]
    audit, policy = _audit(_template(families, min_size), families, counts), _policy(families)
    asked = [make_question(audit, rule, by) for rule in policy.rules for by in rule.features or []]
    named = [{_name(place, cell): cell.id for cell in one.slices} for place, one in enumerate(families)]
    return [[names[one.id] for one in _certain(question)] for names, question in zip(named, asked, strict=True)]


def _certain(question: Question) -> list[Cell]:
    if question.rule.kind == "value" or len(question.assessed) >= 2:
        return question.assessed
    return [cell for cell in question.defined if not cell.small]


def binomial_quantile(
    u: Float[np.ndarray, "..."], trials: int, rate: float | Float[np.ndarray, "..."]
) -> Int[np.ndarray, "..."]:
    """The binomial counts whose distribution function first reaches `u`: the same `u` gives more at a higher rate.

    Args:
        u: Numbers strictly between 0 and 1.
        trials: Trials.
        rate: Chance of a success, in 0..1.
    """
    if trials == 0:
        return np.zeros(u.shape, dtype=np.int64)
    rate = np.broadcast_to(np.asarray(rate, dtype=float), u.shape)
    inner = np.clip(rate, 1e-12, 1 - 1e-12)
    count = np.ceil(bdtrik(u, trials, inner))
    below = np.maximum(count - 1, 0)
    count = np.where(bdtr(below, trials, inner) >= u, below, count)
    return np.where(rate <= 0, 0, np.where(rate >= 1, trials, np.clip(count, 0, trials))).astype(np.int64)


def _chances(
    families: list[PlannedFamily], samples: int, rng: np.random.Generator
) -> list[Float[np.ndarray, "samples slices"]]:
    """Uniform numbers for every slice, one column for each metric and slice, however many rules ask for it."""
    columns: dict[tuple[str, str], Float[np.ndarray, " samples"]] = {}
    return [
        np.stack(
            [columns.setdefault((one.rule.base_metric, cell.id), rng.random(samples)) for cell in one.slices], axis=1
        )
        for one in families
    ]


def _drawn(
    family: PlannedFamily, u: Float[np.ndarray, "samples slices"]
) -> tuple[Int[np.ndarray, "samples slices"], Int[np.ndarray, "samples slices"]]:
    """Counts under equal rates, and with the gap in each slice in turn."""
    turn = np.arange(u.shape[0])[:, None] % u.shape[1] == np.arange(u.shape[1])[None, :]
    rates = np.where(turn, family.gap_rate, family.rate)
    sizes = [cell.counted for cell in family.slices]
    equal = [binomial_quantile(u[:, at], n, family.rate) for at, n in enumerate(sizes)]
    with_gap = [binomial_quantile(u[:, at], n, rates[:, at]) for at, n in enumerate(sizes)]
    return np.stack(equal, axis=1), np.stack(with_gap, axis=1)


def _policy(families: list[PlannedFamily]) -> Policy:
    """The rules, each on slices of its own: two rules on one metric may suppose different gaps.

    The families of one rule stay together, because they share its error rate.
    """
    rules: list[Rule] = []
    for members in _by_rule(families):
        rule = members[0][1].rule
        names = [cell_name for place, one in members for cell in one.slices if (cell_name := _named(place, one, cell))]
        update = {"by": [" & ".join(_features(place, one)) for place, one in members], "id": rule.name, "slices": None}
        rules.append(rule.model_copy(update={**update, "reference": names[0] if names else rule.reference}))
    return Policy(rules=rules)


def _by_rule(families: list[PlannedFamily]) -> list[list[tuple[int, PlannedFamily]]]:
    """Places and families of each rule, which stand side by side."""
    found: dict[int, list[tuple[int, PlannedFamily]]] = {}
    for place, one in enumerate(families):
        found.setdefault(id(one.rule), []).append((place, one))
    return list(found.values())


def _named(place: int, family: PlannedFamily, cell: SizedSlice) -> str | None:
    """How the samples call the slice that the rule's reference names; None where it names another."""
    if family.rule.reference not in {cell.label, cell.id}:
        return None
    return cell.label if len(family.by) == 1 else _name(place, cell)


def _template(families: list[PlannedFamily], min_size: int) -> Audit:
    slices = [_slice(place, one, cell, min_size) for place, one in enumerate(families) for cell in one.slices]
    features = [name for place, one in enumerate(families) for name in _features(place, one)]
    return Audit(
        provenance=Provenance(dlaudit="", python=""),
        model=ModelInfo(),
        data=DataInfo(sensitive=features),
        slices=slices,
        min_size=min_size,
    )


def _slice(place: int, family: PlannedFamily, cell: SizedSlice, min_size: int) -> Slice:
    features = _features(place, family)
    return Slice(
        id=_name(place, cell),
        by=features,
        where=dict.fromkeys(features, cell.label),
        n=cell.rows,
        share=0.0,
        kind="group" if len(features) == 1 else "intersection",
        small=cell.rows < min_size,
    )


def _audit(template: Audit, families: list[PlannedFamily], counts: list[Int[np.ndarray, " slices"]]) -> Audit:
    measured = [
        _measurement(one.rule.base_metric, _name(place, cell), int(x), cell.counted)
        for place, (one, found) in enumerate(zip(families, counts, strict=True))
        for cell, x in zip(one.slices, found, strict=True)
    ]
    return template.model_copy(update={"measurements": measured})


def _measurement(metric: str, name: str, x: int, n: int) -> Measurement:
    if n == 0:
        return Measurement(metric=metric, slice=name, undefined="no rows are counted", numerator=0, denominator=0)
    return Measurement(metric=metric, slice=name, value=x / n, n=n, numerator=x, denominator=n, method="wilson")


def _features(place: int, family: PlannedFamily) -> list[str]:
    """As many features as the rule compares at once, because a rule shares its error rate by their number."""
    return [f"check {place}.{at}" for at in range(len(family.by))]


def _name(place: int, cell: SizedSlice) -> str:
    return f"{place}: {cell.id}"
