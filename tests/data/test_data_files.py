"""Files that cannot be read: each fault is refused with its code, where it lies, and what to do."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlaudit.data.csv_records import Dialect, records
from dlaudit.data.open import arrow_table, frame_table, open_data
from dlaudit.errors import DataRefused, DlauditError, UsageError
from dlaudit.spec import DataSpec


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A file and how it must be refused."""

    name: str
    content: bytes
    code: str
    file: str = "test.csv"
    row: int | None = None
    line: int | None = None
    column: str | None = None
    words: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    kind: type[DlauditError] = DataRefused


LONG = b"x" * 5_000
CSV = [
    Fault(name="empty", content=b"", code="DLA301"),
    Fault(name="header only", content=b"a,b\n", code="DLA301", words=("header",)),
    Fault(name="blank lines only", content=b"\n\n\n", code="DLA301"),
    Fault(
        name="latin-1 byte",
        content=b"a,b\n1,2\n3,caf\xe9\n",
        code="DLA302",
        line=3,
        words=("offset 13", "data.encoding=cp1252"),
    ),
    Fault(name="half a character at the end", content=b"a,b\n1,\xc3", code="DLA302", line=2, words=("offset 6",)),
    Fault(name="UTF-16 mark", content="a,b\n1,2\n".encode("utf-16"), code="DLA302", words=("encoding=utf-16",)),
    Fault(name="UTF-32 mark", content="a,b\n1,2\n".encode("utf-32"), code="DLA302", words=("encoding=utf-32",)),
    Fault(name="UTF-16 without mark", content="a,b\n1,2\n".encode("utf-16-le"), code="DLA317", words=("utf-16-le",)),
    Fault(
        name="unknown encoding",
        content=b"a,b\n1,2\n",
        code="DLA302",
        settings=(("encoding", "utf-9"),),
        kind=UsageError,
    ),
    Fault(
        name="codec that is no text encoding",
        content=b"a,b\n1,2\n",
        code="DLA302",
        settings=(("encoding", "base64"),),
        kind=UsageError,
    ),
    Fault(name="NUL", content=b"a,b\n1,2\n3,\x00\n", code="DLA317", line=3),
    Fault(name="semicolons", content=b"sex;y\nF;1\n", code="DLA303", line=1, words=("semicolon", 'delimiter=";"')),
    Fault(name="tabs", content=b"sex\ty\nF\t1\n", code="DLA303", words=("a tab", '"\\t"')),
    Fault(
        name="commas read with a bar",
        content=b"sex,y\nF,1\n",
        code="DLA303",
        words=("a comma",),
        settings=(("delimiter", "|"),),
    ),
    Fault(name="long row", content=b"a,b\n1,2\n3,4,5\n", code="DLA304", row=2, line=3, words=("3 cells", "expected 2")),
    Fault(name="short row", content=b"a,b\n1,2\n3\n", code="DLA304", row=2, line=3, words=("1 cells",)),
    Fault(
        name="every row longer, as with an unnamed index",
        content=b"a,b\n0,1,2\n1,3,4\n",
        code="DLA304",
        row=1,
        line=2,
        words=("nothing is shifted",),
    ),
    Fault(
        name="ragged behind blank and quoted lines",
        content=b'a,b\n\n1,"x\ny"\n\n3\n',
        code="DLA304",
        row=2,
        line=6,
    ),
    Fault(name="quote open to the end", content=b'a,b\n1,2\n3,"x\n5,6\n', code="DLA305", row=2, line=3),
    Fault(name="quote open on the last line", content=b'a,b\n1,2\n3,"x', code="DLA305", row=2, line=3),
    Fault(
        name="quote closed by the next one, with rows still rectangular",
        content=b'a,b\n1,"x\n2,"y\n3,4\n',
        code="DLA305",
        row=1,
        line=2,
    ),
    Fault(name="quote open in the header", content=b'a,"b\n1,2\n3,4\n', code="DLA305", line=1),
    Fault(name="duplicate column", content=b"sex,sex\n1,2\n", code="DLA306", column="sex", words=("twice",)),
    Fault(name="column that differs in case", content=b"Sex,sex \n1,2\n", code="DLA306", column="sex "),
    Fault(name="column that differs in width", content="sex,ｓｅｘ\n1,2\n".encode(), code="DLA306"),
    Fault(name="blank column", content=b"a,,c\n1,2,3\n", code="DLA307", words=("column 2 of 3",)),
    Fault(name="index column of pandas", content=b",a\n0,1\n", code="DLA307", words=("index=False",)),
    Fault(name="gzip", content=b"\x1f\x8b\x08\x00", code="DLA318", words=("gzip", "Unpack")),
    Fault(name="zstd", content=b"\x28\xb5\x2f\xfd\x00", code="DLA318", words=("zstd",)),
    Fault(name="zip", content=b"PK\x03\x04 test.csv", code="DLA318", words=("zip",)),
    Fault(
        name="long cell",
        content=b"a,b\n1,2\n3," + LONG + b"\n",
        code="DLA318",
        row=2,
        line=3,
        column="b",
        words=("5,000", "data.max_cell"),
        settings=(("max_cell", 1_000),),
    ),
    Fault(
        name="many columns",
        content=b"a,b,c\n1,2,3\n",
        code="DLA318",
        words=("data.max_columns=3",),
        settings=(("max_columns", 2),),
    ),
    Fault(
        name="many rows",
        content=b"a,b\n1,2\n3,4\n",
        code="DLA318",
        words=("data.max_rows",),
        settings=(("max_rows", 1),),
    ),
    Fault(
        name="many bytes",
        content=b"a,b\n" + b"1,2\n" * 10_000,
        code="DLA318",
        words=("data.max_bytes",),
        settings=(("max_bytes", 1_000),),
    ),
]
JSONL = [
    Fault(name="no JSON", content=b'{"a": 1}\n{"a": \n', code="DLA328", line=2, words=("one flat JSON object",)),
    Fault(name="array", content=b'[{"a": 1}]\n', code="DLA328", line=1, words=("no object",)),
    Fault(name="indented", content=b'{\n  "a": 1\n}\n', code="DLA328", line=1),
    Fault(name="nested", content=b'{"a": 1}\n\n{"a": [1]}\n', code="DLA328", line=3, column="a", words=("nested",)),
    Fault(name="NaN", content=b'{"a": NaN}\n', code="DLA328", line=1, words=("null",)),
    Fault(name="key twice", content=b'{"a": 1, "a": 2}\n', code="DLA328", line=1, words=("twice",)),
    Fault(name="deep", content=b'{"a": ' + b"[" * 100_000 + b"\n", code="DLA328", line=1),
    Fault(name="keys that look alike", content=b'{"a": 1}\n{"A": 1}\n', code="DLA306"),
    Fault(
        name="many keys",
        content=b'{"a": 1}\n{"b": 1}\n{"c": 1}\n',
        code="DLA318",
        line=3,
        settings=(("max_columns", 2),),
    ),
    Fault(name="no records", content=b"\n\n", code="DLA301"),
    Fault(name="bad byte", content=b'{"a": "\xff"}\n', code="DLA302", line=1),
]
KINDS = [
    Fault(name="pickle", content=b"\x80\x04\x95", code="DLA329", words=("pickle", "to_parquet")),
    Fault(name="HDF5", content=b"\x89HDF\r\n\x1a\n", code="DLA329", words=("HDF5",)),
    Fault(name="Arrow IPC", content=b"ARROW1\x00\x00", code="DLA329", words=("feather",)),
    Fault(name="feather 1", content=b"FEA1xxxx", code="DLA329"),
    Fault(name="numpy", content=b"\x93NUMPY\x01\x00", code="DLA329"),
    Fault(name="HTML", content=b"  <!DOCTYPE html><html>", code="DLA329", words=("HTML",)),
    Fault(name="LFS pointer", content=b"version https://git-lfs.github.com/spec/v1\n", code="DLA329", words=("pull",)),
    Fault(name="xlsx", content=b"PK\x03\x04 [Content_Types].xml", code="DLA330", words=("CSV",)),
    Fault(name="xls", content=b"\xd0\xcf\x11\xe0\xa1\xb1", code="DLA330"),
    Fault(name="Parquet by name only", content=b"a,b\n1,2\n", file="x.parquet", code="DLA319"),
    Fault(name="Parquet magic only", content=b"PAR1" + b"\x00" * 20, file="x.parquet", code="DLA319"),
]


