"""A split gap in whole sentences: what it is, through which inputs it goes, and what is not to be believed."""

import math
from collections.abc import Sequence

from dlaudit.findings.explained import cancels, distrusted, is_doubted, is_more_than_chance
from dlaudit.outputs import text
from dlaudit.outputs.amounts import Amounts, Unit, amounts_of
from dlaudit.outputs.catalogue_explained import LIBRARIES, METHODS, TEXT
from dlaudit.outputs.nouns import spoken_of
from dlaudit.outputs.order import shown_first
from dlaudit.outputs.words import Name, Prose, Sentence, capitalised, figure, joined, label, people, said, words
from dlaudit.record import OVERALL, Audit, Decomposition, Trust, Verdict

FOLDED = 0.03
"""A part below this share of the largest is not spoken of."""
MOST_NAMED = 3
"""Inputs named in a sentence on each side."""


def ranked(audit: Audit, verdict: Verdict | None) -> list[Decomposition]:
    """The split gaps, those first that a reader comes for: the metrics that are judged or shown first, in the split of
    the widest gap; within a metric the widest gap first.
    """
    first = shown_first(audit, verdict)
    return sorted(
        audit.decompositions,
        key=lambda one: (first.index(one.metric) if one.metric in first else len(first), -abs(one.gap)),
    )


def units(split: Decomposition) -> Sequence[Unit]:
    """What the gap is split over: inputs, those that go together as one, largest part first."""
    return split.groups or split.contributions


def gap_told(audit: Audit, split: Decomposition) -> Sentence:
    """Which two slices a decomposition compares and by how much they differ: in people where the metric counts them."""
    slice_, reference = people(audit, split.slice), people(audit, split.reference)
    spoken, heads = spoken_of(audit, split.metric), text.in_people(split.gap)
    if split.gap == 0:
        return said("gap_none", label=label(split.metric), slice=slice_, reference=reference)
    if spoken.clause and heads:
        return said(
            "gap_people",
            slice=(*slice_, spoken.among),
            heads=heads[0],
            base=heads[1],
            more=_more(split.gap),
            clause=spoken.clause,
            reference=(*reference, spoken.among),
        )
    return said(
        "gap_number",
        label=label(split.metric),
        gap=_number(split.metric, split.gap),
        higher="lower" if split.gap < 0 else "higher",
        slice=slice_,
        reference=reference,
    )


def made_of(split: Decomposition) -> Sentence:
    """`In the model's arithmetic, of the 26 fewer in 100, 18 go through A and B (both more than chance); 3 go the other
    way through C.`; empty where no part goes the way of the gap.

    Parts that are more than chance are named where there are any, the largest ones otherwise, and it is said which.
    """
    largest = max((abs(part.value) for part in units(split)), default=0.0)
    parts = [part for part in units(split) if largest > 0 and abs(part.value) >= FOLDED * largest]
    amounts = amounts_of(split)
    with_gap = _named([part for part in parts if (part.value < 0) == (split.gap < 0)], amounts)
    against = _named([part for part in parts if (part.value < 0) != (split.gap < 0)], amounts)
    if not with_gap:
        return ()
    told = _carried(split, amounts, with_gap)
    if against:
        told = (*told, *_side("against", amounts, against))
    return (*told, *_label_mix(split, amounts, largest), ".")


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
        made=(made[0][:1].lower() + made[0][1:], *made[1:]),
    )


def why_told(audit: Audit, verdict: Verdict | None) -> list[Sentence]:
    """Through which inputs the first gap goes, and whose explanations are not to be believed: at most two sentences."""
    splits = ranked(audit, verdict)
    told = [capitalised(why_line(audit, splits[0]))] if splits else []
    if doubted := distrust_short(audit):
        told.append((*capitalised(doubted), "."))
    return [one for one in told if one]


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
        return " and ".join(method_named(part) for part in name.split(" and "))
    library, dot, rest = name.partition(".")
    return METHODS.get(name) or (f"{LIBRARIES[library]}'s {rest}" if dot and library in LIBRARIES else name)


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
            slices=_few_slices(audit, [one.slice for one in found]),
            method=(Name(method_named(method)),),
            reasons=(Prose("; ".join(one.rstrip(".") for one in found[0].reasons) or "a check was missed"),),
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
        order=said("distrust_order"),
    )


