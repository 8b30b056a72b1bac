"""How much of the contributions lies outside the objects that masks mark: a table by slice, and slices compared."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.view.profiles import methods_by_role
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Sentence, people, said
from dlaudit.record import OVERALL, AttributionQuality, Audit, ProbeResult

MEASURE, PROBE = "outside_mask", "attribution outside the mask"
"""What shares outside masks are called in the record, and differences between them."""
CHANCE = 0.05


@dataclass(frozen=True)
class Share:
    """One slice."""

    slice: str
    share: str
    interval: str
    area: str
    """Share of the picture that is outside."""


@dataclass(frozen=True)
class OutsideTable:
    """One method."""

    method: str
    caption: str
    rows: list[Share]
    told: list[Sentence]
    """Slices compared, those that differ first."""


def outside_tables(audit: Audit) -> list[OutsideTable]:
    """A table for each method, the one that was chosen first at the top; none without masks."""
    order = methods_by_role(audit, audit.maps)
    found = [one for one in audit.quality if one.measure == MEASURE]
    methods = sorted(dict.fromkeys(one.method for one in found), key=lambda name: (name not in order, _at(order, name)))
    return [_table(audit, method, [one for one in found if one.method == method]) for method in methods]


def _at(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _table(audit: Audit, method: str, found: list[AttributionQuality]) -> OutsideTable:
    named = method_named(method)
    pairs = [one for one in audit.probes if one.probe == PROBE and one.detail.get("method") == method]
    return OutsideTable(
        method=named,
        caption=TEXT["outside_caption"].format(method=text.name(named)),
        rows=[_share(one) for one in found],
        told=[_compared(audit, one) for one in sorted(pairs, key=lambda one: -abs(one.value))],
    )


def _share(one: AttributionQuality) -> Share:
    return Share(
        slice=TEXT["maps_all"] if one.slice == OVERALL else one.slice,
        share=text.percent(one.value),
        interval=text.span(one.low, one.high, text.percent),
        area=text.percent(one.null),
    )


def _compared(audit: Audit, one: ProbeResult) -> Sentence:
    p_value = one.detail.get("p_adjusted")
    slots: dict[str, str | Sentence] = {
        "slice": people(audit, str(one.detail["slice"])),
        "reference": people(audit, str(one.detail["reference"])),
        "value": f"{text.points(one.value)}{text.points_unit()}",
        "interval": text.span(one.low, one.high, text.points),
    }
    return said("outside_differs" if p_value is not None and p_value <= CHANCE else "outside_alike", **slots)
