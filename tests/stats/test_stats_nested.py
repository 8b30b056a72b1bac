"""Exact answers about a limit, of pairs and of two samples: their size, and that they never change back."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binom, multinomial

from dlaudit.stats.apart_bounds import apart_bound, apart_by_less, apart_by_more
from dlaudit.stats.exact import exact_difference
from dlaudit.stats.intervals import mover_difference, rate_of, wilson
from dlaudit.stats.nested import Order, grid, is_shown, last_shown
from dlaudit.stats.paired_bounds import fall_bound, fell_by_less, fell_by_more
from dlaudit.stats.scores import difference_score

SAMPLES = [(5, 6), (3, 14), (14, 3)]
LIMITS = (-0.05, 0.02, 0.1)
LEVELS = (0.05, 0.01)


def size_of_samples(rejected, n1, n2, limit):
    """The largest probability of rejection over 200 pairs of rates that are `limit` apart, or a little less."""
    p2 = np.sin(np.linspace(0, np.pi / 2, 200)) ** 2
    p1 = np.concatenate([np.clip(p2 + limit, 0, 1), np.clip(p2 + limit - 0.03, 0, 1)])
    p2 = np.concatenate([p2, p2])
    kept = p1 - p2 <= limit + 1e-12
    one = binom.pmf(np.arange(n1 + 1)[:, None], n1, p1[kept])
    two = binom.pmf(np.arange(n2 + 1)[:, None], n2, p2[kept])
    return float(np.einsum("ac,ab,bc->c", one, rejected.astype(float), two).max())


def size_of_pairs(answers, n, limit):
    """The same of pairs, over 200 churns."""
    churn = abs(limit) + (1 - abs(limit)) * np.sin(np.linspace(1e-3, np.pi / 2 - 1e-3, 200)) ** 2
    rates = np.stack([(churn + limit) / 2, (churn - limit) / 2, 1 - churn], axis=1)
    return float(sum(multinomial.pmf([b, c, n - b - c], n, rates) for b, c in answers).max())


@cache
def sizes_of_samples():
    """Of the exact answers, and of MOVER with Wilson's limits, in shares of alpha."""
    found = []
    for n1, n2 in SAMPLES:
        x1, x2 = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
        for limit in LIMITS:
            for alpha in LEVELS:
                exact = np.array(
                    [[apart_by_more((a, n1, b, n2), limit, alpha) for b in range(n2 + 1)] for a in range(n1 + 1)]
                )
                ends = wilson(x1, n1, 1 - 2 * alpha), wilson(x2, n2, 1 - 2 * alpha)
                mover = mover_difference(rate_of(x1, n1), ends[0], rate_of(x2, n2), ends[1]).low > limit
                found.append([size_of_samples(one, n1, n2, limit) / alpha for one in (exact, mover)])
    return np.array(found)


def test_samples_are_shown_apart_wrongly_no_more_often_than_alpha_in_any_enumerated_design():
    found = sizes_of_samples()[:, 0]
    assert found.max() <= 1
    assert np.median(found) > 0.4, "and it is not so for want of ever deciding"


def test_intervals_of_two_samples_are_wrong_more_often_in_the_same_enumeration():
    assert sizes_of_samples()[:, 1].max() > 2


@pytest.mark.parametrize("n", [7, 11])
def test_pairs_are_shown_worse_wrongly_no_more_often_than_alpha_in_any_enumerated_design(n):
    tables = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    largest = []
    for limit in LIMITS:
        for alpha in (*LEVELS, 0.05 / 3):
            shown = [(b, c) for b, c in tables if fell_by_more(b, c, n, limit, alpha)]
            largest.append(size_of_pairs(shown, n, limit) / alpha if shown else 0.0)
    assert 0.4 < max(largest) <= 1


def test_an_order_made_anew_at_every_limit_changes_its_answer_twice_and_this_one_does_not():
    table, limits = (7, 28, 2, 10), np.round(np.arange(-0.48, -0.44, 0.002), 3)
    anew = [exact_difference(*table, float(limit), 0.0025) for limit in limits]
    assert (np.diff(np.array(anew, dtype=int)) > 0).any()
    here = [apart_by_more(table, float(limit), 0.0025) for limit in limits]
    assert not (np.diff(np.array(here, dtype=int)) > 0).any() and here[0] and not here[-1]


def drawn(rng):
    """A table of pairs and one of two samples, of 2 to 5,000 rows, of rare and common rates."""
    n, n1, n2 = (int(np.exp(one)) for one in rng.uniform(np.log(2), np.log(5000), 3))
    churn, worse, p = rng.uniform(0.005, 0.6), rng.uniform(0.2, 0.8), rng.beta(0.6, 0.6)
    lost, gained, _ = rng.multinomial(n, [churn * worse, churn * (1 - worse), 1 - churn]).tolist()
    x1, x2 = int(rng.binomial(n1, np.clip(p + rng.normal(0, 0.1), 0, 1))), int(rng.binomial(n2, p))
    return (lost, gained, n), (x1, n1, x2, n2)


