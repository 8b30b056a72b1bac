"""`max_drop`: how much worse a figure got since the baseline, as ceilings on what got worse.

Where both runs scored the same rows, every slice (of a value) or every two slices (of a difference or ratio) is
compared on those rows, paired; else the figures of the two runs are compared as those of independent samples.
Positive is worse: a larger difference, a smaller ratio, a value that is lower (higher where less is better). Small
slices are compared as well: they can fail a rule, and no pass speaks about them.
"""

from dataclasses import dataclass
from typing import Literal

from dlaudit.gate.cells import Cell
from dlaudit.gate.changed import Shape
from dlaudit.gate.contrasts import each
from dlaudit.gate.drop_cells import cell_of_figures, cell_of_rate, cell_of_value, cells_of_gaps
from dlaudit.gate.possible import no_better_side
from dlaudit.gate.question import MOST_IN_PAIRS, Question
from dlaudit.record import Audit, RateChange, RunComparison
from dlaudit.spec import Rule, is_change_rule
from dlaudit.spec.change_gate import change_metrics
from dlaudit.stats.paired import MOST_ROWS

NO_RUN = (
    "not judged, as there is no baseline to compare with (--baseline, or baseline.path), so that nothing is known "
    "of a drop"
)
_INDEPENDENT = "Judged from the figures of the two runs as of independent samples, because {why}."
_MAY_SHARE = "Some rows may be in both runs, so that the error rate holds for large samples."
_SAME_ROWS = "rows that are the same whatever a model predicts"
_SAME = "Nothing changed since: the model, the rows and what it makes of each are those of the baseline."


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
    defined = [one for one in found.cells if one.value is not None]
    is_exact = rule.judge == "exact" and bool(defined) and all(_has_exact_test(one) for one in defined)
    limits = _limits_of(audit, defined) if is_exact else ()
    return Question(
        rule=stand_in,
        by=by,
        cells=list(found.cells),
        contrasts=each(defined, rule.exact_limit, "max"),
        contrast="each",
        min_size=audit.min_size,
        judge="point" if rule.judge == "point" else "exact" if is_exact else "interval",
        notes=(*found.notes, *limits),
        obstacle=found.obstacle,
        for_large_samples=bool(limits),
        is_drop=True,
    )


def when_undecided(audit: Audit, rule: Rule, question: Question | None = None) -> Literal["error", "warning", "ignore"]:
    """What being undecided counts as: as the rule says, and of a `max_drop` a warning where there is no baseline.

    A first run has nothing to compare with. Where there is a baseline, whatever keeps it from being compared, as
    one changed label, must not let a drop through: of the rules that an accepted baseline brings, which only warn where
    rows are too few, and of those that stand in their place, that counts as an error.
    """
    counts = rule.when_undecided
    if rule.max_drop is None:
        return counts
    if audit.baseline is None:
        return "warning" if rule.undecided is None and counts == "error" else counts
    if question is None or audit.baseline.accepted is None or not _guards_the_baseline(rule):
        return counts
    lost = {one.id for one in audit.baseline.lost}
    is_unpaired = audit.baseline.rows_known and audit.baseline.paired is None
    is_hindered = is_unpaired or question.obstacle is not None or any(one.id in lost for one in question.cells)
    return "error" if is_hindered else counts


def _guards_the_baseline(rule: Rule) -> bool:
    """Whether an accepted baseline brought the rule, or it is one that takes the place of such a rule."""
    is_its_own = rule.kind == "value" and rule.slices is None and rule.level == "error"
    return is_change_rule(rule.name) or (is_its_own and rule.base_metric.partition("[")[0] in change_metrics())


