"""Pickles read as data: which globals a stream names, found by walking its opcodes. Nothing is imported or run."""

import pickletools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dlaudit.errors import ModelRefused, Place
from dlaudit.models.words import words

MAX_OPCODES = 50_000_000
"""Opcodes of one stream."""
_PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_IMPORTS = {"GLOBAL", "INST"}
_MEMO_GET = {"GET", "BINGET", "LONG_BINGET"}
_MEMO_PUT = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
UNKNOWN_GLOBAL = "(a name computed at load)"
"""Stands for a global whose name is not written as two plain strings before its opcode."""

DANGEROUS_MODULES = words(
    """
    asyncio bdb builtins cffi code codecs codeop commands cProfile ctypes distutils doctest ensurepip functools gc
    glob http idlelib importlib inspect io ipaddress linecache logging marshal multiprocessing nt ntpath numpy.f2py
    numpy.testing operator os pathlib pdb pickle pip pkgutil platform posix posixpath profile pty pydoc requests
    runpy shelve shutil signal site smtplib socket sqlite3 ssl subprocess sys tempfile test threading timeit trace
    types unittest urllib uuid venv webbrowser zipimport torch.hub torch.jit torch.load torch.package
    torch.serialization torch.storage torch.utils torch._dynamo torch._inductor torch.fx torch.ops torch.classes
    torch.distributed torch.multiprocessing
    """
)
"""Modules whose functions no model needs: only the wording of a refusal depends on this list, never the refusal."""
_STORAGES = words(
    """
    ComplexDouble ComplexFloat Double Float Half BFloat16 Long Int Short Char Byte Bool QInt8 QUInt8 QInt32 QUInt4x2
    QUInt2x4 Untyped
    """
)
_DTYPES = words(
    """
    bfloat16 bool complex32 complex64 complex128 float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32
    uint64 float8_e4m3fn float8_e5m2 strided sparse_coo
    """
)
TENSOR_GLOBALS = frozenset(
    [f"torch.{name}Storage" for name in _STORAGES]
    + [f"torch.storage.{name}Storage" for name in ("Untyped", "Typed")]
    + [f"torch.{name}" for name in (*_DTYPES, "Size", "device", "Tensor")]
    + [f"torch._utils._rebuild_{name}" for name in ("tensor_v2", "tensor_v3", "parameter", "parameter_with_state")]
    + ["torch.nn.parameter.Parameter", "collections.OrderedDict", "builtins.set"]
)
"""What plain tensors and dicts of them name, and nothing that does more than build them."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One pickle inside a file."""

    globals: list[str]
    """`module.name` of all it would import, in order of first mention."""
    protocol: int
    """Pickle protocol."""
    end: int
    """Offset of the byte after its STOP."""


def read_stream(data: bytes, place: Place, start: int = 0) -> Stream:
    """What the pickle at `start` would import.

    Raises:
        ModelRefused: DLA206, it is damaged; DLA207, it is built to exhaust memory.
    """
    found: dict[str, None] = {}
    protocol, end = 0, start
    try:
        for name, argument, position in _named_globals(data[start:] if start else data, place):
            end = start + position
            if name == "PROTO":
                protocol = int(argument)
            elif name == "global":
                found[str(argument)] = None
    except (ValueError, IndexError, KeyError, OverflowError, UnicodeError) as broken:
        raise ModelRefused(
            "DLA206", "its pickle is damaged", place=place, fix="Copy or save the file again."
        ) from broken
    return Stream(globals=list(found), protocol=protocol, end=end + 1)


def _named_globals(data: bytes, place: Place) -> Iterator[tuple[str, Any, int]]:
    """Opcodes as `(name, argument, position)`, imports as `("global", "module.name", position)`."""
    memo: dict[int, Any] = {}
    texts: list[Any] = []  # values of the last pushes that are text; anything else pushes None
    argument: Any
    for count, (opcode, argument, position) in enumerate(pickletools.genops(data)):
        name = opcode.name
        if count > MAX_OPCODES or (name == "LONG_BINPUT" and (argument or 0) > len(data)):
            raise _exhausting(place)
        if name in _IMPORTS:
            module, _, attribute = str(argument).partition(" ")
            yield "global", global_name(module, attribute), position or 0
            texts.append(None)
        elif name == "STACK_GLOBAL":
            module, attribute = ([None, None, *texts])[-2:]
            named = isinstance(module, str) and isinstance(attribute, str)
            yield "global", global_name(module, attribute) if named else UNKNOWN_GLOBAL, position or 0
            texts.append(None)
        elif name in ("EXT1", "EXT2", "EXT4"):
            yield "global", UNKNOWN_GLOBAL, position or 0
        elif name in _MEMO_PUT:
            memo[len(memo) if argument is None else argument] = texts[-1] if texts else None
        elif name in _MEMO_GET:
            texts.append(memo.get(argument))
        elif name not in ("PROTO", "FRAME", "STOP"):
            texts.append(argument if isinstance(argument, str) else None)
        del texts[:-8]
        yield name, argument, position or 0


def global_name(module: str, name: str) -> str:
    """`module.name`, with the names that Python 2 had for modules translated, as unpicklers do."""
    return f"{_PYTHON_2.get(module, module)}.{name}"


def _exhausting(place: Place) -> ModelRefused:
    return ModelRefused(
        "DLA207",
        "its pickle is built to exhaust memory",
        place=place,
        fix="Get the file from its author again.",
    )


def read_streams(data: bytes, place: Place, most: int = 5) -> list[Stream]:
    """The pickles that follow one another at the start of `data`: a file of torch before 1.6 has five.

    Raises:
        ModelRefused: DLA206, the first of them is damaged.
    """
    streams = [read_stream(data, place)]
    while len(streams) < most and data[streams[-1].end : streams[-1].end + 1] == b"\x80":
        streams.append(read_stream(data, place, streams[-1].end))
    return streams


def is_dangerous(name: str) -> bool:
    """Whether the global can plainly do harm, as `posix.system`; of the rest nothing is claimed."""
    if name == UNKNOWN_GLOBAL:
        return True
    parts = name.split(".")
    return any(".".join(parts[:n]) in DANGEROUS_MODULES for n in range(1, len(parts) + 1))
