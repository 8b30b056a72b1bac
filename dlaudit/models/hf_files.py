"""The files of a Hugging Face folder, read as data before transformers sees them."""

import json
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from dlaudit.errors import ModelRefused, Place, listed, shown
from dlaudit.models.hf_screen import check_config, check_count, check_entries, indexed
from dlaudit.models.model_file import open_regular, place_of
from dlaudit.models.request import LoadRequest
from dlaudit.models.safetensors_file import read_header
from dlaudit.models.screens import facts_of
from dlaudit.models.sniff import sniff_stream
from dlaudit.models.torch_pickle import refuse_foreign

LARGEST_CONFIG = 2**20
"""Bytes of a config.json at most."""
MOST_CLASSES = 1_000
"""Classes whose names are read."""
_CLASSIFIER = "ForSequenceClassification"
_LANGUAGE_MODEL = ("ForCausalLM", "LMHeadModel")


@dataclass(frozen=True, kw_only=True)
class Folder:
    """What the files of a folder say."""

    architecture: str
    """Class of transformers, as `BertForSequenceClassification`."""
    outputs: int | None
    """Number of outputs, where the config says so."""
    classes: list[str] | None
    """Names of the outputs in order, where the config gives real ones."""
    safetensors: bool
    """Whether the weights are safetensors."""

    @property
    def continues(self) -> bool:
        """Whether it is a language model, which says how texts go on, rather than a classifier."""
        return self.architecture.endswith(_LANGUAGE_MODEL)


def read_folder(request: LoadRequest) -> Folder:
    """The settings of a folder, its weights screened.

    Raises:
        ModelRefused: DLA203, it brings code; DLA204, it is no classifier of texts, or its weights are of another kind;
            DLA206 to DLA208, damaged; DLA201, a file of weights would run code.
    """
    check_entries(request.path, request.place)
    config = _config(request)
    check_config(config, request.place)
    if any("auto_map" in one for one in (config, _optional(request.path / "tokenizer_config.json"))):
        raise ModelRefused(
            "DLA203",
            "the folder's config names Python code of its own (auto_map), which is not run",
            place=request.place,
            fix="Use a model whose class is part of transformers, or give --code FILE.py with load_model, which runs "
            "with your rights.",
        )
    architecture = _architecture(config, request.place)
    if architecture.endswith(_LANGUAGE_MODEL):
        return Folder(architecture=architecture, outputs=None, classes=None, safetensors=_screened(request))
    classes = _classes(config)
    return Folder(
        architecture=architecture,
        outputs=len(classes) if classes else config.get("num_labels") or (2 if "id2label" not in config else None),
        classes=None if classes is None or _unnamed(classes) or len(set(classes)) < len(classes) else classes,
        safetensors=_screened(request),
    )


def weight_files(folder: Path, ending: str) -> list[Path]:
    """Files of weights of a folder, in order of their names."""
    return sorted(path for path in folder.iterdir() if path.name.endswith(ending) and path.is_file())


def tensors_in(request: LoadRequest, folder: Folder) -> list[tuple[str, str, tuple[int, ...]]]:
    """Name, type and shape of every weight of safetensors; none of other files."""
    if not folder.safetensors:
        return []
    found = [
        tensor for path in weight_files(request.path, ".safetensors") for tensor in read_header(*_bytes_and_place(path))
    ]
    return [(one.name, one.dtype, one.shape) for one in found]


def _screened(request: LoadRequest) -> bool:
    """Whether there are safetensors; every file of weights that would be read is screened."""
    listed_ones = indexed(request.path)
    safe = weight_files(request.path, ".safetensors")
    for path in safe:
        check_count(len(read_header(*_bytes_and_place(path))), place_of(path))
    if safe:
        return True
    named = weight_files(request.path, ".bin")
    pickled = [path for path in named if path.name.startswith("pytorch_model") or path in listed_ones]
    if not pickled:
        raise ModelRefused(
            "DLA204",
            f"the folder holds no weights that can be read; it has {listed(sorted(p.name for p in _files(request)))}",
            expected="model.safetensors",
            place=request.place,
            fix="Save the model with save_pretrained, which writes safetensors.",
        )
    for path in pickled:
        _screen_pickle(request, path)
    return False


def _screen_pickle(request: LoadRequest, path: Path) -> None:
    """Nothing, if a file of torch.save holds tensors in a dict and names nothing else."""
    data, place = _bytes_and_place(path)
    sniffed = sniff_stream(BytesIO(data))
    one = replace(request, path=path, data=data, sniffed=sniffed)
    if sniffed.kind not in ("torch_zip", "torch_legacy"):
        raise ModelRefused(
            "DLA206", "the file of weights is of no kind that torch.save writes", place=place, fix="Copy it again."
        )
    facts = facts_of(one)
    refuse_foreign(facts, request.sha256, place)
    if not facts.is_weights:
        raise ModelRefused(
            "DLA203",
            f"the file of weights holds a {shown(facts.top, quote=False)}, not plain tensors",
            place=place,
            fix="Save the model with save_pretrained, which writes safetensors.",
        )


def _config(request: LoadRequest) -> dict[str, Any]:
    path = request.path / "config.json"
    with open_regular(path) as file:
        written = file.read(LARGEST_CONFIG + 1)
    try:
        if len(written) > LARGEST_CONFIG:
            raise ValueError("it is too large")
        config = json.loads(written)
    except (ValueError, RecursionError) as broken:
        raise _bad_config(path, "it is no JSON of usual size") from broken
    if not isinstance(config, dict):
        raise _bad_config(path, "it is no JSON object")
    return config


def _optional(path: Path) -> dict[str, Any]:
    """A JSON object beside the config; empty where there is none that can be read."""
    try:
        found = json.loads(path.read_bytes()) if path.stat().st_size <= LARGEST_CONFIG else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _architecture(config: dict[str, Any], place: Place) -> str:
    names = config.get("architectures")
    known = [one for one in names if isinstance(one, str)] if isinstance(names, list) else []
    found = next((one for one in known if one.endswith((_CLASSIFIER, *_LANGUAGE_MODEL))), None)
    if found is None:
        said = f"its config names {listed(known)}" if known else "its config names no architecture"
        raise ModelRefused(
            "DLA204",
            f"the folder holds no classifier of texts: {said}",
            expected=f"a model saved as ...{_CLASSIFIER}; or as ...ForCausalLM, to choose among options",
            place=place,
            fix="Give the fine-tuned classifier, or --code FILE.py with load_model, which adds the trained head.",
        )
    return found


def _classes(config: dict[str, Any]) -> list[str] | None:
    names = config.get("id2label")
    if not isinstance(names, dict) or not 0 < len(names) <= MOST_CLASSES:
        return None
    found = [names.get(str(at)) for at in range(len(names))]
    return [str(one) for one in found] if all(isinstance(one, str) for one in found) else None


def _unnamed(classes: list[str]) -> bool:
    """Whether the names are those that transformers makes up: LABEL_0, LABEL_1, …"""
    return classes == [f"LABEL_{at}" for at in range(len(classes))]


def _bytes_and_place(path: Path) -> tuple[bytes, Place]:
    with open_regular(path) as file:
        return file.read(), place_of(path)


def _files(request: LoadRequest) -> list[Path]:
    return [path for path in request.path.iterdir() if path.is_file()]


def _bad_config(path: Path, why: str) -> ModelRefused:
    return ModelRefused(
        "DLA206", f"config.json cannot be read: {why}", place=place_of(path), fix="Copy the folder again."
    )
