"""A split gap in whole sentences: what it is, through which inputs it goes, and what is not to be believed."""

import math
from collections.abc import Sequence

from dlaudit.findings.explained import cancels, distrusted, is_doubted, is_more_than_chance
from dlaudit.outputs import text
from dlaudit.outputs.amounts import FOLDED, Amounts, Unit, amounts_of, units, with_bars
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.catalogue_methods import LIBRARIES, METHODS
from dlaudit.outputs.catalogue_metrics import COMPLEMENTS
from dlaudit.outputs.catalogue_rates import RATES
from dlaudit.outputs.gap_sentences import Gap, those
from dlaudit.outputs.nouns import spoken_of
from dlaudit.outputs.order import shown_first
from dlaudit.outputs.sentences import headline_gap
from dlaudit.outputs.translate import _
from dlaudit.outputs.words import (
    Name,
    Prose,
    Sentence,
    base,
    enumerated,
    figure,
    filled,
    joined,
    label,
    lowered,
    people,
    plain,
    said,
    words,
)
from dlaudit.record import OVERALL, Audit, Decomposition, Trust, Verdict

MOST_NAMED = 3
"""Inputs named in a sentence on each side."""


def ranked(audit: Audit, verdict: Verdict | None) -> list[Decomposition]:
    """The split gaps, those first that a reader comes for: the gap that the head tells, if it can be between the two
    slices that it names; then the metrics that are judged or shown first; within a metric the widest gap first.
    """
    first, gap = shown_first(audit, verdict), headline_gap(audit, verdict)

    def place(one: Decomposition) -> tuple[int, int, float]:
        metric = first.index(one.metric) if one.metric in first else len(first)
        if gap is None or not (is_split_of(gap, one) or is_mirror_of(gap, one)):
            return 4, metric, -abs(one.gap)
        elsewhere = int({one.slice, one.reference} != {gap.worst, gap.reference})
        return elsewhere + 2 * is_mirror_of(gap, one), metric, -abs(one.gap)

    return sorted(audit.decompositions, key=place)


def is_split_of(gap: Gap, split: Decomposition) -> bool:
    """Whether the split is of this gap: of its metric, over its features."""
    return split.metric == gap.metric and split.by == gap.by


def is_mirror_of(gap: Gap, split: Decomposition) -> bool:
    """Whether the split is of the rate that is 1 minus this one: the same difference, with the other sign."""
    turned_round = turned(gap.metric) == split.metric or turned(split.metric) == gap.metric
    return gap.kind == "difference" and split.by == gap.by and turned_round


def turned(metric: str) -> str | None:
    """The metric that is 1 minus this one, for the same class; None where no other is."""
    name = base(metric)
    other = COMPLEMENTS.get(name)
    return metric.replace(name, other, 1) if other else None


def gap_told(audit: Audit, split: Decomposition) -> Sentence:
    """Which two slices a decomposition compares and by how much they differ: in people where the metric counts them."""
    slice_, reference = people(audit, split.slice), people(audit, split.reference)
    spoken, heads = spoken_of(audit, split.metric), text.in_people(split.gap)
    if split.gap == 0:
        return said("gap_none", label=label(split.metric), slice=slice_, reference=reference)
    rate = RATES.get(spoken.clause)
    if rate is not None and heads:
        return filled(
            _(rate.gap_fewer if split.gap < 0 else rate.gap_more),
            slice=those(spoken, slice_),
            heads=heads[0],
            base=heads[1],
            reference=those(spoken, reference),
        )
    return said(
        "gap_lower" if split.gap < 0 else "gap_higher",
        label=label(split.metric),
        gap=_number(split.metric, split.gap),
        slice=slice_,
        reference=reference,
    )


def made_of(split: Decomposition) -> Sentence:
    """`In the model's arithmetic, of the 26 fewer in 100, 18 go through A and B (both more than chance); 3 go the other
    way through C.`; empty where no part goes the way of the gap.

    Parts that are more than chance are named where there are any, the largest ones otherwise, and it is said which.
    None is named that has no bar of its own in the waterfall.
    """
    largest = max((abs(part.value) for part in units(split)), default=0.0)
    parts = [part for part in with_bars(split) if largest > 0 and abs(part.value) >= FOLDED * largest]
    amounts = amounts_of(split)
    with_gap = _named([part for part in parts if (part.value < 0) == (split.gap < 0)], amounts)
    against = _named([part for part in parts if (part.value < 0) != (split.gap < 0)], amounts)
    if not with_gap:
        return ()
    told = _carried(split, amounts, with_gap)
    if against:
        told = said("against", amounts.heads(against), told=told, **_slots(amounts, against))
    return said("ended", told=_with_label_mix(told, split, amounts, largest))


def why_line(audit: Audit, split: Decomposition) -> Sentence:
    """`selection rate, race=Black against race=White: of the 26 fewer in 100, 18 go through A and B.`; empty where no
    part goes the way of the gap.
    """
    made = made_of(split)
    if not made:
        return ()
    return said(
        "why_line",
        label=label(split.metric),
        slice=(Name(split.slice),),
        reference=(Name(split.reference),),
        made=lowered(made),
    )


def channels(split: Decomposition) -> Sentence:
    """How much raises the gap and how much lowers it; said as channels that cancel where little is left of both."""
    if not split.raised and not split.lowered:
        return ()
    written = written_of(split)
    key = "cancel" if cancels(split) else "both_ways"
    return said(key, raised=written(split.raised), lowered=written(split.lowered), gap=written(split.gap))


