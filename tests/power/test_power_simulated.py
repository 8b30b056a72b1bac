"""The gate judged on drawn samples: the samples are binomial, and the formulae tell what the gate then does."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binom

from dlaudit.gate.planned import Budget, PlannedFamily, SizedSlice, binomial_quantile, simulate
from dlaudit.spec import Policy, Rule
from dlaudit.stages.plan import Supposition, plan
from dlaudit.stages.plan_sizes import sizes_given
from dlaudit.stats.power import rows_to_pass_alike

DIFFERENCE = "selection_rate.difference by race <= 0.1"


def planned(sizes, *rules, rates=None, scope="all", **about):
    policy = Policy(rules=[Rule.parse(rule).model_copy(update={"scope": scope}) for rule in rules])
    rates = rates or {"selection_rate": 0.3}
    return plan(sizes_given({"": sizes}, policy, rates, 30), policy, Supposition(rates=rates, **about))


def even(slices, rows):
    return {f"l{place}": rows for place in range(slices)}


@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (30, 0.01), (300, 0.3), (5000, 0.97)])
def test_counts_of_uniform_numbers_are_scipys_binomial_quantiles(n, p):
    u = np.random.default_rng(0).random(2000)
    assert np.array_equal(binomial_quantile(u, n, p), binom.ppf(u, n, p).astype(int))


def test_certain_rates_give_certain_counts():
    u = np.array([1e-9, 0.5, 1 - 1e-9])
    assert binomial_quantile(u, 20, 0.0).tolist() == [0, 0, 0]
    assert binomial_quantile(u, 20, 1.0).tolist() == [20, 20, 20]


@pytest.mark.parametrize(("slices", "rate"), [(2, 0.1), (2, 0.5), (3, 0.3)])
def test_at_the_rows_of_the_formula_four_in_five_samples_pass(slices, rate):
    rows = int(np.ceil(rows_to_pass_alike(slices, rate, 0.1)))
    found = planned(even(slices, rows), DIFFERENCE, rates={"selection_rate": rate}, samples=60).checks[0]
    assert found.formula_pass == pytest.approx(0.8, abs=0.01)
    assert found.equal.passes == pytest.approx(0.8, abs=0.06 + 3 * found.equal.error)


def test_a_formula_for_one_pair_alone_is_too_hopeful_for_many_slices():
    """The usual sample size for two slices, used for six: far fewer than four in five samples pass."""
    rows = int(np.ceil(0.3 * 0.7 * 2 * ((ndtri(0.9) + ndtri(0.95)) / 0.1) ** 2))
    found = planned(even(6, rows), DIFFERENCE, samples=30).checks[0]
    assert found.equal.passes < 0.8 - 0.06 - 3 * found.equal.error
    assert found.formula_pass == pytest.approx(found.equal.passes, abs=0.06 + 3 * found.equal.error)


@pytest.mark.parametrize(("sizes", "gap"), [((285, 285), 0.2), ((600, 400, 200), 0.2), ((1500, 120, 90, 60), 0.3)])
def test_the_chance_of_a_fail_agrees_with_the_gates(sizes, gap):
    found = planned({f"l{at}": n for at, n in enumerate(sizes)}, DIFFERENCE, gap=gap, samples=60).checks[0]
    assert found.formula_fail == pytest.approx(found.with_gap.fails, abs=0.06 + 3 * found.with_gap.error)
    assert found.equal.fails <= 0.05 + 3 * found.equal.error


def test_the_same_plan_gives_the_same_figures():
    first, second = (planned(even(3, 200), DIFFERENCE, samples=30) for _ in range(2))
    assert first == second
    assert planned(even(3, 201), DIFFERENCE, samples=30).seed != first.seed


def test_a_scope_planned_at_one_half_does_not_hold_back_a_pass_of_all():
    """At a rate of 0.1 these rows are enough, though the rule's planning_rate of 0.5 would ask for 429."""
    found = planned(even(2, 200), DIFFERENCE, rates={"selection_rate": 0.1}, scope="planned", samples=40).checks[0]
    assert found.equal.passes > 0.7 and len(found.assessed) == 2
    assert found.formula_pass == pytest.approx(found.equal.passes, abs=0.06 + 3 * 0.07)
    assert found.counted_to_pass is not None and found.counted_to_pass <= 200


def test_two_rules_on_one_metric_see_the_same_samples():
    """Twice the same rule: the policy's chances are those of one check, where independent ones would multiply."""
    found = planned(even(2, 360), DIFFERENCE, DIFFERENCE, samples=30)
    assert found.checks[0].equal == found.checks[1].equal == found.equal


