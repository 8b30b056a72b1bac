"""What an accepted baseline asks of later runs, where no rule says how much worse they may be."""

from dlaudit.spec.placed import Placed

CHANGE_METRICS = {
    "binary": ("true_positive_rate", "false_positive_rate"),
    "multiclass": ("accuracy",),
    "multilabel": ("true_positive_rate", "false_positive_rate"),
    "pairs": ("false_negative_rate", "false_positive_rate"),
}
"""What is judged, by task: shares of rows whose denominators no model changes, so that single rows can be paired. Of
pairs of samples, whatever their task, the two rates that an audit of them measures."""


class ChangeGate(Placed):
    """`[baseline]` of dlaudit.toml, as the policy holds it."""

    max_drop: float
    """How much worse the rates of a slice may be than in the baseline."""


def change_rule_id(metric: str) -> str:
    """The name of the rule on a metric."""
    return f"no-worse: {metric}"


def is_change_rule(name: str) -> bool:
    """Whether a baseline may bring a rule of that name; of a multilabel task each label has its own."""
    return name.partition("[")[0] in change_rule_ids()


def change_metrics() -> list[str]:
    """The metrics of all rules that a baseline may bring."""
    return list(dict.fromkeys(metric for some in CHANGE_METRICS.values() for metric in some))


def change_rule_ids() -> list[str]:
    """The names of all rules that a baseline may bring, for waivers that name one."""
    return [change_rule_id(metric) for metric in change_metrics()]
