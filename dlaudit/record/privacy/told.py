"""Checks, findings and reasons, in words that tell no hidden figure."""

import re
from collections.abc import Callable

from dlaudit.errors import listed
from dlaudit.record.judged import Check, Finding, NotApplicable, Verdict
from dlaudit.record.measured import OVERALL
from dlaudit.record.privacy import figures
from dlaudit.record.privacy.counts import EVERYTHING, LABELLED
from dlaudit.record.privacy.kept import Kept
from dlaudit.record.suppression import EARLIER_RUN

_MOST_NAMES = 5


def verdict(kept: Kept, given: Verdict) -> Verdict:
    """The same outcome of every check; figures only where everything that was compared is shown."""
    families: dict[str, list[Check]] = {}
    for one in given.checks:
        families.setdefault(one.rule, []).append(one)
    return given.model_copy(update={"checks": [_check(kept, one, families[one.rule]) for one in given.checks]})


def findings(kept: Kept) -> list[Finding]:
    """Findings; those that rest on something hidden say only what they are about, or nothing where that tells it."""
    return [
        one if _may_be_told(kept, one) else _reworded(kept, one)
        for one in kept.audit.findings
        if not _tells_a_size(kept, one)
    ]


def not_applicable(kept: Kept) -> list[NotApplicable]:
    """What was not done, and what is not shown. A reason with figures is left out: it could count people."""
    told = [
        one
        if not re.search(r"\d", one.reason)
        else NotApplicable(what=one.what, reason="the reason has figures, which are not shown")
        for one in kept.audit.not_applicable
    ]
    return [*told, *_not_shown(kept)]


def _check(kept: Kept, one: Check, family: list[Check]) -> Check:
    """The check as it was, where everything that its rule compares is shown.

    The checks of a rule share one error rate, so that the bounds of each rest on the slices of all.
    """
    compared = kept.size(OVERALL) and all(kept.comparison(one.metric, other.by) for other in family)
    if compared and (one.outcome != "undecided" or figures.rejected_as_counted(kept)):
        return one
    features = [sorted(other.by) for other in family]
    hidden = [
        found.id
        for found in kept.audit.slices
        if sorted(found.by) in features and not found.unknown and not kept.metric(one.metric, found.id)
    ]
    named = listed(hidden, most=_MOST_NAMES, quote=False) if hidden and _are_named(kept, hidden) else ""
    which = f"those of {named}" if named else "they"
    reason = (
        f"{one.outcome.capitalize()}, judged on all figures. They are not shown: {which} would tell counts of fewer "
        f"than {kept.least} people."
    )
    keep = {name: getattr(one, name) for name in _SAID_OF_A_RULE}
    return Check.model_validate({**keep, "reason": reason})


_SAID_OF_A_RULE = (
    "rule",
    "metric",
    "kind",
    "by",
    "limit",
    "bound",
    "judge",
    "outcome",
    "waived",
    "waivers",
    "file",
    "line",
    "compare",
    "level",
    "undecided",
    "alpha",
    "contrast",
    "guarantee",
)
"""Fields of a check that say what was asked and what came of it. Any other field is left at its default."""


def _are_named(kept: Kept, hidden: list[str]) -> bool:
    """Whether all of them stand in the suppressed audit, with or without a size."""
    named = {one.id for one in kept.suppression.slices}
    return all(kept.size(name) or name in named for name in hidden)


def _tells_a_size(kept: Kept, one: Finding) -> bool:
    """Whether it is there because a slice has fewer rows than a smallest size that is itself a small count: a slice
    below 2 has one.
    """
    return one.code == "DLA401" and kept.audit.min_size < kept.least


def _may_be_told(kept: Kept, one: Finding) -> bool:
    rule = _SAFE_WHERE.get(one.code)
    return rule is not None and rule(kept, one)


def _always(kept: Kept, one: Finding) -> bool:
    return True


def _overall(kept: Kept, one: Finding) -> bool:
    return kept.levels.get(OVERALL, 0) >= (LABELLED if one.code == "DLA310" else EVERYTHING)


def _its_size(kept: Kept, one: Finding) -> bool:
    named = one.evidence.get("slices", [one.subject])
    return all(kept.size(name) for name in named)


def _its_metrics(kept: Kept, one: Finding) -> bool:
    named = one.evidence.get("slices", [one.subject])
    return all(kept.whole(name) for name in named)


def _its_gap(kept: Kept, one: Finding) -> bool:
    return kept.gap_of(one.subject)


def _as_rejected(kept: Kept, one: Finding) -> bool:
    return figures.rejected_as_counted(kept) and (one.code == "DLA212" or kept.everywhere)


