"""How much larger a difference or smaller a ratio of two slices got on the same rows: its bounds and their errors."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.gate.changed import growth, side_of
from dlaudit.record import RateChange

ALPHA, RUNS = 0.05, 2000
MOST = ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / RUNS)
TRUTHS = [
    (0.30, 0.30, 0.30, 0.30),
    (0.30, 0.30, 0.28, 0.30),
    (0.24, 0.30, 0.23, 0.30),
    (0.24, 0.30, 0.24, 0.30),
    (0.60, 0.80, 0.58, 0.81),
    (0.15, 0.30, 0.14, 0.31),
    (0.30, 0.28, 0.27, 0.30),
]
"""Rates of two slices in the earlier and then in the later run; 6 % of the rows change sides."""


def size(a, b, shape):
    return abs(a - b) if shape == "difference" else -min(a, b) / max(a, b)


def counted(both, gained, lost, n):
    named = {"metric": "selection_rate", "by": ["race"], "slice": "race=a", "rows": n}
    return RateChange(**named, n=n, both=both, gained=gained, lost=lost)


def drawn(rng, truth, n, runs=RUNS, churn=0.06):
    """Sides of two slices, as many as there are runs."""
    found = []
    for old, new in (truth[::2], truth[1::2]):
        gained, lost = (churn + new - old) / 2, (churn - new + old) / 2
        both = old - lost
        tables = rng.multinomial(n, [both, gained, lost, 1 - both - gained - lost], size=runs)
        found.append([side_of(counted(*map(int, one[:3]), n)) for one in tables])
    return list(zip(*found, strict=True))


def rates_of_error(truth, n, shape, limits_of):
    """How often the lower bound lies above what the gap truly grew by, and how often the upper one lies below."""
    old, new = truth[:2], truth[2:]
    grew = size(*new, shape) - size(*old, shape)
    sides = drawn(np.random.default_rng(5), truth, n)
    ends = np.array([limits_of(*pair, shape) for pair in sides])
    return float((ends[:, 0] > grew).mean()), float((ends[:, 1] < grew).mean())


def paired_limits(first, second, shape):
    return growth(first, second, shape, crossing=False).limits(ALPHA)


def unpaired_limits(first, second, shape):
    """The same, as if the two runs were independent samples."""
    apart = [one._replace(covariance=0.0) for one in (first, second)]
    return growth(*apart, shape, crossing=False).limits(ALPHA)


@pytest.mark.parametrize(("shape", "n"), list(product(["ratio", "difference"], [300, 2000])))
def test_bounds_are_wrong_no_more_often_than_promised_whichever_slice_is_ahead(shape, n):
    found = np.array([rates_of_error(truth, n, shape, paired_limits) for truth in TRUTHS])
    assert found.max() <= MOST
    if n == 2000:
        assert found.max() > 0.02, "and they are not so wide that nothing is ever decided"


def test_the_bare_figures_find_a_drop_that_is_none_about_half_of_the_time():
    def bare(first, second, shape):
        grew = size(first.new, second.new, shape) - size(first.old, second.old, shape)
        return grew, grew

    assert rates_of_error((0.24, 0.30, 0.24, 0.30), 2000, "ratio", bare)[0] > 0.4


def test_one_facing_alone_errs_where_the_slices_are_near_each_other():
    """Taking whichever slice is behind in the sample for the one that is behind, as a plain delta method does."""

    def one_facing(first, second, shape):
        found = growth(first, second, shape, crossing=False)
        k = int(found.now.value < 0)
        part = found.moved[k][k]
        return part.value - 1.645 * part.error, part.value + 1.645 * part.error

    assert rates_of_error((0.28, 0.30, 0.30, 0.28), 2000, "ratio", one_facing)[0] > 0.5
    assert rates_of_error((0.30, 0.30, 0.28, 0.30), 2000, "ratio", one_facing)[1] > MOST
    assert max(rates_of_error((0.28, 0.30, 0.30, 0.28), 2000, "ratio", paired_limits)) <= MOST


@pytest.mark.parametrize("shape", ["ratio", "difference"])
def test_pairing_decides_what_independent_samples_of_the_same_size_do_not(shape):
    limit = 0.1 if shape == "ratio" else 0.03
    same, fell = (drawn(np.random.default_rng(7), (0.24, 0.30, new, 0.30), 2000, runs=200) for new in (0.24, 0.18))
    passes = [np.mean([of(*pair, shape)[1] < limit for pair in same]) for of in (paired_limits, unpaired_limits)]
    fails = [np.mean([of(*pair, shape)[0] > limit for pair in fell]) for of in (paired_limits, unpaired_limits)]
    assert passes[0] > 0.9 and passes[1] < 0.6
    assert fails[0] > fails[1] + 0.2


table = st.integers(20, 400).flatmap(
    lambda n: st.tuples(*[st.integers(1, n // 4)] * 3).map(lambda one: counted(*one, n))
)


@given(table, table, st.sampled_from(["ratio", "difference"]), st.floats(0.001, 0.1), st.floats(0.001, 0.1))
def test_bounds_hold_the_estimate_widen_with_certainty_and_do_not_depend_on_order(one, other, shape, alpha, beta):
    first, second = side_of(one), side_of(other)
    found = growth(first, second, shape, crossing=False)
    grew = size(first.new, second.new, shape) - size(first.old, second.old, shape)
    assert found.limits(alpha)[0] <= grew + 1e-9 and grew - 1e-9 <= found.limits(alpha)[1]
    low, high = sorted([alpha, beta])
    assert found.limits(low)[0] <= found.limits(high)[0] + 1e-12
    assert found.limits(low)[1] >= found.limits(high)[1] - 1e-12
    turned = growth(second, first, shape, crossing=False).limits(alpha)
    assert turned == pytest.approx(found.limits(alpha))
    loose = growth(first, second, shape, crossing=True).limits(alpha)
    assert loose[0] <= found.limits(alpha)[0] + 1e-12 and loose[1] >= found.limits(alpha)[1] - 1e-12


def test_a_gap_grew_by_the_minimum_over_one_facing_of_the_maximum_over_the_other():
    """The identity that the bounds rest on, over random rates."""
    rng = np.random.default_rng(3)
    for a, b, c, d in rng.uniform(0.05, 0.95, (500, 4)):
        for shape in ("difference", "ratio"):
            faced = [[a - b, b - a], [c - d, d - c]] if shape == "difference" else [[-a / b, -b / a], [-c / d, -d / c]]
            moved = [[h - f for f in faced[0]] for h in faced[1]]
            assert size(c, d, shape) - size(a, b, shape) == pytest.approx(max(min(row) for row in moved))
            diagonal = moved[0][0], moved[1][1]
            assert min(diagonal) - 1e-12 <= size(c, d, shape) - size(a, b, shape) <= max(diagonal) + 1e-12
