"""The squared calibration error is free of bias where the plain error is not, and its interval covers."""

from math import factorial

import numpy as np
import pytest

from dlaudit.stats.calibration import Bins, equal_mass_edges, pooled_bins, squared_error

EDGES = np.arange(1025) / 1024
MIDDLE = (EDGES[:-1] + EDGES[1:]) / 2
TENTHS = np.round(np.arange(11) * 1024 / 10).astype(np.int64)


def histogram(score, label):
    code = np.minimum((score * 1024).astype(np.int64), 1023)
    return np.stack([np.bincount(code[label == y], minlength=1024) for y in (0, 1)])


def sample(n, generator, shape=(1, 1), shrunk=0.0):
    """Scores and labels; with `shrunk` the true shares lie nearer to 0.3 than the scores say."""
    score = MIDDLE[(generator.beta(*shape, n) * 1024).astype(np.int64).clip(0, 1023)]
    return score, (generator.random(n) < score * (1 - shrunk) + 0.3 * shrunk).astype(np.int64)


def plain_error(bins):
    """The expected calibration error as it is usually shown."""
    held = bins.rows > 0
    share = bins.positive[held] / bins.rows[held]
    return float((bins.rows[held] * np.abs(share - bins.mean_score[held])).sum() / bins.rows.sum())


def many(n, repetitions, kept=TENTHS, seed=0, **given):
    generator = np.random.default_rng(seed)
    return [pooled_bins(EDGES, histogram(*sample(n, generator, **given)), kept) for _ in range(repetitions)]


def tables(rows, cells):
    """Every way to put that many rows into cells."""
    if cells == 1:
        yield (rows,)
        return
    for first in range(rows + 1):
        for rest in tables(rows - first, cells - 1):
            yield (first, *rest)


def expected(rows, shares, estimate):
    """The exact mean of an estimate over all samples of rows with one of two scores, in one bin.

    Rows have score .2 and .7 equally often; `shares` are the true shares of positive labels at either.
    """
    fine = [int(0.2 * 1024), int(0.7 * 1024)]
    chances = np.array([(1 - shares[0]) / 2, (1 - shares[1]) / 2, shares[0] / 2, shares[1] / 2])
    total = 0.0
    for table in tables(rows, 4):
        counts = np.zeros((2, 1024), dtype=np.int64)
        counts[:, fine] = np.array(table).reshape(2, 2)
        ways = factorial(rows) / np.prod([factorial(k) for k in table])
        total += ways * np.prod(chances**table) * estimate(pooled_bins(EDGES, counts, np.array([0, 1024])))
    return total


def usual(bins):
    """The squared error with the correction that is usually made: by the variance of the label alone."""
    n, rate = int(bins.rows[0]), bins.positive[0] / bins.rows[0]
    return float((rate - bins.mean_score[0]) ** 2 - rate * (1 - rate) / (n - 1))


CLAIMED = (MIDDLE[int(0.2 * 1024)], MIDDLE[int(0.7 * 1024)])


@pytest.mark.parametrize("rows", [2, 3, 5, 8])
def test_the_mean_over_all_samples_is_the_true_squared_error_to_rounding(rows):
    value = lambda bins: squared_error(bins).value  # noqa: E731 - one expression, twice
    assert expected(rows, CLAIMED, value) == pytest.approx(0.0, abs=1e-12)
    off = (0.5, 0.6)
    distance = (sum(off) - sum(CLAIMED)) / 2
    assert expected(rows, off, value) == pytest.approx(distance**2, abs=1e-12)


@pytest.mark.parametrize("rows", [2, 3, 5, 8])
def test_neither_the_plain_square_nor_the_usual_correction_has_that_mean(rows):
    plain = expected(rows, CLAIMED, lambda bins: float((bins.positive[0] / bins.rows[0] - bins.mean_score[0]) ** 2))
    assert plain > 0.01
    assert expected(rows, CLAIMED, usual) < -0.005


@pytest.mark.parametrize(("n", "within"), [(30, 7e-4), (300, 6e-5)])
def test_of_a_calibrated_model_the_mean_of_ten_bins_is_not_shown_to_differ_from_zero(n, within):
    """A coarse check of ten bins together; benchmarks/distributions.md has enough samples to resolve `within`."""
    found = np.array([squared_error(bins).value for bins in many(n, 600)])
    assert abs(found.mean()) <= within + 3 * found.std() / np.sqrt(len(found))


@pytest.mark.parametrize(("n", "shown"), [(30, 0.177), (100, 0.100), (300, 0.059), (1000, 0.032)])
def test_the_plain_error_of_a_calibrated_model_is_far_from_zero(n, shown):
    found = np.array([plain_error(bins) for bins in many(n, 400)])
    assert found.mean() == pytest.approx(shown, abs=0.006)


