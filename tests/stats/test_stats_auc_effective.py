"""AUC intervals of weighted, shared and binned rows, against definitions and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from dlaudit.stats.auc import auc, auc_interval
from dlaudit.stats.auc_binned import binned_auc_interval
from dlaudit.stats.auc_effective import auc_parts, clustered_auc_interval, weighted_auc_interval


def _rows(rng, ups, downs, truth):
    score = np.r_[rng.normal(norm.ppf(truth) * np.sqrt(2), 1, ups), rng.normal(0, 1, downs)]
    return score, np.repeat([1, 0], [ups, downs])


def test_weights_of_one_give_delongs_interval():
    score, y = _rows(np.random.default_rng(1), 120, 130, 0.8)
    plain, ones = auc_interval(score, y), weighted_auc_interval(score, y, np.ones(250))
    assert ones.method == "logit_delong_kish"
    assert (ones.value, ones.low, ones.high) == pytest.approx((plain.value, plain.low, plain.high), abs=1e-12)


def test_whole_weights_move_the_value_as_repeated_rows_do_and_influences_sum_to_zero():
    rng = np.random.default_rng(2)
    score, y = _rows(rng, 20, 30, 0.8)
    score = np.round(score, 1)
    weight = rng.integers(0, 4, 50)
    parts = auc_parts(score, y, weight)
    assert parts.value == pytest.approx(auc(np.repeat(score, weight), np.repeat(y, weight)), abs=1e-12)
    assert parts.influence.sum() == pytest.approx(0, abs=1e-12)
    assert not parts.influence[weight == 0].any()


def test_influences_are_the_derivative_of_the_auc_by_weights():
    rng = np.random.default_rng(3)
    score, y = _rows(rng, 8, 9, 0.7)
    weight = rng.gamma(1.0, 1.0, 17)
    parts = auc_parts(score, y, weight)
    for row in range(17):
        more = weight.copy()
        more[row] *= 1 + 1e-6
        assert (auc(score, y, more) - parts.value) / 1e-6 == pytest.approx(parts.influence[row], abs=1e-5)


@pytest.mark.parametrize(("ups", "downs", "truth"), [(10, 90, 0.96), (60, 200, 0.8), (300, 300, 0.96)])
def test_weighted_interval_covers_where_counting_rows_does_not(ups, downs, truth):
    rng = np.random.default_rng(4)
    hits = naive = 0
    for _ in range(400):
        score, y = _rows(rng, ups, downs, truth)
        found = weighted_auc_interval(score, y, rng.lognormal(0, 1, ups + downs))
        plain = auc_interval(score, y)
        hits += found.low <= truth <= found.high
        naive += found.value + plain.low - plain.value <= truth <= found.value + plain.high - plain.value
    assert hits / 400 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)
    assert naive / 400 < 0.9


def _between(influence, unit):
    sums = np.bincount(unit, influence)
    return len(sums) / (len(sums) - 1) * float((sums**2).sum()), len(sums)


@pytest.mark.parametrize(("units", "each", "truth"), [(30, 2, 0.9), (100, 5, 0.9)])
def test_clustered_interval_covers_where_the_row_interval_does_not(units, each, truth):
    rng = np.random.default_rng(5)
    hits = naive = 0
    unit = np.repeat(np.arange(units), each)
    for _ in range(400):
        y = (rng.random(units) < 0.4)[unit].astype(np.int64)
        score = norm.ppf(truth) * np.sqrt(2) * y + np.sqrt(0.7) * rng.normal(size=units)[unit]
        score += np.sqrt(0.3) * rng.normal(size=len(unit))
        ones = np.ones(len(unit))
        between = _between(auc_parts(score, y, ones).influence, unit)
        found, plain = clustered_auc_interval(score, y, ones, between), auc_interval(score, y)
        hits += found.low <= truth <= found.high
        naive += plain.low <= truth <= plain.high
    assert hits / 400 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)
    assert naive / 400 < 0.91


def test_what_is_undefined_is_nan():
    score, ones = np.array([0.1, 0.9, 0.4]), np.ones(3)
    assert np.isnan(weighted_auc_interval(score, np.array([1, 1, 1]), ones)[:3]).all()
    assert np.isnan(weighted_auc_interval(score, np.array([1, 0, 0]), np.array([0.0, 1.0, 1.0]))[:3]).all()
    found = clustered_auc_interval(score, np.array([1, 0, 0]), ones, (float("nan"), 1))
    assert np.isnan(found.low) and found.value == pytest.approx(0.0)
    assert np.isnan(binned_auc_interval(np.zeros(4, dtype=np.int64), np.ones(4, dtype=np.int64)).found[:3]).all()


BARS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12)


@given(BARS, st.integers(0, 1000))
@settings(deadline=None)
def test_bins_hide_no_more_than_they_say(bars, seed):
    """Rows anywhere within their bins: their AUC stays within the distance, and reaches it at the worst."""
    negative, positive = (np.array(side) for side in zip(*bars, strict=True))
    if not (negative.any() and positive.any()):
        return
    found, within = binned_auc_interval(negative, positive)
    place = np.arange(len(bars), dtype=float)
    y = np.repeat([1, 0], [positive.sum(), negative.sum()])
    start = np.concatenate([np.repeat(place, positive), np.repeat(place, negative)])
    inside = np.random.default_rng(seed).random(len(y)) * 0.99
    assert abs(auc(start + inside, y) - found.value) <= within + 1e-12
    assert auc(start + 0.5 * y, y) - found.value == pytest.approx(within, abs=1e-12)
    assert found.low <= found.value - within + 1e-12 and found.high >= found.value + within - 1e-12


def test_bins_of_one_score_each_give_the_interval_of_the_rows():
    rng = np.random.default_rng(7)
    score, y = _rows(rng, 70, 60, 0.8)
    order = np.argsort(score)
    positive, negative = (np.array(y[order] == label, dtype=np.int64) for label in (1, 0))
    (value, low, high, method), within = binned_auc_interval(negative, positive)
    plain = auc_interval(score, y)
    assert within == 0 and method == "logit_delong_binned"
    assert (value, low, high) == pytest.approx((plain.value, plain.low, plain.high), abs=1e-12)
