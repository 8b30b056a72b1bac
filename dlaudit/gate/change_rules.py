"""The rules that an accepted baseline brings: no slice's error rates may get worse, where no rule says how much."""

from dlaudit.record import Audit
from dlaudit.spec import CHANGE_METRICS, ChangeGate, Policy, Rule, change_rule_id


def with_change_rules(audit: Audit, policy: Policy) -> Policy:
    """The policy with the rules of an accepted baseline; as it is where there is none, or a rule has a `max_drop`."""
    compared, asked = audit.baseline, policy.change
    if compared is None or compared.accepted is None or asked is None:
        return policy
    if any(rule.max_drop is not None for rule in policy.rules):
        return policy
    return policy.model_copy(update={"rules": [*policy.rules, *change_rules(audit, asked)]})


def change_rules(audit: Audit, asked: ChangeGate) -> list[Rule]:
    """One rule for each error rate that the audit measured, over every sensitive feature; none for a regression."""
    measured = {one.metric for one in audit.measurements}
    named = [metric for metric in CHANGE_METRICS.get(audit.model.task, ()) if metric in measured]
    rules = [Rule(id=change_rule_id(one), metric=one, max_drop=asked.max_drop, undecided="warning") for one in named]
    return [rule.written_at(asked.place) for rule in rules]


def why_none(task: str) -> str | None:
    """Why an accepted baseline brings no rule for the task; None where it does."""
    if task in CHANGE_METRICS:
        return None
    return (
        "errors in units of the label have no limit that fits all: write a [[rule]] with max_drop, "
        'as metric = "mean_absolute_error"'
    )
