"""Files that a configuration or a model's folder names, read as plain files: a pipe or a device never stalls a run."""

import os
import stat
from pathlib import Path
from typing import BinaryIO


class TooLargeError(Exception):
    """The file has more bytes than are allowed."""


def open_plain(path: str | Path) -> BinaryIO:
    """The file, open for reading. Links are followed; what they lead to must be a regular file.

    Raises:
        OSError: It cannot be opened, or is a pipe, a device, a socket or a folder.
    """
    # without O_NONBLOCK, opening a pipe would wait for a writer for ever
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is no plain file")
    return open(descriptor, "rb")


def read_plain(path: str | Path, most: int) -> bytes:
    """The bytes of the file.

    Raises:
        OSError: It cannot be opened, or is no plain file.
        TooLargeError: It has more than `most` bytes.
    """
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(most + 1) if size <= most else b""
        size = max(size, len(data))  # some files of the system say that they are empty
    if size > most:
        raise TooLargeError(f"it has {size:,} bytes, and {most:,} are allowed")
    return data
