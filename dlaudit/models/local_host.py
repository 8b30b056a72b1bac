"""The caller's own model in the caller's own process, left afterwards as it was before."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from dlaudit.errors import DlauditError, Place, UsageError
from dlaudit.models.beside import operation_named
from dlaudit.models.code_file import UserCode
from dlaudit.models.faults import blamed_on, is_out_of_memory, out_of_memory
from dlaudit.models.fingerprint import fingerprint
from dlaudit.models.forward import guarded, leave_training_mode, modules_of
from dlaudit.models.host import Host, Params
from dlaudit.models.kept_tensors import KeptTensors
from dlaudit.models.layers import ends_of
from dlaudit.models.model import Capability, Loaded, Model
from dlaudit.models.torch_state import device_named, settled_torch
from dlaudit.spec import ModelSpec

if TYPE_CHECKING:
    import pyarrow as pa

OWN = "An object of the caller: it ran in the caller's own process."
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def wrap_model(
    model: Any,
    *,
    preprocess: Callable[[Any], Any] | None = None,
    postprocess: Callable[[Any], Any] | None = None,
    device: str = "cpu",
    feature_names: Sequence[str] | None = None,
) -> Host:
    """The caller's model as a Host.

    A module is put in evaluation mode until the host is closed; then every submodule's mode, hooks, buffers and
    parameters are as they were, also where its own forward pass writes to them. Gradient flags and devices are not
    touched.

    Args:
        model: A module, an `ExportedProgram`, or any callable on tensors; its outputs may be those of Hugging Face.
        preprocess: Raw rows (a DataFrame) to a Tensor, a tuple or a dict of Tensors.
        postprocess: Raw outputs to scores `[n]` or `[n, k]`.
        device: Where inputs go; a model with parameters keeps its own.
        feature_names: Names of the encoded inputs.

    Raises:
        UsageError: The model is not callable (DLA101), or there is no such device (DLA705).
    """
    made, loaded = _opened(model, device)
    names = list(feature_names) if feature_names is not None else None
    given = _Given(preprocess=preprocess, postprocess=postprocess, names=names)
    return LocalHost(given.added_to(made), given.told(loaded))


class LocalHost:
    """A model in this process.

    Args:
        model: The model; its modules are put in evaluation mode.
        loaded: What is known of it.
    """

    def __init__(self, model: Model, loaded: Loaded) -> None:
        self._model = guarded(model, Place())
        self._loaded = loaded
        self._before: list[_Before | KeptTensors] = [_Before.of(part) for part in modules_of(model)]
        self._before.append(KeptTensors.of(modules_of(model)))
        leave_training_mode(model)

    @property
    def loaded(self) -> Loaded:
        """What is known of the model."""
        return self._loaded

    def call(
        self, operation: str, params: Params, tables: "dict[str, pa.Table] | None" = None
    ) -> "tuple[Params, dict[str, pa.Table]]":
        """Run an operation of dlaudit on the model.

        torch's generators and switches are set for the operation and given back after it.

        Raises:
            DlauditError: What the operation raised; memory that ran out is Stopped (DLA218).
        """
        with settled_torch(seed=0):
            try:
                return operation_named(operation)(self._model, params, tables or {})
            except DlauditError:
                raise
            except Exception as fault:
                if is_out_of_memory(fault):
                    raise out_of_memory(None) from fault
                raise

    def unchanged(self) -> bool:
        """True: there is no file; the fingerprint tells whether the object changed."""
        return True

    def close(self) -> None:
        """Give the model back as it was; safe to call twice."""
        while self._before:
            self._before.pop().restore()

    def __enter__(self) -> "LocalHost":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, kw_only=True)
class _Before:
    """A submodule's mode and hooks before the audit."""

    module: nn.Module
    training: bool
    hooks: dict[str, list[int]]

    @classmethod
    def of(cls, module: nn.Module) -> "_Before":
        hooks = {name: list(getattr(module, name, ())) for name in _HOOKS}
        return cls(module=module, training=module.training, hooks=hooks)

    def restore(self) -> None:
        """Mode as before, and only the hooks of before."""
        self.module.training = self.training
        for name, known in self.hooks.items():
            now: dict[int, Any] = getattr(self.module, name, {})
            for key in [key for key in now if key not in known]:
                del now[key]


