"""Loads whole modules that torch.save wrote, if they are built from torch.nn alone; everything else is refused."""

import io
import pickle
from typing import Any

import torch
from torch import nn
from torch.torch_version import TorchVersion

from dlaudit.errors import ModelRefused, Place, shown
from dlaudit.models.eager import opened_module, saved_in_training
from dlaudit.models.faults import is_out_of_memory
from dlaudit.models.model import Loaded, Model
from dlaudit.models.quiet import quiet_torch
from dlaudit.models.request import LoadRequest, finish
from dlaudit.models.torch_pickle import (
    PickleFacts,
    legacy_facts,
    nn_globals,
    pickle_facts,
    refuse_foreign,
    safe_ways,
    weights_only,
    zip_facts,
)

ALLOWED = "A pickled module, rebuilt from an allow-list of torch.nn classes; no other code of the file was run."
TRUSTED = "A pickled module, loaded with full unpickling because --trust names its SHA-256: its code was run."
SAFE_SINCE = "2.10"
"""Before this version the restricted unpickler could be made to corrupt memory (CVE-2026-24747)."""


def load_torch_zip(request: LoadRequest) -> tuple[Model, Loaded]:
    """The module in a file of torch.save.

    Raises:
        ModelRefused: DLA201, DLA203 foreign code; DLA204 weights only; DLA206, DLA207 damaged or a bomb; DLA223 torch
            is too old.
    """
    if request.trusted:
        return _finished(request, _unpickled(request), TRUSTED)
    refuse_old_torch(request.place)
    facts = zip_facts(request.data, request.place)
    if facts.is_weights and not facts.dangerous:
        raise weights_only(facts, request.place)
    refuse_foreign(facts, request.sha256, request.place)
    return _finished(request, _allow_listed(request), ALLOWED)


def load_torch_legacy(request: LoadRequest) -> tuple[Model, Loaded]:
    """The module in a file of torch before 1.6, which is loaded only if trusted: its format has no safe reader.

    Raises:
        ModelRefused: DLA201, DLA203, DLA204, DLA206, DLA207.
    """
    if request.trusted:
        return _finished(request, _unpickled(request), TRUSTED)
    facts = legacy_facts(request.data, request.place)
    if facts.is_weights and not facts.dangerous:
        raise weights_only(facts, request.place)
    refuse_foreign(facts, request.sha256, request.place)
    raise ModelRefused(
        "DLA203",
        f"the file holds a module ({shown(facts.top)}) in the format of torch before 1.6, which has no safe reader",
        place=request.place,
        fix=f"Load and save it once with a current torch. {safe_ways(request.sha256)}",
    )


def load_pickle(request: LoadRequest) -> tuple[Model, Loaded]:
    """The module in a plain pickle, which is loaded only if trusted.

    Raises:
        ModelRefused: DLA201, DLA203.
    """
    if request.trusted:
        return _finished(request, _unpickled(request), TRUSTED)
    refuse_foreign(pickle_facts(request.data, request.place), request.sha256, request.place)
    raise ModelRefused(
        "DLA203",
        "the file is a plain pickle, not written by torch.save",
        place=request.place,
        fix=safe_ways(request.sha256),
    )


def refuse_old_torch(place: Place) -> None:
    """Nothing, if this torch reads untrusted pickles safely.

    Raises:
        ModelRefused: DLA223.
    """
    if TorchVersion(torch.__version__) < SAFE_SINCE:
        raise ModelRefused(
            "DLA223",
            f"torch {torch.__version__} cannot read untrusted pickles safely",
            expected=f"torch {SAFE_SINCE} or newer",
            place=place,
            fix="Upgrade torch, or give the model as safetensors with --code FILE.py.",
        )


def _allow_listed(request: LoadRequest) -> Any:
    """The object, its classes taken from the allow-list."""
    try:
        with quiet_torch(), torch.serialization.safe_globals(list(nn_globals().values())):
            return torch.load(io.BytesIO(request.data), map_location=request.device, weights_only=True)
    except Exception as failed:  # torch's own message recommends loading without any check: it must not be shown
        if is_out_of_memory(failed):
            raise  # a limit of ours, told as such by the process that set it
        raise _unreadable(request, failed) from failed


def _unpickled(request: LoadRequest) -> Any:
    """The object, whatever code the file runs to make it: the user vouches for these bytes."""
    try:
        with quiet_torch():
            if request.sniffed.kind == "pickle":
                return pickle.loads(request.data)  # noqa: S301 - the user gave the digest of exactly these bytes
            return torch.load(io.BytesIO(request.data), map_location=request.device, weights_only=False)
    except Exception as failed:  # the file's own code may raise anything
        if is_out_of_memory(failed):
            raise  # a limit of ours, told as such by the process that set it
        raise _unreadable(request, failed) from failed


def _finished(request: LoadRequest, found: Any, loading: str) -> tuple[Model, Loaded]:
    if not isinstance(found, nn.Module):
        facts = _facts_of(request)
        if facts is not None and facts.is_weights:
            raise weights_only(facts, request.place)
        raise ModelRefused(
            "DLA204",
            f"the file holds a {type(found).__name__}, not a module",
            place=request.place,
            fix="Give --code FILE.py with load_model(path, device), which returns the model.",
        )
    try:
        return finish(
            request, "module_pickle", opened_module(found, loading + saved_in_training(found), request.device)
        )
    except ModelRefused:
        raise
    except Exception as odd:  # a hostile pickle can leave a module in any state
        if is_out_of_memory(odd):
            raise  # a limit of ours, told as such by the process that set it
        raise _unreadable(request, odd) from odd


def _facts_of(request: LoadRequest) -> PickleFacts | None:
    readers = {"torch_zip": zip_facts, "torch_legacy": legacy_facts}
    reader = readers.get(request.sniffed.kind)
    return reader(request.data, request.place) if reader else None


def _unreadable(request: LoadRequest, failed: Exception) -> ModelRefused:
    return ModelRefused(
        "DLA206",
        f"torch {torch.__version__} cannot rebuild the module ({type(failed).__name__})",
        place=request.place,
        fix="Save it again with this version of torch, or export it to a .pt2 with torch.export.save.",
    )
