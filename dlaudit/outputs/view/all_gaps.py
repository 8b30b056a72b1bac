"""Every split gap on one line: slices, metric, gap, the largest parts."""

from dataclasses import dataclass

from dlaudit.findings.explained import cancels, is_doubted
from dlaudit.outputs import text
from dlaudit.outputs.amounts import unit_named, units
from dlaudit.outputs.view.waterfall import mark_of, pair_named
from dlaudit.outputs.words import Sentence, difference, joined, label, said
from dlaudit.record import Audit, Decomposition

MOST_PAIRS = 12
MOST_PARTS = 3


@dataclass(frozen=True)
class Chip:
    """One part of a gap in a few characters."""

    name: Sentence
    value: str
    mark: str


@dataclass(frozen=True)
class GapLine:
    """One gap and its largest parts."""

    label: Sentence
    gap: str
    interval: str
    chips: list[Chip]
    mix: str
    """The label mix; empty for metrics without one."""
    cancels: bool


@dataclass(frozen=True)
class PairBlock:
    """The gaps between two slices."""

    title: Sentence
    by: Sentence
    """`by sex and race`."""
    is_doubted: bool
    lines: list[GapLine]


def all_gaps(audit: Audit, ordered: list[Decomposition]) -> tuple[list[PairBlock], int]:
    """The gaps by pair of slices, and how many are left to the file of contributions."""
    pairs: dict[tuple[str, str], list[Decomposition]] = {}
    for one in ordered:
        pairs.setdefault((one.slice, one.reference), []).append(one)
    shown = list(pairs.items())[:MOST_PAIRS]
    left_out = sum(len(found) for _, found in list(pairs.items())[MOST_PAIRS:])
    blocks = [_block(audit, found, is_doubted(audit, pair)) for pair, found in shown]
    return blocks, left_out


def _block(audit: Audit, found: list[Decomposition], is_doubted: bool) -> PairBlock:
    by = said("by_features", features=joined(found[0].by))
    return PairBlock(pair_named(audit, found[0]), by, is_doubted, [_line(one) for one in found])


def _line(one: Decomposition) -> GapLine:
    written = difference(one.metric)
    return GapLine(
        label=label(one.metric),
        gap=written(one.gap),
        interval=text.span(one.low, one.high, written),
        chips=[Chip(unit_named(part), written(part.value), mark_of(part)) for part in units(one)[:MOST_PARTS]],
        mix=written(one.label_mix.value) if one.label_mix is not None else "",
        cancels=cancels(one),
    )
