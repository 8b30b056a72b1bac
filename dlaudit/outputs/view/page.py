"""The whole page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import BADGES, LIMITS, SECTIONS, TITLE
from dlaudit.outputs.catalogue_base import SINCE_ACCEPTED
from dlaudit.outputs.leads import leads
from dlaudit.outputs.nouns import nouns
from dlaudit.outputs.overrides import Added
from dlaudit.outputs.translate import _, ngettext
from dlaudit.outputs.view.about import (
    Facts,
    FindingView,
    Loss,
    Second,
    data_facts,
    findings,
    least_told,
    losses,
    model_facts,
    run_facts,
    seconds_calculated,
)
from dlaudit.outputs.view.against import AgainstView, against
from dlaudit.outputs.view.altered import AlteredView, altered
from dlaudit.outputs.view.base import BaseView, base, has_base
from dlaudit.outputs.view.calibration import CalibrationView, calibration
from dlaudit.outputs.view.crossed import crossed
from dlaudit.outputs.view.examples import ExamplesView, examples
from dlaudit.outputs.view.explore import Explore, explore
from dlaudit.outputs.view.found import Found, found
from dlaudit.outputs.view.gap_parts import Gaps
from dlaudit.outputs.view.gaps import gaps
from dlaudit.outputs.view.intersections import Heats, Intersections, intersections
from dlaudit.outputs.view.run_name import run_name
from dlaudit.outputs.view.sensitivity import SensitivityView, sensitivity
from dlaudit.outputs.view.standards import Standards, standards
from dlaudit.outputs.view.swarm import Swarm, swarm
from dlaudit.outputs.view.terms import Term, terms
from dlaudit.outputs.view.thresholds import Thresholds, thresholds
from dlaudit.outputs.view.trust import TrustView, trust
from dlaudit.outputs.view.verdict import VerdictView, verdict_view
from dlaudit.outputs.view.why import Why, why
from dlaudit.outputs.words import Sentence
from dlaudit.record import Audit, Guess, NotApplicable, Verdict


@dataclass(frozen=True)
class Section:
    """One section: anchor, heading, the question that it answers, and whether it has anything to show."""

    id: str
    title: str
    question: str
    ran: bool
    template: str
    """File of its template."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that the template places."""

    title: str
    document_title: str
    meta: str
    footer: str
    run_name: str
    """Name of the run, which stands on every printed page."""
    sections: dict[str, Section]
    leads: dict[str, Sentence]
    """What a section found, by its id."""
    verdict: VerdictView
    gaps: Gaps
    crossed: list[Heats]
    intersections: Intersections
    why: Why
    trust: TrustView
    found: Found
    thresholds: Thresholds
    explore: Explore | None
    swarm: Swarm | None
    calibration: CalibrationView
    sensitivity: SensitivityView
    examples: ExamplesView
    against: AgainstView
    base: BaseView
    findings: list[FindingView]
    standards: Standards
    data: Facts
    losses: list[Loss]
    altered: AlteredView
    guesses: list[Guess]
    model: Facts
    run: Facts
    seconds: list[Second]
    skipped: list[NotApplicable]
    limits: tuple[str, ...]
    terms: list[Term]
    min_size: str
    rows: str
    """What rows are called, at the head of a column."""


def page(audit: Audit, verdict: Verdict | None, added: Sequence[Added] = ()) -> Page:
    """The page of an audit and its verdict, with the sections that an organisation added."""
    shown_gaps, combined, by_level = gaps(audit, verdict), intersections(audit, verdict), crossed(audit)
    explained, trusted = why(audit, verdict), trust(audit)
    searched, swept, calibrated, doubted = (
        found(audit),
        thresholds(audit),
        calibration(audit),
        sensitivity(audit, verdict),
    )
    ran = {
        "gaps": bool(shown_gaps.first),
        "intersections": bool(by_level or combined.first or combined.listed),
        "why": explained.ran,
        "trust": trusted.ran,
        "found": bool(searched.searches),
        "thresholds": bool(swept.first or swept.sweeps),
        "calibration": bool(calibrated.first),
        "sensitivity": bool(doubted.first or doubted.more),
        "examples": audit.examples is not None,
        "base": audit.baseline is not None,
    }
    title = title_of(audit)
    sections = dict(_sections(audit, ran, added))
    return Page(
        title=title,
        document_title=f"{BADGES[verdict.outcome if verdict else 'none']} – {text.name(title, limit=120)} – dlaudit",
        meta=_meta(audit),
        footer=text.name(audit.provenance.dlaudit),
        run_name=run_name(audit),
        sections=sections,
        leads=leads(audit, verdict),
        verdict=verdict_view(audit, verdict),
        gaps=shown_gaps,
        crossed=by_level,
        intersections=combined,
        why=explained,
        trust=trusted,
        found=searched,
        thresholds=swept,
        explore=explore(audit),
        swarm=swarm(audit),
        calibration=calibrated,
        sensitivity=doubted,
        examples=examples(audit),
        against=against(audit),
        base=base(audit, verdict),
        findings=findings(audit, verdict),
        standards=standards(audit, list(sections), verdict),
        data=data_facts(audit),
        losses=losses(audit),
        altered=altered(audit),
        guesses=audit.guesses,
        model=model_facts(audit),
        run=run_facts(audit),
        seconds=seconds_calculated(audit),
        skipped=audit.not_applicable,
        limits=tuple(_(one) for one in LIMITS),
        terms=terms(audit),
        min_size=least_told(audit),
        rows=nouns(audit).rows.capitalize(),
    )


def _sections(audit: Audit, ran: dict[str, bool], added: Sequence[Added]) -> Iterator[tuple[str, Section]]:
    asked = {"against": audit.against is not None, "base": has_base(audit)}  # only where there is something to compare
    accepted = audit.baseline is not None and audit.baseline.accepted is not None
    for key, titles in SECTIONS.items():
        title, question = SINCE_ACCEPTED if key == "base" and accepted else titles
        if asked.get(key, True):
            yield key, Section(key, _(title), _(question), ran.get(key, True), f"sections/{key}.html.j2")
        for own in added:
            if own.after == key:
                yield own.id, Section(own.id, own.title, own.question, True, own.template)


def title_of(audit: Audit) -> str:
    """The audit's title, or `Audit of MODEL on DATA` by file name."""
    if audit.title:
        return audit.title
    unnamed = _("given scores") if audit.model.format == "scores" else _("a model in memory")
    model = PurePath(audit.model.path).name if audit.model.path else unnamed
    data = PurePath(audit.data.path).name if audit.data.path else _("given rows")
    return _(TITLE).format(model=model, data=data)


def _meta(audit: Audit) -> str:
    count, pairs = text.count(audit.data.scored), audit.data.pairs
    if pairs is None:
        rows = ngettext("{count} row", "{count} rows", audit.data.scored).format(count=count)
    else:
        rows = _("{pairs} pairs of {people} people").format(pairs=count, people=text.count(pairs.identities))
    parts = [rows, audit.model.task]
    if audit.model.threshold is not None:
        parts.append(_("decision: score ≥ {threshold}").format(threshold=text.given(audit.model.threshold)))
    parts += [text.moment(audit.provenance.started), f"dlaudit {audit.provenance.dlaudit}"]
    return " · ".join(part for part in parts if part)
