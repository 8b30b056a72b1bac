"""The search: counts against pandas, what it finds, what it keeps, and that the order of rows changes nothing."""

import numpy as np
import pandas as pd
import pytest

from dlaudit.record import UNKNOWN
from dlaudit.slices.discovery import LevelColumn, NumberColumn, Settings, as_levels, outcomes_of, search, states_of
from dlaudit.slices.discovery.candidates import candidates
from dlaudit.slices.discovery.columns import evenness
from dlaudit.slices.discovery.cubes import cubes
from dlaudit.slices.discovery.findable import smallest_findable
from dlaudit.stats.hypergeometric import upper_tail

SIZES = (2, 3, 4, 3, 2, 5)


def columns_of(codes, names="abcdef"):
    return [
        LevelColumn(
            name=names[at], codes=codes[:, at].astype(np.uint8), levels=tuple(f"{names[at]}{k}" for k in range(size))
        )
        for at, size in enumerate(SIZES)
    ]


def sample(rng, rows, planted=(), base=0.15):
    """Levels, columns and states; `planted` are (conditions by column place, added error rate)."""
    codes = np.stack([rng.integers(0, size, rows) for size in SIZES], axis=1)
    rate = np.full(rows, base)
    for conditions, added in planted:
        rate[np.all([codes[:, at] == level for at, level in conditions.items()], axis=0)] += added
    label = rng.random(rows) < 0.4
    states = ((rng.random(rows) < rate) + 2 * label).astype(np.uint8)
    return codes, columns_of(codes), states


# --- columns -------------------------------------------------------------------------------------------------


def test_numbers_are_cut_at_their_quartiles_and_named_as_bins() -> None:
    ages = np.arange(18, 98, dtype=np.float32)
    cut = as_levels(NumberColumn(name="age", values=np.append(ages, np.float32("nan"))))
    assert cut.levels == ("below 37", "[37, 57)", "[57, 77]", "above 77", UNKNOWN)
    assert [cut.levels[code] for code in cut.codes[[0, 19, 39, 59, 60, 80]]] == [
        "below 37",
        "[37, 57)",
        "[57, 77]",
        "[57, 77]",
        "above 77",
        UNKNOWN,
    ]


def test_a_number_that_most_rows_share_is_a_level_by_itself() -> None:
    gains = np.concatenate([np.zeros(900), np.arange(1, 101)]).astype(np.float32)
    cut = as_levels(NumberColumn(name="gain", values=gains))
    assert cut.levels == ("0", "above 0")
    assert np.bincount(cut.codes).tolist() == [900, 100]


def test_few_distinct_numbers_are_levels_and_keep_their_short_form() -> None:
    values = np.array([0.1, 2, 0.1, np.nan], dtype=np.float32)
    assert as_levels(NumberColumn(name="x", values=values)).levels == ("0.1", "2", UNKNOWN)


def test_levels_are_in_the_order_of_their_names_and_empty_ones_go() -> None:
    column = LevelColumn(name="x", codes=np.array([2, 0, 2], dtype=np.uint8), levels=("c", "b", "a"))
    found = as_levels(column)
    assert found.levels == ("a", "c")
    assert found.codes.tolist() == [0, 1, 0]


def test_evenness_is_the_entropy_in_bits() -> None:
    four = LevelColumn(name="x", codes=np.arange(8, dtype=np.uint8) % 4, levels=("a", "b", "c", "d"))
    one = LevelColumn(name="x", codes=np.zeros(8, dtype=np.uint8), levels=("a",))
    assert (evenness(four), evenness(one)) == (2.0, 0.0)


# --- outcomes ------------------------------------------------------------------------------------------------


def test_errors_are_counted_among_the_rows_at_risk() -> None:
    states = states_of("binary", np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 0]))
    counts = np.bincount(states, minlength=4)
    told = {one.name: tuple(int(number) for number in one.counts(counts)) for one in outcomes_of("binary")}
    assert told == {"error": (3, 5), "false_positive": (1, 2), "false_negative": (2, 3)}


def test_other_tasks_have_one_outcome() -> None:
    assert states_of("multiclass", np.array([0, 2, 1]), np.array([0, 1, 1])).tolist() == [0, 1, 0]
    assert states_of("multilabel", np.array([[0, 1], [1, 1]]), np.array([[0, 1], [0, 1]])).tolist() == [0, 1]
    assert [one.name for one in outcomes_of("multilabel")] == ["error"]
    assert [one.name for one in outcomes_of("regression")] == ["large_error"]


