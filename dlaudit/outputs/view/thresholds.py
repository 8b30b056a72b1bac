"""What another threshold would change: lines of every slice's rates, the same in figures, and the largest gaps."""

import re
from dataclasses import dataclass
from itertools import islice

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.order import features_compared, slices_of
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.axis import Axis, Tick
from dlaudit.outputs.view.curves import (
    RATES,
    Curve,
    chosen_edges,
    curves_of,
    threshold_axis,
    used_edge,
    written,
)
from dlaudit.outputs.view.missing import left_out, missing
from dlaudit.outputs.words import Name, Sentence, capitalised, filled, label, level, levels, said
from dlaudit.record import Audit, Slice, ThresholdSweep

MOST_LINES = 6
"""Slices drawn in one picture; more lines cannot be told apart."""
MOST_PICTURES = 8
MOST_SENTENCES = 20


@dataclass(frozen=True)
class Panel:
    """One rate: its lines, by the class that draws each, and what is said of its largest gap."""

    label: Sentence
    told: Sentence
    lines: list[tuple[str, str]]


@dataclass(frozen=True)
class RateRow:
    """One slice's rate at the thresholds of the table."""

    name: str
    line: str
    """Class of its line; empty where it is not drawn."""
    cells: list[str]


@dataclass(frozen=True)
class Curves:
    """One sensitive feature, for one class or label."""

    title: Sentence
    summary: Sentence
    panels: list[Panel]
    ticks: list[Tick]
    used: str | None
    """Place of the threshold that was used."""
    legend: list[tuple[str, str]]
    hidden: str
    """How many slices are in the table alone."""
    heads: list[tuple[str, bool]]
    """Thresholds of the table, and which was used."""
    groups: list[tuple[Sentence, list[RateRow]]]


@dataclass(frozen=True)
class Thresholds:
    """The section."""

    told: Sentence
    first: list[Curves]
    more: list[Curves]
    sweeps: list[Sentence]
    """Largest gaps that have no picture of their own."""
    left_out: str
    reasons: list[tuple[str, str]]


def thresholds(audit: Audit) -> Thresholds:
    """The first class over every sensitive feature, then the other classes."""
    outputs = list(dict.fromkeys(one.output for one in audit.histograms))
    drawn = [(output, feature) for output in outputs for feature in features_compared(audit)]
    found = (
        (output, feature, made) for output, feature in drawn if (made := _curves(audit, output, feature)) is not None
    )
    pictures = list(islice(found, MOST_PICTURES))
    told = {(output, feature) for output, feature, _ in pictures}
    others = [one for one in audit.sweeps if (one.output, " & ".join(one.by)) not in told]
    return Thresholds(
        told=_finding(audit.sweeps) if pictures else (),
        first=[made for output, _, made in pictures if output == outputs[0]],
        more=[made for output, _, made in pictures if output != outputs[0]],
        sweeps=[sweep_told(audit, one) for one in others[:MOST_SENTENCES]],
        left_out=left_out(len(others) - MOST_SENTENCES),
        reasons=missing(audit, "histogram", "threshold", "sweep"),
    )


def _curves(audit: Audit, output: str, feature: str) -> Curves | None:
    curves = curves_of(audit, output)
    slices = [one for one in slices_of(audit, [feature]) if one.id in curves]
    if len(slices) < 1 or all(curves[one.id].rows == 0 for one in slices):
        return None
    axis, used = threshold_axis(curves), audit.model.threshold
    sweeps = {one.metric: one for one in audit.sweeps if one.output == output and one.by == [feature]}
    lines = _lines(slices, list(sweeps.values()))
    edges = chosen_edges(curves, used)
    own = used_edge(curves[slices[0].id].edges, used)
    every = curves[slices[0].id].edges
    several = len({one.output for one in audit.histograms}) > 1
    title: Sentence = (Name(feature), ", ", Name(output)) if several else (Name(feature),)
    return Curves(
        title=title,
        summary=filled(_("{feature}: rates at a few thresholds"), feature=title),
        panels=[_panel(audit, metric, (curves, lines, axis), sweeps.get(metric)) for metric in RATES],
        ticks=axis.ticks(text.decimal),
        used=axis.at(used) if used is not None and axis.holds(used) else None,
        legend=[(kind, level(one.where[feature])) for one in slices if (kind := lines.get(one.id, ""))],
        hidden=TEXT["thresholds_hidden"].format(all=len(slices), drawn=len(lines)) if len(lines) < len(slices) else "",
        heads=[(text.given(every[at]) if at == own else written(every[at]), at == own) for at in edges],
        groups=[
            (capitalised(label(metric)), [_row(metric, one, curves[one.id], (lines, edges)) for one in slices])
            for metric in RATES
        ],
    )


