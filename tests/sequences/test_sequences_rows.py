"""Rows of sequences: visits of a long table, lists in Parquet, arrays beside the table; and every fault of code 350."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlaudit.data.array_files import read_array
from dlaudit.data.open import arrow_table, open_data
from dlaudit.data.raw import RawTable
from dlaudit.data.sequence_rows import sequence_rows
from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.spec import AuditSpec

VISITS = """patient,when,hr,sex
b,3,30,F
a,2,12,M
a,1,11,M
b,1,10,F
a,3,,M
"""


def rows(path: Path, **asked: Any) -> RawTable:
    spec = AuditSpec.model_validate({"data": {"path": str(path)}, "input": {"sequence": {"max_length": 4, **asked}}})
    return sequence_rows(open_data(spec.data), spec)


def visits(tmp_path: Path, text: str = VISITS, **asked: Any) -> RawTable:
    path = tmp_path / "visits.csv"
    path.write_text(text)
    return rows(path, **{"id": "patient", "order": "when", "channels": ["hr"], **asked})


def read(raw: RawTable, columns: list[str], n: int = 100) -> dict[str, list[Any]]:
    table = pa.Table.from_batches(list(raw.batches(n, columns)))
    return {name: table.column(name).to_pylist() for name in columns}


def test_visits_become_one_row_per_id_in_order_of_time(tmp_path: Path) -> None:
    raw = visits(tmp_path)
    found = read(raw, ["patient", "hr", "sex"])
    assert found["patient"] == ["b", "a"]
    assert found["hr"][0] == [10, 30]
    np.testing.assert_array_equal(found["hr"][1], [11, 12, np.nan])
    assert found["sex"] == ["F", "M"]
    assert raw.rows == 2
    assert "when" not in raw.columns


def test_batches_of_any_size_hold_the_same_rows(tmp_path: Path) -> None:
    raw = visits(tmp_path)
    assert str(read(raw, ["hr", "sex"], n=1)) == str(read(raw, ["hr", "sex"]))


def test_a_row_s_place_is_the_line_of_its_first_visit(tmp_path: Path) -> None:
    assert visits(tmp_path).place(1).line == 5  # b's first visit in time
    assert visits(tmp_path).place(2).line == 4


def test_without_order_the_file_s_order_is_taken(tmp_path: Path) -> None:
    assert read(visits(tmp_path, VISITS.replace("when", "month"), order=None), ["hr"])["hr"][0] == [30, 10]


def test_demographics_that_change_within_an_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as caught:
        read(visits(tmp_path, VISITS.replace("b,1,10,F", "b,1,10,M")), ["sex"])
    assert caught.value.code == "DLA350"
    assert caught.value.place.column == "sex"
    assert "changes within one id" in caught.value.message


def test_a_column_that_nobody_asks_for_may_change(tmp_path: Path) -> None:
    assert read(visits(tmp_path, VISITS.replace("b,1,10,F", "b,1,10,M")), ["hr"])["hr"][0] == [10, 30]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("b,1,10,F", "b,3,10,F", "same time"),
        ("b,1,10,F", ",1,10,F", "no id"),
        ("b,1,10,F", "b,,10,F", "no time"),
        ("b,1,10,F", "b,soon,10,F", "soon"),
    ],
)
def test_visits_that_have_no_place_are_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=words) as caught:
        visits(tmp_path, VISITS.replace(old, new))
    assert (caught.value.code, caught.value.place.row) == ("DLA350", 4)


def test_equal_times_keep_the_order_of_the_file_where_that_is_said(tmp_path: Path) -> None:
    raw = visits(tmp_path, VISITS.replace("b,1,10,F", "b,3,10,F"), ties="keep")
    assert read(raw, ["hr"])["hr"][0] == [30, 10]


def zoned(tmp_path: Path, first: str, second: str) -> list[float]:
    text = f"patient,when,hr,sex\na,{first},1,M\na,{second},2,M\n"
    return list(read(visits(tmp_path, text), ["hr"])["hr"][0])


def test_times_are_compared_as_moments_whatever_their_zone(tmp_path: Path) -> None:
    assert zoned(tmp_path, "2026-03-01T10:00:00+02:00", "2026-03-01T09:00:00+00:00") == [1, 2]
    assert zoned(tmp_path, "2026-03-01T10:00:00-02:00", "2026-03-01T09:00:00Z") == [2, 1]
    assert zoned(tmp_path, "2026-03-02", "2026-03-01") == [2, 1]
    assert zoned(tmp_path, "10", "9") == [2, 1]


def test_times_with_and_without_a_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="zone") as caught:
        zoned(tmp_path, "2026-03-01T10:00:00", "2026-03-01T09:00:00+01:00")
    assert (caught.value.code, caught.value.place.row) == ("DLA350", 2)


def test_typed_times_of_parquet_are_an_order_too(tmp_path: Path) -> None:
    path = tmp_path / "visits.parquet"
    when = pa.array([2, 1], pa.int64()).cast(pa.timestamp("s"))
    pq.write_table(pa.table({"patient": ["a", "a"], "when": when, "hr": [2.0, 1.0]}), path)
    assert read(rows(path, id="patient", order="when", channels=["hr"]), ["hr"])["hr"] == [[1.0, 2.0]]


def test_lists_of_parquet_are_read_where_they_are_channels_only(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"hr": [[1.0, 2.0], []], "more": [[1], [2]], "sex": ["F", "M"]}), path)
    assert read(rows(path, channels=["hr"]), ["hr", "sex"]) == {"hr": [[1, 2], []], "sex": ["F", "M"]}
    with pytest.raises(DataRefused) as caught:
        read(rows(path, channels=["hr"]), ["more"])
    assert (caught.value.code, caught.value.place.column) == ("DLA319", "more")


def test_lists_of_text_are_no_series(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"hr": [["a"], ["b"]]}), path)
    with pytest.raises(DataRefused, match="DLA319|list"):
        read(rows(path, channels=["hr"]), ["hr"])


def test_a_csv_without_an_id_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="id") as caught:
        visits(tmp_path, id=None, order=None)
    assert caught.value.code == "DLA107"


def test_arrays_stand_beside_the_table_as_a_column(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("sex\nF\nM\n")
    np.save(tmp_path / "x.npy", np.arange(12, dtype=np.float32).reshape(2, 3, 2))
    found = read(rows(table, array=str(tmp_path / "x.npy")), ["sex", "sequence"])
    assert found["sequence"][1] == [[6, 7], [8, 9], [10, 11]]
    np.savez(tmp_path / "x.npz", a=np.zeros((2, 3)), b=np.ones((3, 3)))
    assert read(rows(table, array=str(tmp_path / "x.npz"), key="a"), ["sequence"])["sequence"] == [[0.0] * 3] * 2
    with pytest.raises(DataRefused, match="3 rows"):
        read(rows(table, array=str(tmp_path / "x.npz"), key="b"), ["sequence", "sex"])
    with pytest.raises(UsageError, match="several"):
        rows(table, array=str(tmp_path / "x.npz"))


def npy(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def zipped(member: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", member)
    return file.getvalue()


GOOD = npy(np.zeros((4, 3)))
LIE = GOOD.replace(b"(4, 3)", b"(40000000000, 3)").replace(b"          \n", b"\n", 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (npy(np.array([{"a": 1}], dtype=object)), "DLA319"),
        (npy(np.array(["a"])), "DLA319"),
        (npy(np.zeros((400, 400))), "DLA318"),
        (zipped(npy(np.zeros((400, 400)))), "DLA318"),
        (GOOD.replace(b"(4, 3)", b"(9, 3)"), "DLA319"),
        (GOOD[:-8], "DLA319"),
        (zipped(GOOD)[:-30], "DLA319"),
        (b"neither", "DLA319"),
        (LIE, "DLA318"),
    ],
)
def test_arrays_that_cannot_be_used_are_refused_before_they_are_read(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(DataRefused) as caught:
        read_array(str(path), None, most=100_000)
    assert caught.value.code == code


def test_no_byte_of_an_array_file_makes_reading_it_crash(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    path, done = tmp_path / "x", 0
    for number in range(200):
        content = bytearray([GOOD, zipped(GOOD)][number % 2])
        for at in generator.integers(0, len(content), 3):
            content[at] = generator.integers(0, 256)
        path.write_bytes(content)
        try:
            read_array(str(path), None, most=1_000_000)
            done += 1
        except DlauditError as error:
            assert error.code in {"DLA318", "DLA319", "DLA308"}
    assert done < 200


def test_lists_of_a_frame_in_memory_are_read(tmp_path: Path) -> None:
    spec = AuditSpec.model_validate({"input": {"sequence": {"channels": ["x"], "max_length": 2}}})
    raw = sequence_rows(arrow_table(pa.table({"x": [[1.0], [2.0, 3.0]]})), spec)
    assert read(raw, ["x"])["x"] == [[1.0], [2.0, 3.0]]
