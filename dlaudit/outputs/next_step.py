"""What to do after a run, in one line."""

from dlaudit.outputs import text
from dlaudit.outputs.next_drop import after_a_drop, to_decide_a_drop
from dlaudit.outputs.sentences import example_rule, headline_check
from dlaudit.outputs.translate import _
from dlaudit.record import Audit, Check, Verdict


def next_step(audit: Audit, verdict: Verdict | None) -> str:
    """What to do now: the advice on the gap that failed, the rows that would decide, or a rule to add."""
    if verdict is None or not verdict.checks:
        if audit.baseline is not None and audit.baseline.accepted is not None and audit.baseline.not_applicable:
            why = text.prose(audit.baseline.not_applicable[0].reason)
            return _("the accepted baseline brings no rule, so that nothing is judged: {why}").format(why=why)
        rule = example_rule(audit)
        if not rule:
            return _("read the report: nothing could be compared")
        return _("give a rule, as {flag}").format(flag=f"--rule '{text.name(rule, limit=200)}'")
    check = headline_check(verdict)
    if check is not None and check.compare is not None and check.outcome in {"fail", "undecided"}:
        told = (after_a_drop if check.outcome == "fail" else to_decide_a_drop)(audit, check)
        if told:
            return told
    if check is not None and check.outcome == "undecided" and check.rows_needed:
        return _("collect more rows of {slice}: with about {rows} in all it could be decided").format(
            slice=_worst(check), rows=text.count(check.rows_needed)
        )
    if check is not None and check.outcome == "undecided" and audit.data.pairs is not None:
        return _("compare more people of {slice}: more pairs of the same ones add little").format(slice=_worst(check))
    if check is not None and check.outcome == "fail":
        return text.prose(_advice(audit, check))
    if check is not None and check.outcome == "pass":
        return _("keep the run: {command} judges it again when the rules change").format(command="`dlaudit gate`")
    return _("read the report")


def _worst(check: Check) -> str:
    return text.name(check.worst) if check.worst else _("every slice")


def _advice(audit: Audit, check: Check) -> str:
    """What to do about a check that failed: what the finding about the same gap says, the difference before the
    ratio; else the most serious finding about no slice that a search found.
    """
    about = {one.subject: one.next_step for one in audit.findings}
    gaps = [f"{check.metric}.{kind} by {' & '.join(check.by)}" for kind in ("difference", check.kind)]
    named = [about[gap] for gap in gaps if gap in about]
    others = [one.next_step for one in audit.findings if not one.code.startswith("DLA46")]
    return [*named, *others, _("read the report")][0]
