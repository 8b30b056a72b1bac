"""Rules about the positives of a model of several classes speak of the class that is named as positive."""

import pytest

from dlaudit.errors import UsageError
from dlaudit.gate.known import check_task
from dlaudit.gate.positive import about_the_positive
from dlaudit.spec import Policy


def metrics(*rules: str, task: str = "multiclass", positive: str | None = "malignant") -> list[str]:
    return [rule.metric for rule in about_the_positive(Policy.from_rules(*rules), task, positive).rules]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true_positive_rate.difference by sex <= 0.1", "recall[malignant].difference"),
        ("false_positive_rate.difference by sex <= 0.1", "false_positive_rate[malignant].difference"),
        ("precision.ratio by sex >= 0.8", "precision[malignant].ratio"),
        ("selection_rate >= 0.1", "selection_rate[malignant]"),
        ("recall[benign].difference by sex <= 0.1", "recall[benign].difference"),
        ("accuracy.difference by sex <= 0.1", "accuracy.difference"),
        ("log_loss.difference by sex <= 0.1", "log_loss.difference"),
    ],
)
def test_a_rate_of_the_positives_is_that_of_the_positive_class(written: str, meant: str) -> None:
    assert metrics(written) == [meant]


def test_a_rule_keeps_the_name_that_it_was_written_with() -> None:
    (rule,) = about_the_positive(
        Policy.from_rules("true_positive_rate.difference by sex <= 0.1"), "multiclass", "malignant"
    ).rules
    assert rule.name == "true_positive_rate.difference by sex <= 0.1"
    assert (rule.kind, rule.limit, rule.by) == ("difference", 0.1, "sex")


@pytest.mark.parametrize(("task", "positive"), [("binary", "1"), ("multilabel", "1"), ("multiclass", None)])
def test_other_tasks_and_models_without_a_positive_class_are_left_alone(task: str, positive: str | None) -> None:
    written = "true_positive_rate.difference by sex <= 0.1"
    assert metrics(written, task=task, positive=positive) == ["true_positive_rate.difference"]


def test_a_rate_that_no_class_has_is_refused_as_before() -> None:
    policy = about_the_positive(
        Policy.from_rules("false_negative_rate.difference by sex <= 0.1"), "multiclass", "malignant"
    )
    with pytest.raises(UsageError) as caught:
        check_task(policy, "multiclass")
    assert caught.value.code == "DLA106"
