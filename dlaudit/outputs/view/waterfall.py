"""One gap as a waterfall: inputs, those that go together as one, label mix, what sampling left over."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from dlaudit.findings.explained import cancels, is_doubted, is_more_than_chance
from dlaudit.outputs import text
from dlaudit.outputs.amounts import Unit, is_far, is_of_words, reference_told, unit_named, units, with_bars
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.head_why import MANY_OUTSIDE
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.view.context import ContextTable, context
from dlaudit.outputs.view.few_marks import few_marks
from dlaudit.outputs.view.placed import Placed, placed
from dlaudit.outputs.why_sentences import (
    channels,
    distrust_here,
    gap_told,
    made_of,
    written_of,
)
from dlaudit.outputs.words import Name, Sentence, are_people, capitalised, label, level, plain, rows_of, said, words
from dlaudit.record import Audit, Contribution, Decomposition, InputGroup, Part

MOST_MEMBERS = 6
"""Members drawn below a group."""
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One part, drawn from where the ones before it end."""

    name: Sentence
    note: str = ""
    """What the row stands for, where its name does not say it."""
    columns: list[str] = field(default_factory=list)
    value: str
    interval: str
    mark: str
    """`yes`, `no`, or empty where nothing is known."""
    x: str
    width: str
    end: str
    lowers: bool
    pale: bool
    """Whether it is not shown to be more than chance."""
    member: bool = False
    """Whether it is one of the inputs of the group above it."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """A gap between two slices as a waterfall."""

    title: Sentence
    told: Sentence
    made_of: Sentence
    channels: Sentence
    cancels: bool
    note: Sentence
    distrust: Sentence
    """Which methods are not trustworthy on one of the slices."""
    is_doubted: bool
    """Whether none is, so that the bars are drawn pale."""
    caption: str
    value_head: str
    """Head of the column of values, which says their unit."""
    bars: list[Bar]
    placed: list[Placed]
    """The same parts where they lie, for inputs of places as patches are."""
    sensitive: list[str]
    """Inputs that are sensitive features themselves."""
    gap: str
    interval: str
    zero: str
    x: str
    width: str
    grouped: str
    """That credit within a group is a convention; empty without groups."""
    outside: str
    is_far_outside: bool
    context: ContextTable | None
    few_marks: Sentence
    """How many tests are allowed for, where no part is marked."""
    other_reference: Sentence
    """What another choice for absent parts would change; empty where rows are compared with those of other people."""
    is_far_from_it: bool
    basis: str
    estimand: str


@dataclass(frozen=True)
class _Run:
    """What all bars of a gap share: the axis, and how numbers are written."""

    axis: Axis
    written: text.Format


def waterfall(audit: Audit, one: Decomposition) -> Split:
    """The gap as bars that end where it does, with what has to be known to read them."""
    shown = _folded(one)
    tail = _tail(one, shown)
    run = _run(one, [*shown, *(part for _, _, part in tail)])
    bars = _bars(audit, shown, tail, run, one)
    unclear = one.low is not None and one.high is not None and one.low <= 0 <= one.high
    return Split(
        title=said("pair_gap", **_pair(audit, one), metric=label(one.metric)),
        told=capitalised(gap_told(audit, one)),
        made_of=made_of(one),
        channels=channels(one),
        cancels=cancels(one),
        note=said("unclear") if unclear else (),
        distrust=distrust_here(audit, [one.slice, one.reference]),
        is_doubted=is_doubted(audit, [one.slice, one.reference]),
        caption=TEXT["why_caption"].format(
            label=plain(label(one.metric)), slice=text.name(one.slice), reference=text.name(one.reference)
        ),
        value_head=_("Value (points)") if words(one.metric).rate else _("Value"),
        bars=bars,
        placed=placed(audit, one),
        sensitive=audit.data.sensitive,
        gap=run.written(one.gap),
        interval=text.span(one.low, one.high, run.written),
        zero=run.axis.at(0.0),
        x=run.axis.at(min(0.0, one.gap)),
        width=run.axis.width(0.0, one.gap),
        grouped=TEXT["why_groups"].format(at=text.decimal(one.grouped_at)) if any(bar.member for bar in bars) else "",
        outside=_outside(audit, one.outside),
        is_far_outside=(one.outside or 0.0) >= MANY_OUTSIDE,
        context=context(one, run.written),
        few_marks=few_marks(one),
        other_reference=reference_told(one),
        is_far_from_it=is_far(one),
        basis=_basis(one),
        estimand=text.prose(one.estimand),
    )


def _basis(one: Decomposition) -> str:
    """How many rows the split rests on, and how far a bar may be off by chance of the pairing, in the bars' unit."""
    rows = text.rows(one.rows)
    if not one.noise:
        return rows
    size = change_of(one.metric, one.noise) if words(one.metric).rate else text.decimal(one.noise)
    return _("{rows}, error of a bar from the random pairing at most {size}").format(rows=rows, size=size.lstrip("+"))


def pair_named(audit: Audit, one: Decomposition) -> Sentence:
    """`Black against White`, by their levels."""
    return said("pair", **_pair(audit, one))


