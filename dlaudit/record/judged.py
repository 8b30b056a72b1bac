"""Findings and the verdict."""

from typing import Any, Literal

from pydantic import Field

from dlaudit.record.base import Record

Outcome = Literal["pass", "fail", "undecided", "none"]


class Finding(Record):
    """A coded statement about the audit, with its evidence and a next step."""

    code: str
    """`DLA` and three digits."""
    severity: Literal["error", "warning", "note"]
    """How much it matters."""
    subject: str
    """What it is about: a slice id, a rule, a feature."""
    message: str
    """One or two sentences in plain language."""
    next_step: str
    """What a reader can do about it."""
    evidence: dict[str, Any] = Field(default_factory=dict)
    """The figures behind it."""
    docs: str | None = None
    """Where it is explained, relative to the documentation's root."""


class NotApplicable(Record):
    """Something that was not done, and why; nothing vanishes silently."""

    what: str
    """What was not done."""
    reason: str
    """Why not."""


class Waived(Record):
    """A waiver of the policy that covers a check."""

    reason: str
    """Why the check may fail for now."""
    owner: str
    """Who answers for it."""
    expires: str
    """The last day on which it holds, as 2026-12-31."""
    slices: list[str] = Field(default_factory=list)
    """Ids of the slices that it is limited to; empty where it covers the whole check."""
    file: str | None = None
    """File of the policy that it stands in."""
    line: int | None = None
    """Line of that file."""


class Check(Record):
    """One rule judged on one sensitive feature (or intersection)."""

    rule: str
    """Id of the rule."""
    metric: str
    """Name of the metric."""
    kind: Literal["difference", "ratio", "value"]
    """`difference` or `ratio` over slices; `value` for a floor or ceiling on every slice."""
    by: list[str]
    """Features whose levels are compared."""
    limit: float
    """The rule's limit."""
    bound: Literal["min", "max"]
    """Whether `limit` is a floor or a ceiling."""
    judge: Literal["exact", "interval", "point"]
    """How it was judged; `point` is a screen without error rates."""
    outcome: Outcome
    """The verdict of this check."""
    observed: float | None = None
    """Point estimate; None where undefined."""
    low: float | None = None
    """Lower end of the interval of the most extreme value: a limit of those that fail and pass, where they exist."""
    high: float | None = None
    """Upper end of it."""
    reason: str
    """One sentence in plain language: what was found and what it means for the rule."""
    rows_needed: int | None = None
    """Rows of the blocking slice that would decide, if the estimates held; None where decided or not estimable."""
    waived: bool = False
    """Whether a waiver covers the check."""
    level: Literal["error", "warning", "note"] = "error"
    """How much the rule counts."""
    undecided: Literal["error", "warning", "ignore"] = "error"
    """How much an undecided check counts."""
    alpha: float = 0.05
    """Error rate of a wrong FAIL of any check of the rule, and of a wrong PASS of this one."""
    contrast: Literal["pairs", "reference", "rest", "each"] = "pairs"
    """What was compared: every pair of slices, each with a reference, each with all the others together (the default of
    an intersection), or each with the limit."""
    guarantee: str = ""
    """`finite-sample`, `asymptotic` or `none (point screen)`."""
    worst: str | None = None
    """Id of the slice that blocks or breaks the rule."""
    reference: str | None = None
    """Id of the slice it was compared with."""
    assessed: list[str] = Field(default_factory=list)
    """Slices that a PASS speaks about."""
    fails_up_to: float | None = None
    """The widest limit with which these data would fail: the largest of a difference or a ceiling, the smallest of a
    ratio or a floor. None where no limit fails, or none was looked for."""
    passes_from: float | None = None
    """The tightest limit with which these data would pass for the slices in `assessed`: the smallest of a difference or
    a ceiling, the largest of a ratio or a floor. None where no limit passes, or none was looked for."""
    not_assessed: list[str] = Field(default_factory=list)
    """Slices that are too small for a PASS to speak about, by the rule's scope, or undefined."""
    waivers: list[Waived] = Field(default_factory=list)
    """Waivers that are about this check and hold. It is `waived` where they cover all that keeps it from passing."""
    file: str | None = None
    """File of the policy that the rule stands in; None for a rule of the command line or the Python API."""
    line: int | None = None
    """Line of that file."""
    compare: Literal["baseline"] | None = None
    """`baseline` where the limit is on how much worse a figure got since the earlier run (`max_drop`)."""


class Verdict(Record):
    """The whole policy's outcome."""

    outcome: Outcome
    """`none` where no rule was given: not judged."""
    checks: list[Check] = Field(default_factory=list)
    """One per rule and feature."""
    sentence: str = ""
    """The verdict in one plain sentence."""
    error_bound: str = ""
    """What the error rates of the checks add up to, in one sentence."""
    findings: list[Finding] = Field(default_factory=list)
    """What is to be said of the policy itself: waivers that expired or cover nothing, inherited rules that were
    loosened, what a profile asks for and the audit does not have."""
    judged_on: str | None = None
    """Day (UTC) by which waivers were judged, as 2026-12-31; None where the policy has none, as no verdict then depends
    on the day."""
    profiles: list[str] = Field(default_factory=list)
    """Profiles that the policy includes."""
