"""`max_drop`: how much worse a figure got since the earlier run, as ceilings on what got worse.

Where both runs scored the same rows, every two slices (of a difference) or every slice (of a value) is compared on
those rows, paired; else, and for ratios, the figures of the two runs are compared as those of independent samples.
Positive is worse: a larger difference, a smaller ratio, a value that is lower (higher where less is better).
"""

from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import each
from dlaudit.gate.question import Question
from dlaudit.record import Audit, DisparityChange, Exchanged, GapChange, PairedEstimate, RunComparison
from dlaudit.spec import Rule
from dlaudit.stats.paired import tango_limits

NO_RUN = (
    "not judged, as there is no earlier run to compare with (--baseline, or baseline.path), so that nothing is known "
    "of a drop"
)


@dataclass(frozen=True)
class _Found:
    """What got worse, or why that is not known."""

    cells: tuple[Cell, ...] = ()
    obstacle: str | None = None
    notes: tuple[str, ...] = ()


def drop_question(audit: Audit, rule: Rule, by: list[str]) -> Question:
    """The check that a `max_drop` makes: a ceiling on how much worse it got, for every comparison that there is."""
    found = _found(audit, rule, sorted(by))
    stand_in = rule.model_copy(
        update={"metric": rule.base_metric, "max": rule.max_drop, "max_drop": None, "id": rule.name, "compare": None}
    )
    is_screen = rule.judge == "point"
    return Question(
        rule=stand_in,
        by=by,
        cells=list(found.cells),
        contrasts=each([one for one in found.cells if one.value is not None], rule.exact_limit, "max"),
        contrast="each",
        min_size=audit.min_size,
        judge="point" if is_screen else "interval",
        notes=found.notes,
        obstacle=found.obstacle,
    )


def when_undecided(audit: Audit, rule: Rule) -> Literal["error", "warning", "ignore"]:
    """What being undecided counts as: as the rule says, and of a `max_drop` a warning where there is no earlier run.

    A first run has nothing to compare with. Where there is an earlier run, whatever keeps it from being compared, as
    one changed label, must not let a drop through.
    """
    counts = rule.when_undecided
    is_first = rule.max_drop is not None and audit.baseline is None and rule.undecided is None
    return "warning" if is_first and counts == "error" else counts


def _found(audit: Audit, rule: Rule, by: list[str]) -> _Found:
    compared = audit.baseline
    if compared is None:
        return _Found(obstacle=NO_RUN)
    if compared.only_old:
        return _Found(obstacle=_cut(compared))
    if rule.kind == "ratio" or (rule.kind == "difference" and compared.paired is None):
        return _of_figures(compared, rule, by)
    if compared.paired is None:
        why = compared.not_paired or "the two runs cannot be paired"
        return _Found(obstacle=f"not judged, as a drop of a value is judged on the same rows only: {why}")
    gaps = [
        one
        for one in compared.paired.changes
        if one.metric == rule.base_metric
        and sorted(one.by) == by
        and not one.within
        and (rule.slices is None or {one.slice, one.reference} <= set(rule.slices))
    ]
    if not gaps:
        return _Found(obstacle=f"not judged, as {_what(rule, by)} was not compared with the earlier run")
    rows = {one.id: (one.n, one.small or one.n < audit.min_size) for one in audit.slices}
    small = frozenset(name for name, (_, is_small) in rows.items() if is_small)
    note = (f"Judged on the rows that both runs scored.{_added(compared)}",)
    if rule.kind == "difference":
        return _Found(cells=(*(_of_gap(one, small) for one in gaps), *_apart(audit, rule, by, gaps)), notes=note)
    moved = {one.slice: one for one in chain.from_iterable(gap.exchanged for gap in gaps)}
    if not moved:
        return _Found(obstacle=f"not judged, as {rule.base_metric} is no share of rows that could be paired")
    return _Found(
        cells=(*(_of_rate(one, rule, small) for one in moved.values()), *_apart(audit, rule, by, gaps)), notes=note
    )


def _apart(audit: Audit, rule: Rule, by: list[str], gaps: list[GapChange]) -> list[Cell]:
    """Slices that were compared with none, which no pass speaks about."""
    compared = {name for one in gaps for name in (one.slice, one.reference)}
    why = "too few rows to compare"
    return [
        Cell(id=one.id, label=one.id, rows=one.n, small=True, undefined=why)
        for one in audit.slices
        if sorted(one.by) == by
        and one.kind in {"group", "intersection"}
        and not one.unknown
        and one.id not in compared
        and (rule.slices is None or one.id in rule.slices)
    ]


