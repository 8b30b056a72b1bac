"""Rules of findings: functions that read the parts of an Audit and say what a reader should know and do next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dlaudit.findings.codes import CODES
from dlaudit.record.audit import Audit
from dlaudit.record.judged import Finding, NotApplicable
from dlaudit.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What a rule may read: the Audit so far, and four things that are seen only while it runs."""

    audit: Audit
    """Everything measured and explained; its own findings are not filled yet."""
    near_threshold: int = 0
    """Rows with a score within 1e-6 of the threshold."""
    dry: dict[str, Any] = field(default_factory=dict)
    """Result of the model's dry run; empty without a model."""
    set_aside: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Feature to text to rows, of texts that were declared to mean not recorded although they say something."""
    apart: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Levels that the configuration compares with none, by feature."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the rules said."""

    findings: list[Finding]
    """Most severe first."""
    not_applicable: list[NotApplicable]
    """Rules that could not be asked, and why."""


Rule = Callable[[Observed], Iterable[Finding | NotApplicable]]

FINDING_RULES: Registry[Rule] = Registry("finding rule")
"""Every rule by the code of what it finds (by the first of them where there are several)."""

_RANK = {"error": 0, "warning": 1, "note": 2}


def finding_rule(code: str) -> Callable[[Rule], Rule]:
    """A decorator that registers a rule under its code."""
    return FINDING_RULES.register(code)


def find(
    audit: Audit,
    *,
    near_threshold: int = 0,
    dry: dict[str, Any] | None = None,
    set_aside: Mapping[str, Mapping[str, int]] | None = None,
    apart: Mapping[str, Sequence[str]] | None = None,
) -> Found:
    """What all rules find in an Audit, most severe first; rules of equal severity keep their order.

    Args:
        audit: The Audit without findings.
        near_threshold: Rows with a score within 1e-6 of the threshold.
        dry: Result of the model's dry run.
        set_aside: Feature to text to rows, of texts that were declared to mean not recorded.
        apart: Levels that the configuration compares with none, by feature.
    """
    observed = Observed(
        audit=audit, near_threshold=near_threshold, dry=dry or {}, set_aside=set_aside or {}, apart=apart or {}
    )
    said = [one for _, rule in FINDING_RULES.items() for one in rule(observed)]
    return Found(
        findings=by_severity([one for one in said if isinstance(one, Finding)]),
        not_applicable=[one for one in said if isinstance(one, NotApplicable)],
    )


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, errors first, then warnings, then notes; of equal severity first what puts the model's scores, and
    with them every gap, in doubt; otherwise in the order given.
    """
    return sorted(findings, key=lambda one: (_RANK[one.severity], one.subject != "model"))


def finding(code: str, severity: str, subject: str, message: str, **rest: Any) -> Finding:
    """A Finding whose documentation link, and next step unless one is given, come from the table of codes.

    Args:
        code: One of `CODES`.
        severity: `error`, `warning` or `note`.
        subject: What it is about.
        message: One or two sentences.
        rest: `next_step` and `evidence`.
    """
    known = CODES[code]
    given = {"next_step": known.fix, "docs": known.docs, **rest}
    return Finding.model_validate({"code": code, "severity": severity, "subject": subject, "message": message, **given})
