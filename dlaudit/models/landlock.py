"""Landlock: the Linux kernel's way for a process to give up rights on files without being root (kernel 5.13)."""

import ctypes
import os
import struct
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _REFER, _TRUNCATE = 1 << 0, 1 << 1, 1 << 13, 1 << 14
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))


def confine(libc: ctypes.CDLL, folder: Path) -> bool:
    """Whether this process can now change files only below `folder` and start no program.

    Reading stays as it is. Needs `PR_SET_NO_NEW_PRIVS`.
    """
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    if version < 1:
        return False
    changes = _WRITE_FILE | _REMOVE_AND_MAKE
    changes |= (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    handled = struct.pack("<Q", changes | _EXECUTE)
    rules = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), ctypes.c_uint32(0))
    if rules < 0:
        return False
    try:
        allowed = _allow(libc, rules, folder, changes) and _allow(libc, rules, Path("/dev/null"), _WRITE_FILE)
        return allowed and libc.syscall(_RESTRICT_SELF, rules, ctypes.c_uint32(0)) == 0
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> bool:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("<Qi", rights, descriptor)
        return bool(libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(descriptor)
