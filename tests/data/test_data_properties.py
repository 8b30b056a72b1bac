"""Whatever the bytes, a file is read or refused; what the reader reads is what Python's own csv writes."""

import csv
import io
import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.data.ids import text_hashes
from dlaudit.data.names import folded
from dlaudit.data.open import open_data
from dlaudit.errors import DlauditError
from dlaudit.spec import DataSpec

CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
NASTY = st.lists(st.sampled_from(['"', ",", "\n", "\r", ";", "a", "1", " ", "é", "\t", '""', "{", "}"]), max_size=30)


def read(content: bytes, suffix: str = ".csv") -> pa.Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"test{suffix}"
        path.write_bytes(content)
        raw = open_data(DataSpec(path=str(path)))
        return pa.Table.from_batches(raw.batches(3), schema=pa.schema([(name, pa.string()) for name in raw.columns]))


@settings(deadline=None)
@given(content=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for suffix in (".csv", ".jsonl"):
        try:
            read(content, suffix)
        except DlauditError as error:
            assert error.exit_code in {2, 3}


@settings(max_examples=300, deadline=None)
@given(parts=NASTY)
def test_any_text_of_quotes_and_commas_is_read_or_refused(parts: list[str]) -> None:
    try:
        read(("a,b\n" + "".join(parts)).encode())
    except DlauditError as error:
        assert error.exit_code == 3


@settings(deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, ...]]) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    table = read(written.getvalue().encode())
    assert [tuple(row.values()) for row in table.to_pylist()] == rows


@settings(deadline=None)
@given(texts=st.lists(CELLS, max_size=20), start=st.integers(0, 5))
def test_equal_texts_have_equal_hashes_wherever_they_stand(texts: list[str], start: int) -> None:
    whole = pa.array(texts, pa.string())
    part = whole.slice(min(start, len(texts)))
    hashes = dict(zip(whole.to_pylist(), text_hashes(whole).tolist(), strict=True))
    assert [hashes[text] for text in part.to_pylist()] == text_hashes(part).tolist()
    assert len(set(hashes.values())) == len(hashes)


@settings(deadline=None)
@given(name=st.text(max_size=5))
def test_folding_a_name_twice_changes_nothing_for_blanks_and_case(name: str) -> None:
    assert folded(f" {name.upper()} ") == folded(name.upper())
