"""What kind of data file this is, by content first and by suffix second."""

import stat
from dataclasses import dataclass
from pathlib import Path

from dlaudit.errors import DataRefused, Place, UsageError, nearest, shown

_HEAD = 4096
_TABLES = 'Save the table as CSV, JSONL or Parquet, as `frame.to_parquet("test.parquet")`.'
_UNPACK = "Unpack it first; Parquet is compressed by itself."


@dataclass(frozen=True)
class _Refused:
    """A kind that is recognised by its first bytes and not read."""

    magic: bytes
    code: str
    what: str
    fix: str


_MAGIC = (
    _Refused(b"\x1f\x8b", "DLA318", "gzip-compressed", _UNPACK),
    _Refused(b"\x28\xb5\x2f\xfd", "DLA318", "zstd-compressed", _UNPACK),
    _Refused(b"BZh", "DLA318", "bzip2-compressed", _UNPACK),
    _Refused(b"\xfd7zXZ\x00", "DLA318", "xz-compressed", _UNPACK),
    _Refused(b"\x89HDF\r\n\x1a\n", "DLA329", "an HDF5 file", _TABLES),
    _Refused(b"ARROW1", "DLA329", "an Arrow IPC (feather) file", _TABLES),
    _Refused(b"FEA1", "DLA329", "a feather file", _TABLES),
    _Refused(b"\x93NUMPY", "DLA329", "a NumPy array", _TABLES),
    _Refused(b"SQLite format 3\x00", "DLA329", "an SQLite database", _TABLES),
    _Refused(b"Obj\x01", "DLA329", "an Avro file", _TABLES),
    _Refused(b"\xd0\xcf\x11\xe0", "DLA330", "an Excel workbook (xls)", "Save the sheet as CSV."),
    _Refused(b"version https://git-lfs", "DLA329", "a Git LFS pointer, not the file itself", "Run `git lfs pull`."),
)
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
_JSON_SUFFIXES = {".jsonl", ".ndjson", ".json"}


def require_file(path: str) -> int:
    """Size in bytes of a regular file that exists.

    Raises:
        UsageError: Nothing is there (DLA111), with the nearest name of the folder.
        DataRefused: A folder or a device (DLA329), or an empty file (DLA301).
    """
    here = Path(path)
    try:
        found = here.stat()
    except FileNotFoundError:
        try:
            names = [entry.name for entry in here.parent.iterdir()]
        except OSError:
            names = []
        raise UsageError(
            "DLA111",
            f"there is no file {shown(path, limit=200)}",
            fix=f"Check data.path.{nearest(here.name, names)}",
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(
            "DLA111",
            f"{shown(path, limit=200)} cannot be opened: {shown(error, quote=False)}",
            fix="Check data.path.",
        ) from error
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
        raise _refusal("DLA329", path, kind, "Name the CSV, JSONL or Parquet file itself.")
    if not found.st_size:
        raise DataRefused("DLA301", "the file is empty", place=Place(file=path), fix="Give a file with rows.")
    return found.st_size


def sniff(path: str) -> str:
    """`csv`, `jsonl` or `parquet`.

    Raises:
        UsageError: No such file (DLA111).
        DataRefused: Empty (DLA301), compressed (DLA318), corrupt Parquet (DLA319), or a kind that is not read
            (DLA329, DLA330).
    """
    require_file(path)
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"PAR1"):
        return "parquet"
    _refuse_other_kinds(path, head)
    suffix = Path(path).suffix.lower()
    if suffix in {".parquet", ".pq"}:
        raise DataRefused(
            "DLA319",
            "the file does not start like a Parquet file",
            place=Place(file=path),
            fix="Write it again; where it is text, give it the suffix .csv or .jsonl.",
        )
    return "jsonl" if _looks_like_json_lines(head, suffix) else "csv"


def _refuse_other_kinds(path: str, head: bytes) -> None:
    for kind in _MAGIC:
        if head.startswith(kind.magic):
            raise _refusal(kind.code, path, kind.what, kind.fix)
    if head.startswith(_PICKLES):
        raise _refusal("DLA329", path, "a pickle, which can execute code when it is read", _TABLES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _refuse_zip(path, head)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise _refusal("DLA329", path, "an HTML page, perhaps a failed download", _TABLES)


def _refuse_zip(path: str, head: bytes) -> None:
    if Path(path).suffix.lower() in {".xlsx", ".xlsm"} or b"[Content_Types].xml" in head or b"xl/" in head:
        raise _refusal("DLA330", path, "an Excel workbook, which can hold macros and links", "Save the sheet as CSV.")
    if b".npy" in head:
        raise _refusal("DLA329", path, "a NumPy archive", _TABLES)
    raise _refusal("DLA318", path, "a zip archive", _UNPACK)


def _looks_like_json_lines(head: bytes, suffix: str) -> bool:
    if suffix in _JSON_SUFFIXES:
        return True
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].rstrip()
    return first.startswith(b"{") and (first.endswith(b"}") or suffix not in {".csv", ".tsv", ".txt"})


def _refusal(code: str, path: str, what: str, fix: str) -> DataRefused:
    return DataRefused(code, f"this is {what}", place=Place(file=path), expected="CSV, JSONL or Parquet", fix=fix)
