"""Tables in the layout that rules on selection ask for, and where the topics of standards stand in this report."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue_standards import AS_OF, NO_SELECTION, TEXT, TOPICS
from dlaudit.outputs.order import features_compared, measurements_on, slices_of
from dlaudit.outputs.words import levels
from dlaudit.record import Audit, Measurement, Slice

FEW = 0.02
"""Share of the rows below which a category may be left out of the ratios by some rules; it is marked here."""
MOST_ROWS = 40
"""Categories of all tables together; single features go first."""


@dataclass(frozen=True)
class Category:
    """One category of a selection table."""

    name: str
    rows: str
    selected: str
    rate: str
    ratio: str
    is_small: bool


@dataclass(frozen=True)
class Selection:
    """One table of categories."""

    by: str
    categories: list[Category]
    unknown: str
    left_out: int


@dataclass(frozen=True)
class Topic:
    """What a text asks for, and the sections that hold it."""

    source: str
    topic: str
    anchors: list[str]


@dataclass(frozen=True)
class Standards:
    """The section."""

    tables: list[Selection]
    reason: str
    """Why there is no table."""
    topics: list[Topic]
    as_of: str
    declared: list[tuple[str, str]]


def standards(audit: Audit, present: list[str]) -> Standards:
    """The section.

    Args:
        audit: What was found.
        present: Ids of the sections that this report has.
    """
    why_not = NO_SELECTION.get(audit.model.task, "")
    rates = measurements_on(audit, "selection_rate")
    if not why_not and not rates:
        why_not = "the selection rate was not measured"
    features = features_compared(audit)
    crossed = list(dict.fromkeys(tuple(one.by) for one in audit.slices if one.kind == "intersection"))
    wanted = [[one] for one in features] + [list(by) for by in crossed if len(by) == 2]
    tables = [] if why_not else _tables(audit, wanted, rates)
    return Standards(
        tables=tables,
        reason=TEXT["standards_none"].format(reason=why_not) if why_not else "",
        topics=[Topic(source, topic, [one for one in at if one in present]) for source, topic, at in TOPICS],
        as_of=AS_OF,
        declared=[("Owner", audit.declared.owner), ("Intended use", audit.declared.intended_use)],
    )


def _tables(audit: Audit, wanted: list[list[str]], rates: dict[str, Measurement]) -> list[Selection]:
    """A table for each feature and crossing, as many rows together as a reader looks through."""
    tables, room = [], MOST_ROWS
    for by in wanted:
        table = _selection(audit, by, rates, room)
        room -= len(table.categories)
        tables.append(table)
    return [one for one in tables if one.categories or one.left_out]


def _selection(audit: Audit, by: list[str], rates: dict[str, Measurement], most: int) -> Selection:
    slices = [one for one in slices_of(audit, by) if one.id in rates]
    known = [one for one in slices if not one.unknown]
    unknown = sum(one.n for one in slices if one.unknown)
    best = max((rate for one in known if (rate := rates[one.id].value) is not None), default=None)
    return Selection(
        by=" & ".join(by),
        categories=[_category(one, rates[one.id], best) for one in known[:most]],
        unknown=TEXT["standards_unknown"].format(rows=text.count(unknown)),
        left_out=max(0, len(known) - most),
    )


def _category(one: Slice, rate: Measurement, best: float | None) -> Category:
    return Category(
        name=levels(one),
        rows=text.count(rate.denominator),
        selected=text.count(rate.numerator),
        rate=text.percent(rate.value),
        ratio=text.ratio(rate.value / best) if best and rate.value is not None else text.NONE,
        is_small=one.share is not None and one.share < FEW,
    )
