"""What the section on gaps is made of, and which of its slices stand in a table where there are many."""

from dataclasses import dataclass, replace

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.view.axis import Tick
from dlaudit.outputs.view.chance import Chance
from dlaudit.outputs.view.outcomes import RowState
from dlaudit.outputs.words import Sentence

MOST_ROWS = 15
MOST_LEVELS = 25
"""Slices of a feature that stand in the first table; of more, the others are folded away below it."""


@dataclass(frozen=True)
class Drawn:
    """An interval and its mark, in percent of the axis; an end beyond the axis has an arrow."""

    x: str
    x1: str | None
    x2: str | None
    clip_low: bool
    clip_high: bool


@dataclass(frozen=True)
class Row:
    """One slice under one metric."""

    name: str
    size: str
    value: str
    interval: str
    difference: str
    ratio: str
    prevalence: str
    state: RowState
    is_reference: bool
    distance: float
    """How far it lies from the reference, in units of the metric; 0 where that is not known."""
    drawn: Drawn | None


@dataclass(frozen=True)
class Block:
    """One sensitive feature under one metric."""

    feature: str
    reference: str | None
    compared: Sentence
    """With which slice the rows are compared."""
    reference_at: str | None
    band: tuple[str, str] | None
    """Start and width of what a rule allows beside the reference."""
    heads: list[str]
    """The gap over the whole feature, in figures."""
    rows: list[Row]
    left_out: str
    """How many slices are not shown; empty where all are."""
    more: list[Row]
    """Slices that are folded away."""
    more_told: str
    """How many these are."""
    chance: Chance | None
    """What chance alone would show."""


@dataclass(frozen=True)
class MetricGaps:
    """One metric over all sensitive features."""

    label: Sentence
    caption: Sentence
    level: str
    """Confidence level of the intervals, as `95%`."""
    meaning: str
    note: str
    points: bool
    prevalence: bool
    """Whether the slices' prevalence stands beside the metric."""
    ticks: list[Tick]
    blocks: list[Block]


@dataclass(frozen=True)
class Conditional:
    """A gap within a level of the control features."""

    by: str
    within: str
    label: Sentence
    kind: str
    value: str
    interval: str


@dataclass(frozen=True)
class Gaps:
    """The section: metrics shown at once, metrics folded away, conditional gaps."""

    first: list[MetricGaps]
    more: list[MetricGaps]
    conditional: list[Conditional]
    chance: bool
    """Whether any of them is drawn beside what chance would show."""


def shortened(metric: MetricGaps) -> MetricGaps:
    """The metric without some slices of features with more than `MOST_ROWS`: a wide audit must stay a page that a
    browser opens.
    """
    return replace(metric, blocks=[_cut(one) if len(one.rows) > MOST_ROWS else one for one in metric.blocks])


def folded(metric: MetricGaps) -> MetricGaps:
    """The metric with the slices that tell most first, where a feature has more than `MOST_LEVELS` of them."""
    return replace(metric, blocks=[_fold(one) if len(one.rows) > MOST_LEVELS else one for one in metric.blocks])


def _fold(block: Block) -> Block:
    kept = _cut(block)
    shown = {id(row) for row in kept.rows}
    more = [row for row in block.rows if id(row) not in shown]
    told = TEXT["gaps_folded"].format(count=text.count(len(more)), feature=text.name(block.feature))
    return replace(kept, left_out="", more=more, more_told=told)


def _cut(block: Block) -> Block:
    """The reference, the slices that a rule's result names, then those farthest from the reference, in their order."""
    named = [row for row in block.rows if row.is_reference or row.state.kind in ("fail", "undecided")]
    others = [row for row in block.rows if row not in named]
    others.sort(key=lambda row: (row.state.kind == "few", -row.distance))
    kept = {id(row) for row in [*named, *others[: max(0, MOST_ROWS - len(named))]]}
    left_out = len(block.rows) - len(kept)
    return replace(
        block,
        rows=[row for row in block.rows if id(row) in kept],
        left_out=TEXT["gaps_left_out"].format(count=text.count(left_out)) if left_out else "",
    )
