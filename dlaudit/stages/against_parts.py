"""Splits of the same gap in the base and in the fine-tuned model, side by side."""

from collections.abc import Iterator, Sequence

from dlaudit.record import Contribution, Decomposition, NotApplicable, PartMoved


def parts_moved(
    base: Sequence[Decomposition], tuned: Sequence[Decomposition]
) -> tuple[list[PartMoved], list[NotApplicable]]:
    """Every input's part of every gap that was split in both models, and the gaps that were split in one only."""
    known = {(one.metric, one.slice, one.reference): one for one in base}
    found: list[PartMoved] = []
    left_out = []
    for one in tuned:
        other = known.get((one.metric, one.slice, one.reference))
        if other is None:
            what = f"split of {one.metric} between {one.slice} and {one.reference} against the base"
            left_out.append(NotApplicable(what=what, reason="the base's gap was not split"))
        else:
            found += _side_by_side(one, other)
    return found, left_out


def _side_by_side(tuned: Decomposition, base: Decomposition) -> Iterator[PartMoved]:
    """The players of both, those that carry most of the audited model's gap first."""
    theirs = {one.feature: one for one in base.contributions}
    for one in tuned.contributions:
        other = theirs.get(one.feature)
        if other is None:
            continue
        low, high = _ends(one, other)
        yield PartMoved(
            metric=tuned.metric,
            by=tuned.by,
            slice=tuned.slice,
            reference=tuned.reference,
            feature=one.feature,
            base=other.value,
            tuned=one.value,
            change=one.value - other.value,
            low=low,
            high=high,
        )


def _ends(tuned: Contribution, base: Contribution) -> tuple[float | None, float | None]:
    """Both parts at their far ends: wrong only where one of the two intervals is."""
    low = None if tuned.low is None or base.high is None else tuned.low - base.high
    high = None if tuned.high is None or base.low is None else tuned.high - base.low
    return low, high
