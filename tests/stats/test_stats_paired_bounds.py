"""Bounds of how far a rate fell: they agree with the exact paired test, and wider limits never answer more strictly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.stats.paired import paired_test, tango_limits
from dlaudit.stats.paired_bounds import fall_bound, fell_by_less, fell_by_more

tables = st.integers(1, 45).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda lost: st.tuples(st.just(lost), st.integers(0, n - lost), st.just(n)))
)


def test_the_bare_test_changes_its_answer_twice_and_the_answer_here_does_not():
    table, limits = (17, 2, 30), np.round(np.arange(0.2, 0.3, 0.001), 3)
    bare = [paired_test(*table, float(limit), 0.05).rejected for limit in limits]
    assert (np.diff(np.array(bare, dtype=int)) > 0).any(), "with tables ordered anew at every limit"
    here = [fell_by_more(*table, float(limit), 0.05) for limit in limits]
    assert not (np.diff(np.array(here, dtype=int)) > 0).any()
    assert sum(one != found for one, found in zip(bare, here, strict=True)) < 20, "and the two are near each other"


@settings(max_examples=12, deadline=None)
@given(tables, st.sampled_from([0.05, 0.01]))
def test_answers_change_once_and_where_the_bounds_say(table, alpha):
    low = fall_bound(*table, alpha, upper=False)
    near = np.round(low + np.arange(-15, 16) * 0.001, 3)
    for limit in near[(near > -1) & (near < 1)]:
        assert fell_by_more(*table, float(limit), alpha) == (limit <= low)
    high = fall_bound(*table, alpha, upper=True)
    assert fell_by_less(*table, high, alpha) or high == 1
    assert not fell_by_less(*table, high - 0.001, alpha)
    lost, gained, n = table
    assert low <= (lost - gained) / n <= high
    assert high == -fall_bound(gained, lost, n, alpha, upper=False)


def test_no_rows_show_nothing_and_many_rows_come_to_tangos_interval():
    assert (fall_bound(0, 0, 0, 0.05, upper=False), fall_bound(0, 0, 0, 0.05, upper=True)) == (-1.0, 1.0)
    assert not fell_by_more(0, 0, 0, 0.0, 0.05) and not fell_by_less(0, 0, 0, 0.5, 0.05)
    tango = tango_limits(3000, 2500, 100_000, 0.9)
    assert fall_bound(3000, 2500, 100_000, 0.05, upper=False) == pytest.approx(float(tango.low), abs=1e-4)
    assert fall_bound(3000, 2500, 100_000, 0.05, upper=True) == pytest.approx(float(tango.high), abs=1e-4)
    assert fell_by_less(0, 0, 200, 0.02, 0.05) and not fell_by_less(0, 0, 100, 0.02, 0.05)
