"""Loads a `.pt2` (torch.export): a program with its weights, screened before torch sees it."""

import io
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram

from dlaudit.errors import ModelRefused, listed
from dlaudit.models.callables import Frozen, InBatches
from dlaudit.models.model import Capability, Loaded, Model
from dlaudit.models.pt2_explain import explainable
from dlaudit.models.pt2_screen import Screened, screen_pt2
from dlaudit.models.pt2_signature import Dim, Signature, read_signature
from dlaudit.models.quiet import quiet_torch
from dlaudit.models.request import LoadRequest, Opened, finish

CHECKED = "A program file (torch.export): statically checked before loading, not proven safe; it runs in a child process."
TRUSTED = "A program file (torch.export), loaded unchecked because --trust names its SHA-256."


def load_pt2(request: LoadRequest) -> tuple[Model, Loaded]:
    """The model in a `.pt2`.

    Raises:
        ModelRefused: DLA202, DLA206, DLA207 by the screen; DLA210, it was exported in training mode beyond repair.
    """
    screened = None if request.trusted else screen_pt2(request.data, request.place)
    try:
        with quiet_torch():
            program = torch.export.load(io.BytesIO(request.data))
            refuse_unrepaired(program, request)
            if request.device != "cpu":
                program = torch.export.passes.move_to_device_pass(program, request.device)
            return finish(request, "pt2", _opened(program, screened, request))
    except ModelRefused:
        raise
    except Exception as failed:  # torch raises any type at all; its own text would suggest loading unchecked
        raise ModelRefused(
            "DLA206",
            f"torch {torch.__version__} cannot rebuild the exported program ({type(failed).__name__})",
            place=request.place,
            fix="Export the model again with this version of torch.",
        ) from failed


def _opened(program: ExportedProgram, screened: Screened | None, request: LoadRequest) -> Opened:
    signature = read_signature(screened.program) if screened else None
    module = Frozen(program.module(), tuple(signature.keyword_inputs) if signature else ())
    batch = signature.batch if signature else None
    forward, dynamic = _for_any_rows(module, batch)
    capabilities = {Capability.GRADIENTS}
    if batch is not None:
        capabilities.add(Capability.DYNAMIC_BATCH) if dynamic else None
    explain = explainable(program, module, signature) if dynamic and signature else None
    if explain is not None:
        capabilities.add(Capability.HOOKS)
        if any(kind.endswith("sparse.Embedding") for kind in original_types(explain)):
            capabilities.add(Capability.EMBEDDINGS)
    parameters = dict(program.named_parameters())
    held = {**dict(program.named_buffers()), **program.tensor_constants}
    return Opened(
        forward=forward,
        loading=TRUSTED if request.trusted else CHECKED,
        parameters=parameters,
        buffers={name: tensor for name, tensor in held.items() if name not in parameters},
        capabilities=frozenset(capabilities),
        explain_module=explain,
        width=signature.width if signature else None,
        layer="the exported signature" if signature and signature.width is not None else None,
        outputs=signature.width_out if signature else None,
    )
