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


def check_known(audit: Audit, policy: Policy) -> None:
    """Refuse a policy that asks for a metric or a feature that the audit does not have.

    Raises:
        UsageError: DLA106, with the nearest names; several are told at once.
    """
    metrics = list(dict.fromkeys(found.metric for found in audit.measurements))
    features = _features(audit)
    faults = []
    for rule in policy.rules:
        if rule.base_metric not in metrics:
            faults.append(_unknown(rule.name, "metric", rule.base_metric, metrics))
        asked = [feature for by in rule.features or [] for feature in by]
        faults += [_unknown(rule.name, "feature", one, features) for one in asked if one not in features]
    _refuse(faults)


def _features(audit: Audit) -> list[str]:
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
