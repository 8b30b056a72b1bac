"""Slices from atoms: what there is, in which order, and what is compared."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.errors import UsageError
from dlaudit.record import OVERALL, UNKNOWN
from dlaudit.slices.make import Comparison, SliceTable, make_slices
from dlaudit.spec import SlicesSpec

PEOPLE = {("F", "A"): 40, ("M", "A"): 60, ("F", "B"): 5, (UNKNOWN, "B"): 20, ("M", "C"): 0}


def made(cells: dict[tuple[str, ...], int], names: list[str], control: tuple[str, ...] = (), **spec: Any) -> SliceTable:
    atoms = [dict(zip(names, levels, strict=True)) for levels in cells]
    sensitive = [name for name in names if name not in control]
    return make_slices(atoms, np.array(list(cells.values())), SlicesSpec(**spec), sensitive, list(control))


def ids(table: SliceTable, places: list[int] | None = None) -> list[str]:
    return [table.slices[at].id for at in (range(len(table.slices)) if places is None else places)]


def compared(table: SliceTable) -> list[tuple[list[str], dict[str, str], list[str]]]:
    return [(c.by, c.within, ids(table, c.slices)) for c in table.comparisons]


def test_slices_come_overall_then_by_feature_and_size_then_intersections() -> None:
    table = made(PEOPLE, ["sex", "race"])
    assert ids(table) == [
        OVERALL,
        "sex=M",
        "sex=F",
        "sex=(unknown)",
        "race=A",
        "race=B",
        "race=A & sex=M",
        "race=A & sex=F",
        "race=B & sex=(unknown)",
        "race=B & sex=F",
    ]
    assert [one.n for one in table.slices] == [125, 60, 45, 20, 100, 25, 60, 40, 20, 5]
    assert [one.kind for one in table.slices] == ["overall", *["group"] * 5, *["intersection"] * 4]
    assert [one.id for one in table.slices if one.small] == [
        "sex=(unknown)",
        "race=B",
        "race=B & sex=(unknown)",
        "race=B & sex=F",
    ]
    assert [one.id for one in table.slices if one.unknown] == ["sex=(unknown)", "race=B & sex=(unknown)"]
    assert table.slices[1].share == 60 / 125


def test_unknown_slices_are_shown_and_not_compared() -> None:
    assert compared(made(PEOPLE, ["sex", "race"])) == [
        (["sex"], {}, ["sex=M", "sex=F"]),
        (["race"], {}, ["race=A", "race=B"]),
        (["race", "sex"], {}, ["race=A & sex=M", "race=A & sex=F", "race=B & sex=F"]),
    ]


def test_control_features_are_shown_and_condition_comparisons() -> None:
    table = made(PEOPLE, ["sex", "region"], control=("region",))
    assert compared(table) == [
        (["sex"], {}, ["sex=M", "sex=F"]),
        (["sex"], {"region": "A"}, ["region=A & sex=M", "region=A & sex=F"]),
        (["sex"], {"region": "B"}, ["region=B & sex=F"]),
    ]
    assert "region=A" in ids(table)


def test_intersections_may_be_declared_or_left_out() -> None:
    cells = {("F", "A", "y"): 1, ("M", "B", "o"): 2}
    names = ["sex", "race", "age"]
    assert len(made(cells, names, intersections="none").comparisons) == 3
    declared = made(cells, names, intersections=[["sex", "race", "age"], ["race", "sex", "age"]])
    assert [c.by for c in declared.comparisons[3:]] == [["age", "race", "sex"]]
    assert ids(declared)[-2:] == ["age=o & race=B & sex=M", "age=y & race=A & sex=F"]
    assert [c.by for c in made(cells, names).comparisons[3:]] == [["race", "sex"], ["age", "sex"], ["age", "race"]]


def test_a_feature_with_one_level_is_compared_with_nothing() -> None:
    table = made({("F",): 3}, ["sex"])
    assert table.comparisons == [Comparison(by=["sex"], within={}, slices=[1])]


@pytest.mark.parametrize(
    ("spec", "code", "word"),
    [
        ({"intersections": [["sex", "rase"]]}, "DLA106", "Did you mean 'race'"),
        ({"intersections": [["sex", "sex"]]}, "DLA106", "two or more"),
        ({"max_cells": 9}, "DLA410", "intersections"),
        ({"reference": "Male"}, "DLA413", '"best"'),
        ({"reference": {"sx": "F"}}, "DLA413", "Did you mean 'sex'"),
        ({"reference": {"sex": "Male"}}, "DLA413", "'M', 'F'"),
        ({"reference": {"race": "C"}}, "DLA413", "'A', 'B'"),
    ],
)
def test_slices_that_cannot_be_made_are_a_usage_error(spec: dict[str, Any], code: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(PEOPLE, ["sex", "race"], **spec)
    assert caught.value.code == code
    assert word in caught.value.message, caught.value.message


@pytest.mark.parametrize("spec", [{"max_cells": 10}, {"reference": "best"}, {"reference": {"sex": "F"}}])
def test_slices_at_the_limit_and_known_references_are_made(spec: dict[str, Any]) -> None:
    """The twin of the refusals."""
    assert len(made(PEOPLE, ["sex", "race"], **spec).slices) == 10


CELLS = st.dictionaries(
    st.tuples(st.sampled_from("FMX"), st.sampled_from("ABC"), st.sampled_from([UNKNOWN, "y"])),
    st.integers(0, 50),
    min_size=1,
)


@settings(deadline=None)
@given(cells=CELLS)
def test_the_slices_of_each_feature_partition_the_whole(cells: dict[tuple[str, ...], int]) -> None:
    table = made(cells, ["sex", "race", "age"])
    counts = np.array(list(cells.values()))
    assert table.member.shape == (len(table.slices), len(cells))
    np.testing.assert_array_equal(table.member @ counts, [one.n for one in table.slices])
    assert len(set(ids(table))) == len(table.slices)
    for by in {tuple(one.by) for one in table.slices if one.by}:
        members = [table.member[at] for at, one in enumerate(table.slices) if tuple(one.by) == by]
        np.testing.assert_array_equal(np.sum(members, axis=0), counts > 0)


@settings(deadline=None)
@given(cells=CELLS, seed=st.integers(0, 9))
def test_the_order_of_atoms_does_not_matter(cells: dict[tuple[str, ...], int], seed: int) -> None:
    keys = list(cells)
    np.random.default_rng(seed).shuffle(keys)
    shuffled = {tuple(key): cells[tuple(key)] for key in keys}
    first, second = (made(one, ["sex", "race", "age"]) for one in (cells, shuffled))
    assert first.slices == second.slices
    assert first.comparisons == second.comparisons
