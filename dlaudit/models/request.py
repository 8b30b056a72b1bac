"""What a loader is given, and how it hands back what it made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import ModelRefused, Place, listed, shown
from dlaudit.models.model import Capability, Loaded, Model
from dlaudit.models.model_file import place_of
from dlaudit.models.sniff import Sniffed
from dlaudit.spec import ModelSpec

if TYPE_CHECKING:
    import torch

    from dlaudit.models.code_file import UserCode


@dataclass(frozen=True, kw_only=True)
class LoadRequest:
    """A file to load, read once: what was screened is what is loaded."""

    path: Path
    """Where it came from."""
    data: bytes
    """Its bytes; empty for a folder."""
    sha256: str
    """Their digest."""
    spec: ModelSpec
    """What was asked."""
    device: str
    """Where its tensors go."""
    sniffed: Sniffed
    """What it is."""
    code: "UserCode | None"
    """The user's Python file, if one was given."""

    @property
    def place(self) -> Place:
        """The file, for messages."""
        return place_of(self.path)

    @property
    def trusted(self) -> bool:
        """Whether the user vouches for exactly these bytes."""
        return self.spec.trust is not None and self.spec.trust.strip().lower() == self.sha256


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A model as a loader made it, before the checks that hold for every format."""

    forward: "Callable[..., torch.Tensor]"
    loading: str
    """How far the file could be trusted, in one sentence."""
    parameters: "Mapping[str, torch.Tensor]"
    buffers: "Mapping[str, torch.Tensor]"
    capabilities: frozenset[Capability]
    explain_module: "torch.nn.Module | None" = None
    width: int | None = None
    """Columns of its input."""
    layer: str | None = None
    """What says so."""
    outputs: int | None = None
    """Outputs per row."""


def finish(request: LoadRequest, format_name: str, opened: Opened) -> tuple[Model, Loaded]:
    """The model and what the parent may know of it.

    Raises:
        ModelRefused: DLA209, weights are not finite.
    """
    from dlaudit.models.fingerprint import fingerprint

    if not request.spec.allow_nonfinite_weights:
        refuse_nonfinite(opened, request.place)
    code, tensors = request.code, {**opened.parameters, **opened.buffers}
    model = Model(
        forward=opened.forward,
        explain_module=opened.explain_module,
        capabilities=opened.capabilities,
        tensors=tensors,
        code=code,
        device=request.device,
        preprocess=code.preprocess if code else None,
        postprocess=code.postprocess if code else None,
    )
    names: Any = code.feature_names if code else None
    loaded = Loaded(
        path=str(request.path),
        sha256=request.sha256,
        format=format_name,
        trusted=request.trusted,
        loading=opened.loading,
        # a frozen program keeps its weights as constants, which cannot be counted
        parameters=sum(int(p.numel()) for p in opened.parameters.values()) if opened.parameters else None,
        capabilities=sorted(capability.value for capability in opened.capabilities),
        fingerprint=fingerprint(tensors),
        input_width=opened.width,
        input_layer=opened.layer,
        outputs=opened.outputs,
        has_preprocess=model.preprocess is not None,
        has_postprocess=model.postprocess is not None,
        reads_data=code is not None and code.read_data is not None,
        sandbox={},
        device=request.device,
        feature_names=list(names) if names is not None else None,
    )
    return model, loaded


def refuse_nonfinite(opened: Opened, place: Place) -> None:
    """Nothing, if the weights are numbers. Minus infinity in a buffer is an attention mask's, and passes.

    Raises:
        ModelRefused: DLA209, naming each tensor and how many of its elements are not finite.
    """
    import torch

    bad = {name: int((~torch.isfinite(t)).sum()) for name, t in opened.parameters.items() if _can_be_nan(t)}
    for name, t in opened.buffers.items():
        if _can_be_nan(t):
            bad[name] = int(torch.isnan(t).sum() + (torch.isposinf(t).sum() if not t.is_complex() else 0))
    faults = [f"{shown(name)} ({count:,} of its elements)" for name, count in bad.items() if count]
    if faults:
        raise ModelRefused(
            "DLA209",
            f"weights are NaN or infinite: {listed(faults, most=5, quote=False)}",
            expected="finite weights",
            place=place,
            fix="Use a checkpoint from before the training diverged, or set model.allow_nonfinite_weights = true.",
        )


def _can_be_nan(tensor: "torch.Tensor") -> bool:
    import torch

    return (tensor.is_floating_point() or tensor.is_complex()) and tensor.layout is torch.strided
