"""Files that rows name, as images and sound: all below one folder, none outside it, the missing told at once."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from dlaudit.data.cells import as_text
from dlaudit.errors import DataRefused, Place, listed, shown

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.data.raw import RawTable

READ_AT_ONCE = 65_536
"""Cells of the column that are looked at together."""


class NoFileError(Exception):
    """The file is not there, or is not a plain file."""


@dataclass(frozen=True, kw_only=True)
class MediaFolder:
    """The folder that media files lie in, and the column that names them."""

    root: Path
    """The folder itself, with every link followed."""
    column: str
    """Column of names, relative to the folder."""
    key: str = "data.root"
    """What sets the folder, for messages."""

    @classmethod
    def of(cls, root: str | None, column: str, raw: "RawTable") -> "MediaFolder":
        """The folder `root`, or that of the data file.

        Raises:
            DataRefused: It is no folder (DLA341).
        """
        given = Path(root) if root is not None else Path(raw.path or ".").parent
        if not given.is_dir():
            raise DataRefused(
                "DLA341",
                "the folder of media files is not there",
                place=Place(file=str(given), key="data.root"),
                expected="a folder",
                fix="Correct data.root; it is relative to where dlaudit runs.",
            )
        return cls(root=given.resolve(), column=column)

    def path_of(self, name: str) -> Path:
        """Where the file of that name lies, with every link followed.

        Raises:
            ValueError: The name leaves the folder, or could on another system; the text says how.
        """
        why = _why_outside(name)
        if why is not None:
            raise ValueError(why)
        found = Path(os.path.realpath(self.root / name))
        if not found.is_relative_to(self.root):
            raise ValueError("it is a link that leads outside the folder")
        return found

    def read(self, name: str, most: int) -> bytes:
        """The bytes of the file of that name, `most + 1` of them at most.

        Raises:
            NoFileError: There is no such plain file.
            ValueError: The name leaves the folder.
        """
        try:
            # a link put there since is not followed; without O_NONBLOCK a FIFO would wait for a writer for ever
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(self.path_of(name), flags)
        except OSError as error:
            raise NoFileError(error.strerror or "it cannot be opened") from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)  # open() would refuse a folder in words of its own
            raise NoFileError("it is not a plain file")
        with open(descriptor, "rb") as file:
            return file.read(most + 1)


@dataclass(kw_only=True)
class _Absent:
    """Rows whose file is missing, as they are met."""

    rows: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)


def files_of(folder: MediaFolder, raw: "RawTable") -> Iterator[str]:
    """Paths of the files that rows name, in file order."""
    for batch in raw.batches(READ_AT_ONCE, [folder.column]):
        yield from (str(folder.root / name) for name in as_text(batch.column(0)).to_pylist() if name)


def check_files(folder: MediaFolder, raw: "RawTable", *, missing_allowed: bool) -> None:
    """Nothing, where every row names a file below the folder that is there; every file is looked up once.

    Args:
        folder: Folder and column.
        raw: The data.
        missing_allowed: Whether rows without a file are left out and counted later (`data.on_bad = "reject"`).

    Raises:
        DataRefused: A name leads outside the folder (DLA340), whatever `data.on_bad` says; or files are missing, all
            of them counted and the first five named (DLA341).
    """
    absent = _Absent()
    first, known = 1, {}
    for batch in raw.batches(READ_AT_ONCE, [folder.column]):
        names = as_text(batch.column(0)).to_pylist()
        for row, name in enumerate(names, start=first):
            if name not in known:
                known[name] = _is_there(folder, name, row, raw)
            if not known[name]:
                absent.rows += 1
                if len(absent.first) < 5:
                    absent.first.append((row, name or ""))
        first += len(names)
    if absent.rows and not missing_allowed:
        raise _missing(folder, raw, absent)


def names_of(column: "pa.Array") -> list[str]:
    """Names of files as text, empty where a cell is."""
    return [name or "" for name in as_text(column).to_pylist()]


def outside(folder: MediaFolder, place: Place, name: str, why: object) -> DataRefused:
    """The refusal of a name that leads outside the folder (DLA340)."""
    return DataRefused(
        "DLA340",
        f"the file name {shown(name, limit=80)} is not one below the folder of media files: {why}",
        place=place,
        expected=f"a path relative to {shown(folder.root, limit=120)} ({folder.key})",
        fix=f"Write names relative to {folder.key}, or set it to a folder that holds all the files.",
    )


def _is_there(folder: MediaFolder, name: str | None, row: int, raw: "RawTable") -> bool:
    if not name:
        return False
    try:
        found = folder.path_of(name)
    except ValueError as why:
        raise outside(folder, raw.place(row, folder.column), name, why) from why
    return os.path.isfile(found)


def _why_outside(name: str) -> str | None:
    """Why a name is refused by its form alone; None where it is a relative path that goes down."""
    windows = PureWindowsPath(name)
    if "\0" in name:
        return "it holds a NUL character"
    if os.path.isabs(name) or windows.root:
        return "it is an absolute path"
    if windows.drive:
        return "it names a drive or a server"
    if "\\" in name:
        return "it holds a backslash; write / between folders"
    if ".." in name.split("/"):
        return "it goes up with .."
    return None


def _missing(folder: MediaFolder, raw: "RawTable", absent: _Absent) -> DataRefused:
    told = listed([f"record {row}: {shown(name, limit=60)}" for row, name in absent.first], quote=False)
    more = absent.rows - len(absent.first)
    return DataRefused(
        "DLA341",
        f"{absent.rows:,} of the files that rows name are missing ({told}{f' and {more:,} more' if more else ''})",
        place=raw.place(absent.first[0][0], folder.column),
        expected=f"every file below {shown(folder.root, limit=120)}",
        fix="Fetch them, or correct data.root; or leave such records out and count them by slice: "
        "--set data.on_bad=reject.",
    )
