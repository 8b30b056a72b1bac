"""What is wrong with a policy's names and limits, beyond what each key alone can tell."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from dlaudit.errors import listed, nearest, shown
from dlaudit.spec.change_gate import change_rule_ids, is_change_rule
from dlaudit.spec.layers import Entry, Merged, rule_of
from dlaudit.spec.rule import Rule, idle_key_fault, kind_of, limit_fault, undecided_fault
from dlaudit.spec.toml_faults import Fault, dotted

_LEVELS, _UNDECIDED = ("error", "warning", "note"), ("error", "warning", "ignore")
MetricFault = Callable[[str], tuple[str, str] | None]
LimitFault = Callable[[Rule], str | None]


def name_faults(found: Merged, rules: Sequence[Rule], metric_fault: MetricFault | None) -> list[Fault]:
    """Metrics that there are not, and waivers of rules that there are not.

    Args:
        found: The rules and waivers of files.
        rules: Rules of flags.
        metric_fault: Why there is no metric of a name, and what to do; without it, metrics are not looked up.
    """
    made = [(one, rule_of(one.written)) for one in found.rules]
    faults = []
    for one in found.rules:
        metric = one.written.get("metric") if isinstance(one.written, dict) else None
        fault = metric_fault(_base(metric)) if metric_fault and isinstance(metric, str) else None
        if fault is not None:
            key, place = dotted((*one.own, "metric")), one.place_of(("metric",))
            faults.append(Fault(key=key, told=fault[0], fix=fault[1], place=place, code="DLA106"))
    known = [*(rule for _, rule in made if rule is not None), *rules]
    names = list(dict.fromkeys(rule.name for rule in known))
    ids = [str(one.written["id"]) for one, _ in made if isinstance(one.written, dict) and "id" in one.written]
    metrics = [name for rule in known for name in (rule.base_metric, rule.metric)]
    metrics += [str(one.written.get("metric")) for one, rule in made if rule is None and isinstance(one.written, dict)]
    for one in found.waivers:
        rules_known = list(dict.fromkeys([*names, *ids, *change_rule_ids()]))
        faults += _waiver_faults(one, {"rule": rules_known, "metric": list(dict.fromkeys(metrics))})
    return faults


def _waiver_faults(one: Entry, known: dict[str, list[str]]) -> list[Fault]:
    """What a waiver names and no rule has."""
    faults = []
    for key, names in known.items():
        name = one.written.get(key) if isinstance(one.written, dict) else None
        if isinstance(name, str) and name not in names and not (key == "rule" and is_change_rule(name)):
            told = f"no rule of this policy has the {'name' if key == 'rule' else 'metric'} {shown(name, limit=100)}"
            fix = f"Rules have: {listed(names, most=20, quote=False) or 'none'}.{nearest(name, names)}"
            place = one.place_of((key,))
            faults.append(Fault(key=dotted((*one.own, key)), told=told, fix=fix, place=place, code="DLA106"))
    return faults


def hidden_limits(error: ValidationError, found: Merged) -> list[Fault]:
    """Impossible limits and levels of rules that have other faults too, which keep pydantic from looking at them."""
    broken = {one["loc"][1] for one in error.errors() if one["loc"][:1] == ("rule",) and len(one["loc"]) > 2}
    faults = []
    for at in broken:
        one = found.rules[at] if isinstance(at, int) and at < len(found.rules) else None
        keys = one.written if one is not None and isinstance(one.written, dict) else {}
        limits = {key: keys.get(key) for key in ("min", "max", "max_drop")}
        are_numbers = all(
            one is None or (isinstance(one, int | float) and not isinstance(one, bool)) for one in limits.values()
        )
        told = limit_fault(keys["metric"], limits) if isinstance(keys.get("metric"), str) and are_numbers else None
        told = told or idle_key_fault(keys)
        if one is not None and told is not None:
            faults.append(Fault(key=dotted(one.own), told=told, place=one.place))
        levels = [keys.get("level", "error"), keys.get("undecided")]
        told = undecided_fault(*levels) if levels[0] in _LEVELS and levels[1] in _UNDECIDED else None
        if one is not None and told is not None:
            faults.append(Fault(key=dotted((*one.own, "undecided")), told=told, place=one.place_of(("undecided",))))
    return faults


def further_faults(found: Merged, whole: dict[str, Any], limit_fault: LimitFault | None) -> list[Fault]:
    """What is looked up later where nothing else is wrong, so that all mistakes of a file are told at once.

    Args:
        found: The rules and waivers of files.
        whole: The configuration as it is written, flags laid over it.
        limit_fault: Why the limit of a rule is out of its metric's reach; without it, limits are not looked at.
    """
    faults = []
    declared = _declared(whole.get("slices"))
    for one in found.rules:
        rule = rule_of(one.written)
        if rule is None:
            continue
        told = limit_fault(rule) if limit_fault is not None else None
        if told is not None:
            key = next(name for name in ("min", "max", "max_drop") if name in one.written)
            faults.append(Fault(key=dotted((*one.own, key)), told=told, place=one.place_of((key,)), code="DLA107"))
        for name in dict.fromkeys(name for by in rule.features or [] for name in by):
            if declared is not None and name not in declared:
                told = f"no feature {shown(name)} is declared{(near := nearest(name, declared)) and f'.{near}'}"
                faults.append(
                    Fault(key=dotted((*one.own, "by")), told=told, place=one.place_of(("by",)), code="DLA106")
                )
    return faults


def _declared(slices: Any) -> list[str] | None:
    """Features that the configuration declares; None where they are found, or a column has several levels."""
    if not isinstance(slices, dict) or slices.get("multi") or not isinstance(slices.get("sensitive"), list):
        return None
    control = slices.get("control")
    return [str(one) for one in [*slices["sensitive"], *(control if isinstance(control, list) else [])]]


def _base(metric: str) -> str:
    return metric if kind_of(metric) == "value" else metric.rpartition(".")[0]
