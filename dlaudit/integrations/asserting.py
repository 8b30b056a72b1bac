"""`dlaudit.assert_rule`: a rule as an assertion of a test, judged as the command line judges it."""

import warnings
from typing import TYPE_CHECKING, Literal, get_args

from dlaudit.errors import UsageError, shown

if TYPE_CHECKING:
    from dlaudit.record import Audit, Check, Verdict
    from dlaudit.spec import Policy, Rule

WhenUndecided = Literal["fail", "skip", "pass"]
"""What an undecided rule does to a test."""


class RuleWarning(UserWarning):
    """A rule of level `warning` is broken or undecided, or the policy itself is: as a waiver that covers nothing."""


_when_undecided: list[WhenUndecided] = ["fail"]
"""What holds where a call does not say; the pytest plugin puts the session's choice on top."""


def undecided_from_now_on(choice: str) -> None:
    """Let undecided rules fail, skip or pass a test, until `undecided_as_before`.

    Raises:
        UsageError: It is none of the three (DLA101).
    """
    _when_undecided.append(_known(choice))


def undecided_as_before() -> None:
    """Take the last `undecided_from_now_on` back."""
    _when_undecided.pop()


def assert_rule(audit: "Audit", *rules: "str | Rule | Policy", undecided: WhenUndecided | None = None) -> "Verdict":
    """The verdict on the audit, where no rule is broken; else the test fails with the sentence that the report shows.

    Args:
        audit: What `dlaudit.audit`, `dlaudit.read_run` or the fixture `dlaudit_audit` gave.
        rules: As for `--rule` (`"true_positive_rate.difference by sex max 0.05"`), or a Rule, or a whole Policy.
        undecided: What a rule does that the data cannot decide: `fail` the test, `skip` it (with pytest), or `pass`
            with a warning. Where absent, as pytest's `--dlaudit-undecided` or `dlaudit_undecided` says, else `fail`.

    Raises:
        AssertionError: A rule is broken, or undecided and that fails.
        UsageError: A rule cannot be read, or names what the audit does not have (DLA106, DLA107).
    """
    __tracebackhide__ = True
    from dlaudit.gate import judge
    from dlaudit.outputs.policy_told import policy_findings
    from dlaudit.record.privacy import suppressed

    when = _known(undecided or _when_undecided[-1])
    judged = judge(audit, _policy(audit, rules))
    safe, told = suppressed(audit, judged, audit.small_cells)
    verdict = told or judged
    for check in verdict.checks:
        if _matters(check) == "warning":
            warnings.warn(_line(safe, check), RuleWarning, stacklevel=2)
    for finding in policy_findings(safe, verdict):
        warnings.warn(f"{finding.code} {finding.message} {finding.next_step}", RuleWarning, stacklevel=2)
    if verdict.outcome == "fail":
        raise AssertionError(_message(safe, verdict, "broken", "fail"))
    if verdict.outcome == "undecided":
        _undecided(_message(safe, verdict, "undecided", "undecided"), when)
    return judged


def _undecided(message: str, when: WhenUndecided) -> None:
    __tracebackhide__ = True
    if when == "fail":
        raise AssertionError(message)
    if when == "pass":
        warnings.warn(message, RuleWarning, stacklevel=3)
        return
    import pytest

    pytest.skip(message)


def _policy(audit: "Audit", rules: "tuple[str | Rule | Policy, ...]") -> "Policy":
    from dlaudit.gate.change_rules import with_change_rules
    from dlaudit.spec import Policy, Rule

    if len(rules) == 1 and isinstance(rules[0], Policy):
        _must_judge(with_change_rules(audit, rules[0]).rules)
        return rules[0]
    found: list[Rule] = []
    for one in rules:
        if isinstance(one, Policy):
            raise UsageError(
                "DLA107", "a policy was given among other rules", fix="Give the policy alone, or its rules one by one."
            )
        found.append(Rule.parse(one) if isinstance(one, str) else one)
    _must_judge(found)
    return Policy(rules=found)


def _must_judge(rules: "list[Rule]") -> None:
    """Refuse to assert nothing: a test that no rule stands behind would pass for ever."""
    if not rules:
        raise UsageError(
            "DLA106",
            "there is no rule to judge by",
            expected="at least one rule",
            fix='For example assert_rule(audit, "selection_rate.ratio by sex min 0.8").',
        )


def _message(audit: "Audit", verdict: "Verdict", word: str, outcome: str) -> str:
    """The rules that decided, each with the sentence of the report; the verdict's own sentence above several."""
    lines = [_line(audit, one) for one in verdict.checks if one.outcome == outcome and _matters(one) == "error"]
    if len(lines) == 1:
        return f"rule {word}: {lines[0]}"
    return "\n".join([f"{len(lines)} checks are {word}:", *(f"- {line}" for line in lines)])


def _line(audit: "Audit", check: "Check") -> str:
    from dlaudit.outputs.checks import told

    return f"{shown(check.rule, limit=120, quote=False)}: {told(audit, check)}"


def _matters(check: "Check") -> str:
    from dlaudit.outputs.checks import level_of

    return level_of(check)


def _known(choice: str) -> WhenUndecided:
    known = get_args(WhenUndecided)
    if choice not in known:
        raise UsageError(
            "DLA101",
            f"{shown(choice)} is no way to treat an undecided rule",
            expected=f"one of {', '.join(known)}",
            fix="Correct the option or the argument `undecided`.",
        )
    return choice  # type: ignore[return-value]
