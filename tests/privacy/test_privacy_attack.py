"""An attacker with audit.json narrows no small count down to one value; without complementary hiding he does."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from privacy_attacker import Attacker
from privacy_audits import SHARES, Table, counts_of, drawn, made, wheres

from dlaudit.errors import UsageError
from dlaudit.record import slice_id
from dlaudit.record.files import dump
from dlaudit.record.privacy import complement, suppressed
from dlaudit.record.privacy.spans import MASKS, spanned

SHAPES = [(4,), (3, 2), (3, 3), (2, 2, 2)]
FEATURES = ("race", "sex", "age")


def exposed(table: Table, least: int, metrics=tuple(SHARES), most: int = 2) -> list:
    """Small counts that the attacker works out from the suppressed audit of the table."""
    features = FEATURES[: len(next(iter(table)))]
    shown = suppressed(*made(table, features, metrics, most), least)
    truth = {slice_id(where): counts_of(table, features, where) for where in wheres(table, features, most)}
    return Attacker(dump(*shown)).exposed(truth, least)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_no_small_count_can_be_worked_out(shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng([seed, *shape])
    least = (11, 11, 5, 3)[seed]
    assert exposed(drawn(rng, shape, 2.0), least, most=1 if len(shape) == 1 else 2) == []


@pytest.mark.parametrize("seed", range(3))
def test_no_small_count_can_be_worked_out_where_three_features_meet(seed: int) -> None:
    assert exposed(drawn(np.random.default_rng([9, seed]), (2, 2, 2), 2.0), 11, most=3) == []


def test_hiding_small_counts_alone_would_let_them_be_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complement._Plan, "cover", lambda plan: False)
    monkeypatch.setattr(complement._Plan, "defend", lambda plan: False)
    tables = [drawn(np.random.default_rng([seed, 3, 3]), (3, 3), 2.0) for seed in range(4)]
    assert sum(bool(exposed(table, 11)) for table in tables) == 4


def test_hiding_in_each_margin_is_not_enough_where_hidden_slices_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hidden slices in every row and column, and still one of them follows: the last row against the columns."""
    table = {(race, sex): (20, 20, 20, 20) for race in ("a", "b", "c", "d") for sex in ("r", "s", "t", "u")}
    for place in (("a", "r"), ("a", "s"), ("b", "r"), ("b", "s"), ("c", "t"), ("c", "u"), ("d", "t"), ("d", "u")):
        table[place] = (1, 1, 2, 3)
    table["b", "t"] = (1, 1, 1, 1)
    sizes = ("selection_rate",)
    assert exposed(table, 11, sizes) == []
    monkeypatch.setattr(complement._Plan, "defend", lambda plan: False)
    assert any(name == "race=b & sex=t" for name, _, _ in exposed(table, 11, sizes))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    st.lists(st.tuples(*[st.sampled_from([0, 1, 2, 5, 12, 40])] * 4), min_size=6, max_size=6),
    st.sampled_from([3, 11]),
    st.sets(st.sampled_from(sorted(SHARES)), min_size=1),
)
def test_no_small_count_follows_whatever_is_measured(cells: list, least: int, metrics: set[str]) -> None:
    places = [(race, sex) for race in ("a", "b", "c") for sex in ("f", "m")]
    table = dict(zip(places, cells, strict=True)) | {("c", "m"): (12, 40, 0, 1)}
    try:
        found = exposed(table, least, metrics=tuple(sorted(metrics)))
    except UsageError as refused:
        assert refused.code == "DLA421"
        return
    assert found == []


def test_counts_that_follow_from_others_are_those_of_linear_algebra() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        known = tuple(sorted({MASKS[at] for at in rng.integers(0, 15, rng.integers(1, 5))}))
        rank = np.linalg.matrix_rank(np.array(known))
        follows = {mask for mask in MASKS if np.linalg.matrix_rank(np.array([*known, mask])) == rank}
        told = dict(spanned(known))
        assert set(told) == follows
        for mask, parts in told.items():
            assert sum(float(part) * np.array(of) for of, part in parts) == pytest.approx(np.array(mask))


def test_the_same_audit_is_suppressed_the_same_way_again() -> None:
    audit, verdict = made(drawn(np.random.default_rng(5), (4, 3), 2.0))
    assert dump(*suppressed(audit, verdict, 11)) == dump(*suppressed(audit, verdict, 11))
