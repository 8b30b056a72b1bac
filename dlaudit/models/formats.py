"""The model formats: which loader a kind of file goes to, and the one function that loads any of them."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import ModelRefused, shown
from dlaudit.models.model import Loaded, Model
from dlaudit.models.model_file import ModelFile, place_of, read_model_file
from dlaudit.models.refusals import REFUSALS, refuse_kind
from dlaudit.models.request import LoadRequest as LoadRequest
from dlaudit.models.sniff import Sniffed, sniff, sniff_stream
from dlaudit.registry import Registry
from dlaudit.spec import ModelSpec

if TYPE_CHECKING:
    from dlaudit.models.code_file import UserCode


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of model file."""

    name: str
    """Name in the record, as `pt2`."""
    kinds: tuple[str, ...]
    """Kinds of `sniff` that it loads."""
    load: Callable[[LoadRequest], tuple[Model, Loaded]]
    """The model, or a ModelRefused that says why not."""
    describe: Callable[[Path, Sniffed], dict[str, Any]]
    """What can be said of a file without loading it."""
    screen: Callable[[LoadRequest], None] | None = None
    """Refuses a file that would run code, is damaged or is a bomb; also used when the user's own code loads it."""


FORMATS: Registry[Format] = Registry("model format")
"""Formats by name; a plug-in adds its own."""


def load_model(path: Path | str, spec: ModelSpec, device: str, code: "UserCode | None") -> tuple[Model, Loaded]:
    """The model in a file of any known kind, by content. To be run inside the child process.

    Args:
        path: The file, or a Hugging Face folder.
        spec: `trust` and `allow_nonfinite_weights` are read.
        device: Where its tensors go.
        code: The user's file; where it has `load_model`, that function loads the model.

    Raises:
        UsageError: DLA111, no such file.
        ModelRefused: DLA201 to DLA210, DLA219 to DLA223.
        CodeFailed: DLA222, the user's load_model failed.
    """
    path = Path(path)
    file, sniffed = read_sniffed(path)
    request = LoadRequest(
        path=path, data=file.data, sha256=file.sha256, spec=spec, device=device, sniffed=sniffed, code=code
    )
    refuse_misplaced_trust(request)
    refusal, chosen = REFUSALS.get(sniffed.kind), format_of(sniffed.kind)
    if code is not None and code.load_model is not None and (refusal is None or refusal.own_code_helps):
        return _load_own(request, code, chosen)
    if chosen is None:
        refuse_kind(request)
    assert chosen is not None
    return chosen.load(request)


def read_sniffed(path: Path) -> tuple[ModelFile, Sniffed]:
    """The file and what it is, both told from the same bytes."""
    sniffed = sniff(path)  # refuses a folder of any other kind before its files are read
    file = read_model_file(path)
    return file, sniffed if sniffed.kind == "hf_folder" else sniff_stream(io.BytesIO(file.data))


def _load_own(request: LoadRequest, code: "UserCode", chosen: Format | None) -> tuple[Model, Loaded]:
    from dlaudit.models.own_loader import load_own

    loaded = load_own(request, code, chosen.screen if chosen else None)
    # the user's code read the file itself: it must be the one that was screened and hashed
    if read_model_file(request.path).sha256 != request.sha256:
        raise ModelRefused(
            "DLA219", "the model file changed while it was loaded", place=request.place, fix="Run again."
        )
    return loaded


def refuse_misplaced_trust(request: LoadRequest) -> None:
    """Nothing, unless --trust names another file.

    Raises:
        ModelRefused: DLA219, the digests differ.
    """
    if request.spec.trust is None or request.trusted:
        return
    raise ModelRefused(
        "DLA219",
        f"--trust names {shown(request.spec.trust, limit=80, quote=False)}; this file's SHA-256 is {request.sha256}",
        place=place_of(request.path),
        fix="Find out who changed the file. Trust this one only if you know.",
    )


def format_of(kind: str) -> Format | None:
    """The format that loads files of a kind; None where none does."""
    built_in()
    return next((item for _, item in FORMATS.items() if kind in item.kinds), None)


@cache
def built_in() -> None:
    """Registers dlaudit's own formats; their modules import torch, so not before the first file."""
    from dlaudit.models import describe, hf_folder, module_pickle, pt2, safetensors_file, screens, torchscript

    for made in (
        Format(
            name="pt2",
            kinds=("pt2",),
            load=pt2.load_pt2,
            describe=describe.describe_pt2,
            screen=screens.screen_pt2_file,
        ),
        Format(
            name="torchscript",
            kinds=("torchscript",),
            load=torchscript.load_torchscript,
            describe=describe.describe_torchscript,
            screen=screens.screen_torchscript_file,
        ),
        Format(
            name="torch_zip",
            kinds=("torch_zip",),
            load=module_pickle.load_torch_zip,
            describe=describe.describe_pickle,
            screen=screens.screen_pickle_file,
        ),
        Format(
            name="torch_legacy",
            kinds=("torch_legacy",),
            load=module_pickle.load_torch_legacy,
            describe=describe.describe_pickle,
            screen=screens.screen_pickle_file,
        ),
        Format(
            name="pickle",
            kinds=("pickle",),
            load=module_pickle.load_pickle,
            describe=describe.describe_pickle,
            screen=screens.screen_pickle_file,
        ),
        Format(
            name="safetensors",
            kinds=("safetensors",),
            load=safetensors_file.load_safetensors,
            describe=describe.describe_safetensors,
            screen=screens.screen_safetensors_file,
        ),
        Format(
            name=hf_folder.HF_FOLDER,
            kinds=("hf_folder",),
            load=hf_folder.load_hf_folder,
            describe=describe.describe_hf_folder,
        ),
    ):
        FORMATS.add(made.name, made)


def describe_model(path: Path | str) -> dict[str, Any]:
    """What a file is and whether it would load, for `dlaudit inspect`. Executes nothing of the file.

    Keys: `path, kind, detail, size, sha256, tier, verdict` (`loads`, `needs --code`, `refused`), `why, ways, globals,
    tensors` (`count`, `first`), and what the format adds: `inputs, outputs, torch_version, code_files`.

    Raises:
        UsageError: DLA111, no such file.
        ModelRefused: DLA220, not a regular file.
    """
    from dlaudit.models.describe import describe_file

    path = Path(path)
    sniffed = sniff(path)
    return describe_file(path, sniffed, format_of(sniffed.kind))