@dataclass(frozen=True, kw_only=True)
class _Given:
    """The caller's functions around the model."""

    preprocess: Callable[[Any], Any] | None
    postprocess: Callable[[Any], Any] | None
    names: list[str] | None

    def added_to(self, model: Model) -> Model:
        """The model with the functions, their faults told as those of a code file are."""
        pre, post = _blamed(self.preprocess, "preprocess"), _blamed(self.postprocess, "postprocess")
        code = None
        if self.names is not None:
            code = UserCode(path="", sha256="", feature_names=self.names)
        return replace(model, preprocess=pre, postprocess=post, code=code)

    def told(self, loaded: Loaded) -> Loaded:
        """What is known of the model with them."""
        return replace(
            loaded,
            has_preprocess=self.preprocess is not None,
            has_postprocess=self.postprocess is not None,
            feature_names=self.names,
        )


def _opened(model: Any, device: str) -> tuple[Model, Loaded]:
    if isinstance(model, torch.export.ExportedProgram):
        return _exported(model, device)
    if isinstance(model, nn.Module):
        return _described(_module(model, device), model)
    if not callable(model):
        raise UsageError(
            "DLA101",
            f"the model is a {type(model).__name__}",
            expected="a file's path, a torch module, an ExportedProgram or a callable on tensors",
            fix="Pass the model itself, or a function of tensors.",
        )
    found = Model(
        forward=_with_or_without_gradients(model),
        capabilities=frozenset({Capability.GRADIENTS, Capability.DYNAMIC_BATCH}),
        device=device_named(device),
    )
    return _described(found, None)


def _module(module: nn.Module, device: str) -> Model:
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    found = {Capability.GRADIENTS, Capability.DYNAMIC_BATCH}
    scripted = isinstance(module, torch.jit.ScriptModule)
    if not scripted:
        found.add(Capability.HOOKS)
        if any(isinstance(part, nn.Embedding | nn.EmbeddingBag) for part in module.modules()):
            found.add(Capability.EMBEDDINGS)
    where = str(next(iter(tensors.values())).device) if tensors else device_named(device)
    return Model(
        forward=module,
        explain_module=None if scripted else module,
        capabilities=frozenset(found),
        tensors=tensors,
        device=where,
    )


def _described(model: Model, module: nn.Module | None) -> tuple[Model, Loaded]:
    ends = ends_of(module) if module is not None else None
    count = sum(int(one.numel()) for one in module.parameters()) if module is not None else None
    loaded = Loaded(
        path=None,
        sha256=None,
        format="callable",
        trusted=True,
        loading=OWN,
        parameters=count,
        capabilities=sorted(one.value for one in model.capabilities),
        fingerprint=fingerprint(model.tensors) if model.tensors else None,
        input_width=ends.width if ends else None,
        input_layer=ends.layer if ends else None,
        outputs=ends.outputs if ends else None,
        has_preprocess=False,
        sandbox={},
        device=model.device,
    )
    return model, loaded


def _exported(program: "torch.export.ExportedProgram", device: str) -> tuple[Model, Loaded]:
    """An exported program as its file would be loaded, so that both are audited alike."""
    from dlaudit.models.pt2 import load_pt2
    from dlaudit.models.request import LoadRequest
    from dlaudit.models.sniff import Sniffed

    file = io.BytesIO()
    torch.export.save(program, file)
    data = file.getvalue()
    digest = sha256(data).hexdigest()
    request = LoadRequest(
        path=Path("the exported program"),
        data=data,
        sha256=digest,
        spec=ModelSpec(trust=digest, allow_nonfinite_weights=True),
        device=device_named(device),
        sniffed=Sniffed(kind="pt2", size=len(data), detail=""),
        code=None,
    )
    model, loaded = load_pt2(request)
    return model, replace(loaded, path=None, sha256=None, format="callable", trusted=True, loading=OWN)


def _with_or_without_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, given detached inputs where it turns tensors into numpy, which refuses those with gradients."""

    def call(*inputs: torch.Tensor, **named: torch.Tensor) -> Any:
        try:
            return function(*inputs, **named)
        except RuntimeError as fault:
            if "requires grad" not in str(fault):
                raise
            detached = {name: part.detach() for name, part in named.items()}
            return function(*(part.detach() for part in inputs), **detached)

    return call


def _blamed(function: Callable[[Any], Any] | None, name: str) -> Callable[[Any], Any] | None:
    if function is None:
        return None
    file = Path(getattr(getattr(function, "__code__", None), "co_filename", name))

    def call(given: Any) -> Any:
        with blamed_on(file, name):
            return function(given)

    return call
