"""A rule about the levels of sensitive features: characters that cannot be seen."""

from collections.abc import Iterator

from dlaudit.errors import shown
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import name
from dlaudit.record.judged import Finding


@finding_rule("DLA317")
def odd_levels(observed: Observed) -> Iterator[Finding]:
    """Levels with control, zero-width or bidirectional characters: two that look alike may be two slices."""
    for one in observed.audit.slices:
        if one.kind != "group":
            continue
        level = one.where[one.by[0]]
        if shown(level, limit=10_000, quote=False) != level:
            yield finding(
                "DLA317",
                "warning",
                one.id,
                f"The level {name(one.id)} has characters that cannot be seen.",
                evidence={"level": shown(level, limit=200, quote=False)},
            )
