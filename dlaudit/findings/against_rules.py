"""Rules about a base model: gaps that its fine-tuning brought or widened."""

from collections.abc import Iterator

from dlaudit.findings.few import first_few
from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import interval, name, number
from dlaudit.record.against import GapChange
from dlaudit.record.judged import Finding

MOST_TOLD = 4
WORTH = 0.01
"""Smallest change of a rate that is told."""


@finding_rule("DLA470")
def created(observed: Observed) -> Iterator[Finding]:
    """Gaps that the audited model has and its base is not shown to have, and gaps that turned round."""
    found = [_told("DLA470", one, _before(one)) for one in _with(observed, "created", "reversed")]
    yield from first_few(found, MOST_TOLD, ("gap", "Also created"), "the section on the base in the report")


@finding_rule("DLA471")
def grown(observed: Observed) -> Iterator[Finding]:
    """Gaps that both models have and that are shown to be wider in the audited one."""
    found = [_told("DLA471", one, "it has grown") for one in _with(observed, "grown")]
    yield from first_few(found, MOST_TOLD, ("gap", "Also grown"), "the section on the base in the report")


def _with(observed: Observed, *statuses: str) -> list[GapChange]:
    """Changes of those statuses that are worth telling, the largest first."""
    against = observed.audit.against
    changes = against.changes if against is not None else []
    told = [one for one in changes if one.status in statuses and abs(one.change.value) >= WORTH]
    return sorted(told, key=lambda one: -abs(one.change.value))


def _before(one: GapChange) -> str:
    if one.status == "reversed":
        return "it goes the other way than the base's"
    return f"the base's may be none ({interval(one.base.low, one.base.high)})"


def _told(code: str, one: GapChange, how: str) -> Finding:
    return finding(
        code,
        "warning",
        one.slice,
        f"{name(one.metric)} of {name(one.slice)} minus {name(one.reference)} was {number(one.base.value)} in the base "
        f"and is {number(one.tuned.value)} in the audited model: {how}. The change on the same rows is "
        f"{number(one.change.value)} ({interval(one.change.low, one.change.high)}).",
        evidence={
            "metric": one.metric,
            "slices": [one.slice, one.reference],
            "base": one.base.value,
            "tuned": one.tuned.value,
            "change": one.change.value,
            "low": one.change.low,
            "high": one.change.high,
            "p_adjusted": one.change.p_adjusted,
        },
    )
