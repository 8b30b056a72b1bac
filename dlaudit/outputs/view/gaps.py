"""Gaps by slice: a table and its intervals for every metric and sensitive feature."""

from dataclasses import dataclass, replace

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import RESULTS, SIGNS, TEXT
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.held_back import hidden_slices
from dlaudit.outputs.order import features_compared, measurements_on, metrics_of, shown_first, slices_of
from dlaudit.outputs.view.axis import Axis, Tick
from dlaudit.outputs.view.chance import Chance, chance
from dlaudit.outputs.view.outcomes import NOT_SHOWN, Outcomes, RowState
from dlaudit.outputs.view.terms import meaning_of
from dlaudit.outputs.words import Sentence, capitalised, difference, figure, label, level, plain, words
from dlaudit.record import Audit, Disparity, Measurement, Slice, Verdict

MOST_ROWS = 15


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
    drawn: Drawn | None


@dataclass(frozen=True)
class Block:
    """One sensitive feature under one metric."""

    feature: str
    reference: str | None
    reference_at: str | None
    band: tuple[str, str] | None
    """Start and width of what a rule allows beside the reference."""
    heads: list[str]
    """The gap over the whole feature, in figures."""
    rows: list[Row]
    more: list[Row]
    """Rows beyond the first `MOST_ROWS`."""
    left_out: str
    """How many slices of a metric that is folded away are not shown; empty where all are."""
    chance: Chance | None
    """What chance alone would show."""


@dataclass(frozen=True)
class MetricGaps:
    """One metric over all sensitive features."""

    label: Sentence
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


def gaps(audit: Audit, verdict: Verdict | None) -> Gaps:
    """Every metric on every slice of a single sensitive feature."""
    first = shown_first(audit, verdict)
    rest = [metric for metric in metrics_of(audit) if metric not in first]
    outcomes = Outcomes(audit, verdict)
    return Gaps(
        first=[made for metric in first if (made := _metric(audit, outcomes, metric))],
        chance=any(one.spread is not None for one in audit.disparities),
        more=[_shortened(made) for metric in rest if (made := _metric(audit, outcomes, metric))],
        conditional=[_conditional(one) for one in audit.disparities if one.within],
    )


def _metric(audit: Audit, outcomes: Outcomes, metric: str) -> MetricGaps | None:
    found = measurements_on(audit, metric)
    features = [one for one in features_compared(audit) if any(s.id in found for s in slices_of(audit, [one]))]
    if not features:
        return None
    spoken = words(metric)
    shown = [found[s.id] for one in features for s in slices_of(audit, [one]) if s.id in found]
    ends = [end for one in shown for end in (one.value, one.low, one.high)]
    axis = Axis.around(ends, least=0.0, most=1.0) if spoken.rate else Axis.around(ends)
    conditional = spoken.conditional and any(one.metric == "prevalence" for one in audit.measurements)
    return MetricGaps(
        label=capitalised(label(metric)),
        level=f"{100 * next(iter(found.values())).level:g}%",
        meaning=meaning_of(metric),
        note=TEXT["beside"].format(label=plain(capitalised(label(metric)))) if conditional else "",
        points=spoken.rate,
        prevalence=conditional,
        ticks=axis.ticks(_tick if spoken.rate else text.decimal),
        blocks=[_block(audit, outcomes, (metric, one), axis, found) for one in features],
    )


def _shortened(metric: MetricGaps) -> MetricGaps:
    """The metric without its rows beyond the first `MOST_ROWS`: a wide audit must stay a page that a browser opens."""
    return replace(metric, blocks=[_cut(one) if one.more else one for one in metric.blocks])


def _cut(block: Block) -> Block:
    return replace(block, more=[], left_out=TEXT["gaps_left_out"].format(count=text.count(len(block.more))))


def _tick(value: float | None) -> str:
    return text.percent(value).replace(f".0{text.PERCENT}", text.PERCENT)


