"""Exact tests: their size by enumeration, their agreement with brute force, and their ends."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit, ndtri

from dlaudit.stats.borders import Border, Chord, nodes_of
from dlaudit.stats.exact import exact_difference, exact_p_difference, exact_p_ratio, exact_ratio
from dlaudit.stats.nulls import Null
from dlaudit.stats.regions import region_of
from dlaudit.stats.scores import difference_score, ratio_score, restricted_difference

DESIGNS = [
    ("difference", 5, 5, 0.1, 0.05),
    ("difference", 5, 14, 0.1, 0.05),
    ("difference", 14, 5, 0.1, 0.05),
    ("difference", 12, 12, 0.1, 0.01),
    ("difference", 9, 13, 0.0, 0.05),
    ("difference", 13, 6, 0.2, 0.01),
    ("difference", 6, 6, -0.1, 0.05),
    ("difference", 15, 4, -0.2, 0.05),
    ("difference", 4, 15, -0.2, 0.01),
    ("difference", 10, 10, -0.5, 0.05),
    ("difference", 8, 16, 0.4, 0.05),
    ("difference", 7, 11, 0.05, 0.001),
    ("ratio", 5, 5, 0.8, 0.05),
    ("ratio", 5, 14, 0.8, 0.05),
    ("ratio", 14, 5, 0.8, 0.05),
    ("ratio", 12, 12, 0.8, 0.01),
    ("ratio", 5, 14, 1.25, 0.05),
    ("ratio", 14, 5, 1.25, 0.05),
    ("ratio", 12, 12, 1.25, 0.01),
    ("ratio", 8, 16, 1.0, 0.05),
    ("ratio", 9, 9, 2.0, 0.05),
    ("ratio", 16, 4, 0.5, 0.05),
    ("ratio", 4, 16, 0.5, 0.01),
    ("ratio", 10, 7, 1.25, 0.001),
]


def _null_grid(kind, limit):
    """Rates on the boundary of the null hypothesis and inside it, the corners where p1 is held at 1 included."""
    p2 = np.linspace(0, 1, 401)
    p1 = Null(kind, limit).largest_p1(p2)
    if kind == "difference":
        p1, p2 = p1[p2 >= -limit], p2[p2 >= -limit]
    return np.concatenate([p1, 0.9 * p1]), np.concatenate([p2, p2])


def _size(rejected, n1, n2, kind, limit):
    """The largest probability of rejection over the null hypothesis."""
    p1, p2 = _null_grid(kind, limit)
    one = stats.binom.pmf(np.arange(n1 + 1)[:, None], n1, p1)
    two = stats.binom.pmf(np.arange(n2 + 1)[:, None], n2, p2)
    return float(np.einsum("ac,ab,bc->c", one, rejected.astype(float), two).max())


@pytest.fixture(scope="module")
def sizes():
    found = []
    for kind, n1, n2, limit, alpha in DESIGNS:
        test, score = (exact_difference, difference_score) if kind == "difference" else (exact_ratio, ratio_score)
        tables = list(product(range(n1 + 1), range(n2 + 1)))
        ours = np.array([test(a, n1, b, n2, limit, alpha) for a, b in tables]).reshape(n1 + 1, n2 + 1)
        a, b = np.array(tables).T
        normal = (score(a, n1, b, n2, limit) >= -ndtri(alpha)).reshape(n1 + 1, n2 + 1)
        found.append((_size(ours, n1, n2, kind, limit) / alpha, _size(normal, n1, n2, kind, limit) / alpha, ours.sum()))
    return np.array(found)


def test_size_never_exceeds_alpha_in_any_enumerated_design(sizes):
    assert len(sizes) >= 24
    assert sizes[:, 0].max() <= 1


def test_the_same_scores_without_the_exact_supremum_exceed_alpha(sizes):
    assert sizes[:, 1].max() > 1.5
    assert np.mean(sizes[:, 1] > 1) > 0.5


def test_the_exact_test_is_not_idle(sizes):
    assert np.median(sizes[:, 0]) > 0.4


def _brute_force(kind, table, limit, alpha):
    """Supremum over a dense grid, relative to the level it must stay below, with every table's score computed."""
    _, n1, x2, n2 = table
    null = Null(kind, limit)
    a, b = np.arange(n1 + 1), np.arange(n2 + 1)
    extreme = null.score(a[:, None], n1, b[None, :], n2) >= float(null.score(*table)) - 1e-9
    last = np.maximum.accumulate(np.where(extreme.any(1), n2 - np.argmax(extreme[:, ::-1], axis=1), -1))
    level = alpha * (1 - 0.001)
    gamma = 0.02 * level
    low = stats.beta.ppf(gamma / 2, x2, n2 - x2 + 1) if x2 else 0.0
    high = stats.beta.isf(gamma / 2, x2 + 1, n2 - x2) if x2 < n2 else 1.0
    p2 = np.linspace(max(low, null.least_p2), high, 1501)
    if p2[0] > p2[-1]:
        return 0.0
    mass = stats.binom.pmf(a[:, None], n1, null.largest_p1(p2)) * stats.binom.cdf(last[:, None], n2, p2)
    return float(mass.sum(0).max()) / (level - gamma)


