"""Arrays of numbers in .npy and .npz files: no pickles, sizes checked before anything is allocated."""

import lzma
import os
import struct
import tokenize
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, Any, Literal

import numpy as np

from dlaudit.data.plain_file import open_plain
from dlaudit.errors import DataRefused, Place, UsageError, listed, shown

_NPY = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_HEADER = 10_000
"""Most characters of an array's header."""
_FAULTS = (
    ValueError, TypeError, SyntaxError, OverflowError, EOFError, OSError, RuntimeError, NotImplementedError,
    struct.error, zlib.error, lzma.LZMAError, tokenize.TokenError, zipfile.BadZipFile,
)  # fmt: skip
"""What numpy and zipfile raise for content that is not sound."""


@dataclass(frozen=True, kw_only=True)
class _Header:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def bytes(self) -> int:
        size = self.dtype.itemsize
        for length in self.shape:  # Python's numbers do not overflow
            size *= length
        return size


def read_array(path: str, key: str | None, most: int, asked: str = "input.sequence.array") -> np.ndarray[Any, Any]:
    """The array of a .npy file, or the one called `key` of an .npz file (its only one where no key is given).

    Args:
        path: File.
        key: Name of the array.
        most: Bytes of the array at most.
        asked: Key of the configuration that names the file.

    Raises:
        UsageError: There is no such file (DLA111), or no such array in it (DLA308).
        DataRefused: It is no such file, holds something else than numbers, or is cut off (DLA319), or is too large
            (DLA318).
    """
    place = Place(file=path, key=asked)
    try:
        with open_plain(path) as file:
            start = file.read(len(_NPY))
            file.seek(0)
            if start == _NPY:
                return _mapped(file, path, most)
            if start.startswith(_ZIP):
                return _member(file, path, key, most)
    except OSError as error:
        raise UsageError("DLA111", "the array cannot be read", place=place, fix=f"Correct {asked}.") from error
    raise _broken(path, "it is neither a .npy nor an .npz file")


def _member(file: IO[bytes], path: str, key: str | None, most: int) -> np.ndarray[Any, Any]:
    try:
        with zipfile.ZipFile(file) as archive:
            names = {one.filename.removesuffix(".npy"): one for one in archive.infolist()}
            chosen = key if key is not None else next(iter(names)) if len(names) == 1 else None
            if chosen is None or chosen not in names:
                raise UsageError(
                    "DLA308",
                    f"the file has no array {shown(chosen)}" if chosen is not None else "the file has several arrays",
                    place=Place(file=path),
                    expected=f"one of {listed(sorted(names), most=12)}",
                    fix="Name the array: `key` beside the file's name in the configuration.",
                )
            with archive.open(names[chosen]) as member:
                return _array(member, path, most, names[chosen].file_size)
    except _FAULTS as error:
        raise _broken(path, shown(str(error), limit=100, quote=False)) from error


def _mapped(file: IO[bytes], path: str, most: int) -> np.ndarray[Any, Any]:
    """The array of a .npy file, read where it is used: it may be larger than the memory."""
    header = _sound(file, path, most, os.fstat(file.fileno()).st_size)
    if 0 in header.shape or not header.shape:
        return np.zeros(header.shape, dtype=header.dtype)  # nothing can be mapped
    order: Literal["F", "C"] = "F" if header.fortran else "C"
    return np.memmap(file, dtype=header.dtype, mode="r", offset=file.tell(), shape=header.shape, order=order)


def _array(file: IO[bytes], path: str, most: int, size: int) -> np.ndarray[Any, Any]:
    """The array of an archive's member, once its header and the size that it claims have been found to be sound."""
    header = _sound(file, path, most, size)
    if header.bytes > _memory() // 4:
        raise DataRefused(
            "DLA318",
            f"the array takes {header.bytes / 2**30:,.1f} GiB, and of an archive it must be read whole",
            place=Place(file=path),
            expected=f"at most {_memory() / 2**32:,.1f} GiB, a quarter of this machine's memory",
            fix="Save it with numpy.save as a .npy file, which is read piece by piece.",
        )
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False, max_header_size=_HEADER))
    except _FAULTS as error:
        raise _broken(path, shown(str(error), limit=100, quote=False)) from error


def _sound(file: IO[bytes], path: str, most: int, size: int) -> _Header:
    """The header, where it is one of numbers, and no more of them than are allowed and than the file holds.

    Args:
        file: Open at its start; afterwards behind the header.
        path: For messages.
        most: Bytes of the array at most.
        size: Bytes of the file, or of the archive's member.
    """
    header = _header(file, path)
    if header.dtype.kind not in "fiu":
        raise _broken(path, f"it holds {shown(header.dtype, quote=False)}, not numbers")
    if header.bytes > most:
        raise DataRefused(
            "DLA318",
            f"the array takes {header.bytes:,} bytes",
            place=Place(file=path),
            expected=f"at most {most:,}",
            fix="Check the file; if it is as meant, raise the limit: --set data.max_bytes=….",
        )
    if header.bytes > size - file.tell():
        raise _broken(path, f"its header claims {header.bytes:,} bytes, and {max(0, size - file.tell()):,} follow")
    return header


def _memory() -> int:
    """Bytes of this machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _header(file: IO[bytes], path: str) -> _Header:
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        version = np.lib.format.read_magic(file)
        if version not in readers:
            raise ValueError(f"version {version} of the format")
        with warnings.catch_warnings():  # of headers written by Python 2
            warnings.simplefilter("ignore")
            shape, fortran, dtype = readers[version](file, max_header_size=_HEADER)
    except _FAULTS as error:
        raise _broken(path, shown(str(error).splitlines()[0] if str(error) else "", limit=100, quote=False)) from error
    if any(length < 0 for length in shape):
        raise _broken(path, "it claims a length below 0")
    return _Header(shape=shape, dtype=dtype, fortran=fortran)


def _broken(path: str, why: str) -> DataRefused:
    return DataRefused(
        "DLA319",
        f"the array cannot be used: {why}",
        place=Place(file=path),
        expected="an array of numbers as numpy.save or numpy.savez writes it",
        fix="Save it again, without objects.",
    )
