"""The verdict in whole sentences: a small grammar over the Audit and the Verdict."""

from dlaudit.outputs import text
from dlaudit.outputs.gap_sentences import Gap, check_sentence, gap_core, gap_of
from dlaudit.outputs.order import metrics_of, shown_first
from dlaudit.outputs.words import Prose, Sentence, enumerated, said
from dlaudit.record import Audit, Check, Disparity, Finding, Verdict

MOST_DOUBTS = 2
"""Findings that stand beside the verdict itself."""
NOTHING_TO_COMPARE = frozenset({"DLA310", "DLA404"})
DECLARED_AWAY = "DLA423"
"""Findings of a single class or a single level."""


def headline(audit: Audit, verdict: Verdict | None) -> Sentence:
    """The verdict in one sentence; what a lesser rule or a waiver lets pass is never left out of it."""
    if verdict is None or (verdict.outcome == "none" and not {one.outcome for one in verdict.checks} - {"none"}):
        return said("none")
    if verdict.outcome == "fail" and (failed := headline_check(verdict)) is not None:
        return check_sentence(audit, failed)
    outcomes: list[str] = [one.outcome for one in verdict.checks]
    failed_anyway, open_checks = outcomes.count("fail"), outcomes.count("undecided")
    if verdict.outcome == "none" and not any(one.level == "error" for one in verdict.checks):
        return said("none_lesser", counts=_counts(outcomes))
    if verdict.outcome in {"undecided", "none"}:  # none: rules that are not judged count as no more than a warning
        return (*_not_paired(audit, verdict), *_undecided(verdict))
    if failed_anyway or open_checks:
        still = said("some_open", open_checks, count=text.count(open_checks)) if open_checks else said("none_open")
        held = (
            "pass_lesser" if "pass" not in outcomes else "pass_partly_judged" if "none" in outcomes else "pass_partly"
        )
        return (*_not_paired(audit, verdict), *said(held, fail=_failed(failed_anyway), open=still))
    return _passed(verdict)


def headline_check(verdict: Verdict | None) -> Check | None:
    """The check that the verdict turns on: failed before undecided before passed, most serious level, widest excess."""
    if verdict is None or not verdict.checks:
        return None
    return min(verdict.checks, key=severity)


def headline_gap(audit: Audit, verdict: Verdict | None) -> Gap | None:
    """The gap whose figures stand in the head: that of the headline's check, or the widest one without rules."""
    found = headline_check(verdict) or widest_disparity(audit)
    return gap_of(found) if found else None


def severity(check: Check) -> tuple[int, int, int, float]:
    """A sort key: the checks that matter most come first, those that can decide the verdict before lesser ones."""
    outcome = {"fail": 0, "undecided": 1, "pass": 2, "none": 3}[check.outcome]
    counts = check.undecided if check.outcome == "undecided" else check.level
    level = {"error": 0, "warning": 1, "note": 2, "ignore": 2}[counts]
    lesser = int(check.waived or level > 0) if check.outcome in {"fail", "undecided"} else 2
    excess = 0.0
    if check.observed is not None:
        excess = check.limit - check.observed if check.bound == "min" else check.observed - check.limit
    return lesser, outcome, level, -excess / (abs(check.limit) or 1.0)


def also(audit: Audit, verdict: Verdict | None) -> list[Sentence]:
    """What stands under the headline: what puts the scores in doubt; the check's own reason, how many more failed; the
    widest gap without rules.
    """
    lines: list[Sentence] = [(Prose(one.message),) for one in doubts(audit)[:MOST_DOUBTS]]
    if not audit.data.sensitive:
        lines.append(said("no_sensitive_searched" if audit.discoveries else "no_sensitive"))
    check = headline_check(verdict)
    if verdict is not None and check is not None:
        lines.append((Prose(check.reason),))
        more = sum(one.outcome == "fail" for one in verdict.checks) - (check.outcome == "fail")
        if more > 0 and verdict.outcome == "fail":
            lines.append(said("others_fail", more, count=text.count(more)))
    elif (widest := widest_disparity(audit)) is not None:
        key = "none_gap" if widest.low is None or widest.low > 0 else "none_gap_open"
        lines.append(said(key, core=gap_core(audit, gap_of(widest), None)))
    return lines


