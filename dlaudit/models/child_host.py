"""A model file in a limited process: what a file can do to this process is to give wrong numbers."""

import json
import os
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dlaudit.errors import DlauditError, ModelRefused, Place, shown
from dlaudit.models.child_process import ChildProcess
from dlaudit.models.crossing import raised
from dlaudit.models.host import Host, Params
from dlaudit.models.limits import limits_of, seconds
from dlaudit.models.model import Loaded
from dlaudit.models.model_file import read_model_file
from dlaudit.models.serving import LoadOrder
from dlaudit.models.wire import Frame
from dlaudit.models.wire_screen import WireError
from dlaudit.spec import ModelSpec, RunSpec

if TYPE_CHECKING:
    import pyarrow as pa


def open_model(spec: ModelSpec, run: RunSpec) -> Host:
    """The model of a file, loaded in a child process of its own; close it, or use it in a `with` block.

    Raises:
        UsageError: A limit cannot be read (DLA101), there is no such file (DLA111) or device (DLA705).
        ModelRefused: The file cannot be loaded safely, or not at all.
        CodeFailed: The user's code file failed.
        Stopped: A limit was reached while it loaded.
    """
    return ChildHost(spec, run)


class ChildHost:
    """A model in a child process.

    Args:
        spec: The model, paths as the user gave them.
        run: Device, seed and limits.
    """

    def __init__(self, spec: ModelSpec, run: RunSpec) -> None:
        sent = spec.model_copy(update={"path": _absolute(spec.path), "code": _absolute(spec.code)})
        self._given = {
            there: here for there, here in ((sent.path, spec.path), (sent.code, spec.code)) if there and here
        }
        self._child = ChildProcess(
            lambda scratch: limits_of(spec, run, scratch),
            seconds=seconds(run.time_limit),
            place=Place(file=spec.path),
            code=spec.code,
        )
        try:
            order = LoadOrder(spec=sent, device=run.device, threads=run.threads, seed=run.seed)
            self._loaded = self._loaded_from(self._ask(Frame(header=order.as_dict())).header["result"], spec)
        except BaseException:
            self.close()
            raise

    @property
    def loaded(self) -> Loaded:
        """What is known of the model."""
        return self._loaded

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def call(
        self, operation: str, params: Params, tables: "dict[str, pa.Table] | None" = None
    ) -> "tuple[Params, dict[str, pa.Table]]":
        """Run an operation of dlaudit beside the model.

        Args:
            operation: `dlaudit.package.module:function`.
            params: JSON; a path among them (`path`) is made absolute, since the child works elsewhere.
            tables: Arrow tables of plain or tensor columns.

        Raises:
            DlauditError: What the operation raised, with its code and place.
            RuntimeError: A bug of dlaudit; the child's traceback is attached as a note.
        """
        if isinstance(params.get("path"), str):
            self._given[str(_absolute(params["path"]))] = params["path"]
            params = {**params, "path": _absolute(params["path"])}
        frame = Frame(header={"operation": operation, "params": params}, tables=tables or {})
        reply = self._ask(frame)
        return _Answer(reply.header["result"]), _Answer(reply.tables)

    def unchanged(self) -> bool:
        """Whether the file still holds the bytes that were loaded."""
        try:
            return read_model_file(Path(str(self.loaded.path))).sha256 == self.loaded.sha256
        except DlauditError:
            return False  # it is gone, or no regular file any more

    def close(self) -> None:
        """End the child; safe to call twice."""
        self._child.close()

    def __enter__(self) -> "ChildHost":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, frame: Frame) -> Frame:
        reply = self._child.ask(frame)
        if "error" in reply.header:
            try:
                error = raised(reply.header["error"], self._given)
            except WireError as odd:
                self.close()
                raise self._child.misbehaved(odd) from odd
            raise error
        if not isinstance(reply.header.get("result"), dict):
            self.close()
            raise self._child.misbehaved(WireError("a reply without result"))
        return reply

    def _loaded_from(self, written: dict[str, Any], spec: ModelSpec) -> Loaded:
        """What the child says of the model, in its right types, with the path that the user gave."""
        from pydantic import TypeAdapter, ValidationError

        try:
            loaded = TypeAdapter(Loaded).validate_json(json.dumps(written), strict=True)
        except ValidationError as odd:
            raise self._child.misbehaved(WireError("a description of another form")) from odd
        return replace(
            loaded,
            path=spec.path,
            loading=shown(loaded.loading, limit=1_000, quote=False),
            input_layer=shown(loaded.input_layer, limit=200, quote=False) if loaded.input_layer else None,
        )


class _Answer(dict[str, Any]):
    """Results by name; one that the child left out is the model's fault, not a KeyError of ours."""

    def __missing__(self, name: str) -> Any:
        raise ModelRefused(
            "DLA221",
            f"the model's process left {name!r} out of its reply, which dlaudit does not do",
            fix="Its program or code interferes with dlaudit; do not trust this file.",
        )


def _absolute(path: str | None) -> str | None:
    return None if path is None else os.path.abspath(path)
