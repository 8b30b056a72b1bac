"""Rules about images, sound and texts: copies, and what was done to rows of one slice more often than of another."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.slice_rules import association, filled, levels_of
from dlaudit.findings.words import counted, interval, name, names, number
from dlaudit.record.explained import ProbeResult
from dlaudit.record.judged import Finding

OUTSIDE = "attribution outside the mask"
"""The probe of shares outside masks."""
OUTSIDE_DIFFERENCE = 0.05
"""Smallest difference between the shares outside that is told."""
ALTERED_P = 0.001
ALTERED_DIFFERENCE = 0.05
"""Smallest difference between the shares of changed rows that is told."""


@finding_rule("DLA347")
def repeated_media(observed: Observed) -> Iterator[Finding]:
    """Files or texts that several rows hold, above all where those rows differ in slice or label."""
    one = observed.audit.data.repeated
    if one is None:
        return
    across = {feature: items for feature, items in one.across.items() if items}
    told = [f"{items:,} of them in several slices of {name(feature)}" for feature, items in across.items()]
    told += [f"{one.other_labels:,} of them with different labels"] if one.other_labels else []
    yield finding(
        "DLA347",
        "warning" if told else "note",
        "data",
        f"{counted(one.rows, 'row')} hold files or texts that other rows hold, too: "
        f"{names([f'{one.items:,} different', *told])}. Copies count as so many people.",
        evidence={"items": one.items, "rows": one.rows, "across": one.across, "other_labels": one.other_labels},
    )


@finding_rule("DLA360")
def altered_unevenly(observed: Observed) -> Iterator[Finding]:
    """Rows changed far more often in one slice than in another (chi-square test, and by at least 5 in 100)."""
    audit = observed.audit
    for change in audit.data.altered:
        for feature in audit.data.sensitive:
            levels = [one for one in levels_of(audit, feature) if not one.unknown]
            table = [(done := change.by_slice.get(one.id, 0), max(0, one.n - done)) for one in levels]
            table, ids = filled(table, [one.id for one in levels])
            if len(table) < 2 or not any(row[0] for row in table) or not any(row[1] for row in table):
                continue
            shares = [done / (done + left) for done, left in table]
            p_value = association(table)
            if max(shares) - min(shares) >= ALTERED_DIFFERENCE and p_value < ALTERED_P:
                most, least = shares.index(max(shares)), shares.index(min(shares))
                yield finding(
                    "DLA360",
                    "warning",
                    ids[most],
                    f"{number(100 * shares[most])} % of rows of {name(ids[most])} were changed on the way to the model "
                    f"({name(change.what)}), against {number(100 * shares[least])} % of {name(ids[least])}: a gap may "
                    "come from that.",
                    evidence={
                        "what": change.what,
                        "changed": dict(zip(ids, shares, strict=True)),
                        "p_value": p_value,
                    },
                )


@finding_rule("DLA513")
def outside_the_object(observed: Observed) -> Iterator[Finding]:
    """Slices whose contributions lie outside the object's mask more than those of the largest slice, or less."""
    seen: dict[str, Finding] = {}
    for one in observed.audit.probes:
        if one.probe != OUTSIDE or one.subject in seen or abs(one.value) < OUTSIDE_DIFFERENCE:
            continue
        detail = one.detail
        if detail["adds_up"] == "no" or detail["p_adjusted"] is None or detail["p_adjusted"] >= 0.05:
            continue
        first, second = name(str(detail["slice"])), name(str(detail["reference"]))
        shares, areas = detail["shares"], detail["areas"]
        seen[one.subject] = finding(
            "DLA513",
            "warning",
            str(detail["slice"]),
            f"{number(100 * shares[0])} % of the absolute contributions by {name(str(detail['method']))} lie outside "
            f"the object for {first}, {number(100 * shares[1])} % for {second} (difference "
            f"{interval(one.low, one.high)}). Of the pictures themselves {number(100 * areas[0])} % and "
            f"{number(100 * areas[1])} % are outside.{_other_way(observed, one)}",
            evidence={"difference": one.value, "low": one.low, "high": one.high, **detail},
        )
    yield from seen.values()


def _other_way(observed: Observed, found: ProbeResult) -> str:
    """Methods that see the difference the other way round, in a sentence with a leading blank."""
    others = [
        str(one.detail["method"])
        for one in observed.audit.probes
        if one.probe == OUTSIDE and one.subject == found.subject and one.value * found.value < 0
    ]
    return f" {names(others)} {'see' if len(others) > 1 else 'sees'} it the other way round." if others else ""
