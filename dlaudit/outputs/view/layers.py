"""Inside the model: the units of a layer with the largest parts."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, people, said
from dlaudit.record import Audit, LayerAttribution

MOST_TABLES, MOST_UNITS = 6, 8


@dataclass(frozen=True)
class Unit:
    """One unit: its figure and its bar from 0 in the middle of the row."""

    name: str
    value: str
    interval: str
    x: str
    width: str
    lowers: bool
    pale: bool


@dataclass(frozen=True)
class LayerTable:
    """The largest units of one layer."""

    title: Sentence
    units: list[Unit]
    rows: str
    others: int
    """Units that are not shown."""


def layers(audit: Audit) -> list[LayerTable]:
    """One table for each method, layer and slice or gap, in the audit's order."""
    found: dict[tuple[str, str, str, str | None], list[LayerAttribution]] = {}
    for one in audit.layers:
        found.setdefault((one.method, one.layer, one.slice, one.reference), []).append(one)
    return [_table(audit, parts) for parts in list(found.values())[:MOST_TABLES]]


def _table(audit: Audit, parts: list[LayerAttribution]) -> LayerTable:
    ordered = sorted(parts, key=lambda one: (-abs(one.value), one.unit))
    first = parts[0]
    largest = abs(ordered[0].value) or 1.0
    return LayerTable(
        title=said(
            "layer_gap" if first.reference else "layer",
            method=(Name(method_named(first.method)),),
            layer=(Name(first.layer),),
            slice=people(audit, first.slice),
            reference=people(audit, first.reference),
        ),
        units=[_unit(one, largest) for one in ordered[:MOST_UNITS]],
        rows=text.rows(first.rows),
        others=max(0, len(ordered) - MOST_UNITS),
    )


def _unit(one: LayerAttribution, largest: float) -> Unit:
    written = text.changes(largest)
    size = abs(one.value) / largest * 50
    return Unit(
        name=one.unit,
        value=written(one.value),
        interval=text.span(one.low, one.high, written),
        x=f"{50 - size if one.value < 0 else 50:.2f}%",
        width=f"{size:.2f}%",
        lowers=one.value < 0,
        pale=one.low is not None and one.high is not None and one.low <= 0 <= one.high,
    )
