"""What is known of a model and its inputs when methods are chosen for it."""

from dataclasses import dataclass

from dlaudit.attributions.layer_kinds import is_a, kinds
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.attributions.score import frozen, one_function
from dlaudit.models.model import Capability

CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
_KINDS = {
    "conv": CONVOLUTIONS,
    "recurrent": ("RNNBase", "RNNCellBase"),
    "attention": ("MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer"),
    "embedding": ("Embedding", "EmbeddingBag"),
}


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """Plain data, as it crosses from the model's process."""

    players: int
    """Inputs (or groups of them) that contributions are given for."""
    conv: bool = False
    """There is a convolution."""
    recurrent: bool = False
    """There is an LSTM, GRU or plain recurrent layer."""
    attention: bool = False
    """There is attention."""
    embedding: bool = False
    """There is an embedding, which looks whole numbers up."""
    floating: bool = True
    """An input is decimal numbers."""
    integer: bool = False
    """An input is whole numbers (tokens, codes)."""
    hooks: bool = False
    """Layers can be watched."""
    no_gradient: str | None = None
    """Why the score has no gradient by the inputs (or by the embeddings of whole numbers); None where it has."""


def facts(request: Request) -> ModelFacts:
    """What decides which methods suit the model: its layers, its inputs and whether it has gradients.

    Two rows go through the model once with gradients.
    """
    known = _kinds(request)
    return ModelFacts(
        players=len(request.layout),
        conv="conv" in known,
        recurrent="recurrent" in known,
        attention="attention" in known,
        embedding="embedding" in known,
        floating=any(one.is_floating_point() for one in request.rows),
        integer=any(not one.is_floating_point() for one in request.rows),
        hooks=_hooks(request),
        no_gradient=_no_gradient(request),
    )


def _kinds(request: Request) -> set[str]:
    """Which of the layers that matter the module has."""
    parts = [] if request.module is None else list(request.module.modules())
    found = {name for name, classes in _KINDS.items() if any(is_a(part, *classes) for part in parts)}
    # attention written by hand is told by the name of its class, as in most published models
    return found | {"attention" for part in parts if any("attention" in one.lower() for one in kinds(part))}


def _hooks(request: Request) -> bool:
    import torch

    if request.model is not None:
        return Capability.HOOKS in request.model.capabilities
    module = request.module
    return module is not None and not any(isinstance(part, torch.jit.ScriptModule) for part in module.modules())


def _no_gradient(request: Request) -> str | None:
    """Why the score cannot be differentiated by its inputs, whole numbers replaced by what they look up."""
    import torch

    from dlaudit.attributions.libraries.moving import moving

    with frozen(request.module), one_function():
        try:
            moving(request, torch.float64)
        except CannotExplainError as error:
            return str(error)
    return None
