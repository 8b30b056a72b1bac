"""Gaps by slice: a table and its intervals for every metric and sensitive feature."""

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import KINDS, RESULTS, SIGNS, TEXT
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.held_back import hidden_slices
from dlaudit.outputs.order import features_compared, measurements_on, metrics_of, shown_first, slices_of
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.view.chance import chance
from dlaudit.outputs.view.gap_parts import Block, Conditional, Drawn, Gaps, MetricGaps, Row, folded, shortened
from dlaudit.outputs.view.outcomes import Outcomes, RowState, not_shown
from dlaudit.outputs.view.terms import meaning_of
from dlaudit.outputs.words import Name, capitalised, difference, figure, filled, label, level, plain, words
from dlaudit.record import Audit, Disparity, Measurement, Slice, Verdict


def gaps(audit: Audit, verdict: Verdict | None) -> Gaps:
    """The first metric on every slice of a single sensitive feature, all others on those that tell most."""
    first = shown_first(audit, verdict)
    rest = [metric for metric in metrics_of(audit) if metric not in first]
    outcomes = Outcomes(audit, verdict)
    shown = [made for metric in first if (made := _metric(audit, outcomes, metric))]
    return Gaps(
        first=[*map(folded, shown[:1]), *map(shortened, shown[1:])],
        chance=any(one.spread is not None for one in audit.disparities),
        more=[shortened(made) for metric in rest if (made := _metric(audit, outcomes, metric))],
        conditional=[_conditional(one) for one in audit.disparities if one.within],
    )


def _metric(audit: Audit, outcomes: Outcomes, metric: str) -> MetricGaps | None:
    found = measurements_on(audit, metric)
    features = [one for one in features_compared(audit) if any(s.id in found for s in slices_of(audit, [one]))]
    if not features:
        return None
    spoken, named = words(metric), capitalised(label(metric))
    shown = [found[s.id] for one in features for s in slices_of(audit, [one]) if s.id in found]
    ends = [end for one in shown for end in (one.value, one.low, one.high)]
    axis = Axis.around(ends, least=0.0, most=1.0) if spoken.rate else Axis.around(ends)
    conditional = spoken.conditional and any(one.metric == "prevalence" for one in audit.measurements)
    return MetricGaps(
        label=named,
        caption=filled(_("{metric} of every slice"), metric=named),
        level=f"{100 * next(iter(found.values())).level:g}%",
        meaning=meaning_of(metric),
        note=TEXT["beside"].format(label=plain(named)) if conditional else "",
        points=spoken.rate,
        prevalence=conditional,
        ticks=axis.ticks(_tick if spoken.rate else text.decimal),
        blocks=[_block(audit, outcomes, (metric, one), axis, found) for one in features],
    )


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
    named = level(reference.where[feature]) if reference else None
    by_level = {one.id: level(one.where[feature]) for one in slices}
    return Block(
        feature=feature,
        reference=named,
        compared=filled(_("rows compared with {reference}"), reference=Name(named)) if named else (),
        reference_at=axis.at(against.value) if against and against.value is not None else None,
        band=band,
        heads=[*(_head(one, by_level) for one in _over(audit, metric, feature)), *_no_ratio(named, against, rows)],
        rows=rows,
        left_out="",
        more=[],
        more_told="",
        chance=chance(audit, metric, feature, axis),
    )


def _no_ratio(named: str | None, against: Measurement | None, rows: list[Row]) -> list[str]:
    """That rows have a difference and no ratio, where none of the reference counts."""
    if named is None or against is None or against.value != 0 or len(rows) < 2:
        return []
    return [TEXT["gaps_no_ratio"].format(reference=text.name(named))]


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
        distance=abs(gap or 0.0),
        drawn=_drawn(mine, axis),
    )


def _hidden_row(name: str) -> Row:
    """A slice that is named without any figure."""
    blank = text.NONE
    return Row(
        name, blank, blank, blank, blank, blank, blank, not_shown(), is_reference=False, distance=0.0, drawn=None
    )


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


def _head(one: Disparity, levels: dict[str, str]) -> str:
    """The gap in figures; its slices by their levels alone, since it stands under their feature."""
    if one.undefined is not None:
        return _("{kind} {undefined}").format(kind=KINDS[one.kind], undefined=text.why_not(one.undefined))
    told = f"{KINDS[one.kind]} {_of(one, one.value)}"
    if len(one.slices) > 2 and one.worst is not None and one.reference is not None:
        told = _("widest {gap}, {slice} against {reference}").format(
            gap=told,
            slice=text.name(levels.get(one.worst, one.worst)),
            reference=text.name(levels.get(one.reference, one.reference)),
        )
    if one.low is not None or one.high is not None:
        told += f" ({text.span(one.low, one.high, lambda v: _of(one, v).removesuffix(text.points_unit()))})"
    if one.kind == "difference" and one.p_adjusted is not None:
        told = _("{gap}, adjusted p {value}").format(gap=told, value=text.p_value(one.p_adjusted))
    if one.minimum_detectable is not None and one.kind == "difference":
        smallest = _of(one, one.minimum_detectable)
        told = _("{gap}, smallest gap that these rows would show {smallest}").format(gap=told, smallest=smallest)
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
        kind=KINDS[one.kind],
        value=_of(one, one.value) if one.is_defined else text.why_not(one.undefined),
        interval=text.span(one.low, one.high, lambda v: _of(one, v).removesuffix(text.points_unit())),
    )


def key_of_marks() -> list[dict[str, str]]:
    """The key of the drawings."""
    states = ("fail", "pass", "undecided", "few", "none", "ref")
    return [{"state": s, "sign": SIGNS[s], "word": RESULTS[s], "meaning": TEXT[f"key_{s}"]} for s in states]