def test_windowed_search_agrees_with_brute_force_over_the_full_table():
    rng = np.random.default_rng(4)
    agreed = rejected = 0
    for _ in range(250):
        kind = str(rng.choice(["difference", "ratio"]))
        limit = float(rng.choice([0.0, 0.05, 0.1, 0.2, -0.1] if kind == "difference" else [0.8, 1.25, 0.5]))
        n1, n2 = (int(n) for n in rng.integers(3, 90, 2))
        x1, x2 = int(rng.binomial(n1, rng.uniform(0.3, 1))), int(rng.binomial(n2, rng.uniform(0, 0.7)))
        alpha = float(rng.choice([0.05, 0.01, 0.002]))
        null, table = Null(kind, limit), (x1, n1, x2, n2)
        if not null.is_beyond(*table):
            continue
        ratio = _brute_force(kind, table, limit, alpha)
        if 0.97 < ratio <= 1.0:
            continue  # so near that the refinement may give up
        found = (exact_difference if kind == "difference" else exact_ratio)(*table, limit, alpha)
        assert found == (ratio <= 1), (kind, table, limit, alpha, ratio)
        agreed, rejected = agreed + 1, rejected + found
    assert agreed > 100 and 20 < rejected < agreed - 20


def test_published_and_golden_scores():
    # Newcombe 1998, 56/70 against 48/80: Miettinen and Nurminen's interval is 0.0528 to 0.3382
    assert float(difference_score(56, 70, 48, 80, 0.0528)) == pytest.approx(1.96, abs=0.01)
    assert float(difference_score(56, 70, 48, 80, 0.3382)) == pytest.approx(-1.96, abs=0.01)
    # 48/80 against 12/40: pooled Z 3.098, with the hypergeometric variance 3.085
    assert float(difference_score(48, 80, 12, 40, 0.0)) == pytest.approx(3.085, abs=6e-4)
    assert float(ratio_score(48, 80, 12, 40, 1.0)) == pytest.approx(3.098, abs=6e-4)


def test_restricted_estimates_maximise_the_likelihood():
    rng = np.random.default_rng(8)
    for _ in range(60):
        n1, n2 = rng.integers(1, 10_000, 2)
        x1, x2 = rng.integers(0, n1 + 1), rng.integers(0, n2 + 1)
        d = float(rng.choice([-0.3, 0.0, 0.1]))
        arrays = [np.array(float(v)) for v in (x1, n1, x2, n2)]
        found = float(restricted_difference(*arrays, d))

        def likelihood(p2, x1=x1, n1=n1, x2=x2, n2=n2, d=d):
            return stats.binom.logpmf(x1, n1, np.clip(p2 + d, 0, 1)) + stats.binom.logpmf(x2, n2, np.clip(p2, 0, 1))

        grid = np.linspace(max(0, -d), min(1, 1 - d), 4001)
        assert likelihood(np.array([found]))[0] >= likelihood(grid).max() - 1e-9


