"""Gaps of two models on the same rows: their figures, their error rates, and what they come to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.metrics.against import (
    BothScored,
    TwoSlices,
    aligned,
    change_of_rates,
    gap_changes,
)
from dlaudit.metrics.against_rows import spread, valued, why_not_paired
from dlaudit.metrics.against_words import status_of
from dlaudit.metrics.names import ask
from dlaudit.metrics.rows import ScoredRows
from dlaudit.record import Exchanged, GapChange, PairedEstimate
from dlaudit.stats.auc import auc

NAMES = ["selection_rate", "true_positive_rate", "precision", "mean_score", "accuracy", "auc"]


def rows_of(
    score: np.ndarray,
    y: np.ndarray,
    group: np.ndarray,
    unit: np.ndarray | None = None,
    weight: np.ndarray | None = None,
) -> ScoredRows:
    return ScoredRows(
        atom=group.astype(np.int64),
        target=y.astype(np.int64),
        score=score[:, None].astype(np.float64),
        prediction=(score >= 0.5).astype(np.int64),
        unit=unit,
        weight=weight,
        classes=("no", "yes"),
        threshold=0.5,
    )


def compared(base: ScoredRows, tuned: ScoredRows, names: list[str]) -> dict[str, GapChange]:
    inside = tuned.atom == 1, tuned.atom == 0
    pair = TwoSlices(by=("sex",), slice="sex=F", reference="sex=M", inside=inside)
    asked, _ = ask(names, "binary", ["no", "yes"])
    return {one.metric: one for one in gap_changes(BothScored(base=base, tuned=tuned), [pair], asked).changes}


@pytest.fixture
def drawn() -> tuple[ScoredRows, ScoredRows]:
    """A base without a gap and a model that was tuned to favour one slice."""
    rng = np.random.default_rng(3)
    group, y = rng.integers(0, 2, 900), rng.integers(0, 2, 900)
    score = np.clip(rng.normal(0.4 + 0.2 * y, 0.2), 0, 1)
    other = np.clip(score + rng.normal(0, 0.02, 900) - 0.15 * group, 0, 1)
    return rows_of(score, y, group), rows_of(other, y, group)


def test_values_are_those_of_the_metrics_themselves(drawn: tuple[ScoredRows, ScoredRows]) -> None:
    found = compared(*drawn, NAMES)
    for rows, part in zip(drawn, ("base", "tuned"), strict=True):
        inside = [rows.atom == one for one in (1, 0)]
        by_hand = {
            "selection_rate": [rows.prediction[one].mean() for one in inside],
            "precision": [rows.target[one & (rows.prediction == 1)].mean() for one in inside],
            "mean_score": [rows.score[one, 0].mean() for one in inside],
            "auc": [auc(rows.score[one, 0], rows.target[one]) for one in inside],
        }
        for name, (first, second) in by_hand.items():
            assert getattr(found[name], part).value == pytest.approx(first - second, abs=1e-12)


def test_a_gap_that_the_tuning_made_is_created_and_one_that_it_left_is_inherited() -> None:
    rng = np.random.default_rng(8)
    group, y = rng.integers(0, 2, 2000), rng.integers(0, 2, 2000)
    even = np.clip(rng.normal(0.5, 0.2, 2000), 0, 1)
    uneven = np.clip(even - 0.2 * group, 0, 1)
    noise = rng.normal(0, 0.004, 2000)
    plain, gap = rows_of(even, y, group), rows_of(uneven, y, group)
    assert compared(plain, gap, ["selection_rate"])["selection_rate"].status == "created"
    assert compared(gap, plain, ["selection_rate"])["selection_rate"].status == "removed"
    same = rows_of(np.clip(uneven + noise, 0, 1), y, group)
    assert compared(gap, same, ["selection_rate"])["selection_rate"].status == "inherited"
    wider = rows_of(np.clip(uneven - 0.1 * group, 0, 1), y, group)
    assert compared(gap, wider, ["mean_score"])["mean_score"].status == "grown"
    assert compared(wider, gap, ["mean_score"])["mean_score"].status == "shrunk"
    turned = rows_of(np.clip(even + 0.2 * group, 0, 1), y, group)
    assert compared(gap, turned, ["mean_score"])["mean_score"].status == "reversed"
    assert (
        compared(plain, rows_of(np.clip(even + noise, 0, 1), y, group), ["accuracy"])["accuracy"].status == "undecided"
    )


def test_rows_that_changed_sides_are_counted_and_tested_exactly(drawn: tuple[ScoredRows, ScoredRows]) -> None:
    base, tuned = drawn
    one = compared(base, tuned, ["selection_rate"])["selection_rate"]
    assert one.method == "bonett_price"
    for counts, inside in zip(one.exchanged, (base.atom == 1, base.atom == 0), strict=True):
        assert counts.gained == int((tuned.prediction > base.prediction)[inside].sum())
        assert counts.lost == int((tuned.prediction < base.prediction)[inside].sum())
        assert counts.n == int(inside.sum())
    change = [(counts.gained - counts.lost) / counts.n for counts in one.exchanged]
    assert one.change.value == pytest.approx(change[0] - change[1])
    assert [counts.changed for counts in one.exchanged] == [True, False]
    assert compared(base, tuned, ["precision"])["precision"].method == "influence", "its rows differ between the models"


def test_the_spread_of_an_auc_is_delongs(drawn: tuple[ScoredRows, ScoredRows]) -> None:
    rows = drawn[0].take(np.arange(60))
    asked = ask(["auc"], "binary", ["no", "yes"])[0][0]
    whole = np.ones(60, dtype=bool)
    found = valued(asked, rows, whole)
    up, down = rows.score[rows.target == 1, 0], rows.score[rows.target == 0, 0]
    wins = (up[:, None] > down).astype(float) + 0.5 * (up[:, None] == down)
    delong = wins.mean(axis=1).var(ddof=1) / len(up) + wins.mean(axis=0).var(ddof=1) / len(down)
    sides = rows.target == 1, rows.target == 0
    assert spread(found.influence, rows, sides)[0] == pytest.approx(delong)


def test_an_influence_is_the_slope_of_the_value_in_the_rows_weight(drawn: tuple[ScoredRows, ScoredRows]) -> None:
    small = drawn[0].take(np.arange(80))
    for name in ("true_positive_rate", "precision", "mean_score"):
        asked = ask([name], "binary", ["no", "yes"])[0][0]
        inside = small.atom == 1
        found = valued(asked, small, inside)
        for at in (0, 5, 17, 40):
            weight = np.ones(80)
            weight[at] += 1e-6
            heavier = rows_of(small.score[:, 0], small.target, small.atom, weight=weight)
            slope = (valued(asked, heavier, inside).value - found.value) / 1e-6
            assert slope == pytest.approx(found.influence[at], abs=1e-5)


def rejections(draws: int, *, cluster: int, heed: bool) -> float:
    """How often a change of the gap in mean score is shown at .05 where there is none, with several rows a person."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(draws):
        people = 60
        unit = np.repeat(np.arange(people), cluster)
        group = (unit % 2).astype(np.int64)
        base = rng.normal(0.5, 0.1, people)[unit]
        tuned = base + rng.normal(0, 0.1, people)[unit] + rng.normal(0, 0.02, len(unit))
        y = rng.integers(0, 2, len(unit))
        units = unit if heed else None
        change = compared(rows_of(base, y, group, units), rows_of(tuned, y, group, units), ["mean_score"])["mean_score"]
        hits += change.change.p_value is not None and change.change.p_value <= 0.05
    return hits / draws


