"""The shape of what a torch pickle would build, built from inert stand-ins.

Every global resolves to a stand-in class that does nothing and remembers what it was called with; so the names, shapes
and storages of all tensors are known before torch allocates a byte or runs a line.
"""

import io
import math
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dlaudit.errors import ModelRefused, Place
from dlaudit.models.pickles import global_name, read_stream

ITEM_BYTES = {
    "ComplexDouble": 16, "ComplexFloat": 8, "Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4,
    "Short": 2, "Char": 1, "Byte": 1, "Bool": 1, "QInt8": 1, "QUInt8": 1, "QInt32": 4, "QUInt4x2": 1, "QUInt2x4": 1,
    "Untyped": 1,
}  # fmt: skip
"""Bytes of one element of `torch.<name>Storage`."""
_WIDEST = 16
MAX_DEPTH = 200
"""Nesting of a pickled object that is followed."""


@dataclass(frozen=True, kw_only=True)
class TensorOutline:
    """A tensor as the pickle declares it."""

    name: str
    """Dotted path in the pickled object."""
    dtype: str
    """Kind of its storage, as `Float`."""
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    """Offset in its storage, in elements."""
    storage: str
    """Key of its storage: the entry `data/<key>` of the archive."""
    storage_items: int
    """Elements that the storage is said to have."""
    item_bytes: int
    """Bytes of one element."""

    @property
    def declared_bytes(self) -> int:
        """Bytes it would take if it were written out."""
        return math.prod(self.shape) * self.item_bytes


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a pickle would build."""

    top: str
    """What the outermost object is: `dict`, or a class name such as `torch.nn.modules.container.Sequential`."""
    keys: list[str]
    """Its keys, where it is a dict of text keys."""
    tensors: list[TensorOutline] = field(default_factory=list)
    storages: dict[str, int] = field(default_factory=dict)
    """Bytes that each storage is said to have, by key."""
    calls: list[str] = field(default_factory=list)
    """Globals that it would call with arguments while loading."""


class _Inert:
    """Stands for an object of any class."""

    global_name = ""
    calls: ClassVar[set[str]] = set()

    def __new__(cls, *args: Any, **kwargs: Any) -> "_Inert":
        if args:
            cls.calls.add(cls.global_name)
        made = object.__new__(cls)
        made.__dict__.update(arguments=args, state=None, parts=[])
        return made

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any) -> "_Inert":
        return _Inert(*args)

    def __setstate__(self, state: Any) -> None:
        self.__dict__["state"] = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.__dict__["parts"].append((key, value))

    def append(self, value: Any) -> None:
        self.__dict__["parts"].append((str(len(self.__dict__["parts"])), value))

    def add(self, value: Any) -> None:
        self.append(value)


class _InertDict(dict[Any, Any]):
    """Stands for collections.OrderedDict, whose attributes (`_metadata`) are of no interest."""

    global_name = "collections.OrderedDict"

    def __setstate__(self, state: Any) -> None:
        pass


class _Reader(pickle.Unpickler):
    """Resolves every global to an inert class and every storage to its description."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._classes: dict[str, type] = {"collections.OrderedDict": _InertDict}
        self.storages: dict[str, tuple[str, int]] = {}
        self.calls: set[str] = set()

    def find_class(self, module: str, name: str, /) -> type:
        full = global_name(module, name)
        if full not in self._classes:
            self._classes[full] = type("Inert", (_Inert,), {"global_name": full, "calls": self.calls})
        return self._classes[full]

    def persistent_load(self, pid: Any) -> Any:
        if pid[0] == "module":  # torch before 1.6 wrote a class together with its source text
            return pid[1]
        kind, storage, key, _location, items, *_ = pid
        if kind != "storage" or not isinstance(items, int) or items < 0:
            raise ValueError("not a storage")
        named = getattr(storage, "global_name", "")
        dtype = named.rpartition(".")[2].removesuffix("Storage")
        self.storages[str(key)] = (dtype, items)
        return dtype, str(key), items


def outline(data: bytes, place: Place, start: int = 0) -> Outline:
    """What the pickle at `start` would build; nothing of it is imported or run.

    Raises:
        ModelRefused: DLA206, damaged or not a pickle of torch; DLA207, built to exhaust memory.
    """
    stream = read_stream(data, place, start)  # refuses the memory bombs that the unpickler's own memo would fall for
    reader = _Reader(data[start : stream.end])
    try:
        top = reader.load()
        tensors = list(_tensors(top, "", set(), 0))
    except Exception as broken:  # a hostile pickle makes the unpickler raise nearly every built-in type
        raise ModelRefused(
            "DLA206",
            "its pickle is damaged, or was not written by torch",
            place=place,
            fix="Copy or save the file again.",
        ) from broken
    kind = "dict" if isinstance(top, dict) else getattr(top, "global_name", type(top).__name__)
    keys = [key for key in top if isinstance(key, str)] if isinstance(top, dict) else []
    sizes = {key: items * ITEM_BYTES.get(dtype, _WIDEST) for key, (dtype, items) in reader.storages.items()}
    return Outline(top=kind, keys=keys, tensors=tensors, storages=sizes, calls=sorted(reader.calls))


def _tensors(value: Any, path: str, seen: set[int], depth: int) -> Iterator[TensorOutline]:
    """The tensors in `value`, depth first; what occurs twice is named where it occurs first."""
    if id(value) in seen or depth > MAX_DEPTH or isinstance(value, str | int | float | bytes | None):
        return
    seen.add(id(value))
    tensor = _as_tensor(value, path)
    if tensor is not None:
        yield tensor
        return
    for name, part in _parts(value):
        # a module's own tables are not part of a parameter's name
        below = path if name in ("_parameters", "_buffers", "_modules") else f"{path}.{name}".strip(".")
        yield from _tensors(part, below, seen, depth + 1)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((str(position), part) for position, part in enumerate(value))
    elif isinstance(value, _Inert):
        inner = value.__dict__
        yield from ((str(key), part) for key, part in inner["parts"])
        if inner["state"] is not None:
            yield from _parts(inner["state"])
        for argument in inner["arguments"]:
            yield "", argument


def _as_tensor(value: Any, path: str) -> TensorOutline | None:
    """The tensor that a call of one of torch's rebuild functions stands for."""
    if not isinstance(value, _Inert) or not value.global_name.startswith("torch._utils._rebuild_tensor"):
        return None
    storage, offset, shape, strides, *_ = value.__dict__["arguments"]
    dtype, key, items = storage
    sizes, steps = _whole(shape), _whole(strides)
    if len(sizes) != len(steps) or not isinstance(offset, int) or offset < 0:
        raise ValueError("not a tensor")
    return TensorOutline(
        name=path,
        dtype=dtype,
        shape=sizes,
        strides=steps,
        offset=offset,
        storage=key,
        storage_items=items,
        item_bytes=ITEM_BYTES.get(dtype, _WIDEST),
    )


def _whole(numbers: Any) -> tuple[int, ...]:
    if isinstance(numbers, _Inert):  # torch.Size is pickled as a call
        (numbers,) = numbers.__dict__["arguments"]
    if not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise ValueError("not a shape")
    return tuple(numbers)
