"""Three rules at once on published designs: small seeded versions of benchmarks/gate_error_rates.py."""

import numpy as np
import pytest
from gate_audits import make_audit

from dlaudit.gate import judge
from dlaudit.record import Audit
from dlaudit.spec import Policy

METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate")
POLICY = Policy.from_rules(*(f"{metric}.difference by race <= 0.1" for metric in METRICS))
POINT = Policy(rules=[rule.model_copy(update={"judge": "point"}) for rule in POLICY.rules])
UNEVEN, EQUAL, LARGE = [1200, 380, 240, 120, 25, 20], [1000] * 5, [5000] * 4
ADULT = [13946, 1561, 480, 159, 135]


def audit_of(sizes, tpr, fpr, rng) -> Audit:
    """Base rate .3, TPR .8 and FPR .1 but for the second slice."""
    made = []
    for at, n in enumerate(sizes):
        positive = round(0.3 * n)
        hits, alarms = (
            rng.binomial(positive, tpr if at == 1 else 0.8),
            rng.binomial(n - positive, fpr if at == 1 else 0.1),
        )
        made.append({"x": (hits + alarms, n), "tpr": (hits, positive), "fpr": (alarms, n - positive)})
    rows = {str(at): n for at, n in enumerate(sizes)}
    audits = [
        make_audit({str(at): tuple(map(int, one[key])) for at, one in enumerate(made)}, metric=metric, rows=rows)
        for metric, key in zip(METRICS, ("x", "tpr", "fpr"), strict=True)
    ]
    return audits[0].model_copy(update={"measurements": [found for one in audits for found in one.measurements]})


def shares(sizes, sets, seed, tpr=0.8, fpr=0.1, policy=POLICY):
    """Share of data sets with any FAIL, with any PASS, with all PASS, and that fail the TPR rule."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(sets):
        checks = judge(audit_of(sizes, tpr, fpr, rng), policy, bounds=False).checks
        outcome = [check.outcome for check in checks]
        found.append(("fail" in outcome, "pass" in outcome, set(outcome) == {"pass"}, outcome[1] == "fail"))
    return np.mean(found, axis=0)


@pytest.mark.parametrize("sizes", [UNEVEN, ADULT], ids=["uneven", "adult"])
def test_equal_slices_hardly_ever_fail_where_the_point_screen_does(sizes):
    assert shares(sizes, 25, 1)[0] <= 0.05 + 3 * (0.05 * 0.95 / 25) ** 0.5
    assert shares(sizes, 25, 1, policy=POINT)[0] > 0.3


@pytest.mark.parametrize("sizes", [UNEVEN, EQUAL], ids=["uneven", "equal"])
def test_three_gaps_on_the_limit_hardly_ever_fail_and_hardly_ever_pass(sizes):
    """TPR .9 and FPR .2 put the gaps of all three metrics at exactly 0.1."""
    most = 0.05 + 3 * (0.05 * 0.95 / 25) ** 0.5
    assert (shares(sizes, 25, 2, tpr=0.9, fpr=0.2)[:2] <= most).all()
    assert shares(sizes, 25, 2, tpr=0.9, fpr=0.2, policy=POINT)[0] > 0.9


def test_a_gap_of_a_fifth_is_found_at_the_sizes_of_adult():
    """The bar is .9; the point screen finds it too, and everything else with it."""
    found = shares(ADULT, 25, 3, tpr=0.6)
    assert found[3] >= 0.9 - 3 * (0.9 * 0.1 / 25) ** 0.5 and found[2] == 0


def test_four_slices_of_five_thousand_are_told_apart_and_pass_when_equal():
    assert shares(LARGE, 25, 4, tpr=0.6)[3] == 1
    assert shares(LARGE, 25, 5)[2] >= 0.95