def read(path: Path, **settings: Any) -> pa.Table:
    raw = open_data(DataSpec(path=str(path), **settings))
    return pa.Table.from_batches(raw.batches(1_000))


def refused(fault: Fault, path: Path) -> DlauditError:
    path.write_bytes(fault.content)
    with pytest.raises(fault.kind) as caught:
        read(path, **dict(fault.settings))
    return caught.value


@pytest.mark.parametrize("fault", [*CSV, *KINDS, *(f for f in JSONL)], ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_faulty_file_is_refused_with_code_place_and_remedy(fault: Fault, tmp_path: Path) -> None:
    error = refused(fault, tmp_path / ("test.jsonl" if fault in JSONL else fault.file))
    assert error.code == fault.code, error
    place = error.place
    assert fault.row is None or place.row == fault.row, error
    assert fault.line is None or place.line == fault.line, error
    assert fault.column is None or place.column == fault.column, error
    for word in fault.words:
        assert word in error.message, error.message


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "tset.csv")
    assert caught.value.code == "DLA111"
    assert "'test.csv'" in caught.value.fix


def test_a_folder_is_no_data_file(tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as caught:
        read(tmp_path)
    assert caught.value.code == "DLA329"


def test_no_path_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        open_data(DataSpec())
    assert caught.value.code == "DLA111"


@pytest.mark.parametrize(
    ("content", "settings", "expected"),
    [
        (b"\xef\xbb\xbfa,b\n1,2\n", {}, {"a": ["1"], "b": ["2"]}),
        (b'a,b\r\n"x, ""y""",NA\r\n', {}, {"a": ['x, "y"'], "b": ["NA"]}),
        (b'a,b\n"x\ny",2\n3,4', {}, {"a": ["x\ny", "3"], "b": ["2", "4"]}),
        (b"a,b\r1,2\r3,4\r", {}, {"a": ["1", "3"], "b": ["2", "4"]}),
        (b"a;b\n0,5;02139\n", {"delimiter": ";"}, {"a": ["0,5"], "b": ["02139"]}),
        ("a,b\né,ñ\n".encode("cp1252"), {"encoding": "cp1252"}, {"a": ["é"], "b": ["ñ"]}),
        ("a,b\né,ñ\n".encode("utf-16"), {"encoding": "utf-16"}, {"a": ["é"], "b": ["ñ"]}),
        (b'a,b\n5" pipe,1\n', {}, {"a": ['5" pipe'], "b": ["1"]}),
        (b"a,b\n,\nNone,null\n", {}, {"a": ["", "None"], "b": ["", "null"]}),
        (b"a,b\n=1+1,9007199254740993\n", {}, {"a": ["=1+1"], "b": ["9007199254740993"]}),
    ],
)
def test_csv_cells_are_the_text_that_stands_in_the_file(
    content: bytes, settings: dict[str, Any], expected: dict[str, list[str]], tmp_path: Path
) -> None:
    path = tmp_path / "test.csv"
    path.write_bytes(content)
    assert read(path, **settings).to_pydict() == expected


def test_a_cell_of_the_longest_length_allowed_is_read(tmp_path: Path) -> None:
    """The twin of the long cell: one byte less is no fault."""
    path = tmp_path / "test.csv"
    path.write_bytes(b"a,b\n3," + b"x" * 1_000 + b"\n")
    assert read(path, max_cell=1_000).num_rows == 1
    with pytest.raises(DataRefused):
        read(path, max_cell=999)


def test_json_lines_keep_numbers_as_written_and_miss_absent_keys(tmp_path: Path) -> None:
    path = tmp_path / "test.json"
    path.write_text(
        '{"id": 9007199254740993, "a": 1.0, "b": true}\n\n{"a": "x", "c": 0.10}\n{"id": "007", "b": null}\n'
    )
    table = read(path)
    assert table.to_pydict() == {
        "id": ["9007199254740993", None, "007"],
        "a": ["1", "x", None],
        "b": ["true", None, None],
        "c": [None, "0.10", None],
    }


def test_a_lone_surrogate_in_json_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text('{"a": "\\ud800"}\n')
    assert read(path)["a"].to_pylist() == ["\ufffd"]


def test_kind_is_found_by_content_whatever_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('{"a": 1}\n')
    assert open_data(DataSpec(path=str(path))).format == "jsonl"
    pq.write_table(pa.table({"a": [1]}), path)
    assert open_data(DataSpec(path=str(path))).format == "parquet"


@pytest.mark.parametrize(
    ("column", "word"),
    [
        (pa.array([[1]]), "list"),
        (pa.array([{"x": 1}]), "struct"),
        (pa.array([b"x"]), "binary"),
    ],
)
def test_parquet_columns_that_are_not_flat_are_refused(column: pa.Array, word: str, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1], "b": column}), path)
    with pytest.raises(DataRefused) as caught:
        read(path)
    assert (caught.value.code, caught.value.place.column) == ("DLA319", "b")
    assert word in caught.value.message


