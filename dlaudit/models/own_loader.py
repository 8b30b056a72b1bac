"""Models that the user's own `load_model` builds, whatever the kind of file."""

import contextlib
import pickle
import re
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn

from dlaudit.errors import CodeFailed, DlauditError, ModelRefused, Place, listed, shown
from dlaudit.models.eager import opened_callable, opened_module
from dlaudit.models.faults import is_out_of_memory
from dlaudit.models.model import Loaded, Model
from dlaudit.models.request import LoadRequest, finish

if TYPE_CHECKING:
    from dlaudit.models.code_file import UserCode

_MISMATCH = re.compile(r"Error\(s\) in loading state_dict for (\w+):")
_NAMED = re.compile(r'"([^"]+)"')
_SIZE = re.compile(r"size mismatch for (\S+): .*?torch\.Size\((\[[\d, ]*\]).*?torch\.Size\((\[[\d, ]*\])")

Screen = Callable[[LoadRequest], None]


def load_own(request: LoadRequest, code: "UserCode", screen: Screen | None) -> tuple[Model, Loaded]:
    """What `load_model(path, device)` of the user's file returns, ready to score.

    The file is screened all the same: a damaged file or a bomb is refused, and code in the file is named in the report.

    Raises:
        ModelRefused: DLA206, DLA207, DLA208 by the screen; DLA205, weights and architecture differ.
        CodeFailed: DLA222, the user's code raised, exited, or returned something that is no model.
    """
    objection = _screened(request, screen)
    made = _called(request, code, objection)
    loading = f"Loaded by load_model of your file {shown(code.path, limit=80)}, which runs with your rights"
    loading += f"; the static check of the model file would have refused it: {objection.what}." if objection else "."
    if isinstance(made, nn.Module):
        opened = opened_module(made, loading, request.device)
    elif callable(made):
        opened = opened_callable(made, loading)
    else:
        raise _failed(
            code, f"load_model returned a {type(made).__name__}", "an nn.Module or a function of tensors", None
        )
    return finish(request, _format_name(request), opened)


def _format_name(request: LoadRequest) -> str:
    names = {"safetensors": "safetensors", "pt2": "pt2", "torchscript": "torchscript"}
    return names.get(request.sniffed.kind, "state_dict")


def _screened(request: LoadRequest, screen: Screen | None) -> ModelRefused | None:
    """The screen's objection to code in the file; other faults are raised."""
    if screen is None:
        return None
    try:
        screen(request)
    except ModelRefused as refused:
        if refused.code in ("DLA206", "DLA207", "DLA208"):
            raise
        return refused
    return None


def _called(request: LoadRequest, code: "UserCode", objection: ModelRefused | None) -> Any:
    load_model = code.load_model
    assert load_model is not None
    try:
        # what user code prints must not mix with the frames on standard output
        with contextlib.redirect_stdout(sys.stderr):
            return load_model(str(request.path), request.device)
    except DlauditError:
        raise
    except RuntimeError as failed:
        if is_out_of_memory(failed):
            raise
        mismatch = _MISMATCH.search(str(failed))
        if mismatch:
            raise _mismatched(request, str(failed), mismatch.group(1)) from failed
        raise _raised(code, failed) from failed
    except pickle.UnpicklingError as failed:
        if objection is not None:
            raise objection from failed
        raise _raised(code, failed) from failed
    except MemoryError:
        raise
    except (Exception, SystemExit) as failed:  # the user's code may raise anything, and may even exit with 0
        raise _raised(code, failed) from failed


def _mismatched(request: LoadRequest, text: str, architecture: str) -> ModelRefused:
    """The first five missing, unexpected and misshapen weights of torch's message."""
    parts = []
    for line in text.splitlines():
        for title in ("Missing", "Unexpected"):
            if line.strip().startswith(f"{title} key(s)"):
                parts.append(f"{title.lower()} {listed(_NAMED.findall(line))}")
    shapes = [f"{name} {has} in the file, {wants} in the model" for name, has, wants in _SIZE.findall(text)]
    if shapes:
        parts.append(f"other shapes: {listed(shapes, quote=False)}")
    return ModelRefused(
        "DLA205",
        f"the weights do not fit {shown(architecture, quote=False)}: {'; '.join(parts)}",
        place=request.place,
        fix="Build the model in load_model with the sizes it was trained with, or give the file that belongs to it.",
    )


def _raised(code: "UserCode", failed: BaseException) -> CodeFailed:
    what = f"load_model raised {type(failed).__name__}"
    text = "" if isinstance(failed, pickle.UnpicklingError) else str(failed)  # torch's text recommends unsafe loading
    return _failed(code, f"{what}: {shown(text, limit=200, quote=False)}" if text else what, None, failed)


def _failed(code: "UserCode", what: str, expected: str | None, failed: BaseException | None) -> CodeFailed:
    frames = traceback.extract_tb(failed.__traceback__) if failed else []
    lines = [frame.lineno for frame in frames if frame.filename == str(code.path)]
    return CodeFailed(
        "DLA222",
        what,
        expected=expected,
        place=Place(file=str(code.path), line=lines[-1] if lines else None),
        fix="Correct load_model(path, device); it returns the model.",
    )
