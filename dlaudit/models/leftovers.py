"""Processes that a model's process started and left behind, found by the folder that they inherited.

Killing the process group misses whatever called setsid(). The environment is inherited all the same, and `TMPDIR`
holds a folder that no other process was given.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ROUNDS = 5
"""A process may start another while it is looked for."""


def end_leftovers(scratch: str) -> None:
    """Kill every process that was started with `TMPDIR=scratch`; nothing where the system has no /proc."""
    for _ in range(_ROUNDS):
        found = list(_started_with(scratch))
        for pid in found:
            _end(pid, scratch)
        if not found:
            return


def _started_with(scratch: str) -> Iterator[int]:
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            if entry.name.isdigit() and _belongs(int(entry.name), scratch):
                yield int(entry.name)


def _belongs(pid: int, scratch: str) -> bool:
    """Whether the process has the folder in its environment; one that has ended has none."""
    try:
        surroundings = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False  # it ended, or it is another user's
    return f"TMPDIR={scratch}".encode() in surroundings.split(b"\0")


def _end(pid: int, scratch: str) -> None:
    """Kill that very process: its number may be another's by now, a descriptor of it stays its own."""
    with suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if _belongs(pid, scratch):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)