def test_parquet_with_a_column_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    with pytest.raises(DataRefused) as caught:
        read(path)
    assert caught.value.code == "DLA306"


def test_parquet_without_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    with pytest.raises(DataRefused) as caught:
        read(path)
    assert caught.value.code == "DLA301"


def test_a_parquet_bomb_is_refused_by_what_it_decodes_to(tmp_path: Path) -> None:
    """A few kilobytes that decode to 200 MB, with a footer that does not say so."""
    path = tmp_path / "bomb.parquet"
    text = pa.array(["x" * 100_000]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), text.dictionary)
    pq.write_table(pa.table({"a": column}), path, store_schema=False)
    assert path.stat().st_size < 50_000
    with pytest.raises(DataRefused) as caught:
        read(path, max_bytes=10_000_000)
    assert caught.value.code == "DLA318"
    assert "data.max_bytes" in caught.value.fix


@pytest.mark.parametrize("seed", range(100))
def test_a_parquet_with_flipped_bytes_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    import numpy as np

    generator = np.random.default_rng(seed)
    path = tmp_path / "x.parquet"
    table = pa.table({"a": list(range(500)), "b": ["F", "M"] * 250, "c": [0.5] * 500})
    pq.write_table(table.set_column(1, "b", table["b"].dictionary_encode()), path)
    content = bytearray(path.read_bytes())
    for at in generator.integers(4, len(content), size=3):
        content[at] ^= 1 << int(generator.integers(8))
    path.write_bytes(content)
    try:
        read(path)
    except DataRefused as error:
        assert error.code in {"DLA301", "DLA306", "DLA307", "DLA318", "DLA319"}


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("a,b\n1,2\n")
    raw = open_data(DataSpec(path=str(path)))
    assert raw.unchanged()
    path.write_text("a,b\n1,3\n")
    assert not raw.unchanged()
    path.unlink()
    assert not raw.unchanged()


