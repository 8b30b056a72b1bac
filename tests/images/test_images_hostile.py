"""Hostile pictures: what a small file can ask of a decoder, and what stands where a file should be."""

import io
import os
import socket
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_sets import opened, picture, pixels, write_set
from PIL import Image

from dlaudit.errors import DataRefused


def png(width: int, height: int) -> bytes:
    """A black PNG of one grey channel, a few kilobytes whatever its size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + width) * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(**options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("L", (64, 64), 90).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize(("width", "height"), [(1, 100_000), (100_000, 1)])
def test_a_thin_picture_that_would_be_resized_to_milliards_of_pixels_is_refused(
    width: int, height: int, tmp_path: Path
) -> None:
    path = write_set(tmp_path, {"thin.png": png(width, height)})
    with pytest.raises(DataRefused, match="would be resized to") as caught:
        opened(path, {"resize": 224})
    assert (caught.value.code, caught.value.place.row) == ("DLA343", 1)
    assert pixels(opened(path, {"resize": [4, 4]})).shape == (1, 3, 4, 4)


def test_a_jpeg_of_thousands_of_scans_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    whole = jpeg(progressive=True)
    at = whole.rindex(b"\xff\xda")
    bomb = whole[:-2] + whole[at:-2] * 200_000 + whole[-2:]
    path = write_set(tmp_path, {"bomb.jpg": bomb})
    start = time.perf_counter()
    with pytest.raises(DataRefused, match="more than 100 scans") as caught:
        opened(path)
    assert caught.value.code == "DLA343"
    assert time.perf_counter() - start < 5


def test_previews_and_films_in_a_jpeg_are_no_scans_of_it(tmp_path: Path) -> None:
    from dlaudit.data.image_scans import scans

    whole = jpeg(progressive=True)
    assert 1 < scans(whole) < 20 and scans(jpeg()) == 1
    comment = b"\xff\xfe" + struct.pack(">H", 60_002) + b"\xff\xda\0\2" * 15_000
    assert scans(whole[:2] + comment + whole[2:] + b"\xff\xda\0\2" * 1_000) == scans(whole)
    for broken in (b"", whole[:2], whole[: len(whole) // 2], b"\xff\xd8\xff\xe0\xff\xff", b"\xff" * 1_000):
        assert scans(broken) <= scans(whole)


@pytest.mark.parametrize("on_bad", ["error", "reject"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "loop", "nowhere"])
def test_what_is_no_file_is_missing_and_can_be_counted(kind: str, on_bad: str, tmp_path: Path) -> None:
    path = write_set(tmp_path, {"a.png": picture(1), "b": None})
    odd = tmp_path / "b"
    if kind == "folder":
        odd.mkdir()
    elif kind == "pipe":
        os.mkfifo(odd)
    elif kind == "socket":
        here = os.open(tmp_path, os.O_RDONLY)  # names of sockets may have 108 bytes
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/b")
        os.close(here)
    else:
        odd.symlink_to("b" if kind == "loop" else "none")
    if on_bad == "error":
        with pytest.raises(DataRefused) as caught:
            opened(path)
        assert caught.value.code == "DLA341"
        return
    rows = opened(path, on_bad="reject")
    assert len(pixels(rows)) == 1
    assert [(one.reason, one.rows) for one in rows.rejected()] == [("its image is missing", 1)]


NAMES = ["a\nb.png", "\u202eb.png", "x" * 300 + ".png", "a/" * 2_000 + "b", ".", "file:///etc/passwd", "http://x/y"]


@pytest.mark.parametrize("name", [*NAMES, "~root/x", "%2e%2e/x", "\x1b[31mred.png", "a\u200bb"])
def test_odd_names_are_missing_files_and_are_shown_safely(name: str, tmp_path: Path) -> None:
    path = write_set(tmp_path, {"a.png": picture(1), "b.png": None}, file=["a.png", name])
    with pytest.raises(DataRefused) as caught:
        opened(path)
    assert caught.value.code == "DLA341"
    assert not {"\n", "\u202e", "\x1b", "\u200b"} & set(caught.value.message)
    assert len(caught.value.message) < 600


def test_a_mask_of_zeros_and_ones_is_told_rather_than_taken_for_empty(tmp_path: Path) -> None:
    ones = np.ones((8, 10), np.uint8)
    files = {"a.png": picture(1), "b.png": picture(2)}
    path = write_set(tmp_path, files, mask=["m.png"] * 2)
    Image.fromarray(ones).save(tmp_path / "m.png")
    with pytest.raises(DataRefused, match="brightest pixel of the mask is 1") as caught:
        pixels(opened(path, mask="mask"))
    assert (caught.value.code, caught.value.place.column) == ("DLA345", "mask")
    for level in (0, 255):
        Image.fromarray(ones * np.uint8(level)).save(tmp_path / "m.png")
        assert len(pixels(opened(path, mask="mask"))) == 2


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP", "BMP"])
def test_other_kinds_are_told_by_content_and_their_sizes_before_they_are_decoded(kind: str, tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (50, 40)).save(file, kind)
    path = write_set(tmp_path, {"photo.png": file.getvalue()})
    with pytest.raises(DataRefused, match=f"the content is {kind}"):
        opened(path)
    with pytest.raises(DataRefused) as caught:
        opened(path, {"formats": [kind.lower()], "max_pixels": 1_999})
    assert caught.value.code == "DLA343"
    cut = write_set(tmp_path, {"photo.png": file.getvalue()[: file.tell() // 2]})
    with pytest.raises(DataRefused) as caught:
        opened(cut, {"formats": [kind.lower()]})
    assert caught.value.code == "DLA342"
