"""Paired tests: their size over every table, their bounds against dense grids, their published figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, ndtri

from dlaudit.stats.paired import bonett_price_limits, paired_difference, paired_test, tango_limits
from dlaudit.stats.trinomial import churn_border, tango_score

DESIGNS = [(n, margin) for n in (6, 12, 20) for margin in (-0.2, -0.05, -0.02, 0.0, 0.02, 0.1)]


def _tables(n):
    b, c = np.array([(b, c) for b in range(n + 1) for c in range(n + 1 - b)]).T
    return b, c, gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(n - b - c + 1)


def _size(rejected, n, margin):
    """The largest probability of rejection over 300 churns on the border of the null hypothesis."""
    b, c, ways = _tables(n)
    churn = abs(margin) + (1 - abs(margin)) * np.sin(np.linspace(1e-4, np.pi / 2 - 1e-4, 300)) ** 2
    logs = np.outer(b, np.log((churn + margin) / 2)) + np.outer(c, np.log((churn - margin) / 2))
    chance = np.exp(ways[:, None] + logs + np.outer(n - b - c, np.log(1 - churn)))
    return float(chance[rejected].sum(axis=0).max())


@pytest.fixture(scope="module")
def sizes():
    found = []
    for n, margin in DESIGNS:
        b, c, _ = _tables(n)
        for alpha in (0.05, 0.01):
            exact = np.array([paired_difference(int(x), int(y), n, margin, alpha) for x, y in zip(b, c, strict=True)])
            score = tango_score(b, c, n, margin) >= -ndtri(alpha)
            adjusted = bonett_price_limits(b, c, n, 1 - 2 * alpha).low > margin
            p, q = b / n, c / n
            wald = p - q - margin > -ndtri(alpha) * np.sqrt(np.maximum(p + q - (p - q) ** 2, 0) / n)
            found.append([_size(one, n, margin) / alpha for one in (exact, score, adjusted, wald)])
    return np.array(found)


def test_size_never_exceeds_alpha_in_any_enumerated_design(sizes):
    assert len(sizes) >= 36
    assert sizes[:, 0].max() <= 1
    assert np.median(sizes[:, 0]) > 0.6


def test_the_approximate_tests_exceed_alpha_in_the_same_enumeration(sizes):
    assert (sizes[:, 1:].max(axis=0) > 1.2).all()


def test_wald_shows_non_inferiority_eleven_times_too_often_and_the_exact_test_does_not():
    """Thirty rows, delta 0.02: the false PASS rates of the table of approximate tests."""
    n, margin = 30, -0.02
    b, c, _ = _tables(n)
    p, q = b / n, c / n
    wald = p - q - margin > -ndtri(0.05) * np.sqrt(np.maximum(p + q - (p - q) ** 2, 0) / n)
    assert _size(wald, n, margin) == pytest.approx(0.55, abs=0.03)
    score = tango_score(b, c, n, margin) > -ndtri(0.05)
    assert 0.05 < _size(score, n, margin) < 0.06
    exact = np.array([paired_difference(int(x), int(y), n, margin, 0.05) for x, y in zip(b, c, strict=True)])
    assert _size(exact, n, margin) <= 0.05
    assert exact.sum() > 0.95 * score.sum()


@pytest.mark.parametrize("margin", [-0.1, -0.01, 0.0, 0.03])
@pytest.mark.parametrize("n", [15, 200])
def test_the_bound_over_a_cell_is_above_every_point_of_it(n, margin):
    rng = np.random.default_rng(n)
    for _ in range(10):
        gained, lost = sorted(rng.integers(0, n // 4, 2))[::-1]
        low, high = max(abs(margin), 0.02), 0.7
        border, nodes = churn_border(int(gained), int(lost), n, margin, (low, high))
        cells = np.stack([nodes[:-1], nodes[1:]], axis=1)
        inner = cells[:, :1] + (cells[:, 1:] - cells[:, :1]) * np.linspace(0, 1, 9)
        dense = border.at(inner.ravel()).reshape(inner.shape).max(axis=1)
        bound = border.over(cells)
        assert (bound >= dense - 1e-14).all()
        assert (bound <= 1.3 * dense + 1e-6).mean() > 0.8


def test_probability_of_the_region_is_that_of_all_its_tables():
    n, margin = 14, -0.1
    b, c, ways = _tables(n)
    for gained, lost in ((3, 2), (0, 0), (6, 1), (14, 0)):
        border, _ = churn_border(gained, lost, n, margin, (0.1, 0.9))
        inside = tango_score(b, c, n, margin) >= tango_score(gained, lost, n, margin) - 1e-9
        for p, q in ((0.1, 0.2), (0.4, 0.5), (0.05, 0.15)):
            chance = np.exp(ways + b * np.log(p) + c * np.log(q) + (n - b - c) * np.log(1 - p - q))
            found = border.region.probability(np.array([p]), np.array([q]))[0]
            assert found == pytest.approx(chance[inside].sum(), abs=1e-9)


def test_scores_rise_with_gains_and_fall_with_losses():
    for n in (10, 31):
        b, c = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
        for margin in (-0.3, -0.05, 0.0, 0.02, 0.4):
            z = np.where(b + c <= n, np.clip(tango_score(b, c, n, margin), -99, 99), np.nan)
            assert not (np.diff(z, axis=0) < -1e-9).any()
            assert not (np.diff(z, axis=1) > 1e-9).any()


@pytest.mark.parametrize(("gained", "lost", "n"), [(12, 2, 50), (0, 1, 44), (3, 3, 20), (9, 0, 15)])
def test_the_ends_of_tangos_interval_solve_its_defining_equation(gained, lost, n):
    """The variance of the change at the likeliest rates, which are sought here on a grid, makes a score of 1.96."""
    for end, sign in zip(tango_limits(gained, lost, n), (1, -1), strict=True):
        q = np.linspace(max(0.0, -end), (1 - end) / 2, 200_003)[1:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = [k * np.log(p) for k, p in ((gained, q + end), (lost, q), (n - gained - lost, 1 - 2 * q - end)) if k]
        best = q[np.argmax(sum(logs))]
        score = (gained - lost - n * end) / (n * (2 * best + end - end**2)) ** 0.5
        assert score == pytest.approx(sign * 1.959964, abs=2e-3)


def test_bonett_prices_interval_adds_a_row_to_either_side():
    p, q = 13 / 52, 3 / 52
    half = 1.959964 * ((p + q - (p - q) ** 2) / 52) ** 0.5
    assert np.array(bonett_price_limits(12, 2, 50)) == pytest.approx([p - q - half, p - q + half], abs=1e-6)


def test_intervals_of_no_rows_are_undefined_and_those_of_no_change_are_not_empty():
    assert np.isnan(np.array([*tango_limits(0, 0, 0), *bonett_price_limits(0, 0, 0)])).all()
    low, high = tango_limits(np.array([0, 30]), np.array([0, 0]), np.array([30, 30]))
    assert (low[0] < -0.05) and (high[0] > 0.05) and high[1] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("margin", "n"), [(-0.02, 300), (-0.05, 1000)])
def test_pairs_show_what_two_separate_rates_do_not(margin, n):
    from dlaudit.stats.exact import exact_difference

    churn = round(0.03 * n)
    wide = margin if n == 1000 else -0.05
    assert paired_difference(churn, churn, n, wide, 0.05)
    assert not exact_difference(round(0.7 * n), n, round(0.7 * n), n, wide / 2, 0.05)


def test_the_guarantee_follows_from_the_number_of_rows_alone():
    assert paired_test(30, 20, 1000, -0.02, 0.05).guarantee == "finite-sample"
    assert paired_test(0, 0, 2_000_001, 0.1, 0.05) == (False, "asymptotic")
    assert paired_test(90_000, 20_000, 3_000_000, 0.0, 0.05) == (True, "asymptotic")


def test_ends_are_decided():
    assert not paired_difference(0, 0, 0, -0.1, 0.05)
    assert not paired_difference(5, 0, 10, 1.0, 0.05)
    assert paired_difference(0, 0, 100, -0.2, 0.05)
    assert not paired_difference(0, 0, 10, -0.02, 0.05)
    assert not paired_difference(2, 2, 10, 0.0, 0.05)
    assert paired_difference(10, 0, 10, 0.0, 0.05)
    # largest P(B = n) under P(gained) - P(lost) <= 0.5 is (0.75)^n
    assert paired_difference(12, 0, 12, 0.5, 0.05) and not paired_difference(9, 0, 9, 0.5, 0.05)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.integers(0, 80), st.integers(0, 80), st.sampled_from([-0.1, -0.02, 0.0, 0.05]))
def test_a_wider_margin_or_a_smaller_level_never_makes_a_rejection(n, gained, lost, margin):
    gained = min(gained, n)
    lost = min(lost, n - gained)
    if not paired_difference(gained, lost, n, margin, 0.05):
        assert not paired_difference(gained, lost, n, margin, 0.025)
        assert not paired_difference(gained, lost, n, margin + 0.05, 0.05)
