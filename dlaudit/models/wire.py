"""Frames of a JSON header and Arrow tables over a binary pipe: all that crosses between dlaudit and a model's process.

A frame is the header's length (8 bytes, little endian), the header, and one Arrow IPC stream per table that the
header names. Nothing here can execute what it reads: there is no pickle, and what Arrow reads is validated before it
is used. The parent trusts nothing of it; a model's own program may have written it.
"""

import json
import struct
from dataclasses import dataclass, field
from typing import IO, Any

import pyarrow as pa

from dlaudit.models.wire_screen import WireError, check_schema, check_values, is_plain, screen_stream
from dlaudit.tensors import is_tensor as is_tensor
from dlaudit.tensors import ndarray_of as ndarray_of
from dlaudit.tensors import tensor_table as tensor_table

MOST_HEADER = 64 * 2**20
"""Longest header, in bytes."""
MOST_TABLES = 2 * 2**30
"""Largest total of a frame's tables, in bytes."""
_PIECE = 2**20
_LENGTH = struct.Struct("<Q")


class EndedError(EOFError):
    """The other side closed the pipe."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What one side tells the other."""

    header: dict[str, Any]
    """JSON."""
    tables: dict[str, pa.Table] = field(default_factory=dict)
    """By name."""


def packed(frame: Frame) -> list[bytes | pa.Buffer]:
    """The parts of a frame as they go through a pipe.

    Raises:
        WireError: It is larger than the other side reads, or has columns that do not cross.
        ValueError: Its header is no JSON.
    """
    streams = {name: _stream(table) for name, table in frame.tables.items()}
    if sum(stream.size for stream in streams.values()) > MOST_TABLES:
        raise WireError(f"more than {MOST_TABLES:,} bytes at once")
    sizes = [[name, stream.size] for name, stream in streams.items()]
    header = json.dumps({"header": frame.header, "tables": sizes}, allow_nan=False).encode()
    if len(header) > MOST_HEADER:
        raise WireError(f"a header of more than {MOST_HEADER:,} bytes")
    return [_LENGTH.pack(len(header)) + header, *streams.values()]


def send(pipe: IO[bytes], parts: list[bytes | pa.Buffer]) -> None:
    """Write a packed frame.

    Raises:
        BrokenPipeError: The other side is gone.
    """
    for part in parts:
        pipe.write(part)
    pipe.flush()


def read_frame(pipe: IO[bytes], *, most: int = MOST_TABLES) -> Frame:
    """The next frame, every table validated.

    Memory grows with the bytes that arrive, never with the sizes that are claimed.

    Args:
        pipe: Where to read.
        most: Largest total of the tables, in bytes.

    Raises:
        WireError: It is no frame, or larger than allowed.
        EndedError: The pipe ended first.
    """
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    if length > MOST_HEADER:
        raise WireError(f"a header of {length:,} bytes")
    header, sizes = _parsed(_exactly(pipe, length))
    if sum(sizes.values()) > most:
        raise WireError(f"tables of {sum(sizes.values()):,} bytes")
    return Frame(header=header, tables={name: _table(_exactly(pipe, size)) for name, size in sizes.items()})


def plain_table(table: pa.Table) -> pa.Table:
    """The table as it can cross: dictionaries decoded, all-null columns as text, and no metadata.

    Raises:
        WireError: A column of another type, as a list or a struct.
    """
    columns = {}
    for at, one in enumerate(table.schema):
        column, kind = table.column(at), one.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_null(kind) or pa.types.is_string_view(kind):
            column, kind = column.cast(pa.string()), pa.string()
        if not is_plain(kind) and not isinstance(kind, pa.FixedShapeTensorType):
            raise WireError(f"column {one.name!r} is of type {kind}")
        if one.name in columns:
            raise WireError(f"two columns are called {one.name!r}")
        columns[one.name] = column
    return pa.table(columns)


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    plain = plain_table(table)
    with pa.ipc.new_stream(sink, plain.schema) as writer:
        writer.write_table(plain)
    return sink.getvalue()


def _table(data: bytearray) -> pa.Table:
    buffer = pa.py_buffer(data)
    try:
        screen_stream(buffer)
        with pa.ipc.open_stream(buffer) as reader:
            check_schema(reader.schema)
            table = reader.read_all()
        check_values(table)
    except WireError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as broken:
        raise WireError("a table that is not valid Arrow") from broken
    return table


def _parsed(header: bytearray) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        whole = json.loads(header, parse_constant=_refuse)
    except (ValueError, RecursionError) as broken:
        raise WireError("a header that is not JSON") from broken
    if not isinstance(whole, dict) or not isinstance(whole.get("header"), dict):
        raise WireError("a header of another form")
    sizes: dict[str, int] = {}
    written = whole.get("tables")
    for entry in written if isinstance(written, list) else [None]:
        match entry:
            case [str(name), int(size)] if size >= 0 and name not in sizes:
                sizes[name] = size
            case _:
                raise WireError("a list of tables of another form")
    return whole["header"], sizes


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _exactly(pipe: IO[bytes], count: int) -> bytearray:
    data = bytearray()
    while len(data) < count:
        piece = pipe.read(min(count - len(data), _PIECE))
        if not piece:
            raise EndedError("the pipe ended")
        data += piece
    return data
