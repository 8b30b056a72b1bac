"""`dlaudit selfcheck`: how often a policy fires on this data when its slices are dealt out at random."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import numpy as np

from dlaudit.engines.progress import Progress, Silent
from dlaudit.errors import shown
from dlaudit.gate.alike import Tally, point_screen
from dlaudit.gate.judge import judge
from dlaudit.gate.known import check_features
from dlaudit.metrics.counts import Counts, count
from dlaudit.metrics.forms import Asked
from dlaudit.metrics.measure import measure
from dlaudit.metrics.names import ask
from dlaudit.metrics.permuted import TOLD, Dealt, dealt_counts, dealt_rows, dealt_within, units_lie_in_one_atom
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import Audit, DataInfo, Measurement, ModelInfo, NotApplicable, Provenance, Slice
from dlaudit.record.planned import Selfchecked, SelfcheckedCheck
from dlaudit.slices.make import SliceTable, make_slices
from dlaudit.spec import AuditSpec, Policy, Rule
from dlaudit.stages.plan import need_rules
from dlaudit.stages.prepare import Subject, prepare
from dlaudit.stages.request import Request
from dlaudit.stages.score import score, scored_rows

PERMUTATIONS = 200
"""Permutations, where no number is asked for."""


@dataclass(frozen=True, kw_only=True)
class Shuffle:
    """How slices are dealt out."""

    permutations: int = PERMUTATIONS
    """How many times."""
    seed: int = 0
    """Seed of all of them."""
    progress: Progress = field(default_factory=Silent)
    """Told how far it is."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """Scored rows and their slices."""

    subject: Subject
    """Data and labels."""
    rows: ScoredRows | None
    """The rows, where they fit in memory."""
    counts: Counts
    """Counts of atoms."""
    table: SliceTable
    """Every slice."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is dealt out: rules that can be checked, their metrics by how slices are dealt, and the slices they need."""

    policy: Policy
    metrics: dict[Dealt, list[str]]
    table: SliceTable
    refused: list[NotApplicable]


@dataclass(frozen=True, kw_only=True)
class _Metrics:
    """Metrics that share one permutation."""

    dealt: Dealt
    names: list[str]
    by_counts: bool


_Measured = tuple[list[Measurement], list[Slice]]


def load(spec: AuditSpec, progress: Progress) -> Loaded:
    """The scored rows that a specification of given scores names, counted.

    Raises:
        UsageError, DataRefused: As for an audit of the same file.
    """
    request = Request(spec=spec, progress=progress)
    subject = prepare(request, None)
    check_features(spec.policy, subject.roles.groups)
    progress.stage("read", subject.raw.rows)
    scored = score(subject, request, progress)
    counts = reduce(add, scored.counts)
    roles = subject.roles
    table = make_slices(scored.atoms.atoms, counts.rows, spec.slices, roles.sensitive, roles.control)
    rows = scored_rows(scored.batches, scored.atom_codes, subject) if scored.fits else None
    return Loaded(subject=subject, rows=rows, counts=counts, table=table)


def selfcheck(loaded: Loaded, source: str, shuffle: Shuffle) -> Selfchecked:
    """How often each rule passes, fails and is undecided when slices are dealt out at random, beside a point screen.

    Args:
        loaded: The rows.
        source: What they are from, in a few words.
        shuffle: How many permutations, and their seed.

    Raises:
        UsageError: There is no rule, or a metric is not known (DLA106).
    """
    policy = loaded.subject.spec.policy
    need_rules(policy)
    plan = _planned(loaded, policy)
    about = {"source": source, "rows": int(loaded.counts.rows.sum()), "seed": shuffle.seed}
    if not plan.policy.rules:
        return Selfchecked(not_applicable=plan.refused, **about)
    gate, screen, screened = Tally(), Tally(), point_screen(plan.policy)
    shuffle.progress.stage("permute", shuffle.permutations, "permutations")
    for audit in _audits(loaded, plan, shuffle):
        gate.add(judge(audit, plan.policy, bounds=False))
        screen.add(judge(audit, screened, bounds=False))
        shuffle.progress.advance(1)
    shuffle.progress.close()
    return Selfchecked(
        checks=_checks(plan, gate, screen),
        gate=gate.policy,
        screen=screen.policy,
        not_applicable=plan.refused,
        **about,
    )


def _checks(plan: _Plan, gate: Tally, screen: Tally) -> list[SelfcheckedCheck]:
    assert gate.verdict is not None, "at least one permutation was judged"
    within = {name: TOLD[dealt] for dealt, names in plan.metrics.items() for name in names}
    return [
        SelfcheckedCheck(
            rule=check.rule,
            by=check.by,
            permuted=within[check.metric],
            gate=gate.check(place),
            screen=screen.check(place),
        )
        for place, check in enumerate(gate.verdict.checks)
    ]


def _planned(loaded: Loaded, policy: Policy) -> _Plan:
    rules: list[Rule] = []
    metrics: dict[Dealt, list[str]] = {}
    refused: list[NotApplicable] = []
    for rule in policy.rules:
        found = _dealt(loaded, rule)
        if isinstance(found, NotApplicable):
            refused.append(found)
            continue
        rules.append(rule)
        named = metrics.setdefault(found, [])
        if rule.base_metric not in named:
            named.append(rule.base_metric)
    needed = Policy(rules=rules)
    return _Plan(policy=needed, metrics=metrics, table=_needed_slices(loaded, needed), refused=refused)


