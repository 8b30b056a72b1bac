"""Model: what every loaded file becomes, whatever its format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from dlaudit.models.code_file import UserCode


class Capability(StrEnum):
    """What can be done with a model; attributors and probes declare what they need of these."""

    GRADIENTS = "GRADIENTS"
    """Outputs can be differentiated with respect to floating inputs."""
    HOOKS = "HOOKS"
    """`explain_module` has submodules whose forward hooks fire."""
    EMBEDDINGS = "EMBEDDINGS"
    """An embedding layer can be hooked, so that token inputs have gradients."""
    DYNAMIC_BATCH = "DYNAMIC_BATCH"
    """Any number of rows can be passed at once."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A loaded model in the process that runs it."""

    forward: "Callable[..., torch.Tensor]"
    """Raw outputs `[n]` or `[n, k]` of input tensors with a leading axis of `n` rows."""
    explain_module: "torch.nn.Module | None" = None
    """An eager module with the same outputs and real submodules, for methods that need hooks."""
    capabilities: frozenset[Capability] = frozenset()
    """What it can do."""
    tensors: "Mapping[str, torch.Tensor]" = field(default_factory=dict)
    """Parameters and buffers by name, for the fingerprint and the finite-weights check."""
    code: "UserCode | None" = None
    """The user's Python file, where one was given."""
    device: str = "cpu"
    """Where its tensors are."""
    input_names: tuple[str, ...] | None = None
    """Names of the inputs of forward(), where the file says so; None to read them off its signature."""
    preprocess: "Callable[[Any], Any] | None" = None
    """Raw rows (a DataFrame) to a Tensor, a tuple or a dict of Tensors; None where inputs arrive encoded."""
    postprocess: "Callable[[Any], torch.Tensor] | None" = None
    """Raw outputs to scores `[n]` or `[n, k]`; None for the default reading of `model.output`."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What the parent process knows of a loaded model: plain data that crosses the process boundary as JSON."""

    path: str | None
    """Path as given; None for an object of the caller."""
    sha256: str | None
    """Digest of the bytes that were loaded."""
    format: str
    """`pt2`, `torchscript`, `module_pickle`, `state_dict`, `safetensors`, `callable`."""
    trusted: bool
    """Whether the caller's trust, not our checks, let it load."""
    loading: str
    """How far the file could be trusted, in one sentence for the report."""
    parameters: int | None
    """Number of parameters."""
    capabilities: list[str]
    """Values of `Capability`."""
    fingerprint: str | None
    """SHA-256 over names, shapes, dtypes and bytes of all parameters and buffers."""
    input_width: int | None
    """Number of columns that the first layer (or the stored signature) takes; None where unknown."""
    input_layer: str | None
    """Name of the layer that says so, as `net.0 (Linear)`, or `the exported signature`."""
    outputs: int | None
    """Number of outputs, where the file says so."""
    has_preprocess: bool
    """Whether the user's code turns raw rows into inputs."""
    has_postprocess: bool = False
    """Whether the user's code turns outputs into scores."""
    reads_data: bool = False
    """Whether the user's code reads the data file itself."""
    sandbox: dict[str, Any]
    """Limits that hold in the child, for the provenance; empty in process."""
    device: str = "cpu"
    """Where it runs."""
    feature_names: list[str] | None = None
    """Names of the encoded inputs, where the user's code gives them."""
    input_names: list[str] | None = None
    """Names of the inputs that forward() takes, in order, where they are known."""
    classes: list[str] | None = None
    """Names of the outputs in order, where the file gives them."""