def distrust_short(audit: Audit) -> Sentence:
    """`explanations not trustworthy for A and B`; empty where every check passed."""
    slices = [one for one in dict.fromkeys(one.slice for one in audit.trust) if is_doubted(audit, [one])]
    return said("distrust_short", slices=_few_slices(audit, slices)) if slices else ()


def _few_slices(audit: Audit, slices: Sequence[str]) -> Sentence:
    """Some slices by name, the others counted; everyone stands for all where all rows are among them."""
    most = 1 if OVERALL in slices else MOST_NAMED
    first = sorted(slices, key=lambda one: one != OVERALL)[:most]
    left = len(slices) - len(first)
    more = (f" and {text.count(left)} {'slice' if left == 1 else 'slices'}",) if left else ()
    return (*slices_named(audit, first), *more)


def slices_named(audit: Audit, slices: Sequence[str]) -> Sentence:
    """`people with race = Black, everyone and people with sex = F`."""
    pieces: list[str] = []
    for at, one in enumerate(slices):
        if at:
            pieces.append(" and " if at == len(slices) - 1 else ", ")
        pieces += people(audit, one)
    return tuple(pieces)


def _named(parts: Sequence[Unit], amounts: Amounts) -> list[Unit]:
    """The parts to name: marked ones where there are any, else the largest two; none that would read as nobody."""
    told = [part for part in parts if amounts.of(part.value)]
    sure = [part for part in told if is_more_than_chance(part)]
    return (sure or told[:2])[:MOST_NAMED]


def _carried(split: Decomposition, amounts: Amounts, parts: Sequence[Unit]) -> Sentence:
    """What goes through the parts that go the way of the gap, beside the gap itself where they are within it."""
    total = math.fsum(part.value for part in parts)
    kind = "number" if amounts.base is None else "people"
    within = abs(total) <= abs(split.gap)
    return said(
        f"{'of' if within else 'over'}_{kind}",
        heads=amounts.of(split.gap),
        base=text.count(amounts.base),
        gap=_number(split.metric, split.gap),
        label=label(split.metric),
        more=_more(split.gap),
        **_slots(amounts, parts),
    )


def _side(key: str, amounts: Amounts, parts: Sequence[Unit]) -> Sentence:
    return said(key, **_slots(amounts, parts))


def _slots(amounts: Amounts, parts: Sequence[Unit]) -> dict[str, str | Sentence]:
    total = math.fsum(part.value for part in parts)
    amount = amounts.of(total)
    inputs: list[str] = []
    for at, part in enumerate(parts):
        if at:
            inputs.append(" and " if at == len(parts) - 1 else ", ")
        inputs += amounts.named(part)
    return {
        "amount": amount,
        "go": "go" if amounts.several(amount) else "goes",
        "inputs": tuple(inputs),
        "mark": _mark(parts),
    }


def _mark(parts: Sequence[Unit]) -> Sentence:
    """Whether the parts are more than chance; nothing where they were not tested together."""
    known = {part.marked if part.p_adjusted is not None else None for part in parts}
    if known == {True}:
        return said({1: "marked_one", 2: "marked_both"}.get(len(parts), "marked_all"))
    return said("unmarked") if known == {False} else ()


def _label_mix(split: Decomposition, amounts: Amounts, largest: float) -> Sentence:
    mix = split.label_mix
    if mix is None or abs(mix.value) < FOLDED * largest or not (amount := amounts.of(mix.value)):
        return ()
    if mix.value * split.gap > 0:
        come = "come" if amounts.several(amount) else "comes"
        return said("label_mix_with", amount=amount, come=come)
    return said("label_mix_against", amount=amount)


def _more(gap: float) -> str:
    return "fewer" if gap < 0 else "more"


def _number(metric: str, gap: float) -> str:
    if words(metric).rate:
        return f"{text.points(abs(gap)).lstrip('+')}{text.POINTS}"
    return figure(metric)(abs(gap))
