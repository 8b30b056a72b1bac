"""What an Arrow stream from the model's process may hold: plain columns, uncompressed, and nothing that grows."""

import struct

import pyarrow as pa

_HEADER, _COMPRESSION = 2, 3  # fields of the Message and RecordBatch tables of Arrow's flatbuffer schema


class WireError(ValueError):
    """What came through the pipe does not follow the protocol."""


def screen_stream(stream: pa.Buffer) -> None:
    """Nothing, if the stream is a schema and uncompressed record batches.

    Dictionaries and compression are refused because a small stream could then unfold to any size in this process.

    Raises:
        WireError: Another kind of message, or a compressed one.
        pa.ArrowInvalid: No Arrow stream at all.
    """
    for message in pa.ipc.MessageReader.open_stream(stream):
        if message.type not in {"schema", "record batch"}:
            raise WireError(f"an Arrow message of kind {message.type}")
        if message.type == "record batch" and _is_compressed(message.metadata.to_pybytes()):
            raise WireError("compressed columns")


def check_schema(schema: pa.Schema) -> None:
    """Nothing, if every column is of a plain type or a fixed-shape tensor of numbers.

    Raises:
        WireError: Nested, extension or dictionary types, a repeated name, or a tensor without elements.
    """
    if len(set(schema.names)) != len(schema.names):
        raise WireError("two columns of one name")
    for field in schema:
        if isinstance(field.type, pa.FixedShapeTensorType):
            if not is_number(field.type.value_type) or not all(size > 0 for size in field.type.shape):
                raise WireError(f"a tensor column of type {field.type}")
        elif not is_plain(field.type) or b"ARROW:extension:name" in (field.metadata or {}):
            raise WireError(f"a column of type {field.type}")


def check_values(table: pa.Table) -> None:
    """Nothing, if the table is consistent in itself and its tensors have no nulls.

    Raises:
        pa.ArrowInvalid: Lengths, offsets or text that cannot be.
        WireError: A tensor with nulls, or rows without columns.
    """
    table.validate(full=True)
    if table.num_rows and not table.num_columns:
        raise WireError("rows without columns")
    for column in table.columns:
        if isinstance(column.type, pa.FixedShapeTensorType):
            nulls = column.null_count + sum(chunk.storage.flatten().null_count for chunk in column.chunks)
            if nulls:
                raise WireError("a tensor column with nulls")


def is_number(kind: pa.DataType) -> bool:
    """Whether values of the type are numbers of numpy."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def is_plain(kind: pa.DataType) -> bool:
    """Whether the type is a number, a truth value, text, bytes, a decimal or a time."""
    types = pa.types
    return is_number(kind) or any(
        test(kind)
        for test in (
            types.is_boolean,
            types.is_string,
            types.is_large_string,
            types.is_binary,
            types.is_large_binary,
            types.is_decimal,
            types.is_temporal,
        )
    )


def _is_compressed(message: bytes) -> bool:
    """Whether the record batch of this flatbuffer names a codec; pyarrow verified it but does not tell."""
    try:
        (root,) = struct.unpack_from("<I", message, 0)
        at = _field(message, root, _HEADER)
        if at is None:
            raise WireError("a record batch without header")
        (offset,) = struct.unpack_from("<I", message, at)
        return _field(message, at + offset, _COMPRESSION) is not None
    except struct.error as short:
        raise WireError("a record batch that is cut off") from short


def _field(message: bytes, table: int, index: int) -> int | None:
    """Position of a table's field; None where it has its default."""
    (back,) = struct.unpack_from("<i", message, table)
    vtable = table - back
    (size,) = struct.unpack_from("<H", message, vtable)
    slot = 4 + 2 * index
    if slot + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", message, vtable + slot)
    return table + offset if offset else None