def _dealt(loaded: Loaded, rule: Rule) -> Dealt | NotApplicable:
    """How slices are dealt out for the rule's metric, or why that cannot be."""
    if rule.max_drop is not None:
        return NotApplicable(what=rule.name, reason="it compares with an earlier run, whose slices are not dealt out")
    labels, rows, counts = loaded.subject.labels, loaded.rows, loaded.counts
    asked, refused = ask([rule.base_metric], labels.task, labels.classes)
    if refused:
        return NotApplicable(what=rule.name, reason=refused[0].reason)
    if len(asked) != 1:
        some = shown(asked[0].name, quote=False)
        return NotApplicable(what=rule.name, reason=f"it is one for each class or label; name one, as {some}")
    by_row = not _counts_suffice(loaded, asked[0])
    if by_row and rows is None:
        return NotApplicable(what=rule.name, reason="it needs the rows, which do not fit in memory")
    if not counts.clustered:
        return "rows" if by_row else dealt_within(asked[0], labels.task, counts.cells.shape[-1])
    if rows is not None and units_lie_in_one_atom(rows):
        return "units"
    return NotApplicable(
        what=rule.name, reason="a unit has rows in several slices, so that none can be dealt out whole"
    )


def _counts_suffice(loaded: Loaded, asked: Asked) -> bool:
    """Whether counts can be dealt out in the place of rows: each counts once and for itself."""
    plain = loaded.counts.row_weights is None and not loaded.counts.clustered
    return plain and asked.metric.needs in {"confusion", "table"}


def _needed_slices(loaded: Loaded, policy: Policy) -> SliceTable:
    features = [by for rule in policy.rules for by in rule.features or []]
    if any(rule.features is None for rule in policy.rules):
        features += [[name] for name in loaded.subject.roles.sensitive]
    places = [at for at, one in enumerate(loaded.table.slices) if not one.by or sorted(one.by) in features]
    slices = [loaded.table.slices[at] for at in places]
    return SliceTable(slices=slices, member=loaded.table.member[places], comparisons=[])


def _audits(loaded: Loaded, plan: _Plan, shuffle: Shuffle) -> Iterator[Audit]:
    """One audit for each permutation. Metrics dealt out alike share it; each way of dealing has its own stream."""
    template = _template(loaded, plan.table.slices)
    streams = {dealt: np.random.default_rng([shuffle.seed, at]) for at, dealt in enumerate(TOLD)}
    for _ in range(shuffle.permutations):
        measured: list[Measurement] = []
        slices = plan.table.slices
        for dealt, names in plan.metrics.items():
            for chosen, by_counts in _by_need(loaded, names):
                metrics = _Metrics(dealt=dealt, names=chosen, by_counts=by_counts)
                found, slices = _measured(loaded, plan.table, metrics, streams[dealt])
                measured += found
        yield template.model_copy(update={"measurements": measured, "slices": slices})


def _by_need(loaded: Loaded, names: list[str]) -> Iterator[tuple[list[str], bool]]:
    """The metrics that counts suffice for, and those that need the rows; only those that there are."""
    labels = loaded.subject.labels
    asked = ask(names, labels.task, labels.classes)[0]
    for by_counts in (True, False):
        chosen = [one.name for one in asked if _counts_suffice(loaded, one) == by_counts]
        if chosen:
            yield chosen, by_counts


def _measured(loaded: Loaded, table: SliceTable, metrics: _Metrics, rng: np.random.Generator) -> _Measured:
    level = loaded.subject.spec.metrics.interval
    if metrics.by_counts:
        counts = dealt_counts(loaded.counts, metrics.dealt, rng)
        return measure(counts, None, table, metrics.names, level)[0], table.slices
    assert loaded.rows is not None, "rules that need rows are checked only where there are rows"
    rows = dealt_rows(loaded.rows, rng)
    counts = count(rows, len(loaded.counts.rows))
    sized = _sized(table, counts, loaded.subject.spec.slices.min_size)
    return measure(counts, rows, sized, metrics.names, level)[0], sized.slices


def _sized(table: SliceTable, counts: Counts, min_size: int) -> SliceTable:
    """The slices with the rows that they have after units, which are of unequal size, were dealt out."""
    sizes = table.member.astype(np.int64) @ counts.rows
    slices = [
        one.model_copy(update={"n": int(n), "small": int(n) < min_size})
        for one, n in zip(table.slices, sizes, strict=True)
    ]
    return replace(table, slices=slices)


def _template(loaded: Loaded, slices: list[Slice]) -> Audit:
    roles = loaded.subject.roles
    return Audit(
        provenance=Provenance(dlaudit="", python=""),
        model=ModelInfo(task=loaded.subject.labels.task),
        data=DataInfo(sensitive=roles.sensitive, control=roles.control, unit=roles.unit, weight=roles.weight),
        slices=slices,
        min_size=loaded.subject.spec.slices.min_size,
    )
