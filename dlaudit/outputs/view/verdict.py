"""The verdict: a badge, a sentence, three numbers and the checks."""

from dataclasses import dataclass, replace

from dlaudit.outputs import text
from dlaudit.outputs.bounds import guarantee_told, left_out, more_bounds
from dlaudit.outputs.catalogue import BADGES, COUNTED, KINDS, LEVELS, RESULTS, SIGNS, TEXT
from dlaudit.outputs.catalogue_methods import STATES
from dlaudit.outputs.drop_sentences import head_told, interval_told, is_drop
from dlaudit.outputs.gap_sentences import Gap, allowed, drop_in_people, end_of, gap_of, in_people, observed
from dlaudit.outputs.head_why import believed, why_told
from dlaudit.outputs.nouns import nouns
from dlaudit.outputs.sentences import (
    also,
    example_rule,
    headline,
    headline_check,
    headline_gap,
    severity,
)
from dlaudit.outputs.translate import _, ngettext
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.words import Name, Sentence, filled, label, plain, said, words
from dlaudit.record import Audit, Check, Outcome, Verdict


@dataclass(frozen=True)
class Mini:
    """A small drawing of one gap, its interval and what is allowed."""

    state: str
    x: str
    x1: str | None
    x2: str | None
    band: tuple[str, str] | None
    even: str | None
    """Place of no gap at all."""


@dataclass(frozen=True)
class CheckRow:
    """One check as a row."""

    rule: str
    by: str
    outcome: str
    sign: str
    word: str
    observed: str
    interval: str
    limit: str
    reason: str
    scope: str
    needs: str
    level: str
    about: Sentence
    """By what, by whom and how strictly it was judged."""
    judge: str
    waived: bool
    bounds: Sentence
    """Which other limits these data would fail and pass, unless the reason says so."""
    guarantee: str
    left_out: Sentence
    """The slices that no pass speaks about."""


@dataclass(frozen=True)
class Belief:
    """Whether what explains the gap can be believed."""

    state: str
    sign: str
    sentence: Sentence


@dataclass(frozen=True)
class VerdictView:
    """The head of the report."""

    outcome: Outcome
    badge: str
    sign: str
    sentence: Sentence
    also: list[Sentence]
    why: Sentence
    """Through which inputs the first gap goes."""
    belief: Belief
    gap_label: Sentence
    gap_head: Sentence
    """What stands over the figure: that it is the largest gap, or what got worse since an earlier run."""
    gap: str
    gap_interval: str
    mini: Mini | None
    heads_of: str
    """`In people`, or what the rows are."""
    people: str | None
    people_told: Sentence
    """Empty where the figure is no gap between two slices and its slice is not known: nothing is said of people."""
    decided: str
    decided_told: str
    checks: list[CheckRow]
    error_bound: str
    example: str
    """A rule that could be given where none was."""


def verdict_view(audit: Audit, verdict: Verdict | None) -> VerdictView:
    """The verdict as the page's head shows it."""
    outcome: Outcome = verdict.outcome if verdict else "none"
    check = headline_check(verdict)
    gap = headline_gap(audit, verdict)
    is_change = check is not None and check.compare is not None
    heads, people_told = drop_in_people(audit, check) if check and is_change else in_people(audit, gap)
    checks = sorted(verdict.checks, key=severity) if verdict else []
    return VerdictView(
        outcome=outcome,
        badge=BADGES[outcome],
        sign=SIGNS[outcome],
        sentence=headline(audit, verdict),
        also=also(audit, verdict),
        why=why_told(audit, verdict),
        belief=_belief(audit, verdict),
        gap_label=_gap_label(gap),
        gap_head=_gap_head(audit, check, gap),
        gap=(_check_figures(check)[0] if check else observed(gap, None)) if gap else text.NONE,
        gap_interval=_interval_told(gap, check),
        mini=_mini(gap, check) if gap else None,
        heads_of=_("In {rows}").format(rows=nouns(audit).heads),
        people=heads,
        people_told=people_told,
        decided=_decided(verdict),
        decided_told=_decided_told(audit, verdict),
        checks=[check_row(one, audit) for one in checks],
        error_bound=text.prose(verdict.error_bound) if verdict else "",
        example=example_rule(audit),
    )


def _belief(audit: Audit, verdict: Verdict | None) -> Belief:
    state, sentence = believed(audit, verdict)
    return Belief(state, STATES[state][0], sentence)


