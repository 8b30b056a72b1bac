"""AUC and its interval against definitions, scikit-learn and simulation."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from dlaudit.stats.auc import auc, auc_interval, newcombe_limits
from dlaudit.stats.auc_effective import auc_parts


def _rows(rng, ups, downs, shift, ties=False):
    score = np.concatenate([rng.normal(shift, 1, ups), rng.normal(0, 1, downs)])
    return (np.round(score) if ties else score), np.repeat([1, 0], [ups, downs])


@pytest.mark.parametrize("ties", [False, True])
def test_auc_agrees_with_scikit_learn_with_and_without_weights(ties):
    rng = np.random.default_rng(5)
    score, y = _rows(rng, 60, 90, 1.0, ties)
    weight = rng.lognormal(size=150)
    assert auc(score, y) == pytest.approx(roc_auc_score(y, score), abs=1e-12)
    assert auc(score, y, weight) == pytest.approx(roc_auc_score(y, score, sample_weight=weight), abs=1e-12)


def test_auc_counts_pairs_and_halves_ties():
    assert auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0, 0, 1, 1])) == 3.5 / 4
    assert auc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5


@pytest.mark.parametrize("unit", [5e-324, 1e-200, 1e200, 1e308])
def test_the_unit_of_weights_does_not_matter_however_large_or_small(unit):
    score, y = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
    assert auc(score, y, np.full(4, unit)) == 0.75
    parts = auc_parts(score, y, np.full(4, unit))
    assert (parts.value, parts.positives, parts.negatives) == (0.75, 2.0, 2.0)


def test_auc_of_one_class_is_undefined():
    assert np.isnan(auc(np.array([0.1, 0.9]), np.array([1, 1])))
    assert all(np.isnan(end) for end in auc_interval(np.array([0.1, 0.9]), np.array([1, 1]))[:3])


def test_method_is_chosen_by_the_rarer_class():
    rng = np.random.default_rng(2)
    assert auc_interval(*_rows(rng, 49, 500, 1.0)).method == "newcombe_5"
    assert auc_interval(*_rows(rng, 500, 49, 1.0)).method == "newcombe_5"
    assert auc_interval(*_rows(rng, 50, 500, 1.0)).method == "logit_delong"


def test_perfect_separation_still_has_an_interval():
    found = auc_interval(np.arange(200.0), np.repeat([0, 1], 100))
    assert found.value == found.high == 1
    assert 0.95 < found.low < 1


def test_delong_variance_agrees_with_its_definition():
    rng = np.random.default_rng(11)
    score, y = _rows(rng, 80, 70, 1.0, ties=True)
    up, down = score[y == 1], score[y == 0]
    wins = (up[:, None] > down) + 0.5 * (up[:, None] == down)
    variance = wins.mean(1).var(ddof=1) / 80 + wins.mean(0).var(ddof=1) / 70
    found = auc_interval(score, y)
    area = wins.mean()
    half = 1.959964 * np.sqrt(variance) / (area * (1 - area))
    logit = np.log(area / (1 - area))
    assert found.low == pytest.approx(1 / (1 + np.exp(half - logit)), abs=1e-6)
    assert found.high == pytest.approx(1 / (1 + np.exp(-half - logit)), abs=1e-6)


def test_newcombes_limits_lie_where_their_own_variance_puts_the_estimate():
    low, high = newcombe_limits(0.8, 20, 60)
    for area in (low, high):
        size = 40
        factor = 1 + (size - 1) * ((1 - area) / (2 - area) + area / (1 + area))
        error = np.sqrt(area * (1 - area) * factor / (20 * 60))
        assert abs(0.8 - area) == pytest.approx(1.959964 * error, abs=1e-6)


def test_newcombe_covers_a_high_auc_of_ten_positives_where_delong_does_not():
    rng = np.random.default_rng(0)
    truth, hits, delong = 0.96, 0, 0
    shift = 1.7507 * np.sqrt(2)  # normal scores with this shift have an AUC of 0.96
    for _ in range(500):
        score, y = _rows(rng, 10, 90, shift)
        found = auc_interval(score, y)
        hits += found.low <= truth <= found.high
        up, down = score[:10], score[10:]
        wins = up[:, None] > down
        error = np.sqrt(wins.mean(1).var(ddof=1) / 10 + wins.mean(0).var(ddof=1) / 90)
        delong += abs(found.value - truth) <= 1.96 * error
    assert hits / 500 >= 0.945
    assert delong / 500 < 0.88
