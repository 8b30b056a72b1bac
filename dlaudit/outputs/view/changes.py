"""What changed between two runs: gaps as lines from the earlier to the later value, and what else is different."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import split_up
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.catalogue_against import STATUS
from dlaudit.outputs.catalogue_base import MOVES
from dlaudit.outputs.change_sentences import about, accepted_lines, changes_line, figures_of, is_points, named
from dlaudit.outputs.drop_sentences import then
from dlaudit.outputs.gap_moves import OPEN, AnyChange, move_of, worst_first
from dlaudit.outputs.view.axis import Axis, Tick
from dlaudit.outputs.view.change_table import ChangeRow, ChangeTable, Moved
from dlaudit.outputs.view.rate_rows import rate_tables
from dlaudit.outputs.words import Sentence, difference, joined, label, said
from dlaudit.record import Audit, DisparityChange, FindingRef, RunComparison, SettingChange

_RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
_LEAST_RATIO = 0.01


@dataclass(frozen=True)
class Changes:
    """Everything that is different, as a page and the report place it."""

    lead: list[Sentence]
    rows: list[ChangeTable] = field(default_factory=list)
    """Of rows that both runs scored: gaps between slices of single features."""
    crossed: list[ChangeTable] = field(default_factory=list)
    """The same between intersections and within control levels."""
    runs: list[ChangeTable] = field(default_factory=list)
    """The widest gaps, from the figures of the two audits."""
    rates: list[ChangeTable] = field(default_factory=list)
    """Rates of each slice, of rows that both runs scored."""
    is_paired: bool = False
    settings: list[SettingChange] = field(default_factory=list)
    names: list[tuple[str, list[str], int]] = field(default_factory=list)
    """What only one run has: how it is told, the first names, and how many there are."""
    findings: list[tuple[str, list[FindingRef]]] = field(default_factory=list)
    kinds: list[tuple[str, str]] = field(default_factory=list)
    """Marks that are drawn, and what they mean."""
    rates_first: bool = False
    """Whether rates stand before gaps: they were judged."""


def changes(audit: Audit, one: RunComparison, *, most: int, rates_first: bool = False) -> Changes:
    """The comparison, `most` rows of a table; `audit` is the later run's, which names its slices."""
    single, crossed = split_up(one.paired) if one.paired is not None else ([], [])
    tables = [_tables(audit, some, most) for some in (single, crossed, one.changes)]
    rates = rate_tables(audit, one.paired, most)
    return Changes(
        lead=_lead(audit, one),
        rows=tables[0],
        crossed=tables[1],
        runs=tables[2],
        rates=rates,
        is_paired=one.paired is not None,
        settings=[_shortened(item) for item in one.settings],
        names=_names(one),
        findings=[
            (TEXT["changes_findings_new"], one.findings_new),
            (TEXT["changes_findings_gone"], one.findings_gone),
        ],
        kinds=_kinds(_drawn(table for some in tables for table in some), _drawn(rates)),
        rates_first=rates_first,
    )


_KEY = (("fail", "worse"), ("pass", "better"), ("ref", "turned"), ("undecided", "open"))
_OF_BOTH = ("fail", "pass")
_MOST_NAMES = 40
_DIGEST = 64


def _drawn(tables: Iterable[ChangeTable]) -> set[str]:
    return {row.kind for table in tables for row in table.rows}


def _kinds(gaps: set[str], rates: set[str]) -> list[tuple[str, str]]:
    """The marks of gaps and of rates: a gap grew where a rate got worse, and both are drawn by one mark."""
    found = []
    for kind, word in _KEY:
        if kind in rates and kind in _OF_BOTH:
            found.append((kind, TEXT[f"changes_key_{word}_{'both' if kind in gaps else 'rate'}"]))
        elif kind in gaps | rates:
            found.append((kind, TEXT[f"changes_key_{word}"]))
    return found


def _lead(audit: Audit, one: RunComparison) -> list[Sentence]:
    told = [changes_line(audit, one)]
    if one.only_old or one.only_new:
        told.append(said("changes_rows", then=then(one), old=text.count(one.only_old), new=text.count(one.only_new)))
    return [*told, *accepted_lines(one)]


