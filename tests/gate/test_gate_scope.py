"""Which slices a PASS speaks about: settled by sizes alone."""

from itertools import permutations

import numpy as np
import pytest
from gate_audits import make_audit
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.gate import judge
from dlaudit.spec import Policy, Rule
from dlaudit.stats.scope import Compared, Planning, pass_chance, planned_scope, rows_to_join

ADULT = {"White": 13946, "Black": 1561, "Asian": 480, "Indian": 159, "Other": 135}


def compared(slices: int, kind: str = "difference", limit: float = 0.1) -> Compared:
    pairs = np.array(list(permutations(range(slices), 2)))
    needs = np.zeros((len(pairs), slices), dtype=bool)
    np.put_along_axis(needs, pairs, True, axis=1)
    limits = np.full(len(pairs), limit)
    return Compared(kind=kind, pools=np.eye(slices), first=pairs[:, 0], second=pairs[:, 1], limit=limits, needs=needs)


def scope(rows, rate=0.3, **asked) -> list[bool]:
    rows = np.array(rows)
    everyone = np.ones(len(rows), dtype=bool)
    return planned_scope(compared(len(rows), **asked), rows, everyone, Planning(rate, 0.05)).tolist()


def checked(counts, **changes):
    rule = Rule(**{"metric": "selection_rate.difference", "by": "race", "max": 0.1, **changes})
    return judge(make_audit(counts), Policy(rules=[rule])).checks[0]


@pytest.mark.parametrize(
    ("rows", "rate", "kept"),
    [
        ([1200, 380, 240, 120, 40, 20], 0.3, 2),
        (list(ADULT.values()), 0.3, 3),
        ([1000] * 5, 0.3, 5),
        ([300] * 5, 0.3, 0),
        ([300] * 5, 0.1, 5),
    ],
)
def test_scopes_of_the_published_designs(rows, rate, kept):
    assert sum(scope(rows, rate)) == kept
    assert scope(rows, rate) == sorted(scope(rows, rate), reverse=True), "the largest stay"


@pytest.mark.parametrize(("slices", "rows"), [(2, 360), (5, 605), (10, 771), (20, 930)])
def test_the_planned_chance_agrees_with_the_law_of_the_range(slices, rows):
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(40_000, slices)) * np.sqrt(0.21 / rows)
    passes = drawn.max(axis=1) - drawn.min(axis=1) <= 0.1 - 1.6449 * np.sqrt(2 * 0.21 / rows)
    chance = pass_chance(compared(slices), np.full(slices, rows), Planning(0.3, 0.05))
    assert chance == pytest.approx(passes.mean(), abs=0.02)
    naive = passes.mean() ** (slices * (slices - 1) / 2) if slices > 2 else 0.0
    assert abs(naive - chance) > 0.1, "pairs are not independent: taking them so plans far too many rows"


@pytest.mark.parametrize(("kind", "limit"), [("difference", 0.1), ("ratio", 0.8)])
def test_the_planned_chance_is_that_of_the_gate_itself(kind, limit):
    rows, rng = [900, 700, 640], np.random.default_rng(1)
    rule = {"metric": f"selection_rate.{kind}", "by": "race", "max" if kind == "difference" else "min": limit}
    policy = Policy(rules=[Rule(**rule, scope="all")])
    found = [
        judge(make_audit({str(n): (int(rng.binomial(n, 0.4)), n) for n in rows}), policy, bounds=False).outcome
        for _ in range(40)
    ]
    chance = pass_chance(compared(3, kind, limit), np.array(rows), Planning(0.4, 0.05))
    assert found.count("pass") / 40 == pytest.approx(chance, abs=0.05 + 3 * (chance * (1 - chance) / 40) ** 0.5)


def test_slices_of_equal_size_stay_or_leave_together_whatever_their_order():
    assert scope([2000, 400, 400, 400], 0.5) == [False] * 4
    assert scope([2000, 1000, 500, 500], 0.3) == scope([1000, 2000, 500, 500], 0.3)
    shuffled = scope([120, 1200, 40, 380, 20, 240])
    assert shuffled == [False, True, False, True, False, False]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=2, max_size=5), st.data())
def test_outcomes_never_move_the_scope(sizes, data):
    """The twin: a scope that looked at outcomes would be free to leave out the slices that differ."""
    draws = [[data.draw(st.integers(0, n)) for n in sizes] for _ in range(2)]
    for rule in ({"max": 0.1}, {"metric": "selection_rate.ratio", "min": 0.8}, {"max": 0.1, "contrast": "rest"}):
        found = []
        for drawn in draws:
            counts = {str(at): (x, n) for at, (x, n) in enumerate(zip(drawn, sizes, strict=True))}
            asked = Rule(**{"metric": "selection_rate.difference", "by": "race", **rule})
            found.append(judge(make_audit(counts), Policy(rules=[asked]), bounds=False).checks[0])
        everyone = [f"race={at}" for at, n in enumerate(sizes) if n >= 30]
        planned = [one.assessed for one in found if one.assessed != everyone or one.outcome != "pass"]
        assert all(one == planned[0] for one in planned), "only a pass of them all speaks about more than was planned"


