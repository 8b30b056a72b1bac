"""Plans of rules on a drop: chances by the test itself, against enumeration of all tables and against the gate."""

import time
from math import comb, sqrt

import numpy as np
import pytest

import dlaudit
from dlaudit.errors import UsageError
from dlaudit.gate import judge
from dlaudit.gate.changed import Flips
from dlaudit.gate.planned import SizedSlice
from dlaudit.gate.planned_drops import drop_audit, drop_checks
from dlaudit.metrics.expected import has_fixed_rows
from dlaudit.record import Measurement
from dlaudit.spec import Policy, Rule
from dlaudit.stages.plan_drop import DropSupposition, planned_drops
from dlaudit.stages.plan_sizes import Sizes
from dlaudit.stats.drop_power import Asked, Moves, by_score, least_rows, shown
from dlaudit.stats.paired_bounds import fell_by_less, fell_by_more

RULE = Rule(id="drop", metric="accuracy", max_drop=0.05, by="g")


def slices(*counted, by="g"):
    return [SizedSlice(id=f"{by}={at}", label=str(at), rows=max(n, 30), counted=n) for at, n in enumerate(counted)]


def sizes(**counted):
    found = {by: slices(*some, by=by) for by, some in counted.items()}
    return Sizes(source="", min_size=30, features=list(found), slices=lambda _, by: found[by[0]])


def planned(rule, given, **supposed):
    made, refused = planned_drops([rule], given, DropSupposition(**supposed))
    assert not refused
    return made


def enumerated(n, moves, shows):
    """The chance over all tables of n rows."""
    up, down = moves
    ways = ((u, d) for u in range(n + 1) for d in range(n + 1 - u))
    return sum(
        comb(n, u) * comb(n - u, d) * up**u * down**d * (1 - up - down) ** (n - u - d) for u, d in ways if shows(u, d)
    )


@pytest.mark.parametrize(("n", "limit", "alpha"), [(20, 0.2, 0.05), (20, -0.2, 0.05), (25, 0.1, 0.2)])
def test_a_chance_is_that_of_all_tables_that_the_test_rejects(n, limit, alpha):
    moves = Moves(0.3, 0.04) if limit > 0 else Moves(0.06, 0.06)
    whole = enumerated(n, moves, lambda u, d: fell_by_more(u, d, n, limit, alpha))
    found = shown([Asked(n, alpha)], moves, limit, np.random.default_rng(0)).chances[Asked(n, alpha)]
    assert found.value == pytest.approx(whole, abs=3e-4) and found.error == 0


@pytest.mark.parametrize(("n", "limit"), [(20, 0.1), (35, -0.1)])
def test_beyond_its_border_the_test_goes_on_rejecting(n, limit):
    for down in range(0, n + 1, 3):
        told = [fell_by_more(up, down, n, limit, 0.05) for up in range(n - down + 1)]
        assert told == sorted(told)


def test_a_chance_of_many_rows_is_that_of_samples_that_the_test_judges():
    moves, n, samples = Moves(0.025, 0.025), 900, 500
    found = shown([Asked(n, 0.05)], moves, -0.02, np.random.default_rng(3)).chances[Asked(n, 0.05)]
    rng = np.random.default_rng(4)
    tables = rng.multinomial(n, [*moves, 1 - sum(moves)], size=samples)
    seen = np.mean([fell_by_less(int(worse), int(better), n, 0.02, 0.05) for better, worse, _ in tables])
    error = sqrt(seen * (1 - seen) / samples + found.error**2 + found.common**2)
    assert 0 < found.error + found.common < 0.03
    assert abs(found.value - seen) <= 3 * error
    # the twin: without the churn the same rows always show it
    assert fell_by_less(0, 0, n, 0.02, 0.05) and seen < 0.9


@pytest.mark.parametrize("is_worse", [False, True])
def test_a_plan_is_what_the_gate_says_of_samples(is_worse):
    counted, churn, samples = (260, 140, 12), 0.04, 150
    (plan,) = planned(RULE, sizes(g=counted), churns=(churn,))
    odds = plan.odds[0].worse if is_worse else plan.odds[0].same
    cells, rng, outcomes = slices(*counted), np.random.default_rng(11 + is_worse), []
    for sample in range(samples):
        flips = {}
        for at, one in enumerate(cells):
            drop = plan.drop if is_worse and at == sample % len(cells) else 0.0
            worse, better, _ = rng.multinomial(one.counted, [churn / 2 + drop, churn / 2, 1 - churn - drop])
            flips[one.id] = Flips(int(worse), int(better), one.counted)
        audit = drop_audit(RULE, [(["g"], cells)], 30, flips)
        audit = audit.model_copy(update={"measurements": [Measurement(metric="accuracy", slice="overall", value=0.5)]})
        outcomes.append(judge(audit, Policy(rules=[RULE]), bounds=False).outcome)
    for name, chance in (("pass", odds.passes), ("fail", odds.fails), ("undecided", odds.undecided)):
        seen = outcomes.count(name) / samples
        near = (outcomes.count(name) + 1) / (samples + 2)
        assert abs(seen - chance) <= 3 * sqrt(near * (1 - near) / samples + odds.error**2), name