def doubts(audit: Audit) -> list[Finding]:
    """What a reader of any gap must have read: errors and warnings about the model, that nothing is compared, and that
    the configuration takes a level out of every comparison that is large enough for one.
    """
    return [
        one
        for one in audit.findings
        if one.code in NOTHING_TO_COMPARE
        or (one.severity != "note" and (one.subject == "model" or one.code == DECLARED_AWAY))
    ]


def example_rule(audit: Audit) -> str:
    """A rule that this audit could be judged by; empty where nothing could be compared."""
    gap = widest_disparity(audit)
    return f"{gap.metric}.difference by {' & '.join(gap.by)} <= 0.1" if gap else ""


def widest_disparity(audit: Audit) -> Disparity | None:
    """The largest difference of the first metric shown that has one, over single features and without control."""
    for metric in shown_first(audit, None) or metrics_of(audit):
        found = [
            one
            for one in audit.disparities
            if one.metric == metric and one.kind == "difference" and one.is_defined and not one.within
        ]
        if found:
            return max(found, key=lambda one: (len(one.by) == 1, one.value or 0.0))
    return None


def _passed(verdict: Verdict) -> Sentence:
    assessed = {slice_id for one in verdict.checks for slice_id in one.assessed}
    missed = {slice_id for one in verdict.checks for slice_id in one.not_assessed}
    key = _held(verdict)
    if not missed:
        return said(f"pass{key}")
    return said(f"pass{key}_scope", assessed=text.count(len(assessed - missed)), all=text.count(len(assessed | missed)))


def _held(verdict: Verdict) -> str:
    """What passed, as a part of the sentence's name: gaps, what got no worse since an earlier run, or both."""
    drops = {one.compare is not None for one in verdict.checks}
    return "" if drops == {False} else "_drops" if drops == {True} else "_both"


def _undecided(verdict: Verdict) -> Sentence:
    """How many checks are undecided, for want of data where they are about gaps."""
    found = [one for one in verdict.checks if one.outcome == "undecided"]
    failed = sum(one.outcome == "fail" for one in verdict.checks)
    # what became of a figure since an earlier run may be unknown for other reasons than too few rows
    about = "undecided" if all(one.compare is None for one in found) else "open"
    key = f"{about}_fail" if failed else about if len(verdict.checks) > 1 else f"{about}_only"
    return said(
        key,
        len(found),
        open=text.count(len(found)),
        all=text.count(len(verdict.checks)),
        fail=_failed(failed),
    )


def _not_paired(audit: Audit, verdict: Verdict) -> Sentence:
    """That a drop could be looked for in the figures of two runs alone, where that leaves something undecided."""
    open_drops = [one for one in verdict.checks if one.outcome == "undecided" and one.compare is not None]
    if not open_drops or not is_unpaired(audit):
        return ()
    assert audit.baseline is not None, "a finding about a baseline that is not there"
    return said("not_paired", reason=(Prose(audit.baseline.not_paired),))


def is_unpaired(audit: Audit) -> bool:
    """Whether an accepted baseline is there whose rows are not those of this run."""
    found = audit.baseline
    return found is not None and found.accepted is not None and found.paired is None and bool(found.not_paired)


def _counts(outcomes: list[str]) -> Sentence:
    """`1 is outside tolerance and 2 hold`, of the outcomes that there are."""
    keys = {"fail": "some_fail", "undecided": "some_open", "pass": "some_hold", "none": "some_left"}
    numbers = {outcome: outcomes.count(outcome) for outcome in keys}
    return enumerated([said(keys[one], count, count=text.count(count)) for one, count in numbers.items() if count])


def _failed(checks: int) -> Sentence:
    return said("some_fail", checks, count=text.count(checks)) if checks else said("none_fails")