def test_a_large_error_is_above_the_ninetieth_percentile_and_ties_with_it_are_not() -> None:
    target = np.zeros(20)
    assert states_of("regression", target, np.arange(20.0)).sum() == 2
    assert states_of("regression", target, np.where(np.arange(20) < 15, 1.0, 5.0)).sum() == 0


# --- counting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [500, 70_000])
def test_cubes_are_the_counts_that_pandas_gives(rows: int) -> None:
    codes, columns, states = sample(np.random.default_rng(1), rows)
    frame = pd.DataFrame(codes, columns=list("abcdef")).assign(state=states)
    for cube in cubes(columns, states, 4, 3):
        if cube.columns not in {(2,), (0, 5), (1, 2, 5), (3, 4, 5)}:
            continue
        names = [columns[at].name for at in cube.columns]
        wanted = frame.groupby([*names, "state"]).size()
        assert {key: int(n) for key, n in np.ndenumerate(cube.counts) if n} == {
            tuple(map(int, key)): int(n) for key, n in wanted.items()
        }


def test_slices_without_enough_rows_and_conditions_that_change_nothing_are_not_tested() -> None:
    sex = np.repeat([0, 1], [100, 100])
    pregnant = np.where(np.arange(200) < 60, 1, 0)  # all of them of sex 0
    columns = [
        LevelColumn(name="sex", codes=sex.astype(np.uint8), levels=("F", "M")),
        LevelColumn(name="pregnant", codes=pregnant.astype(np.uint8), levels=("no", "yes")),
    ]
    states = np.zeros(200, dtype=np.uint8)
    found = candidates(list(cubes(columns, states, 2, 2)), 30)
    assert [found.where(at, columns) for at in range(len(found))] == [
        {"sex": "F"},
        {"sex": "M"},
        {"pregnant": "no"},
        {"pregnant": "yes"},
        {"sex": "F", "pregnant": "no"},
    ]
    assert found.searched == 4 + 3


# --- searching -----------------------------------------------------------------------------------------------


def test_a_planted_slice_is_found_with_its_figures() -> None:
    codes, columns, states = sample(np.random.default_rng(2), 20_000, [({1: 1, 2: 2}, 0.25)])
    found = search(columns, states, outcomes_of("binary"), Settings())
    best = found.found[0]
    inside = (codes[:, 1] == 1) & (codes[:, 2] == 2)
    wrong = states % 2 == 1
    assert best.where == {"b": "b1", "c": "c2"} and best.outcome == "error"
    assert best.id == "b=b1 & c=c2"
    assert (best.n, best.value, best.rest) == (inside.sum(), wrong[inside].mean(), wrong[~inside].mean())
    assert best.low is not None and 0.2 < best.low < best.difference < 0.3
    p = upper_tail(int(wrong[inside].sum()), int(inside.sum()), int(wrong.sum()), len(wrong))
    assert best.p_value == pytest.approx(float(p[0]))
    assert found.searched == 19 + 147 + 593 and found.tested <= 3 * found.searched


def test_deeper_slices_are_told_only_where_they_are_worse_than_what_is_around_them() -> None:
    rng = np.random.default_rng(3)
    _, columns, states = sample(rng, 20_000, [({0: 1}, 0.3)])
    plain = search(columns, states % 2, outcomes_of("multiclass"), Settings())
    assert [one.where for one in plain.found] == [{"a": "a1"}]
    assert plain.redundant > 100
    _, columns, states = sample(rng, 20_000, [({0: 1}, 0.2), ({0: 1, 3: 2}, 0.3)])
    nested = search(columns, states % 2, outcomes_of("multiclass"), Settings())
    assert {"a": "a1"} in [one.where for one in nested.found]
    assert {"a": "a1", "d": "d2"} in [one.where for one in nested.found]
    assert not [one for one in nested.found if len(one.where) == 3]


