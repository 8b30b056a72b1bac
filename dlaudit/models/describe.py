"""What `dlaudit inspect` says of a model file: read, never run; a hostile file gives a description, not an error."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import ModelRefused
from dlaudit.models.hf_files import read_folder, tensors_in
from dlaudit.models.model_file import ModelFile, place_of, read_model_file
from dlaudit.models.pt2_screen import screen_pt2
from dlaudit.models.pt2_signature import Value, read_signature
from dlaudit.models.refusals import REFUSALS, sentence
from dlaudit.models.request import LoadRequest
from dlaudit.models.safetensors_file import read_header
from dlaudit.models.screens import facts_of
from dlaudit.models.sniff import Sniffed
from dlaudit.models.torch_pickle import counted, refuse_foreign, weights_only
from dlaudit.models.torchscript_screen import code_files, screen_torchscript
from dlaudit.spec import ModelSpec

if TYPE_CHECKING:
    from dlaudit.models.formats import Format

MOST_TENSORS = 20
"""Tensors listed."""
_CODE_WAY = "give --code FILE.py with load_model(path, device)"
_PT2_WAY = "export the model to a .pt2 with torch.export.save"


def describe_file(path: Path, sniffed: Sniffed, chosen: "Format | None") -> dict[str, Any]:
    """All keys of `describe_model`."""
    described = {
        "path": str(path),
        "kind": sniffed.kind,
        "detail": sniffed.detail,
        "size": sniffed.size,
        "sha256": read_model_file(path).sha256,
        "tier": "none",
        "verdict": "refused",
        "why": "",
        "ways": [],
        "globals": [],
        "tensors": {"count": 0, "first": []},
    }
    if chosen is None:
        return described | _of_refused_kind(sniffed)
    try:
        return described | chosen.describe(path, sniffed)
    except ModelRefused as refused:
        return described | _of_refusal(refused)


def _of_refused_kind(sniffed: Sniffed) -> dict[str, Any]:
    refusal = REFUSALS[sniffed.kind]
    verdict = "needs --code" if refusal.own_code_helps else "refused"
    return {"verdict": verdict, "why": sentence(sniffed), "code": refusal.code, "ways": [refusal.fix]}


def _of_refusal(refused: ModelRefused) -> dict[str, Any]:
    needs_code = refused.code in ("DLA203", "DLA204")
    return {
        "verdict": "needs --code" if needs_code else "refused",
        "why": refused.what,
        "code": refused.code,
        "ways": [refused.fix],
    }


def describe_pt2(path: Path, sniffed: Sniffed) -> dict[str, Any]:
    """Inputs, outputs and weights of an exported program."""
    file = read_model_file(path)
    screened = screen_pt2(file.data, place_of(path))
    tensors = {"tensors": _table(screened.tensors)}
    try:
        signature = read_signature(screened.program)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return tensors | {
            "why": "its stored signature does not follow torch's schema",
            "code": "DLA206",
            "ways": [_PT2_WAY],
        }
    return tensors | {
        "tier": "checked program",
        "verdict": "loads",
        "why": "the static check found nothing that would run code of its own; it is not proven safe",
        "torch_version": signature.torch_version,
        "inputs": [_value(value) for value in signature.inputs],
        "outputs": [_value(value) for value in signature.outputs],
    }


def describe_torchscript(path: Path, sniffed: Sniffed) -> dict[str, Any]:
    """Size of the source of a TorchScript program."""
    archive = screen_torchscript(read_model_file(path).data, place_of(path))
    return {
        "tier": "checked program",
        "verdict": "loads",
        "why": "the static check found nothing in its source that touches files; it is not proven safe",
        "code_files": code_files(archive),
    }


def describe_pickle(path: Path, sniffed: Sniffed) -> dict[str, Any]:
    """What a pickle would import, and the weights it holds."""
    request = _request(path, sniffed, read_model_file(path))
    facts = facts_of(request)
    described: dict[str, Any] = {
        "globals": facts.globals,
        "foreign": facts.foreign,
        "top": facts.top,
        "tensors": _table([(t.name, t.dtype, t.shape) for t in facts.tensors]),
    }
    try:
        if facts.is_weights and not facts.dangerous:
            raise weights_only(facts, request.place)
        refuse_foreign(facts, request.sha256, request.place)
    except ModelRefused as refused:
        return described | _of_refusal(refused) | {"tier": "data" if refused.code == "DLA204" else "none"}
    if sniffed.kind != "torch_zip":
        why = "only archives of torch 1.6 or newer have a safe reader"
        return described | {"why": why, "code": "DLA203", "verdict": "needs --code", "ways": [_CODE_WAY, _PT2_WAY]}
    return described | {
        "tier": "allow-list",
        "verdict": "loads",
        "why": "it names only classes of torch.nn, which are rebuilt from an allow-list",
    }


def describe_safetensors(path: Path, sniffed: Sniffed) -> dict[str, Any]:
    """The weights of a safetensors file."""
    tensors = read_header(read_model_file(path).data, place_of(path))
    return {
        "tier": "data",
        "verdict": "needs --code",
        "why": f"it holds weights only: {counted((t.name, t.shape) for t in tensors)}",
        "code": "DLA204",
        "ways": [_CODE_WAY],
        "tensors": _table([(t.name, t.dtype, t.shape) for t in tensors]),
    }


def describe_hf_folder(path: Path, sniffed: Sniffed) -> dict[str, Any]:
    """The class, the labels and the weights of a Hugging Face folder."""
    request = _request(path, sniffed, read_model_file(path))
    folder = read_folder(request)
    return {
        "tier": "data",
        "verdict": "loads",
        "why": f"it holds settings and weights; {folder.architecture} is a class of the installed transformers",
        "labels": folder.classes,
        "tensors": _table(tensors_in(request, folder)),
    }


def _request(path: Path, sniffed: Sniffed, file: ModelFile) -> LoadRequest:
    return LoadRequest(
        path=path, data=file.data, sha256=file.sha256, spec=ModelSpec(), device="cpu", sniffed=sniffed, code=None
    )


def _table(tensors: Sequence[tuple[str, str, tuple[int, ...]]]) -> dict[str, Any]:
    first = [{"name": name, "dtype": dtype, "shape": list(shape)} for name, dtype, shape in tensors[:MOST_TENSORS]]
    return {"count": len(tensors), "first": first}


def _value(value: Value) -> dict[str, Any]:
    return {"name": value.name, "dtype": value.dtype, "dims": [str(dim) for dim in value.dims]}
