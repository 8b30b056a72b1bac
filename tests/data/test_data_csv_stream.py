"""Arrow reads ahead in a thread; a reading that ends early must not leave it a descriptor to go on with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dlaudit.data import csv_source
from dlaudit.data.open import open_data
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused
from dlaudit.spec import DataSpec


def left_early(raw: RawTable) -> None:
    rows = raw.batches(10)
    next(rows)
    rows.close()  # type: ignore[attr-defined]


def refused(raw: RawTable) -> None:
    with pytest.raises(DataRefused):
        list(raw.batches(10))


def read_whole(raw: RawTable) -> None:
    list(raw.batches(10))


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize(("reading", "last_row"), [(left_early, "1,2"), (read_whole, "1,2"), (refused, "1,2,3")])
def test_arrow_is_given_a_file_of_pythons_that_is_closed_when_the_reading_ends(
    reading: Callable[[RawTable], None], last_row: str, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrow's own file goes on with the bare number, and then eats bytes of the next file that is opened."""
    streams: list[Any] = []
    opened = csv_source.csv.open_csv

    def noted(stream: Any, **options: Any) -> Any:
        streams.append(stream)
        return opened(stream, **options)

    path = tmp_path / "test.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + last_row + "\n")
    monkeypatch.setattr(csv_source.csv, "open_csv", noted)
    reading(open_data(DataSpec(path=str(path), encoding=encoding)))
    # isinstance(…, io.IOBase) would not tell them apart: pyarrow registers its own files as such.
    assert [(isinstance(stream, pa.NativeFile), stream.closed) for stream in streams] == [(False, True)]
