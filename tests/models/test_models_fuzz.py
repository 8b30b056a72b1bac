"""Damaged files of every format either load or are refused; nothing else ever happens."""

import struct
from pathlib import Path

import numpy as np
import pytest
from model_cases import rewritten

from dlaudit.errors import DlauditError, ModelRefused
from dlaudit.models.formats import describe_model, load_model
from dlaudit.models.sniff import sniff
from dlaudit.spec import ModelSpec

FORMATS = [
    "mlp.pt2", "mlp.torchscript", "mlp.traced", "mlp.module", "mlp.state_dict", "mlp.legacy", "mlp.safetensors",
]  # fmt: skip
FLIPS = 60


def survives(path: Path) -> bool:
    """Whether the file loads; any error but our own escapes."""
    sniff(path)
    describe_model(path)
    try:
        load_model(path, ModelSpec(), "cpu", None)
    except DlauditError as refused:
        assert refused.exit_code in (2, 3)
        assert "weights_only" not in refused.message
        return False
    return True


@pytest.mark.parametrize("name", FORMATS)
def test_flipped_bytes_never_crash(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    data, random = files[name].read_bytes(), np.random.default_rng(FORMATS.index(name))
    path = tmp_path / "m"
    for _ in range(FLIPS):
        broken = bytearray(data)
        for position in random.integers(0, len(data), size=random.integers(1, 4)):
            broken[position] ^= 1 << int(random.integers(0, 8))
        path.write_bytes(broken)
        survives(path)


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("mlp.pt2", "models/model.json"),
        ("mlp.pt2", "data/weights/model_weights_config.json"),
        ("mlp.pt2", "data/sample_inputs/model.pt"),
        ("mlp.module", "data.pkl"),
        ("mlp.torchscript", "data.pkl"),
        ("mlp.torchscript", "code/__torch__/torch/nn/modules/container.py"),
    ],
)
def test_flipped_bytes_inside_entries_never_crash(
    files: dict[str, Path], tmp_path: Path, name: str, entry: str
) -> None:
    # with a checksum that is right again, so that the damage reaches the parsers
    data, random, path = files[name].read_bytes(), np.random.default_rng(7), tmp_path / "m"

    def flip(entries: dict[str, bytes]) -> None:
        broken = bytearray(entries[entry])
        broken[int(random.integers(0, len(broken)))] ^= 1 << int(random.integers(0, 8))
        entries[entry] = bytes(broken)

    for _ in range(FLIPS // 2):
        path.write_bytes(rewritten(data, flip))
        survives(path)


@pytest.mark.parametrize("name", FORMATS)
def test_truncated_files_are_refused(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    data, path = files[name].read_bytes(), tmp_path / "m"
    for share in (0.01, 0.1, 0.5, 0.9, 0.999):
        path.write_bytes(data[: int(len(data) * share)])
        assert not survives(path)


def header(text: bytes, payload: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(text) if length is None else length) + text + payload


F32 = b'"dtype":"F32","shape":[2]'
BAD_HEADERS = {
    "a length beyond the file": header(b'{"a":1}', length=2**40),
    "a hundred megabytes": header(b'{"', length=100_000_001),
    "no JSON": header(b"{nonsense}"),
    "a list": header(b'{"a":[]}'),
    "a name twice": header(b'{"a":{%b,"data_offsets":[0,8]},"a":{%b,"data_offsets":[0,8]}}' % (F32, F32), bytes(8)),
    "an overlap": header(b'{"a":{%b,"data_offsets":[0,8]},"b":{%b,"data_offsets":[4,12]}}' % (F32, F32), bytes(12)),
    "a gap": header(b'{"a":{%b,"data_offsets":[4,12]}}' % F32, bytes(12)),
    "a polyglot's tail": header(b'{"a":{%b,"data_offsets":[0,8]}}' % F32, bytes(80)),
    "a shape that does not fit": header(b'{"a":{%b,"data_offsets":[0,4]}}' % F32, bytes(4)),
    "a negative size": header(b'{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', bytes(8)),
    "an unknown type": header(b'{"a":{"dtype":"Q9","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    "deep nesting": header(b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
}


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_bad_safetensors_headers_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "m"
    path.write_bytes(BAD_HEADERS[name])
    assert sniff(path).kind == "safetensors"
    with pytest.raises(ModelRefused) as refused:
        load_model(path, ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA208"
    assert describe_model(path)["verdict"] == "refused"
