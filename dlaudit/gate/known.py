"""Whether a rule speaks of metrics and features that there are."""

from collections.abc import Iterable, Sequence

from dlaudit.errors import Place, UsageError, listed, nearest, shown
from dlaudit.record import Audit
from dlaudit.spec import Policy, Rule, SlicesSpec, Waiver, change_rule_id, change_rule_ids, is_change_rule
from dlaudit.spec.change_gate import change_metrics
from dlaudit.spec.policy import part_named

Fault = tuple[str, str]
"""What is wrong and what to do about it."""
_Placed = tuple[Place | None, str, str]
"""Where it is wrong, what, and what to do about it."""
_SHARES = "Give a limit that the figure can cross; limits are shares, such as 0.8 for 80 %."
_A_GAP = "Write METRIC.difference with max_drop, or a max or min for each slice."


def check_policy(policy: Policy) -> None:
    """Refuse a policy whose metrics nothing can measure, whose limits nothing can reach, or whose waivers are about
    none of its rules.

    Raises:
        UsageError: DLA106, or DLA107 for limits; several faults are told at once.
    """
    from dlaudit.gate.possible import limit_out_of_reach, no_better_side

    faults = []
    for rule in policy.rules:
        fault = metric_fault(rule.base_metric)
        if fault is not None:
            faults.append((rule.place, *fault))
    _refuse([*dict.fromkeys(faults), *_idle_waivers(policy)])
    beyond = [(rule, limit_out_of_reach(rule)) for rule in policy.rules]
    sideless = [(rule, no_better_side(rule)) for rule in policy.rules]
    impossible = [(rule.place, told, _SHARES) for rule, told in beyond if told is not None]
    impossible += [(rule.place, told, _A_GAP) for rule, told in sideless if told is not None]
    _refuse(impossible, "DLA107")


def metric_fault(name: str) -> Fault | None:
    """Why no rule can be about the metric of that name, with the nearest one; None where one can."""
    from dlaudit.metrics.names import metric_named

    try:
        metric_named(name)
    except UsageError as error:
        return error.what, error.fix
    return None


def check_features(policy: Policy, features: list[str]) -> None:
    """Refuse a policy that compares features which are neither sensitive nor control ones, before a model runs.

    Raises:
        UsageError: DLA106, with the nearest names.
    """
    _refuse(_unknown_features(policy.spread(features), features))


def check_declared_features(policy: Policy, slices: SlicesSpec) -> None:
    """Refuse a policy that compares features which the configuration does not declare, before anything is read.

    Nothing is refused where the configuration leaves its features to be found in the data. Which levels a column of
    several has (`slices.multi`) is not known here: any `COLUMN: LEVEL` of it may be meant.

    Args:
        policy: The rules and waivers.
        slices: What is compared.

    Raises:
        UsageError: DLA106, with file and line and the nearest names.
    """
    if slices.sensitive is None and not slices.multi:
        return
    declared = list(dict.fromkeys([*(slices.sensitive or []), *slices.multi, *slices.control]))
    prefixes = tuple(part_named(name, "") for name in slices.multi)
    levels = [name for _, by in _compared(policy) for name in by if name.startswith(prefixes)]
    _refuse(_unknown_features(policy, declared, levels))


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
            named = f"the rule {shown(rule.name, limit=100)}"
            what = f"{named} needs a {' or '.join(tasks)} task; this one is {task}"
            faults.append((rule.place, what, "`dlaudit list metrics` says which metric is for which task."))
    _refuse(faults)


def _unknown_features(policy: Policy, features: list[str], taken: Sequence[str] = ()) -> list[_Placed]:
    """What rules and waivers compare and `features` does not have, but for what is `taken` to be there."""
    known = {*features, *taken}
    return [
        _unknown(one, "feature", name, features) for one, by in _compared(policy) for name in by if name not in known
    ]


def _compared(policy: Policy) -> list[tuple[Rule | Waiver, list[str]]]:
    """Every rule and waiver with the features of each of its checks."""
    every: list[Rule | Waiver] = [*policy.rules, *policy.waivers]
    return [(one, by) for one in every for by in one.features or []]


