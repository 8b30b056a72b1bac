"""How a drop is told in the record: in points, without signs, and without base rates where rows are the same."""

import pytest
from test_gate_drop import EVEN, check, make_audit, paired, rate, rates

from dlaudit.gate import judge
from dlaudit.spec import Policy, Rule

FELL = [rates("a", 395, 5, 105, 1000), rates("b", 490, 10, 10, 1000)]


def test_what_got_worse_is_told_in_points_with_an_interval_on_one_side():
    _, found = check(paired(*FELL), metric="selection_rate")
    assert found.reason.startswith("selection_rate of race=a got worse by 10.0 points, interval ")
    assert "points worse; the limit is at most 5 points worse." in found.reason
    assert found.reason.count("points") == 3 and "-" not in found.reason


def test_what_got_better_has_no_sign():
    rose = [rates("a", 395, 105, 5, 1000), rates("b", 490, 10, 10, 1000)]
    _, found = check(paired(*rose), metric="selection_rate", limit=0.002)
    assert "-0." not in found.reason and "-1" not in found.reason


def test_bounds_of_an_undecided_drop_are_in_points():
    _, found = check(paired(rate("a", 0.3, 0.25), rate("b", 0.5, 0.5)))
    assert found.outcome == "undecided"
    assert "points or more" in found.reason and "a limit of 0." not in found.reason


@pytest.mark.parametrize("metric", ["true_positive_rate", "false_positive_rate"])
def test_no_base_rate_stands_beside_a_drop_on_the_same_rows(metric):
    moved = [rates("a", 395, 105, 5, 1000, metric=metric), rates("b", 490, 10, 10, 1000, metric=metric)]
    audit = make_audit(EVEN, metric=metric)
    common = [one.model_copy(update={"metric": "prevalence"}) for one in audit.measurements]
    audit = audit.model_copy(update={"measurements": [*audit.measurements, *common]})
    assert "Truly positive" in judged(audit, Rule(metric=metric, by="race", max=0.9))
    audit = audit.model_copy(update={"baseline": paired(*moved)})
    assert "Truly positive" not in judged(audit, Rule(metric=metric, by="race", max_drop=0.05))


def judged(audit, rule):
    return judge(audit, Policy(rules=[rule])).checks[0].reason
