"""Rules about `the positives` of a model of several classes: those of the class that is named as the positive one."""

from dlaudit.spec import Policy, Rule

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
    return policy.model_copy(update={"rules": [_of_class(rule, positive) for rule in policy.rules]})


def _of_class(rule: Rule, positive: str) -> Rule:
    from dlaudit.metrics.names import metric_named

    if "[" in rule.base_metric:
        return rule
    name = _OF_A_CLASS.get(rule.base_metric, rule.base_metric)
    metric = metric_named(name)
    if "multiclass" not in metric.tasks or metric.each("multiclass") is None:
        return rule
    kind = "" if rule.kind == "value" else f".{rule.kind}"
    return rule.model_copy(update={"metric": f"{name}[{positive}]{kind}", "id": rule.name})
