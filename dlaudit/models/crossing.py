"""Errors as JSON between a model's process and its parent: the same class, code and place on both sides."""

import re
import traceback
from dataclasses import asdict
from typing import Any

from dlaudit.errors import (
    CodeFailed,
    DataRefused,
    DlauditError,
    InputRefused,
    ModelRefused,
    Place,
    Stopped,
    UsageError,
    shown,
)
from dlaudit.models.wire_screen import WireError

_CLASSES = {one.__name__: one for one in (UsageError, InputRefused, ModelRefused, DataRefused, CodeFailed, Stopped)}


def told(error: BaseException) -> dict[str, Any]:
    """The error as JSON: a fault of the input with all its parts, anything else as the traceback of our own bug."""
    if isinstance(error, DlauditError) and type(error).__name__ in _CLASSES:
        return {
            "class": type(error).__name__,
            "code": error.code,
            "what": error.what,
            "fix": error.fix,
            "expected": error.expected,
            "place": asdict(error.place),
        }
    return {"bug": "".join(traceback.format_exception(error))}


def raised(written: object, given: dict[str, str]) -> Exception:
    """The error that `told` wrote, with its texts made safe to print.

    Args:
        written: JSON from the child; a model's program may have made it up.
        given: Absolute path of a file to the path that the user gave.

    Raises:
        WireError: It is no error.
    """
    match written:
        case {"bug": str(trace)}:
            error = RuntimeError("dlaudit failed beside the model; this is a bug in dlaudit")
            error.add_note(_lines(trace, 20_000))
            return error
        case {
            "class": str(name),
            "code": str(code),
            "what": str(what),
            "fix": str(fix),
            "expected": str() | None as expected,
            "place": dict(place),
        } if name in _CLASSES and re.fullmatch(r"DLA\d{3}", code):
            return _CLASSES[name](
                code,
                _one_line(what, 2_000),
                fix=_one_line(fix, 2_000),
                expected=None if expected is None else _one_line(expected, 500),
                place=_place(place, given),
            )
    raise WireError("an error of another form")


def _place(written: dict[str, Any], given: dict[str, str]) -> Place:
    match written:
        case {
            "file": str() | None as file,
            "row": int() | None as row,
            "line": int() | None as line,
            "column": str() | None as column,
        }:
            return Place(file=file if file is None else given.get(file, file), row=row, line=line, column=column)
    raise WireError("a place of another form")


def _one_line(text: str, limit: int) -> str:
    """The text without control characters: a message has one line, since CI systems obey what starts another."""
    return shown(" ".join(text[: 2 * limit].split()), limit=limit, quote=False)


def _lines(text: str, limit: int) -> str:
    """The lines of a traceback without control characters, none of which can start with a command."""
    return "\n".join(f"| {shown(line, limit=limit, quote=False)}" for line in text[:limit].split("\n"))
