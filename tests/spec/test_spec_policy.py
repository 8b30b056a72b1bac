"""Rules: what may be written, what it means, and what is told when it cannot."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.errors import UsageError
from dlaudit.spec import Policy, Rule


def test_a_rule_on_the_command_line_reads_as_it_is_written() -> None:
    rule = Rule.parse("selection_rate.ratio by race >= 0.8")
    assert (rule.base_metric, rule.kind, rule.by, rule.min, rule.max) == (
        "selection_rate",
        "ratio",
        "race",
        0.8,
        None,
    )


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("accuracy >= 0.8", None),
        ("x.difference by sex <= 0.1", [["sex"]]),
        ("x.difference by sex,race <= 0.1", [["sex"], ["race"]]),
        ("x.difference by sex & race <= 0.1", [["race", "sex"]]),
    ],
)
def test_by_names_one_check_each(text: str, features: list[list[str]] | None) -> None:
    assert Rule.parse(text).features == features


def test_a_percentage_is_a_share() -> None:
    assert Rule.parse("selection_rate.ratio by race >= 80%").min == 0.8


@given(st.integers(1, 1000))
def test_the_limit_is_the_decimal_that_was_written(thousandths: int) -> None:
    rule = Rule.parse(f"selection_rate.ratio by race >= {thousandths / 1000}")
    assert rule.exact_limit == Fraction(thousandths, 1000)


def test_binary_floats_are_not_the_limit() -> None:
    assert Rule.parse("selection_rate.ratio by race >= 0.8").exact_limit != Fraction(0.8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("selection_rate.ratio by race", "is not a rule"),
        ("selection_rate.ratio by race > 0.8", "is not a rule"),
        ("selection_rate.ratio by race <= 0.8", "a ratio .* has a min"),
        ("selection_rate.difference by race >= 0.1", "a difference .* has a max"),
        ("selection_rate.ratio by race >= 80", "80 % is 0.8"),
        ("selection_rate.difference by race <= -0.1", "not negative"),
        ("", "is not a rule"),
        (f"selection_rate.difference by sex <= {'9' * 400}%", "too large a number"),
    ],
)
def test_an_impossible_rule_is_a_usage_error(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as fault:
        Rule.parse(text)
    assert fault.value.code == "DLA107"
    assert fault.value.exit_code == 2


def test_undecided_counts_as_much_as_the_rule() -> None:
    assert Rule(metric="x.ratio", min=0.8).when_undecided == "error"
    assert Rule(metric="x.ratio", min=0.8, level="warning").when_undecided == "warning"
    assert Rule(metric="x.ratio", min=0.8, level="note").when_undecided == "ignore"
    assert Rule(metric="x.ratio", min=0.8, undecided="ignore").when_undecided == "ignore"


@pytest.mark.parametrize(("level", "undecided"), [("warning", "error"), ("note", "error"), ("note", "warning")])
def test_being_undecided_never_counts_more_than_being_broken(level: str, undecided: str) -> None:
    with pytest.raises(ValueError, match="counts more than level"):
        Rule.model_validate({"metric": "x.ratio", "min": 0.8, "level": level, "undecided": undecided})


@pytest.mark.parametrize(
    ("level", "undecided"),
    [("error", "error"), ("error", "warning"), ("warning", "warning"), ("warning", "ignore"), ("note", "ignore")],
)
def test_being_undecided_may_count_as_much_or_less(level: str, undecided: str) -> None:
    rule = Rule.model_validate({"metric": "x.ratio", "min": 0.8, "level": level, "undecided": undecided})
    assert rule.when_undecided == undecided


def test_a_policy_can_be_written_as_rules() -> None:
    assert [rule.base_metric for rule in Policy.from_rules("a.ratio by s >= 0.8", "b <= 1").rules] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    "given", [{"contrast": "rest"}, {"reference": "best"}, {"scope": "all"}, {"planning_rate": 0.2}]
)
def test_keys_that_a_drop_would_ignore_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(given))} cannot be set beside max_drop"):
        Rule.model_validate({"metric": "accuracy", "max_drop": 0.02, **given})
    usual = {"contrast": None, "reference": None, "scope": "planned", "planning_rate": 0.5}
    assert Rule.model_validate({"metric": "accuracy", "max_drop": 0.02, **usual}).max_drop == 0.02