def test_scores_fall_with_the_second_slice_and_rise_with_the_first():
    for n1, n2 in ((7, 9), (20, 20), (11, 60)):
        a, b = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
        tables = [difference_score(a, n1, b, n2, d) for d in (-0.2, 0.0, 0.05, 0.3)]
        tables += [ratio_score(a, n1, b, n2, r) for r in (0.5, 0.8, 1.25)]
        for z in tables:
            z = np.clip(z, -99, 99)
            assert (np.diff(z, axis=1) <= 1e-9).all()
            assert (np.diff(z, axis=0) >= -1e-9).all()


def test_an_empty_slice_never_rejects():
    for test, limit in ((exact_difference, -1.0), (exact_difference, 0.0), (exact_ratio, 0.1)):
        assert not test(0, 0, 5, 9, limit, 0.05)
        assert not test(5, 9, 0, 0, limit, 0.05)


@pytest.mark.parametrize("n", [1, 2, 30, 5000])
def test_ends_of_the_table_are_decided(n):
    assert not exact_difference(0, n, 0, n, 0.0, 0.05)
    assert not exact_difference(n, n, n, n, 0.0, 0.05)
    assert not exact_ratio(0, n, 0, n, 0.8, 0.05)
    # the suprema are max ((p + .1) (1 - p))^n and max (.8 p (1 - p))^n: .0915 and .04 for n = 2
    assert exact_difference(n, n, 0, n, 0.1, 0.05) == (n >= 30)
    assert exact_ratio(n, n, 0, n, 0.8, 0.05) == (n >= 2)
    assert exact_difference(n, n, n, n, -1.0, 0.05)
    assert not exact_difference(n, n, 0, n, 1.0, 0.05)


def test_nothing_is_rejected_where_every_first_rate_is_tolerated():
    # p2 is surely above 0.9, so p1 <= p2 + 0.1 holds whatever p1 is
    assert not exact_difference(1000, 1000, 970, 1000, 0.1, 0.05)
    assert exact_p_difference(1000, 1000, 970, 1000, 0.1) == 1


def test_large_slices_are_quick_and_agree_with_the_normal_approximation():
    assert exact_difference(520_000, 1_000_000, 416_000, 1_000_000, 0.1, 0.01)
    assert not exact_difference(516_500, 1_000_000, 416_000, 1_000_000, 0.1, 0.01)
    assert exact_difference(20, 1_000_000, 3, 1_000_000, 0.0, 0.01)
    assert not exact_difference(9, 1_000_000, 3, 1_000_000, 0.0, 0.01)


@pytest.mark.parametrize("table", [(15, 30, 70, 300), (52, 100, 29, 100), (9, 10, 2, 12), (30, 300, 2, 40)])
def test_stated_p_value_is_a_level_at_which_the_test_rejects_and_not_far_above_the_least(table):
    for test, bound, limit in ((exact_difference, exact_p_difference, 0.1), (exact_ratio, exact_p_ratio, 1.1)):
        p = bound(*table, limit)
        if p == 1:
            continue
        assert test(*table, limit, p)
        assert not test(*table, limit, p / 1.02)


def test_stated_p_value_of_equal_rates_is_one():
    assert exact_p_difference(5, 10, 5, 10) == 1
    assert exact_p_ratio(0, 10, 0, 10, 0.8) == 1
    assert exact_p_difference(0, 0, 5, 10) == 1


def test_stated_p_value_has_a_floor_and_a_ceiling():
    assert exact_p_difference(900, 1000, 10, 1000) == 1e-9
    # (p + 0.9) (1 - p) is largest at p = 0.05; the shares of Berger and Boos and of the rectangle are the 0.979
    assert exact_p_difference(1, 1, 0, 1, 0.9) == pytest.approx(0.9025 / 0.979, rel=0.01)
    assert exact_p_difference(1, 1, 0, 1, 0.99) == 1


def test_a_null_hypothesis_that_no_likely_nuisance_allows_is_rejected():
    # p1 <= p2 - 0.5 asks for p2 >= 0.5, where none of eleven is out of the question
    assert exact_difference(4, 10, 0, 11, -0.5, 0.05)
    assert 1e-9 <= exact_p_difference(4, 10, 0, 11, -0.5) < 0.01


