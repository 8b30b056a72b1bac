"""Two directories change places in one step, where the system can do that."""

import ctypes
import os
from pathlib import Path

_AT_FDCWD, _EXCHANGE = -100, 2  # of Linux's renameat2(2)


def exchange(one: Path, other: Path) -> bool:
    """Whether the two have changed places; False where the system or the disk cannot do it, and nothing has happened.

    Between two ordinary renames a killed process would leave no directory at all under either name.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_EXCHANGE)) == 0)