def _idle_waivers(policy: Policy) -> list[_Placed]:
    """Waivers of rules that the policy does not have."""
    names = list(dict.fromkeys(rule.name for rule in policy.rules))
    names += change_rule_ids() if policy.change is not None else []
    metrics = list(dict.fromkeys(name for rule in policy.rules for name in (rule.base_metric, rule.metric)))
    faults = []
    for one in policy.waivers:
        for noun, name, known in (("rule", one.rule, names), ("metric", one.metric, metrics)):
            if (
                name is not None
                and name not in known
                and not (policy.change and noun == "rule" and is_change_rule(name))
            ):
                what = f"the waiver of {shown(one.owner)} names the {noun} {shown(name, limit=100)}"
                meant = _brought_rule(name) if noun == "rule" and policy.change is not None else None
                near = f" Did you mean {shown(meant, limit=100)}?" if meant is not None else nearest(name, known)
                fix = f"Rules have: {listed(known, most=20, quote=False) or 'none'}.{near}"
                faults.append((one.place, f"{what}, which no rule of this policy has", fix))
    return faults


def _brought_rule(name: str) -> str | None:
    """The rule of a baseline whose metric the name gives by another of its names, as `no-worse: tpr`."""
    from dlaudit.metrics.names import metric_named

    said, opened, label = name.rpartition(":")[2].strip().partition("[")
    for metric in change_metrics():
        initials = "".join(word[0] for word in metric.split("_"))
        known = {metric, metric.replace("_", " "), *(one.casefold() for one in metric_named(metric).aliases)}
        if said.casefold() in known | ({initials} if len(initials) > 1 else set()):
            return f"{change_rule_id(metric)}{opened}{label}"
    return None


def check_known(audit: Audit, policy: Policy) -> None:
    """Refuse a policy that asks for a metric, a feature or a slice that the audit does not have.

    Raises:
        UsageError: DLA106, with the nearest names; several are told at once.
    """
    metrics = list(dict.fromkeys(found.metric for found in audit.measurements))
    faults = [
        _unknown(rule, "metric", rule.base_metric, metrics)
        for rule in policy.rules
        if rule.base_metric not in metrics and not _is_brought(rule, audit)
    ]
    faults += _unknown_features(policy, features_of(audit)) + _idle_waivers(policy)
    _refuse([*faults, *_unknown_slices(audit, policy)])


def _is_brought(rule: Rule, audit: Audit) -> bool:
    """Whether an accepted baseline brings the rule, which is undecided where there is nothing to judge."""
    is_accepted = audit.baseline is not None and audit.baseline.accepted is not None
    return is_accepted and is_change_rule(rule.name) and rule.max_drop is not None


def _unknown_slices(audit: Audit, policy: Policy) -> list[_Placed]:
    hidden = audit.suppression
    if hidden is not None and hidden.unnamed:
        return []  # a slice may be there and not be named
    known = [one.id for one in audit.slices] + [one.id for one in (hidden.slices if hidden else [])]
    named: list[tuple[Rule | Waiver, list[str]]] = [(rule, rule.slices or []) for rule in policy.rules]
    named += [(waiver, waiver.slice_ids) for waiver in policy.waivers]
    return [_unknown(one, "slice", name, known) for one, names in named for name in names if name not in known]


def features_of(audit: Audit) -> list[str]:
    """Features whose levels the audit compares."""
    lost = audit.baseline.lost if audit.baseline is not None else []
    measured = [feature for one in [*audit.slices, *lost] for feature in one.by]
    return list(dict.fromkeys([*audit.data.sensitive, *audit.data.control, *measured]))


def _unknown(one: Rule | Waiver, noun: str, name: str, known: Iterable[str]) -> _Placed:
    known, kind = list(known), "waiver" if isinstance(one, Waiver) else "rule"
    named = f"the {kind} {shown(one.name, limit=100)} names the {noun} {shown(name)}"
    what = f"{named}, which this audit does not have"
    return one.place, what, f"It has: {listed(known, most=40, quote=False) or 'none'}.{nearest(name, known)}"


def _refuse(faults: list[_Placed], code: str = "DLA106") -> None:
    if not faults:
        return
    parts = tuple(UsageError(code, what, place=place, fix=fix) for place, what, fix in faults)
    if len(parts) == 1:
        raise parts[0]
    told = "".join(f"\n  {one.message}" for one in parts)
    whole = UsageError(code, f"{len(parts)} faults in the rules:{told}\n", fix="Correct them and run again.")
    whole.parts = parts
    raise whole
