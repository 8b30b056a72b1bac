"""Stage 4: the search for slices that nobody declared, exhaustive and by a tree of errors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlaudit.errors import listed
from dlaudit.metrics.error_tree import DEPTH, error_leaves
from dlaudit.record import Discovery, NotApplicable
from dlaudit.slices.discovery import (
    LevelColumn,
    NumberColumn,
    Outcome,
    Settings,
    as_levels,
    confirm,
    outcomes_of,
    search,
    states_of,
)
from dlaudit.slices.discovery.columns import evenness
from dlaudit.slices.discovery.confirm import Halved
from dlaudit.slices.discovery.halves import in_finding_half, one_of_each
from dlaudit.stages.kept_columns import MOST_LEVELS
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject
from dlaudit.stages.score import Scored

MOST_COMBINED = 12
"""Columns that are combined where `discover.columns` names none: the sensitive and control features, then those whose
levels split rows most evenly."""
MOST_NAMED = 20
"""Columns of `discover.columns` that are combined at most."""
_WHAT = "slice discovery"
_SEARCHES = 2
Column = LevelColumn | NumberColumn


@dataclass(frozen=True, kw_only=True)
class Discovered:
    """What was searched, and what could not be."""

    discoveries: list[Discovery] = field(default_factory=list)
    """Searches."""
    not_applicable: list[NotApplicable] = field(default_factory=list)
    """What was not done."""


@dataclass(frozen=True, kw_only=True)
class _Material:
    """Rows to search, aligned."""

    columns: list[Column]
    """All columns with two levels or more, as they were kept: the tree asks about any of them."""
    levels: list[LevelColumn]
    """Those that are combined with each other, as levels."""
    states: np.ndarray[Any, Any]
    """State of each row."""
    note: str
    """What is to be said of the rows; empty where they are all of the data."""

    @property
    def keys(self) -> list[np.ndarray[Any, Any]]:
        """All that a search looks at."""
        cells = [one.codes if isinstance(one, LevelColumn) else np.nan_to_num(one.values) for one in self.columns]
        known = [np.isnan(one.values) for one in self.columns if isinstance(one, NumberColumn)]
        return [*cells, *known, self.states]


def discover(subject: Subject, scored: Scored, measured: Measured) -> Discovered:
    """Search the scored rows for slices where the model errs more often than elsewhere.

    The error rate of `discover.alpha` is that of both searches together: each has half of it.
    """
    spec = subject.spec.discover
    reason = _why_not(subject)
    if reason is not None:
        return Discovered(not_applicable=[NotApplicable(what=_WHAT, reason=reason)])
    columns, combined, left_out = _chosen(subject, scored)
    material = _material(subject, scored, columns, combined)
    rows = len(material.states)
    if not columns or rows < 2 * spec.min_rows:
        few = f"{rows} rows to search; a slice and the rest need {spec.min_rows} each (discover.min_rows)"
        missing = NotApplicable(what=_WHAT, reason=few if columns else "no column has two levels or more")
        return Discovered(not_applicable=[missing, *left_out])
    outcomes = outcomes_of(subject.labels.task)
    settings = Settings(depth=spec.depth, min_rows=spec.min_rows, alpha=spec.alpha / _SEARCHES)
    exhaustive = search(material.levels, material.states, outcomes, settings)
    found, missing_tree = _by_tree(material, outcomes[0], settings, subject.spec.run.seed)
    declared = {one.id for one in measured.table.slices}
    return Discovered(
        discoveries=[_noted(one, material.note, declared) for one in [exhaustive, *found]],
        not_applicable=[*left_out, *missing_tree],
    )


def _why_not(subject: Subject) -> str | None:
    if subject.spec.pairs is not None:
        return "pairs that share a person depend on each other, and its exact tests need rows or units that do not"
    if not subject.spec.discover.enabled:
        return "turned off (discover.enabled)"
    if subject.roles.weight is not None:
        return "rows have weights, and its exact tests count rows that weigh alike"
    return None


def _chosen(subject: Subject, scored: Scored) -> tuple[list[Column], set[str], list[NotApplicable]]:
    """The columns, the names of those to combine, chosen without a look at outcomes; and why others are not."""
    kept = scored.columns.columns
    named = subject.spec.discover.columns
    if named is not None:
        kept = [one for one in kept if one.name in named]
    single = [one.name for one in kept if len(as_levels(one).levels) < 2]
    several = [one for one in kept if one.name not in single]
    most = MOST_COMBINED if named is None else MOST_NAMED
    first = [one for one in several if one.name in subject.roles.groups]
    others = [one for one in several if one.name not in subject.roles.groups]
    ranked = sorted(others, key=lambda one: (-round(evenness(as_levels(one)), 9), one.name))
    combined = {one.name for one in [*first, *ranked][:most]}
    beyond = [one.name for one in [*first, *ranked][most:]]
    reasons = {
        f"more than {MOST_LEVELS} levels of text": scored.columns.too_many,
        "all rows are alike in it": single,
        f"{most} columns at most are combined, those with the most even levels (the tree of errors asks about all); "
        "discover.columns names others": beyond,
        "further down among the model inputs than are read; discover.columns names others": list(
            subject.data.watched.not_read
        ),
    }
    left_out = [
        NotApplicable(what=f"{_WHAT} in {listed(names, most=6, quote=False)}", reason=reason)
        for reason, names in reasons.items()
        if names
    ]
    return sorted(several, key=lambda one: one.name), combined, left_out


def _material(subject: Subject, scored: Scored, columns: Sequence[Column], combined: set[str]) -> _Material:
    """The rows; of units with several rows one each, because rows of one person are not independent."""
    outcomes = scored.columns.outcomes
    states = states_of(subject.labels.task, outcomes.target, outcomes.prediction)
    note = "" if scored.columns.complete else f"A uniform sample of {len(states):,} of {scored.rows:,} rows. "
    whole = _Material(columns=list(columns), levels=[], states=states, note=note)
    if outcomes.unit is not None:
        rows = one_of_each(outcomes.unit, whole.keys, np.random.default_rng([subject.spec.run.seed, 5]))
        note += f"One row, drawn at random, of each of {len(rows):,} units. "
        whole = _Material(columns=[one.take(rows) for one in columns], levels=[], states=states[rows], note=note)
    levels = [as_levels(one) for one in whole.columns if one.name in combined]
    return _Material(columns=whole.columns, levels=levels, states=whole.states, note=note)


def _by_tree(
    material: _Material, outcome: Outcome, settings: Settings, seed: int
) -> tuple[list[Discovery], list[NotApplicable]]:
    rows = len(material.states)
    if rows < 4 * settings.min_rows:
        reason = f"{rows} rows; each half needs {2 * settings.min_rows}"
        return [], [NotApplicable(what=f"{_WHAT} by a tree of errors", reason=reason)]
    bad = np.isin(material.states, outcome.bad)
    finding = in_finding_half(material.keys, np.random.default_rng([seed, 6]))
    leaves = error_leaves(material.columns, bad, finding, settings.min_rows)
    halved = Halved(outcome=outcome.name, bad=bad, finding=finding)
    deep = Settings(depth=DEPTH, min_rows=settings.min_rows, alpha=settings.alpha)
    return [confirm("error_tree", [one.name for one in material.columns], leaves, halved, deep)], []


def _noted(one: Discovery, note: str, declared: set[str]) -> Discovery:
    """The search with what is to be said of its rows, and its slices that are declared ones marked."""
    found = [each.model_copy(update={"declared": each.id in declared}) for each in one.found]
    return one.model_copy(update={"found": found, "guarantee": note + one.guarantee})
