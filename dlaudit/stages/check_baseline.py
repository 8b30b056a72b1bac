"""What `dlaudit check` says of the baseline: whether it fits this audit, and what the rules that it brings can show."""

from bisect import bisect_left
from collections.abc import Iterator

from dlaudit.errors import listed
from dlaudit.gate.change_rules import why_none, with_change_rules
from dlaudit.record import Audit, NotApplicable, RunComparison, RunRef
from dlaudit.record.checked import CheckedBaseline, CheckedDrop, CheckedDropRule
from dlaudit.spec import CHANGE_METRICS, Policy, Rule
from dlaudit.stages.plan_drop import DropSupposition, planned_drops
from dlaudit.stages.plan_sizes import Labelled, SizedSlices, Sizes, sizes_of_labelled
from dlaudit.stages.prepare import Subject
from dlaudit.stages.run_side import RunSide
from dlaudit.stats.paired_bounds import fell_by_less

_MOST_ROWS = 100_000
"""Rows up to which the least number is looked for that can pass."""


def checked_baseline(
    side: RunSide, subject: Subject, data: Labelled, policy: Policy, supposed: DropSupposition
) -> CheckedBaseline:
    """The baseline in `side`, put beside the data that an audit would be of.

    Args:
        side: The earlier run, read.
        subject: Model and data of the audit, its columns and labels settled.
        data: The same data, counted by slice.
        policy: The rules of the audit.
        supposed: Shares of flipped decisions, and the drop, under which its rules are planned.
    """
    own, rules = drop_rules(policy), []
    refused: list[NotApplicable] = []
    brought = _brought(side, subject, policy, refused)
    for rule in [*own, *brought]:
        slices = list(_slices(rule, data, refused))
        plans, _ = planned_drops([rule], sizes_of_labelled(data, {}), supposed)  # why not is in `refused`
        rules.append(
            CheckedDropRule(
                rule=rule.name,
                metric=rule.base_metric,
                max_drop=rule.max_drop or 0.0,
                brought=rule in brought,
                counted_to_pass=counted_to_pass(rule),
                slices=slices,
                planned=[one.model_copy(update={"brought": rule in brought}) for one in plans],
            )
        )
    return CheckedBaseline(
        place=side.place,
        accepted=side.baseline.accepted if side.baseline is not None else None,
        misfits=list(_misfits(side, subject, data)),
        rows=side.audit.data.scored,
        data_rows=data.slices[0].n,
        rules=rules,
        not_applicable=refused,
    )


def drop_rules(policy: Policy) -> list[Rule]:
    """The policy's own rules on how far a share of counted rows may fall, slice by slice."""
    paired = {name for names in CHANGE_METRICS.values() for name in names}
    return [
        one
        for one in policy.rules
        if one.max_drop is not None and one.kind == "value" and one.metric.partition("[")[0] in paired
    ]


def counted_to_pass(rule: Rule) -> int | None:
    """The least number of rows that show, if no decision on them changed, that the drop is less than the limit."""
    limit = rule.max_drop or 0.0
    if not fell_by_less(0, 0, _MOST_ROWS, limit, rule.alpha):
        return None
    return bisect_left(range(_MOST_ROWS), True, key=lambda rows: fell_by_less(0, 0, rows, limit, rule.alpha))


def _brought(side: RunSide, subject: Subject, policy: Policy, refused: list[NotApplicable]) -> list[Rule]:
    """The rules that the baseline brings; where it brings none, the reason is added to `refused`."""
    supposed = _supposed(side, subject.labels.task, subject.roles.sensitive)
    found = with_change_rules(supposed, policy).rules[len(policy.rules) :]
    if side.baseline is None:
        reason = "a run's directory brings none: `dlaudit baseline accept` makes a baseline of it that does"
    elif policy.change is None:
        reason = '[baseline] rules = "none" takes them away'
    else:
        reason = why_none(subject.labels.task) or "rules of the policy stand in their place"
    if not found:
        refused.append(NotApplicable(what="rules of the baseline", reason=reason))
    return found


def with_brought(sizes: Sizes, policy: Policy, side: RunSide | None) -> tuple[Policy, frozenset[str]]:
    """The policy with the rules that an accepted baseline brings to a run of these sizes, and the names of those.

    Args:
        sizes: Of a finished run, or of data whose labels are known; bare sizes have no task, and are brought none.
        policy: The rules without them.
        side: The baseline that is named; None for the one that a finished run was compared with.
    """
    if side is not None and sizes.task is not None:
        audit = _supposed(side, sizes.task, sizes.features)
    elif side is None and sizes.audit is not None:
        audit = sizes.audit
    else:
        return policy, frozenset()
    found = with_change_rules(audit, policy)
    return found, frozenset(one.name for one in found.rules[len(policy.rules) :])


def _supposed(side: RunSide, task: str, sensitive: list[str]) -> Audit:
    """The baseline's own audit as if it were the one to come: of its task and sensitive features, held against it."""
    was = side.audit
    compared = RunComparison(
        old=RunRef(place=side.place, rows=was.data.scored),
        accepted=side.baseline.accepted if side.baseline is not None else None,
    )
    return was.model_copy(
        update={
            "model": was.model.model_copy(update={"task": task}),
            "data": was.data.model_copy(update={"sensitive": list(sensitive)}),
            "baseline": compared,
        }
    )


def _slices(rule: Rule, data: Labelled, refused: list[NotApplicable]) -> Iterator[CheckedDrop]:
    sizes = sizes_of_labelled(data, {})
    for by in rule.features if rule.features is not None else [[name] for name in sizes.features]:
        found: SizedSlices = sizes.slices(rule.base_metric, by)
        if isinstance(found, str):
            refused.append(NotApplicable(what=f"{rule.name} ({' & '.join(by)})", reason=found))
            continue
        for one in found:
            if rule.slices is None or one.id in rule.slices:
                kept = fell_by_less(0, 0, one.counted, rule.max_drop or 0.0, rule.alpha)
                can_pass = kept and one.rows >= sizes.min_size
                yield CheckedDrop(slice=one.id, by=by, counted=one.counted, can_pass=can_pass)


def _misfits(side: RunSide, subject: Subject, data: Labelled) -> Iterator[str]:
    """What is known to keep the two from being compared row by row."""
    was, labels = side.audit, subject.labels
    if was.model.task != labels.task:
        yield f"its task is {was.model.task}, and this one is {labels.task}"
    elif (was.model.positive, list(was.model.classes)) != (labels.positive, list(labels.classes)):
        yield f"its labels are {listed(was.model.classes)}, and these are {listed(labels.classes)}"
    if sorted(was.data.sensitive) != sorted(subject.roles.sensitive):
        now = listed(subject.roles.sensitive)
        yield f"its sensitive features are {listed(was.data.sensitive)}, and these are {now}"
    if subject.spec.pairs is not None:
        yield "rows are pairs"
    elif was.suppression is not None:
        yield "it leaves out small counts"
    elif side.lacks_rows:
        yield side.lacks_rows
    rows = data.slices[0].n
    if was.data.scored != rows:
        yield f"it scored {was.data.scored:,} rows, and the data has {rows:,}"