def test_slices_share_the_error_rate_as_the_judge_shares_it_and_small_ones_are_not_spoken_of():
    (check,) = drop_checks(RULE, [(["g"], slices(200, 100, 25, 2))], 30)
    large, other, small, tiny = check.slices
    assert large.alpha == other.alpha == small.alpha == pytest.approx(0.05 / 3)
    assert tiny.alpha == 0  # two rows could not show it whatever happens
    cells = [
        SizedSlice(id="g=0", label="0", rows=200, counted=200),
        SizedSlice(id="g=1", label="1", rows=20, counted=20),
    ]
    (check,) = drop_checks(RULE, [(["g"], cells)], 30)
    assert [one.assessed for one in check.slices] == [True, False] and check.can_pass


def test_two_features_share_one_error_rate():
    rule = RULE.model_copy(update={"by": ["g", "h"]})
    found = drop_checks(rule, [(["g"], slices(200, 100)), (["h"], slices(150, 150, by="h"))], 30)
    assert {one.alpha for check in found for one in check.slices} == {0.05 / 4}


def test_a_slice_without_a_counted_row_keeps_the_rule_from_passing():
    cells = [*slices(400), SizedSlice(id="g=1", label="1", rows=400, counted=0)]
    (check,) = drop_checks(RULE, [(["g"], cells)], 30)
    assert not check.can_pass and [one.sized.id for one in check.slices] == ["g=0"]


def test_rows_to_pass_pass_four_in_five_and_fewer_do_not():
    (plan,) = planned(RULE, sizes(g=(100, 100)), churns=(0.05,))
    at = plan.slices[0].at[0]
    grown = [
        planned(RULE, sizes(g=(rows, rows)), churns=(0.05,))[0] for rows in (at.rows_to_pass, at.rows_to_pass // 2)
    ]
    assert grown[0].odds[0].same.passes == pytest.approx(0.8, abs=0.06)
    assert grown[1].odds[0].same.passes < 0.6
    failing = planned(RULE, sizes(g=(at.rows_to_fail, 400)), churns=(0.05,))[0]
    assert failing.slices[0].at[0].worse.fails == pytest.approx(0.8, abs=0.06)


def test_more_flipped_decisions_never_make_a_pass_likelier():
    plan = planned(RULE, sizes(g=(400, 300)), churns=(0.0, 0.01, 0.05, 0.2))[0]
    passes = [one.same.passes for one in plan.odds]
    assert passes == sorted(passes, reverse=True) and passes[0] == 1.0 and passes[-1] < 0.5


def test_a_limit_of_nothing_passes_by_error_alone_and_a_wide_one_has_room_for_the_drop():
    plan = planned(RULE.model_copy(update={"max_drop": 0.0}), sizes(g=(500,)))[0]
    assert plan.drop == 0.1 and all(0.01 < one.same.passes <= RULE.alpha for one in plan.odds)
    assert plan.slices[0].at[0].rows_to_pass is None
    wide = planned(RULE.model_copy(update={"max_drop": 0.49}), sizes(g=(60,)), churns=(0.3,))[0]
    assert wide.odds[0].worse.fails > 0.99


def test_the_same_plan_gives_the_same_figures():
    one, same = (planned(RULE, sizes(g=(900, 500)))[0] for _ in range(2))
    assert one == same


@pytest.mark.parametrize(
    ("metric", "fixed"),
    [("true_positive_rate", True), ("accuracy", True), ("selection_rate", True), ("precision", False), ("auc", False)],
)
def test_only_shares_whose_rows_no_model_chooses_are_planned(metric, fixed):
    assert has_fixed_rows(metric) is fixed


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule(metric="precision", max_drop=0.02, by="g"), "no share of rows that are the same"),
        (Rule(metric="accuracy.difference", max_drop=0.02, by="g"), "not for their differences and ratios"),
        (Rule(metric="accuracy", max_drop=0.02, by="g", judge="interval"), "planned for exact tests"),
    ],
)
def test_what_is_not_planned_says_why(rule, why):
    made, (refused,) = planned_drops([rule], sizes(g=(300, 300)), DropSupposition())
    assert not made and why in refused.reason


def test_plan_from_python_takes_the_churn_and_refuses_what_is_no_share():
    policy = Policy(rules=[RULE])
    found = dlaudit.plan({"a": 400, "b": 300}, policy, churn=[0.02])
    assert [one.churn for one in found.drops[0].odds] == [0.02] and found.checks == []
    with pytest.raises(UsageError, match="churn is"):
        dlaudit.plan({"a": 400}, policy, churn=[1.5])


def test_no_rows_show_nothing_and_by_score_alone_comes_near():
    rng = np.random.default_rng(0)
    assert shown([Asked(0, 0.05), Asked(50, 0.0)], Moves(0.5, 0.0), 0.1, rng).chances == {
        Asked(0, 0.05): (0.0, 0.0, 0.0),
        Asked(50, 0.0): (0.0, 0.0, 0.0),
    }
    near = by_score(Asked(900, 0.05), Moves(0.025, 0.025), -0.02, 0.0)
    asked = shown([Asked(900, 0.05)], Moves(0.025, 0.025), -0.02, rng).chances[Asked(900, 0.05)].value
    assert near == pytest.approx(asked, abs=0.03)
    assert least_rows(lambda _: False) is None and least_rows(lambda rows: rows >= 700) == pytest.approx(700, rel=0.01)


def test_twenty_slices_of_two_thousand_rows_take_about_a_second():
    given = sizes(g=[1900 + 10 * at for at in range(20)])
    start = time.process_time()
    planned(RULE.model_copy(update={"max_drop": 0.02}), given)
    # 0.8 s on two shared cores; the guard is for a change that makes it many times that
    assert time.process_time() - start < 10