def test_a_change_is_shown_no_more_often_than_it_may_where_people_have_several_rows() -> None:
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)
    assert rejections(200, cluster=4, heed=True) <= allowed
    assert rejections(200, cluster=4, heed=False) > allowed, "the twin that takes rows for people must fail"


@pytest.mark.parametrize(("sizes", "churn"), [((40, 25), 0.1), ((30, 30), 0.2), ((200, 60), 0.05)])
def test_a_change_of_rates_is_shown_no_more_often_than_it_may(sizes: tuple[int, int], churn: float) -> None:
    rng = np.random.default_rng(5)
    draws, hits, naive = 4000, 0, 0
    for _ in range(draws):
        moved = [rng.multinomial(n, [churn / 2, churn / 2, 1 - churn]) for n in sizes]
        change = change_of_rates(
            [
                Exchanged(slice=str(n), gained=int(gained), lost=int(lost), n=n)
                for n, (gained, lost, _) in zip(sizes, moved, strict=True)
            ]
        )
        hits += change.p_value is not None and change.p_value <= 0.05
        naive += _wald(moved, sizes)
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)
    assert hits / draws <= allowed
    if max(sizes) <= 40:
        assert naive / draws > allowed, "the twin without the added rows must fail"


def _wald(moved: list[np.ndarray], sizes: tuple[int, int]) -> bool:
    """Wald's test of the same change: variances as observed."""
    value, variance = 0.0, 0.0
    for (gained, lost, _), n, sign in zip(moved, sizes, (1, -1), strict=True):
        up, down = gained / n, lost / n
        value += sign * (up - down)
        variance += (up + down - (up - down) ** 2) / n
    return abs(value) > 1.959964 * math.sqrt(variance) if variance > 0 else value != 0


estimates = st.builds(
    lambda value, half, shown: PairedEstimate(value=value, low=value - half, high=value + half, shown=shown),
    st.floats(-1, 1).map(lambda one: round(one, 3)),
    st.floats(0, 0.5).map(lambda one: round(one, 3)),
    st.booleans(),
)


@given(estimates, estimates)
def test_exchanging_the_models_exchanges_what_the_tests_come_to(base: PairedEstimate, tuned: PairedEstimate) -> None:
    for shown in (True, False):
        change = PairedEstimate(value=tuned.value - base.value, shown=shown)
        back = PairedEstimate(value=-change.value, shown=shown)
        other = {"created": "removed", "removed": "created", "grown": "shrunk", "shrunk": "grown"}
        one = status_of(base, tuned, change)
        if base.value != 0 and tuned.value != 0 and abs(base.value) != abs(tuned.value):
            assert status_of(tuned, base, back) == other.get(one, one)
        if not (base.shown or tuned.shown):
            assert one == "undecided"


def test_rows_are_aligned_by_id_in_the_first_models_order() -> None:
    first, second = aligned(["a", "b", "c", "d"], ["d", "b", "a"])
    assert first.tolist() == [0, 1, 3] and second.tolist() == [2, 1, 0]


def test_metrics_without_influences_say_so(drawn: tuple[ScoredRows, ScoredRows]) -> None:
    asked, _ = ask(["auc"], "binary", ["no", "yes"])
    weighted = rows_of(drawn[0].score[:, 0], drawn[0].target, drawn[0].atom, weight=np.ones(900))
    assert why_not_paired(asked[0], drawn[0]) is None
    assert why_not_paired(asked[0], weighted) is not None
