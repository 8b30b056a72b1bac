"""Loads TorchScript files: scripted or traced programs, screened before torch sees them."""

import io
from typing import Any

import torch

from dlaudit.errors import ModelRefused, Place
from dlaudit.models.eager import saved_in_training
from dlaudit.models.faults import is_out_of_memory
from dlaudit.models.layers import ends_of
from dlaudit.models.model import Capability, Loaded, Model
from dlaudit.models.quiet import quiet_torch
from dlaudit.models.request import LoadRequest, Opened, finish
from dlaudit.models.torchscript_screen import screen_torchscript

CHECKED = "A program file (TorchScript): its source was statically checked before loading, not proven safe."
TRUSTED = "A program file (TorchScript), loaded because --trust names its SHA-256; the static check alone "
_TRAINS = {"aten::dropout": 2, "aten::feature_dropout": 2, "aten::alpha_dropout": 2, "aten::batch_norm": 5}
"""Operators that behave differently in training, and the position of the argument that says so."""


def load_torchscript(request: LoadRequest) -> tuple[Model, Loaded]:
    """The model in a TorchScript file. Hooks do not fire in it, so HOOKS is never claimed.

    Raises:
        ModelRefused: DLA221, DLA206, DLA207 by the screen; DLA210, it was traced in training mode.
    """
    loading = _screened(request)
    try:
        with quiet_torch():
            # torch's stubs leave jit untyped
            module: Any = torch.jit.load(io.BytesIO(request.data), map_location=request.device)  # type: ignore[no-untyped-call]
            loading += saved_in_training(module)
            module.eval()
            refuse_baked_training(module, request.place)
            ends = ends_of(module)
            parameters, buffers = dict(module.named_parameters()), dict(module.named_buffers())
    except ModelRefused:
        raise
    except Exception as failed:  # torch raises RuntimeError, UnicodeDecodeError and more, with 40 lines of its own
        if is_out_of_memory(failed):
            raise  # a limit of ours, told as such by the process that set it
        raise ModelRefused(
            "DLA206",
            f"torch {torch.__version__} cannot load the TorchScript program ({type(failed).__name__})",
            place=request.place,
            fix="Save the model again, best with torch.export.save.",
        ) from failed
    opened = Opened(
        forward=module,
        loading=loading,
        parameters=parameters,
        buffers=buffers,
        capabilities=frozenset({Capability.GRADIENTS, Capability.DYNAMIC_BATCH}),
        width=ends.width,
        layer=ends.layer,
        outputs=ends.outputs,
    )
    return finish(request, "torchscript", opened)


def _screened(request: LoadRequest) -> str:
    """The sentence on safety."""
    try:
        screen_torchscript(request.data, request.place)
    except ModelRefused as refused:
        if not request.trusted:
            raise
        return f"{TRUSTED}would have refused it: {refused.what}."
    return f"{TRUSTED}lets it pass too." if request.trusted else CHECKED


def refuse_baked_training(module: Any, place: Place) -> None:
    """Nothing, unless dropout or batch normalisation was recorded in training mode, which `eval()` cannot undo.

    Raises:
        ModelRefused: DLA210.
    """
    if "forward" not in dir(module):
        return
    graph = module.inlined_graph  # made anew on each access, and its nodes die with it
    for operator, position in _TRAINS.items():
        for node in graph.findAllNodes(operator, True):
            if list(node.inputs())[position].toIValue() is True:
                raise ModelRefused(
                    "DLA210",
                    f"the program was traced in training mode: {operator.removeprefix('aten::')} is always on",
                    place=place,
                    fix="Call model.eval() before torch.jit.trace, or export it with torch.export.",
                )
