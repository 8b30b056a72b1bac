"""Sequences to arrays: cut, padded, filled, standardised; symbols to ids; what is counted and what is refused."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.attributions.paths.reach import _are_lengths
from dlaudit.data.encoded import Encoded, Inputs
from dlaudit.data.labels import Labels
from dlaudit.data.modalities import Making
from dlaudit.data.open import arrow_table, open_data
from dlaudit.data.roles import resolve_roles
from dlaudit.data.sequence import sequence_columns, sequence_inputs
from dlaudit.data.sequence_rows import sequence_rows
from dlaudit.data.sequence_steps import Frame, Steps, filled_forward, laid_out
from dlaudit.data.showing import Showing
from dlaudit.data.table import inputs_of, table_set
from dlaudit.errors import DataRefused, UsageError
from dlaudit.spec import AuditSpec
from dlaudit.spec.toml_file import load_config
from dlaudit.tensors import model_inputs, ndarray_of, tensor_table

SERIES = {"hr": [[1.0, 2.0, 3.0], [4.0]], "bp": [[10.0, 20.0, 30.0], [40.0]]}
LETTERS = {"column": "name", "characters": "abc", "max_length": 4}


def inputs(table: dict[str, Any], on_bad: str = "error", **asked: Any) -> tuple[Inputs, Encoded]:
    spec = AuditSpec.model_validate({"data": {"on_bad": on_bad}, "input": {"sequence": asked}})
    raw = sequence_rows(arrow_table(pa.table(table)), spec)
    columns = sequence_columns(spec) or []
    made = sequence_inputs(Making(raw=raw, features=columns, spec=spec))
    batch = next(raw.batches(100, columns))
    return made, made.encode(dict(zip(columns, batch.columns, strict=True)), 1, raw)


def series(on_bad: str = "error", **asked: Any) -> tuple[Inputs, Encoded]:
    return inputs(SERIES, on_bad, **{"channels": ["hr", "bp"], "max_length": 2, **asked})


def values(encoded: Encoded, name: str = "sequence") -> np.ndarray[Any, Any]:
    return ndarray_of(encoded.inputs, name)


def test_the_end_that_is_kept_and_the_end_that_is_padded() -> None:
    last, first, right = series()[1], series(keep="first")[1], series(align="end", pad=-1.0)[1]
    assert values(last).tolist() == [[[2, 20], [3, 30]], [[4, 40], [0, 0]]]
    assert values(first).tolist() == [[[1, 10], [2, 20]], [[4, 40], [0, 0]]]
    assert values(right).tolist()[1] == [[-1, -1], [4, 40]]
    assert values(last).dtype == np.float32
    assert {what: rows.tolist() for what, rows in last.altered.items() if rows.any()} == {
        "cut to the last 2 steps": [True, False]
    }


def test_layouts_are_the_same_numbers_on_other_axes() -> None:
    np.testing.assert_array_equal(values(series(layout="NCT")[1]), values(series()[1]).transpose(0, 2, 1))
    one = inputs(SERIES, channels=["hr"], max_length=2, layout="NT")[1]
    assert values(one).tolist() == [[2, 3], [4, 0]]
    with pytest.raises(UsageError, match="NT"):
        series(layout="NT")


def test_lengths_and_masks_are_inputs_of_their_own() -> None:
    counted = series(lengths=True)[1].inputs
    assert model_inputs(counted) == ["sequence", "lengths"]
    assert ndarray_of(counted, "lengths").tolist() == [2, 1]
    assert ndarray_of(counted, "lengths").dtype == np.int64
    steps, padding = series(mask="there")[1].inputs, series(mask=True, mask_marks="padding")[1].inputs
    assert ndarray_of(steps, "there").tolist() == [[True, True], [True, False]]
    assert ndarray_of(padding, "mask").tolist() == [[False, False], [False, True]]
    assert ndarray_of(padding, "mask").dtype == bool


def test_channels_are_standardised_before_padding() -> None:
    made = series(standardize={"mean": {"bp": 20.0}, "std": {"bp": 10.0}})[1]
    assert values(made).tolist() == [[[2, 0], [3, 1]], [[4, 2], [0, 0]]]
    with pytest.raises(UsageError, match="no channel"):
        series(standardize={"mean": {"x": 0.0}, "std": {"x": 1.0}})


GAPS = {"hr": [[None, 1.0, None], [2.0]]}


@pytest.mark.parametrize(("fill", "expected"), [("forward", [9, 1, 1]), (7.0, [7, 1, 7])])
def test_missing_measurements_are_filled_as_said_and_counted(fill: Any, expected: list[float]) -> None:
    made = inputs(GAPS, channels=["hr"], max_length=3, fill=fill, pad=9.0, layout="NT")[1]
    assert values(made)[0].tolist() == expected
    assert made.altered["missing measurements filled"].tolist() == [True, False]


def test_a_value_is_never_carried_over_from_another_row() -> None:
    steps = Steps(values=np.array([[1.0], [np.nan], [np.nan]]), starts=np.array([0, 1, 3]))
    np.testing.assert_array_equal(filled_forward(steps).ravel(), [1, np.nan, np.nan])


@pytest.mark.parametrize(
    ("table", "code", "reason"),
    [
        (GAPS, "DLA312", "a model input is missing"),
        ({"hr": [[1.0, float("inf")], [1.0]]}, "DLA313", "a model input is not finite"),
        ({"hr": [[], [1.0]]}, "DLA350", "the sequence is empty"),
        ({"hr": [None, [1.0]]}, "DLA350", "the sequence is empty"),
    ],
)
def test_rows_that_cannot_be_used_are_refused_or_counted(table: dict[str, Any], code: str, reason: str) -> None:
    asked = {"channels": ["hr"], "max_length": 3}
    with pytest.raises(DataRefused) as caught:
        inputs(table, **asked)
    assert (caught.value.code, caught.value.place.row, caught.value.place.column) == (code, 1, "hr")
    assert {why: rows.tolist() for why, rows in inputs(table, "reject", **asked)[1].bad.items() if rows.any()} == {
        reason: [True, False]
    }


def test_channels_of_a_row_with_different_numbers_of_steps_are_refused() -> None:
    with pytest.raises(DataRefused, match="3 and 2 steps") as caught:
        inputs({"hr": [[1.0, 2, 3]], "bp": [[1.0, 2]]}, channels=["hr", "bp"], max_length=3)
    assert caught.value.code == "DLA350"


def test_lists_of_lists_are_steps_of_channels() -> None:
    made, encoded = inputs({"x": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]}, channels=["x"], max_length=2, windows=1)
    assert values(encoded).tolist() == [[[1, 2], [3, 4]], [[5, 6], [0, 0]]]
    assert made.grids[0].names == ("x 1, steps 1-2", "x 2, steps 1-2")
    with pytest.raises(DataRefused, match="channels"):
        inputs({"x": [[[1.0, 2.0], [3.0]]]}, channels=["x"], max_length=2)


@given(
    lengths=st.lists(st.integers(0, 7), min_size=1, max_size=6),
    length=st.integers(1, 5),
    keep=st.sampled_from(["first", "last"]),
    align=st.sampled_from(["start", "end"]),
)
@settings(max_examples=60, deadline=None)
def test_laying_out_equals_a_loop_over_rows(lengths: list[int], length: int, keep: Any, align: Any) -> None:
    starts = np.concatenate([[0], np.cumsum(lengths)])
    steps = Steps(values=np.arange(1.0, starts[-1] + 1)[:, None], starts=starts)
    frame = Frame(length=length, keep=keep, align=align)
    expected = np.zeros((len(lengths), length))
    for row, (begin, end) in enumerate(pairwise(starts)):
        own = steps.values[begin:end, 0]
        own = own[max(0, len(own) - length) :] if keep == "last" else own[:length]
        at = length - len(own) if align == "end" else 0
        expected[row, at : at + len(own)] = own
    np.testing.assert_array_equal(laid_out(steps, frame, 0.0)[:, :, 0], expected)
    np.testing.assert_array_equal(frame.mask(steps.lengths), expected > 0)


def test_characters_become_ids_and_say_their_place() -> None:
    made, encoded = inputs({"name": ["ab", "abcab"]}, **LETTERS, lengths=True)
    assert values(encoded).tolist() == [[1, 2, 0, 0], [2, 3, 1, 2]]
    assert values(encoded).dtype == np.int64
    assert encoded.altered["cut to the last 4 steps"].tolist() == [False, True]
    assert made.words(encoded.inputs) == [
        ["a (first)", "b (last)", "(padding)", "(padding)", "number of steps"],
        ["b (first)", "c", "a", "b (last)", "number of steps"],
    ]


def test_symbols_that_are_not_listed_are_refused_dropped_or_given_an_id() -> None:
    table = {"name": ["axb", "ab"]}
    with pytest.raises(DataRefused) as caught:
        inputs(table, **LETTERS)
    assert (caught.value.code, caught.value.place.row) == ("DLA325", 1)
    assert inputs(table, "reject", **LETTERS)[1].bad["a symbol is not listed"].tolist() == [True, False]
    assert values(inputs(table, **LETTERS, unknown="drop")[1])[0].tolist() == [1, 2, 0, 0]
    given = inputs(table, **LETTERS, unknown=9)[1]
    assert values(given)[0].tolist() == [1, 9, 2, 0]
    assert given.altered["a symbol is not listed"].tolist() == [True, False]


def test_a_text_without_symbols_is_empty() -> None:
    for text in ("", "xx"):
        with pytest.raises(DataRefused) as caught:
            inputs({"name": [text]}, **LETTERS, unknown="drop")
        assert caught.value.code == "DLA350"


def test_events_are_read_by_a_vocabulary_file(tmp_path: Path) -> None:
    path = tmp_path / "codes.txt"
    path.write_text("I10\nE11\n")
    asked = {"column": "codes", "vocabulary": str(path), "separator": ";", "max_length": 3, "first": 5}
    assert values(inputs({"codes": ["E11;I10", "I10"]}, **asked)[1]).tolist() == [[6, 5, 0], [5, 0, 0]]


@pytest.mark.parametrize(
    ("characters", "more", "words"),
    [("aba", {}, "twice"), ("", {}, "none"), ("abc", {"first": 0}, "padding has the id 0")],
)
def test_symbols_that_cannot_be_told_apart_are_refused(characters: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        inputs({"name": ["a"]}, **{**LETTERS, "characters": characters, **more})


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("max_length = 3", "channels"),
        ('channels = ["a"]\narray = "x.npy"', "one of"),
        ('channels = ["a"]', "max_length"),
        ('column = "name"\nmax_length = 3', "characters"),
        ('column = "name"\ncharacters = "ab"\nmax_length = 3\npad = 0.5', "whole number"),
        ('channels = ["a"]\nmax_length = 3\norder = "t"', "id"),
        ('channels = ["a"]\nmax_length = 3\nlengths = true\nmask = true', "not both"),
    ],
)
def test_what_does_not_go_together_is_told_with_its_line(toml: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "dlaudit.toml"
    path.write_text(f"schema = 1\n[input.sequence]\n{toml}\n")
    with pytest.raises(UsageError, match=words):
        load_config(path)


def test_players_are_windows_by_channel_and_maps_steps_by_channel() -> None:
    made = series(windows=1, lengths=True)[0]
    assert [grid.names for grid in made.grids] == [("hr, steps 1-2", "bp, steps 1-2"), ("number of steps",)]
    assert made.maps[0].names == ("hr, step 1", "bp, step 1", "hr, step 2", "bp, step 2")
    assert made.grids[0].owner(3).tolist() == [[[0, 1], [0, 1]]]
    turned = series(windows=1, layout="NCT")[0].grids[0]
    assert turned.owner(3).tolist() == [[[0, 0], [1, 1]]]


def test_static_columns_of_a_long_table_are_an_input_beside_the_series(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("patient,hour,hr,age,sex,y\na,2,12,40,F,1\na,1,11,40,F,1\nb,1,13,50,M,0\n")
    sequence = {"id": "patient", "order": "hour", "channels": ["hr"], "max_length": 2, "layout": "NT"}
    spec = AuditSpec.model_validate(
        {
            "data": {"path": str(path), "target": "y"},
            "slices": {"sensitive": ["sex"]},
            "input": {"sequence": sequence, "table": {}},
        }
    )
    raw = sequence_rows(open_data(spec.data), spec)
    roles, _ = resolve_roles(raw, spec, None, has_preprocess=False, input_layer=None)
    assert roles.features == ["hr", "age"]
    made = inputs_of(raw, roles, spec)
    assert made is not None
    batch = next(table_set(raw, roles, spec, Labels.none(), made).batches(10))
    assert ndarray_of(batch.inputs, "table").tolist() == [[40], [50]]
    assert ndarray_of(batch.inputs, "sequence").tolist() == [[11, 12], [13, 0]]
    (shown,) = table_set(raw, roles, spec, Labels.none(), made).preview(np.array([1]), Showing(masked=False, file=raw))
    assert [(one.name, one.values) for one in shown.curves] == [("hr", [11.0, 12.0])]
    assert [cell.name for cell in shown.cells] == ["age"]


def test_masks_cross_to_the_model_as_truth_values() -> None:
    mask = np.array([[True, False], [True, True]])
    table = tensor_table({"mask": mask})
    np.testing.assert_array_equal(ndarray_of(table, "mask"), mask)
    assert ndarray_of(table.slice(0, 0), "mask").dtype == bool


def test_lengths_are_told_from_other_whole_numbers() -> None:
    series = torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]])
    assert _are_lengths(torch.tensor([2, 1]), series)
    assert not _are_lengths(torch.tensor([1, 1]), series)
    assert not _are_lengths(torch.tensor([2, 40]), series)
