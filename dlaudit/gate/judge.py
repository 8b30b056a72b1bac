"""judge(audit, policy) -> Verdict."""

import datetime

from dlaudit.errors import listed
from dlaudit.gate.change_rules import with_change_rules
from dlaudit.gate.known import check_known, features_of
from dlaudit.gate.positive import about_the_positive
from dlaudit.record import Audit, Check, Outcome, Verdict
from dlaudit.spec import Policy, Rule


def judge(audit: Audit, policy: Policy, *, bounds: bool = True, today: datetime.date | None = None) -> Verdict:
    """The verdict on an audit: one check for each rule and feature, and what they come to.

    A check fails when the data show that its limit is broken, passes when they show that it is kept, and is undecided
    otherwise. The error rate `alpha` of a rule holds for a FAIL of any of its checks, and for a PASS of each of them.
    What is undefined never passes.

    Args:
        audit: What was found.
        policy: What is required. Where it has a `change`, an accepted baseline brings rules of its own, unless one has
            a `max_drop`.
        bounds: Whether to look for the limits that the data fail and pass too, which takes most of the time and changes
            no outcome.
        today: The day on which waivers must hold; the present one (UTC) where absent. The verdict stores it where the
            policy has waivers: judged again with it, the same audit has the same verdict.

    Raises:
        UsageError: A rule or a waiver names a metric, feature or slice that the audit does not have (DLA106).
    """
    from dlaudit.findings import by_severity
    from dlaudit.gate.checks import checks_of  # brings SciPy, which refusing a policy does not need
    from dlaudit.gate.policy_findings import policy_findings
    from dlaudit.gate.profile_findings import profile_findings
    from dlaudit.gate.waivers import in_force

    policy = with_change_rules(audit, policy)
    policy = about_the_positive(policy, audit.model.task, audit.model.positive).spread(features_of(audit))
    check_known(audit, policy)
    day = today or datetime.datetime.now(datetime.UTC).date()
    held = in_force(policy, day)
    judged = [(rule, checks_of(audit, rule, bounds=bounds, waivers=held)) for rule in policy.rules]
    checks = [check for _, found in judged for check in found]
    outcome = _outcome(checks)
    return Verdict(
        outcome=outcome,
        checks=checks,
        sentence=_sentence(outcome, checks),
        error_bound=_error_bound(judged),
        findings=by_severity([*policy_findings(policy, judged, day), *profile_findings(audit, policy.profiles)]),
        judged_on=day.isoformat() if policy.waivers else None,
        profiles=policy.profiles,
    )


def _outcome(checks: list[Check]) -> Outcome:
    if not checks:
        return "none"
    if any(check.outcome == "fail" and check.level == "error" and not check.waived for check in checks):
        return "fail"
    if any(check.outcome == "undecided" and check.undecided == "error" and not check.waived for check in checks):
        return "undecided"
    deciding = [check for check in checks if check.level == "error"]
    is_judged = any(check.waived or check.outcome in {"pass", "fail"} for check in deciding)
    return "pass" if is_judged else "none"


def _sentence(outcome: Outcome, checks: list[Check]) -> str:
    """`Undecided: of 4 checks, 2 are undecided (four-fifths) and 2 hold.`"""
    if not checks:
        return "Not judged: no rules were given."
    waived = [check for check in checks if check.waived]
    counted = [check for check in checks if not check.waived]
    counts = {name: [check for check in counted if check.outcome == name] for name in ("fail", "undecided", "pass")}
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
    if waived:
        named = listed(dict.fromkeys(check.rule for check in waived), most=3, quote=False)
        told.append(f"{len(waived)} {'is' if len(waived) == 1 else 'are'} waived ({named})")
    partly = sum(bool(check.not_assessed) for check in counts["pass"])
    said = "Not judged" if outcome == "none" else outcome.capitalize()
    text = f"{said}: of {_many(len(checks), 'check')}, {' and '.join(told)}"
    return f"{text}; {_many(partly, 'pass speaks', 'passes speak')} of some slices only." if partly else f"{text}."


def _error_bound(judged: list[tuple[Rule, list[Check]]]) -> str:
    """What the rules' error rates add up to: wrong FAILs over rules, wrong PASSes over nothing."""
    checks = [check for _, found in judged for check in found]
    rules = [rule for rule, found in judged if any(check.judge != "point" for check in found)]
    if not checks:
        return ""
    if not rules:
        return "Point screens have no error rates: they fire by chance, the more often the smaller the slices."
    rates = sorted({rule.alpha for rule in rules})
    each = f"{100 * rates[-1]:g} %" if len(rates) == 1 else f"{100 * rates[0]:g} to {100 * rates[-1]:g} %"
    total = min(1.0, sum(rule.alpha for rule in rules))
    text = (
        f"Chance of a wrong FAIL: at most {each} per rule, however many features it is over, and at most "
        f"{100 * total:g} % over the whole policy ({_many(len(rules), 'rule')}). Chance of a wrong PASS: at most "
        f"{each} per check, and at most {100 * rates[-1]:g} % that every check passes although the limit of one is "
        "broken in slices that it assessed. It holds for independent rows and a decision threshold chosen on other data"
    )
    if any(check.judge == "interval" for check in checks):
        text += ", and only approximately for the checks judged by intervals"
    if any(check.judge == "point" for check in checks):
        text += "; point screens have no error rates"
    return f"{text}."


def _many(count: int, one: str, several: str | None = None) -> str:
    return f"{count} {one if count == 1 else several or f'{one}s'}"