def test_a_frame_is_checked_like_a_file() -> None:
    import pandas as pd

    with pytest.raises(DataRefused) as caught:
        frame_table(pd.DataFrame([[1, 2]], columns=["a", "A"]))
    assert caught.value.code == "DLA306"
    with pytest.raises(DataRefused) as caught:
        frame_table(pd.DataFrame({"a": [1, "x", 2.5]}, dtype=object))
    assert (caught.value.code, caught.value.place.column) == ("DLA407", "a")
    with pytest.raises(DataRefused) as caught:
        frame_table(pd.DataFrame({"a": []}))
    assert caught.value.code == "DLA301"


def test_a_frame_keeps_its_types_and_leaves_out_its_index() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1.5, None], "b": pd.Categorical(["F", None]), 3: [True, False]}, index=[7, 8])
    raw = frame_table(frame)
    assert raw.columns == ["a", "b", "3"]
    assert pa.Table.from_batches(raw.batches(10)).to_pydict() == {
        "a": [1.5, None],
        "b": ["F", None],
        "3": [True, False],
    }


@pytest.mark.parametrize("n", [1, 3, 7, 100])
def test_batches_have_the_size_asked_for(n: int) -> None:
    raw = arrow_table(pa.table({"a": list(range(20))}))
    sizes = [batch.num_rows for batch in raw.batches(n)]
    assert sizes[:-1] == [n] * (len(sizes) - 1)
    assert sum(sizes) == 20


