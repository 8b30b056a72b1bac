"""Gaps between intersections and within control levels against the base, and the error rate of each kind."""

import math
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlaudit
from dlaudit.outputs.against_sentences import against_line, split_up
from dlaudit.outputs.html import render_html
from dlaudit.outputs.words import plain
from dlaudit.record import AgainstModel, Audit, slice_id
from dlaudit.stats.multiplicity import holm
from dlaudit.stats.triples import adjusted_triples


def people(n: int = 2400) -> pd.DataFrame:
    """Scores of two models: the second takes .25 from young women only."""
    rng = np.random.default_rng(6)
    sex, age = rng.choice(["F", "M"], n), rng.choice(["old", "young"], n)
    old = np.clip(rng.normal(0.5, 0.15, n), 0, 1)
    new = np.clip(old + rng.normal(0, 0.01, n) - 0.25 * ((sex == "F") & (age == "young")), 0, 1)
    region = rng.choice(["north", "south", "isle"], n, p=[0.6, 0.39, 0.01])
    return pd.DataFrame({"y": rng.integers(0, 2, n), "sex": sex, "age": age, "region": region, "old": old, "new": new})


@pytest.fixture(scope="module")
def crossed() -> Audit:
    settings: dict[str, Any] = {
        "model.output": "probability",
        "discover.enabled": False,
        "slices.control": ["region"],
        "slices.intersections": [["sex", "age"]],
        "metrics.report": ["selection_rate"],
    }
    return dlaudit.audit(
        None, people(), target="y", sensitive=["sex", "age"], scores="new", against="old", settings=settings
    )


def of(audit: Audit) -> AgainstModel:
    assert audit.against is not None
    return audit.against


def test_the_intersection_that_the_tuning_hurt_is_told(crossed: Audit) -> None:
    found = {
        frozenset((one.slice, one.reference)): one
        for one in of(crossed).changes
        if one.by == ["age", "sex"] and one.metric == "selection_rate"
    }
    assert len(found) == 6, "every two of four"
    hurt = slice_id({"age": "young", "sex": "F"})
    assert {one.status for pair, one in found.items() if hurt in pair} == {"created"}
    assert {one.status for pair, one in found.items() if hurt not in pair} == {"undecided"}


def test_within_a_control_level_the_other_levels_play_no_part(crossed: Audit) -> None:
    rows = people()
    found = [one for one in of(crossed).changes if one.within and one.by == ["sex"] and one.metric == "selection_rate"]
    assert {one.within["region"] for one in found} == {"north", "south"}, "the isle is small"
    for one in found:
        inside = rows[rows["region"] == one.within["region"]]
        rate = {
            name: inside.groupby("sex")[name].apply(lambda scores: (scores >= 0.5).mean()) for name in ("old", "new")
        }
        first, second = ("F", "M") if "sex=F" in one.slice else ("M", "F")
        assert one.base.value == pytest.approx(rate["old"][first] - rate["old"][second])
        assert one.tuned.value == pytest.approx(rate["new"][first] - rate["new"][second])
        assert one.rows == len(inside)


def test_the_crossed_gaps_take_nothing_from_the_error_rate_of_the_others(crossed: Audit) -> None:
    single, others = split_up(of(crossed))
    assert of(crossed).tests == 3 * len(single) and of(crossed).tests_crossed == 3 * len(others)
    p = np.array([[one.base.p_value, one.tuned.p_value, one.change.p_value] for one in single])
    given = [[one.base.p_adjusted, one.tuned.p_adjusted, one.change.p_adjusted] for one in single]
    np.testing.assert_allclose(np.array(given, dtype=float), adjusted_triples(p.astype(float)))


def test_the_report_shows_them_in_a_table_of_their_own(crossed: Audit) -> None:
    said = plain(against_line(of(crossed)))
    assert "gaps between intersections or within control levels" in said
    page = render_html(crossed, None)
    assert "share an error rate of 5 % of their own" in page


def test_shared_p_values_are_never_above_holms_and_the_smallest_is_the_same() -> None:
    p = np.random.default_rng(0).random((7, 3)) ** 4
    shared, plain_holm = adjusted_triples(p), holm(p.reshape(-1)).reshape(p.shape)
    assert (shared <= plain_holm + 1e-12).all() and (shared < plain_holm - 1e-9).any()
    assert shared.min() == pytest.approx(p.min() * 21)
    gone = p.copy()
    gone[2, 1] = np.nan
    assert np.isnan(adjusted_triples(gone)[2, 1]) and np.isfinite(adjusted_triples(gone)).sum() == 20
    assert adjusted_triples(np.zeros((0, 3))).shape == (0, 3)


def test_one_triple_by_hand() -> None:
    """After the first rejection at most one hypothesis of the triple can be true."""
    assert adjusted_triples(np.array([[0.01, 0.04, 0.03]])) == pytest.approx(np.array([[0.03, 0.04, 0.03]]))


def rejected_truths(rng: np.random.Generator, factor: int | None) -> bool:
    """Whether a true hypothesis is rejected at .05: gaps of two models from normal estimates, some of them 0."""
    gaps = 4
    before = np.array([0.0, 0.0, 0.0, 4.0])
    after = np.array([0.0, 0.0, 4.0, 4.0])
    noise = rng.normal(size=(gaps, 2)) @ np.linalg.cholesky(np.array([[1.0, 0.3], [0.3, 1.0]])).T
    first, second = before + noise[:, 0], after + noise[:, 1]
    z = np.stack([first, second, (second - first) / math.sqrt(2 - 2 * 0.3)], axis=1)
    p = np.vectorize(lambda one: math.erfc(abs(one) / math.sqrt(2)))(z)
    truth = np.stack([before == 0, after == 0, before == after], axis=1)
    shared = adjusted_triples(p) if factor is None else p * factor
    return bool((shared[truth] <= 0.05).any())


def test_any_true_hypothesis_is_rejected_in_one_of_twenty_at_most() -> None:
    draws = 3000
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)
    rates = {}
    for factor in (None, 4):
        rng = np.random.default_rng(2)
        rates[factor] = sum(rejected_truths(rng, factor) for _ in range(draws)) / draws
    assert rates[None] <= allowed
    assert rates[4] > allowed, "the twin that counts gaps instead of tests must fail"


def test_two_true_of_a_triple_make_the_third_true() -> None:
    """What the procedure rests on, for every sign of two gaps."""
    for before, after in product((-1, 0, 1), repeat=2):
        true = [before == 0, after == 0, after - before == 0]
        assert sum(true) != 2
