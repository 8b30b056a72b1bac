"""Rules about images, sound and texts: copies, and what was done to rows of one slice more often than of another."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.slice_rules import levels_of, people_of
from dlaudit.findings.uneven import uneven
from dlaudit.findings.words import counted, interval, name, names, number
from dlaudit.record.explained import ProbeResult
from dlaudit.record.judged import Finding

OUTSIDE = "attribution outside the mask"
"""The probe of shares outside masks."""
OUTSIDE_DIFFERENCE = 0.05
"""Smallest difference between the shares outside that is told."""
ALTERED_P = 0.001
"""Error rate of all changes and features together."""
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
    """Rows changed far more often in one slice than in another (exact tests of all pairs, and by at least 5 in 100)."""
    audit = observed.audit
    looks = len(audit.data.altered) * len(audit.data.sensitive)
    for change in audit.data.altered:
        for feature in audit.data.sensitive:
            levels = [one for one in levels_of(audit, feature) if not one.unknown and one.n > 0]
            done = [min(one.n, change.by_slice.get(one.id, 0)) for one in levels]
            shares = {one.id: times / one.n for one, times in zip(levels, done, strict=True)}
            found = uneven(
                done,
                [one.n for one in levels],
                people=[people_of(audit, one) for one in levels],
                looks=looks,
                difference=ALTERED_DIFFERENCE,
                alpha=ALTERED_P,
            )
            if found is not None:
                most, least = levels[found.most].id, levels[found.least].id
                yield finding(
                    "DLA360",
                    "warning",
                    most,
                    f"{number(100 * shares[most])} % of rows of {name(most)} were changed on the way to the model "
                    f"({name(change.what)}), against {number(100 * shares[least])} % of {name(least)}: a gap may "
                    "come from that.",
                    evidence={"what": change.what, "changed": shares, "p_value": found.p_value},
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