def test_the_order_of_rows_changes_nothing() -> None:
    rng = np.random.default_rng(4)
    _, columns, states = sample(rng, 5_000, [({1: 1}, 0.2)])
    order = rng.permutation(5_000)
    settings, outcomes = Settings(), outcomes_of("binary")
    shuffled = search([one.take(order) for one in columns], states[order], outcomes, settings)
    assert shuffled == search(columns, states, outcomes, settings)


def test_an_empty_search_says_what_it_could_have_found() -> None:
    _, columns, states = sample(np.random.default_rng(5), 5_000)
    empty = search(columns, states, outcomes_of("binary"), Settings())
    assert empty.found == [] and empty.tested > 100
    assert empty.smallest_findable is not None and 0.08 < empty.smallest_findable < 0.2


def test_the_smallest_findable_difference_is_found_in_four_of_five_samples() -> None:
    rng = np.random.default_rng(6)
    total, size, rate, tests = 8_000, 800, 0.15, 4_000
    difference = smallest_findable(int(total * rate), total, tests, 0.05)
    assert difference is not None
    inside, outside = rng.binomial(size, rate + difference, 2_000), rng.binomial(total - size, rate, 2_000)
    confirmed = upper_tail(inside, size, inside + outside, total) <= 0.05 / tests
    assert confirmed.mean() == pytest.approx(0.8, abs=0.03)


def test_nothing_is_findable_where_nobody_or_everybody_errs_or_no_test_was_made() -> None:
    assert smallest_findable(0, 1_000, 100, 0.05) is None
    assert smallest_findable(1_000, 1_000, 100, 0.05) is None
    assert smallest_findable(100, 1_000, 0, 0.05) is None
    assert smallest_findable(5, 30, 100_000, 0.05) is None


def test_outcomes_that_never_happen_confirm_nothing() -> None:
    _, columns, _ = sample(np.random.default_rng(7), 1_000)
    found = search(columns, np.zeros(1_000, dtype=np.uint8), outcomes_of("binary"), Settings())
    assert found.found == [] and found.smallest_findable is None


# --- error rates ---------------------------------------------------------------------------------------------

SETS = 150


@pytest.fixture(scope="module")
def under_the_null() -> list[tuple[bool, bool]]:
    """Of data sets without any difference: whether the search confirms a slice, and whether p < .05 alone would."""
    found = []
    for seed in range(SETS):
        codes, columns, states = sample(np.random.default_rng([8, seed]), 2_000)
        bare = []
        for at, size in enumerate(SIZES):
            inside = np.bincount(codes[:, at], minlength=size)
            wrong = np.bincount(codes[:, at], weights=states % 2, minlength=size).astype(int)
            bare += (upper_tail(wrong, inside, int(wrong.sum()), len(states)) < 0.05).tolist()
        result = search(columns, states, outcomes_of("binary"), Settings(min_rows=30))
        found.append((bool(result.found), any(bare)))
    return found


def test_a_slice_is_confirmed_without_any_difference_in_alpha_of_data_sets_at_most(
    under_the_null: list[tuple[bool, bool]],
) -> None:
    assert np.mean([one for one, _ in under_the_null]) <= 0.05 + 3 * (0.05 * 0.95 / SETS) ** 0.5


def test_twin_without_correction_single_columns_alone_break_that_bound(
    under_the_null: list[tuple[bool, bool]],
) -> None:
    assert np.mean([bare for _, bare in under_the_null]) > 0.4


def test_another_name_for_much_the_same_rows_is_not_told_again() -> None:
    rng = np.random.default_rng(9)
    codes, columns, states = sample(rng, 20_000, [({1: 1}, 0.2)])
    twin = np.where(rng.random(20_000) < 0.95, codes[:, 1], rng.integers(0, 3, 20_000))
    columns.append(LevelColumn(name="g", codes=twin.astype(np.uint8), levels=("g0", "g1", "g2")))
    found = search(columns, states % 2, outcomes_of("multiclass"), Settings())
    assert [one.where for one in found.found] == [{"b": "b1"}]


def test_two_different_slices_are_both_told() -> None:
    _, columns, states = sample(np.random.default_rng(10), 20_000, [({1: 1}, 0.15), ({2: 3}, 0.15)])
    found = search(columns, states % 2, outcomes_of("multiclass"), Settings())
    assert {"b": "b1"} in [one.where for one in found.found]
    assert {"c": "c3"} in [one.where for one in found.found]
