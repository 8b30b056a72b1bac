"""One rule is one family: its error rate is shared by all of its comparisons, however many features they are over."""

import numpy as np
import pytest
from gate_audits import counted, make_audit

from dlaudit.gate import judge
from dlaudit.gate.checks import checks_of
from dlaudit.record import Audit, Slice, Suppression, slice_id
from dlaudit.spec import Policy, Rule

DIFFERENCE = {"metric": "selection_rate.difference", "max": 0.1}


def audit_by(**features: dict[str, tuple[int, int]]) -> Audit:
    """An audit with slices over several features; `sex_race` is their intersection, with levels as `F/B`."""
    base = make_audit({}, sensitive=[name for name in features if "_" not in name])
    slices, measured = [], []
    for name, counts in features.items():
        by = name.split("_")
        for level, (x, n) in counts.items():
            where = dict(sorted(zip(by, level.split("/"), strict=True)))
            kind = "group" if len(by) == 1 else "intersection"
            one = Slice(id=slice_id(where), by=sorted(by), where=where, n=n, share=0.1, kind=kind, small=n < 30)
            slices.append(one)
            measured.append(counted("selection_rate", one.id, x, n))
    return base.model_copy(update={"slices": slices, "measurements": measured})


def outcomes(audit, *rules, bounds=False):
    checks = judge(audit, Policy(rules=[Rule(**{**DIFFERENCE, **rule}) for rule in rules]), bounds=bounds).checks
    return [check.outcome for check in checks]


CLOSE = {"a": (300, 1000), "b": (470, 1000)}
EVEN = {str(at): (400, 1000) for at in range(9)}


def test_a_rule_over_two_features_shares_one_alpha_and_two_rules_have_two():
    audit = audit_by(race=CLOSE, site=EVEN)
    gap = [
        at for at in range(440, 480) if outcomes(audit_by(race={**CLOSE, "b": (at, 1000)}), {"by": "race"}) == ["fail"]
    ]
    audit = audit_by(race={**CLOSE, "b": (gap[0], 1000)}, site=EVEN)
    assert outcomes(audit, {"by": "race"}, {"by": "site"})[0] == "fail"
    assert outcomes(audit, {"by": ["race", "site"]})[0] != "fail", "72 comparisons more share the same 5 %"
    assert outcomes(audit_by(race={**CLOSE, "b": (500, 1000)}, site=EVEN), {}) == ["fail", "pass"]


def least_failing(audit_with) -> int:
    """The fewest successes of b that fail the feature race."""
    return next(at for at in range(430, 520) if outcomes(audit_with({**CLOSE, "b": (at, 1000)}), {})[0] == "fail")


def test_holm_gives_what_one_feature_has_rejected_to_the_others():
    wide, even = {"x": (100, 1000), "y": (900, 1000)}, {"x": (500, 1000), "y": (500, 1000)}
    with_wide, with_even, alone = (
        least_failing(lambda race, more=more: audit_by(race=race, **more))
        for more in ({"sex": wide}, {"sex": even}, {})
    )
    assert alone <= with_wide < with_even


def _mix(x, n):
    """Six cells of an intersection, one of which is off; single features are even."""
    cells = {f"{sex}/{race}": (400, 1000) for sex in "FM" for race in "ABC"}
    return {**cells, "F/A": (x, n)}


def test_half_of_alpha_is_for_intersections_however_many_cells_they_have():
    rule = Rule(**DIFFERENCE, by=["sex", "sex & race"])
    audit = audit_by(sex={"F": (1200, 3000), "M": (1200, 3000)}, sex_race=_mix(400, 1000))
    from dlaudit.gate.family import Family
    from dlaudit.gate.question import make_question

    family = Family(rule, tuple(make_question(audit, rule, by) for by in rule.features))
    weights = [family.shares_of(question) for question in family.questions]
    assert [len(contrasts) for contrasts, _ in weights] == [2, 12], "pairs of 2; 6 cells against the rest, both ways"
    assert [len(contrasts) * weight for contrasts, weight in weights] == pytest.approx([0.5, 0.5])
    alone = Family(rule, family.questions[1:])
    assert alone.weights.sum() == pytest.approx(1) and alone.weights[0] == pytest.approx(1 / 12)