def _many_rows(kept: Kept, one: Finding) -> bool:
    return int(one.evidence.get("rows", 0)) >= kept.least


def _if_nothing_hidden(kept: Kept, one: Finding) -> bool:
    explained = len(figures.attributions(kept)) == len(kept.audit.attributions)
    return kept.everywhere and explained


def _its_split(kept: Kept, one: Finding) -> bool:
    """Whether the split gap that it tells is shown."""
    return _if_nothing_hidden(kept, one) and len(figures.decompositions(kept)) == len(kept.audit.decompositions)


_SAFE_WHERE: dict[str, Callable[[Kept, Finding], bool]] = {
    "DLA210": _always,
    "DLA212": _as_rejected,
    "DLA215": _overall,
    "DLA216": _always,
    "DLA230": _overall,
    "DLA310": _overall,
    "DLA317": _always,
    "DLA401": _its_size,
    "DLA402": _its_metrics,
    "DLA403": _its_gap,
    "DLA404": _always,
    "DLA405": _its_size,
    "DLA418": _if_nothing_hidden,
    "DLA450": _its_gap,
    "DLA451": _if_nothing_hidden,
    "DLA452": _as_rejected,
    "DLA453": _many_rows,
    "DLA454": _always,
    "DLA502": _if_nothing_hidden,
    "DLA504": _always,
    "DLA506": _if_nothing_hidden,
    "DLA507": _always,
    "DLA508": _if_nothing_hidden,
    "DLA509": _always,
    "DLA510": _if_nothing_hidden,
    "DLA511": _its_split,
}
"""Code to the question whether a finding may be told as it is. A code that is not here is never told with figures."""


def _reworded(kept: Kept, one: Finding) -> Finding:
    named = {found.id for found in kept.suppression.slices}
    known = {found.id for found in kept.audit.slices}
    subject = one.subject if one.subject not in known or kept.size(one.subject) or one.subject in named else "a slice"
    return Finding(
        code=one.code,
        severity=one.severity,
        subject=subject,
        message=f"Its figures are not shown: they would tell counts of fewer than {kept.least} people.",
        next_step=f"What it means: `dlaudit explain {one.code}`. Its figures stand in an audit with "
        "report.small_cells = 0, which is not for publication.",
        docs=one.docs,
    )


def _not_shown(kept: Kept) -> list[NotApplicable]:
    """What the suppressed audit lacks, one entry for each kind of thing."""
    audit, least = kept.audit, kept.least
    because = f"it would tell counts of fewer than {least} people, or let them be worked out"
    lacks = [("some slices", sum(not kept.size(one.id) for one in audit.slices))]
    lacks += [("some metrics of some slices", sum(not kept.whole(one.id) for one in audit.slices))]
    lacks += [("rejected rows by reason and slice", not figures.rejected_as_counted(kept))]
    lacks += [("score histograms", len(audit.histograms)), ("calibration bins", len(audit.calibrations))]
    lacks += [("threshold sweeps", len(audit.sweeps)), ("sensitivity bounds", len(audit.sensitivity))]
    lacks += [("attributions of some slices", len(figures.attributions(kept)) < len(audit.attributions))]
    lacks += [("contributions by value", len(audit.swarms)), ("maps of places", len(audit.maps))]
    lacks += [("rows changed by slice", len(figures.data_info(kept).altered) < len(audit.data.altered))]
    lacks += [("decompositions of some gaps", len(figures.decompositions(kept)) < len(audit.decompositions))]
    lacks += [("score mix and calibration of gaps", len(audit.score_mixes)), ("units of layers", len(audit.layers))]
    lacks += [("what explaining was planned to cost", audit.explain_plan is not None)]
    lacks += [("trust in some explanations", len(figures.trust(kept)) < len(audit.trust))]
    lacks += [("some searches for slices", len(figures.discoveries(kept)) < len(audit.discoveries))]
    lacks += [("findings of slices with few rows", any(_tells_a_size(kept, one) for one in audit.findings))]
    lacks += [("the comparison with the base model", audit.against is not None)]
    lacks += [(EARLIER_RUN, audit.baseline is not None)]
    lacks += [("single rows as examples", audit.examples is not None)]
    lacks += [("some probes", len(figures.probes(kept)) < len(audit.probes))]
    found = [NotApplicable(what=f"showing {what}", reason=because) for what, count in lacks if count]
    named = list(dict.fromkeys(one.id for search in audit.discoveries for one in search.found))
    if named:
        what = f"showing figures of discovered slices ({listed(named, most=_MOST_NAMES, quote=False)})"
        found.append(NotApplicable(what=what, reason=f"{because}: they overlap with other slices"))
    return found