def test_a_partial_pass_names_who_is_left_out_and_the_rows_that_they_need():
    counts = {level: (round((0.25 if n > 200 else 0.3) * n), n) for level, n in ADULT.items()}
    found = checked(counts, planning_rate=0.25)
    assert found.outcome == "pass"
    assert found.assessed == ["race=White", "race=Black", "race=Asian"]
    assert "A pass for 3 of 5 slices" in found.reason
    assert "race=Indian (159 rows; needs about " in found.reason and "race=Other (135 rows" in found.reason
    needed = int(found.reason.partition("race=Indian (159 rows; needs about ")[2].split(")")[0].replace(",", ""))
    grown = {**counts, "Indian": (round(0.25 * needed), needed)}
    assert "race=Indian" in checked(grown, planning_rate=0.25).assessed


def test_all_slices_are_spoken_of_where_the_rule_says_so():
    counts = {level: (round((0.25 if n > 200 else 0.3) * n), n) for level, n in ADULT.items()}
    assert len(checked(counts, scope="all").assessed) == 5
    assert len(checked(counts).assessed) < 5


def test_a_pass_of_all_slices_speaks_about_all_of_them_whatever_was_planned():
    """Nested sets that sizes alone settle: no error rate is spent, and what the data show is not held back."""
    counts = {"a": (40, 800), "b": (9, 188), "c": (8, 170)}
    found = checked(counts)
    assert (found.outcome, found.assessed) == ("pass", ["race=a", "race=b", "race=c"])
    counts["c"] = (20, 170)
    assert checked(counts).outcome == "undecided"


def test_the_limits_that_would_fail_do_not_depend_on_the_scope():
    for counts in ({"a": (300, 1000), "b": (55, 100), "c": (24, 40)}, {"a": (40, 800), "b": (30, 188), "c": (8, 170)}):
        found, whole = checked(counts, max=0.3), checked(counts, max=0.3, scope="all")
        assert found.fails_up_to is not None and found.fails_up_to == whole.fails_up_to


def test_small_slices_outside_the_scope_still_fail():
    counts = {"a": (300, 1000), "b": (310, 1000), "tiny": (25, 25), "small": (90, 120)}
    found = checked(counts)
    assert found.outcome == "fail" and {"race=tiny", "race=small"} <= set(found.not_assessed)


def test_fewer_than_two_slices_are_undecided_with_the_rows_that_would_do():
    counts = {"a": (300, 1000), "b": (30, 100), "c": (12, 40)}
    found = checked(counts)
    assert (found.outcome, found.assessed) == ("undecided", [])
    assert found.passes_from > 0.1, "with such a limit they would all pass"
    assert found.worst == "race=b" and found.rows_needed > 100
    assert "at a rate of 0.5 (planning_rate)" in found.reason
    grown = {**counts, "b": (3 * found.rows_needed // 10, found.rows_needed)}
    assert checked(grown).assessed == ["race=a", "race=b"]


def test_the_reference_is_never_the_slice_that_leaves():
    counts = {"a": (3000, 10_000), "b": (1200, 4000), "ref": (160, 500), "c": (20, 60)}
    found = checked(counts, reference="ref")
    assert found.assessed == ["race=a", "race=b", "race=ref"]


def test_floors_and_screens_have_no_plan():
    counts = {"a": (300, 1000), "b": (35, 40)}
    floor = judge(make_audit(counts), Policy.from_rules("selection_rate by race >= 0.1")).checks[0]
    assert len(floor.assessed) == 2
    assert len(checked(counts, judge="point").assessed) == 2


def test_rows_to_join_are_enough_and_hardly_more_than_enough():
    asked, rows, inside = compared(3), np.array([5000, 900, 50]), np.array([True, True, False])
    needed = rows_to_join(asked, rows, inside, 2, Planning(0.4, 0.05))
    for at, enough in ((needed, True), (0.93 * needed, False)):
        grown = np.array([5000, 900, int(at)])
        assert (pass_chance(asked, grown, Planning(0.4, 0.05)) > 0.79) == enough
    assert rows_to_join(compared(2, limit=0.0), rows[:2], inside[:2], 1, Planning(0.4, 0.05)) is None
