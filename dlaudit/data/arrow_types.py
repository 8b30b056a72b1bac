"""Arrow columns in the few types that the audit reads: text, numbers, booleans, dates and times."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from dlaudit.errors import DataRefused, Place, shown


def check_types(schema: pa.Schema, columns: Sequence[str], file: str | None, lists: Sequence[str] = ()) -> None:
    """Nothing, where those columns are flat, or lists of numbers where they are in `lists`.

    Raises:
        DataRefused: A nested, binary or extension type, or times of an unknown zone (DLA319).
    """
    for name in columns:
        kind = schema.field(name).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if name in lists and is_series(kind):
            continue
        if not _is_plain(kind):
            raise DataRefused(
                "DLA319",
                f"the column has the type {shown(kind, quote=False)}",
                place=Place(file=file, column=name),
                expected="text, numbers, booleans, dates or times",
                fix="Leave the column out, or spread it over columns of its own.",
            )
        if pa.types.is_timestamp(kind) and not _can_be_told(kind):
            raise DataRefused(
                "DLA319",
                f"its times are of the zone {shown(kind.tz)}, which this system does not know",
                place=Place(file=file, column=name),
                expected="a zone of the IANA database, as Europe/Berlin",
                fix="Correct the zone, or write the times in UTC.",
            )


def is_series(kind: pa.DataType) -> bool:
    """Whether a type is a list of numbers, or a list of such lists."""
    types = pa.types
    while types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        kind = kind.value_type
        if types.is_integer(kind) or types.is_floating(kind):
            return True
    return False


def _can_be_told(kind: pa.TimestampType) -> bool:
    """Whether a time of that zone can be written as text."""
    try:
        pc.strftime(pa.array([0], kind))
    except pa.ArrowException:
        return False
    return True


def plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with dictionaries decoded, and text and small floats in one type each."""
    arrays = [_plain(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def decoded_bytes(column: pa.Array) -> int:
    """Bytes of text that a dictionary column has once decoded; 0 for other columns."""
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return 0
    lengths = pc.binary_length(column.dictionary)
    return int(pc.sum(lengths.cast(pa.int64()).take(column.indices)).as_py() or 0)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_plain(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        _is_text(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_boolean(kind)
        or types.is_decimal(kind)
        or types.is_date(kind)
        or types.is_timestamp(kind)
        or types.is_time(kind)
        or types.is_null(kind)
    )


def _plain(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if _is_text(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    return column.cast(pa.float32()) if pa.types.is_float16(kind) else column
