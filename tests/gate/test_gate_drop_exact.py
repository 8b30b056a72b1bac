"""`max_drop` of a rate: error rates over all tables of few rows, and what limits, order and sizes may not change."""

from fractions import Fraction

import numpy as np
import pytest
from drop_rates import check_of, paired, rates
from gate_audits import make_audit
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from dlaudit.gate.cells import Cell
from dlaudit.gate.changed import Flips
from dlaudit.gate.contrasts import each
from dlaudit.gate.evidence import TESTS
from dlaudit.stats.paired import tango_limits

ALPHA = 0.05
RANK = {"fail": 0, "undecided": 1, "pass": 2}


def _tables(n):
    worse, better = np.array([(b, c) for b in range(n + 1) for c in range(n + 1 - b)]).T
    ways = gammaln(n + 1) - gammaln(worse + 1) - gammaln(better + 1) - gammaln(n - worse - better + 1)
    return worse, better, ways


def _largest(happens, n, drop):
    """The largest probability of these tables over 200 churns, where the rate truly fell by `drop`."""
    worse, better, ways = _tables(n)
    churn = abs(drop) + (1 - abs(drop)) * np.sin(np.linspace(1e-3, np.pi / 2 - 1e-3, 200)) ** 2
    logs = np.outer(worse, np.log((churn + drop) / 2)) + np.outer(better, np.log((churn - drop) / 2))
    chance = np.exp(ways[:, None] + logs + np.outer(n - worse - better, np.log(1 - churn)))
    return float(chance[happens].sum(axis=0).max())


def _verdicts(n, limit, judge):
    """Whether each table breaks the limit, and whether it keeps it, by one judge."""
    worse, better, _ = _tables(n)
    cells = [
        Cell(id="a", label="a", rows=n, small=False, value=(b - c) / n, flips=Flips(int(b), int(c), n), support=n)
        for b, c in zip(worse, better, strict=True)
    ]
    statements = [one for cell in cells for one in each([cell], limit, "max")]
    tests = TESTS[judge]
    return [np.array([answer(one, ALPHA) for one in statements]) for answer in (tests.broken, tests.kept)]


@pytest.fixture(scope="module")
def errors():
    """For each size and limit, the largest chances of a wrong FAIL and PASS: of the exact judge, and by intervals."""
    found = []
    for n in (8, 16):
        for limit in ("0", "0.02", "0.1"):
            exact, interval = (_verdicts(n, Fraction(limit), judge) for judge in ("exact", "interval"))
            found.append([_largest(one, n, float(limit)) for one in (*exact, *interval)])
    return np.array(found)


def test_no_true_drop_at_the_limit_is_failed_or_passed_wrongly_more_often_than_alpha(errors):
    assert errors[:, :2].max() <= ALPHA
    assert errors[:, :2].max() > ALPHA / 2, "and it is not so for want of ever deciding"


def test_intervals_fail_more_often_than_alpha_in_the_same_tables(errors):
    assert errors[:, 2].max() > 1.2 * ALPHA
    assert errors[:, 3].max() > ALPHA


counts = st.integers(1, 40).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n)).flatmap(
        lambda found: st.tuples(st.just(found[0]), st.integers(0, found[1] - found[0]), st.just(found[1]))
    )
)
limits = st.sampled_from([0.0, 0.01, 0.02, 0.05, 0.1, 0.13, 0.2, 0.333, 0.5])


def _check(tables, limit, min_size=1, order=1, **about):
    found = [rates(f"s{at}", 0, gained, lost, n) for at, (gained, lost, n) in enumerate(tables)]
    audit = make_audit({f"s{at}": (0, n) for at, (_, _, n) in enumerate(tables)}, min_size=min_size)
    return check_of(audit, paired(*found[::order]), "selection_rate", limit, **about)[1]


@settings(max_examples=25, deadline=None)
@given(st.lists(counts, min_size=1, max_size=3), limits, limits)
def test_a_larger_drop_allowed_never_makes_it_worse(tables, one, other):
    low, high = (RANK[_check(tables, limit, bounds=False).outcome] for limit in sorted([one, other]))
    assert high >= low


@settings(max_examples=10, deadline=None)
@given(st.lists(counts, min_size=2, max_size=4), limits)
def test_the_order_of_slices_changes_nothing(tables, limit):
    forth, back = (_check(tables, limit, order=order) for order in (1, -1))
    assert (forth.outcome, forth.fails_up_to, forth.passes_from, forth.observed) == (
        back.outcome,
        back.fails_up_to,
        back.passes_from,
        back.observed,
    )


@settings(max_examples=12, deadline=None)
@given(st.lists(counts, min_size=1, max_size=2), limits)
def test_limits_beside_the_printed_bounds_have_the_verdicts_that_they_say(tables, limit):
    found = _check(tables, limit)
    assert (found.low or -1.0) <= found.observed <= (1.0 if found.high is None else found.high)
    if found.passes_from is not None and found.passes_from <= 1:
        assert _check(tables, min(found.passes_from, 1.0), bounds=False).outcome == "pass"
        if found.passes_from > 0.001:
            assert _check(tables, found.passes_from - 0.001, bounds=False).outcome != "pass"
    if found.fails_up_to is not None:
        assert _check(tables, found.fails_up_to, bounds=False).outcome == "fail"
        assert _check(tables, found.fails_up_to + 0.001, bounds=False).outcome != "fail"


@settings(max_examples=25, deadline=None)
@given(st.lists(counts, min_size=1, max_size=4), limits, st.integers(1, 70))
def test_a_larger_min_size_never_turns_a_fail_into_a_pass(tables, limit, min_size):
    plain, raised = (_check(tables, limit, min_size=least, bounds=False) for least in (1, min_size))
    assert (plain.outcome == "fail") == (raised.outcome == "fail")


def test_a_slice_of_two_rows_takes_nothing_from_the_others():
    fell = (0, 7, 60)
    alone, beside = _check([fell], 0.02), _check([fell, (0, 0, 2), (0, 0, 2), (0, 0, 1)], 0.02)
    assert alone.outcome == beside.outcome == "fail" and alone.fails_up_to == beside.fails_up_to
    assert RANK[_check([(0, 2, 2)], 0.0).outcome] == RANK["undecided"], "two rows show nothing"


def test_more_rows_than_the_exact_test_is_made_for_are_told():
    found = _check([(10_000, 90_000, 3_000_000)], 0.02)
    assert found.outcome == "fail" and "Slices of more than 2,000,000 rows are judged by Tango's score" in found.reason


def test_tangos_bound_and_the_exact_one_are_near_each_other_for_many_rows():
    found = _check([(3000, 4000, 100_000)], 0.02)
    tango = tango_limits(4000, 3000, 100_000, 1 - 2 * ALPHA)
    assert found.low == pytest.approx(float(tango.low), abs=1e-4)
    assert found.passes_from == pytest.approx(float(tango.high), abs=1e-4)
