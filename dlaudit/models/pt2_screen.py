"""The static screen of a `.pt2`: everything torch.export.load would unpickle, evaluate or allocate, checked first.

`torch.export.load` is not safe by itself (torch 2.13): it falls back to full unpickling for example inputs, and
unpickles weights and constants where the file asks for it. What passes here was statically checked, not proven safe.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from dlaudit.errors import ModelRefused, Place, listed, shown
from dlaudit.models.archive import TORCH_ENTRY, Archive, open_archive, storage_sizes
from dlaudit.models.pickle_outline import TensorOutline, outline
from dlaudit.models.pickles import TENSOR_GLOBALS, read_stream
from dlaudit.models.pt2_program import parse_program, refused
from dlaudit.models.sizes import refuse_lies, refuse_reach, refuse_volume

_ENTRIES = re.compile(
    r"data/weights/weight_\d+|data/constants/tensor_\d+|data/(weights|constants)/model_\1_config\.json"
    r"|data/sample_inputs/model\.pt|models/model\.json|archive_format|archive_version|byteorder"
    r"|\.data/(version|serialization_id)|\.format_version|\.storage_alignment|extra/[\w.\-]+",
    re.ASCII,
)
_PAYLOAD = re.compile(r"(weight|tensor)_\d+", re.ASCII)
DTYPES = {
    1: ("uint8", 1), 2: ("int8", 1), 3: ("int16", 2), 4: ("int32", 4), 5: ("int64", 8), 6: ("float16", 2),
    7: ("float32", 4), 8: ("float64", 8), 9: ("complex32", 4), 10: ("complex64", 8), 11: ("complex128", 16),
    12: ("bool", 1), 13: ("bfloat16", 2), 28: ("uint16", 2), 29: ("float8_e4m3fn", 1), 30: ("float8_e5m2", 1),
    31: ("float8_e4m3fnuz", 1), 32: ("float8_e5m2fnuz", 1), 33: ("float8_e8m0fnu", 1), 34: ("uint32", 4),
    35: ("uint64", 8),
}  # fmt: skip
"""Name and bytes of an element by torch's serialised dtype number."""


@dataclass(frozen=True, kw_only=True)
class Screened:
    """A `.pt2` that passed."""

    program: dict[str, Any]
    """The checked models/model.json."""
    tensors: list[tuple[str, str, tuple[int, ...]]]
    """Name, dtype and shape of every weight and constant."""


def screen_pt2(data: bytes, place: Place) -> Screened:
    """What the file holds, if nothing in it could run code or exhaust memory while torch loads it.

    Raises:
        ModelRefused: DLA202 naming the hole; DLA206 damaged; DLA207 larger than it is.
    """
    archive = open_archive(data, place)
    odd = [name for name in archive.names() if not _ENTRIES.fullmatch(name)]
    if odd:
        raise refused(f"unexpected entries {listed(odd, most=3)}", place)
    tensors = [tensor for part in ("weights", "constants") for tensor in _payloads(archive, part)]
    refuse_volume(((t.name, t.declared_bytes) for t in tensors), len(data), place)
    _screen_examples(archive)
    program = parse_program(archive.read("models/model.json"), place)
    return Screened(program=program, tensors=[(t.name, t.dtype, t.shape) for t in tensors])


def _screen_examples(archive: Archive) -> None:
    """Refuses example inputs that are not plain tensors: torch.export.load unpickles them in full."""
    name = "data/sample_inputs/model.pt"
    if archive.size(name) in (None, 0):
        return
    data = archive.read(name)
    if not data.startswith(b"PK\x03\x04"):
        raise refused("its example inputs (sample_inputs) are a bare pickle", archive.place)
    inner = open_archive(data, archive.place)
    odd = [entry for entry in inner.names() if not TORCH_ENTRY.fullmatch(entry)]
    foreign = [g for g in read_stream(inner.read("data.pkl"), archive.place).globals if g not in TENSOR_GLOBALS]
    if odd or foreign:
        raise refused(f"its example inputs (sample_inputs) hold {listed(odd or foreign)}", archive.place)
    refuse_lies(outline(inner.read("data.pkl"), archive.place), storage_sizes(inner), len(data), archive.place)


def _payloads(archive: Archive, part: str) -> list[TensorOutline]:
    """The tensors that `part` (`weights` or `constants`) declares, each checked against the bytes that are there."""
    listing = _json(archive, f"data/{part}/model_{part}_config.json")
    config = listing.get("config")
    if not isinstance(config, dict):
        raise _damaged(archive, part)
    return [_payload(archive, part, name, entry) for name, entry in config.items()]


def _payload(archive: Archive, part: str, name: str, entry: Any) -> TensorOutline:
    if not isinstance(entry, dict) or not isinstance(entry.get("path_name"), str):
        raise _damaged(archive, part)
    if not re.fullmatch(r"\w[\w.\-]*", name, re.ASCII):
        raise refused(f"the parameter name {shown(name)} would become source text", archive.place)
    path = entry["path_name"]
    if entry.get("use_pickle") is not False:
        raise refused(f"{part[:-1]} {shown(name)} is pickled (use_pickle)", archive.place)
    if not _PAYLOAD.fullmatch(path):
        raise refused(f"{part[:-1]} {shown(name)} is {shown(path)}, an object to unpickle", archive.place)
    stored = archive.size(f"data/{part}/{path}")
    if stored is None:
        raise _damaged(archive, part)
    tensor = _declared(archive, part, name, entry.get("tensor_meta"), stored)
    # torch makes zeros of the declared shape where the payload is empty
    if stored == 0 and 0 not in tensor.shape:
        raise ModelRefused(
            "DLA207",
            f"{part[:-1]} {shown(name)} declares shape {list(tensor.shape)} and holds no bytes",
            place=archive.place,
            fix="Export the model again.",
        )
    refuse_reach(tensor, archive.place)
    return tensor


def _declared(archive: Archive, part: str, name: str, meta: Any, stored: int) -> TensorOutline:
    try:
        dtype, item_bytes = DTYPES[meta["dtype"]]
        shape, strides = ([_natural(n["as_int"]) for n in meta[key]] for key in ("sizes", "strides"))
        offset = _natural(meta["storage_offset"]["as_int"])
        tensor = TensorOutline(
            name=name,
            dtype=dtype,
            shape=tuple(shape),
            strides=tuple(strides),
            offset=offset,
            storage=part,
            storage_items=stored // item_bytes,
            item_bytes=item_bytes,
        )
        if len(shape) != len(strides):
            raise ValueError("shape and strides differ")
    except (KeyError, TypeError, ValueError) as broken:
        raise _damaged(archive, part) from broken
    return tensor


def _natural(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError("not a natural number")
    return number


def _json(archive: Archive, name: str) -> dict[str, Any]:
    try:
        parsed = json.loads(archive.read(name))
    except (ValueError, RecursionError) as broken:
        raise archive.damaged(f"the entry {shown(name)} is damaged") from broken
    return parsed if isinstance(parsed, dict) else {}


def _damaged(archive: Archive, part: str) -> ModelRefused:
    return archive.damaged(f"the list of {part} is damaged")
