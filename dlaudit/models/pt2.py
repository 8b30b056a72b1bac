"""Loads a `.pt2` (torch.export): a program with its weights, screened before torch sees it."""

import io

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.export.passes import move_to_device_pass

from dlaudit.errors import ModelRefused
from dlaudit.models.callables import Frozen, InBatches
from dlaudit.models.faults import is_out_of_memory
from dlaudit.models.model import Capability, Loaded, Model
from dlaudit.models.pt2_explain import explainable, has_embedding
from dlaudit.models.pt2_screen import screen_pt2
from dlaudit.models.pt2_signature import Dim, Signature, read_signature
from dlaudit.models.pt2_training import leave_training
from dlaudit.models.quiet import quiet_torch
from dlaudit.models.request import LoadRequest, Opened, finish

CHECKED = "A program file (torch.export): statically checked before loading, not proven safe."
TRUSTED = "A program file (torch.export), loaded because --trust names its SHA-256; the static check alone "


def load_pt2(request: LoadRequest) -> tuple[Model, Loaded]:
    """The model in a `.pt2`.

    Raises:
        ModelRefused: DLA202, DLA206, DLA207 by the screen; DLA210, it was exported in training mode beyond repair.
    """
    signature, loading = _screened(request)
    try:
        with quiet_torch():
            program = torch.export.load(io.BytesIO(request.data))
            switched = leave_training(program, request.place)
            if request.device != "cpu":
                program = move_to_device_pass(program, request.device)
            opened = _opened(program, signature, loading + switched, request.device)
    except ModelRefused:
        raise
    except Exception as failed:  # torch raises any type at all; its own text would suggest loading unchecked
        if is_out_of_memory(failed):
            raise  # a limit of ours, told as such by the process that set it
        raise ModelRefused(
            "DLA206",
            f"torch {torch.__version__} cannot rebuild the exported program ({type(failed).__name__})",
            place=request.place,
            fix="Export the model again with this version of torch.",
        ) from failed
    return finish(request, "pt2", opened)


def _screened(request: LoadRequest) -> tuple[Signature | None, str]:
    """The stored signature and the sentence on safety; a trusted file that fails the screen has no signature."""
    try:
        program = screen_pt2(request.data, request.place).program
        signature = read_signature(program)
    except ModelRefused as refused:
        if not request.trusted:
            raise
        return None, f"{TRUSTED}would have refused it: {refused.what}."
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as odd:
        raise ModelRefused(
            "DLA206",
            "its stored signature does not follow torch's schema",
            place=request.place,
            fix="Export the model again.",
        ) from odd
    return signature, f"{TRUSTED}lets it pass too." if request.trusted else CHECKED


def _opened(program: ExportedProgram, signature: Signature | None, loading: str, device: str) -> Opened:
    keywords = tuple(signature.keyword_inputs) if signature else ()
    direct = Frozen(program.module(), keywords)
    batch = signature.batch if signature else None
    explain = None if _is_static(batch) else explainable(program, direct, keywords, device)
    parameters = dict(program.named_parameters())
    held = {**dict(program.named_buffers()), **program.tensor_constants}
    return Opened(
        forward=_for_any_rows(direct, batch),
        loading=loading + (_fixed_batch(batch) if _is_static(batch) else ""),
        parameters=parameters,
        buffers={name: t for name, t in held.items() if name not in parameters and isinstance(t, torch.Tensor)},
        capabilities=_capabilities(batch, explain),
        explain_module=explain,
        width=signature.width if signature else None,
        layer="the exported signature" if signature and signature.width is not None else None,
        outputs=signature.width_out if signature else None,
    )


def _capabilities(batch: Dim | None, explain: nn.Module | None) -> frozenset[Capability]:
    found = {Capability.GRADIENTS}
    if batch is not None and batch.most is None:
        found.add(Capability.DYNAMIC_BATCH)
    if explain is not None:
        found.add(Capability.HOOKS)
        if has_embedding(explain):
            found.add(Capability.EMBEDDINGS)
    return frozenset(found)


def _is_static(batch: Dim | None) -> bool:
    return batch is not None and batch.most is not None


def _fixed_batch(batch: Dim | None) -> str:
    most = batch.most if batch else None
    return f" It takes at most {most} rows at a time; larger batches are split, smaller ones filled up and cut."


def _for_any_rows(module: nn.Module, batch: Dim | None) -> nn.Module:
    if batch is None or (batch.least <= 0 and batch.most is None):
        return module
    return InBatches(module, batch.least, batch.most)