def _cut(compared: RunComparison) -> str:
    lost, more = compared.only_old, compared.only_new
    told = (
        f"{lost:,} {'row' if lost == 1 else 'rows'} of the earlier run {'is' if lost == 1 else 'are'} not in this one"
    )
    were = "row of this run was" if more == 1 else "rows of this run were"
    other = f", and {more:,} {were} not in the earlier one" if more else ""
    return f"not judged, as the evaluation set changed: {told}{other}, and a drop may lie in what was left out"


def _added(compared: RunComparison) -> str:
    """A sentence on rows that only the later run has, which nothing was compared on."""
    more = compared.only_new
    return f" {more:,} {'row' if more == 1 else 'rows'} of this run alone could not be compared." if more else ""


def _what(rule: Rule, by: list[str]) -> str:
    return f"{rule.metric} by {' & '.join(by)}" if by else rule.metric


def _of_figures(compared: RunComparison, rule: Rule, by: list[str]) -> _Found:
    """The change of the whole disparity, from the figures of the two runs."""
    if rule.slices is not None:
        return _Found(obstacle="not judged, as some slices alone are compared on the same rows only")
    found = next(
        (
            one
            for one in compared.changes
            if (one.metric, one.kind, sorted(one.by)) == (rule.base_metric, rule.kind, by) and not one.within
        ),
        None,
    )
    if found is None:
        return _Found(obstacle=f"not judged, as the two runs do not both have {_what(rule, by)}")
    why = "" if rule.kind == "ratio" else f", because {compared.not_paired or 'the rows are not paired'}"
    return _Found(
        cells=(_of_change(found, " & ".join(by) or "all"),),
        notes=(f"Judged from the figures of the two runs as of independent samples{why}.",),
    )


def _of_change(found: DisparityChange, name: str) -> Cell:
    change = found.change
    rows = min(found.old.n, found.new.n)
    # which slices the disparity is between may differ in the two runs, so that no slice is named
    cell = Cell(id=name, label=name, rows=rows, small=False, is_rest=True, support=rows)
    if change.value is None:
        return _with(cell, None, None, None, undefined=change.undefined)
    if found.kind == "difference":
        return _with(cell, change.value, change.low, change.high)
    ends = [None if end is None else -end for end in (change.high, change.low)]
    return _with(cell, -change.value, *ends)


def _of_gap(one: GapChange, small: frozenset[str]) -> Cell:
    """How much larger the gap between two slices got, whichever of them is ahead.

    Where the base's interval tells its sign s, the gap grew by max(s c, -s (a + b)) for a change c from a to b; where
    it does not, by no more than |c|. Each end rests on intervals that hold together (Bonferroni over two of them).
    """
    name = f"{one.slice} and {one.reference}"
    sides = (one.slice, one.reference)
    cell = Cell(
        id=name, label=name, rows=one.rows, small=bool(small.intersection(sides)), among=sides, support=one.rows
    )
    value = abs(one.tuned.value) - abs(one.base.value)
    known = [end for part in (one.base, one.tuned, one.change) for end in (part.low, part.high)]
    if any(end is None for end in known):
        return _with(cell, value, None, None)
    low, high = _grown(one)
    return _with(cell, value, min(low, value), max(high, value))


def _grown(one: GapChange) -> tuple[float, float]:
    base, tuned, change = (_ends(part) for part in (one.base, one.tuned, one.change))
    if base[0] > 0:
        return change[0], max(change[1], -(tuned[0] + base[0]))
    if base[1] < 0:
        return -change[1], max(-change[0], tuned[1] + base[1])
    farthest = max(abs(base[0]), abs(base[1]))
    nearest = max(tuned[0], -tuned[1], 0.0)
    return nearest - farthest, max(change[1], -change[0])


def _ends(part: PairedEstimate) -> tuple[float, float]:
    assert part.low is not None and part.high is not None, "asked for the ends of what has none"
    return part.low, part.high


def _of_rate(one: Exchanged, rule: Rule, small: frozenset[str]) -> Cell:
    """How much worse a rate of a slice got, from the rows that count for one of the two models only."""
    from dlaudit.metrics.names import metric_named

    cell = Cell(
        id=one.slice,
        label=one.slice,
        rows=one.n,
        small=one.slice in small or not one.n,
        among=(one.slice,),
        support=one.n,
    )
    if not one.n:
        return _with(cell, None, None, None, undefined="no rows to compare")
    rises = metric_named(rule.base_metric).better == "lower"
    worse, better = (one.gained, one.lost) if rises else (one.lost, one.gained)
    limits = tango_limits(worse, better, one.n)
    return _with(cell, (worse - better) / one.n, float(limits.low), float(limits.high))


def _with(
    cell: Cell, value: float | None, low: float | None, high: float | None, *, undefined: str | None = None
) -> Cell:
    return replace(cell, value=value, low=low, high=high, undefined=undefined)
