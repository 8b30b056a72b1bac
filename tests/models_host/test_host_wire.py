"""Frames: what is written is read back, and nothing that a hostile child writes gets further than WireError."""

import io
import json
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.models.wire import EndedError, Frame, ndarray_of, packed, plain_table, read_frame, send, tensor_table
from dlaudit.models.wire_screen import WireError


def written(frame: Frame) -> bytes:
    pipe = io.BytesIO()
    send(pipe, packed(frame))
    return pipe.getvalue()


def crossed(table: pa.Table) -> pa.Table:
    return read_frame(io.BytesIO(written(Frame(header={}, tables={"t": table})))).tables["t"]


def hostile(stream: bytes | pa.Buffer) -> io.BytesIO:
    """A well-formed frame around one table's bytes that `packed` would not write."""
    data = bytes(stream)
    header = json.dumps({"header": {}, "tables": [["t", len(data)]]}).encode()
    return io.BytesIO(struct.pack("<Q", len(header)) + header + data)


def ipc(table: pa.Table, **options: Any) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int8", "uint8"])
@pytest.mark.parametrize("shape", [(5,), (5, 3), (4, 2, 3), (0,), (0, 7), (0, 2, 3)])
def test_arrays_cross_unchanged(dtype: str, shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    back = ndarray_of(crossed(tensor_table({"inputs": values})), "inputs")
    assert back.dtype == values.dtype
    np.testing.assert_array_equal(back, values)


def test_nan_and_infinity_cross_in_tables() -> None:
    values = np.array([[np.nan, np.inf], [-np.inf, -0.0]])
    np.testing.assert_array_equal(ndarray_of(crossed(tensor_table({"x": values})), "x"), values)


def test_a_tensor_in_several_chunks_and_a_slice_of_one_are_whole_arrays() -> None:
    values = np.arange(12, dtype=np.float32).reshape(6, 2)
    table = tensor_table({"x": values})
    chunked = pa.concat_tables([table.slice(0, 2), table.slice(2, 0), table.slice(2)])
    assert chunked.column("x").num_chunks > 1
    np.testing.assert_array_equal(ndarray_of(crossed(chunked), "x"), values)
    np.testing.assert_array_equal(ndarray_of(table.slice(3, 2), "x"), values[3:5])


def test_arrays_that_are_not_contiguous_cross() -> None:
    values = np.arange(12.0).reshape(3, 4).T[::2]
    np.testing.assert_array_equal(ndarray_of(crossed(tensor_table({"x": values})), "x"), values)


def test_plain_tables_lose_dictionaries_and_metadata_only() -> None:
    sex = pa.array(["F", "M", None]).dictionary_encode()
    table = pa.table({"sex": sex, "none": pa.nulls(3)}).replace_schema_metadata({"pandas": "{}"})
    back = crossed(table)
    assert back.to_pydict() == {"sex": ["F", "M", None], "none": [None] * 3}
    assert back.schema.metadata is None


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {"a": 2}]])
def test_nested_columns_do_not_cross(values: list[Any]) -> None:
    with pytest.raises(WireError, match="type"):
        plain_table(pa.table({"x": values}))


def test_headers_cross_and_nan_is_not_json() -> None:
    header = {"a": [1, 2.5, None, True, "ü"], "b": {"c": "…"}}
    assert read_frame(io.BytesIO(written(Frame(header=header)))).header == header
    with pytest.raises(ValueError, match="JSON compliant"):
        written(Frame(header={"x": float("nan")}))
    text = b'{"header": {"x": NaN}, "tables": []}'
    with pytest.raises(WireError):
        read_frame(io.BytesIO(struct.pack("<Q", len(text)) + text))


