"""Inputs that reveal a slice beside inputs that carry its gap, and how well all inputs together reveal it."""

from dataclasses import dataclass

from dlaudit.findings.explained import PROXIES_TOGETHER, PROXY_OVERLAP, is_more_than_chance
from dlaudit.outputs import text
from dlaudit.outputs.catalogue_methods import TOGETHER
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.axis import place
from dlaudit.outputs.view.outside import PROBE
from dlaudit.outputs.view.swaps import PROBE as SWAPS
from dlaudit.outputs.words import Name, Sentence, difference, label, levels, said
from dlaudit.record import Audit, Decomposition, Part, ProbeResult

MOST_INPUTS = 6
MOST_FOLDED = 2
MOST_OTHERS = 12
TELLS = 0.2
"""Strength from which an input is said to reveal a slice."""


@dataclass(frozen=True)
class ProxyRow:
    """One input: how well it reveals the slice, what it carries of the gap, and whether it does both."""

    feature: str
    reveals: str
    """Strength, 0 to 1."""
    area: str
    """AUC and its interval."""
    reveals_width: str
    carries: str
    carries_width: str
    lowers: bool
    pale: bool
    both: bool


@dataclass(frozen=True)
class ProxyTable:
    """The inputs of one slice, those that do both first, what is asked of all at once, and how far the two overlap."""

    title: Sentence
    rows: list[ProxyRow]
    together: list[ProxyRow]
    """All inputs at once, all others than the sensitive feature itself, and the score alone, where they were asked."""
    overlap: Sentence
    others: int


@dataclass(frozen=True)
class Proxies:
    """The pair whose gap is explained first, and the others."""

    first: list[ProxyTable]
    more: list[ProxyTable]


@dataclass(frozen=True)
class Experiment:
    """A probe of another kind."""

    probe: str
    subject: str
    value: str
    interval: str


def others(audit: Audit) -> list[Experiment]:
    """The probes that ask something else, the first ones of many."""
    elsewhere = {"proxy", PROXY_OVERLAP, PROXIES_TOGETHER, PROBE, SWAPS}
    found = [one for one in audit.probes if one.probe not in elsewhere]
    return [
        Experiment(
            one.probe.replace("_", " "),
            one.subject,
            text.decimal(one.value),
            text.span(one.low, one.high, text.decimal),
        )
        for one in found[:MOST_OTHERS]
    ]


def proxies(audit: Audit, ordered: list[Decomposition]) -> Proxies:
    """One table for every slice that the probes looked at, in the order of the gaps."""
    found: dict[tuple[str, str], list[ProbeResult]] = {}
    for one in audit.probes:
        if one.probe == "proxy":
            found.setdefault((str(one.detail["slice"]), str(one.detail["reference"])), []).append(one)
    splits: dict[tuple[str, str], Decomposition] = {}
    for split in ordered:
        splits.setdefault((split.slice, split.reference), split)
    pairs = sorted(found, key=lambda pair: list(splits).index(pair) if pair in splits else len(splits))
    tables = [_table(audit, pair, found[pair], splits.get(pair)) for pair in pairs]
    return Proxies(tables[:1], tables[1 : 1 + MOST_FOLDED])


def _table(audit: Audit, pair: tuple[str, str], found: list[ProbeResult], split: Decomposition | None) -> ProxyTable:
    parts = {part.feature: part for part in split.contributions} if split else {}
    rows = [(one, parts.get(str(one.detail["feature"]), _as_probed(one))) for one in found]
    rows.sort(key=lambda row: (not _does_both(*row), -float(row[0].detail["strength"]) * abs(row[1].value)))
    largest = max((abs(part.value) for _, part in rows), default=0.0) or 1.0
    written = difference(split.metric) if split else text.changes(largest)
    return ProxyTable(
        title=_title(audit, pair, split.metric if split else "mean_score"),
        rows=[_row(one, part, largest, written) for one, part in rows[:MOST_INPUTS]],
        together=_together(audit, pair),
        overlap=_overlap(audit, pair, split),
        others=max(0, len(rows) - MOST_INPUTS),
    )


def _as_probed(one: ProbeResult) -> Part:
    return Part(value=float(one.detail.get("contribution", 0.0)))


def _does_both(one: ProbeResult, part: Part) -> bool:
    tells = float(one.detail["strength"]) >= TELLS and not (one.low or 0.0) <= 0.5 <= (one.high or 1.0)
    return tells and bool(is_more_than_chance(part))


def _row(one: ProbeResult, part: Part, largest: float, written: text.Format) -> ProxyRow:
    strength = float(one.detail["strength"])
    return ProxyRow(
        feature=str(one.detail["feature"]),
        reveals=text.ratio(strength),
        area=_area(one),
        reveals_width=place(min(strength, 1.0)),
        carries=written(part.value),
        carries_width=place(min(abs(part.value) / largest, 1.0)),
        lowers=part.value < 0,
        pale=is_more_than_chance(part) is False,
        both=_does_both(one, part),
    )


def _together(audit: Audit, pair: tuple[str, str]) -> list[ProxyRow]:
    """What was asked of all inputs at once, the better classifier of each question."""
    rows: dict[str, ProxyRow] = {}
    for one in audit.probes:
        if one.probe == PROXIES_TOGETHER and one.detail.get("slice") == pair[0]:
            what = TOGETHER.get(str(one.detail.get("of")), TOGETHER["inputs"])
            rows.setdefault(what, _asked_of_all(what, one))
    return list(rows.values())


def _asked_of_all(what: str, one: ProbeResult) -> ProxyRow:
    strength = float(one.detail["strength"])
    width = place(min(strength, 1.0))
    return ProxyRow(what, text.ratio(strength), _area(one), width, text.NONE, "0%", False, False, False)


def _overlap(audit: Audit, pair: tuple[str, str], split: Decomposition | None) -> Sentence:
    """How much of the gap goes through inputs that reveal the slice."""
    for one in audit.probes:
        about = one.detail
        if one.probe != PROXY_OVERLAP or split is None:
            continue
        if (about["slice"], about["reference"], about["metric"]) == (*pair, split.metric):
            return said("proxies_overlap", share=text.percent(float(about["share"])), value=text.ratio(one.value))
    return ()


def _area(one: ProbeResult) -> str:
    return _("AUC {value} ({interval})").format(
        value=text.ratio(one.value), interval=text.span(one.low, one.high, text.ratio)
    )


def _title(audit: Audit, pair: tuple[str, str], metric: str) -> Sentence:
    sides = {one.id: one for one in audit.slices}
    one, other = (Name(levels(sides[name]) if name in sides else name) for name in pair)
    return said("pair_in", slice=one, reference=other, metric=label(metric))