def test_the_features_of_one_rule_share_its_error_rate():
    """A rule over two features needs stronger evidence in each than two rules; formula and gate both know it."""
    sizes = {"race": {"a": 240, "b": 240}, "sex": {f"s{at}": 400 for at in range(6)}}
    by = {}
    for rules in (("race",), ("race,sex",)):
        policy = Policy.from_rules(*(f"selection_rate.difference by {one} <= 0.1" for one in rules))
        rates = {"selection_rate": 0.3}
        made = plan(sizes_given(sizes, policy, rates, 30), policy, Supposition(rates=rates, samples=40))
        by[rules[0]] = made.checks[0]
    assert by["race,sex"].formula_fail < by["race"].formula_fail - 0.1
    assert by["race,sex"].with_gap.fails < by["race"].with_gap.fails
    assert by["race,sex"].formula_fail == pytest.approx(by["race,sex"].with_gap.fails, abs=0.06 + 3 * 0.08)


def test_each_rule_has_a_gap_of_its_own():
    found = planned(even(2, 800), DIFFERENCE, "selection_rate.ratio by race >= 0.8", samples=20)
    assert [round(one.gap, 6) for one in found.checks] == [0.2, 0.6]
    assert [round(one.gap_rate, 6) for one in found.checks] == [0.5, 0.18]
    assert found.with_gap.fails >= max(one.with_gap.fails for one in found.checks)


def test_small_slices_are_told_as_not_assessed_and_no_pass_speaks_about_them():
    found = planned({"a": 3000, "b": 3000, "c": 12}, DIFFERENCE, samples=20).checks[0]
    assert found.not_assessed == ["race=c"] and found.equal.passes > 0.9
    assert found.slices[2].rows_to_pass > 12


def test_a_slice_without_counted_rows_leaves_the_rule_undecided():
    cells = [SizedSlice(id=f"race={level}", label=level, rows=100, counted=n) for level, n in (("a", 50), ("b", 0))]
    family = PlannedFamily(rule=Rule.parse(DIFFERENCE), by=("race",), slices=tuple(cells), rate=0.3, gap_rate=0.5)
    budget = Budget(samples=3, seconds=9.0, advance=lambda _: None)
    found = simulate([family], 30, np.random.default_rng(0), budget)
    assert found.equal.policy.undecided == 1.0


def test_time_stops_the_simulation_and_it_is_said():
    cells = tuple(SizedSlice(id=f"race={level}", label=level, rows=100, counted=100) for level in "ab")
    family = PlannedFamily(rule=Rule.parse(DIFFERENCE), by=("race",), slices=cells, rate=0.3, gap_rate=0.5)
    budget = Budget(samples=100, seconds=0.0, advance=lambda _: None)
    found = simulate([family], 30, np.random.default_rng(0), budget)
    assert found.stopped_early and found.equal.policy.samples == 10


def test_denominators_follow_from_labels_and_supposed_rates():
    rates = {"prevalence": 0.25, "true_positive_rate": 0.8, "false_positive_rate": 0.1}
    rules = [f"{name}.difference by race <= 0.1" for name in ("true_positive_rate", "false_positive_rate", "precision")]
    found = planned({"a": 1000, "b": 400}, *rules, rates=rates, samples=1)
    counted = [[one.counted for one in check.slices] for check in found.checks]
    assert counted == [[250, 100], [750, 300], [275, 110]]


def test_what_is_no_share_of_counted_rows_is_not_applicable_with_a_reason():
    found = planned({"a": 1000, "b": 400}, "f1 by race >= 0.5", "auc by race >= 0.5", samples=1)
    assert found.checks == [] and found.equal is None
    assert [one.reason.split(":")[0] for one in found.not_applicable] == ["f1", "auc"]


@pytest.mark.parametrize(
    ("rule", "rate", "gap", "gap_rate"),
    [
        ("selection_rate.difference by race <= 0.1", 0.8, None, 0.6),
        ("selection_rate.difference by race <= 0", 0.3, None, 0.4),
        ("selection_rate.ratio by race >= 0.4", 0.5, None, 0.1),
        ("selection_rate by race >= 0.7", 0.8, None, 0.6),
        ("selection_rate by race <= 0.2", 0.1, 0.3, 0.4),
    ],
)
def test_the_gap_is_twice_what_the_rule_allows_unless_given(rule, rate, gap, gap_rate):
    found = planned({"a": 500, "b": 500}, rule, rates={"selection_rate": rate}, gap=gap, samples=1).checks[0]
    assert found.gap_rate == pytest.approx(gap_rate)


def test_a_floor_that_the_rate_would_break_is_planned_from_one_that_keeps_it():
    found = planned({"a": 500, "b": 500}, "selection_rate by race >= 0.7", samples=1).checks[0]
    assert found.rate == pytest.approx(0.85) and "halfway" in found.rate_from
