"""The checks of one rule, as the record holds them."""

from collections.abc import Sequence
from dataclasses import replace

from dlaudit.gate.cells import Cell
from dlaudit.gate.decide import Decision, decide, spoken_of
from dlaudit.gate.drop import drop_question, when_undecided
from dlaudit.gate.family import Family
from dlaudit.gate.hidden import hidden_figures
from dlaudit.gate.question import Question, make_question
from dlaudit.gate.waivers import Judged, with_waivers
from dlaudit.gate.words import base_rates, reason
from dlaudit.record import Audit, Check, finite
from dlaudit.spec import Rule, Waiver

_GUARANTEE = {"exact": "finite-sample", "interval": "asymptotic", "point": "none (point screen)"}


def checks_of(audit: Audit, rule: Rule, *, bounds: bool = True, waivers: Sequence[Waiver] = ()) -> list[Check]:
    """One check for each feature of the rule; all of them share its error rate. `bounds` as in `judge`.

    Args:
        audit: What was found.
        rule: What is required.
        bounds: As in `judge`.
        waivers: Those that hold.
    """
    asking = make_question if rule.max_drop is None else drop_question
    asked = [replace(asking(audit, rule, by), bounds=bounds) for by in _features(audit, rule)]
    family = Family(asked[0].rule, tuple(_with_hidden(audit, rule, asked)))
    broken = family.broken()
    checks = []
    for place, question in enumerate(spoken_of(family, one, broken[at]) for at, one in enumerate(family.questions)):
        found = decide(family, question, broken[place])
        judged = Judged(_recorded(rule, question, found, audit), family, question, found)
        checks.append(with_waivers(judged, rule, waivers))
    return checks


def _features(audit: Audit, rule: Rule) -> list[list[str]]:
    if rule.features is not None:
        return rule.features
    return [[feature] for feature in audit.data.sensitive] or [[]]


def _with_hidden(audit: Audit, rule: Rule, asked: list[Question]) -> list[Question]:
    """The questions; where figures of one are hidden, none can be judged, as their comparisons are not all known."""
    hidden = next((why for one in asked if (why := hidden_figures(audit, rule.base_metric, one.by))), None)
    return asked if hidden is None else [replace(one, obstacle=one.obstacle or hidden) for one in asked]


def _recorded(rule: Rule, question: Question, found: Decision, audit: Audit) -> Check:
    worst, reference = _sides(question, found, audit)
    return Check(
        rule=rule.name,
        metric=rule.base_metric,
        kind=rule.kind,
        by=question.by,
        limit=rule.limit,
        bound=rule.bound,
        judge=found.judge,
        outcome=found.outcome,
        observed=None if found.extreme is None else found.extreme.observed,
        low=finite(found.low),
        high=finite(found.high),
        reason=f"{reason(question, found, is_drop=rule.max_drop is not None)}{base_rates(audit, question, found)}",
        rows_needed=found.rows_needed,
        level=rule.level,
        undecided=when_undecided(audit, rule, question),
        alpha=rule.alpha,
        contrast=question.contrast,
        guarantee=_GUARANTEE["interval" if question.for_large_samples else found.judge],
        worst=worst,
        reference=reference,
        assessed=_slices(question.assessed),
        not_assessed=_slices(question.left_out),
        fails_up_to=found.fails,
        passes_from=found.passes,
        file=rule.place.file if rule.place else None,
        line=rule.place.line if rule.place else None,
        compare="baseline" if rule.max_drop is not None else None,
    )


def _slices(cells: list[Cell]) -> list[str]:
    return list(dict.fromkeys(name for cell in cells for name in cell.slices))


def _sides(question: Question, found: Decision, audit: Audit) -> tuple[str | None, str | None]:
    """Ids of the slice that is worse off and of the one it is compared with; None for all the other slices."""
    if found.joining is not None:
        return found.joining, None
    chosen = found.blocking or found.extreme
    if chosen is None:
        return None, None
    if chosen.second is None and chosen.first.is_rest:
        return None, None
    if chosen.second is None:
        worst, *other = chosen.first.slices
        return worst, next(iter(other), None)
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
