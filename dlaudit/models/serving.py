"""The model's side of the pipe: load once, then run what the parent asks for."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from dlaudit.errors import DataRefused, DlauditError, Place
from dlaudit.models.beside import operation_named
from dlaudit.models.crossing import told
from dlaudit.models.faults import is_out_of_memory, out_of_memory
from dlaudit.models.model import Loaded, Model
from dlaudit.models.wire import EndedError, Frame, packed, read_frame, send
from dlaudit.models.wire_screen import WireError
from dlaudit.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class LoadOrder:
    """What the first request asks for."""

    spec: ModelSpec
    """The model, its paths absolute."""
    device: str
    """`cpu`, `cuda` or `auto`."""
    threads: int
    """Threads of torch."""
    seed: int
    """Seed of torch."""

    def as_dict(self) -> dict[str, Any]:
        """The order as JSON."""
        return {
            "spec": self.spec.model_dump(mode="json"),
            "device": self.device,
            "threads": self.threads,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, written: dict[str, Any]) -> "LoadOrder":
        """What `as_dict` wrote."""
        return cls(**{**written, "spec": ModelSpec.model_validate(written["spec"])})


def serve(requests: BinaryIO, replies: BinaryIO, sandbox: dict[str, Any]) -> None:
    """Answer frames until the parent closes the pipe; the first one asks to load."""
    session = _Session(sandbox)
    while True:
        try:
            asked = read_frame(requests)
        except EndedError:
            return
        _reply(replies, session.answer(asked))


def load(order: LoadOrder) -> tuple[Model, Loaded]:
    """The model of an order, in this process, with torch settled.

    Raises:
        DlauditError: The model or the user's code is refused, or there is no such device.
    """
    from dlaudit.models.code_file import load_user_code
    from dlaudit.models.formats import load_model
    from dlaudit.models.forward import guarded, leave_training_mode
    from dlaudit.models.torch_state import device_named, settle_torch

    settle_torch(order.seed, order.threads)
    device, path = device_named(order.device), Path(order.spec.path or "")
    code = load_user_code(Path(order.spec.code)) if order.spec.code is not None else None
    model, loaded = load_model(path, order.spec, device, code)
    ready = guarded(model, Place(file=str(path)))
    leave_training_mode(ready)
    return ready, loaded


class _Session:
    """The one model of this process.

    Args:
        sandbox: Limits that hold.
    """

    def __init__(self, sandbox: dict[str, Any]) -> None:
        self.sandbox = sandbox
        self.model: Model | None = None

    def answer(self, asked: Frame) -> Frame:
        """The reply to a request: a result, or an error as JSON."""
        try:
            return self._done(asked)
        except DlauditError as fault:
            return _failed(fault)
        except Exception as fault:  # noqa: BLE001 - it crosses whole, and is raised again by the parent
            return _failed(out_of_memory(self.sandbox["memory_limit"]) if is_out_of_memory(fault) else fault)

    def _done(self, asked: Frame) -> Frame:
        if self.model is None:
            self.model, loaded = load(LoadOrder.from_dict(asked.header))
            return Frame(header={"result": asdict(replace(loaded, sandbox=self.sandbox))})
        operation = operation_named(asked.header["operation"])
        result, tables = operation(self.model, asked.header["params"], asked.tables)
        return Frame(header={"result": result}, tables=tables)


def _failed(fault: BaseException) -> Frame:
    return Frame(header={"error": told(fault)})


def _reply(replies: BinaryIO, frame: Frame) -> None:
    try:
        parts = packed(frame)
    except WireError as unfit:
        fix = "Return less at once, and plain columns."
        parts = packed(_failed(DataRefused("DLA318", f"a result cannot be handed over: {unfit}", fix=fix)))
    except (TypeError, ValueError) as odd:
        parts = packed(_failed(odd))
    send(replies, parts)
