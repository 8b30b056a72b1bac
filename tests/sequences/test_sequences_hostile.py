"""Hostile sequences: lists nested as no series is, arrays that lie, pipes, and times that are no moments."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dlaudit.data.array_files import read_array
from dlaudit.data.labels import resolve_labels
from dlaudit.data.open import arrow_table, open_data
from dlaudit.data.roles import resolve_roles
from dlaudit.data.sequence_rows import sequence_rows
from dlaudit.data.table import inputs_of, table_set
from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.spec import AuditSpec
from dlaudit.tensors import ndarray_of

NUMBERS = pa.list_(pa.float64())


def read(columns: dict[str, pa.Array], **asked: Any) -> Any:
    """The inputs of a table of those columns."""
    n = len(next(iter(columns.values())))
    table = pa.table({**columns, "y": [at % 2 for at in range(n)], "sex": ["F"] * n})
    return of_table(arrow_table(table), {"channels": list(columns), **asked})


def of_table(raw: Any, asked: dict[str, Any]) -> Any:
    spec = AuditSpec.model_validate(
        {"data": {"target": "y"}, "input": {"sequence": {"max_length": 4, **asked}}, "slices": {"sensitive": ["sex"]}}
    )
    raw = sequence_rows(raw, spec)
    roles, _ = resolve_roles(raw, spec, None, False, None)
    rows = table_set(raw, roles, spec, resolve_labels(raw, roles, spec, 1), inputs_of(raw, roles, spec))
    return np.concatenate([ndarray_of(batch.inputs, "sequence") for batch in rows.batches(100)])


NESTED = pa.list_(NUMBERS)
SHAPES: dict[str, dict[str, pa.Array]] = {
    "steps without channels": {"a": pa.array([[[], []], [[]]], NESTED)},
    "three deep": {"a": pa.array([[[[1.0]]]], pa.list_(NESTED))},
    "numbers beside steps": {"a": pa.array([[1.0]], NUMBERS), "b": pa.array([[[1.0]]], NESTED)},
    "steps beside numbers": {"b": pa.array([[[1.0]]], NESTED), "a": pa.array([[1.0]], NUMBERS)},
    "uneven steps": {"a": pa.array([[[1.0, 2.0]], [[1.0]]], NESTED)},
    "steps that are missing": {"a": pa.array([[[1.0, 2.0]], [None]], NESTED)},
    "uneven channels": {"a": pa.array([[1.0, 2.0]], NUMBERS), "b": pa.array([[1.0]], NUMBERS)},
}


@pytest.mark.parametrize("name", SHAPES)
def test_lists_that_are_no_series_are_told(name: str) -> None:
    with pytest.raises(DataRefused) as caught:
        read(SHAPES[name])
    assert caught.value.code == "DLA350"
    assert caught.value.place.row is not None


def saved(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def claiming(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return file.getvalue() + bytes(100)


def archive(path: Path, data: bytes, how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as made:
        made.writestr("x.npy", data)
    return path


def test_an_array_that_claims_more_than_there_is_takes_no_memory(tmp_path: Path) -> None:
    plain = tmp_path / "a.npy"
    plain.write_bytes(claiming((3, 2_000_000_000)))
    for path in (plain, archive(tmp_path / "a.npz", claiming((3, 2_000_000_000)))):
        with pytest.raises(DataRefused, match="claims 48,000,000,000 bytes") as caught:
            read_array(str(path), None, 2**40)
        assert caught.value.code == "DLA319"


def test_an_array_of_an_archive_may_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlaudit.data.array_files._memory", lambda: 4_000)
    path = archive(tmp_path / "a.npz", saved(np.zeros((3, 50))), zipfile.ZIP_DEFLATED)
    with pytest.raises(DataRefused, match="must be read whole") as caught:
        read_array(str(path), None, 2**40)
    assert caught.value.code == "DLA318" and "numpy.save" in caught.value.fix


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_told_however_it_is_packed(how: int, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", saved(np.arange(12.0).reshape(3, 4)), how)
    assert read_array(str(path), None, 2**30).shape == (3, 4)
    data = bytearray(path.read_bytes())
    data[60:72] = b"\xff" * 12
    path.write_bytes(data)
    with pytest.raises(DataRefused) as caught:
        read_array(str(path), None, 2**30)
    assert caught.value.code == "DLA319"


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_plain_array_is_read_where_it_is_used(order: Any, tmp_path: Path) -> None:
    kept = np.asarray(np.arange(24.0).reshape(3, 4, 2), order=order)
    np.save(tmp_path / "a.npy", kept)
    found = read_array(str(tmp_path / "a.npy"), None, 2**30)
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, kept)
    np.save(tmp_path / "none.npy", kept[:0])
    assert read_array(str(tmp_path / "none.npy"), None, 2**30).shape == (0, 4, 2)


def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(UsageError) as caught:
            read_array(str(path), None, 2**30)
        assert caught.value.code == "DLA111"
        with pytest.raises(UsageError) as caught:
            symbols(["ab"], characters=None, vocabulary=str(path))
        assert caught.value.code == "DLA111"


def symbols(texts: list[str], **asked: Any) -> Any:
    table = pa.table({"s": texts, "y": [at % 2 for at in range(len(texts))], "sex": ["F"] * len(texts)})
    return of_table(arrow_table(table), {"column": "s", "characters": "abc", **asked})


def test_only_the_symbols_that_are_kept_are_held() -> None:
    long = "abc" * 100_000
    assert symbols([long + "a", "b"]).tolist() == [[1, 2, 3, 1], [2, 0, 0, 0]]
    assert symbols([long, "b"], keep="first", align="end").tolist() == [[1, 2, 3, 1], [0, 0, 0, 2]]


@pytest.mark.parametrize("wrong", [{"first": 2**60}, {"unknown": 2**60}, {"separator": ""}])
def test_ids_that_no_embedding_has_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        symbols(["a"], **wrong)


@pytest.mark.parametrize("time", ["nan", "inf", "-inf", "1e400"])
@pytest.mark.parametrize("kind", ["csv", "memory"])
def test_a_time_that_is_no_moment_is_refused(time: str, kind: str, tmp_path: Path) -> None:
    if kind == "csv":
        (tmp_path / "v.csv").write_text(f"id,t,v,y,sex\na,1,1,0,F\na,{time},2,0,F\n")
        raw = open_data(AuditSpec.model_validate({"data": {"path": str(tmp_path / "v.csv")}}).data)
    else:
        columns = {"id": ["a", "a"], "t": [1.0, float(time)], "v": [1.0, 2.0], "y": [0, 0], "sex": ["F", "F"]}
        raw = arrow_table(pa.table(columns))
    with pytest.raises(DlauditError) as caught:
        of_table(raw, {"id": "id", "order": "t", "channels": ["v"]})
    assert (caught.value.code, caught.value.place.row) == ("DLA350", 2)


UNEVEN: dict[str, dict[str, pa.Array]] = {
    "channels": {
        "a": pa.array([[1.0], [1.0, 2.0], [3.0], None], NUMBERS),
        "b": pa.array([[1.0, 2.0], [1.0, 2.0], [3.0], None], NUMBERS),
    },
    "steps": {"a": pa.array([[[1.0, 2.0], [3.0]], [[1.0, 1.0]], [None], []], NESTED)},
    "first steps": {"a": pa.array([[None, [1.0]], [[1.0, 1.0]], [[1.0]], []], NESTED)},
}


@pytest.mark.parametrize("name", UNEVEN)
def test_uneven_lists_can_be_left_out_and_counted_by_slice(name: str) -> None:
    columns = UNEVEN[name]
    table = pa.table({**columns, "y": [0, 1, 0, 1], "sex": ["F", "F", "M", "M"]})
    asked = {"channels": list(columns), "max_length": 4}
    spec = AuditSpec.model_validate(
        {
            "data": {"target": "y", "on_bad": "reject"},
            "input": {"sequence": asked},
            "slices": {"sensitive": ["sex"]},
        }
    )
    raw = sequence_rows(arrow_table(table), spec)
    roles, _ = resolve_roles(raw, spec, None, False, None)
    rows = table_set(raw, roles, spec, resolve_labels(raw, roles, spec, 1), inputs_of(raw, roles, spec))
    kept = sum(batch.inputs.num_rows for batch in rows.batches(3))
    lost = {one.reason: one.rows for one in rows.rejected()}
    assert lost["the sequence is empty"] == 1
    assert lost["the lists of a sequence do not fit one another"] == 3 - kept > 0


def test_records_that_do_not_fit_in_the_memory_together_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    monkeypatch.setattr("dlaudit.data.limits.TOGETHER", 100_000)
    lists = pa.ListArray.from_arrays(np.arange(0, 200_001, 200, dtype=np.int32), np.zeros(200_000))
    texts = pa.DictionaryArray.from_arrays(np.zeros(1_000, dtype=np.int32), ["long " * 200])
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"a": lists, "t": texts}), path)
    assert path.stat().st_size < 20_000
    raw = open_data(AuditSpec.model_validate({"data": {"path": str(path)}}).data)
    for column in ("a", "t"):
        if column == "a":
            from dataclasses import replace

            raw = replace(raw, source=raw.source.with_lists(["a"]))
        with pytest.raises(DataRefused, match="read together") as caught:
            list(raw.batches(1_000, [column]))
        assert caught.value.code == "DLA318"
        assert sum(batch.num_rows for batch in raw.batches(50, [column])) == 1_000
