"""Limits where no figure can be are refused before anything is judged."""

import pytest

from dlaudit.errors import UsageError
from dlaudit.gate import check_policy
from dlaudit.spec import Policy


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("selection_rate.difference by sex <= 5", "lies 0..1, and it is 5; 5 % is 0.05"),
        ("selection_rate by sex max 80", "80 % is 0.8"),
        ("selection_rate by sex max 1000", "lies 0..1, and it is 1000"),
        ("selection_rate by sex min -1", "the min of selection_rate lies 0..1, and it is -1"),
        ("selection_rate.ratio by sex max_drop 2", "the max_drop of selection_rate.ratio lies 0..1"),
        ("accuracy by sex max_drop 10%", None),
        ("mean_error by sex max_drop 0.5", "mean_error is better neither higher nor lower"),
        ("mean_error.difference by sex max_drop 0.5", None),
        ("selection_rate by sex max_drop 0.05", None),
        ("selection_rate.difference by sex <= 0.05", None),
        ("mean_absolute_error by sex max 80", None),
        ("mean_absolute_error by sex max -1", "lies at 0 or above"),
    ],
)
def test_a_limit_that_no_figure_can_reach_is_refused(rule: str, told: str | None) -> None:
    policy = Policy.from_rules(rule)
    if told is None:
        check_policy(policy)
        return
    with pytest.raises(UsageError) as fault:
        check_policy(policy)
    assert fault.value.code == "DLA107" and told in fault.value.message
