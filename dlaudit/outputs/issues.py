"""What is wrong with an audit, one entry for each check that is open and each finding about the policy
or its baseline.

SARIF, GitLab's code quality and GitHub's annotations are three ways of writing the same list: the worst first, each
with the place of its rule, a text in which data can do no harm, and a fingerprint that stays from run to run.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import BADGES
from dlaudit.outputs.checks import CONFIG, Level, level_of, open_checks, titled, told
from dlaudit.outputs.identity import check_parts, distinct, fingerprint, rule_ids
from dlaudit.outputs.policy_told import policy_findings
from dlaudit.record import Audit, Check, Finding, Verdict

LONGEST_NAME = 200
"""Characters of a name; GitHub shows 255 of a rule's."""
_LEVELS: tuple[Level, ...] = ("error", "warning", "note", "none")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a rule or a waiver stands, by a path from the root of the repository."""

    file: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One entry of the list."""

    rule: str
    """Name of the rule, or code of the finding; the same in every run."""
    title: str
    """What it is about, in a few words without numbers."""
    state: Literal["fail", "undecided", "finding"]
    """Whether a limit is broken, a check is open, or something is to be said of the policy."""
    level: Level
    """How much it counts now; `none` where it is waived or may be undecided."""
    told: str
    """The whole of it in one line."""
    place: Place
    """Where the rule stands; the first line of dlaudit.toml where it stands in no file."""
    fingerprint: str
    """Equal in two runs for the same check, whatever its numbers."""
    check: Check | None = None
    """The check; None for a finding."""
    finding: Finding | None = None
    """The finding; None for a check."""


def issues(audit: Audit, verdict: Verdict | None) -> list[Issue]:
    """Open checks and findings about the policy, the most serious first."""
    checks, findings = open_checks(verdict), policy_findings(audit, verdict)
    ids = rule_ids(verdict.checks if verdict else [])
    parts = [check_parts(one, ids[one.rule]) for one in checks]
    parts += [(one.code, one.subject) for one in findings]
    prints = [fingerprint(*names) for names in distinct(parts)]
    found = [_of_check(audit, one, ids[one.rule], mark) for one, mark in zip(checks, prints, strict=False)]
    found += [_of_finding(one, mark) for one, mark in zip(findings, prints[len(checks) :], strict=True)]
    return sorted(found, key=lambda one: (_LEVELS.index(one.level), one.state == "undecided", one.state == "finding"))


def place_of(file: object, line: object) -> Place:
    """Where something stands in the repository; what lies outside it is told by its name alone."""
    if not isinstance(file, str) or not file:
        return Place(file=CONFIG, line=1)
    path = PurePosixPath(file.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts
    return Place(
        file=(path.name if outside else str(path)) or CONFIG, line=max(1, line) if isinstance(line, int) else 1
    )


def named(name: str) -> str:
    """A name whose data can do no harm, on one line."""
    return text.line(text.name(name, limit=LONGEST_NAME))


def _of_check(audit: Audit, check: Check, rule: str, mark: str) -> Issue:
    return Issue(
        rule=rule,
        title=f"{BADGES[check.outcome]}: {text.name(titled(check), limit=LONGEST_NAME)}",
        state="fail" if check.outcome == "fail" else "undecided",
        level=level_of(check),
        told=told(audit, check),
        place=place_of(check.file, check.line),
        fingerprint=mark,
        check=check,
    )


def _of_finding(finding: Finding, mark: str) -> Issue:
    return Issue(
        rule=finding.code,
        title=f"{named(finding.code)}: {text.name(finding.subject, limit=LONGEST_NAME)}",
        state="finding",
        level=finding.severity,
        told=f"{text.prose(finding.message)} {text.prose(finding.next_step)}",
        place=place_of(finding.evidence.get("file"), finding.evidence.get("line")),
        fingerprint=mark,
        finding=finding,
    )
