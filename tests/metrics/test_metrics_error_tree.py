"""The tree of errors: its leaves are what their words say, and it sees the finding half alone."""

import numpy as np
import pytest

from dlaudit.metrics.error_tree import error_leaves
from dlaudit.record import UNKNOWN
from dlaudit.slices.discovery import LevelColumn, NumberColumn


def rows(seed: int = 0, n: int = 4_000):
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n).astype(np.float32)
    age[rng.random(n) < 0.1] = np.nan
    region = rng.integers(0, 3, n).astype(np.uint8)
    worse = (age > 61) & (region == 1)
    bad = rng.random(n) < np.where(worse, 0.6, 0.1)
    columns = [NumberColumn(name="age", values=age), LevelColumn(name="region", codes=region, levels=("E", "N", "S"))]
    return columns, bad, rng.random(n) < 0.5, worse


def holds(condition: str, column) -> np.ndarray:
    """Which rows a condition means, read from its words."""
    if isinstance(column, LevelColumn):
        names = np.array(column.levels)[column.codes]
        if condition.startswith("not "):
            return ~np.isin(names, condition[4:].split(" or "))
        return names == condition
    unknown = np.isnan(column.values)
    if condition == UNKNOWN:
        return unknown
    told = ~unknown
    for part in condition.removesuffix(f" or {UNKNOWN}").split(" and "):
        if part.startswith("above "):
            told &= column.values > float(part[6:])
        elif part.startswith("at most "):
            told &= column.values <= float(part[8:])
    return told | unknown if condition.endswith(UNKNOWN) else told


@pytest.mark.parametrize("seed", range(6))
def test_every_leaf_holds_the_rows_that_its_words_mean(seed: int) -> None:
    columns, bad, finding, _ = rows(seed)
    by_name = {column.name: column for column in columns}
    leaves = error_leaves(columns, bad, finding, 20)
    assert len(leaves) > 3
    assert np.sum([leaf.member for leaf in leaves], axis=0).tolist() == [1] * len(bad)
    for leaf in leaves:
        told = np.logical_and.reduce([holds(said, by_name[name]) for name, said in leaf.where.items()])
        assert (told == leaf.member).all(), leaf.where


def test_a_cut_that_no_quartile_has_is_found() -> None:
    columns, bad, finding, worse = rows()
    best = max(error_leaves(columns, bad, finding, 20), key=lambda leaf: bad[leaf.member & finding].mean())
    assert (best.member & worse).sum() > 0.8 * best.member.sum()


def test_neither_the_other_half_nor_the_order_of_rows_changes_the_tree() -> None:
    columns, bad, finding, _ = rows()
    changed = np.where(finding, bad, ~bad)
    wheres = [leaf.where for leaf in error_leaves(columns, bad, finding, 20)]
    assert [leaf.where for leaf in error_leaves(columns, changed, finding, 20)] == wheres
    order = np.random.default_rng(1).permutation(len(bad))
    shuffled = error_leaves([one.take(order) for one in columns], bad[order], finding[order], 20)
    assert [leaf.where for leaf in shuffled] == wheres


def test_without_an_error_or_a_recorded_cell_there_is_nothing_to_grow() -> None:
    columns, bad, finding, _ = rows()
    assert error_leaves(columns, np.zeros_like(bad), finding, 20) == []
    empty = NumberColumn(name="x", values=np.full(len(bad), np.nan, dtype=np.float32))
    assert error_leaves([empty], bad, finding, 20) == []


def test_few_values_and_few_levels_are_named_as_the_exhaustive_search_names_them() -> None:
    """A 0/1 column is `1`, not `above 0.5`; the only level left is named, not those excluded."""
    rng = np.random.default_rng(3)
    flag, count = rng.integers(0, 2, 3_000).astype(np.float32), rng.integers(0, 5, 3_000).astype(np.float32)
    place = rng.integers(0, 2, 3_000).astype(np.uint8)
    bad = rng.random(3_000) < 0.05 + 0.3 * (flag == 1) + 0.3 * (count >= 3) + 0.2 * (place == 0)
    columns = [
        NumberColumn(name="flag", values=flag),
        NumberColumn(name="count", values=count),
        LevelColumn(name="place", codes=place, levels=("in", "out", "nowhere")),
    ]
    leaves = error_leaves(columns, bad, np.arange(3_000) % 2 == 0, 50)
    said = {(name, told) for leaf in leaves for name, told in leaf.where.items()}
    assert {told for name, told in said if name == "flag"} == {"0", "1"}
    assert {told for name, told in said if name == "place"} == {"in", "out"}
    assert ("count", "0 or 1") in said and ("count", "above 0.5") not in said
    for leaf in leaves:
        held = {name: set(told.split(" or ")) for name, told in leaf.where.items() if " most" not in told}
        for name, values in (("flag", flag), ("count", count)):
            assert {f"{value:g}" for value in values[leaf.member]} <= held.get(name, {f"{v:g}" for v in values})
