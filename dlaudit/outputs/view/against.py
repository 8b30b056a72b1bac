"""The section on the base model: gaps, contributions and parts of one gap side by side."""

from dataclasses import dataclass, field

from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import against_line, change_line, ordered, split_up
from dlaudit.outputs.catalogue_against import STATUS
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, difference, joined, label, levels, people, said
from dlaudit.record import Audit, GapChange, Moved, NotApplicable, PartMoved

MOST_CHANGES, MOST_CROSSED, MOST_MOVED, MOST_PARTS = 24, 12, 10, 8


@dataclass(frozen=True)
class SideBySide:
    """A line: what it is about, its figure in the base and now, and the change."""

    about: Sentence
    under: Sentence
    base: str
    tuned: str
    change: str
    interval: str
    status: str
    sentence: Sentence = ()


@dataclass(frozen=True)
class AgainstView:
    """The whole section; nothing of it where no base was given."""

    told: Sentence = ()
    changes: list[SideBySide] = field(default_factory=list)
    undecided: list[SideBySide] = field(default_factory=list)
    more: str = ""
    crossed: list[SideBySide] = field(default_factory=list)
    crossed_more: str = ""
    moved: list[SideBySide] = field(default_factory=list)
    parts: list[SideBySide] = field(default_factory=list)
    parts_of: Sentence = ()
    skipped: list[NotApplicable] = field(default_factory=list)


def against(audit: Audit) -> AgainstView:
    """The section's content."""
    one = audit.against
    if one is None:
        return AgainstView()
    single, crossed = (ordered(changes) for changes in split_up(one))
    crossed = [change for change in crossed if change.status != "undecided"]
    shown_gaps = [change for change in single if change.status != "undecided"]
    undecided = [change for change in single if change.status == "undecided"]
    changes = single or crossed
    largest = changes[0] if changes else None
    parts = [] if largest is None else _parts_of(one.parts, largest)
    shown = sorted((part for part in one.moved if part.change.shown), key=lambda part: -abs(part.change.value))
    return AgainstView(
        told=against_line(one),
        changes=[change_row(audit, change) for change in shown_gaps[:MOST_CHANGES]],
        undecided=[change_row(audit, change) for change in undecided[:MOST_CHANGES]],
        more=_more(len(shown_gaps), MOST_CHANGES) or _more(len(undecided), MOST_CHANGES),
        crossed=[change_row(audit, change) for change in crossed[:MOST_CROSSED]],
        crossed_more=_more(len(crossed), MOST_CROSSED),
        moved=[_moved(audit, part) for part in shown[:MOST_MOVED]],
        parts=[_part(part) for part in parts[:MOST_PARTS]],
        parts_of=_about(audit, parts[0].metric, parts[0].slice, parts[0].reference) if parts else (),
        skipped=one.not_applicable,
    )


def _more(count: int, most: int) -> str:
    return text.count(count - most) if count > most else ""


def _parts_of(parts: list[PartMoved], change: GapChange) -> list[PartMoved]:
    """The parts of the gap between the same two slices, whichever of them is taken away."""
    both = {change.slice, change.reference}
    found = [one for one in parts if one.metric == change.metric and {one.slice, one.reference} == both]
    return sorted(found, key=lambda one: -abs(one.change))


def _about(audit: Audit, metric: str, slice_: str, reference: str) -> Sentence:
    slots = {"slice": people(audit, slice_), "reference": people(audit, reference)}
    return said("base_gap", label=label(metric), **slots)


def _short(audit: Audit, slice_: str) -> str:
    """The slice by its levels alone: its features stand below."""
    return next((levels(one) for one in audit.slices if one.id == slice_), slice_)


def change_row(audit: Audit, one: GapChange) -> SideBySide:
    """One gap in both models."""
    written = difference(one.metric)
    return SideBySide(
        about=(Name(_short(audit, one.slice)), " − ", Name(_short(audit, one.reference))),
        under=said("base_by", label=label(one.metric), features=joined([*one.by, *one.within])),
        base=written(one.base.value),
        tuned=written(one.tuned.value),
        change=written(one.change.value),
        interval=text.span(one.change.low, one.change.high, written),
        status=STATUS[one.status],
        sentence=change_line(audit, one),
    )


def _moved(audit: Audit, one: Moved) -> SideBySide:
    return SideBySide(
        about=(Name(one.feature),),
        under=(*people(audit, one.slice), ", ", Name(method_named(one.method))),
        base=text.change(one.base),
        tuned=text.change(one.tuned),
        change=text.change(one.change.value),
        interval=text.span(one.change.low, one.change.high, text.change),
        status="",
    )


def _part(one: PartMoved) -> SideBySide:
    written = difference(one.metric)
    return SideBySide(
        about=(Name(one.feature),),
        under=(),
        base=written(one.base),
        tuned=written(one.tuned),
        change=written(one.change),
        interval=text.span(one.low, one.high, written),
        status="",
    )