def _shortened(one: SettingChange) -> SettingChange:
    """A digest by its first digits."""
    if not one.key.endswith("(SHA-256)"):
        return one
    told = {side: text.digest(value) if len(value) == _DIGEST else value for side, value in one}
    return one.model_copy(update={"old": told["old"], "new": told["new"]})


def _names(one: RunComparison) -> list[tuple[str, list[str], int]]:
    lists = {
        "metrics_new": one.metrics_new,
        "metrics_gone": one.metrics_gone,
        "slices_new": one.slices_new,
        "slices_gone": one.slices_gone,
    }
    return [
        (TEXT[f"changes_{key}"].format(then=then(one)), some[:_MOST_NAMES], len(some))
        for key, some in lists.items()
        if some
    ]


def _tables(audit: Audit, some: Sequence[AnyChange], most: int) -> list[ChangeTable]:
    """One table for each unit; differences of rates first, ratios last."""
    by_unit: dict[str, list[AnyChange]] = {}
    for one in worst_first(some):
        by_unit.setdefault(_unit(one), []).append(one)
    units = sorted(by_unit, key=lambda unit: (unit == "ratio", unit != "points"))
    return [_table(audit, unit, by_unit[unit], most) for unit in units]


def _unit(one: AnyChange) -> str:
    """`points`, `ratio`, or the metric whose unit it is."""
    if isinstance(one, DisparityChange) and one.kind == "ratio":
        return "ratio"
    return "points" if is_points(one) else one.metric


def _table(audit: Audit, unit: str, some: Sequence[AnyChange], most: int) -> ChangeTable:
    shown = some[:most]
    axis = _axis(unit, [value for one in shown for value in figures_of(one)[1]])
    even = 1.0 if unit == "ratio" else 0.0
    return ChangeTable(
        unit=TEXT[f"changes_{unit if unit in {'points', 'ratio'} else 'other'}"],
        rows=[_row(audit, one, axis) for one in shown],
        ticks=_ticks(axis, figures_of(shown[0])[0]),
        even=axis.at(even) if axis.holds(even) else None,
        left_out=TEXT["left_out"].format(count=text.count(len(some) - most)) if len(some) > most else "",
    )


def _axis(unit: str, values: Iterable[float | None]) -> Axis:
    known = [value for value in values if value is not None]
    if unit != "ratio":
        return Axis.around([0.0, *known])
    return Axis(max(_LEAST_RATIO, min([0.5, *known])), max([1.0, *known]), log=True)


def _ticks(axis: Axis, written: text.Format) -> list[Tick]:
    if not axis.log:
        return axis.ticks(written)
    return [Tick(axis.at(value), text.given(value)) for value in _RATIO_TICKS if axis.holds(value)]


def _row(audit: Audit, one: AnyChange, axis: Axis) -> ChangeRow:
    written, (old, new) = figures_of(one)
    moved = text.change if isinstance(one, DisparityChange) and one.kind == "ratio" else difference(one.metric)
    kind = move_of(one)
    return ChangeRow(
        about=about(audit, one),
        under=_under(one),
        old=written(old),
        new=written(new),
        change=moved(one.change.value),
        interval=text.span(one.change.low, one.change.high, moved),
        kind=kind,
        status=_status(one, kind),
        drawn=Moved(axis.at(old), axis.at(new)) if old is not None and new is not None else None,
    )


def _status(one: AnyChange, kind: str) -> str:
    """What tests and interval together show; empty where there is no interval."""
    if isinstance(one, DisparityChange):
        return MOVES[kind] if one.change.low is not None else ""
    return MOVES[OPEN] if kind == OPEN and one.status != "inherited" else STATUS[one.status]


def _under(one: AnyChange) -> Sentence:
    if isinstance(one, DisparityChange):
        return named(one)
    return said("changes_under", label=label(one.metric), by=joined([*one.by, *one.within]))