def _lines(slices: list[Slice], sweeps: list[ThresholdSweep]) -> dict[str, str]:
    """Which slices are drawn, by the class of their line: those of the largest gaps, then those with most rows."""
    ends = {end for one in sweeps for end in (one.worst, one.reference)}
    ranked = sorted(slices, key=lambda one: (one.id not in ends, one.small, -one.n))
    drawn = {one.id for one in ranked[:MOST_LINES]}
    kept = [one.id for one in slices if one.id in drawn]
    return {slice_id: f"c{at}" for at, slice_id in enumerate(kept)}


def _panel(
    audit: Audit,
    metric: str,
    drawing: tuple[dict[str, Curve], dict[str, str], Axis],
    sweep: ThresholdSweep | None,
) -> Panel:
    curves, lines, axis = drawing
    paths = [(kind, curves[one].path(metric, axis, audit.model.threshold)) for one, kind in lines.items()]
    return Panel(
        label=capitalised(label(metric)),
        told=sweep_told(audit, sweep) if sweep else (),
        lines=[(kind, path) for kind, path in paths if path],
    )


def _row(metric: str, one: Slice, curve: Curve, drawing: tuple[dict[str, str], list[int]]) -> RateRow:
    lines, edges = drawing
    return RateRow(levels(one), lines.get(one.id, ""), [text.percent(curve.rate(metric, at)) for at in edges])


def sweep_told(audit: Audit, one: ThresholdSweep) -> Sentence:
    """Where a rate's gap is largest, how large, and how large it would be in equal slices."""
    named = label(one.metric)
    if one.largest.value is None or one.threshold is None:
        return said("sweep_undefined", label=named, reason=text.why_not(one.largest.undefined))
    gap = change_of(one.metric, one.largest.value).lstrip("+")
    told = said(
        "sweep",
        label=named,
        worst=_short(audit, one.worst),
        reference=_short(audit, one.reference),
        threshold=text.decimal(one.threshold),
        gap=gap,
    )
    if one.largest.low is not None or one.largest.high is not None:
        interval = text.span(one.largest.low, one.largest.high, lambda end: text.points(end).lstrip("+"))
        told += said("sweep_interval", interval=interval)
    if one.critical is None:
        return said("ended", told=told)
    if one.critical >= 1:
        return told + said("sweep_untold")
    within = "sweep_open" if (one.largest.low or 0.0) > 0 else "sweep_within"
    key = "sweep_beyond" if one.largest.value > one.critical else within
    samples = text.count(round(1 / max(1e-9, 1 - one.largest.level)))
    return told + said(key, critical=change_of(one.metric, one.critical).lstrip("+"), samples=samples)


def _finding(sweeps: list[ThresholdSweep]) -> Sentence:
    known = [one for one in sweeps if one.largest.value is not None and one.critical is not None]
    if not known:
        return said("thresholds_plain")
    beyond = [one for one in known if (one.largest.value or 0.0) > (one.critical or 0.0)]
    if not beyond:
        return said("thresholds_within")
    widest = max(beyond, key=lambda one: (one.largest.value or 0.0) - (one.critical or 0.0))
    return said(
        "thresholds_beyond",
        count=text.count(len(beyond)),
        all=text.count(len(known)),
        label=label(widest.metric),
        by=Name(" & ".join(widest.by)),
        gap=change_of(widest.metric, widest.largest.value).lstrip("+"),
    )


def _short(audit: Audit, slice_id: str | None) -> Sentence:
    """The slice's levels; with their features where a level is a bare number, which says nothing in a sentence."""
    found = next((one for one in audit.slices if one.id == slice_id), None)
    if found is None or any(not re.search(r"[^\W\d]", value) for value in found.where.values()):
        return (Name(slice_id or text.NONE),)
    return (Name(levels(found)),)
