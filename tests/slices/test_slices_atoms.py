"""Atoms: every row belongs to exactly one, whatever the batches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.errors import DataRefused
from dlaudit.record import UNKNOWN
from dlaudit.slices.atoms import AtomIndex
from dlaudit.spec import SlicesSpec

ROWS = st.lists(
    st.tuples(st.sampled_from(["F", "M", "X", None]), st.sampled_from(["A", "B", ""])), min_size=1, max_size=40
)


def column(texts: list[str | None]) -> np.ndarray:
    return np.array(texts, dtype=object)


def groups(rows: list[tuple[str | None, str]]) -> dict[str, np.ndarray]:
    return {"sex": column([row[0] for row in rows]), "race": column([row[1] for row in rows])}


def test_atoms_are_numbered_as_rows_show_them() -> None:
    index = AtomIndex(["sex", "race"], SlicesSpec())
    codes = index.codes(groups([("M", "B"), ("F", "A"), ("M", "B"), (None, "")]))
    assert codes.tolist() == [0, 1, 0, 2]
    assert index.atoms == [
        {"sex": "M", "race": "B"},
        {"sex": "F", "race": "A"},
        {"sex": UNKNOWN, "race": UNKNOWN},
    ]
    assert index.codes(groups([("F", "A"), ("F", "B")])).tolist() == [1, 3]


@settings(deadline=None)
@given(rows=ROWS, size=st.integers(1, 40))
def test_atoms_do_not_depend_on_the_size_of_batches(rows: list[tuple[str | None, str]], size: int) -> None:
    whole, parts = (AtomIndex(["sex", "race"], SlicesSpec()) for _ in range(2))
    codes = whole.codes(groups(rows))
    split = [parts.codes(groups(rows[at : at + size])) for at in range(0, len(rows), size)]
    np.testing.assert_array_equal(np.concatenate(split), codes)
    assert parts.atoms == whole.atoms
    for row, code in zip(rows, codes, strict=True):
        assert whole.atoms[code] == {"sex": row[0] or UNKNOWN, "race": row[1] or UNKNOWN}


def test_no_rows_have_no_atoms() -> None:
    index = AtomIndex(["sex"], SlicesSpec())
    assert index.codes({"sex": column([])}).shape == (0,)
    assert index.atoms == []


def test_many_features_do_not_overflow() -> None:
    names = [f"f{at}" for at in range(20)]
    generator = np.random.default_rng(0)
    texts = {name: generator.integers(0, 40, 500).astype(str).astype(object) for name in names}
    index = AtomIndex(names, SlicesSpec())
    codes = index.codes(texts)
    for row in (0, 17, 499):
        assert index.atoms[codes[row]] == {name: texts[name][row] for name in names}


def test_what_lies_beyond_the_bins_is_a_level_at_each_end() -> None:
    index = AtomIndex(["age"], SlicesSpec(bins={"age": [0.0, 50.0]}))
    index.codes({"age": column(["1", "99", "99", None])})
    index.codes({"age": column(["-1", "3"])})
    assert [atom["age"] for atom in index.atoms] == ["[0, 50]", "above 50", UNKNOWN, "below 0"]


def test_odd_levels_and_names_of_levels_can_be_asked_for() -> None:
    index = AtomIndex(["sex", "race"], SlicesSpec())
    index.codes({"sex": column(["F\u202e"]), "race": column(["A"])})
    assert index.odd_levels == {"sex": ["F\u202e"]}
    assert (index.level_of("race", None), index.level_of("race", "A")) == (UNKNOWN, "A")


def test_levels_that_look_alike_are_found_across_batches() -> None:
    index = AtomIndex(["sex"], SlicesSpec())
    index.codes({"sex": column(["F"])})
    with pytest.raises(DataRefused):
        index.codes({"sex": column(["f"])})