def test_a_small_slice_of_a_calibrated_model_looks_worse_by_the_plain_error_alone():
    small, large = many(100, 300), many(10_000, 60, seed=1)
    gap = np.mean([plain_error(b) for b in small]) - np.mean([plain_error(b) for b in large])
    assert gap == pytest.approx(0.09, abs=0.006)
    freed = np.mean([squared_error(b).value for b in small]) - np.mean([squared_error(b).value for b in large])
    assert abs(freed) < 0.002


def truth(shape, shrunk, kept):
    """The squared error of the bins' true means: numerically, from the law of the scores."""
    score, _ = sample(400_000, np.random.default_rng(99), shape)
    share = score * (1 - shrunk) + 0.3 * shrunk
    place = np.searchsorted(kept, (score * 1024).astype(np.int64), side="right") - 1
    rows = np.bincount(place, minlength=len(kept) - 1)
    distance = np.bincount(place, share - score, minlength=len(kept) - 1)
    held = rows > 0
    return float((distance[held] ** 2 / rows[held]).sum() / rows.sum())


@pytest.mark.parametrize("shape", [(1, 1), (0.5, 20)])
@pytest.mark.parametrize("shrunk", [0.0, 0.15])
@pytest.mark.parametrize("n", [30, 300])
def test_the_interval_covers_the_squared_error(shape, shrunk, n):
    scores, _ = sample(50_000, np.random.default_rng(7), shape)
    kept = equal_mass_edges(histogram(scores, np.zeros(len(scores))).sum(axis=0), 10)
    known = truth(shape, shrunk, kept) if shrunk else 0.0
    found = [squared_error(bins) for bins in many(n, 300, kept=kept, seed=n, shape=shape, shrunk=shrunk)]
    allowed = 0.025 + 3 * np.sqrt(0.025 * 0.975 / 300)
    assert np.mean([one.low > known for one in found]) <= allowed
    assert np.mean([one.high < known for one in found]) <= allowed
    assert all(one.low <= one.value <= one.high <= 1 and one.low < one.high for one in found)


def test_an_interval_that_takes_the_error_for_normal_misses_too_often():
    misses = []
    for bins in many(300, 600, seed=3):
        noise = (bins.expected_variance / bins.rows**2) * bins.rows / bins.rows.sum()
        misses.append(squared_error(bins).value > 1.96 * np.sqrt(2 * (noise**2).sum()))
    assert np.mean(misses) > 0.025 + 0.005  # its tail is that of a chi-squared variable


def test_a_model_that_is_far_off_is_shown_to_be():
    (bins,) = many(3000, 1, shrunk=0.5)
    found = squared_error(bins)
    assert found.low > 0.01
    assert found.value == pytest.approx(truth((1, 1), 0.5, TENTHS), abs=0.01)


def test_bins_of_one_row_are_left_out_and_without_any_other_it_is_undefined():
    one_each = np.stack([np.zeros(1024, dtype=np.int64), np.bincount(TENTHS[:-1], minlength=1024)])
    assert np.isnan(squared_error(pooled_bins(EDGES, one_each, TENTHS)).value)
    first_bin = one_each.copy()
    first_bin[0, :2] += 20
    alone = np.where(np.arange(1024) < TENTHS[1], first_bin, 0)
    of_it = squared_error(pooled_bins(EDGES, alone, TENTHS)).value
    assert squared_error(pooled_bins(EDGES, first_bin, TENTHS)).value == pytest.approx(of_it, abs=1e-15)


def test_many_rows_are_worked_out():
    rows = np.full(10, 10_000_000)
    scores = rows * (np.arange(10) + 0.5) / 10
    positive = (scores * 0.9).astype(np.int64)
    rate, mean = positive / rows, scores / rows
    squares = positive * (1 - 2 * mean) + rows * mean**2
    bins = Bins(
        rows=rows,
        positive=positive,
        scores=scores,
        residual_squares=squares,
        expected_variance=rows * mean * (1 - mean),
    )
    found = squared_error(bins)
    assert found.value == pytest.approx(float(((rate - mean) ** 2).mean()), rel=1e-4)
    assert 0.99 * found.value < found.low < found.value < found.high < 1.01 * found.value


def test_coarse_bins_hold_about_equally_many_rows_and_keep_ties_together():
    scores = np.random.default_rng(2).beta(2, 5, 10_000)
    rows = np.bincount((scores * 1024).astype(np.int64), minlength=1024)
    kept = equal_mass_edges(rows, 10)
    assert len(kept) == 11
    assert np.abs(np.add.reduceat(rows, kept[:-1]) - 1000).max() < 60
    tied = np.zeros(1024, dtype=np.int64)
    tied[[100, 800]] = 50, 70
    assert len(equal_mass_edges(tied, 10)) == 3
    assert equal_mass_edges(np.zeros(8, dtype=np.int64), 10).tolist() == [0, 8]