@pytest.mark.parametrize("seed", range(4))
def test_answers_and_bounds_agree_at_limits_near_and_far_for_up_to_five_thousand_rows(seed):
    rng = np.random.default_rng(seed)
    for _ in range(2):
        (lost, gained, n), table = drawn(rng)
        alpha = float(rng.choice([0.05, 0.05 / 3, 0.0025]))
        low, high = (fall_bound(lost, gained, n, alpha, upper=upper) for upper in (False, True))
        for limit in limits_about(rng, low, grid(n)):
            assert fell_by_more(lost, gained, n, limit, alpha) == (limit <= low)
        for limit in limits_about(rng, high, grid(n)):
            assert fell_by_less(lost, gained, n, limit, alpha) == (limit >= high)
        low, high = (apart_bound(table, alpha, upper=upper) for upper in (False, True))
        for limit in limits_about(rng, low, grid(min(table[1], table[3]))):
            assert apart_by_more(table, limit, alpha) == (limit <= low)
        for limit in limits_about(rng, high, grid(min(table[1], table[3]))):
            assert apart_by_less(table, limit, alpha) == (limit >= high)


def limits_about(rng, bound, unit):
    """Steps of the grid beside the bound, far from it, and limits between steps."""
    near = [round(bound + step / unit, 6) for step in (-7, -3, -1, 0, 1, 4)]
    far = [round(float(one), 2) for one in rng.uniform(-0.99, 0.99, 2)]
    between = [bound + 0.4 / unit, bound - 0.4 / unit]
    return [one for one in (*near, *far, *between) if -1 < one < 1]


samples = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@settings(max_examples=15, deadline=None)
@given(samples, st.sampled_from([0.05, 0.03, 0.0125, 0.004]), st.floats(1.0, 4.0))
def test_what_is_shown_at_one_level_is_shown_at_every_larger_one(table, alpha, times):
    assert apart_bound(table, alpha, upper=False) <= apart_bound(table, times * alpha, upper=False)
    lost, n = table[0], table[1]
    gained = min(table[2], n - lost)
    pairs = [fall_bound(lost, gained, n, level, upper=False) for level in (alpha, times * alpha)]
    assert pairs[0] <= pairs[1]


@settings(max_examples=15, deadline=None)
@given(samples, st.sampled_from([0.05, 0.01]))
def test_bounds_hold_the_estimate_and_samples_exchanged_exchange_them(table, alpha):
    x1, n1, x2, n2 = table
    low, high = (apart_bound(table, alpha, upper=upper) for upper in (False, True))
    assert low <= x1 / n1 - x2 / n2 <= high
    turned = (x2, n2, x1, n1)
    assert (low, high) == (-apart_bound(turned, alpha, upper=True), -apart_bound(turned, alpha, upper=False))


def test_few_tables_are_decided_otherwise_than_by_the_test_that_orders_them_anew():
    tables = [(a, 20, b, 25) for a in range(0, 21, 3) for b in range(0, 26, 3)]
    here = np.array([apart_by_more(one, 0.05, 0.05) for one in tables])
    anew = np.array([exact_difference(*one, 0.05, 0.05) for one in tables])
    assert (here == anew).mean() > 0.97


def test_an_empty_sample_shows_nothing_and_many_rows_come_to_the_normal_bound():
    assert (apart_bound((0, 0, 3, 9), 0.05, upper=False), apart_bound((3, 9, 0, 0), 0.05, upper=True)) == (-1.0, 1.0)
    assert not apart_by_more((0, 0, 3, 9), -0.5, 0.05) and not apart_by_less((3, 9, 0, 0), 0.5, 0.05)
    n = 400_000
    error = (2 * 0.3 * 0.7 / n) ** 0.5
    found = apart_bound((round(0.31 * n), n, round(0.3 * n), n), 0.05, upper=False)
    assert found == pytest.approx(0.01 - 1.645 * error, abs=5e-5)


def test_a_score_limit_is_where_the_score_is_that_of_the_level():
    for table in ((7, 20, 3, 30), (20, 20, 0, 9), (0, 8, 0, 8)):
        x1, n1, x2, n2 = table
        order = Order(lambda limit, table=table: float(difference_score(*table, limit)), x1 / n1 - x2 / n2)
        assert float(difference_score(*table, order.limit(0.02))) == pytest.approx(-ndtri(0.02), abs=1e-6)
    assert Order(lambda limit: -1.0, 0.3).limit(0.05) == pytest.approx(-1)
    assert Order(lambda limit: 1.0, -1.0).limit(0.05) == pytest.approx(-1)


def test_the_last_step_is_found_from_any_guess_and_rungs_above_can_only_take_from_it():
    def rejects(limit, level, rung):
        return limit <= (0.2 if rung < 0.03 else 0.17)

    for guess in (-1.0, 0.0, 0.2, 0.9):
        assert last_shown(rejects, guess, 1000, 0.05) == 0.17
        assert last_shown(rejects, guess, 1000, 0.01) == 0.17, "the rungs above 0.03 ask for more"
        assert last_shown(lambda limit, *_: limit <= 0.2, guess, 1000, 0.01) == 0.2
    assert is_shown(rejects, 0.17, 1000, 0.01) and not is_shown(rejects, 0.1701, 1000, 0.01)
    assert last_shown(lambda *_: False, 0.3, 1000, 0.05) == -1.0
    assert last_shown(rejects, 0.0, 1000, 0.0) == -1.0 and not is_shown(rejects, -0.5, 1000, 0.0)
