"""One slice in a base and in the model made from it: counts, values, and variances that pairing makes small."""

import numpy as np
import pytest

from dlaudit.metrics.against import BothScored
from dlaudit.metrics.against_slices import OneSlice, rate_changes
from dlaudit.metrics.names import ask
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import RateChange
from dlaudit.stats.auc import auc

NAMES = ["selection_rate", "true_positive_rate", "precision", "mean_score", "auc"]
COUNTED = {"selection_rate", "true_positive_rate"}


def rows_of(score: np.ndarray, y: np.ndarray, **about: np.ndarray) -> ScoredRows:
    return ScoredRows(
        atom=np.zeros(len(y), dtype=np.int64),
        target=y.astype(np.int64),
        score=score[:, None].astype(np.float64),
        prediction=(score >= 0.5).astype(np.int64),
        classes=("no", "yes"),
        threshold=0.5,
        **about,
    )


def changed(base: ScoredRows, tuned: ScoredRows, inside: np.ndarray | None = None) -> dict[str, RateChange]:
    one = OneSlice(by=("sex",), slice="sex=F", inside=np.ones(len(base), dtype=bool) if inside is None else inside)
    asked, _ = ask(NAMES, "binary", ["no", "yes"])
    return {found.metric: found for found in rate_changes(BothScored(base=base, tuned=tuned), [one], asked)}


def drawn(rng: np.random.Generator, n: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y = rng.integers(0, 2, n)
    old = np.clip(rng.normal(0.4 + 0.2 * y, 0.2), 0, 1)
    return y, old, np.clip(old + rng.normal(0.02, 0.05, n), 0, 1)


def test_values_and_counts_are_those_of_the_slice() -> None:
    y, old, new = drawn(np.random.default_rng(3))
    inside = np.arange(600) < 400
    found = changed(rows_of(old, y), rows_of(new, y), inside)
    rate = found["true_positive_rate"]
    up, was, now = inside & (y == 1), old >= 0.5, new >= 0.5
    assert (rate.rows, rate.n) == (400, int(up.sum()))
    assert rate.both == int((up & was & now).sum())
    assert (rate.gained, rate.lost) == (int((up & now & ~was).sum()), int((up & was & ~now).sum()))
    assert rate.base == pytest.approx(was[up].mean()) and rate.tuned == pytest.approx(now[up].mean())
    assert found["auc"].tuned == pytest.approx(auc(new[inside], y[inside]))
    assert {name for name, one in found.items() if one.n is not None} == COUNTED, "precision is over other rows"


def test_what_is_counted_is_told_by_the_metric_and_not_by_what_the_models_agree_on() -> None:
    y, old, _ = drawn(np.random.default_rng(3))
    found = changed(rows_of(old, y), rows_of(old, y))
    assert {name for name, one in found.items() if one.n is not None} == COUNTED
    assert (found["mean_score"].low, found["mean_score"].high) == (0.0, 0.0), "the same scores did not change"
    low, high = found["precision"].low, found["precision"].high
    assert low is not None and high is not None and low < 0 < high, "few rows that did not change are no certainty"


@pytest.mark.parametrize("metric", ["precision", "mean_score", "auc"])
def test_the_spread_of_a_change_is_what_repeated_samples_show_and_far_below_the_unpaired_one(metric: str) -> None:
    rng = np.random.default_rng(9)
    moves, errors, apart = [], [], []
    for _ in range(150):
        y, old, new = drawn(rng)
        one = changed(rows_of(old, y), rows_of(new, y))[metric]
        assert one.base is not None and one.tuned is not None
        assert one.variance_base is not None and one.variance_tuned is not None and one.covariance is not None
        moves.append(one.tuned - one.base)
        errors.append(np.sqrt(one.variance_base + one.variance_tuned - 2 * one.covariance))
        apart.append(np.sqrt(one.variance_base + one.variance_tuned))
    assert np.mean(errors) == pytest.approx(np.std(moves, ddof=1), rel=0.2)
    assert np.mean(apart) > 2 * np.std(moves, ddof=1)


def test_weights_and_units_leave_no_counts_and_units_widen_the_interval() -> None:
    y, old, new = drawn(np.random.default_rng(5), 300)
    both = [np.repeat(one, 4) for one in (y, old, new)]
    unit = np.repeat(np.arange(300), 4)
    once = changed(rows_of(old, y), rows_of(new, y))["mean_score"]
    copied = changed(rows_of(both[1], both[0], unit=unit), rows_of(both[2], both[0], unit=unit))
    assert all(one.n is None for one in copied.values())
    assert copied["mean_score"].high == pytest.approx(once.high), "four copies of a person are one person"
    assert copied["mean_score"].freedom == once.freedom == 299
    weight = np.random.default_rng(1).uniform(1, 2, 300)
    weighed = changed(rows_of(old, y, weight=weight), rows_of(new, y, weight=weight))
    assert weighed["selection_rate"].n is None and weighed["selection_rate"].low is not None


def test_a_metric_without_a_value_in_one_of_the_models_says_in_which() -> None:
    y = np.array([0, 1, 0, 1])
    none, some = np.full(4, 0.1), np.array([0.1, 0.9, 0.1, 0.9])
    found = changed(rows_of(some, y), rows_of(none, y))["precision"]
    assert (found.base, found.tuned) == (1.0, None) and "in the later model" in (found.undefined or "")
    assert "in both models" in (changed(rows_of(none, y), rows_of(none, y))["precision"].undefined or "")
