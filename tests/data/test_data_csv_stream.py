"""Arrow reads ahead in a thread that outlives a reading which fails or is left early: it must harm nobody."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dlaudit.data import csv_source
from dlaudit.data.open import open_data
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused
from dlaudit.spec import DataSpec

REFUSED = """
import sys
import pyarrow as pa
from pyarrow import csv
try:
    for batch in csv.open_csv({stream}, parse_options=csv.ParseOptions(newlines_in_values=True)):
        pass
except pa.ArrowInvalid:
    sys.exit(3)
"""


def left_early(raw: RawTable) -> None:
    rows = raw.batches(10)
    next(rows)
    rows.close()  # type: ignore[attr-defined]


def refused(raw: RawTable) -> None:
    with pytest.raises(DataRefused):
        list(raw.batches(10))


def read_whole(raw: RawTable) -> None:
    list(raw.batches(10))


READINGS = [(left_early, "1,2"), (read_whole, "1,2"), (refused, "1,2,3")]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
@pytest.mark.parametrize(("reading", "last_row"), READINGS)
def test_arrow_is_given_a_file_of_its_own_that_nobody_closes(
    reading: Callable[[RawTable], None], last_row: str, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Python file aborts an interpreter that ends during a read; a closed one of Arrow's reads from the next file."""
    streams: list[Any] = []
    opened = csv_source.csv.open_csv

    def noted(stream: Any, **options: Any) -> Any:
        streams.append(stream)
        return opened(stream, **options)

    path = tmp_path / "test.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + last_row + "\n", encoding=encoding)
    monkeypatch.setattr(csv_source.csv, "open_csv", noted)
    reading(open_data(DataSpec(path=str(path), encoding=encoding)))
    assert [(isinstance(stream, pa.NativeFile), stream.closed) for stream in streams] == [(True, False)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("reading", "last_row"), READINGS)
def test_files_are_closed_and_copies_gone_once_a_reading_has_ended(
    reading: Callable[[RawTable], None], last_row: str, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("no /proc to count open files in")
    path, copies = tmp_path / "test.csv", tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    path.write_text("a,b\n" + "1,2\n" * 100 + last_row + "\n", encoding=encoding)
    for _ in range(20):
        reading(open_data(DataSpec(path=str(path), encoding=encoding)))
    names = [os.readlink(one) for one in descriptors.iterdir() if one.is_symlink()]
    assert sum(str(tmp_path) in name for name in names) <= 1, "at most one that a thread still reads"
    assert not list(copies.iterdir())


def leaving(stream: str, path: Path) -> set[int]:
    """Exit codes of interpreters that end right after a refusal, many at a time."""
    source = REFUSED.format(stream=stream.format(path=str(path)))

    def code(_: int) -> int:
        return subprocess.run([sys.executable, "-c", source], capture_output=True, check=False).returncode

    with ThreadPoolExecutor(8) as many:
        return set(many.map(code, range(24)))


def test_a_refusal_at_the_end_of_a_process_aborts_nothing(tmp_path: Path) -> None:
    """A Python file in its place aborted 2 of 400 (code -6): too seldom for a twin that must fail."""
    path = tmp_path / "short.csv"
    path.write_text("a,b,c\n1,2,3\n1,2\n")
    assert leaving("pa.OSFile({path!r})", path) == {3}