def test_a_search_that_gives_up_never_rejects_and_never_states_a_smaller_p_value(monkeypatch):
    from dlaudit.stats import exact, regions, suprema

    table = (134, 300, 84, 300)  # p is just below 0.05
    assert exact_difference(*table, 0.1, 0.05)
    p = exact_p_difference(*table, 0.1)
    exact.is_rejected.cache_clear()
    exact._p_bound.cache_clear()
    monkeypatch.setattr(suprema, "_MOST_CELLS", 1)
    monkeypatch.setattr(regions, "_BLOCK", 1)
    assert exact_p_difference(*table, 0.1) >= p
    assert not exact_difference(*table, 0.1, 0.0501 * p / 0.05)
    exact.is_rejected.cache_clear()
    exact._p_bound.cache_clear()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.integers(0, 80), st.integers(1, 80), st.integers(0, 80))
def test_stated_p_value_always_rejects_where_it_is_below_one(n1, x1, n2, x2):
    x1, x2 = min(x1, n1), min(x2, n2)
    p = exact_p_difference(x1, n1, x2, n2, 0.05)
    assert 1e-9 <= p <= 1
    assert p == 1 or exact_difference(x1, n1, x2, n2, 0.05, p)


counts = st.tuples(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 60))


@settings(max_examples=60, deadline=None)
@given(counts, st.sampled_from([-0.2, 0.0, 0.1]), st.sampled_from([0.01, 0.05]))
def test_a_wider_margin_or_a_smaller_level_never_makes_a_rejection(table, margin, alpha):
    n1, x1, n2, x2 = table
    x1, x2 = min(x1, n1), min(x2, n2)
    if not exact_difference(x1, n1, x2, n2, margin, alpha):
        assert not exact_difference(x1, n1, x2, n2, margin + 0.1, alpha)
        assert not exact_difference(x1, n1, x2, n2, margin, alpha / 2)
    if exact_difference(x1, n1, x2, n2, margin, alpha) and x1 < n1:
        assert exact_difference(x1 + 1, n1, x2, n2, margin, alpha)


@pytest.mark.parametrize("margin", [0.1, -0.1])
def test_a_huge_slice_beside_a_tiny_one_is_decided_at_once_and_keeps_its_size(margin):
    """The first rate known to four standard errors, every table of the second enumerated."""
    n1, n2, p2 = 4_000_000, 40, 0.3
    x1 = int(n1 * (p2 + margin) + 4 * (n1 * 0.24) ** 0.5)
    rejecting = [x for x in range(n2 + 1) if exact_difference(x1, n1, x, n2, margin, 0.05)]
    size = stats.binom.pmf(rejecting, n2, p2).sum()
    assert 0.01 < size <= 0.05
    assert exact_p_difference(300_000_000, 1_000_000_000, 0, 3, 0.1) > 0.2
    assert exact_difference(300_000_000, 1_000_000_000, 2, 60, 0.1, 0.01)
    assert not exact_ratio(300_000_000, 1_000_000_000, 2, 3, 0.8, 0.05)


BORDERS = [("difference", m) for m in (-0.4, -0.1, -0.01, 0.0, 0.1)] + [("ratio", r) for r in (0.5, 0.8, 1.0, 1.25)]