def test_intersections_are_compared_with_the_rest_unless_the_rule_says_otherwise():
    audit = audit_by(sex={"F": (1200, 3000), "M": (1200, 3000)}, sex_race=_mix(700, 1000))
    for asked, contrast in (({}, "rest"), ({"contrast": "pairs"}, "pairs"), ({"reference": "overall"}, "reference")):
        found = judge(audit, Policy(rules=[Rule(**DIFFERENCE, by="sex & race", **asked)])).checks[0]
        assert (found.contrast, found.outcome, found.worst is not None) == (contrast, "fail", True)
    found = judge(audit, Policy(rules=[Rule(**DIFFERENCE, by="sex & race")])).checks[0]
    assert found.worst == "race=A & sex=F" and found.reference is None and "the rest" in found.reason
    weighted = audit.model_copy(update={"data": audit.data.model_copy(update={"weight": "w"})})
    found = judge(weighted, Policy(rules=[Rule(**DIFFERENCE, by="sex & race")])).checks[0]
    assert found.contrast == "pairs" and "In pairs, because" in found.reason


def test_a_gap_of_an_intersection_that_single_features_hide_is_found():
    cells = {"F/A": (650, 1000), "M/B": (640, 1000), "F/B": (350, 1000), "M/A": (360, 1000)}
    single = {"sex": {"F": (1000, 2000), "M": (1000, 2000)}, "race": {"A": (1010, 2000), "B": (990, 2000)}}
    assert outcomes(audit_by(**single, sex_race=cells), {"by": ["sex", "race", "sex & race"]}) == [
        "pass",
        "pass",
        "fail",
    ]


def test_slices_that_can_show_nothing_leave_the_family():
    """Forty slices of one person each would else take 1,720 shares of the 5 %; the twin pays for them."""
    pair = {**CLOSE, "b": (least_failing(make_audit), 1000)}
    ones, some = ({f"more{at}": (0, n) for at in range(40)} for n in (1, 7))
    assert outcomes(make_audit({**pair, **ones}), {"by": "race"}) == ["fail"]
    assert outcomes(make_audit({**pair, **some}), {"by": "race"}) == ["undecided"]


def test_the_family_depends_on_sizes_only():
    from dlaudit.gate.family import Family
    from dlaudit.gate.question import make_question

    rule, rng = Rule(**DIFFERENCE, by="race"), np.random.default_rng(0)
    sizes = [1, 2, 3, 5, 8, 40, 300]
    shares = []
    for _ in range(5):
        audit = make_audit({str(at): (int(rng.integers(0, n + 1)), n) for at, n in enumerate(sizes)})
        shares.append(Family(rule, (make_question(audit, rule, ["race"]),)).weights.tolist())
    assert all(one == shares[0] for one in shares) and 0.0 in shares[0]


def test_a_wrong_fail_of_any_check_of_a_rule_is_as_rare_as_alpha():
    """On the limit in three features at once; checks with an alpha of their own would go wrong more often."""
    rng, sets = np.random.default_rng(4), 120
    rule, wrong, apart = Rule(**DIFFERENCE), 0, 0
    for _ in range(sets):
        counts = [{level: (int(rng.binomial(300, p)), 300) for level, p in (("a", 0.3), ("b", 0.4))} for _ in range(3)]
        audit = audit_by(race=counts[0], sex=counts[1], site=counts[2])
        wrong += any(check.outcome == "fail" for check in checks_of(audit, rule, bounds=False))
        apart += any(
            checks_of(audit, rule.model_copy(update={"by": name, "alpha": 0.1}), bounds=False)[0].outcome == "fail"
            for name in ("race", "sex", "site")
        )
    assert wrong / sets <= 0.05 + 3 * (0.05 * 0.95 / sets) ** 0.5
    assert apart > wrong


def test_hidden_figures_of_one_feature_leave_the_whole_rule_undecided():
    audit = audit_by(race={"a": (100, 1000), "b": (900, 1000)}, sex={"F": (500, 1000), "M": (505, 1000)})
    assert outcomes(audit, {}) == ["fail", "pass"]
    hidden = Suppression(least=11, unnamed=[["race"]])
    assert outcomes(audit.model_copy(update={"suppression": hidden}), {}) == ["undecided", "undecided"]


def test_the_policy_adds_up_rules_and_not_checks():
    audit = audit_by(race=CLOSE, sex={"F": (500, 1000), "M": (505, 1000)}, site=EVEN)
    policy = Policy(rules=[Rule(**DIFFERENCE), Rule(metric="selection_rate", min=0.2, alpha=0.01)])
    told = judge(audit, policy, bounds=False).error_bound
    assert (
        "at most 1 to 5 % per rule, however many features" in told
        and "at most 6 % over the whole policy (2 rules)" in told
    )
    assert "at most 5 % that every check passes although" in told
