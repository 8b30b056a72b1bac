"""Rules about slices: too small, undefined, alone, not recorded, lost on the way."""

from collections.abc import Iterable, Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import counted, name, names, number
from dlaudit.record.audit import Audit
from dlaudit.record.judged import Finding
from dlaudit.record.measured import OVERALL, Slice

UNKNOWN_SHARE = 0.10
"""More rows than this of unknown level are worth a warning."""
REJECTED_P = 0.001
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
    """Rows rejected far more often in one slice than in another (chi-square test, and by at least 1 in 100)."""
    audit = observed.audit
    for lost in audit.data.rejected:
        for feature in audit.data.sensitive:
            levels = [one for one in levels_of(audit, feature) if not one.unknown]
            table = [(lost.by_slice.get(one.id, 0), one.n) for one in levels]
            table, ids = filled(table, [one.id for one in levels])
            if len(table) < 2 or not any(row[0] for row in table):
                continue
            rates = [gone / (gone + kept) for gone, kept in table]
            p_value = association(table) if any(row[1] for row in table) else 1.0
            if max(rates) - min(rates) >= REJECTED_DIFFERENCE and p_value < REJECTED_P:
                most, least = rates.index(max(rates)), rates.index(min(rates))
                yield finding(
                    "DLA452",
                    "warning",
                    ids[most],
                    f"{number(100 * rates[most])} % of rows of {name(ids[most])} were left out "
                    f"({name(lost.reason)}), against {number(100 * rates[least])} % of {name(ids[least])}: the gaps "
                    "measured may be those of the rows that remain.",
                    evidence={
                        "reason": lost.reason,
                        "rejected": dict(zip(ids, rates, strict=True)),
                        "p_value": p_value,
                    },
                )


def filled(table: Iterable[tuple[int, int]], ids: list[str]) -> tuple[list[tuple[int, int]], list[str]]:
    """Rows of the table with anybody in them, and their slices."""
    kept = [(row, slice_id) for row, slice_id in zip(table, ids, strict=True) if sum(row) > 0]
    return [row for row, _ in kept], [slice_id for _, slice_id in kept]


def levels_of(audit: Audit, feature: str) -> list[Slice]:
    """Slices of the levels of one feature."""
    return [one for one in audit.slices if one.by == [feature] and one.id != OVERALL]


def association(table: list[tuple[int, int]]) -> float:
    """P-value of the chi-squared test with Yates' correction."""
    from scipy.stats import chi2_contingency  # 0.6 s to import, and seldom needed

    return float(chi2_contingency(table, correction=True).pvalue)
