"""Coverage of the weighted and the clustered interval of a share, at the bars of benchmarks/interval_coverage.md."""

import numpy as np
import pytest

from dlaudit.stats.intervals import cluster_wilson, wilson, wilson_weighted

SAMPLES = 10_000
SLACK = 3 * np.sqrt(0.05 * 0.95 / SAMPLES)


@pytest.mark.parametrize(("n", "rate", "spread"), [(200, 0.3, 0.5), (200, 0.3, 1.0), (1000, 0.1, 1.0)])
def test_wilson_with_kishs_size_covers_94_to_96_percent_and_counting_rows_does_not(n, rate, spread):
    rng = np.random.default_rng(1)
    y, w = rng.random((SAMPLES, n)) < rate, rng.lognormal(0, spread, (SAMPLES, n))
    share = (w * y).sum(axis=1) / w.sum(axis=1)
    low, high = wilson_weighted(share, w.sum(axis=1) ** 2 / (w**2).sum(axis=1), 0.95)
    covered = ((low <= rate) & (rate <= high)).mean()
    assert 0.94 - SLACK <= covered <= 0.96 + SLACK
    low, high = wilson(share * n, np.full(SAMPLES, n), 0.95)
    assert ((low <= rate) & (rate <= high)).mean() < 0.94 - SLACK


@pytest.mark.parametrize(("units", "each", "correlation"), [(40, 20, 0.3), (100, 5, 0.1)])
def test_clustered_wilson_covers_94_to_97_percent_and_the_row_interval_does_not(units, each, correlation):
    rng = np.random.default_rng(2)
    rate, spread = 0.3, 1 / correlation - 1
    x = rng.binomial(each, rng.beta(rate * spread, (1 - rate) * spread, (SAMPLES, units)))
    n = units * each
    share = x.sum(axis=1) / n
    variance = units / (units - 1) * ((x - share[:, None] * each) ** 2).sum(axis=1) / n**2
    low, high = cluster_wilson(share, variance, np.full(SAMPLES, units), 0.95)
    covered = ((low <= rate) & (rate <= high)).mean()
    assert 0.94 - SLACK <= covered <= 0.97 + SLACK
    low, high = wilson(x.sum(axis=1), np.full(SAMPLES, n), 0.95)
    assert ((low <= rate) & (rate <= high)).mean() < 0.92