def _pair(audit: Audit, one: Decomposition) -> dict[str, str | Sentence]:
    return {"slice": Name(_short(audit, one.slice)), "reference": Name(_short(audit, one.reference))}


def mark_of(part: Part) -> str:
    """`yes` for more than chance, `no` for what could be chance, empty where it was not tested with the others."""
    if part.p_adjusted is None:
        return ""
    return "yes" if part.marked else "no"


def _short(audit: Audit, slice_id: str) -> str:
    found = next((one for one in audit.slices if one.id == slice_id), None)
    return " & ".join(level(found.where[feature]) for feature in found.by) if found and found.where else slice_id


def _folded(one: Decomposition) -> list[Unit]:
    """The units, small ones added up to one, unless they are more than chance."""
    kept = with_bars(one)
    small = [part for part in units(one) if part not in kept]
    if small:
        value = math.fsum(part.value for part in small)
        columns = [plain(unit_named(part)) for part in small]
        what = TEXT["folded_words" if is_of_words(one) else "folded_inputs"].format(count=len(small))
        kept = [*kept, Contribution(feature=what, value=value, columns=columns)]
    return kept


def _tail(one: Decomposition, shown: Sequence[Unit]) -> list[tuple[str, str, Part]]:
    """What the gap is made of beside inputs: name, what it stands for, part."""
    largest = max((abs(part.value) for part in shown), default=0.0)
    rows: list[tuple[str, str, Part]] = []
    if one.label_mix is not None:
        rows.append((TEXT["label_mix"], TEXT["label_mix_note"], one.label_mix))
    if abs(one.residual) > max(ROUNDING, 1e-3 * largest):
        rows.append((TEXT["residual"], "", Part(value=one.residual)))
    return rows


def _run(one: Decomposition, parts: Sequence[Part]) -> _Run:
    ends = [0.0]
    for part in parts:
        start = ends[-1]
        if isinstance(part, InputGroup):
            within = start
            for value in _member_values(one, part):
                within += value
                ends.append(within)
        ends.append(start + part.value)
    return _Run(Axis.around([*ends, 0.0, one.gap]), written_of(one))


def _member_values(one: Decomposition, group: InputGroup) -> list[float]:
    if len(group.members) == 1:
        return []
    return [part.value for part in _members(one, group)]


def _members(one: Decomposition, group: InputGroup) -> list[Contribution]:
    """The contributions of a group's members, largest first."""
    named = set(group.members)
    return [part for part in one.contributions if part.feature in named]


def _bars(
    audit: Audit, shown: Sequence[Unit], tail: Sequence[tuple[str, str, Part]], run: _Run, one: Decomposition
) -> list[Bar]:
    bars, start = [], 0.0
    known = {part.feature: part for part in one.contributions}
    for part in shown:
        columns, note = _about(audit, part, known)
        bars.append(_bar(unit_named(part), part, start, run, columns=columns, note=note))
        if isinstance(part, InputGroup) and len(part.members) > 1:
            bars += _member_bars(_members(one, part), start, run)
        start += part.value
    for name, note, rest in tail:
        bars.append(_bar((name,), rest, start, run, note=note))
        start += rest.value
    return bars


def _about(audit: Audit, part: Unit, known: dict[str, Contribution]) -> tuple[list[str], str]:
    """The input columns of a row, and a note where it is no input of the model."""
    if isinstance(part, InputGroup):
        single = known.get(part.members[0]) if len(part.members) == 1 else None
        return (single.columns if single else []), ""
    is_truth = part.feature == "label" and "label" not in audit.data.features
    return part.columns, TEXT["truth_note"] if is_truth else ""


def _member_bars(members: Sequence[Contribution], start: float, run: _Run) -> list[Bar]:
    bars = []
    for part in members[:MOST_MEMBERS]:
        bars.append(_bar((Name(part.feature),), part, start, run, member=True))
        start += part.value
    if len(members) > MOST_MEMBERS:
        rest = Part(value=math.fsum(part.value for part in members[MOST_MEMBERS:]))
        bars.append(_bar((_("{count} more").format(count=len(members) - MOST_MEMBERS),), rest, start, run, member=True))
    return bars


def _bar(
    name: Sentence,
    part: Part,
    start: float,
    run: _Run,
    *,
    columns: Sequence[str] = (),
    note: str = "",
    member: bool = False,
) -> Bar:
    end = start + part.value
    return Bar(
        name=name,
        note=note,
        columns=list(columns),
        value=run.written(part.value),
        interval=text.span(part.low, part.high, run.written),
        mark=mark_of(part),
        x=run.axis.at(min(start, end)),
        width=run.axis.width(start, end),
        end=run.axis.at(end),
        lowers=part.value < 0,
        pale=is_more_than_chance(part) is False,
        member=member,
    )


def _outside(audit: Audit, share: float | None) -> str:
    """How much of what was scored lies outside the data; empty where nothing does."""
    if not share:
        return ""
    told = TEXT["outside" if are_people(audit) else "outside_things"]
    return told.format(share=text.percent(share), rows=plain(rows_of(audit)))
