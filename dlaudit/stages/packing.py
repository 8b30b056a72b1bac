"""What an accepted baseline holds of each row, as text: one bit or a few, or an exact number; and back again."""

import base64
import binascii
import zlib
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_NUMBER = 8


class Damaged(Exception):
    """The text is not what was packed."""


def bits_as_text(codes: Array) -> str:
    """Bits uint8 [n, bits] as text: most significant first, the last byte filled with 0, compressed, in base64."""
    return _as_text(np.packbits(codes.reshape(-1)).tobytes())


def bits_from(text: str, rows: int, bits: int) -> Array:
    """The bits, uint8 [rows, bits].

    Raises:
        Damaged: The text does not hold just so many.
    """
    total = rows * bits
    raw = _opened(text, -(-total // 8))
    return np.unpackbits(np.frombuffer(raw, dtype=np.uint8), count=total).reshape(rows, bits)


def numbers_as_text(values: Array) -> str:
    """Numbers float64 [n] as text, every bit of them: all first bytes, then all second ones, compressed, in base64.

    They are little-endian; like bytes stand together, as these compress well.
    """
    planes = np.ascontiguousarray(values.astype("<f8")).view(np.uint8).reshape(-1, _NUMBER).T
    return _as_text(np.ascontiguousarray(planes).tobytes())


def numbers_from(text: str, rows: int) -> Array:
    """The numbers, float64 [rows].

    Raises:
        Damaged: The text does not hold just so many, or one is not finite.
    """
    planes = np.frombuffer(_opened(text, rows * _NUMBER), dtype=np.uint8).reshape(_NUMBER, rows)
    values = np.ascontiguousarray(planes.T).view("<f8").reshape(-1)
    if not np.isfinite(values).all():
        raise Damaged
    return values.astype(np.float64)


def _as_text(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def _opened(text: str, size: int) -> bytes:
    """The bytes; nothing larger than they should be is ever unpacked."""
    try:
        opened = zlib.decompressobj()
        raw = opened.decompress(base64.b64decode(text, validate=True), size + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Damaged from error
    if len(raw) != size or not opened.eof or opened.unused_data:
        raise Damaged
    return raw
