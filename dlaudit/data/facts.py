"""One quick pass over the bytes of a file: its digest, its encoding, and what no text file holds."""

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlaudit.errors import DataRefused, Place, UsageError, shown

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one pass over a text file tells."""

    sha256: str
    """Digest of its bytes."""
    lines: int
    """Line feeds, and a last line without one."""
    quotes: int
    """Double quotes."""


def digest(path: str) -> str:
    """SHA-256 of the file's bytes, streamed."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def still(path: str, sha256: str) -> bool:
    """Whether the file exists and has this digest."""
    return Path(path).is_file() and digest(path) == sha256


def text_codec(encoding: str) -> str:
    """The codec's own name; `utf-8` accepts a byte-order mark.

    Raises:
        UsageError: Python knows no such encoding of text (DLA302).
    """
    try:
        known = codecs.lookup(encoding)
        codecs.getincrementaldecoder(encoding)
        "".encode(encoding)
    except (LookupError, ValueError) as error:
        raise UsageError(
            "DLA302",
            f"data.encoding {shown(encoding)} is not a text encoding",
            fix='Use "utf-8", "utf-16", "cp1252", "latin-1", … as Python names them.',
        ) from error
    return "utf-8-sig" if known.name == "utf-8" else known.name


def text_facts(path: str, encoding: str) -> Facts:
    """Digest and line count of a text file that holds nothing but text.

    Raises:
        UsageError: Unknown encoding (DLA302).
        DataRefused: A byte that the encoding does not have, with its offset and line (DLA302); a NUL (DLA317).
    """
    codec = text_codec(encoding)
    _check_mark(path, codec)
    decoder = codecs.getincrementaldecoder(codec)()
    digested, lines, quotes, offset, last = hashlib.sha256(), 0, 0, 0, ""
    for chunk in _chunks(path):
        digested.update(chunk)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise _undecodable(path, encoding, offset - pending + error.start) from error
        if "\0" in text:
            raise _nul(path, lines + text.count("\n", 0, text.index("\0")) + 1)
        lines += text.count("\n")
        quotes += text.count('"')
        offset += len(chunk)
        last = text[-1:] or last
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _undecodable(path, encoding, offset - len(decoder.getstate()[0])) from error
    return Facts(sha256=digested.hexdigest(), lines=lines + (last not in {"", "\n"}), quotes=quotes)


def _chunks(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _check_mark(path: str, codec: str) -> None:
    with open(path, "rb") as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark) and codec == "utf-8-sig":
            raise DataRefused(
                "DLA302",
                f"the file is {name.upper()}: it starts with that encoding's byte-order mark",
                place=Place(file=path, line=1),
                expected="UTF-8",
                fix=f"Save it as UTF-8, or say --set data.encoding={name}.",
            )


def _undecodable(path: str, encoding: str, offset: int) -> DataRefused:
    with open(path, "rb") as file:
        line = sum(1 for _ in iter(lambda: file.readline(_CHUNK), b"") if file.tell() <= offset) + 1
    return DataRefused(
        "DLA302",
        f"the byte at offset {offset} is not {encoding.upper()}",
        place=Place(file=path, line=line),
        fix="Save the file as UTF-8, or name its encoding, as --set data.encoding=cp1252.",
    )


def _nul(path: str, line: int) -> DataRefused:
    return DataRefused(
        "DLA317",
        "there is a NUL character, which no text has",
        place=Place(file=path, line=line),
        fix="Remove it; where the file is UTF-16 without a mark, say --set data.encoding=utf-16-le.",
    )
