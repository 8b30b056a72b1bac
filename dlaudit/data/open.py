"""Any table, opened: a file of any kind that is read, an Arrow table, a DataFrame."""

from typing import TYPE_CHECKING, NoReturn

import pyarrow as pa

from dlaudit.data.csv_records import Dialect, header
from dlaudit.data.csv_source import CsvSource
from dlaudit.data.demographics import with_demographics
from dlaudit.data.facts import digest, text_codec, text_facts
from dlaudit.data.jsonl_source import JsonlSource
from dlaudit.data.kinds import sniff
from dlaudit.data.limits import Limits
from dlaudit.data.memory_source import MemorySource
from dlaudit.data.names import check_names
from dlaudit.data.parquet_source import ParquetSource
from dlaudit.data.raw import RawTable as RawTable
from dlaudit.errors import DataRefused, Place, UsageError, shown
from dlaudit.spec import DataSpec

if TYPE_CHECKING:
    import pandas as pd


def open_data(spec: DataSpec) -> RawTable:
    """The rows of `data.path`, by its content: CSV, JSON lines or Parquet; with those of `data.demographics` joined.

    Raises:
        UsageError: No such file (DLA111), no such encoding (DLA302).
        DataRefused: The file is of another kind, empty, not text, or its header is unusable (DLA301-307, 317-319,
            328-330).
    """
    if spec.path is None:
        raise UsageError("DLA111", "no data was given", expected="--data FILE", fix="Name the evaluation set.")
    return add_demographics(open_file(spec.path, spec), spec)


def open_file(path: str, spec: DataSpec) -> RawTable:
    """The rows of one file, read as `spec` says.

    Raises:
        UsageError, DataRefused: As `open_data`.
    """
    openers = {"csv": _open_csv, "jsonl": _open_jsonl, "parquet": _open_parquet}
    return openers[sniff(path)](path, spec)


def add_demographics(raw: RawTable, spec: DataSpec) -> RawTable:
    """The table with the columns of `data.demographics` joined; itself where none is named.

    Raises:
        UsageError, DataRefused: The second file cannot be read, or not be joined (DLA306, DLA308, DLA321).
    """
    if spec.demographics is None:
        return raw
    return with_demographics(raw, spec, open_file(spec.demographics, spec))


def arrow_table(table: pa.Table, path: str | None = None) -> RawTable:
    """The rows of an Arrow table.

    Args:
        table: Flat columns.
        path: File it came from, for messages and the record.

    Raises:
        DataRefused: Names are unusable (DLA306, DLA307), or there are no rows (DLA301).
    """
    limits = Limits.of(DataSpec())
    names = table.column_names
    check_names(names, file=path, most=limits.columns)
    return RawTable(
        path=path,
        sha256=None,
        format="memory",
        columns=names,
        rows=table.num_rows or _no_rows(path),
        source=MemorySource(table, path),
        limits=limits,
    )


def frame_table(frame: "pd.DataFrame") -> RawTable:
    """The rows of a DataFrame; its index is not read.

    Raises:
        DataRefused: Names are unusable (DLA306, DLA307), a column mixes types (DLA407), or there are no rows (DLA301).
    """
    names = [str(name) for name in frame.columns]
    check_names(names, file=None, most=Limits.of(DataSpec()).columns)
    arrays = []
    for name, (_, series) in zip(names, frame.items(), strict=True):
        try:
            arrays.append(pa.Array.from_pandas(series))
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise DataRefused(
                "DLA407",
                f"the column mixes types: {shown(str(error), limit=100, quote=False)}",
                place=Place(column=name),
                fix=f"Give it one type, as frame[{name!r}].astype(str).",
            ) from error
    columns = [array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array]) for array in arrays]
    return arrow_table(pa.Table.from_arrays(columns, names=names))


def _open_csv(path: str, spec: DataSpec) -> RawTable:
    facts = text_facts(path, spec.encoding)
    delimiter = spec.delimiter or ("\t" if path.lower().endswith(".tsv") else ",")
    dialect = Dialect(path=path, codec=text_codec(spec.encoding), delimiter=delimiter, longest=spec.max_cell)
    names = header(dialect)
    check_names(names, file=path, most=spec.max_columns)
    source = CsvSource(dialect, names, facts)
    return RawTable(
        path=path,
        sha256=facts.sha256,
        format="csv",
        columns=names,
        rows=None if source.line_of(1) is not None else _no_rows(path),
        source=source,
        limits=Limits.of(spec),
    )


def _open_jsonl(path: str, spec: DataSpec) -> RawTable:
    facts = text_facts(path, spec.encoding)
    source = JsonlSource(path, text_codec(spec.encoding), Limits.of(spec))
    names, rows = source.names()
    check_names(names, file=path, most=spec.max_columns)
    return RawTable(
        path=path,
        sha256=facts.sha256,
        format="jsonl",
        columns=names,
        rows=rows,
        source=source,
        limits=Limits.of(spec),
    )


def _open_parquet(path: str, spec: DataSpec) -> RawTable:
    sha256 = digest(path)
    source = ParquetSource(path, Limits.of(spec))
    names = list(source.schema.names)
    check_names(names, file=path, most=spec.max_columns)
    return RawTable(
        path=path,
        sha256=sha256,
        format="parquet",
        columns=names,
        rows=source.rows or _no_rows(path),
        source=source,
        limits=Limits.of(spec),
    )


def _no_rows(path: str | None) -> NoReturn:
    raise DataRefused(
        "DLA301",
        "there is a header and no rows",
        place=Place(file=path),
        fix="Give a file with at least one row.",
    )
