"""Measurements, gaps, explanations and rejected rows, as far as they may be shown."""

import re

from dlaudit.record.audit import DataInfo, Rejected, Repeated
from dlaudit.record.decomposed import Decomposition
from dlaudit.record.distributions import Discovery
from dlaudit.record.explained import Attribution, AttributionQuality, ProbeResult, Trust
from dlaudit.record.measured import OVERALL, Disparity, Measurement, Slice
from dlaudit.record.pairs import PairsInfo
from dlaudit.record.privacy.kept import Kept

_NOT_APART = "several reasons, which are not shown apart"


def slices(kept: Kept) -> list[Slice]:
    """Slices whose size is shown; the others are named in `suppression`."""
    return [one for one in kept.audit.slices if kept.size(one.id)]


def measurements(kept: Kept) -> list[Measurement]:
    """Measurements of slices that are shown; undefined, with the reason, where the metric is not shown on one."""
    weighted = kept.audit.data.weight is not None
    found = []
    for one in kept.audit.measurements:
        if not kept.size(one.slice):
            continue
        if not kept.metric(one.metric, one.slice) or (weighted and _may_be_few(one, kept.least)):
            found.append(
                Measurement(metric=one.metric, slice=one.slice, level=one.level, undefined=kept.suppression.reason)
            )
        else:
            found.append(one.model_copy(update={"numerator": None, "denominator": None}) if weighted else one)
    return found


def disparities(kept: Kept) -> list[Disparity]:
    """Gaps over slices that are all shown; undefined, with the reason, where one is not."""
    weighted = kept.audit.data.weight is not None
    few = {(one.metric, one.slice) for one in kept.audit.measurements if weighted and _may_be_few(one, kept.least)}
    return [
        one
        if kept.gap(one) and not any((one.metric, name) in few for name in one.slices)
        else Disparity(
            id=one.id,
            metric=one.metric,
            kind=one.kind,
            by=one.by,
            within=one.within,
            level=one.level,
            undefined=kept.suppression.reason,
            slices=[name for name in one.slices if kept.metric(one.metric, name) and (one.metric, name) not in few],
        )
        for one in kept.audit.disparities
    ]


def attributions(kept: Kept) -> list[Attribution]:
    """Attributions of comparisons that are shown whole, where enough rows were explained."""
    by = {one.id: one.by for one in kept.audit.slices}
    few = {tuple(by.get(one.slice, [])) for one in kept.audit.attributions if 0 < one.rows < kept.least}
    return [
        one
        for one in kept.audit.attributions
        if one.slice in by and kept.parted(by[one.slice]) and tuple(by[one.slice]) not in few
    ]


def quality(kept: Kept) -> list[AttributionQuality]:
    """Checks of explanations on slices that are shown whole, and those that speak of no slice."""
    known = {one.id for one in kept.audit.slices} - {OVERALL}
    return [one for one in kept.audit.quality if one.slice not in known or kept.whole(one.slice)]


def trust(kept: Kept) -> list[Trust]:
    """What the checks come to on slices that are shown whole, on enough rows, so that no explanation is published
    without the doubt about it; reasons with figures are not told, as they could count people.
    """
    known = {one.id for one in kept.audit.slices} - {OVERALL}
    return [
        one.model_copy(update={"reasons": [_without_figures(reason) for reason in one.reasons]})
        for one in kept.audit.trust
        if (one.slice not in known or kept.whole(one.slice)) and not 0 < one.rows < kept.least
    ]


def _without_figures(reason: str) -> str:
    return "the reason has figures, which are not shown" if re.search(r"\d", reason) else reason


def decompositions(kept: Kept) -> list[Decomposition]:
    """Split gaps between two slices that are both shown whole."""
    return [
        one
        for one in kept.audit.decompositions
        if kept.whole(one.slice) and kept.whole(one.reference) and not 0 < one.rows < 2 * kept.least
    ]


def probes(kept: Kept) -> list[ProbeResult]:
    """Experiments on slices that are shown whole; all or none of the others, as it is not known whom they speak of."""
    known = {one.id for one in kept.audit.slices}
    found = []
    for one in kept.audit.probes:
        named = {str(value) for value in one.detail.values()} & known
        if all(kept.whole(name) for name in named) and (named or kept.everywhere):
            found.append(one)
    return found


def discoveries(kept: Kept) -> list[Discovery]:
    """Searches that tested no slice of few rows: the number of tests counts the slices that were large enough."""
    return [one for one in kept.audit.discoveries if one.min_rows >= kept.least]


def data_info(kept: Kept) -> DataInfo:
    """The evaluation set; rejected rows by reason and slice only where none of the counts is small."""
    data = kept.audit.data
    rejected = _rejected(kept)
    total = data.rows - data.scored if data.rows is not None else 0
    altered = [one for one in data.altered if all(kept.least <= rows for rows in [one.rows, *one.by_slice.values()])]
    near = None if 0 < (data.near_threshold or 0) < kept.least else data.near_threshold
    update = {"rejected": rejected, "altered": altered, "near_threshold": near}
    update["rows"] = None if 0 < total < kept.least else data.rows
    digests = {"rows_sha256": None, "inputs_sha256": None}
    return data.model_copy(update={**update, **digests, "repeated": _repeated(kept), "pairs": _pairs(kept)})


def _pairs(kept: Kept) -> PairsInfo | None:
    """What the pairs are, where none of the counts is small."""
    one = kept.audit.data.pairs
    if one is None:
        return None
    if any(0 < count < kept.least for count in (one.samples, one.identities, one.mated)):
        return None
    few = {name: None for name in ("alone", "repeated") if 0 < (getattr(one, name) or 0) < kept.least}
    return one.model_copy(update=few)


def _repeated(kept: Kept) -> Repeated | None:
    """Copies, where none of the counts is small."""
    one = kept.audit.data.repeated
    if one is None:
        return None
    counts = [one.items, one.rows, one.other_labels, *one.across.values()]
    return None if any(0 < count < kept.least for count in counts) else one


def rejected_as_counted(kept: Kept) -> bool:
    """Whether the rejected rows are shown as they were counted."""
    return _rejected(kept) == kept.audit.data.rejected


def _rejected(kept: Kept) -> list[Rejected]:
    lost = kept.audit.data.rejected
    total = sum(one.rows for one in lost)
    if 0 < total < kept.least:
        return []
    if any(0 < one.rows < kept.least for one in lost):
        return [Rejected(reason=_NOT_APART, rows=total)]
    apart = all(_apart(one, kept) for one in lost)
    return list(lost) if apart else [Rejected(reason=one.reason, rows=one.rows) for one in lost]


def _apart(lost: Rejected, kept: Kept) -> bool:
    """Whether no slice's rejected rows are few, nor those of any slice that is not named."""
    counts = list(lost.by_slice.values())
    for feature in kept.audit.data.sensitive if lost.by_slice else []:
        named = [one.id for one in kept.audit.slices if one.by == [feature]]
        counts.append(lost.rows - sum(lost.by_slice.get(name, 0) for name in named))
    known = all(kept.size(name) for name in lost.by_slice)
    return known and not any(0 < abs(count) < kept.least for count in counts)


def _may_be_few(one: Measurement, least: int) -> bool:
    """Whether a weighted share may rest on few people: how many stand above the line is not known, so that the share
    of rows stands for it.
    """
    if one.value is None or one.value in {0.0, 1.0} or not (one.method or "").startswith("wilson"):
        return False
    return min(one.value, 1 - one.value) * one.n < least
