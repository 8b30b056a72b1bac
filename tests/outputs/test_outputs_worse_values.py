"""Values of slices on other rows: what is said to have changed is rarely chance, however many slices there are."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from dlaudit.outputs.worse_values import _p_value, changed
from dlaudit.record import Estimate, ValueChange
from dlaudit.stats import difference_limits


def share(x, n):
    return Estimate(value=x / n, low=0.0, high=1.0, n=n, numerator=x, denominator=n, method="wilson")


def moved(then, now, **changes):
    low, high = difference_limits(*now, *then)
    change = Estimate(value=now[0] / now[1] - then[0] / then[1], low=float(low), high=float(high))
    one = ValueChange(metric="accuracy", slice="a=1", by=["a"], old=share(*then), new=share(*now), change=change)
    return one.model_copy(update=changes)


def test_nothing_is_found_in_more_than_one_of_twenty_comparisons_and_single_intervals_find_something_in_most():
    generator, sets, slices, n = np.random.default_rng(5), 80, 20, 150
    ours = alone = 0
    for _ in range(sets):
        values = [moved((int(a), n), (int(b), n)) for a, b in generator.binomial(n, 0.7, (slices, 2))]
        ours += any(changed(values))
        alone += any(one.change.low > 0 or one.change.high < 0 for one in values)
    assert ours / sets <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sets)
    assert alone / sets > 0.4


def test_a_share_has_the_p_value_of_scipy_and_anything_else_that_of_its_interval():
    counted = moved((70, 100), (50, 90))
    assert _p_value(counted) == pytest.approx(fisher_exact([[50, 40], [70, 30]]).pvalue, rel=1e-9)
    weighted = [one.model_copy(update={"method": "wilson_weighted"}) for one in (counted.old, counted.new)]
    on_the_edge = Estimate(value=-0.2, low=-0.4, high=0.0)
    uncounted = moved((70, 100), (50, 90), old=weighted[0], new=weighted[1], change=on_the_edge)
    assert _p_value(uncounted) == pytest.approx(0.05)


def test_a_clear_change_is_found_among_many_and_one_without_an_interval_never():
    alike = [moved((100, 150), (100, 150))] * 40
    bare = Estimate(value=-0.9)
    unknown = moved((1, 2), (1, 2), old=Estimate(value=0.95), new=Estimate(value=0.05), change=bare)
    assert changed([*alike, moved((140, 150), (90, 150)), unknown]) == [False] * 40 + [True, False]
