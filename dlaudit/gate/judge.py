"""judge(audit, policy) -> Verdict."""

from dlaudit.errors import listed
from dlaudit.gate.decide import Decision, JudgeName, decide
from dlaudit.gate.family import Family, make_family
from dlaudit.gate.known import check_known
from dlaudit.gate.words import base_rates, reason
from dlaudit.record import Audit, Check, Outcome, Verdict, finite
from dlaudit.spec import Policy, Rule

_NOT_FINITE = "score is not finite"
"""How the reason of rows whose score was NaN or infinite begins."""
_GUARANTEE = {"exact": "finite-sample", "interval": "asymptotic", "point": "none (point screen)"}


def judge(audit: Audit, policy: Policy) -> Verdict:
    """The verdict on an audit: one check for each rule and feature, and what they come to.

    A check fails when the data show that its limit is broken, passes when they show that it is kept, and is undecided
    otherwise; the error rate `alpha` of each holds for the whole check. What is undefined never passes.

    Args:
        audit: What was found.
        policy: What is required.

    Raises:
        UsageError: A rule names a metric or feature that the audit does not have (DLA106).
    """
    check_known(audit, policy)
    checks = [_check(audit, rule, by) for rule in policy.rules for by in _features(audit, rule)]
    outcome = _outcome(checks)
    return Verdict(
        outcome=outcome, checks=checks, sentence=_sentence(outcome, checks), error_bound=_error_bound(checks)
    )


def _features(audit: Audit, rule: Rule) -> list[list[str]]:
    if rule.features is not None:
        return rule.features
    return [[feature] for feature in audit.data.sensitive] or [[]]


def _check(audit: Audit, rule: Rule, by: list[str]) -> Check:
    family = make_family(audit, rule, by)
    judged, why = _judge_of(audit, family)
    rejected = [one for one in audit.data.rejected if one.reason.startswith(_NOT_FINITE)]
    if rejected:
        rows = sum(one.rows for one in rejected)
        what = f"the model's score is not finite for {rows:,} {'row' if rows == 1 else 'rows'}, which cannot be counted"
        found = Decision(outcome="undecided", judge=judged, obstacle=what)
    else:
        found = decide(family, judged)
    return _recorded(family, found, f"{reason(family, found)}{base_rates(audit, family, found)}{why}", audit)


def _judge_of(audit: Audit, family: Family) -> tuple[JudgeName, str]:
    """How the check is judged, and a sentence where that is not as the rule says."""
    asked = family.rule.judge
    if asked != "exact" or all(cell.is_counted for cell in family.defined):
        return asked, ""
    if audit.data.weight is not None:
        why = "rows have weights"
    elif audit.data.unit is not None:
        why = f"rows that share a value of {audit.data.unit} are not independent"
    else:
        why = f"{family.rule.base_metric} is no share of counted rows"
    return "interval", f" Judged by intervals, because {why}."


def _recorded(family: Family, found: Decision, words: str, audit: Audit) -> Check:
    rule = family.rule
    worst, reference = _sides(family, found, audit)
    return Check(
        rule=rule.name,
        metric=rule.base_metric,
        kind=rule.kind,
        by=family.by,
        limit=rule.limit,
        bound="min" if rule.min is not None else "max",
        judge=found.judge,
        outcome=found.outcome,
        observed=None if found.extreme is None else found.extreme.observed,
        low=finite(found.low),
        high=finite(found.high),
        reason=words,
        rows_needed=found.rows_needed,
        level=rule.level,
        undecided=rule.when_undecided,
        alpha=rule.alpha,
        contrast=family.contrast,
        guarantee=_GUARANTEE[found.judge],
        worst=worst,
        reference=reference,
        assessed=[cell.id for cell in family.assessed],
        not_assessed=[cell.id for cell in family.left_out],
    )


def _sides(family: Family, found: Decision, audit: Audit) -> tuple[str | None, str | None]:
    """Ids of the slice that is worse off and of the one it is compared with; None for all the other slices."""
    chosen = found.blocking or found.extreme
    if chosen is None:
        return None, None
    if chosen.second is None:
        return chosen.first.id, None
    if chosen.part != "none" or chosen.second.is_rest or chosen.first.is_rest:
        part = chosen.second if chosen.first.is_rest else chosen.first
        return part.id, "overall" if chosen.part != "none" else None
    low, high = sorted([chosen.first, chosen.second], key=lambda cell: cell.exact)
    return (high.id, low.id) if _lower_is_better(family, audit) else (low.id, high.id)


def _lower_is_better(family: Family, audit: Audit) -> bool:
    """Whether the audit's own disparities of the metric call the higher slice the worse one."""
    values = {found.slice: found.value for found in audit.measurements if found.metric == family.rule.base_metric}
    for gap in audit.disparities:
        if gap.metric == family.rule.base_metric and gap.worst is not None and gap.reference is not None:
            worst, other = values.get(gap.worst), values.get(gap.reference)
            if worst is not None and other is not None and worst != other:
                return worst > other
    return False


def _outcome(checks: list[Check]) -> Outcome:
    if not checks:
        return "none"
    if any(check.outcome == "fail" and check.level == "error" and not check.waived for check in checks):
        return "fail"
    if any(check.outcome == "undecided" and check.undecided == "error" for check in checks):
        return "undecided"
    return "pass"


def _sentence(outcome: Outcome, checks: list[Check]) -> str:
    """`Undecided: of 4 checks, 2 are undecided (four-fifths) and 2 hold.`"""
    if not checks:
        return "Not judged: no rules were given."
    counts = {name: [check for check in checks if check.outcome == name] for name in ("fail", "undecided", "pass")}
    words = {
        "fail": ("is broken", "are broken"),
        "undecided": ("is undecided", "are undecided"),
        "pass": ("holds", "hold"),
    }
    blamed = outcome if outcome in {"fail", "undecided"} else ""
    told = []
    for name, found in counts.items():
        named = listed(dict.fromkeys(check.rule for check in found), most=3, quote=False) if name == blamed else ""
        told += [f"{len(found)} {words[name][len(found) > 1]}{named and f' ({named})'}"] if found else []
    partly = sum(bool(check.not_assessed) for check in counts["pass"])
    text = f"{outcome.capitalize()}: of {_many(len(checks), 'check')}, {' and '.join(told)}"
    return f"{text}; {_many(partly, 'pass speaks', 'passes speak')} of some slices only." if partly else f"{text}."


def _error_bound(checks: list[Check]) -> str:
    tested = [check for check in checks if check.judge != "point"]
    if not checks:
        return ""
    if not tested:
        return "Point screens have no error rates: they fire by chance, the more often the smaller the slices."
    rates = sorted({check.alpha for check in tested})
    each = f"{100 * rates[-1]:g} %" if len(rates) == 1 else f"{100 * rates[0]:g} to {100 * rates[-1]:g} %"
    total = min(1.0, sum(check.alpha for check in tested))
    text = (
        f"Chance of a wrong FAIL: at most {each} per check, and as much of a wrong PASS; "
        f"over the whole policy ({_many(len(tested), 'check')}) at most {100 * total:g} % of either. "
        "It holds for independent rows and a decision threshold chosen on other data"
    )
    if any(check.judge == "interval" for check in tested):
        text += ", and only approximately for the checks judged by intervals"
    if len(tested) < len(checks):
        text += "; point screens have no error rates"
    return f"{text}."


def _many(count: int, one: str, several: str | None = None) -> str:
    return f"{count} {one if count == 1 else several or f'{one}s'}"
