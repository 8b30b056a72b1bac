"""The user's own Python file: functions found by name, every fault told with the line it comes from."""

import hashlib
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from dlaudit.errors import CodeFailed, Place, UsageError, nearest, shown
from dlaudit.models.faults import blamed_on

FUNCTIONS = ("load_model", "read_data", "preprocess", "postprocess", "background", "feature_names")
"""Names that the file may define."""
_GUARDED = ("read_data", "preprocess", "postprocess", "background")


@dataclass(frozen=True, kw_only=True)
class UserCode:
    """What the file defines; what it does not is None."""

    path: str
    """Where it was read."""
    sha256: str
    """Digest of the bytes that ran."""
    load_model: Callable[[str, str], Any] | None = None
    """`(path, device)` to a module or a callable."""
    read_data: Callable[[str], Any] | None = None
    """A path to a DataFrame, or a list of them."""
    preprocess: Callable[[Any], Any] | None = None
    """Raw rows to a Tensor, a tuple or a dict of Tensors."""
    postprocess: Callable[[Any], Any] | None = None
    """The model's outputs to scores `[n]` or `[n, k]`."""
    background: Callable[[Any], Any] | None = None
    """Inputs to reference inputs."""
    feature_names: list[str] | None = None
    """Names of the encoded inputs."""


def load_user_code(path: Path) -> UserCode:
    """The functions of a Python file, which is executed in this process under a name of its own.

    Its folder comes first on `sys.path`, as for a script. An exception, an exit or a syntax error of the file or of
    any of its functions but `load_model` is a CodeFailed.

    Raises:
        UsageError: There is no such file (DLA111).
        CodeFailed: It does not run, defines none of the names, or a name that is nearly one of them (DLA222).
    """
    source = _read(path)
    digest = hashlib.sha256(source).hexdigest()
    module = _executed(path, source, f"_dlaudit_code_{digest[:12]}")
    _check_names(module, path)
    functions = {name: _guarded(getattr(module, name), path) for name in _GUARDED if hasattr(module, name)}
    return UserCode(
        path=str(path),
        sha256=digest,
        # its faults are told by the loader, which knows what a mismatch of weights looks like
        load_model=getattr(module, "load_model", None),
        feature_names=_feature_names(module, path),
        **functions,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as missing:
        beside = [one.name for one in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UsageError(
            "DLA111",
            "the code file cannot be read",
            place=Place(file=str(path)),
            fix=f"Check the path given by --code.{nearest(path.name, beside)}",
        ) from missing


def _executed(path: Path, source: bytes, name: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path)
    # classes of the file must find their module while it runs (dataclasses, pickles)
    sys.modules[name] = module
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    with blamed_on(path, "the file"):
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102 - the user's own file, named by them
    return module


def _check_names(module: ModuleType, path: Path) -> None:
    """Refuses a file whose function is nearly called like one of ours: it would silently never run."""
    own = [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    missing = [name for name in FUNCTIONS if not hasattr(module, name)]
    for name in own:
        near = nearest(name, missing) if name not in FUNCTIONS else ""
        if near and _is_slip(name, missing):
            line = getattr(module, name).__code__.co_firstlineno
            raise _unusable(path, f"the function {shown(name)} is not one that dlaudit calls", line, near.strip())
    if len(missing) == len(FUNCTIONS):
        known = ", ".join(FUNCTIONS)
        raise _unusable(path, "it defines none of the functions that dlaudit calls", None, f"Define one of {known}.")


def _is_slip(name: str, known: list[str]) -> bool:
    from difflib import get_close_matches

    return bool(get_close_matches(name.casefold().replace("_", ""), [k.replace("_", "") for k in known], cutoff=0.88))


def _guarded(function: Any, path: Path) -> Callable[..., Any]:
    name = getattr(function, "__name__", "the file")
    if not callable(function):
        raise _unusable(path, f"one of its functions is {shown(type(function).__name__)}", None, "Make it a function.")

    @wraps(function)
    def call(*arguments: Any) -> Any:
        with blamed_on(path, name):
            result = function(*arguments)
            # a generator runs only when it is read, so it is read here
            return list(result) if isinstance(result, Iterator) else result

    return call


def _feature_names(module: ModuleType, path: Path) -> list[str] | None:
    given = getattr(module, "feature_names", None)
    names = _guarded(given, path)() if callable(given) else given
    if names is None:
        return None
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise _unusable(path, "feature_names is not a list of names", None, "Return a list of texts.")
    return list(names)


def _unusable(path: Path, what: str, line: int | None, fix: str) -> CodeFailed:
    return CodeFailed("DLA222", what, place=Place(file=str(path), line=line), fix=fix)