def _found(audit: Audit, rule: Rule, by: list[str]) -> _Found:
    compared = audit.baseline
    if compared is None:
        return _Found(obstacle=NO_RUN)
    if compared.only_old:
        return _Found(obstacle=_cut(compared))
    if compared.altered:
        return _Found(obstacle=f"not judged, as a drop may hide in what was changed: {compared.not_paired}")
    fault = no_better_side(rule)
    if fault is not None:
        return _Found(obstacle=f"not judged, as {fault}")
    if compared.paired is None:
        why = compared.not_paired or "the rows are not paired"
        return _of_values(audit, rule, by, why) if rule.kind == "value" else _of_figures(compared, rule, by, why)
    rates = [one for one in compared.paired.rates if _is_asked(one, rule, by)]
    if not rates and rule.kind != "value":
        return _of_figures(compared, rule, by, f"{rule.base_metric} was not compared row by row")
    if not rates:
        return _Found(obstacle=f"not judged, as {_what(rule, by)} was not compared with the baseline")
    return _on_same_rows(audit, rule, by, rates)


def _is_asked(one: RateChange, rule: Rule, by: list[str]) -> bool:
    is_named = rule.slices is None or one.slice in rule.slices
    return is_named and one.metric == rule.base_metric and sorted(one.by) == by and not one.within


def _on_same_rows(audit: Audit, rule: Rule, by: list[str], rates: list[RateChange]) -> _Found:
    """Every slice, or every two, on the rows that both runs scored."""
    compared = audit.baseline
    assert compared is not None, "asked for rows of two runs where there is one"
    small = _small(audit)
    note = _SAME if compared.unchanged else f"Judged on the rows that both runs scored.{_added(compared)}"
    others = [*_apart(audit, rule, by, {one.slice for one in rates}), *_lost(compared, rule, by)]
    if rule.kind == "value":
        rises = _is_worse_when_larger(rule)
        cells = [
            cell_of_rate(one, rises=rises, small=one.slice in small, unchanged=compared.unchanged) for one in rates
        ]
        counted = compared.unchanged or all(one.n is not None for one in rates if one.undefined is None)
        why = f"Judged by intervals, because {_not_counted(audit, rule, _SAME_ROWS)}."
        return _Found(cells=(*cells, *others), notes=(note,) if counted or rule.judge != "exact" else (note, why))
    known = [one for one in rates if one.base is not None and one.tuned is not None]
    bare = [cell_of_rate(one, rises=False, small=one.slice in small) for one in rates if one not in known]
    if len(known) < 2:
        told = f"only one slice by {' & '.join(by)} has a value in both runs, so that there is nothing to compare"
        return _Found(cells=(*bare, *others), obstacle=told if not bare else None, notes=(note,))
    shape: Shape = "difference" if rule.kind == "difference" else "ratio"
    gaps = cells_of_gaps(known, shape, small, MOST_IN_PAIRS, unchanged=compared.unchanged)
    many = f"Each slice is compared with the largest one: {len(known)} slices in pairs are too many."
    notes = (note, many) if len(known) > MOST_IN_PAIRS else (note,)
    return _Found(cells=(*gaps, *bare, *others), notes=notes)


def _not_counted(audit: Audit, rule: Rule, rows: str) -> str:
    if audit.data.weight is not None:
        return "rows have weights"
    if audit.data.unit is not None:
        return f"rows that share a value of {audit.data.unit} are not independent"
    if audit.data.pairs is not None:
        return "pairs that share a person are not independent"
    return f"{rule.base_metric} is no share of {rows}"


def _lost(compared: RunComparison, rule: Rule, by: list[str]) -> list[Cell]:
    """Slices of the baseline that this run does not have, which keep it from passing."""
    why = "this run has no such slice, and the baseline has"
    return [
        Cell(id=one.id, label=one.id, rows=0, small=False, undefined=why)
        for one in compared.lost
        if sorted(one.by) == by and (rule.slices is None or one.id in rule.slices)
    ]


def _is_worse_when_larger(rule: Rule) -> bool:
    from dlaudit.metrics.names import metric_named

    return metric_named(rule.base_metric).better == "lower"


