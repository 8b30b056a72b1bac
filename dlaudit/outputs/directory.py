"""A run's directory: all files of one run or all of another, never a mixture.

The files are written into a hidden sibling directory, which then changes places with the old run in one step. Where
the system cannot do that, two renames do it; between them the old run stands beside its place under a name that the
next run recognises and puts back.
"""

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dlaudit.errors import Place, Stopped, UsageError, listed, shown
from dlaudit.outputs.exchange import exchange
from dlaudit.record.files import AUDIT_FILE
from dlaudit.record.signed import SIGNED_FILE

PRIVATE = frozenset({"predictions.parquet", "attributions.parquet"})
"""Files with rows of people: readable by their owner only."""
OURS = PRIVATE | {
    AUDIT_FILE,
    "report.html",
    "report.pdf",
    "summary.md",
    "junit.xml",
    "audit.sarif",
    "gl-code-quality.json",
    "disparities.csv",
    "contributions.csv",
}
"""Every file that a run's directory may hold."""

_PREFIX, _SUFFIX, _OLD = ".dlaudit-", ".tmp", "old"
_NAME = re.compile(r"\.dlaudit-(?P<what>new|old)-(?P<pid>\d+)-[0-9a-f]{8}-(?P<name>.+)\.tmp", re.DOTALL)
_STALE = 3600.0
"""Seconds after which an unfinished sibling of a process that is gone is swept."""


def check_out(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse a directory that a run could not be written to; meant to be called before the model runs.

    Raises:
        UsageError: `out` is a file, a mount point, holds an input or files that are not a run's, or cannot be written
            (DLA110).
    """
    out = _resolved(out)
    _put_back(out)
    for one in inputs:
        if out == (real := _real(one)) or out in real.parents:
            raise _refused(out, "the output directory equals or holds an input", "Give another --out directory.")
    if out.exists() and not out.is_dir():
        raise _refused(out, "the output directory is a file", "Give another --out directory.")
    if os.path.ismount(out):
        raise _refused(out, "the output directory is a mount point", "Give a directory inside it.")
    if (out.parent / AUDIT_FILE).is_file() and _foreign(out.parent) <= {out.name}:
        raise _refused(out, "the output directory would lie inside a finished run", "Give another --out directory.")
    if os.path.lexists(out / SIGNED_FILE):
        raise _refused(out, "the output directory holds a signed record", "Give another --out, or move it away first.")
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
    out = _resolved(out)
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
    if exchange(made, out):
        _sync(out.parent)
        return  # the old run is now in `made`, which goes next
    old = _sibling(out, _OLD)
    os.rename(out, old)
    try:
        os.rename(made, out)
    except BaseException:
        os.rename(old, out)
        raise
    _sync(out.parent)
    shutil.rmtree(old, ignore_errors=True)


@dataclass(frozen=True)
class _Left:
    """A sibling directory whose process is gone."""

    path: Path
    what: str
    """`new` or `old`."""
    out: Path
    """The directory that it was to become, or was."""


def _put_back(out: Path) -> None:
    """Undo the first half of a swap whose process was killed between its two renames."""
    if out.exists():
        return
    old = next((one for one in _left_in(out.parent) if one.what == _OLD and one.out == out), None)
    if old is not None:
        os.rename(old.path, out)


def _sweep(parent: Path) -> None:
    """Remove what processes now gone left here long ago; an old run only where its place is taken again."""
    for one in _left_in(parent):
        if (one.what != _OLD or one.out.exists()) and time.time() - one.path.stat().st_mtime >= _STALE:
            shutil.rmtree(one.path, ignore_errors=True)


def _left_in(parent: Path) -> list[_Left]:
    found = []
    for path in sorted(parent.glob(f"{_PREFIX}*{_SUFFIX}")) if parent.is_dir() else []:
        parts = _NAME.fullmatch(path.name)
        if parts and path.is_dir() and not path.is_symlink() and _is_gone(int(parts["pid"])):
            found.append(_Left(path, parts["what"], parent / parts["name"]))
    return found


def _sibling(out: Path, what: str) -> Path:
    """`.dlaudit-WHAT-PID-RANDOM-NAME.tmp` beside `out`."""
    return out.parent / f"{_PREFIX}{what}-{os.getpid()}-{secrets.token_hex(4)}-{out.name}{_SUFFIX}"


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _foreign(out: Path) -> set[str]:
    """Names in `out` that a run did not write; all of them where there is no audit.json to say that it is a run.

    A run writes plain files: a folder or a link of the same name is somebody else's.
    """
    held = {one.name for one in out.iterdir()}
    files = {one.name for one in out.iterdir() if one.is_file() and not one.is_symlink()}
    return held - (OURS & files) if AUDIT_FILE in files else held


def _real(path: Path) -> Path:
    """The path with its links followed; links that lead in a circle lead nowhere, as whoever opens it will tell."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _resolved(out: Path) -> Path:
    """The directory itself, links followed, if a directory beside it can be named after it."""
    try:
        resolved = out.resolve()
        os.lstat(_sibling(resolved, "new"))
    except FileNotFoundError:
        return resolved
    except (OSError, RuntimeError, ValueError) as error:  # pathlib tells a loop of links as RuntimeError
        if isinstance(error, NotADirectoryError):
            return resolved  # told better by the checks that follow
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        what = f"the output directory cannot be a name here ({shown(reason, limit=80, quote=False)})"
        raise _refused(out, what, "Give another --out directory.") from error
    return resolved


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
