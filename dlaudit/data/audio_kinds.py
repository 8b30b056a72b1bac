"""Kinds of sound file, told by content, and what a WAV header claims."""

import struct

from dlaudit.data.audio_faults import ClipFault

_UNKNOWN_SIZES = {0, 0xFFFFFFFF}
"""What programs that write into a pipe leave in the header, because they do not know the length yet."""


def kind_of(data: bytes) -> str | None:
    """`wav`, `flac`, `ogg`, `mp3` or `aiff`; None for anything else."""
    if data[:4] in {b"RIFF", b"RIFX", b"RF64"} and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"fLaC":
        return "flac"
    if data[:4] == b"OggS":
        return "ogg"
    if data[:4] == b"FORM" and data[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    if data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2):
        return "mp3"
    return None


def check_wav(data: bytes) -> None:
    """Nothing, where the sound that a WAV header claims is there.

    libsndfile would take what there is, and a recording that was cut off would pass for a short one.

    Raises:
        ClipFault: The header claims more, or no number of bytes at all (DLA348).
    """
    order = ">" if data[:4] == b"RIFX" else "<"
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from(f"{order}I", data, at + 4)[0]
        if name == b"ds64":
            return  # sizes of 64 bits stand there; only files above 4 GB have them, which max_bytes refuses
        if name == b"data":
            _check_size(size, len(data) - at - 8)
            return
        at += 8 + size + (size & 1)


def check_aiff(data: bytes) -> None:
    """Nothing, where the sound that an AIFF header claims is there.

    Raises:
        ClipFault: The header claims more (DLA348).
    """
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from(">I", data, at + 4)[0]
        if name == b"SSND":
            _check_size(size, len(data) - at - 8, "AIFF")
            return
        at += 8 + size + (size & 1)


def check_ogg(data: bytes) -> None:
    """Nothing, where the last page of an Ogg file says that it is the last one, and is whole.

    Raises:
        ClipFault: It does not (DLA342).
    """
    at = data.rfind(b"OggS")
    segments = data[at + 26] if at + 27 <= len(data) else 0
    size = 27 + segments + sum(data[at + 27 : at + 27 + segments])
    if at + 27 > len(data) or not data[at + 5] & 4 or at + size > len(data):
        raise ClipFault(
            "DLA342",
            "the Ogg file ends before its last page",
            expected="a whole file",
            fix="Fetch it again: it is cut off.",
        )


def _check_size(claimed: int, there: int, kind: str = "WAV") -> None:
    if claimed in _UNKNOWN_SIZES and there:
        raise ClipFault(
            "DLA348",
            f"the {kind} header does not say how much sound there is, as of a file that was written to a pipe; "
            f"{there:,} bytes follow",
            fix="Write the file again with a program that completes the header.",
        )
    if claimed > there:
        raise ClipFault(
            "DLA348",
            f"the {kind} header claims {claimed:,} bytes of sound, and {there:,} are there",
            fix="Fetch or record the file again: it is cut off, or its header is wrong.",
        )
