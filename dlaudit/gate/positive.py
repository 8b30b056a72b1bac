"""Rules about `the positives` of a model of several classes: those of the class that is named as the positive one."""

from dlaudit.spec import Policy, Rule, Waiver
from dlaudit.spec.rule import kind_of

_OF_A_CLASS = {"true_positive_rate": "recall"}
"""Names that a rate has for two labels, and the name that it has for a class."""


def about_the_positive(policy: Policy, task: str, positive: str | None) -> Policy:
    """The policy in which rates of the positives mean those of the class `positive`, as in `recall[malignant]`.

    With `model.positive = "malignant"`, `true_positive_rate` of a multiclass task is the share of malignant ones that
    are found. Rules that name a class themselves, and other tasks, stay as they are.

    Args:
        policy: What is required.
        task: What the model predicts.
        positive: The class named as positive; None where none is.
    """
    if task != "multiclass" or positive is None:
        return policy
    rules = [_of_class(rule, positive) for rule in policy.rules]
    return policy.model_copy(
        update={"rules": rules, "waivers": [_waiver_of_class(one, positive) for one in policy.waivers]}
    )


def _of_class(rule: Rule, positive: str) -> Rule:
    metric = _metric_of_class(rule.metric, positive)
    return rule if metric is None else rule.model_copy(update={"metric": metric, "id": rule.name})


def _waiver_of_class(waiver: Waiver, positive: str) -> Waiver:
    metric = _metric_of_class(waiver.metric, positive) if waiver.metric else None
    return waiver if metric is None else waiver.model_copy(update={"metric": metric})


def _metric_of_class(written: str, positive: str) -> str | None:
    """The rate of the class; None where the name already says of which, or is one for all classes."""
    from dlaudit.metrics.names import metric_named

    kind = kind_of(written)
    base = written if kind == "value" else written.rpartition(".")[0]
    if "[" in base:
        return None
    name = _OF_A_CLASS.get(base, base)
    metric = metric_named(name)
    if "multiclass" not in metric.tasks or metric.each("multiclass") is None:
        return None
    return f"{name}[{positive}]" + ("" if kind == "value" else f".{kind}")
