"""What explaining may cost: estimates, what is made smaller in which order, and what is left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.attributions import ATTRIBUTORS, GapWork, Size, Wanted, budget_of, planned, rows_needed, stratified_sample
from dlaudit.attributions.budget import AUTO_OTHER, AUTO_TABLE, FEWEST_COALITIONS, FEWEST_GAP_ROWS
from dlaudit.attributions.gaps.rounds import FEWEST_ROUNDS
from dlaudit.record import PlannedMethod
from dlaudit.spec import ExplainSpec


def method(name, role="primary"):
    return PlannedMethod(method=name, role=role, why="w", rows=0, estimated=0.0)


def wanted(**given):
    size = Size(rows=2_000, players=14, elements=14, background=64, steps=64, evaluations=512)
    asked = {
        "methods": [method("shapley_values"), method("integrated_gradients", "secondary")],
        "size": size,
        "least_rows": 300,
        "opinions": 16,
        "gaps": GapWork(sides=[(1_000, 1_000), (1_400, 200)], rows=5_000, rounds=16, walks=4),
    }
    return Wanted(**{**asked, **given})


@pytest.mark.parametrize(
    ("text", "passes", "seconds"),
    [
        ("200000", 200_000, None),
        ("60s", None, 60),
        ("5m", None, 300),
        ("1.5h", None, 5_400),
        ("none", None, None),
        ("auto", AUTO_TABLE, None),
    ],
)
def test_a_budget_is_read_as_it_is_written(text, passes, seconds):
    found = budget_of(ExplainSpec(budget=text).budget, table=True)
    assert (found.given, found.passes, found.seconds) == (text, passes, seconds)


def test_inputs_that_are_no_table_have_a_smaller_automatic_budget():
    assert budget_of("auto", table=False).passes == AUTO_OTHER < AUTO_TABLE


def test_seconds_are_passes_at_the_measured_pace():
    assert budget_of("60s", table=True).allowed(0.5) == 120
    assert budget_of("200", table=True).allowed(0.5) == 200
    assert budget_of("none", table=True).allowed(0.5) is None


@pytest.mark.parametrize("text", ["", "0", "0s", "fast", "-5", "5 d", "1e6", "\uff11\uff10", "9" * 400, "1\n"])
def test_what_is_no_budget_is_refused(text):
    with pytest.raises(ValueError, match="not a budget"):
        ExplainSpec(budget=text)


def test_without_a_limit_nothing_is_made_smaller():
    plan = planned(wanted(), None)
    assert plan.reduced == [] and plan.size.rows == 2_000 and plan.size.evaluations == 512
    assert plan.gaps == wanted().gaps and plan.no_rows is plan.no_gaps is None
    each = {one.method: ATTRIBUTORS.get(one.method).cost(plan.size) for one in plan.methods}
    assert [one.estimated for one in plan.methods] == [2_000 * each[one.method] for one in plan.methods]


def test_two_thousand_rows_of_a_table_fit_into_the_automatic_budget():
    assert planned(wanted(), AUTO_TABLE).reduced == []


def test_things_are_made_smaller_in_the_stated_order():
    whole = planned(wanted(gaps=None), None).estimated
    some = planned(wanted(gaps=None), whole * 0.8)
    fewer = planned(wanted(gaps=None), whole * 0.3)
    least = planned(wanted(gaps=None), whole * 0.06)
    assert [clause.split()[-1] for clause in some.reduced] == ["row"] and some.size.rows == 2_000
    assert fewer.size.evaluations <= some.size.evaluations and fewer.size.evaluations >= FEWEST_COALITIONS
    assert 300 <= least.size.rows < 2_000 and len(least.reduced) >= 2
    plans = [planned(wanted(gaps=None), whole * share) for share in np.linspace(0.01, 0.2, 60)]
    told = [[clause.split()[-1] for clause in plan.reduced] for plan in plans if plan.methods]
    assert ["row", "rows"] in told and told[0] == ["row", "rows", "(integrated_gradients)"]
    assert all(len(one) < 2 or one[:2] == ["row", "rows"] for one in told)


def test_gaps_lose_rounds_then_rows_then_metrics():
    rows = planned(wanted(gaps=None), None).estimated
    gaps = wanted().gaps.passes(14)
    half = planned(wanted(), 2 * max(rows, gaps * 0.6)) if rows > gaps else planned(wanted(), rows + 0.6 * gaps)
    assert half.gaps is not None
    tight = planned(wanted(), rows + gaps * 0.26)
    assert tight.gaps is not None and FEWEST_ROUNDS <= tight.gaps.rounds < 16
    tiny = planned(wanted(least_rows=10), 120_000.0)
    assert tiny.gaps is None or (tiny.gaps.rounds == FEWEST_ROUNDS and tiny.gaps.rows >= FEWEST_GAP_ROWS)


def test_what_does_not_fit_says_what_would():
    plan = planned(wanted(), 1_000.0)
    assert plan.methods == [] and plan.gaps is None
    assert "DLA505" in plan.no_rows and plan.no_rows == plan.no_gaps
    needed = float(plan.no_rows.rpartition("--explain-budget ")[2].split()[0])
    enough = planned(wanted(), needed)
    assert enough.methods and enough.no_rows is None


def test_gaps_alone_are_left_out_with_the_budget_that_would_do():
    plans = [planned(wanted(), float(allowed)) for allowed in np.geomspace(1e4, 1e6, 80)]
    rows_alone = [plan for plan in plans if plan.methods and plan.gaps is None]
    assert rows_alone
    for plan in rows_alone:
        assert "gaps as well" in plan.no_gaps and plan.no_rows is None
        needed = float(plan.no_gaps.rpartition("--explain-budget ")[2].split()[0])
        assert planned(wanted(), needed).gaps is not None


@settings(deadline=None)
@given(
    allowed=st.floats(1e3, 1e8),
    rows=st.integers(1, 20_000),
    players=st.integers(1, 60),
    least=st.integers(1, 3_000),
    sides=st.lists(st.tuples(st.integers(1, 9_000), st.integers(1, 9_000)), min_size=1, max_size=6),
)
def test_no_plan_is_dearer_than_its_budget(allowed, rows, players, least, sides):
    size = Size(rows=rows, players=players, elements=players, background=64, steps=64, evaluations=512)
    gaps = GapWork(sides=sides, rows=5_000, rounds=16, walks=2)
    asked = wanted(size=size, least_rows=least, gaps=gaps)
    plan = planned(asked, allowed)
    if plan.methods:
        assert plan.estimated <= allowed * (1 + 1e-9)
        assert plan.size.rows >= min(rows, least) and plan.size.rows <= rows
    else:
        assert plan.no_rows is not None
    assert (plan.gaps is None) == (plan.no_gaps is not None)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=300), st.integers(1, 40), st.integers(0, 99))
def test_rows_that_are_needed_give_every_slice_enough_or_all(codes, each, seed):
    codes = np.array(codes)
    sizes = np.bincount(codes, minlength=6)
    member = np.array([[1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0]], dtype=bool)
    needed = rows_needed(sizes, member, each)
    rows = stratified_sample(codes, needed, np.random.default_rng(seed)).rows
    chosen = np.bincount(codes[rows], minlength=6)
    assert (member @ chosen >= np.minimum(member @ sizes, each)).all()