def written_of(split: Decomposition) -> text.Format:
    """How the parts of this gap are written in a table: points of a rate, else numbers with equally many digits."""
    if words(split.metric).rate:
        return text.points
    return text.changes(max([abs(split.gap), *(abs(part.value) for part in units(split))]))


def method_named(name: str) -> str:
    """`Integrated Gradients`, `Captum's DeepLift`, `A and B`: a method as a reader knows it."""
    if " and " in name:
        return plain(enumerated([(method_named(part),) for part in name.split(" and ")]))
    library, dot, rest = name.partition(".")
    if name not in METHODS and dot and library in LIBRARIES:
        return plain(said("of_library", library=LIBRARIES[library], method=rest))
    return METHODS.get(name) or name


def distrust(audit: Audit) -> list[Sentence]:
    """`Explanation not trustworthy for A and B, by METHOD: REASONS.`, one sentence for each method.

    It speaks of the method that is shown first, and of slices that no method explains; where a further method fails
    that is said at its own table.
    """
    first = audit.explain_plan.methods[0].method if audit.explain_plan and audit.explain_plan.methods else None
    found = [one for one in distrusted(audit) if one.method == first or is_doubted(audit, [one.slice])]
    gathered: dict[str, list[Trust]] = {}
    for one in sorted(found, key=lambda one: one.slice != OVERALL):
        gathered.setdefault(one.method, []).append(one)
    return [
        said(
            "distrust",
            lead=TEXT["distrust_lead"],
            slices=few_slices(audit, [one.slice for one in found]),
            method=(Name(method_named(method)),),
            reasons=_reasons(found[0]),
        )
        for method, found in gathered.items()
    ]


def distrust_here(audit: Audit, slices: Sequence[str]) -> Sentence:
    """Which methods are not trustworthy on the slices of one gap; empty unless that holds for every method on one."""
    found = [one for one in distrusted(audit, slices) if is_doubted(audit, [one.slice])]
    if not found:
        return ()
    return said(
        "distrust_here",
        slices=slices_named(audit, list(dict.fromkeys(one.slice for one in found))),
        methods=joined(dict.fromkeys(method_named(one.method) for one in found)),
    )


def distrust_short(audit: Audit) -> Sentence:
    """`explanations not trustworthy for A and B`; empty where every check passed."""
    slices = [one for one in dict.fromkeys(one.slice for one in audit.trust) if is_doubted(audit, [one])]
    return said("distrust_short", slices=few_slices(audit, slices)) if slices else ()


def few_slices(audit: Audit, slices: Sequence[str]) -> Sentence:
    """Some slices by name, the others counted; everyone stands for all where all rows are among them."""
    most = 1 if OVERALL in slices else MOST_NAMED
    first = sorted(slices, key=lambda one: one != OVERALL)[:most]
    left = len(slices) - len(first)
    named = slices_named(audit, first)
    return said("slices_more", left, slices=named, count=text.count(left)) if left else named


def _reasons(one: Trust) -> Sentence:
    """What the checks say, which is data."""
    told = "; ".join(reason.rstrip(".") for reason in one.reasons)
    return (Prose(told),) if told else said("no_check_named")


def slices_named(audit: Audit, slices: Sequence[str]) -> Sentence:
    """`people with race = Black, everyone and people with sex = F`."""
    return enumerated([people(audit, one) for one in slices])


def _named(parts: Sequence[Unit], amounts: Amounts) -> list[Unit]:
    """The parts to name: marked ones where there are any, else the largest two; none that would read as nobody."""
    told = [part for part in parts if amounts.of(part.value)]
    sure = [part for part in told if is_more_than_chance(part)]
    return (sure or told[:2])[:MOST_NAMED]


def _carried(split: Decomposition, amounts: Amounts, parts: Sequence[Unit]) -> Sentence:
    """What goes through the parts that go the way of the gap, beside the gap itself where they are within it."""
    total = math.fsum(part.value for part in parts)
    kind = "number" if amounts.base is None else "people_fewer" if split.gap < 0 else "people_more"
    within = abs(total) <= abs(split.gap)
    return said(
        f"{'of' if within else 'over'}_{kind}",
        amounts.heads(parts),
        heads=amounts.of(split.gap),
        base=text.count(amounts.base),
        gap=_number(split.metric, split.gap),
        label=label(split.metric),
        **_slots(amounts, parts),
    )


def _slots(amounts: Amounts, parts: Sequence[Unit]) -> dict[str, str | Sentence]:
    total = math.fsum(part.value for part in parts)
    return {"amount": amounts.of(total), "inputs": _inputs(amounts, parts)}


def _inputs(amounts: Amounts, parts: Sequence[Unit]) -> Sentence:
    """The parts by name, and whether they are more than chance; not that where they were not tested together."""
    inputs = enumerated([amounts.named(part) for part in parts])
    known = {part.marked if part.p_adjusted is not None else None for part in parts}
    if known == {True}:
        return said({1: "marked_one", 2: "marked_both"}.get(len(parts), "marked_all"), inputs=inputs)
    return said("unmarked", inputs=inputs) if known == {False} else inputs


def _with_label_mix(told: Sentence, split: Decomposition, amounts: Amounts, largest: float) -> Sentence:
    mix = split.label_mix
    if mix is None or abs(mix.value) < FOLDED * largest or not (amount := amounts.of(mix.value)):
        return told
    key = "label_mix_with" if mix.value * split.gap > 0 else "label_mix_against"
    return said(key, amounts.heads([mix]), told=told, amount=amount)


def _number(metric: str, gap: float) -> str:
    if words(metric).rate:
        return text.worded(text.points(abs(gap)).lstrip("+")) + text.points_unit()
    return figure(metric)(abs(gap))
