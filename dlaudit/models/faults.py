"""Exceptions of a model or of the user's code, in words that say what to change."""

import errno
import re
import resource
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dlaudit.errors import CodeFailed, DlauditError, ModelRefused, Place, Stopped, shown

_MEMORY = re.compile(
    r"can't allocate memory|cannot allocate memory|not enough memory|out of memory|bad_alloc|unable to allocate",
    re.IGNORECASE,
)
_SIZES = (
    (r"mat1 and mat2 shapes cannot be multiplied \((?:\d+x)*(?P<got>\d+) and (?P<takes>\d+)x\d+\)", "columns"),
    (r"size mismatch, got input \(\d+\), mat \(\d+x(?P<got>\d+)\), vec \((?P<takes>\d+)\)", "columns"),
    (r"running_mean should contain (?P<got>\d+) elements not (?P<takes>\d+)", "columns"),
    (r"normalized_shape=\[(?P<takes>\d+)\].*got input of size\s?\[(?:\d+, )*(?P<got>\d+)\]", "columns"),
    (r"input\.size\(-1\) must be equal to input_size\. Expected (?P<takes>\d+), got (?P<got>\d+)", "columns"),
    (r"to have (?P<takes>\d+) channels, but got (?P<got>\d+) channels", "channels"),
)
_KINDS = (
    (r"expected (?:m1 and m2|mat1 and mat2) to have the same dtype|must have the same dtype|but found \w+|same dtype",
     "the model computes in another number type than the inputs have"),
    (r"Expected tensor for argument #\d+ 'indices'|tensors used as indices must be long",
     "the model looks inputs up as whole numbers (an embedding), the data gave decimal numbers"),
    (r"index out of range in self|index \d+ is out of bounds",
     "an input is a code that the model's embedding does not have"),
    (r"missing \d+ required (?:positional )?argument", "the model takes more inputs than it was given"),
    (r"takes \d+ positional arguments? but \d+ (?:was|were) given|unexpected keyword argument",
     "the model takes other inputs than it was given"),
    (r"Guard failed|Expected input at .* to be equal to|shape of input does not match",
     "the exported program takes inputs of another shape"),
)  # fmt: skip


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out; torch says so in several ways."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and _MEMORY.search(str(error)) is not None


def out_of_memory(limit: int | None) -> Stopped:
    """DLA218, with the limit and the peak."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    held = f"its limit is {_gibibytes(limit)}, " if limit is not None else ""
    return Stopped(
        "DLA218",
        f"the model's process ran out of memory ({held}it had used {_gibibytes(peak)})",
        fix="Lower run.batch_size, or raise run.memory_limit.",
    )


def forward_failed(error: BaseException, shapes: Sequence[str], place: Place, code: Path | None) -> ModelRefused:
    """DLA211 for an exception of the model's forward pass.

    Args:
        error: What it raised.
        shapes: The inputs, as `float32 [2, 107]`.
        place: The model file.
        code: The user's code file, whose line is named where it is part of the trace.
    """
    line, what = _line_in(error, code), _in_words(error)
    beside = "; sequences may need lengths or a mask, too: [input.sequence]" if "more inputs" in what else ""
    given = f"it was given {' and '.join(shapes)}" if shapes else "it was given no inputs"
    return ModelRefused(
        "DLA211",
        f"the model's forward pass fails: {what} ({given})",
        place=Place(file=str(code), line=line) if line is not None else place,
        fix=f"Check data.features and [input.table], or `preprocess`, against what the model was trained on{beside}.",
    )


@contextmanager
def blamed_on(code: Path, doing: str) -> Iterator[None]:
    """Whatever the user's code raises becomes CodeFailed (DLA222) with its own line; memory and our errors pass.

    Args:
        code: The user's file.
        doing: What ran, as `preprocess`.
    """
    try:
        yield
    except DlauditError:
        raise
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        if is_out_of_memory(error):
            raise
        raise code_failed(code, doing, error) from error


def code_failed(code: Path, doing: str, error: BaseException) -> CodeFailed:
    """DLA222 for an exception, a syntax error or an exit of the user's code."""
    if isinstance(error, SyntaxError) and error.filename == str(code):
        line, what = error.lineno, f"the file is not valid Python ({shown(error.msg, limit=120, quote=False)})"
    elif isinstance(error, SystemExit):
        line, what = _line_in(error, code), f"{doing} ended the program (sys.exit({error.code!r}))"
    else:
        line, what = _line_in(error, code), f"{doing} raised {_named(error)}"
    fix = "Correct the line named." if line is not None else "Correct the file."
    return CodeFailed("DLA222", what, place=Place(file=str(code), line=line), fix=fix)


def described(value: Any) -> str:
    """A value's kind for a message, as `float32 [2, 107]` or `NoneType`."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return type(value).__name__
    return f"{str(dtype).removeprefix('torch.')} {list(shape)}"


def _in_words(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it ended the program (sys.exit({error.code!r}))"
    text = str(error)
    for pattern, noun in _SIZES:
        match = re.search(pattern, text)
        if match:
            return f"the model takes {match['takes']} {noun}, the data gave {match['got']}"
    for pattern, words in _KINDS:
        if re.search(pattern, text):
            return words
    return _named(error)


def _named(error: BaseException) -> str:
    """`ValueError: its last line`; torch puts the innermost reason last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    last = f": {shown(lines[-1], limit=160, quote=False)}" if lines else ""
    return f"{type(error).__name__}{last}"


def _line_in(error: BaseException, code: Path | None) -> int | None:
    """The last line of the user's file in the trace."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(code)]
    return lines[-1] if lines else None


def _gibibytes(count: int) -> str:
    return f"{count / 2**30:.3g} GiB"