def _block(
    audit: Audit, outcomes: Outcomes, subject: tuple[str, str], axis: Axis, found: dict[str, Measurement]
) -> Block:
    metric, feature = subject
    slices = [one for one in slices_of(audit, [feature]) if one.id in found]
    reference = outcomes.reference(metric, feature, slices)
    against = found[reference.id] if reference else None
    prevalence = measurements_on(audit, "prevalence")
    rows = [_row(one, (found[one.id], against), axis, (outcomes.state(metric, one), prevalence)) for one in slices]
    rows += [_hidden_row(level(one.where[feature])) for one in hidden_slices(audit, [feature])]
    allowed = outcomes.allowed(metric, feature, against)
    band = (axis.at(allowed[0]), axis.width(*allowed)) if allowed else None
    return Block(
        feature=feature,
        reference=level(reference.where[feature]) if reference else None,
        reference_at=axis.at(against.value) if against and against.value is not None else None,
        band=band,
        heads=[_head(one) for one in _over(audit, metric, feature)],
        rows=rows[:MOST_ROWS],
        more=rows[MOST_ROWS:],
        left_out="",
        chance=chance(audit, metric, feature, axis),
    )


def _row(
    one: Slice,
    values: tuple[Measurement, Measurement | None],
    axis: Axis,
    beside: tuple[RowState, dict[str, Measurement]],
) -> Row:
    mine, reference = values
    state, prevalence = beside
    metric = mine.metric
    is_reference = reference is not None and reference.slice == one.id
    base = reference.value if reference is not None and not is_reference else None
    gap = mine.value - base if mine.value is not None and base is not None else None
    over = mine.value / base if mine.value is not None and base and base > 0 and mine.value >= 0 else None
    common = prevalence.get(one.id)
    return Row(
        name=level(one.where[one.by[0]]),
        size=text.count(one.n),
        value=figure(metric)(mine.value),
        interval=text.span(mine.low, mine.high, figure(metric)),
        difference=difference(metric)(gap),
        ratio=text.ratio(over),
        prevalence=text.percent(common.value) if common else text.NONE,
        state=state,
        is_reference=is_reference,
        drawn=_drawn(mine, axis),
    )


def _hidden_row(name: str) -> Row:
    """A slice that is named without any figure."""
    blank = text.NONE
    return Row(name, blank, blank, blank, blank, blank, blank, NOT_SHOWN, is_reference=False, drawn=None)


def _drawn(one: Measurement, axis: Axis) -> Drawn | None:
    if one.value is None:
        return None
    bounded = one.low is not None or one.high is not None
    low = one.low if one.low is not None else axis.low
    high = one.high if one.high is not None else axis.high
    return Drawn(
        x=axis.at(one.value),
        x1=axis.at(low) if bounded else None,
        x2=axis.at(high) if bounded else None,
        clip_low=bounded and one.low is None,
        clip_high=bounded and one.high is None,
    )


def _over(audit: Audit, metric: str, feature: str) -> list[Disparity]:
    return [one for one in audit.disparities if one.metric == metric and one.by == [feature] and not one.within]


def _head(one: Disparity) -> str:
    if one.undefined is not None:
        return f"{one.kind} {text.why_not(one.undefined)}"
    told = f"{one.kind} {_of(one, one.value)}"
    if len(one.slices) > 2 and one.worst is not None and one.reference is not None:
        told = f"widest {told}, {text.name(one.worst)} against {text.name(one.reference)}"
    if one.low is not None or one.high is not None:
        told += f" ({text.span(one.low, one.high, lambda v: _of(one, v).removesuffix(text.POINTS))})"
    if one.kind == "difference" and one.p_adjusted is not None:
        told += f", adjusted p {text.p_value(one.p_adjusted)}"
    if one.minimum_detectable is not None and one.kind == "difference":
        told += f", smallest gap that these rows would show {_of(one, one.minimum_detectable)}"
    return told


def _of(one: Disparity, value: float | None) -> str:
    if one.kind == "ratio":
        return text.ratio(value)
    return change_of(one.metric, value).lstrip("+")


def _conditional(one: Disparity) -> Conditional:
    return Conditional(
        by=" & ".join(one.by),
        within=", ".join(f"{feature} = {level(value)}" for feature, value in one.within.items()),
        label=label(one.metric),
        kind=one.kind,
        value=_of(one, one.value) if one.is_defined else text.why_not(one.undefined),
        interval=text.span(one.low, one.high, lambda v: _of(one, v).removesuffix(text.POINTS)),
    )


KEY = [
    {"state": state, "sign": SIGNS[state], "word": RESULTS[state], "meaning": TEXT[f"key_{state}"]}
    for state in ("fail", "pass", "undecided", "few", "none", "ref")
]
"""The key of the drawings."""
