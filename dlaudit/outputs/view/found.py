"""Slices that nobody declared: what was searched, and what was confirmed."""

from dataclasses import dataclass

from dlaudit.findings.discovery_rules import undeclared, worth_telling
from dlaudit.outputs import text
from dlaudit.outputs.catalogue_rates import AMONG
from dlaudit.outputs.catalogue_spread import ANY_OUTCOME, OUTCOME_AMONG, OUTCOMES, OUTCOMES_SHORT, SEARCHES
from dlaudit.outputs.held_back import hides_finds
from dlaudit.outputs.translate import _, ngettext
from dlaudit.outputs.view.axis import Axis, Tick, place
from dlaudit.outputs.view.missing import missing
from dlaudit.outputs.words import NBSP, Name, Sentence, all_of, filled, level, rows_of, said, who
from dlaudit.record import Audit, DiscoveredSlice, Discovery

MOST_FOUND = 15
MOST_CONDITIONS = 4


@dataclass(frozen=True)
class FoundRow:
    """One confirmed slice."""

    where: Sentence
    outcome: Sentence
    size: str
    value: str
    rest: str
    value_width: str
    rest_width: str
    difference: str
    interval: str
    p: str
    declared: bool


@dataclass(frozen=True)
class Search:
    """One search."""

    told: Sentence
    basis: Sentence
    guarantee: str
    ticks: list[Tick]
    rows: list[FoundRow]
    more: int
    """Confirmed slices that are in audit.json alone."""


@dataclass(frozen=True)
class Found:
    """The section."""

    searches: list[Search]
    reasons: list[tuple[str, str]]


def found(audit: Audit) -> Found:
    """Every search and what it confirmed, those first that confirmed a slice that nobody declared."""
    hidden = hides_finds(audit)
    ordered = sorted(audit.discoveries, key=lambda one: all(each.declared for each in one.found))
    return Found(
        searches=[_search(audit, one, hidden) for one in ordered],
        reasons=missing(audit, "discover", "slice search", "found"),
    )


def confirmed(audit: Audit) -> tuple[list[DiscoveredSlice], int]:
    """The confirmed slices that are worth a line where there is little room, and how many more nobody declared."""
    told = [one for _, one in worth_telling(audit)]
    return told, len({one.id for one in undeclared(audit)}) - len({one.id for one in told})


def found_line(audit: Audit, one: DiscoveredSlice) -> Sentence:
    """A confirmed slice in one line: who, what happens to them, and to all others."""
    return _told(audit, one, _("others"))


def conditions(one: DiscoveredSlice) -> Sentence:
    """`region = North and age = young`; the id where it names no columns."""
    if not one.where:
        return (Name(one.id),)
    shown = list(one.where.items())[:MOST_CONDITIONS]
    named: list[Sentence] = [(Name(column), f"{NBSP}={NBSP}", Name(level(value))) for column, value in shown]
    more = len(one.where) - MOST_CONDITIONS
    if more > 0:
        named.append((ngettext("{count} more condition", "{count} more conditions", more).format(count=more),))
    return all_of(named)


def search_told(audit: Audit, one: Discovery, *, hidden: bool = False) -> Sentence:
    """What a search confirmed, or what it could have found; that it is held back where finds are hidden."""
    fresh = [each for each in one.found if not each.declared]
    declared = len(one.found) - len(fresh)
    if fresh:
        first = fresh[0]
        line = _told(audit, first, _("all others"))
        told = said("found_some", len(fresh), count=text.count(len(fresh)), told=line)
        return told + (said("found_declared_too", count=text.count(declared)) if declared else ())
    if declared:
        return said("found_declared", searched=text.count(one.searched), count=text.count(declared))
    if hidden:
        return said("found_hidden", searched=text.count(one.searched))
    told = said("found_none", searched=text.count(one.searched))
    if one.smallest_findable is None:
        return told
    size = text.points(one.smallest_findable).lstrip("+") + text.points_unit()
    return told + said("found_findable", difference=size)


def _search(audit: Audit, one: Discovery, hidden: bool) -> Search:
    shown = one.found[:MOST_FOUND]
    axis = Axis.around([0.0, *(rate for row in shown for rate in (row.value, row.rest))], least=0.0, most=1.0)
    return Search(
        told=search_told(audit, one, hidden=hidden),
        basis=_basis(one),
        guarantee=text.prose(one.guarantee),
        ticks=axis.ticks(lambda value: text.percent(value).replace(f".0{text.PERCENT}", text.PERCENT)),
        rows=[_row(audit, row, axis) for row in shown],
        more=len(one.found) - len(shown),
    )


def _basis(one: Discovery) -> Sentence:
    method = SEARCHES.get(one.method)
    told = said(
        "searched",
        searched=text.count(one.searched),
        method=method if method else (Name(one.method),),
        depth=text.count(one.depth),
        columns=text.count(len(one.columns)),
        tested=text.count(one.tested),
        rows=text.count(one.min_rows),
        alpha=text.percent(one.alpha).replace(f".0{text.PERCENT}", text.PERCENT),
    )
    if one.redundant:
        told += said("redundant", one.redundant, count=text.count(one.redundant))
    return told


def _row(audit: Audit, one: DiscoveredSlice, axis: Axis) -> FoundRow:
    return FoundRow(
        where=conditions(one),
        outcome=_short(audit, one.outcome),
        size=text.count(one.n),
        value=text.percent(one.value),
        rest=text.percent(one.rest),
        value_width=place(axis.share(one.value)),
        rest_width=place(axis.share(one.rest)),
        difference=text.points(one.difference),
        interval=text.span(one.low, one.high, text.points),
        p=text.p_value(one.p_adjusted),
        declared=one.declared,
    )


def _told(audit: Audit, one: DiscoveredSlice, others: str) -> Sentence:
    """What happens to the people of a slice, and to all others."""
    people = said("people", rows=rows_of(audit), where=conditions(one))
    return filled(
        _(OUTCOMES.get(one.outcome, ANY_OUTCOME)),
        people=_among(audit, one.outcome, people),
        others=_among(audit, one.outcome, (others,)),
        share=text.percent(one.value),
        rest=text.percent(one.rest),
        outcome=Name(one.outcome.replace("_", " ")),
    )


def _among(audit: Audit, outcome: str, people: Sentence) -> Sentence:
    """Those of the people whom an outcome is a share of."""
    truly = OUTCOME_AMONG.get(outcome)
    return filled(_(AMONG[f" {who(audit)} are truly {truly}"]), people=people) if truly else people


def _short(audit: Audit, outcome: str) -> Sentence:
    key = f"{outcome}_{who(audit)}" if outcome in OUTCOME_AMONG else outcome
    if key in OUTCOMES_SHORT:
        return (OUTCOMES_SHORT[key],)
    return filled(_("have outcome {outcome}"), outcome=Name(outcome.replace("_", " ")))
