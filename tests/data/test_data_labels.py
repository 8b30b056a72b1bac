"""Labels: task, positive label, class order, and cells that are none of them."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.data.labels import Labels, resolve_labels
from dlaudit.data.open import arrow_table
from dlaudit.data.roles import Roles
from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.spec import AuditSpec


def roles(*target: str) -> Roles:
    return Roles(target=list(target), sensitive=[], control=[], id=None, weight=None, unit=None, features=[], scores=[])


def labelled(cells: list[Any], outputs: int | None = 1, on_bad: str = "error", **model: Any) -> tuple[Labels, Any]:
    raw = arrow_table(pa.table({"y": cells}), "test.csv")
    asked = AuditSpec.model_validate({"model": model, "data": {"on_bad": on_bad}})
    labels = resolve_labels(raw, roles("y"), asked, outputs)
    return labels, labels.decode([pa.array(cells)], 1, raw)


@pytest.mark.parametrize(
    ("cells", "outputs", "model", "task", "classes", "decoded"),
    [
        ([0, 1, 1], 1, {}, "binary", ["0", "1"], [0, 1, 1]),
        (["0", "1.0", "1"], 1, {}, "binary", ["0", "1"], [0, 1, 1]),
        ([1.0, 0.0], 2, {}, "binary", ["0", "1"], [1, 0]),
        ([1, 1], 1, {}, "binary", ["0", "1"], [1, 1]),
        ([0, 0], None, {}, "binary", ["0", "1"], [0, 0]),
        ([True, False], 1, {"positive": "true"}, "binary", ["false", "true"], [1, 0]),
        (["<=50K", ">50K"], 1, {"positive": ">50K"}, "binary", ["<=50K", ">50K"], [0, 1]),
        (["b", "a"], 2, {"positive": "a"}, "binary", ["b", "a"], [0, 1]),
        ([0, 1], 1, {"positive": "0"}, "binary", ["1", "0"], [1, 0]),
        ([1, 2], 1, {"positive": "2"}, "binary", ["1", "2"], [0, 1]),
        (["yes", "yes"], 1, {"positive": "yes"}, "binary", ["not yes", "yes"], [1, 1]),
        (["no"], 1, {"positive": "yes", "classes": ["no", "yes"]}, "binary", ["no", "yes"], [0]),
        ([0, 2, 1], 3, {}, "multiclass", ["0", "1", "2"], [0, 2, 1]),
        ([0, 1], 4, {}, "multiclass", ["0", "1", "2", "3"], [0, 1]),
        (["b", "c"], 3, {"classes": ["c", "a", "b"]}, "multiclass", ["c", "a", "b"], [2, 0]),
        ([0, 1], 2, {"task": "multiclass"}, "multiclass", ["0", "1"], [0, 1]),
        ([0.5, 1.5, 2.5], 1, {}, "regression", [], [0.5, 1.5, 2.5]),
        (["0.5", "1", "-2e1"], 1, {}, "regression", [], [0.5, 1, -20]),
        ([0, 1], 1, {"task": "regression"}, "regression", [], [0, 1]),
    ],
)
def test_labels_decode_to_their_codes(
    cells: list[Any], outputs: int | None, model: dict[str, Any], task: str, classes: list[str], decoded: list[float]
) -> None:
    labels, target = labelled(cells, outputs, **model)
    assert (labels.task, labels.classes) == (task, classes)
    np.testing.assert_array_equal(target, decoded)
    wanted = {"binary": np.int8, "multiclass": np.int32, "regression": np.float64}[task]
    assert target.dtype == wanted
    assert labels.positive == (model.get("positive", "1") if task == "binary" else None)
    assert labels.guesses == []


@pytest.mark.parametrize(
    ("cells", "outputs", "model", "code", "kind", "words"),
    [
        (["<=50K", ">50K"], 1, {}, "DLA309", UsageError, ['model.positive=">50K"', "'<=50K', '>50K'"]),
        ([1, 2], 1, {}, "DLA309", UsageError, ["model.positive", "model.task=regression"]),
        ([True, False], 1, {}, "DLA309", UsageError, ["model.positive"]),
        (["no", "yes"], 1, {"positive": "Yes"}, "DLA309", UsageError, ["Did you mean 'yes'"]),
        (["a", "b", "c"], 1, {}, "DLA309", UsageError, ["one output", "model.task"]),
        (["a", "b", "c"], 1, {"task": "binary", "positive": "a"}, "DLA309", UsageError, ["two labels"]),
        (["a", "b", "c"], 3, {}, "DLA309", UsageError, ['model.classes=["a", "b", "c"]', "order"]),
        (["a", "b"], 3, {"classes": ["a", "b"]}, "DLA309", UsageError, ["2 labels", "3 outputs"]),
        ([0, 1, 5, 5], 3, {}, "DLA309", DataRefused, ["'5'", "2 record(s)"]),
        ([0, 1, None], 1, {}, "DLA311", DataRefused, ["1 record(s)", "3", "on_bad=reject"]),
        (["", ""], 1, {}, "DLA311", DataRefused, ["--target"]),
        ([1.0, 2.0, "x"], 1, {"task": "regression"}, "DLA312", DataRefused, ["'x'"]),
    ],
)
def test_labels_that_cannot_be_read_are_refused_with_what_was_seen(
    cells: list[Any], outputs: int | None, model: dict[str, Any], code: str, kind: type[DlauditError], words: list[str]
) -> None:
    if len({type(cell) for cell in cells if cell is not None}) > 1:
        cells = [str(cell) for cell in cells]
    with pytest.raises(kind) as caught:
        labelled(cells, outputs, **model)
    assert caught.value.code == code, caught.value
    for word in words:
        assert word in caught.value.message, caught.value.message


def test_an_unknown_label_is_told_with_its_record() -> None:
    with pytest.raises(DataRefused) as caught:
        labelled([0, 1, 2, 7], 3)
    assert (caught.value.place.row, caught.value.place.column) == (4, "y")


def test_missing_labels_are_marked_where_rows_may_be_rejected() -> None:
    labels, target = labelled([0, None, 1], on_bad="reject")
    assert target.tolist() == [0, -1, 1]
    assert labels.absent([pa.array([0, None, 1])]).tolist() == [False, True, False]
    _, numbers = labelled([0.5, None, 2.5, 3.5], on_bad="reject")
    assert np.isnan(numbers).tolist() == [False, True, False, False]


def test_several_target_columns_are_multilabel() -> None:
    table = pa.table({"a": [0, 1], "b": ["1", "0"]})
    raw = arrow_table(table)
    labels = resolve_labels(raw, roles("a", "b"), AuditSpec(), 2)
    assert (labels.task, labels.classes) == ("multilabel", ["a", "b"])
    decoded = labels.decode([table["a"].combine_chunks(), table["b"].combine_chunks()], 1, raw)
    assert decoded.tolist() == [[0, 1], [1, 0]]
    assert decoded.dtype == np.int8


def test_the_second_label_is_found_however_late_it_comes() -> None:
    cells = ["no"] * 150_000 + ["yes"]
    assert labelled(cells, positive="yes")[0].classes == ["no", "yes"]


def test_no_labels_decode_to_nothing_known() -> None:
    assert Labels.none().target == ()


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=5), st.sampled_from(["0", "1", "1.0", "yes"])), min_size=1))
def test_any_labels_are_read_or_refused(cells: list[str | None]) -> None:
    cells = [None if cell is None else cell.encode("utf-8", "replace").decode() for cell in cells]
    for outputs in (None, 1, 2, 3):
        try:
            labels, target = labelled(
                [None if c is None else c.encode("utf-8", "replace").decode() for c in cells], outputs
            )
        except DlauditError:
            continue
        assert len(target) == len(cells)
        assert labels.task != "multilabel"
