"""What doubts about the data could do to a gap: bounds, drawn as bars around the gap as measured."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue_spread import DOUBTS
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.order import shown_first
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.axis import Axis, Tick
from dlaudit.outputs.view.missing import left_out, missing
from dlaudit.outputs.words import Name, Sentence, capitalised, filled, joined, label, levels, said, words
from dlaudit.record import Audit, Sensitivity, Verdict

MOST_ROWS, MOST_MORE = 12, 40


@dataclass(frozen=True)
class DoubtRow:
    """One doubt about one gap."""

    doubt: Sentence
    observed: str
    between: str
    overturns: str
    reason: str
    x: str | None
    """Place of the gap as measured."""
    x1: str | None
    width: str | None


@dataclass(frozen=True)
class Doubted:
    """One gap and its doubts."""

    label: Sentence
    rows: list[DoubtRow]


@dataclass(frozen=True)
class DoubtTable:
    """Gaps of one unit on one axis."""

    gaps: list[Doubted]
    notes: list[tuple[Sentence, str]]
    """What was assumed of each doubt."""
    head: str
    """Head of the column of gaps, which says their unit."""
    ticks: list[Tick]
    zero: str | None


@dataclass(frozen=True)
class SensitivityView:
    """The section."""

    told: Sentence
    first: list[DoubtTable]
    more: list[DoubtTable]
    left_out: str
    reasons: list[tuple[str, str]]


def sensitivity(audit: Audit, verdict: Verdict | None) -> SensitivityView:
    """The gaps of the metrics shown first, then all others."""
    first = shown_first(audit, verdict)
    found = sorted(audit.sensitivity, key=lambda one: first.index(one.metric) if one.metric in first else len(first))
    shown = [one for one in found if one.metric in first][:MOST_ROWS]
    rest = [one for one in found if one not in shown]
    return SensitivityView(
        told=_finding(found),
        first=_tables(audit, shown),
        more=_tables(audit, rest[:MOST_MORE]),
        left_out=left_out(len(rest) - MOST_MORE),
        reasons=missing(audit, "sensitivity", "doubt"),
    )


def _tables(audit: Audit, found: list[Sensitivity]) -> list[DoubtTable]:
    """One table for all rates, one for each other metric: only gaps of one unit share an axis."""
    units = dict.fromkeys("" if words(one.metric).rate else one.metric for one in found)
    return [_table(audit, [o for o in found if ("" if words(o.metric).rate else o.metric) == unit]) for unit in units]


def _table(audit: Audit, found: list[Sensitivity]) -> DoubtTable:
    axis = Axis.around([0.0, *(end for one in found for end in (one.low, one.observed, one.high))])
    gaps = dict.fromkeys((one.metric, tuple(one.by)) for one in found)
    return DoubtTable(
        gaps=[
            Doubted(
                capitalised(filled(_("{metric} by {features}"), metric=label(metric), features=joined(by))),
                [_row(audit, one, axis) for one in found if (one.metric, tuple(one.by)) == (metric, by)],
            )
            for metric, by in gaps
        ],
        notes=_notes(audit, found),
        head=_("Gap (points)") if words(found[0].metric).rate else _("Gap"),
        ticks=axis.ticks(lambda value: _written(found[0].metric)(value).removesuffix(".0")),
        zero=axis.at(0.0) if axis.holds(0.0) else None,
    )


def _row(audit: Audit, one: Sensitivity, axis: Axis) -> DoubtRow:
    written = _written(one.metric)
    bounded = one.low is not None and one.high is not None
    return DoubtRow(
        doubt=capitalised(_doubt(audit, one)),
        observed=written(one.observed),
        between=_between(one) if bounded else text.NONE,
        overturns=_closed_by(one),
        reason="" if bounded else text.prose(one.reason or ""),
        x=axis.at(one.observed) if one.observed is not None else None,
        x1=axis.at(one.low) if one.low is not None and bounded else None,
        width=axis.width(one.low or 0.0, one.high or 0.0) if bounded else None,
    )


def _notes(audit: Audit, found: list[Sensitivity]) -> list[tuple[Sentence, str]]:
    """Each assumption once, beside the doubt that it belongs to."""
    said_of = {one.kind: one for one in found if one.reason and one.low is not None}
    return [(capitalised(_doubt(audit, one)), text.prose(one.reason or "")) for one in said_of.values()]


def _closed_by(one: Sensitivity) -> str:
    if one.overturns is None:
        return ""
    told = _("{share} of labels") if one.kind == "target_labels" else _("{share} of rows")
    return told.format(share=text.percent(one.overturns))


def _between(one: Sensitivity) -> str:
    written = _written(one.metric)
    return _("{low} to {high}").format(low=written(one.low), high=written(one.high))


def _written(metric: str) -> text.Format:
    """A gap without its sign of more, in points where it is one of a rate."""
    form = text.points if words(metric).rate else text.change
    return lambda value: form(value).lstrip("+")


def _doubt(audit: Audit | None, one: Sensitivity) -> Sentence:
    found = next((s for s in audit.slices if s.id == one.slice), None) if audit and one.slice else None
    kind = one.kind if one.kind in DOUBTS else "any"
    key = f"{kind}_of" if one.slice and f"{kind}_of" in DOUBTS else kind
    return filled(DOUBTS[key], share=_share(one.share), slice=Name(levels(found) if found else one.slice or ""))


def _share(share: float) -> str:
    """A share that somebody assumed reads as it was given, as 3 %."""
    return text.percent(share).replace(f".0{text.PERCENT}", text.PERCENT)


def _finding(found: list[Sensitivity]) -> Sentence:
    known = [one for one in found if one.low is not None and one.high is not None and one.observed is not None]
    if not known:
        return ()
    one = known[0]
    return said(
        "doubt",
        doubt=capitalised(_doubt(None, one)),
        observed=change_of(one.metric, one.observed).lstrip("+"),
        label=label(one.metric),
        by=joined(one.by),
        low=_written(one.metric)(one.low),
        high=change_of(one.metric, one.high).lstrip("+"),
    )
