"""JPEG scans: a progressive file of a few megabytes can make a decoder go over a large picture thousands of times."""

import re

MOST = 100
"""Scans of a JPEG at most; cameras and programs write one to some twenty."""
_SCAN, _END, _ALONE = 0xDA, 0xD9, {0x01, *range(0xD0, 0xD9)}
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")


def scans(data: bytes) -> int:
    """Scans of the first picture of a JPEG file; counting ends above `MOST`.

    Segments are passed over by their lengths, so that a preview, or a film behind the picture, counts for nothing.
    """
    at, count = 2, 0
    while count <= MOST and (marker := _MARKER.search(data, at)) is not None:
        code, at = marker[1][0], marker.end()
        if code == _END:
            break
        count += code == _SCAN
        if code not in _ALONE:
            at += max(2, int.from_bytes(data[at : at + 2]))
    return count