@pytest.mark.parametrize(
    "header",
    [
        b"not json",
        b"[]",
        b"[" * 100_000,
        b"null",
        b'{"header": 1, "tables": []}',
        b'{"header": {}}',
        b'{"header": {}, "tables": [["t", -1]]}',
        b'{"header": {}, "tables": [["t", 1e30]]}',
        b'{"header": {}, "tables": [["t", 0], ["t", 0]]}',
        b'{"header": {}, "tables": [["t", 99999999999999]]}',
        b"\xff\xfe\x00",
        b'{"header": {"x": ' + b"9" * 5000 + b'}, "tables": []}',
    ],
)
def test_a_header_of_another_form_is_refused(header: bytes) -> None:
    with pytest.raises(WireError):
        read_frame(io.BytesIO(struct.pack("<Q", len(header)) + header))


def test_a_huge_claim_costs_no_memory() -> None:
    with pytest.raises(WireError):
        read_frame(io.BytesIO(struct.pack("<Q", 2**62)))
    header = json.dumps({"header": {}, "tables": [["t", 2**31 - 1]]}).encode()
    with pytest.raises(EndedError):
        read_frame(io.BytesIO(struct.pack("<Q", len(header)) + header + b"x"))


def test_a_pipe_that_ends_early_has_ended() -> None:
    whole = written(Frame(header={"a": 1}, tables={"t": tensor_table({"x": np.ones((3, 2))})}))
    for cut in (0, 4, 12, len(whole) - 1):
        with pytest.raises(EndedError):
            read_frame(io.BytesIO(whole[:cut]))


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_compressed_tables_are_refused(codec: str) -> None:
    table = pa.table({"x": np.zeros(1_000_000)})
    bomb = ipc(table, compression=codec)
    assert bomb.size < 100_000
    with pytest.raises(WireError, match="compressed"):
        read_frame(hostile(bomb))
    assert read_frame(hostile(ipc(table))).tables["t"].num_rows == 1_000_000


def test_types_that_dlaudit_does_not_write_are_refused() -> None:
    uuid = pa.array([b"0" * 16], pa.uuid())
    zero_width = pa.ExtensionArray.from_storage(
        pa.fixed_shape_tensor(pa.int8(), (0,)), pa.array([[]], pa.list_(pa.int8(), 0))
    )
    for column in (pa.array(["a"]).dictionary_encode(), pa.array([[1]]), pa.nulls(5), uuid, zero_width):
        with pytest.raises(WireError):
            read_frame(hostile(ipc(pa.table({"x": column}))))
    unknown = pa.schema([pa.field("x", pa.int8(), metadata={"ARROW:extension:name": "evil"})])
    with pytest.raises(WireError):
        read_frame(hostile(ipc(pa.table({"x": pa.array([1], pa.int8())}).cast(unknown))))


def test_a_tensor_with_nulls_is_refused() -> None:
    kind = pa.fixed_shape_tensor(pa.float64(), (2,))
    for storage in ([[1.0, None]], [None, [1.0, 2.0]]):
        column = pa.ExtensionArray.from_storage(kind, pa.array(storage, pa.list_(pa.float64(), 2)))
        with pytest.raises(WireError, match="null"):
            read_frame(hostile(ipc(pa.table({"x": column}))))


@given(st.binary(max_size=200))
def test_garbage_never_gets_further_than_an_error_of_the_wire(data: bytes) -> None:
    with pytest.raises((WireError, EndedError)):
        read_frame(io.BytesIO(data))
    with pytest.raises(WireError):
        read_frame(hostile(data))


def test_flipped_bytes_are_read_or_refused_but_never_crash() -> None:
    good = bytes(ipc(pa.concat_tables([tensor_table({"x": np.ones((8, 3)), "y": np.arange(8)})])))
    named = bytes(ipc(pa.table({"s": ["F", "M", "ü"], "n": [1, None, 3]})))
    random = np.random.default_rng(0)
    for stream in (good, named):
        for _ in range(300):
            bad = bytearray(stream)
            bad[random.integers(len(bad))] ^= 1 << random.integers(8)
            try:
                table = read_frame(hostile(bytes(bad))).tables["t"]
            except WireError:
                continue
            for name in table.column_names:
                ndarray_of(table, name)