def _apart(audit: Audit, rule: Rule, by: list[str], compared: set[str]) -> list[Cell]:
    """Slices of this run alone, which no pass speaks about."""
    why = "the baseline has no rows of it"
    return [
        Cell(id=one.id, label=one.id, rows=one.n, small=True, undefined=why)
        for one in audit.slices
        if sorted(one.by) == by
        and one.kind in {"group", "intersection"}
        and not one.unknown
        and one.id not in compared
        and (rule.slices is None or one.id in rule.slices)
    ]


def _has_exact_test(one: Cell) -> bool:
    return one.flips is not None or one.samples is not None


def _limits_of(audit: Audit, cells: list[Cell]) -> tuple[str, ...]:
    """Why the error rates of exact tests hold for large samples only; nothing where they hold for every size."""
    if any(one.flips is not None and one.flips.n > MOST_ROWS for one in cells):
        many = f"Slices of more than {MOST_ROWS:,} rows"
        return (f"{many} are judged by Tango's score, as its error rate holds for such sizes.",)
    is_apart = audit.baseline is not None and audit.baseline.apart
    return (_MAY_SHARE,) if not is_apart and any(one.samples is not None for one in cells) else ()


def _cut(compared: RunComparison) -> str:
    lost, more = compared.only_old, compared.only_new
    least = "at least " if compared.paired is None and compared.accepted is not None else ""
    rows_are = "row of the baseline is" if lost == 1 else "rows of the baseline are"
    told = f"{least}{lost:,} {rows_are} not in this run"
    were = "row of this run was" if more == 1 else "rows of this run were"
    other = f", and {more:,} {were} not in the baseline" if more else ""
    return f"not judged, as the evaluation set changed: {told}{other}, and a drop may lie in what was left out"


def _added(compared: RunComparison) -> str:
    """A sentence on rows that only this run has, which nothing was compared on."""
    more = compared.only_new
    return f" {more:,} {'row' if more == 1 else 'rows'} of this run alone could not be compared." if more else ""


def _what(rule: Rule, by: list[str]) -> str:
    return f"{rule.metric} by {' & '.join(by)}" if by else rule.metric


def _of_values(audit: Audit, rule: Rule, by: list[str], why: str) -> _Found:
    """The change of every slice's value, from the figures of the two runs."""
    compared = audit.baseline
    assert compared is not None, "asked for figures of two runs where there is one"
    found = [
        one
        for one in compared.values
        if (one.metric, sorted(one.by)) == (rule.base_metric, by) and (rule.slices is None or one.slice in rule.slices)
    ]
    if not found:
        return _Found(obstacle=f"not judged, as the two runs do not both have {_what(rule, by)}, and {why}")
    small, rises = _small(audit), _is_worse_when_larger(rule)
    counts_rows = audit.data.weight is None and audit.data.unit is None and audit.data.pairs is None
    cells = [cell_of_value(one, rises=rises, small=one.slice in small, counts_rows=counts_rows) for one in found]
    others = [*_apart(audit, rule, by, {one.slice for one in found}), *_lost(compared, rule, by)]
    notes = [_INDEPENDENT.format(why=why)]
    if rule.judge == "exact" and any(one.value is not None and one.samples is None for one in cells):
        notes.append(f"Judged by intervals, because {_not_counted(audit, rule, 'counted rows in both runs')}.")
    return _Found(cells=(*cells, *others), notes=tuple(notes))


def _small(audit: Audit) -> frozenset[str]:
    return frozenset(one.id for one in audit.slices if one.small or one.n < audit.min_size)


def _of_figures(compared: RunComparison, rule: Rule, by: list[str], why: str) -> _Found:
    """The change of the whole disparity, from the figures of the two runs."""
    if rule.slices is not None:
        return _Found(obstacle=f"not judged, as some slices alone are compared on the same rows only, and {why}")
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
    return _Found(
        cells=(cell_of_figures(found, " & ".join(by) or "all"), *_lost(compared, rule, by)),
        notes=(_INDEPENDENT.format(why=why),),
    )
