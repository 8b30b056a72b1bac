"""A zip archive that every reader reads alike.

Python and torch have different zip readers. A screen that reads one thing while the loader reads another is worthless,
so only archives with one possible reading are accepted: the directory ends the file, names are unique even without
regard to case (torch compares so), entries lie in order without overlap, and each local header names what the directory
names.
"""

import io
import re
import struct
import zipfile
from dataclasses import dataclass
from functools import cached_property

from dlaudit.errors import ModelRefused, Place, listed, shown
from dlaudit.models.faults import is_out_of_memory

MAX_ENTRIES = 1_000_000
"""Entries of one archive."""
MAX_DEFLATED = 256 * 2**20
"""Bytes that compressed entries may unfold to, together: torch compresses only the source text of a program."""
_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_NAME = re.compile(r"[\w.\-+= /]*[\w.\-+= ]", re.ASCII)
TORCH_ENTRY = re.compile(
    r"data\.pkl|data/\d+|version|byteorder|\.data/(version|serialization_id)|\.format_version|\.storage_alignment",
    re.ASCII,
)
"""Entries of an archive that torch.save writes; anything else makes torch.load take other paths."""


@dataclass(frozen=True)
class Archive:
    """The entries of a torch archive by the name below its root folder."""

    data: bytes
    place: Place
    root: str
    entries: dict[str, zipfile.ZipInfo]

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.data))

    def read(self, name: str) -> bytes:
        """The bytes of an entry, its checksum verified.

        Raises:
            ModelRefused: DLA206, the entry is missing or damaged.
        """
        try:
            return self._zip.read(self.entries[name])
        except KeyError as missing:
            raise self.damaged(f"the archive has no entry {shown(name)}") from missing
        except Exception as broken:  # zlib, checksum and structure faults have no common base
            if is_out_of_memory(broken):
                raise  # a limit of ours, told as such by the process that set it
            raise self.damaged(f"the entry {shown(name)} is damaged") from broken

    def size(self, name: str) -> int | None:
        """Bytes of an entry; None where there is none."""
        entry = self.entries.get(name)
        return None if entry is None else entry.file_size

    def names(self, under: str = "") -> list[str]:
        """Names of the entries that start with `under`, in file order."""
        return [name for name in self.entries if name.startswith(under)]

    def damaged(self, what: str) -> ModelRefused:
        """The error for an archive that cannot be read."""
        return ModelRefused("DLA206", what, place=self.place, fix="Copy or export the file again.")


def open_archive(data: bytes, place: Place) -> Archive:
    """The archive in `data`, if it has exactly one reading and is no bomb.

    Raises:
        ModelRefused: DLA206 truncated, damaged or ambiguous; DLA207 declares more than it holds.
    """
    try:
        listing = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except Exception as broken:  # zipfile raises half a dozen unrelated types on hostile directories
        raise ModelRefused(
            "DLA206", "the archive is truncated or damaged", place=place, fix="Copy or export the file again."
        ) from broken
    fault = _ambiguity(data, listing)
    if fault:
        raise ModelRefused(
            "DLA206",
            f"the archive can be read in more than one way: {fault}",
            place=place,
            fix="Save the model again with torch; do not repack its archive.",
        )
    _refuse_bombs(listing, place)
    root = listing[0].filename.split("/", 1)[0]
    return Archive(data, place, root, {entry.filename[len(root) + 1 :]: entry for entry in listing})


def storage_sizes(archive: Archive) -> dict[str, int]:
    """Bytes of each tensor storage by its key: the entries `data/<key>`."""
    return {name.removeprefix("data/"): archive.entries[name].file_size for name in archive.names("data/")}


def _ambiguity(data: bytes, listing: list[zipfile.ZipInfo]) -> str:
    """Why two readers could disagree about the archive; empty where they cannot."""
    if not listing:
        return "it has no entries"
    names = [entry.filename for entry in listing]
    if len({name.casefold() for name in names}) != len(names):
        return "two entries have the same name"
    root = names[0].split("/", 1)[0]
    if not all(name.startswith(f"{root}/") for name in names):
        return "its entries do not share one folder"
    # the folder carries the name of the file, whatever that is; torch itself chooses the names within
    inner = [name[len(root) + 1 :] for name in names]
    odd = [name for name in inner if not _NAME.fullmatch(name) or ".." in name.split("/")]
    if odd or "\\" in root or not root.isprintable():
        return f"entry names {listed(odd or [root], most=2)}"
    return _directory_fault(data, listing) or _local_fault(data, listing)


def _directory_fault(data: bytes, listing: list[zipfile.ZipInfo]) -> str:
    end = len(data) - _END.size
    if end < 0 or data[end : end + 4] != b"PK\x05\x06":
        return "something follows its directory"
    _, _, _, _, count, size, start, _ = _END.unpack_from(data, end)
    wide = end - _LOCATOR.size - _END64.size
    if wide >= 0 and data[wide : wide + 4] == b"PK\x06\x06":
        _, _, _, _, _, _, _, count64, size64, start64 = _END64.unpack_from(data, wide)
        magic, _, points_at, _ = _LOCATOR.unpack_from(data, end - _LOCATOR.size)
        narrow = (min(count64, 0xFFFF), min(size64, 0xFFFFFFFF), min(start64, 0xFFFFFFFF))
        if magic != b"PK\x06\x07" or points_at != wide or narrow != (count, size, start):
            return "its two directories differ"
        count, size, start, end = count64, size64, start64, wide
    if count != len(listing) or start + size != end:
        return "its directory is not where it says"
    return ""


def _local_fault(data: bytes, listing: list[zipfile.ZipInfo]) -> str:
    ordered = sorted(listing, key=lambda entry: entry.header_offset)
    if ordered[0].header_offset != 0:
        return "something precedes its first entry"
    after = 0
    for entry in ordered:
        if entry.flag_bits & 0x1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return f"entry {shown(entry.filename)} is encrypted or uses a rare compression"
        if entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
            return f"entry {shown(entry.filename)} has two sizes"
        if entry.header_offset < after or entry.header_offset + _LOCAL.size > len(data):
            return f"entry {shown(entry.filename)} overlaps another"
        local = _LOCAL.unpack_from(data, entry.header_offset)
        begin = entry.header_offset + _LOCAL.size
        name = data[begin : begin + local[9]]
        if local[0] != b"PK\x03\x04" or local[3] != entry.compress_type or name != entry.filename.encode():
            return f"entry {shown(entry.filename)} has two headers that differ"
        after = begin + local[9] + local[10] + entry.compress_size
    return ""


def _refuse_bombs(listing: list[zipfile.ZipInfo], place: Place) -> None:
    unfolded = sum(e.file_size for e in listing if e.compress_type != zipfile.ZIP_STORED)
    if len(listing) > MAX_ENTRIES or unfolded > MAX_DEFLATED:
        raise ModelRefused(
            "DLA207",
            f"the archive declares {len(listing)} entries of which the compressed ones unfold to {unfolded:,} bytes",
            expected=f"at most {MAX_ENTRIES:,} entries and {MAX_DEFLATED:,} unfolded bytes",
            place=place,
            fix="Save the model again with torch, which stores weights uncompressed.",
        )
