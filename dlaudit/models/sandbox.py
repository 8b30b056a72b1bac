"""Limits that a model's process puts on itself before it imports anything that reads the model.

Only the standard library is imported here: a user namespace can be entered only while the process has one thread,
and numpy starts some when it is imported.
"""

import contextlib
import ctypes
import os
import resource
import signal
import tempfile
from pathlib import Path
from typing import Any

from dlaudit.models.landlock import confine

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def apply_limits(
    *, memory: int | None, file_size: int, scratch: str, confined: bool, parent: int | None
) -> dict[str, Any]:
    """What holds in this process from now on, for the provenance.

    The arguments are the fields of `dlaudit.models.limits.Limits`. What the system cannot do is said, not failed:
    `network` and `files` are then `inherited`.
    """
    # named, not found out: tempfile would try it by writing a file, and torch asks for it while it loads a program
    tempfile.tempdir = scratch
    libc = ctypes.CDLL(None, use_errno=True)
    network = "off" if _leave_network(libc) else "inherited"
    dies_with_parent = _die_with(libc, parent)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, file_size)
    if memory is not None:
        _limit(resource.RLIMIT_DATA, memory)
    return {
        "memory_limit": memory,
        "file_size_limit": file_size,
        "network": network,
        "files": "private folder" if confined and confine(libc, Path(scratch)) else "inherited",
        "environment": "allow-list",
        "ends_with_parent": dies_with_parent,
    }


def _limit(what: int, value: int) -> None:
    """Lower a limit for good; the parent may already have a lower one."""
    _, hard = resource.getrlimit(what)
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (least, least))


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Whether the process is now alone in a network without devices: as root, else through a namespace of its own."""
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNET | _CLONE_NEWUSER) != 0:
        return False
    # without the maps the process has no name for its own user; it reads as before, but creates no files
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_bytes(b"deny")
        Path("/proc/self/uid_map").write_bytes(b"%d %d 1" % (user, user))
        Path("/proc/self/gid_map").write_bytes(b"%d %d 1" % (group, group))
    return True


def _die_with(libc: ctypes.CDLL, parent: int | None) -> bool:
    """Whether the kernel now ends this process when the parent ends."""
    if parent is None or libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        return False
    if os.getppid() != parent:
        os._exit(1)  # it ended before we asked
    return True
