"""How parts of a gap are read, and which explanations are not believed: shared by the findings and the report."""

import math
from collections.abc import Iterable

from dlaudit.record.audit import Audit
from dlaudit.record.decomposed import Decomposition, Part, ScoreMix
from dlaudit.record.explained import AttributionQuality, Trust
from dlaudit.record.measured import OVERALL

COMPLETENESS = "completeness_error_p95"
"""The check without which contributions are not shown at all."""
SECOND_OPINION = "second_opinion"
"""The check that is another library's calculation of the same contributions."""
ACROSS_SLICES = "faithfulness_difference"
"""The check that asks whether explanations are equally faithful in the slices of a feature."""
PROXIES_TOGETHER, PROXY_OVERLAP = "proxies_together", "proxy_overlap"
"""Probes of how well all inputs together tell a slice, and of how far revealing it and carrying its gap overlap."""
MOSTLY = 2 / 3
"""Share of all parts' sizes from which a gap is said to be mostly one of them."""


def is_more_than_chance(part: Part) -> bool | None:
    """Whether the part is marked; where nothing was tested, whether its interval leaves out 0; None where neither is
    known.
    """
    if part.p_adjusted is not None or part.marked:
        return part.marked
    if part.low is None or part.high is None:
        return None
    return part.low > 0 or part.high < 0


def cancels(split: Decomposition) -> bool:
    """Whether inputs that raise the gap and inputs that lower it are both larger than the gap that is left of them, and
    some of each kind are more than chance.
    """
    if min(split.raised, -split.lowered) <= abs(split.gap):
        return False
    signs = {part.value > 0 for part in split.groups or split.contributions if is_more_than_chance(part)}
    return signs == {True, False}


def mostly(one: ScoreMix) -> str | None:
    """`mix` or `calibration` where that part is more than chance, goes the way of the gap and is most of what the gap
    is made of; None where neither is.
    """
    sizes = [abs(part.value) for part in (one.mix, one.calibration, one.unsupported) if part is not None]
    total = math.fsum(sizes)
    for name, part in (("mix", one.mix), ("calibration", one.calibration)):
        with_gap = part.value * one.gap > 0
        if with_gap and total > 0 and abs(part.value) >= MOSTLY * total and is_more_than_chance(part):
            return name
    return None


def offset(one: ScoreMix) -> bool:
    """Whether other scores and what scores mean pull the gap in opposite ways, both by more than chance."""
    opposite = one.mix.value * one.calibration.value < 0
    return opposite and bool(is_more_than_chance(one.mix)) and bool(is_more_than_chance(one.calibration))


def withheld(audit: Audit) -> dict[str, list[str]]:
    """Method to the slices on which its contributions do not add up and are not shown; `overall` stands for all."""
    found: dict[str, list[str]] = {}
    for one in audit.quality:
        if one.measure == COMPLETENESS and one.ok is False:
            found.setdefault(one.method, []).append(one.slice)
    return found


def is_withheld(held: dict[str, list[str]], method: str, slice_id: str) -> bool:
    """Whether the method's contributions on that slice are not shown."""
    return any(one in {OVERALL, slice_id} for one in held.get(method, []))


def distrusted(audit: Audit, slices: Iterable[str] | None = None) -> list[Trust]:
    """What is not trustworthy, on these slices or on any, in the audit's order."""
    wanted = None if slices is None else set(slices)
    return [one for one in audit.trust if one.ok is False and (wanted is None or one.slice in wanted)]


def differs(one: AttributionQuality) -> bool:
    """Whether a slice is shown to be explained less or more faithfully than the others: by its mark, and by its
    interval, which is found in another way.
    """
    if one.measure != ACROSS_SLICES or one.ok is not False:
        return False
    return one.low is None or one.high is None or one.low > 0 or one.high < 0


def is_unequal(audit: Audit, method: str) -> bool:
    """Whether slices of one feature are shown to be explained unequally faithfully by the method (DLA510), so that its
    contributions are not compared between them.
    """
    return any(one.code == "DLA510" and one.subject == method for one in audit.findings) or any(
        differs(one) and one.method == method for one in audit.quality
    )


def is_doubted(audit: Audit, slices: Iterable[str]) -> bool:
    """Whether on one of the slices an explanation is not trustworthy and none is: a split of its gap is not either."""
    for slice_id in slices:
        said = {one.ok for one in audit.trust if one.slice == slice_id}
        if False in said and True not in said:
            return True
    return False
