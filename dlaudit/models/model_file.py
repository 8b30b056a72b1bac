"""A model file as bytes: what is screened, hashed and loaded is one and the same copy."""

import hashlib
import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from dlaudit.errors import ModelRefused, Place, Stopped, UsageError, nearest, shown


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A file read once."""

    path: Path
    """Where it was read from."""
    data: bytes
    """Its bytes; empty for a folder."""
    sha256: str
    """Digest of them; for a folder, of the names and digests of its files."""


def place_of(path: Path) -> Place:
    """The place that a message about `path` names."""
    return Place(file=str(path))


def open_regular(path: Path) -> BufferedReader:
    """An open regular file. A link is followed; what it leads to is checked on the open descriptor, not by name.

    Raises:
        UsageError: DLA111, there is no such file or it may not be read.
        ModelRefused: DLA220, it is a FIFO, a device, a socket or a folder.
    """
    try:
        # without O_NONBLOCK, opening a FIFO would wait for a writer for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, ValueError) as missing:
        raise UsageError(
            "DLA111", "there is no such model file", place=place_of(path), fix=_nearest_file(path)
        ) from missing
    except OSError as refused:
        # a socket, a device without driver, a file of another user: none can be a model we read
        raise ModelRefused(
            "DLA220",
            f"the model file cannot be opened ({os.strerror(refused.errno or 0)})",
            place=place_of(path),
            fix="Check its permissions, and that it is a regular file.",
        ) from refused
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise _not_regular(path, mode)
    return open(descriptor, "rb")


def read_model_file(path: Path) -> ModelFile:
    """The bytes and the digest of a model file, or the digest of a folder.

    Raises:
        UsageError: DLA111, there is no such file.
        ModelRefused: DLA220, not a regular file.
        Stopped: DLA218, it is larger than this machine's memory, or than what is left of it.
    """
    if path.is_dir():
        return ModelFile(path=path, data=b"", sha256=_folder_digest(path))
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"):
            raise _too_large(path, size)
        try:
            data = file.read()
        except MemoryError as full:
            raise _too_large(path, size) from full
    return ModelFile(path=path, data=data, sha256=hashlib.sha256(data).hexdigest())


def _folder_digest(folder: Path) -> str:
    """SHA-256 over the relative names and digests of the regular files of a folder, in name order."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with open_regular(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder)}\0{digest}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _too_large(path: Path, size: int) -> Stopped:
    return Stopped(
        "DLA218",
        f"the model file has {size / 2**30:,.1f} GiB, more than the memory that it may take",
        place=place_of(path),
        fix="Check that it is the model; if so, raise run.memory_limit or use a larger machine.",
    )


def _nearest_file(path: Path) -> str:
    try:
        beside = os.listdir(path.parent)
    except (OSError, ValueError):
        return f"There is no folder {shown(path.parent, limit=200)} either."
    return "Check the path." + nearest(path.name, beside)


def _not_regular(path: Path, mode: int) -> ModelRefused:
    kinds = {
        stat.S_IFIFO: "a named pipe",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
        stat.S_IFDIR: "a folder",
    }
    return ModelRefused(
        "DLA220",
        f"the model is {kinds.get(stat.S_IFMT(mode), 'not a regular file')}",
        expected="a regular file, or a Hugging Face folder (config.json and *.safetensors)",
        place=place_of(path),
        fix="Give the path of the model file itself.",
    )
