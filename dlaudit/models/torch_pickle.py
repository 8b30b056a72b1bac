"""The screen of files that torch.save wrote: what they would import, call and build, without unpickling them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from dlaudit.errors import ModelRefused, Place, listed, shown
from dlaudit.models.archive import TORCH_ENTRY, open_archive, storage_sizes
from dlaudit.models.pickle_outline import Outline, TensorOutline, outline
from dlaudit.models.pickles import TENSOR_GLOBALS, is_dangerous, read_stream, read_streams
from dlaudit.models.sizes import refuse_lies, refuse_reach, refuse_volume

NESTED_UNDER = ("state_dict", "model_state_dict", "model", "net", "module", "weights")
"""Keys under which training scripts keep the weights of a checkpoint."""
_BUILDERS = re.compile(
    r"torch\._utils\._rebuild_(tensor_v2|tensor_v3|parameter|parameter_with_state)|torch\.(Size|device)|builtins\.set"
)


@dataclass(frozen=True, kw_only=True)
class PickleFacts:
    """What a file of torch.save holds."""

    globals: list[str]
    """All it names."""
    foreign: list[str]
    """Those that are neither tensors nor classes of torch.nn."""
    top: str
    """What the outermost object is."""
    tensors: list[TensorOutline]
    """The weights; those of a checkpoint's state dict, where it has one."""
    keys: list[str] = field(default_factory=list)
    """Keys of the outermost dict."""
    nested: str | None = None
    """Key under which the weights lie; None where they are not nested."""
    legacy: bool = False
    """Whether it is in the format of torch before 1.6."""

    @property
    def is_weights(self) -> bool:
        """Whether it holds tensors in a dict rather than a module."""
        return self.top in ("dict", "list", "tuple") or self.top.startswith("torch._utils._rebuild_")

    @property
    def dangerous(self) -> list[str]:
        """Foreign globals that plainly do more than build a model."""
        return [name for name in self.foreign if is_dangerous(name)]


@cache
def nn_globals() -> dict[str, Callable[..., Any]]:
    """The classes of torch.nn and functions of torch.nn.functional, by the name a pickle gives them."""
    import torch.nn.modules
    from torch import nn

    found: dict[str, Callable[..., Any]] = {}
    for module in vars(torch.nn.modules).values():
        for item in vars(module).values() if getattr(module, "__name__", "").startswith("torch.nn.modules.") else ():
            if isinstance(item, type) and issubclass(item, nn.Module) and item.__module__ == module.__name__:
                found[f"{item.__module__}.{item.__qualname__}"] = item
    for name, item in vars(nn.functional).items():
        # a TransformerEncoderLayer keeps its activation as a function
        if callable(item) and getattr(item, "__module__", "") in ("torch.nn.functional", "torch._C._nn"):
            found[f"{item.__module__}.{name}"] = item
    return found


def zip_facts(data: bytes, place: Place) -> PickleFacts:
    """What an archive of torch.save holds.

    Raises:
        ModelRefused: DLA206 damaged; DLA207 larger than it is; DLA201 calls what no model calls.
    """
    archive = open_archive(data, place)
    odd = [name for name in archive.names() if not TORCH_ENTRY.fullmatch(name)]
    if odd:
        raise ModelRefused(
            "DLA206",
            f"the archive has entries that torch.save does not write: {listed(odd, most=3)}",
            place=place,
            fix="Save the model again with torch.save.",
        )
    pickled = archive.read("data.pkl")
    declared = outline(pickled, place)
    refuse_lies(declared, storage_sizes(archive), len(data), place)
    return _facts(read_stream(pickled, place).globals, declared)


def legacy_facts(data: bytes, place: Place) -> PickleFacts:
    """What a file of torch before 1.6 holds: five pickles, of which the fourth is the object.

    Raises:
        ModelRefused: DLA206 damaged; DLA207 larger than it is; DLA201 calls what no model calls.
    """
    streams = read_streams(data, place)
    if len(streams) < 4:
        raise ModelRefused("DLA206", "the file is truncated", place=place, fix="Copy or save the file again.")
    declared = outline(data, place, streams[2].end)
    for tensor in declared.tensors:
        refuse_reach(tensor, place)
    sizes = [("storages", sum(declared.storages.values())), *((t.name, t.declared_bytes) for t in declared.tensors)]
    refuse_volume(sizes, len(data), place)
    names = list(dict.fromkeys(name for stream in streams for name in stream.globals))
    return _facts(names, declared, legacy=True)


def pickle_facts(data: bytes, place: Place) -> PickleFacts:
    """What a plain pickle names; it is never loaded unless trusted."""
    names = read_stream(data, place).globals
    return PickleFacts(globals=names, foreign=_foreign(names), top="object", tensors=[])


def _facts(names: list[str], declared: Outline, legacy: bool = False) -> PickleFacts:
    foreign = _foreign(names)
    foreign += [f"{name}(…)" for name in declared.calls if name not in foreign and not _BUILDERS.fullmatch(name)]
    nested = next((key for key in NESTED_UNDER if key in declared.keys), None)
    within = [t for t in declared.tensors if nested is not None and t.name.startswith(f"{nested}.")]
    tensors = declared.tensors
    if nested is not None and within:
        tensors = [replace(tensor, name=tensor.name[len(nested) + 1 :]) for tensor in within]
    return PickleFacts(
        globals=names,
        foreign=foreign,
        top=declared.top,
        tensors=tensors,
        keys=declared.keys,
        nested=nested if within else None,
        legacy=legacy,
    )


def _foreign(names: list[str]) -> list[str]:
    return [name for name in names if name not in TENSOR_GLOBALS and name not in nn_globals()]


def safe_ways(sha256: str) -> str:
    """How to audit a model whose file is refused, the safe ways first."""
    return (
        "Save its state_dict() and give --code FILE.py with load_model, or export it to a .pt2 with torch.export.save. "
        f"If you know who made the file and accept that it runs code, give --trust {sha256}."
    )


def refuse_foreign(facts: PickleFacts, sha256: str, place: Place) -> None:
    """Nothing, if the pickle names only tensors and torch.nn.

    Raises:
        ModelRefused: DLA201, it names something dangerous; DLA203, it names classes of somebody's package.
    """
    if facts.dangerous:
        raise ModelRefused(
            "DLA201",
            f"loading the pickle would call or import {listed(facts.dangerous)}, which no model needs; nothing was run",
            place=place,
            fix=safe_ways(sha256),
        )
    if facts.foreign:
        raise ModelRefused(
            "DLA203",
            f"the pickle holds {listed(facts.foreign, quote=False)}, which is not part of torch.nn; nothing was run",
            expected="weights, or a module built from torch.nn classes only",
            place=place,
            fix=safe_ways(sha256),
        )


def counted(tensors: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    """`12 tensors, first fc1.weight [64, 14]`: the first that is more than a single number."""
    named = list(tensors)
    first = min(named, key=lambda tensor: not tensor[1], default=None)
    return f"{len(named)} tensors" + (f", first {shown(first[0], quote=False)} {list(first[1])}" if first else "")


def weights_only(facts: PickleFacts, place: Place) -> ModelRefused:
    """The error for weights that come without the code of their model (DLA204)."""
    under = f" under {shown(facts.nested)}" if facts.nested else ""
    return ModelRefused(
        "DLA204",
        f"the file holds weights only{under}: {counted((tensor.name, tensor.shape) for tensor in facts.tensors)}",
        place=place,
        fix="Give --code FILE.py with load_model(path, device), which builds the model and loads the weights into it.",
    )
