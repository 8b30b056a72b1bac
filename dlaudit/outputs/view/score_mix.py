"""Gaps split into the scores that slices have and what their scores mean."""

from dataclasses import dataclass

from dlaudit.findings.explained import mostly, offset
from dlaudit.outputs import text
from dlaudit.outputs.order import shown_first
from dlaudit.outputs.view.waterfall import mark_of
from dlaudit.outputs.words import Name, Sentence, difference, label, levels, said, words
from dlaudit.record import Audit, Part, ScoreMix, Verdict

MOST_FOLDED = 3
"""Further pairs of slices that are shown."""
TWINS = {
    "false_negative_rate": "true_positive_rate",
    "true_negative_rate": "false_positive_rate",
    "false_discovery_rate": "precision",
    "false_omission_rate": "negative_predictive_value",
}
"""Metrics that are 1 minus another."""
_HEIGHTS = ("4", "12", "20")


@dataclass(frozen=True)
class MixPart:
    """One part: its figure, its bar from 0 in the middle of the row, and whether it is more than chance."""

    value: str
    interval: str
    mark: str
    x: str
    width: str
    lowers: bool
    y: str


@dataclass(frozen=True)
class MixRow:
    """One gap."""

    label: Sentence
    gap: str
    parts: list[MixPart | None]
    """Score mix, calibration, one side only; None where there is none."""
    told: Sentence


@dataclass(frozen=True)
class MixBlock:
    """The gaps between two slices."""

    title: Sentence
    rows: list[MixRow]
    support: Sentence
    """How many rows have scores that both slices have."""


@dataclass(frozen=True)
class Mixes:
    """The pair whose gap is explained first, and the others."""

    first: list[MixBlock]
    more: list[MixBlock]
    left_out: int


def score_mix(audit: Audit, verdict: Verdict | None, pair: tuple[str, str] | None) -> Mixes:
    """Score mix and calibration of every gap, those of `pair` first, else those of the widest gap."""
    first = shown_first(audit, verdict)
    place = {metric: at for at, metric in enumerate(first)}
    found = _without_twins(audit.score_mixes)
    ordered = sorted(found, key=lambda one: (place.get(one.metric, len(first)), -abs(one.gap)))
    pairs: dict[tuple[str, str], list[ScoreMix]] = {}
    for one in ordered:
        pairs.setdefault((one.slice, one.reference), []).append(one)
    blocks = [(key, _block(audit, found)) for key, found in pairs.items()]
    blocks.sort(key=lambda one: one[0] != pair)  # stable: only the pair asked for moves
    made = [block for _, block in blocks]
    return Mixes(made[:1], made[1 : 1 + MOST_FOLDED], sum(len(block.rows) for block in made[1 + MOST_FOLDED :]))


def _without_twins(found: list[ScoreMix]) -> list[ScoreMix]:
    """Without metrics whose gap is another's with the sign turned."""
    there = {(one.metric, one.slice, one.reference) for one in found}
    return [one for one in found if (TWINS.get(one.metric, ""), one.slice, one.reference) not in there]


def _block(audit: Audit, found: list[ScoreMix]) -> MixBlock:
    sides = {one.id: one for one in audit.slices}
    short = [levels(sides[one]) if one in sides else one for one in (found[0].slice, found[0].reference)]
    least = min(one.support for one in found)
    return MixBlock(
        said("pair", slice=Name(short[0]), reference=Name(short[1])),
        [_row(one, _scale(one, found)) for one in found],
        said("mix_support", share=text.percent(least)) if least < 1 else (),
    )


def _scale(one: ScoreMix, found: list[ScoreMix]) -> float:
    """The size that fills half of the row: rates share one, every other metric has its own."""
    rate = words(one.metric).rate
    alike = [other for other in found if words(other.metric).rate == rate and (rate or other.metric == one.metric)]
    return max(abs(part.value) for other in alike for part in _parts(other) if part is not None) or 1.0


def _parts(one: ScoreMix) -> tuple[Part, Part, Part | None]:
    return one.mix, one.calibration, one.unsupported


def _row(one: ScoreMix, scale: float) -> MixRow:
    written = difference(one.metric)
    kind = mostly(one)
    told = said(f"mix_{kind}") if kind else said("mix_offset") if offset(one) else ()
    drawn = zip(_parts(one), _HEIGHTS, strict=True)
    return MixRow(
        label(one.metric),
        written(one.gap),
        [_part(part, y, scale, written) if part is not None else None for part, y in drawn],
        told,
    )


def _part(part: Part, y: str, scale: float, written: text.Format) -> MixPart:
    size = min(abs(part.value) / scale, 1.0) * 50
    return MixPart(
        value=written(part.value),
        interval=text.span(part.low, part.high, written),
        mark=mark_of(part),
        x=f"{50 - size if part.value < 0 else 50:.2f}%",
        width=f"{size:.2f}%",
        lowers=part.value < 0,
        y=y,
    )
