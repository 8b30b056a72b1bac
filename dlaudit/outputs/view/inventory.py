"""An organisation's model inventory: many runs on one page, what needs a person first."""

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import BADGES, SIGNS
from dlaudit.outputs.catalogue_inventory import COUNTED, TOLD
from dlaudit.outputs.translate import ngettext
from dlaudit.outputs.view.page import title_of
from dlaudit.outputs.view.verdict import Mini, verdict_view
from dlaudit.outputs.words import Sentence
from dlaudit.record import Audit, Outcome, Verdict

URGENCY: tuple[Outcome, ...] = ("fail", "undecided", "none", "pass")
"""Outcomes in the order in which somebody has to look at them."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the inventory, as it was read."""

    place: str
    """Directory, as given."""
    href: str | None
    """Its report from where the index stands, as a relative URL; None where there is no report.html."""
    audit: Audit | None = None
    """None where it could not be read."""
    verdict: Verdict | None = None
    """Its verdict."""
    fault: str = ""
    """Why it could not be read."""


@dataclass(frozen=True)
class RunRow:
    """One run as a row."""

    title: str
    href: str | None
    place: str
    about: str
    outcome: Outcome
    sign: str
    badge: str
    sentence: Sentence
    gap_label: Sentence
    gap: str
    gap_interval: str
    mini: Mini | None
    decided: str
    findings: str
    started: str


@dataclass(frozen=True)
class Inventory:
    """The page."""

    told: str
    rows: list[RunRow]
    unread: list[tuple[str, str]]
    """Places that hold no readable run, and why."""


def inventory(runs: list[Run]) -> Inventory:
    """All runs, those first that somebody has to look at; among alike ones the newest first."""
    rows = [_row(run, run.audit) for run in runs if run.audit is not None]
    newest = sorted(rows, key=lambda row: (row.started, row.title), reverse=True)
    outcomes = Counter(row.outcome for row in rows)
    counts = ", ".join(_counted(outcomes))
    told = ngettext(*TOLD, len(rows)).format(runs=text.count(len(rows)), counts=counts) if rows else ""
    return Inventory(
        told=told,
        rows=sorted(newest, key=lambda row: URGENCY.index(row.outcome)),
        unread=[(run.place, run.fault) for run in runs if run.audit is None],
    )


def _counted(outcomes: Counter[Outcome]) -> list[str]:
    return [COUNTED[outcome].format(number=text.count(outcomes[outcome])) for outcome in URGENCY if outcomes[outcome]]


def _row(run: Run, audit: Audit) -> RunRow:
    view = verdict_view(audit, run.verdict)
    errors = sum(one.severity == "error" for one in audit.findings)
    return RunRow(
        title=title_of(audit),
        href=run.href,
        place=run.place,
        about=" · ".join(_about(audit)),
        outcome=view.outcome,
        sign=SIGNS[view.outcome],
        badge=BADGES[view.outcome],
        sentence=view.sentence,
        gap_label=view.gap_label,
        gap=view.gap,
        gap_interval=view.gap_interval,
        mini=view.mini,
        decided=view.decided if verdict_checks(run.verdict) else "–",
        findings=_findings_told(len(audit.findings), errors),
        started=audit.provenance.started[:10],
    )


def _findings_told(every: int, errors: int) -> str:
    if not errors:
        return text.count(every)
    counted = ngettext("{all}, {count} error", "{all}, {count} errors", errors)
    return counted.format(all=text.count(every), count=text.count(errors))


def verdict_checks(verdict: Verdict | None) -> int:
    """How many checks were made."""
    return len(verdict.checks) if verdict else 0


def _about(audit: Audit) -> list[str]:
    model = PurePath(audit.model.path).name if audit.model.path else ""
    parts = [model, text.digest(audit.model.sha256), audit.declared.owner, text.rows(audit.data.scored)]
    return [part for part in parts if part and part != text.NONE]