def check_row(check: Check, audit: Audit | None = None) -> CheckRow:
    """One check in figures; with the audit, the slices it leaves out are told with their sizes."""
    gap = gap_of(check)
    every = len(check.assessed) + len(check.not_assessed)
    partial = check.outcome == "pass" and bool(check.not_assessed)
    scope = said("pass_for", assessed=text.count(len(check.assessed)), all=text.count(every)) if partial else ()
    needs = said("needs", rows=text.count(check.rows_needed)) if check.rows_needed else ()
    sign, figures = "≥" if check.bound == "min" else "≤", _check_figures(check)
    return CheckRow(
        rule=check.rule,
        by=" & ".join(check.by),
        outcome=check.outcome,
        sign=SIGNS[check.outcome],
        word=RESULTS[check.outcome] or BADGES["none"],
        observed=figures[0],
        interval=figures[1],
        limit=f"{sign} {allowed(gap, check.limit)}{_unit(gap)}",
        reason=check.reason,
        scope=plain(scope),
        needs=plain(needs),
        level=check.level,
        about=_about(check),
        judge=check.judge,
        waived=check.waived,
        bounds=more_bounds(check),
        guarantee=guarantee_told(check),
        left_out=left_out(audit, check) if audit else (),
    )


def _check_figures(check: Check) -> tuple[str, str]:
    """What was observed and its interval; what got better since an earlier run is said to have."""
    gap = gap_of(check)
    if check.compare is None:
        return observed(gap, check.limit), text.span(check.low, check.high, lambda value: end_of(gap, value))
    interval = interval_told(check.low, check.high, lambda value: end_of(gap, value))
    if gap.value is None or gap.value >= 0:
        return observed(gap, check.limit), interval
    size = observed(replace(gap, value=-gap.value), None)
    return _("better by {value}").format(value=size), interval


def _about(check: Check) -> Sentence:
    how = f"{check.judge}, {LEVELS[check.level]}"
    return filled(_("by {features}, {how}"), features=Name(" & ".join(check.by)), how=how) if check.by else (how,)


def _unit(gap: Gap) -> str:
    return text.points_unit() if gap.kind == "difference" and words(gap.metric).rate else ""


def _gap_label(gap: Gap | None) -> Sentence:
    if gap is None:
        return ()
    return label(gap.metric) if gap.kind == "value" else (*label(gap.metric), ", ", KINDS[gap.kind])


def _gap_head(audit: Audit, check: Check | None, gap: Gap | None) -> Sentence:
    named = _gap_label(gap)
    if check is not None and check.compare is not None:
        return head_told(audit, check, label(check.metric) if is_drop(check) else named)
    return (TEXT["largest_gap"], ": ", *named) if named else (TEXT["largest_gap"],)


def _interval_told(gap: Gap | None, check: Check | None) -> str:
    if gap is None:
        return ""
    if check is None:
        interval = text.span(gap.low, gap.high, lambda value: end_of(gap, value))
        return _("interval {interval}").format(interval=interval)
    interval = _check_figures(check)[1]
    limit = f"{'≥' if check.bound == 'min' else '≤'} {allowed(gap, check.limit)}"
    return _("interval {interval} · allowed {limit}").format(interval=interval, limit=limit)


def _mini(gap: Gap, check: Check | None) -> Mini | None:
    if gap.value is None:
        return None
    limit = check.limit if check else None
    if gap.kind == "ratio":
        axis = Axis(max(1e-3, min(0.25, gap.value, limit or 0.25)), 1.25, log=True)
    else:
        axis = Axis.around([gap.value, gap.low, gap.high, limit, 0.0 if gap.kind == "difference" else None])
    ends = {"min": (axis.high if gap.kind != "ratio" else 1.0), "max": axis.low}
    band = (min(check.limit, ends[check.bound]), max(check.limit, ends[check.bound])) if check else None
    bounded = gap.low is not None or gap.high is not None
    return Mini(
        state=check.outcome if check else "none",
        x=axis.at(gap.value),
        x1=axis.at(gap.low if gap.low is not None else axis.low) if bounded else None,
        x2=axis.at(gap.high if gap.high is not None else axis.high) if bounded else None,
        band=(axis.at(band[0]), axis.width(*band)) if band else None,
        even={"ratio": axis.at(1.0), "difference": axis.at(0.0)}.get(gap.kind),
    )


def _decided(verdict: Verdict | None) -> str:
    if verdict is None or not verdict.checks:
        return BADGES["none"]
    done = sum(one.outcome in {"pass", "fail"} for one in verdict.checks)
    return _("{done} of {all}").format(done=done, all=len(verdict.checks))


def _decided_told(audit: Audit, verdict: Verdict | None) -> str:
    return " ".join(one for one in (_counted(verdict), _too_few(audit)) if one)


def _too_few(audit: Audit) -> str:
    small = sum(one.small for one in audit.slices)
    if not small:
        return ""
    every = text.count(len(audit.slices))
    return ngettext(
        "{count} of {all} slices hold too few rows for a pass.",
        "{count} of {all} slices hold too few rows for a pass.",
        small,
    ).format(count=text.count(small), all=every)


def _counted(verdict: Verdict | None) -> str:
    if verdict is None or not verdict.checks:
        return _("No rules were given.")
    outcomes: list[str] = [one.outcome for one in verdict.checks]
    counted = [
        ngettext(one, many, number).format(count=text.count(number))
        for kind, (one, many) in COUNTED.items()
        if (number := outcomes.count(kind))
    ]
    return _("checks: {counts}.").format(counts=" · ".join(counted))
