"""safetensors files: weights without code. Their header is validated here; the user's load_model reads them."""

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

from dlaudit.errors import ModelRefused, Place, shown
from dlaudit.models.model import Loaded, Model
from dlaudit.models.request import LoadRequest
from dlaudit.models.sniff import MAX_SAFETENSORS_HEADER
from dlaudit.models.torch_pickle import counted

_BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32,
    "U16": 16, "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "C64": 64,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StoredTensor:
    """A tensor of a safetensors file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read_header(data: bytes, place: Place) -> list[StoredTensor]:
    """The tensors of the file, in the order of their bytes.

    Raises:
        ModelRefused: DLA208, the header breaks the format: too long, no JSON, a name twice, gaps, overlaps, or sizes
            that do not add up to the file.
    """
    try:
        (length,) = struct.unpack("<Q", data[:8])
        if length > MAX_SAFETENSORS_HEADER or length > len(data) - 8:
            raise ValueError(f"its header is said to be {length:,} bytes long")
        header = json.loads(data[8 : 8 + length], object_pairs_hook=_unique)
        tensors = sorted(
            (_stored(name, entry) for name, entry in header.items() if name != "__metadata__"),
            key=lambda tensor: (tensor.begin, tensor.end),
        )
        _refuse_gaps(tensors, len(data) - 8 - length)
    except (struct.error, KeyError, TypeError, AttributeError, ValueError, RecursionError) as broken:
        said = str(broken) if type(broken) is ValueError else "its header is damaged"
        raise ModelRefused(
            "DLA208",
            f"the safetensors file is not valid: {said}",
            place=place,
            fix="Save it again with safetensors.torch.save_file, or copy it again.",
        ) from broken
    return tensors


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in its header")
    return found


def _stored(name: str, entry: dict[str, Any]) -> StoredTensor:
    begin, end = entry["data_offsets"]
    shape, dtype = tuple(entry["shape"]), entry["dtype"]
    numbers = (begin, end, *shape)
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in numbers):
        raise ValueError(f"tensor {shown(name)} has a shape or offset that is no natural number")
    if dtype not in _BITS:
        raise ValueError(f"tensor {shown(name)} has the unknown type {shown(dtype)}")
    if (end - begin) * 8 != math.prod(shape) * _BITS[dtype]:
        raise ValueError(f"tensor {shown(name)} of shape {list(shape)[:8]} does not fit its {end - begin:,} bytes")
    return StoredTensor(name=name, dtype=dtype, shape=shape, begin=begin, end=end)


def _refuse_gaps(tensors: list[StoredTensor], held: int) -> None:
    """The format allows no byte outside a tensor, so that a file cannot also be something else."""
    position = 0
    for tensor in tensors:
        if tensor.begin != position:
            raise ValueError(f"tensor {shown(tensor.name)} overlaps another or leaves a gap")
        position = tensor.end
    if position != held:
        raise ValueError(f"its tensors take {position:,} bytes and the file holds {held:,}")


def load_safetensors(request: LoadRequest) -> tuple[Model, Loaded]:
    """Never a model: weights alone cannot run.

    Raises:
        ModelRefused: DLA208, the file is not valid; DLA204, it holds weights only.
    """
    tensors = read_header(request.data, request.place)
    raise ModelRefused(
        "DLA204",
        f"the file holds weights only: {counted((tensor.name, tensor.shape) for tensor in tensors)}",
        place=request.place,
        fix="Give --code FILE.py with load_model(path, device), which builds the model and loads the weights into it.",
    )
