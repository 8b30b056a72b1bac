"""`max_drop` of a rate on other rows: exact tests of two samples, what their error rates are, and what stays apart."""

from fractions import Fraction

import numpy as np
import pytest
from drop_rates import RUN, check_of
from gate_audits import make_audit
from scipy.stats import binom

from dlaudit.gate.cells import Cell
from dlaudit.gate.contrasts import each
from dlaudit.gate.drop_cells import cell_of_value
from dlaudit.gate.evidence import TESTS
from dlaudit.metrics.changes import value_changes
from dlaudit.record import RunComparison

ALPHA = 0.05
EVEN = {"a": (300, 1000), "b": (500, 1000)}


def changes(old, new, metric="selection_rate", **about):
    """Two runs' figures on other rows; `old` and `new` are counts of each slice."""
    runs = [with_wilson(make_audit(counts, metric=metric, **about)) for counts in (old, new)]
    told = {"not_paired": "the data changed", "apart": True}
    return runs[1], RunComparison(old=RUN, values=value_changes(*runs, {metric}), **told)


def with_wilson(audit):
    from dlaudit.stats.intervals import wilson

    found = []
    for one in audit.measurements:
        ends = wilson(one.numerator, one.denominator)
        found.append(one.model_copy(update={"low": float(ends.low), "high": float(ends.high)}))
    return audit.model_copy(update={"measurements": found})


def check(old, new, limit=0.02, metric="selection_rate", apart=True, about=None, **rule):
    audit, compared = changes(old, new, metric, **(about or {}))
    return check_of(audit, compared.model_copy(update={"apart": apart}), metric, limit, **rule)[1]


def test_a_rate_of_other_rows_is_judged_exactly_and_says_so():
    fell = check({"a": (400, 1000), "b": (500, 1000)}, EVEN)
    assert (fell.outcome, fell.judge, fell.guarantee, fell.worst) == ("fail", "exact", "finite-sample", "race=a")
    assert fell.observed == pytest.approx(0.1)
    assert "at most 5 % of the time" in fell.reason and "as of independent samples" in fell.reason
    kept = check(EVEN, {"a": (330, 1000), "b": (560, 1000)})
    assert (kept.outcome, kept.guarantee) == ("pass", "finite-sample")
    assert check(EVEN, EVEN).outcome == "undecided"


def test_where_less_is_better_a_rise_is_worse():
    rose = check(EVEN, {"a": (400, 1000), "b": (500, 1000)}, metric="false_positive_rate")
    assert (rose.outcome, rose.worst) == ("fail", "race=a")
    assert check({"a": (400, 1000)}, {"a": (300, 1000)}, metric="false_positive_rate").outcome == "pass"


def test_rows_that_both_runs_may_have_leave_the_error_rate_to_large_samples():
    fell = check({"a": (400, 1000), "b": (500, 1000)}, EVEN, apart=False)
    assert (fell.outcome, fell.judge, fell.guarantee) == ("fail", "exact", "asymptotic")
    assert "about 5 % of the time" in fell.reason and "Some rows may be in both runs" in fell.reason


def test_weights_units_and_figures_that_are_no_counts_stay_with_intervals():
    old, new = {"a": (400, 1000), "b": (500, 1000)}, EVEN
    for about, why in (({"weight": "w"}, "rows have weights"), ({"unit": "person"}, "share a value of person")):
        found = check(old, new, about=about)
        assert (found.judge, found.guarantee) == ("interval", "asymptotic") and why in found.reason
    audit, compared = changes(old, new)
    kish = {"method": "wilson_kish"}
    weighed = [one.model_copy(update={"old": one.old.model_copy(update=kish)}) for one in compared.values]
    found = check_of(audit, compared.model_copy(update={"values": weighed}), "selection_rate", 0.02)[1]
    assert found.judge == "interval" and "no share of counted rows in both runs" in found.reason
    assert check(old, new, judge="interval").guarantee == "asymptotic"


def test_limits_beside_the_printed_bounds_have_the_verdicts_that_they_say():
    rng = np.random.default_rng(4)
    for _ in range(6):
        sizes = rng.integers(20, 700, (2, 3))
        runs = [
            {level: (int(rng.binomial(n, p)), int(n)) for level, n, p in zip("abc", row, (0.03, 0.5, 0.9), strict=True)}
            for row in sizes
        ]
        found = check(*runs, limit=0.05, about={"min_size": 1})
        if found.passes_from is not None and 0.002 < found.passes_from < 1:
            assert check(*runs, limit=found.passes_from, bounds=False, about={"min_size": 1}).outcome == "pass"
            less = found.passes_from - 0.0015
            assert check(*runs, limit=less, bounds=False, about={"min_size": 1}).outcome != "pass"
        if found.fails_up_to is not None:
            assert check(*runs, limit=found.fails_up_to, bounds=False, about={"min_size": 1}).outcome == "fail"
            more = found.fails_up_to + 0.0015
            assert check(*runs, limit=more, bounds=False, about={"min_size": 1}).outcome != "fail"
        assert (found.low or -1.0) <= found.observed <= (1.0 if found.high is None else found.high)


def wrong(n_old, n_new, rate, judge, limit=0.02):
    """The chances of a wrong FAIL and PASS where a rate truly fell from `rate` by just the limit, over all tables."""
    chance = [binom.pmf(np.arange(n + 1), n, p) for n, p in ((n_old, rate), (n_new, rate - limit))]
    tests, found = TESTS[judge], np.zeros(2)
    few = [np.flatnonzero(one > 1e-6) for one in chance]
    for x in few[0]:
        broken = [place for place in few[1] if tests.broken(statement(x, n_old, place, n_new, limit), ALPHA)]
        kept = [place for place in few[1] if tests.kept(statement(x, n_old, place, n_new, limit), ALPHA)]
        found += chance[0][x] * np.array([chance[1][broken].sum(), chance[1][kept].sum()])
    return found


def statement(x, n, y, m, limit):
    _, compared = changes({"a": (int(x), n)}, {"a": (int(y), m)})
    cell: Cell = cell_of_value(compared.values[0], rises=False, small=False, counts_rows=True)
    return each([cell], Fraction(str(limit)), "max")[0]


@pytest.mark.parametrize(("sizes", "rate"), [((20, 120), 0.03), ((120, 20), 0.97)])
def test_few_rows_against_many_at_extreme_rates_err_no_more_often_than_alpha(sizes, rate):
    assert wrong(*sizes, rate, "exact").max() <= ALPHA
    assert wrong(*sizes, rate, "interval").max() > 1.4 * ALPHA, "MOVER on Wilson's intervals"
