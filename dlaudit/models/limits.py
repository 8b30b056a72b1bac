"""The limits of a model's process: how much memory, how long, which surroundings."""

import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from dlaudit.errors import UsageError, shown
from dlaudit.spec import ModelSpec, RunSpec

FILE_SIZE_WITH_CODE = 64 * 2**20
"""Largest file that the user's own code may write, in bytes; a model file alone may write none."""
_BYTES = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_BYTES |= {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_KEPT = {"PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "VIRTUAL_ENV"}
_KEPT |= {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "SOURCE_DATE_EPOCH", "PYTHONHASHSEED"}
_CGROUP = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the parent asks of the child; plain data, passed as JSON."""

    memory: int | None
    """Bytes of private memory; None for no limit."""
    file_size: int
    """Bytes of the largest file that may be written."""
    scratch: str
    """The child's own folder."""
    confined: bool
    """Whether nothing outside that folder may be written and no program started, where the system can say so."""
    parent: int | None
    """The process whose end ends the child; None where the thread that starts it may end sooner."""


def limits_of(spec: ModelSpec, run: RunSpec, scratch: str) -> Limits:
    """The limits for a model.

    CUDA reserves address space far beyond what it uses and compiles to files, so only the CPU has the memory limit
    and is confined; the user's own code is trusted with files.

    Raises:
        UsageError: `run.memory_limit` cannot be read (DLA101).
    """
    on_gpu = may_use_gpu(run.device)
    main = threading.current_thread() is threading.main_thread()
    return Limits(
        memory=None if on_gpu else _within_container(memory_bytes(run.memory_limit)),
        file_size=0 if spec.code is None and not on_gpu else FILE_SIZE_WITH_CODE,
        scratch=scratch,
        confined=spec.code is None and not on_gpu,
        # the kernel's signal comes when the starting thread ends, not the process
        parent=os.getpid() if main else None,
    )


def may_use_gpu(device: str) -> bool:
    """Whether the child will run on a GPU, as far as can be told without importing torch."""
    return device.startswith("cuda") or (device == "auto" and Path("/dev/nvidiactl").exists())


def memory_bytes(text: str) -> int | None:
    """Bytes that `8GiB`, `512 MB` or `none` means; None for `none`.

    Raises:
        UsageError: Another text, or nothing above zero (DLA101).
    """
    value = _measured(text, {unit.casefold(): factor for unit, factor in _BYTES.items()})
    if text.strip().casefold() != "none" and not value:
        raise UsageError(
            "DLA101",
            f"run.memory_limit {shown(text)} is not an amount of memory",
            expected="a number with KiB, MiB, GiB or TiB, or none",
            fix='For example memory_limit = "8GiB".',
        )
    return None if value is None else int(value)


def seconds(text: str) -> float | None:
    """Seconds that `90s`, `30m`, `1.5h` or `none` means; None for `none`.

    Raises:
        UsageError: Another text, or nothing above zero (DLA101).
    """
    value = _measured(text, _SECONDS)
    if text.strip().casefold() != "none" and not value:
        raise UsageError(
            "DLA101",
            f"run.time_limit {shown(text)} is not a duration",
            expected="a number with s, m or h, or none",
            fix='For example time_limit = "30m".',
        )
    return value


def environment(scratch: str) -> dict[str, str]:
    """The child's environment: what Python and torch need to start, and none of the parent's secrets.

    Modules are found where the parent finds them, so that user code imports what the repository holds.
    """
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("LC_")}
    paths = [os.path.abspath(entry) for entry in sys.path]
    return kept | {
        "HOME": scratch,
        "TMPDIR": scratch,
        "XDG_CACHE_HOME": scratch,
        "MPLCONFIGDIR": scratch,
        "MPLBACKEND": "Agg",
        "NUMBA_CACHE_DIR": scratch,
        "TORCHINDUCTOR_CACHE_DIR": scratch,
        "HF_HUB_OFFLINE": "1",
        "JOBLIB_MULTIPROCESSING": "0",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "PYTHONPATH": os.pathsep.join(path for path in dict.fromkeys(paths) if os.path.exists(path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


def _measured(text: str, units: dict[str, float] | dict[str, int]) -> float | None:
    """The number times its unit; None where the text is no such thing."""
    folded = text.strip().casefold()
    number = folded.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = folded[len(number) :].strip()
    try:
        value = float(number) * units[unit]
    except (ValueError, KeyError):
        return None
    return value if 0 < value < float("inf") else None


def _within_container(asked: int | None) -> int | None:
    """The limit, lowered to the container's own: beyond that the system kills without a word."""
    if asked is None:
        return None
    found = [asked]
    for name in _CGROUP:
        try:
            text = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            found.append(int(text))
    return min(found)
