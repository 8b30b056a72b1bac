"""Bounds under doubt: against the published example, by enumeration of every allocation, and by flipping labels."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.stats.sensitivity import (
    Shares,
    contaminated_gap,
    contamination_that_closes,
    flipped_ends,
    flips_that_close,
    gap_of,
    most_flipped,
    unknown_gap,
    unknown_rate,
)


def test_with_as_many_unknown_rows_as_known_a_rate_of_30_percent_is_15_to_65():
    assert unknown_rate(15, 50, 0, 50).low == pytest.approx(0.15)
    assert unknown_rate(15, 50, 50, 50).high == pytest.approx(0.65)


def allocations(x, n, unknown_x, unknown_n):
    """The gap for every way to give unknown rows to slices, or to none."""
    places = len(x) + 1
    for above in product(range(unknown_x + 1), repeat=places):
        for below in product(range(unknown_n - unknown_x + 1), repeat=places):
            if sum(above) == unknown_x and sum(below) == unknown_n - unknown_x:
                a, b = np.array(above[:-1]), np.array(below[:-1])
                rate = (x + a) / (n + a + b)
                yield rate.max() - rate.min()


@pytest.mark.parametrize(
    ("x", "n", "unknown"),
    [
        ((3, 6), (10, 10), (2, 5)),
        ((1, 4, 9), (10, 11, 12), (2, 4)),
        ((5, 5), (10, 10), (0, 3)),
        ((0, 7), (7, 7), (1, 1)),
    ],
)
def test_bounds_of_unknown_rows_hold_every_allocation_and_the_upper_one_is_reached(x, n, unknown):
    x, n = np.array(x), np.array(n)
    gaps = list(allocations(x, n, *unknown))
    found = unknown_gap(x, n, *unknown)
    assert found.low <= min(gaps) + 1e-12
    assert min(gaps) - found.low < 0.1  # whole rows cannot fill every slice to one level
    assert found.high == pytest.approx(max(gaps), abs=1e-12)


def test_the_lower_bound_of_unknown_rows_is_reached_where_rows_are_many():
    x, n = np.array([300, 600]), np.array([1000, 1000])
    found = unknown_gap(x, n, 100, 200)
    raised, lowered = (300 + 100) / 1100, 600 / 1100
    assert found.low == pytest.approx(lowered - raised, abs=1e-9)


def test_without_unknown_rows_the_gap_is_what_it_is():
    found = unknown_gap(np.array([3, 6]), np.array([10, 10]), 0, 0)
    assert found.low == pytest.approx(0.3, abs=1e-12)
    assert found.high == pytest.approx(0.3, abs=1e-12)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=4), st.floats(0, 0.4))
def test_rows_that_are_wrongly_there_stay_within_the_bounds(slices, share):
    """Take that share of rows out of every slice in the most one-sided ways."""
    x = np.array([a for a, _ in slices])
    n = np.array([a + b + 1 for a, b in slices])
    found = contaminated_gap(x, n, share)
    wrong = share * n
    for taken in product((0.0, 1.0), repeat=len(slices)):
        gone = np.clip(np.array(taken) * wrong, wrong - (n - x), x)  # as many of them above the line as there are
        rate = (x - gone) / (n - wrong)
        assert found.low - 1e-9 <= rate.max() - rate.min() <= found.high + 1e-9


def test_the_share_of_wrong_rows_that_closes_a_gap_is_the_gap():
    x, n = np.array([30, 55, 80]), np.array([100, 100, 100])
    closing = contamination_that_closes(x, n)
    assert closing == pytest.approx(0.5)
    assert contaminated_gap(x, n, closing).low == pytest.approx(0.0, abs=1e-12)
    assert contaminated_gap(x, n, closing - 0.01).low > 0


def tables(prevalence, tpr, fpr, flipped, rows=1_000_000):
    """Tables [truth, predicted] of slices that are alike, after labels of each were flipped at its own rate."""
    true = np.array(
        [[(1 - prevalence) * (1 - fpr), (1 - prevalence) * fpr], [prevalence * (1 - tpr), prevalence * tpr]]
    )
    return np.stack([np.round(rows * ((1 - e) * true + e * true[::-1])).astype(np.int64) for e in flipped])


def true_positive(table):
    return Shares(table[:, 1, 1], table[:, 1].sum(1), table[:, 0, 1], table[:, 0].sum(1), most_flipped(table))


def false_positive(table):
    return Shares(table[:, 0, 1], table[:, 0].sum(1), table[:, 1, 1], table[:, 1].sum(1), most_flipped(table))


@pytest.mark.parametrize(("flipped", "gap"), [(0.05, 0.077), (0.10, 0.144)])
def test_flipped_labels_of_one_slice_make_the_gap_of_the_table_and_their_share_is_found(flipped, gap):
    shares = true_positive(tables(0.3, 0.8, 0.1, (0.0, flipped)))
    rate = shares.above / shares.below
    assert rate[0] - rate[1] == pytest.approx(gap, abs=5e-4)
    assert flips_that_close(shares) == pytest.approx(flipped, abs=1e-4)
    assert gap_of(*flipped_ends(shares, flipped + 0.001)).low == pytest.approx(0.0, abs=1e-9)
    assert gap_of(*flipped_ends(shares, flipped - 0.01)).low > 0


@pytest.mark.parametrize("shares_of", [true_positive, false_positive])
def test_taking_out_the_flipped_labels_gives_the_true_rates_back(shares_of):
    table = tables(0.3, 0.8, 0.1, (0.05, 0.05))
    low, high = flipped_ends(shares_of(table), 0.05)
    truth = 0.8 if shares_of is true_positive else 0.1
    assert min(np.abs(low - truth).max(), np.abs(high - truth).max()) < 1e-4


def test_taking_the_recorded_rates_for_true_ones_would_blame_noise_on_the_model():
    shares = true_positive(tables(0.3, 0.8, 0.1, (0.0, 0.10)))
    rate = shares.above / shares.below
    assert rate[0] - rate[1] > 0.1  # a limit of 0.1 on the plain gap fails two slices that are alike


def test_labels_at_random_in_the_simulated_rows_stay_within_the_bounds():
    generator = np.random.default_rng(4)
    seen, plain = [], []
    for _ in range(100):
        table = np.zeros((2, 2, 2), dtype=np.int64)
        for place, flipped in enumerate((0.0, 0.03)):
            truth = generator.random(20_000) < 0.3
            predicted = generator.random(20_000) < np.where(truth, 0.8, 0.1)
            recorded = truth ^ (generator.random(20_000) < flipped)
            table[place] = [
                [(~recorded & ~predicted).sum(), (~recorded & predicted).sum()],
                [(recorded & ~predicted).sum(), (recorded & predicted).sum()],
            ]
        shares = true_positive(table)
        seen.append(gap_of(*flipped_ends(shares, 0.03)).low)
        plain.append(abs(np.diff(shares.above / shares.below)[0]))
    assert np.median(seen) < 0.01  # what is left is chance, which comes on top
    assert np.median(plain) > 0.04  # slices that are alike, taken at their recorded labels


def test_a_gap_that_no_flipped_labels_could_make_is_told_so():
    table = np.array([[[50, 50], [0, 100]], [[50, 50], [90, 10]]])
    assert flips_that_close(true_positive(table)) is None


def test_no_doubt_leaves_the_gap_as_it_is():
    shares = true_positive(tables(0.3, 0.8, 0.1, (0.0, 0.05)))
    rate = shares.above / shares.below
    found = gap_of(*flipped_ends(shares, 0.0))
    assert found.low == pytest.approx(rate.max() - rate.min())
    assert found.high == pytest.approx(rate.max() - rate.min())


@settings(max_examples=80)
@given(st.lists(st.integers(0, 30), min_size=8, max_size=8), st.floats(0, 0.49))
def test_rates_under_flipped_labels_stay_rates_and_grow_wider_with_the_doubt(cells, flipped):
    table = np.array(cells).reshape(2, 2, 2) + np.array([[[0, 0], [1, 0]], [[0, 0], [1, 0]]])
    shares = true_positive(table)
    low, high = flipped_ends(shares, flipped)
    wider_low, wider_high = flipped_ends(shares, min(0.499, flipped + 0.05))
    assert ((low >= 0) & (high <= 1) & (low <= high)).all()
    assert ((wider_low <= low + 1e-12) & (wider_high >= high - 1e-12)).all()
