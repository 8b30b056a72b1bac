"""A run's directory: all files of one run or all of another, never a mixture.

The files are written into a hidden sibling directory and reach their place by renaming it. Between the two renames the
old run stands beside its place under a name that the next run recognises and puts back.
"""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from dlaudit.errors import Place, Stopped, UsageError, listed
from dlaudit.record.files import AUDIT_FILE

PRIVATE = frozenset({"predictions.parquet", "attributions.parquet"})
"""Files with rows of people: readable by their owner only."""
OURS = PRIVATE | {AUDIT_FILE, "report.html", "summary.md", "junit.xml", "audit.sarif", "disparities.csv"}
"""Every file that a run's directory may hold."""

_PREFIX, _SUFFIX, _OLD = ".dlaudit-", ".tmp", "old"
_STALE = 3600.0
"""Seconds after which an unfinished sibling of a process that is gone is swept."""


def check_out(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse a directory that a run could not be written to; meant to be called before the model runs.

    Raises:
        UsageError: `out` is a file, a mount point, holds an input or files that are not a run's, or cannot be written
            (DLA110).
    """
    out = out.resolve()
    _put_back(out)
    for one in inputs:
        if out == one.resolve() or out in one.resolve().parents:
            raise _refused(out, "the output directory equals or holds an input", "Give another --out directory.")
    if out.exists() and not out.is_dir():
        raise _refused(out, "the output directory is a file", "Give another --out directory.")
    if os.path.ismount(out):
        raise _refused(out, "the output directory is a mount point", "Give a directory inside it.")
    if out.is_dir() and (foreign := _foreign(out)):
        what = f"the output directory holds files that are not a run's: {listed(sorted(foreign))}"
        raise _refused(out, what, "Give an empty or new --out directory, or one that holds a finished run.")
    _must_be_writable(out)


def write_run(out: Path, files: Mapping[str, str | bytes | Path]) -> None:
    """Write a finished run to `out`, which then holds exactly `files`; what was there before goes only at the end.

    Args:
        out: The directory, new, empty or of an earlier run.
        files: Name to text, bytes, or the path of a file to copy.

    Raises:
        UsageError: `out` cannot be a run's directory (DLA110).
        Stopped: The files could not be written (DLA608); an earlier run in `out` is as it was.
    """
    assert OURS.issuperset(files), f"not files of a run: {sorted(set(files) - OURS)}"
    check_out(out, [])
    out = out.resolve()
    made = _sibling(out, "new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out.parent)
        made.mkdir()
        for name, content in files.items():
            _write(made / name, content)
        _sync(made)
        _swap(made, out)
    except OSError as error:
        raise _stopped(out, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _write(path: Path, content: str | bytes | Path) -> None:
    mode = 0o600 if path.name in PRIVATE else 0o666
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        if isinstance(content, Path):
            with content.open("rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
        else:
            out.write(content.encode("utf-8") if isinstance(content, str) else content)
        out.flush()
        os.fsync(out.fileno())


def _swap(made: Path, out: Path) -> None:
    """`made` takes the place of `out`; where that fails, `out` is put back before the error goes on."""
    if not out.exists():
        os.rename(made, out)
        _sync(out.parent)
        return
    old = _sibling(out, _OLD)
    os.rename(out, old)
    try:
        os.rename(made, out)
    except BaseException:
        os.rename(old, out)
        raise
    _sync(out.parent)
    shutil.rmtree(old, ignore_errors=True)


def _put_back(out: Path) -> None:
    """Undo the first half of a swap whose process was killed between its two renames."""
    if out.exists() or not out.parent.is_dir():
        return
    for old in _siblings(out.parent):
        if (
            old.name.startswith(f"{_PREFIX}{_OLD}-")
            and old.name.endswith(f"-{out.name}{_SUFFIX}")
            and _is_left(old, 0.0)
        ):
            os.rename(old, out)
            return


def _sweep(parent: Path) -> None:
    """Remove unfinished siblings that processes now gone left here long ago."""
    for one in _siblings(parent):
        if _is_left(one, _STALE) and not one.name.startswith(f"{_PREFIX}{_OLD}-"):
            shutil.rmtree(one, ignore_errors=True)


def _siblings(parent: Path) -> list[Path]:
    return [one for one in parent.glob(f"{_PREFIX}*{_SUFFIX}") if one.is_dir() and not one.is_symlink()]


def _sibling(out: Path, what: str) -> Path:
    """`.dlaudit-WHAT-PID-RANDOM-NAME.tmp` beside `out`."""
    return out.parent / f"{_PREFIX}{what}-{os.getpid()}-{secrets.token_hex(4)}-{out.name}{_SUFFIX}"


def _is_left(sibling: Path, age: float) -> bool:
    """Whether the process that made it is gone and it has not been touched for `age` seconds."""
    parts = sibling.name.split("-")
    if len(parts) < 5 or not parts[2].isdigit():
        return False
    try:
        os.kill(int(parts[2]), 0)
    except ProcessLookupError:
        return time.time() - sibling.stat().st_mtime >= age
    except PermissionError:
        return False
    return False


def _foreign(out: Path) -> set[str]:
    """Names in `out` that a run did not write; all of them where there is no audit.json to say that it is a run."""
    held = {one.name for one in out.iterdir()}
    return held - OURS if AUDIT_FILE in held else held


def _must_be_writable(out: Path) -> None:
    parent = next(one for one in out.parents if one.exists())
    if not parent.is_dir():
        raise _refused(parent, "part of the output directory's path is a file", "Give another --out directory.")
    writable = os.access(parent, os.W_OK | os.X_OK) and (not out.is_dir() or os.access(out, os.W_OK | os.X_OK))
    if not writable:
        raise _refused(parent, "the directory that would hold the report cannot be written to", "Give another --out.")


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refused(path: Path, what: str, fix: str) -> UsageError:
    return UsageError("DLA110", what, place=Place(file=str(path)), fix=fix)


def _stopped(out: Path, error: OSError) -> Stopped:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return Stopped(
        "DLA608",
        "the disk is full" if full else f"the report could not be written ({error.strerror or error})",
        place=Place(file=str(out)),
        fix="An earlier report there is untouched. "
        + ("Free some space and run again." if full else "Make the directory writable and run again."),
    )
