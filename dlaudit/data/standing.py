"""Standing: files beside the data, as they stood when they were first looked at."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from dlaudit.errors import DataRefused, Place, listed

Paths = Callable[[], Iterable[str | Path]]
_BITS = 2**64
_FIRST = 5


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Sizes and times of change of files, summed up in one number, so that a million files take no room."""

    paths: Paths
    """The files, each once or several times."""
    mark: int
    """Sum over files of a digest of the name, the size, the time of change and the place on the disk."""
    latest: int
    """The latest time of change of them all, in nanoseconds; 0 without files."""

    @classmethod
    def of(cls, paths: Paths) -> "Standing":
        """The files as they stand now."""
        mark, latest = _summed(paths)
        return cls(paths=paths, mark=mark, latest=latest)

    def check(self) -> None:
        """Nothing, where the files stand as they stood.

        Raises:
            DataRefused: A file changed, came or went (DLA326).
        """
        mark, _ = _summed(self.paths)
        if mark == self.mark:
            return
        newer = list(dict.fromkeys(str(one) for one in self.paths() if _changed(one) > self.latest))
        more = f" and {len(newer) - _FIRST:,} more" if len(newer) > _FIRST else ""
        named = f": {listed(newer[:_FIRST])}{more}" if newer else ""
        raise DataRefused(
            "DLA326",
            f"files that rows are read from changed while they were read{named}",
            place=Place(file=newer[0]) if newer else None,
            fix="Run again on files at rest.",
        )


def _summed(paths: Paths) -> tuple[int, int]:
    mark, latest, known = 0, 0, set()
    for path in paths():
        told = f"{path}\0{_stood(path)}".encode("utf-8", "surrogateescape")
        one = int.from_bytes(blake2b(told, digest_size=8).digest())
        if one in known:
            continue
        known.add(one)
        mark, latest = (mark + one) % _BITS, max(latest, _changed(path))
    return mark, latest


def _stood(path: str | Path) -> str:
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # ValueError: a name with a NUL
        return "absent"
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _changed(path: str | Path) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return 0
