"""What readers must be told of the policy: what is waived, and what is wrong with the policy itself."""

from dlaudit.findings import by_severity
from dlaudit.outputs import text
from dlaudit.outputs.checks import waivers_told
from dlaudit.outputs.translate import N_, _
from dlaudit.outputs.words import Name, Prose, Sentence, filled
from dlaudit.record import Audit, Finding, Verdict
from dlaudit.record.accepted import ABOUT_COMPARISON

NOT_JUDGED = N_("Rules were given, but none of level error was judged: exit code 0 does not say that they hold.")
"""What machines that look at the exit code alone must be told beside it."""
NOT_HELD = N_(
    "A baseline was accepted and no rule holds this run against it: exit code 0 does not say that nothing got worse."
)
"""The same of a baseline that brings no rule, as that of a regression."""
MOST_WAIVED = 5
"""Waived checks that a summary names."""


def all_findings(audit: Audit, verdict: Verdict | None) -> list[Finding]:
    """Findings about the policy and about the audit, the most severe first."""
    return by_severity([*(verdict.findings if verdict else []), *audit.findings])


def none_judged(verdict: Verdict | None) -> bool:
    """Whether there are rules, and none that can fail the gate was judged: then nothing passed and nothing failed."""
    return verdict is not None and verdict.outcome == "none" and bool(verdict.checks)


def nothing_judged(audit: Audit, verdict: Verdict | None) -> str:
    """What must be told beside exit code 0 because nothing stands behind it; empty where something does."""
    if none_judged(verdict):
        return _(NOT_JUDGED)
    brings_none = audit.baseline is not None and audit.baseline.accepted and audit.baseline.not_applicable
    return _(NOT_HELD) if brings_none and not (verdict and verdict.checks) else ""


def waived_told(verdict: Verdict | None) -> list[Sentence]:
    """One line for each rule with waived checks and what waives them: why, who answers for it and until when."""
    waived = [one for one in verdict.checks if one.waived] if verdict else []
    told = list(dict.fromkeys((one.rule, waivers_told(one.waivers)) for one in waived))
    lines = [filled(_("{rule}: {waivers}"), rule=Name(rule), waivers=(Prose(one),)) for rule, one in told[:MOST_WAIVED]]
    more = len(told) - len(lines)
    return [*lines, filled(_("{count} more, which the report has"), count=text.count(more))] if more else lines


def baseline_findings(audit: Audit) -> list[Finding]:
    """Findings on what keeps the accepted baseline from being held against the run."""
    return [one for one in audit.findings if one.code in ABOUT_COMPARISON]


def policy_findings(audit: Audit, verdict: Verdict | None) -> list[Finding]:
    """Findings about the policy, and about the baseline that brings rules to it."""
    return by_severity([*(verdict.findings if verdict else []), *baseline_findings(audit)])


def policy_doubts(audit: Audit, verdict: Verdict | None) -> list[Finding]:
    """Findings about the policy and its baseline that a summary must not leave out: all but notes.

    Of one severity those of the baseline come first: they are of this run, what was loosened stands there every day.
    """
    found = sorted(policy_findings(audit, verdict), key=lambda one: one.code not in ABOUT_COMPARISON)
    return [one for one in by_severity(found) if one.severity != "note"]