@pytest.mark.parametrize(("kind", "limit"), BORDERS)
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_bound_over_a_cell_is_above_every_point_of_it_and_the_ends_alone_are_not(kind, limit, mirrored):
    rng = np.random.default_rng(7)
    below_inner = 0
    for _ in range(8):
        null = Null(kind, limit)
        n1, n2 = (int(n) for n in rng.integers(2, 120, 2))
        table = (int(rng.integers(n1 // 2, n1 + 1)), n1, int(rng.integers(0, n2 // 2 + 1)), n2)
        if mirrored:
            null, table = null.mirror(table)
        low, high = null.least_p2, null.full_p2
        p1 = null.largest_p1(np.array([low, high]))
        border = Border(null, region_of(null, table, (float(p1[0]), 1.0), (low, high)), 1.0)
        nodes = nodes_of(null, table[1], table[3], (low, high))
        for wide in (nodes, nodes[:: max(1, len(nodes) // 4)]):
            cells = np.stack([wide[:-1], wide[1:]], axis=1)
            inner = cells[:, :1] + (cells[:, 1:] - cells[:, :1]) * np.linspace(0, 1, 9)
            dense = border.at(inner.ravel()).reshape(inner.shape)
            assert (border.over(cells) >= dense.max(axis=1) * (1 - 1e-12)).all()
            below_inner += (dense[:, [0, -1]].max(axis=1) < dense.max(axis=1) * (1 - 1e-6)).sum()
    assert below_inner > 0


@pytest.mark.parametrize(
    ("limit", "table", "cell"),
    [(-0.99, (0, 1, 0, 2), (0.990003, 0.99969)), (-0.99, (1, 1, 0, 2), (0.990066, 0.9987)), (-0.3, (3, 3, 0, 3), None)],
)
def test_the_bound_over_a_cell_is_above_every_point_of_its_raised_chord(limit, table, cell):
    """A chord that is raised lies where p (1 - p) is larger: the bend of the log-probability is larger there too."""
    null = Null("difference", limit)
    region = region_of(null, table, (0.0, 1.0), (0.0, 1.0))
    cells = np.array([cell if cell else (0.5, 0.8)])
    chord, bound = Chord(null, region, cells), Border(null, region, 1.0).over(cells)
    ends, share = (logit(chord.raised_p1[0]), logit(cells[0])), np.linspace(0, 1, 201)
    p1, p2 = (expit(low + (high - low) * share) for low, high in ends)
    assert (p1 >= null.largest_p1(p2) - 1e-12).all()
    on_chord = region.probability(p1, p2).max()
    at_ends = region.probability(p1[[0, -1]], p2[[0, -1]]).max()
    assert on_chord <= at_ends * np.exp(chord.error[0]) * (1 + 1e-12)
    assert Border(null, region, 1.0).at(p2).max() <= bound[0]


def test_exchanged_slices_with_failures_counted_are_the_same_hypothesis():
    for null in (Null("difference", 0.1), Null("difference", -0.2), Null("ratio", 0.8), Null("ratio", 1.25)):
        mirrored, table = null.mirror((7, 20, 3, 30))
        assert mirrored.mirror(table) == (null, (7, 20, 3, 30))
        assert float(mirrored.score(*table)) == float(null.score(7, 20, 3, 30))
        p2 = np.linspace(null.least_p2, null.full_p2, 9)
        assert 1 - mirrored.largest_p1(1 - null.largest_p1(p2)) == pytest.approx(p2, abs=1e-12)


def test_the_region_holds_exactly_the_tables_that_are_as_extreme():
    rng = np.random.default_rng(9)
    for _ in range(40):
        null = Null("difference", float(rng.choice([-0.1, 0.0, 0.1])))
        n1, n2 = (int(n) for n in rng.integers(1, 70, 2))
        table = (int(rng.integers(0, n1 + 1)), n1, int(rng.integers(0, n2 + 1)), n2)
        region = region_of(null, table, (0.0, 1.0), (0.0, 1.0))
        a, b = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
        extreme = null.score(a, n1, b, n2) >= float(null.score(*table)) - 1e-9
        found = np.zeros_like(extreme)
        for x1, last in zip(region.x1, region.last, strict=True):
            found[x1, : last + 1] = True
        assert (found == extreme).all()


def test_both_ways_to_sum_a_region_agree():
    region = region_of(Null("difference", 0.1), (30, 60, 900, 4000), (0.0, 1.0), (0.0, 1.0))
    p1, p2 = np.linspace(0.05, 1, 20), np.linspace(0, 0.9, 20)
    chances = stats.binom.pmf(region.x1[:, None], 60, p1)
    assert np.abs(region._summed(p2) - region._integrated(p2)).max() < 1e-11
    assert (chances * region._summed(p2)).sum(0) == pytest.approx(region.probability(p1, p2), abs=1e-10)
