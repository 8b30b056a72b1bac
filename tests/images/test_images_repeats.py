"""Copies of a picture are counted, above all where they stand in several slices or with different labels."""

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from image_sets import opened, picture, tables, write_set

from dlaudit.data.repeats import Repeats
from dlaudit.findings import find
from dlaudit.record import Audit, DataInfo, ModelInfo, Provenance, Repeated


def test_copies_are_found_whatever_their_names(tmp_path: Path) -> None:
    same, other = picture(1), picture(2)
    files = {"a.png": same, "b.png": other, "c.png": same, "d.png": picture(3), "e.png": other, "f.png": picture(4)}
    rows = opened(write_set(tmp_path, files))  # F F F M M M, labels 0 1 0 1 0 1
    tables(rows, 2)
    assert rows.repeated() == Repeated(items=2, rows=4, across={"sex": 1}, other_labels=1)


def test_nothing_is_told_without_copies(tmp_path: Path) -> None:
    rows = opened(write_set(tmp_path, {f"{at}.png": picture(at) for at in range(4)}))
    tables(rows)
    assert rows.repeated() is None


def test_levels_that_the_slices_take_for_one_are_one() -> None:
    repeats = Repeats()
    column = np.array(["f", "F", "m"], dtype=object)
    repeats.add(np.array([7, 7, 8], dtype=np.uint64), {"sex": column}, np.array([0, 0, 1]))
    plain, folded = repeats.told(), repeats.told(lambda feature, text: str(text).upper())
    assert plain is not None and folded is not None
    assert (plain.across, folded.across) == ({"sex": 1}, {"sex": 0})


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("ab"), st.integers(0, 1)), min_size=1, max_size=30))
def test_counts_are_those_of_a_plain_count(rows: list[tuple[int, str, int]]) -> None:
    repeats = Repeats()
    for start in range(0, len(rows), 7):
        part = rows[start : start + 7]
        texts = np.array([text for _, text, _ in part], dtype=object)
        labels = np.array([label for _, _, label in part])
        repeats.add(np.array([item for item, _, _ in part], dtype=np.uint64), {"g": texts}, labels)
    groups: dict[int, list[Any]] = {}
    for item, text, label in rows:
        groups.setdefault(item, []).append((text, label))
    several = [one for one in groups.values() if len(one) > 1]
    found = repeats.told()
    if not several:
        assert found is None
        return
    assert found == Repeated(
        items=len(several),
        rows=sum(map(len, several)),
        across={"g": sum(len({text for text, _ in one}) > 1 for one in several)},
        other_labels=sum(len({label for _, label in one}) > 1 for one in several),
    )


def audit(**data: Any) -> Audit:
    return Audit(
        title="",
        provenance=Provenance(dlaudit="0", python="3"),
        model=ModelInfo(format="scores", loading="", task="binary"),
        data=DataInfo(sensitive=["sex"], **data),
    )


def test_copies_across_slices_are_a_warning_and_others_a_note() -> None:
    across = Repeated(items=3, rows=7, across={"sex": 2}, other_labels=1)
    (found,) = [one for one in find(audit(repeated=across)).findings if one.code == "DLA347"]
    assert found.severity == "warning"
    assert "7 rows" in found.message
    assert "3 different, 2 of them in several slices of sex, 1 of them with different labels" in found.message
    within = Repeated(items=1, rows=2, across={"sex": 0})
    (found,) = [one for one in find(audit(repeated=within)).findings if one.code == "DLA347"]
    assert found.severity == "note"
