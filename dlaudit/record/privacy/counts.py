"""The counts of people that an audit's measurements tell, slice by slice and tier by tier.

A slice is shown up to a tier, and all tiers below: 0 nothing, 1 its size, 2 also whom the model selects, 3 also how
common the positive label is, 4 every metric. Tiers are hidden from the top, so that a slice with few errors still
shows its selection rate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dlaudit.record.audit import Audit
from dlaudit.record.measured import Measurement, Slice
from dlaudit.record.privacy.spans import EVERYBODY, Form, Mask, follow

NOTHING, SIZE, SELECTED, LABELLED, EVERYTHING = 0, 1, 2, 3, 4
"""Tiers."""

_POSITIVE: Mask = (1, 0, 1, 0)
_NEGATIVE: Mask = (0, 1, 0, 1)
_SELECTED: Mask = (1, 1, 0, 0)
_OTHERS: Mask = (0, 0, 1, 1)
_SHARES: dict[str, tuple[Mask, Mask]] = {
    "prevalence": (_POSITIVE, EVERYBODY),
    "selection_rate": (_SELECTED, EVERYBODY),
    "true_positive_rate": ((1, 0, 0, 0), _POSITIVE),
    "recall": ((1, 0, 0, 0), _POSITIVE),
    "false_negative_rate": ((0, 0, 1, 0), _POSITIVE),
    "false_positive_rate": ((0, 1, 0, 0), _NEGATIVE),
    "true_negative_rate": ((0, 0, 0, 1), _NEGATIVE),
    "precision": ((1, 0, 0, 0), _SELECTED),
    "false_discovery_rate": ((0, 1, 0, 0), _SELECTED),
    "negative_predictive_value": ((0, 0, 0, 1), _OTHERS),
    "false_omission_rate": ((0, 0, 1, 0), _OTHERS),
    "accuracy": ((1, 0, 0, 1), EVERYBODY),
}
"""Cells above and below the line."""
_OWN: tuple[Mask, Mask] = ((1, 0, 0, 0), (1, 1, 0, 0))
"""Of any other share: a table of its own, whose cells are above the line, the rest below it, and everybody else."""


def tier_of(metric: str) -> int:
    """The first tier that publishes the metric."""
    return {"selection_rate": SELECTED, "prevalence": LABELLED}.get(metric.partition("[")[0], EVERYTHING)


@dataclass(frozen=True)
class SliceCounts:
    """A slice and every count of people that the audit tells about it."""

    slice: Slice
    """The slice."""
    forms: tuple[Form, ...]
    """Published counts, its size first."""

    def small(self, least: int, tier: int) -> list[Form]:
        """Counts from 1 to below `least` that follow from the metrics up to `tier`."""
        return [one for one in follow(self.forms, tier) if 0 < one.count < least]


def slice_counts(audit: Audit) -> dict[str, SliceCounts]:
    """The counts of every slice, by id, in the audit's order."""
    by_slice: dict[str, list[Measurement]] = {one.id: [] for one in audit.slices}
    for found in audit.measurements:
        if found.slice in by_slice:
            by_slice[found.slice].append(found)
    weighted = audit.data.weight is not None
    return {one.id: SliceCounts(one, tuple(_forms(one, by_slice[one.id], weighted))) for one in audit.slices}


def pooled(whole: SliceCounts, parts: Iterable[SliceCounts]) -> tuple[Form, ...] | None:
    """The counts of those rows of `whole` that are in none of its `parts`; None where one would be negative.

    Only counts that all of them tell are subtracted: an attacker has no others.
    """
    told: list[Mapping[tuple[str, Mask], Form]] = [{(f.table, f.mask): f for f in one.forms} for one in parts]
    left = []
    for form in whole.forms:
        key = (form.table, form.mask)
        if all(key in one for one in told):
            count = form.count - sum(one[key].count for one in told)
            if count < 0:
                return None
            tier = max([form.tier, *(one[key].tier for one in told)])
            left.append(Form(form.table, form.mask, tier, count))
    return tuple(left)


def _forms(one: Slice, found: list[Measurement], weighted: bool) -> list[Form]:
    forms = {("", EVERYBODY): Form("", EVERYBODY, SIZE, one.n)}
    for measured in found:
        for form in _told(measured, one.n, weighted):
            key = (form.table, form.mask)
            if key not in forms or form.tier < forms[key].tier:
                forms[key] = form
    return list(forms.values())


def _told(found: Measurement, size: int, weighted: bool) -> list[Form]:
    """Counts that one measurement tells: above and below its line."""
    base, _, place = found.metric.partition("[")
    tier = tier_of(found.metric)
    above, below = _SHARES.get(base, _OWN)
    table = place.removesuffix("]") if base in _SHARES else found.metric
    counts = _whole_counts(found, weighted)
    if counts is None:
        is_part = 0 < found.n < size
        return [Form(table, below, tier, found.n)] if weighted or is_part else []
    x, n = counts
    if base not in _SHARES and n > size:
        return [Form(table, EVERYBODY, tier, n), Form(table, above, tier, x)]
    forms = [Form(table, below, tier, n), Form(table, above, tier, x)]
    return [*forms, Form(table, EVERYBODY, SIZE, size)] if below != EVERYBODY else forms


def _whole_counts(found: Measurement, weighted: bool) -> tuple[int, int] | None:
    """People above and below the line; None where the metric does not tell them.

    A mean of zeros and ones is a share, whatever its name: the mean score is one where scores are labels.
    """
    if found.undefined is not None:
        return (0, 0) if found.n == 0 and found.metric.partition("[")[0] in _SHARES else None
    if weighted or found.value is None:
        return None
    if isinstance(found.numerator, int) and isinstance(found.denominator, int):
        return found.numerator, found.denominator
    x = found.value * found.n
    is_whole = found.n > 0 and 0 <= found.value <= 1 and abs(x - round(x)) < 1e-9 * found.n
    return (round(x), found.n) if is_whole else None
