"""The rules that an accepted baseline brings: no slice's error rates may get worse, where no rule says how much."""

from dlaudit.record import Audit
from dlaudit.spec import CHANGE_METRICS, ChangeGate, Policy, Rule, change_rule_id


def with_change_rules(audit: Audit, policy: Policy) -> Policy:
    """The policy with the rules of an accepted baseline; as it is where there is none, or it asks for none.

    A rule of the policy takes the place of one of these for the features that it is over, if it limits the drop of the
    same rate in every slice, and breaking it fails the gate.
    """
    compared, asked = audit.baseline, policy.change
    if compared is None or compared.accepted is None or asked is None:
        return policy
    rules = [left for one in change_rules(audit, asked) if (left := _left(one, policy.rules, audit)) is not None]
    return policy.model_copy(update={"rules": [*policy.rules, *rules]})


def _left(brought: Rule, rules: list[Rule], audit: Audit) -> Rule | None:
    """The rule for the features that no rule of the policy has; None where there is none left."""
    own = [one for one in rules if _stands_for(one, brought)]
    if any(one.features is None for one in own):
        return None
    covered = {by[0] for one in own for by in one.features or [] if len(by) == 1}
    left = [name for name in _features(audit) or audit.data.sensitive if name not in covered]
    if not covered or not audit.data.sensitive:
        return brought
    return brought.model_copy(update={"by": left}).written_at(brought.place) if left else None


def _stands_for(one: Rule, brought: Rule) -> bool:
    whole = one.slices is None and one.level == "error"
    return whole and one.max_drop is not None and one.metric == brought.metric


def change_rules(audit: Audit, asked: ChangeGate) -> list[Rule]:
    """One rule for each error rate (of each label of a multilabel task), over every sensitive feature of either run.

    There are none for a regression. A rate that was not measured has a rule too, which then cannot be judged: leaving
    a metric out of `metrics.report` must not let a drop pass. No more must another task: the rules of the baseline's
    own are there as well.
    """
    measured = dict.fromkeys(one.metric for one in audit.measurements)
    before = audit.baseline.old.task if audit.baseline is not None and audit.data.pairs is None else None
    named = [
        name
        for metric in dict.fromkeys([*change_metrics_of(audit), *CHANGE_METRICS.get(before or "", ())])
        for name in [one for one in measured if one.partition("[")[0] == metric] or [metric]
    ]
    by = _features(audit)
    rules = [
        Rule(id=change_rule_id(one), metric=one, by=by, max_drop=asked.max_drop, undecided="warning") for one in named
    ]
    return [rule.written_at(asked.place) for rule in rules]


def change_metrics_of(audit: Audit) -> tuple[str, ...]:
    """The error rates that an accepted baseline asks of a run like this one; none of a regression."""
    return CHANGE_METRICS.get("pairs" if audit.data.pairs is not None else audit.model.task, ())


def unmeasured(audit: Audit) -> list[str]:
    """Error rates that an accepted baseline asks of a run like this one, and that this one did not measure.

    A baseline without rows has no figures of them, so that no later run can be held against it there.
    """
    there = {one.metric.partition("[")[0] for one in audit.measurements}
    return [name for name in change_metrics_of(audit) if name not in there]


def _features(audit: Audit) -> list[str] | None:
    """Sensitive features of this run and of the baseline; None where they are those of this run."""
    lost = audit.baseline.lost if audit.baseline is not None else []
    gone = dict.fromkeys(one.by[0] for one in lost if len(one.by) == 1 and one.by[0] not in audit.data.sensitive)
    return [*audit.data.sensitive, *gone] if gone else None


def why_none(task: str) -> str | None:
    """Why an accepted baseline brings no rule for the task; None where it does."""
    if task in CHANGE_METRICS:
        return None
    return (
        "errors in units of the label have no limit that fits all: write a [[rule]] with max_drop, "
        'as metric = "mean_absolute_error"'
    )
