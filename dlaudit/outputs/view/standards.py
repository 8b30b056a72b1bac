"""Tables in the layout that rules on selection ask for, and where the topics of standards stand in this report."""

from dataclasses import dataclass, replace

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.catalogue_standards import AS_OF, NO_SELECTION, TOPICS
from dlaudit.outputs.order import features_compared, measurements_on, slices_of
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.profile_notes import ProfileNote, Tests, profile_notes, tests, wants_scoring, wants_tests
from dlaudit.outputs.words import levels
from dlaudit.record import Audit, Measurement, Slice, Verdict

FEW = 0.02
"""Share of the rows below which a category may be left out of the ratios by some rules; it is marked here."""
MOST_ROWS = 40
"""Categories of all tables together; single features go first."""


@dataclass(frozen=True)
class Category:
    """One category of a selection table."""

    slice: str
    name: str
    rows: str
    selected: str
    rate: str
    ratio: str
    is_small: bool
    tests: Tests | None = None
    """Against the category selected most; None where no profile asks for it."""


@dataclass(frozen=True)
class Selection:
    """One table of categories."""

    by: str
    categories: list[Category]
    unknown: str
    left_out: int
    is_scoring: bool = False
    """Whether its rates are shares above the median score, not shares selected."""


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
    profiles: list[ProfileNote]
    """Profiles of the policy."""
    tests: bool
    """Whether one of them asks for tests."""


def standards(audit: Audit, present: list[str], verdict: Verdict | None = None) -> Standards:
    """The section.

    Args:
        audit: What was found.
        present: Ids of the sections that this report has.
        verdict: How it was judged, for the profiles of the policy.
    """
    why_not = NO_SELECTION.get(audit.model.task, "")
    rates = measurements_on(audit, "selection_rate")
    if not why_not and not rates:
        why_not = _("the selection rate was not measured")
    features = features_compared(audit)
    crossed = list(dict.fromkeys(tuple(one.by) for one in audit.slices if one.kind == "intersection"))
    wanted = [[one] for one in features] + [list(by) for by in crossed if len(by) == 2]
    tested = wants_tests(verdict)
    tables = [] if why_not else _tables(audit, wanted, rates)
    tables = [_tested(one, rates) for one in tables] if tested else tables
    if wants_scoring(verdict):
        above = measurements_on(audit, "scoring_rate")
        tables += [replace(one, is_scoring=True) for one in _tables(audit, wanted, above)] if above else []
    return Standards(
        tables=tables,
        reason=TEXT["standards_none"].format(reason=why_not) if why_not else "",
        topics=[Topic(source, _(topic), [one for one in at if one in present]) for source, topic, at in TOPICS],
        as_of=AS_OF,
        declared=[(_("Owner"), audit.declared.owner), (_("Intended use"), audit.declared.intended_use)],
        profiles=profile_notes(audit, verdict),
        tests=tested,
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


def _tested(table: Selection, rates: dict[str, Measurement]) -> Selection:
    """The table with the tests of each category against the one selected most."""
    known = [rates[one.slice] for one in table.categories if rates[one.slice].value is not None]
    best = max(known, key=lambda one: one.value or 0.0, default=None)
    if best is None:
        return table
    return replace(table, categories=[replace(one, tests=tests(rates[one.slice], best)) for one in table.categories])


def _category(one: Slice, rate: Measurement, best: float | None) -> Category:
    return Category(
        slice=one.id,
        name=levels(one),
        rows=text.count(one.n if rate.metric == "scoring_rate" else rate.denominator),
        selected=text.count(rate.numerator),
        rate=text.percent(rate.value),
        ratio=text.ratio(rate.value / best) if best and rate.value is not None else text.NONE,
        is_small=one.share is not None and one.share < FEW,
    )
