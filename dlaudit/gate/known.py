"""Whether a rule speaks of metrics and features that there are."""

from collections.abc import Iterable

from dlaudit.errors import UsageError, listed, nearest, shown
from dlaudit.record import Audit
from dlaudit.spec import Policy


def check_policy(policy: Policy) -> None:
    """Refuse a policy whose metrics nothing can measure, before a model runs.

    Raises:
        UsageError: A rule names a metric that is not known (DLA106); several are told at once.
    """
    from dlaudit.metrics.names import metric_named

    faults = []
    for name in dict.fromkeys(rule.base_metric for rule in policy.rules):
        try:
            metric_named(name)
        except UsageError as error:
            faults.append((error.what, error.fix))
    _refuse(faults)


def check_features(policy: Policy, features: list[str]) -> None:
    """Refuse a policy that compares features which are neither sensitive nor control ones, before a model runs.

    Raises:
        UsageError: DLA106, with the nearest names.
    """
    _refuse(_unknown_features(policy.spread(features), features))


def check_task(policy: Policy, task: str) -> None:
    """Refuse a policy whose metrics are of another task.

    Raises:
        UsageError: DLA106.
    """
    from dlaudit.metrics.names import metric_named

    faults = []
    for rule in policy.rules:
        tasks = metric_named(rule.base_metric).tasks
        if task not in tasks:
            what = f"the rule {shown(rule.name, limit=100)} needs a {' or '.join(tasks)} task; this one is {task}"
            faults.append((what, "`dlaudit list metrics` says which metric is for which task."))
    _refuse(faults)


def _unknown_features(policy: Policy, features: list[str]) -> list[tuple[str, str]]:
    return [
        _unknown(rule.name, "feature", one, features)
        for rule in policy.rules
        for by in rule.features or []
        for one in by
        if one not in features
    ]


def check_known(audit: Audit, policy: Policy) -> None:
    """Refuse a policy that asks for a metric or a feature that the audit does not have.

    Raises:
        UsageError: DLA106, with the nearest names; several are told at once.
    """
    metrics = list(dict.fromkeys(found.metric for found in audit.measurements))
    faults = [
        _unknown(rule.name, "metric", rule.base_metric, metrics)
        for rule in policy.rules
        if rule.base_metric not in metrics
    ]
    _refuse([*faults, *_unknown_features(policy, features_of(audit))])


def features_of(audit: Audit) -> list[str]:
    """Features whose levels the audit compares."""
    measured = [feature for one in audit.slices for feature in one.by]
    return list(dict.fromkeys([*audit.data.sensitive, *audit.data.control, *measured]))


def _unknown(rule: str, noun: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    known = list(known)
    what = f"the rule {shown(rule, limit=100)} names the {noun} {shown(name)}, which this audit does not have"
    return what, f"It has: {listed(known, most=40, quote=False) or 'none'}.{nearest(name, known)}"


def _refuse(faults: list[tuple[str, str]]) -> None:
    if not faults:
        return
    if len(faults) == 1:
        raise UsageError("DLA106", faults[0][0], fix=faults[0][1])
    told = "".join(f"\n  {what}. {fix}" for what, fix in faults)
    raise UsageError("DLA106", f"{len(faults)} faults in the rules:{told}\n", fix="Correct them and run again.")