def test_a_tsv_is_separated_by_tabs(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text("a\tb\n1,5\t2\n")
    assert read(path).to_pydict() == {"a": ["1,5"], "b": ["2"]}


def test_lines_and_records_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text('a,b\n\n"x\ny",1\n2,3\n')
    raw = open_data(DataSpec(path=str(path)))
    assert (raw.place(1).line, raw.place(2).line, raw.place(3).line) == (3, 5, None)


@pytest.mark.parametrize(
    ("file", "content", "line"),
    [
        ("test.csv", b"a" * 7_000 + b",b\n1,2\n", 1),
        ("test.csv", b"a,b\n1,2\n3," + b"x" * 7_000 + b",5\n", 3),
        ("test.jsonl", b'{"a": 1}\n{"a": "' + b"x" * 7_000 + b'"}\n', 2),
    ],
)
def test_a_line_without_end_is_not_read_into_memory(file: str, content: bytes, line: int, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_bytes(content)
    with pytest.raises(DataRefused) as caught:
        read(path, max_cell=100)
    assert (caught.value.code, caught.value.place.line) == ("DLA318", line)


def test_a_row_longer_than_a_block_is_refused(tmp_path: Path) -> None:
    """Every cell is short enough, but a row of them is not."""
    path = tmp_path / "test.csv"
    names = ",".join(f"c{at}" for at in range(60))
    path.write_text(f"{names}\n" + ",".join(["x" * 250_000] * 60) + "\n")
    with pytest.raises(DataRefused) as caught:
        read(path, max_cell=300_000)
    assert caught.value.code == "DLA318", (caught.value, caught.value.__cause__)
    assert "row is too long" in caught.value.message
    assert read(path, max_cell=8_000_000).num_rows == 1


def test_a_quoted_text_that_holds_line_ends_is_no_fault(tmp_path: Path) -> None:
    """The twin of the unclosed quote: the slow check finds every quote in order, once."""
    path = tmp_path / "test.csv"
    path.write_text('a,b\n"x\n""y""",1\n\n5" pipe,2\n')
    raw = open_data(DataSpec(path=str(path)))
    for _ in range(2):
        assert pa.Table.from_batches(raw.batches(10))["a"].to_pylist() == ['x\n"y"', '5" pipe']


def test_an_abandoned_reading_leaves_pythons_cell_limit_alone(tmp_path: Path) -> None:
    """The limit belongs to the process: another reading, and the caller's own csv, keep theirs."""
    path = tmp_path / "test.csv"
    path.write_text("a,b\n" + "x" * 200_000 + ",1\n3,4\n")
    dialect = Dialect(path=str(path), codec="utf-8-sig", delimiter=",", longest=300_000)
    before = csv.field_size_limit()
    first, second = records(dialect), records(dialect)
    next(first)
    next(second)
    assert csv.field_size_limit() == before
    first.close()
    assert [len(record.cells) for record in second] == [2, 2]
    assert csv.field_size_limit() == before
