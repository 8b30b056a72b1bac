"""Rules about slices: too small, undefined, alone, not recorded, lost on the way."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.uneven import uneven
from dlaudit.findings.words import counted, name, names, number
from dlaudit.record.audit import Audit
from dlaudit.record.judged import Finding
from dlaudit.record.measured import OVERALL, Slice

UNKNOWN_SHARE = 0.10
"""More rows than this of unknown level are worth a warning."""
REJECTED_P = 0.001
"""Error rate of all reasons and features together."""
REJECTED_DIFFERENCE = 0.01


@finding_rule("DLA401")
def too_small(observed: Observed) -> Iterator[Finding]:
    """Slices below the smallest size that a PASS speaks about; intersections in one note."""
    audit = observed.audit
    small = [one for one in audit.slices if one.small and not one.unknown]
    for one in small:
        if one.kind == "group":
            yield finding(
                "DLA401",
                "warning",
                one.id,
                f"{name(one.id)} has {counted(one.n, 'row')}, fewer than {audit.min_size}: it is shown and can fail a "
                "rule, but no PASS speaks about it.",
                next_step=f"Collect at least {audit.min_size - one.n} more rows of it.",
                evidence={"rows": one.n, "min_size": audit.min_size},
            )
    crossed = [one for one in small if one.kind == "intersection"]
    if crossed:
        yield finding(
            "DLA401",
            "note",
            "intersections",
            f"{counted(len(crossed), 'intersection')} of sensitive features with fewer than {audit.min_size} rows: "
            f"{names(one.id for one in crossed)}.",
            next_step="Collect more rows where intersections matter.",
            evidence={"slices": [one.id for one in crossed], "min_size": audit.min_size},
        )


@finding_rule("DLA402")
def undefined_metrics(observed: Observed) -> Iterator[Finding]:
    """Metrics without a value in a slice, one finding per slice; those of intersections in one note."""
    kinds = {one.id: one for one in observed.audit.slices if not one.unknown and one.n > 0}
    reasons: dict[str, dict[str, str]] = {}
    for one in observed.audit.measurements:
        if one.undefined is not None and one.slice in kinds:
            reasons.setdefault(one.slice, {})[one.metric] = one.undefined
    crossed = [one for one in reasons if kinds[one].kind == "intersection"]
    for slice_id, metrics in reasons.items():
        if slice_id not in crossed:
            yield finding(
                "DLA402",
                "warning",
                slice_id,
                f"{names(metrics)} {'is' if len(metrics) == 1 else 'are'} undefined in {name(slice_id)} "
                f"({names(dict.fromkeys(metrics.values()), 2)}): not 0, and in no gap.",
                next_step=f"Collect rows of {name(slice_id)} that the metric needs.",
                evidence={"undefined": metrics},
            )
    if crossed:
        yield finding(
            "DLA402",
            "note",
            "intersections",
            f"Some metrics are undefined in {counted(len(crossed), 'intersection')}: {names(crossed)}.",
            next_step="Collect more rows where intersections matter.",
            evidence={"slices": crossed},
        )


@finding_rule("DLA403")
def nobody_selected(observed: Observed) -> Iterator[Finding]:
    """Ratios of selection rates that are 0/0 because no slice has anybody selected."""
    for one in observed.audit.disparities:
        if one.kind == "ratio" and one.metric.startswith("selection_rate") and one.undefined is not None:
            rates = {m.slice: m.value for m in observed.audit.measurements if m.metric == one.metric}
            if len(one.slices) >= 2 and all(rates.get(slice_id) == 0 for slice_id in one.slices):
                yield finding(
                    "DLA403",
                    "warning",
                    one.id,
                    f"Nobody is selected in any slice of {names(one.by)}, so that the ratio is 0/0 and undefined.",
                    next_step="Check the threshold and the positive label.",
                    evidence={"slices": one.slices},
                )


@finding_rule("DLA404")
def one_level(observed: Observed) -> Iterator[Finding]:
    """Sensitive features with fewer than two known levels."""
    for feature in observed.audit.data.sensitive:
        known = [one for one in levels_of(observed.audit, feature) if not one.unknown]
        if len(known) < 2:
            yield finding(
                "DLA404",
                "warning",
                feature,
                f"{name(feature)} has {counted(len(known), 'known level')}: there is nothing to compare.",
                evidence={"levels": [one.where[feature] for one in known]},
            )


@finding_rule("DLA405")
def not_recorded(observed: Observed) -> Iterator[Finding]:
    """Sensitive features that are not recorded for more than a tenth of the rows."""
    for feature in observed.audit.data.sensitive:
        for one in levels_of(observed.audit, feature):
            if one.unknown and not one.apart and one.share > UNKNOWN_SHARE:
                yield finding(
                    "DLA405",
                    "warning",
                    one.id,
                    f"{name(feature)} is not recorded for {number(100 * one.share)} % of rows "
                    f"({counted(one.n, 'row')}); gaps speak about the others only.",
                    evidence={"rows": one.n, "share": one.share},
                )


@finding_rule("DLA452")
def lost_unevenly(observed: Observed) -> Iterator[Finding]:
    """Rows rejected far more often in one slice than another (exact tests of all pairs, and by at least 1 in 100)."""
    audit = observed.audit
    looks = len(audit.data.rejected) * len(audit.data.sensitive)
    for lost in audit.data.rejected:
        for feature in audit.data.sensitive:
            met = [(one, lost.by_slice.get(one.id, 0)) for one in levels_of(audit, feature) if not one.unknown]
            met = [(one, gone) for one, gone in met if gone + one.n > 0]
            rates = {one.id: gone / (gone + one.n) for one, gone in met}
            found = uneven(
                [gone for _, gone in met],
                [gone + one.n for one, gone in met],
                people=[people_of(audit, one) * (gone + one.n) / max(one.n, 1) for one, gone in met],
                looks=looks,
                difference=REJECTED_DIFFERENCE,
                alpha=REJECTED_P,
            )
            if found is not None:
                most, least = met[found.most][0].id, met[found.least][0].id
                yield finding(
                    "DLA452",
                    "warning",
                    most,
                    f"{number(100 * rates[most])} % of rows of {name(most)} were left out ({name(lost.reason)}), "
                    f"against {number(100 * rates[least])} % of {name(least)}: the gaps measured may be those of the "
                    "rows that remain.",
                    evidence={"reason": lost.reason, "rejected": rates, "p_value": found.p_value},
                )


def people_of(audit: Audit, one: Slice) -> float:
    """Independent people behind a slice's rows: as many as its intervals rest on where rows belong to units."""
    if audit.data.unit is None:
        return float(one.n)
    freedom = (m.freedom for m in audit.measurements if m.slice == one.id and m.freedom is not None)
    return 1.0 + max(freedom, default=0.0)


def levels_of(audit: Audit, feature: str) -> list[Slice]:
    """Slices of the levels of one feature."""
    return [one for one in audit.slices if one.by == [feature] and one.id != OVERALL]
