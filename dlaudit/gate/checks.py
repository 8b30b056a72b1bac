"""The checks of one rule, as the record holds them."""

from dataclasses import replace

from dlaudit.gate.decide import Decision, decide, spoken_of
from dlaudit.gate.family import Family
from dlaudit.gate.hidden import hidden_figures
from dlaudit.gate.question import Question, make_question
from dlaudit.gate.words import base_rates, reason
from dlaudit.record import Audit, Check, finite
from dlaudit.spec import Rule

_GUARANTEE = {"exact": "finite-sample", "interval": "asymptotic", "point": "none (point screen)"}


def checks_of(audit: Audit, rule: Rule, *, bounds: bool = True) -> list[Check]:
    """One check for each feature of the rule; all of them share its error rate. `bounds` as in `judge`."""
    asked = [replace(make_question(audit, rule, by), bounds=bounds) for by in _features(audit, rule)]
    family = Family(rule, tuple(_with_hidden(audit, rule, asked)))
    broken = family.broken()
    spoken = [spoken_of(family, question, broken[place]) for place, question in enumerate(family.questions)]
    return [
        _recorded(question, decide(family, question, broken[place]), audit) for place, question in enumerate(spoken)
    ]


def _features(audit: Audit, rule: Rule) -> list[list[str]]:
    if rule.features is not None:
        return rule.features
    return [[feature] for feature in audit.data.sensitive] or [[]]


def _with_hidden(audit: Audit, rule: Rule, asked: list[Question]) -> list[Question]:
    """The questions; where figures of one are hidden, none can be judged, as their comparisons are not all known."""
    hidden = next((why for one in asked if (why := hidden_figures(audit, rule.base_metric, one.by))), None)
    return asked if hidden is None else [replace(one, obstacle=one.obstacle or hidden) for one in asked]


def _recorded(question: Question, found: Decision, audit: Audit) -> Check:
    rule = question.rule
    worst, reference = _sides(question, found, audit)
    return Check(
        rule=rule.name,
        metric=rule.base_metric,
        kind=rule.kind,
        by=question.by,
        limit=rule.limit,
        bound="min" if rule.min is not None else "max",
        judge=found.judge,
        outcome=found.outcome,
        observed=None if found.extreme is None else found.extreme.observed,
        low=finite(found.low),
        high=finite(found.high),
        reason=f"{reason(question, found)}{base_rates(audit, question, found)}",
        rows_needed=found.rows_needed,
        level=rule.level,
        undecided=rule.when_undecided,
        alpha=rule.alpha,
        contrast=question.contrast,
        guarantee=_GUARANTEE[found.judge],
        worst=worst,
        reference=reference,
        assessed=[cell.id for cell in question.assessed],
        not_assessed=[cell.id for cell in question.left_out],
        fails_up_to=found.fails,
        passes_from=found.passes,
    )


def _sides(question: Question, found: Decision, audit: Audit) -> tuple[str | None, str | None]:
    """Ids of the slice that is worse off and of the one it is compared with; None for all the other slices."""
    if found.joining is not None:
        return found.joining, None
    chosen = found.blocking or found.extreme
    if chosen is None:
        return None, None
    if chosen.second is None:
        return chosen.first.id, None
    if chosen.part != "none" or chosen.second.is_rest or chosen.first.is_rest:
        part = chosen.second if chosen.first.is_rest else chosen.first
        return part.id, "overall" if chosen.part != "none" else None
    low, high = sorted([chosen.first, chosen.second], key=lambda cell: cell.exact)
    return (high.id, low.id) if _lower_is_better(question, audit) else (low.id, high.id)


def _lower_is_better(question: Question, audit: Audit) -> bool:
    """Whether the audit's own disparities of the metric call the higher slice the worse one."""
    values = {found.slice: found.value for found in audit.measurements if found.metric == question.rule.base_metric}
    for gap in audit.disparities:
        if gap.metric == question.rule.base_metric and gap.worst is not None and gap.reference is not None:
            worst, other = values.get(gap.worst), values.get(gap.reference)
            if worst is not None and other is not None and worst != other:
                return worst > other
    return False
