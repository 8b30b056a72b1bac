"""Every fault of an image has its code, names the row and the file, and can be left out and counted instead."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_sets import opened, picture, pixels, tables, write_set
from PIL import Image
from pydantic import ValidationError

from dlaudit.errors import DataRefused, UsageError
from dlaudit.spec import ImageInput


def png(image: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, "PNG", **options)
    return file.getvalue()


def jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


WHOLE = png(picture(1))
DEEP_COLOUR = bytearray(png(np.zeros((1, 1, 3), np.uint8)))
HALF_CLEAR = np.concatenate([picture(2), np.full((8, 10, 1), 9, np.uint8)], axis=2)
FRAMES = [Image.fromarray(picture(at)) for at in range(2)]

FAULTS: dict[str, tuple[str, bytes, dict[str, Any], str]] = {
    "cut off": ("DLA342", WHOLE[: len(WHOLE) // 2], {}, "cannot be decoded"),
    "header alone": ("DLA342", WHOLE[:30], {}, "cannot be decoded"),
    "empty": ("DLA342", b"", {}, "is empty"),
    "lfs": ("DLA342", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", {}, "git lfs pull"),
    "too many pixels": ("DLA343", WHOLE, {"max_pixels": 79}, "10 x 8 = 80 pixels"),
    "twice too many": ("DLA343", WHOLE, {"max_pixels": 30}, "more than twice"),
    "a web page": ("DLA344", b"<!DOCTYPE html><html></html>", {}, "a web page"),
    "photoshop": ("DLA344", b"8BPS\0\1", {}, "Photoshop"),
    "another kind": ("DLA344", b"GIF89a...", {}, "the content is GIF"),
    "16 bits": ("DLA345", png(np.full((8, 10), 999, np.uint16)), {}, "16 bits"),
    "32 bits": ("DLA344", b"", {"formats": ["tiff"]}, ""),
    "printing colours": ("DLA345", jpeg(Image.new("CMYK", (10, 8))), {}, "CMYK"),
    "transparent": ("DLA345", png(HALF_CLEAR), {}, "transparent"),
    "animated": ("DLA345", png(FRAMES[0], save_all=True, append_images=FRAMES[1:]), {}, "2 pictures"),
    "another size": ("DLA346", png(picture(1, (9, 10))), {}, "becomes 10 x 9"),
}
del FAULTS["32 bits"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_row_and_file_and_what_to_do(name: str, tmp_path: Path) -> None:
    code, content, asked, said = FAULTS[name]
    first = picture(0, (4, 5)) if "pixels" in asked or "max_pixels" in asked else picture(0)
    path = write_set(tmp_path, {"good.png": first, "bad.png": content})
    with pytest.raises(DataRefused) as caught:
        tables(opened(path, asked))
    error = caught.value
    assert error.code == code
    assert said in f"{error.what} {error.fix}"
    assert "'bad.png'" in error.what
    assert (error.place.row, error.place.line, error.place.column) == (2, 3, "file")
    assert "data.on_bad=reject" in error.fix


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_can_be_left_out_and_counted_by_slice(name: str, tmp_path: Path) -> None:
    _, content, asked, _ = FAULTS[name]
    first = picture(0, (4, 5)) if "max_pixels" in asked else picture(0)
    path = write_set(tmp_path, {"good.png": first, "bad.png": content, "also.png": first})
    rows = opened(path, asked, on_bad="reject")
    assert len(pixels(rows)) == 2
    (lost,) = rows.rejected()
    assert (lost.rows, lost.by_slice) == (1, {"sex=F": 1})
    assert lost.reason.startswith("its image")


def test_missing_files_are_listed_once_before_anything_is_decoded(tmp_path: Path) -> None:
    names: dict[str, Any] = {f"{at}.png": None for at in range(9)}
    path = write_set(tmp_path, {"broken.png": b"nothing", **names})
    with pytest.raises(DataRefused) as caught:
        opened(path)
    error = caught.value
    assert error.code == "DLA341"
    assert "9 of the files" in error.what
    assert "record 2: '0.png'" in error.what
    assert "and 4 more" in error.what
    assert error.place.row == 2


def test_missing_files_can_be_left_out(tmp_path: Path) -> None:
    path = write_set(tmp_path, {"no.png": None, "a.png": picture(1), "b.png": picture(2), "": None})
    rows = opened(path, on_bad="reject")
    assert len(pixels(rows)) == 2
    (lost,) = rows.rejected()
    assert (lost.reason, lost.rows, lost.by_slice) == ("its image is missing", 2, {"sex=F": 1, "sex=M": 1})


OUTSIDE = {
    "up": "../secret.png",
    "up in the middle": "a/../../secret.png",
    "absolute": "/etc/passwd",
    "drive": "C:secret.png",
    "drive and root": "C:\\secret.png",
    "server": "\\\\server\\share\\secret.png",
    "backslash": "a\\secret.png",
    "link": "link.png",
    "link of a folder": "out/secret.png",
}


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("on_bad", ["error", "reject"])
def test_no_file_outside_the_folder_is_read(name: str, on_bad: str, tmp_path: Path) -> None:
    Image.fromarray(picture(0)).save(tmp_path / "secret.png")
    inside = tmp_path / "data"
    inside.mkdir()
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    (inside / "out").symlink_to(tmp_path)
    path = write_set(inside, {"a.png": picture(1)}, file=[OUTSIDE[name]])
    with pytest.raises(DataRefused) as caught:
        opened(path, on_bad=on_bad)
    assert caught.value.code == "DLA340"
    assert caught.value.place.row == 1


def test_a_nul_in_a_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"file": "a.png\\u0000.txt", "y": 0, "sex": "F"}\n')
    with pytest.raises(DataRefused) as caught:
        opened(path)
    assert caught.value.code == "DLA340"


def test_links_within_the_folder_and_a_link_to_the_folder_are_followed(tmp_path: Path) -> None:
    inside = tmp_path / "data"
    path = write_set(_made(inside), {"a.png": picture(1), "b.png": None})
    (inside / "b.png").symlink_to("a.png")
    (tmp_path / "seen").symlink_to(inside)
    assert len(pixels(opened(path, root=str(tmp_path / "seen")))) == 2


def test_a_pipe_and_a_folder_are_no_images(tmp_path: Path) -> None:
    path = write_set(tmp_path, {"pipe.png": None, "folder.png": None})
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(DataRefused, match="2 of the files that rows name are missing"):
        opened(path)


def test_a_file_that_became_a_link_after_the_look_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "data"
    path = write_set(_made(inside), {"a.png": picture(1), "b.png": picture(2)})
    rows = opened(path)
    Image.fromarray(picture(3)).save(tmp_path / "secret.png")
    (inside / "b.png").unlink()
    (inside / "b.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DataRefused) as caught:
        tables(rows)
    assert caught.value.code == "DLA340"


def test_a_colour_image_of_sixteen_bits_is_not_silently_halved() -> None:
    from dlaudit.data.image_decode import decode, pillow
    from dlaudit.data.image_faults import ImageFault

    asked = ImageInput()
    with pillow(asked), pytest.raises(ImageFault, match="16 bits"):
        decode(deep_png(), asked)
    kept = ImageInput(deep="scale")
    with pillow(kept):
        assert decode(deep_png(), kept).pixels[0, 0].tolist() == [1, 2, 3]


def deep_png() -> bytes:
    """A PNG of one pixel, three channels of 16 bits (1, 2, 3 in the upper byte); Pillow cannot write one."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" + struct.pack(">HHH", 0x0100, 0x0200, 0x0300))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


ARRAYS: dict[str, tuple[Any, str]] = {
    "objects": (np.array([{}], dtype=object), "DLA342"),
    "decimals": (np.zeros((3, 4, 4)), "DLA345"),
    "flat": (np.zeros(9, np.uint8), "DLA345"),
    "two channels": (np.zeros((3, 4, 4, 2), np.uint8), "DLA345"),
    "large": (np.zeros((1, 40, 40), np.uint8), "DLA343"),
    "16 bits": (np.zeros((3, 4, 4), np.uint16), "DLA345"),
    "short": (np.zeros((1, 4, 4), np.uint8), "DLA341"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_is_no_array_of_pictures_is_refused(name: str, tmp_path: Path) -> None:
    stored, code = ARRAYS[name]
    np.save(tmp_path / "a.npy", stored, allow_pickle=True)
    path = write_set(tmp_path, {"0": None, "1": None}, file=[0, 1])
    with pytest.raises(DataRefused) as caught:
        tables(opened(path, {"mode": "L", "array": str(tmp_path / "a.npy"), "max_pixels": 1000}))
    assert caught.value.code == code


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x80\x04N.", b"PK\x03\x04"])
def test_what_is_no_array_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    path = write_set(tmp_path, {"0": None}, file=[0])
    with pytest.raises(DataRefused) as caught:
        opened(path, {"array": str(tmp_path / "a.npy")})
    assert caught.value.code == "DLA342"


def test_an_array_that_claims_more_than_its_file_holds_takes_no_memory(tmp_path: Path) -> None:
    whole = tmp_path / "a.npy"
    np.save(whole, np.zeros((2, 4, 4), np.uint8))
    whole.write_bytes(whole.read_bytes().replace(b"(2, 4, 4)", b"(2e9, 4,)"[:9]))
    lied = tmp_path / "b.npy"
    np.save(lied, np.zeros((2, 4, 4), np.uint8))
    lied.write_bytes(lied.read_bytes().replace(b"(2, 4, 4), }   ", b"(2000000000, 99, 99), }"[:15]))
    path = write_set(tmp_path, {"0": None}, file=[0])
    for one in (whole, lied):
        with pytest.raises(DataRefused) as caught:
            opened(path, {"array": str(one)})
        assert caught.value.code == "DLA342"


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": [0.5]},
        {"std": [1.0, 1.0]},
        {"std": [1.0, 0.0, 1.0]},
        {"mean": [float("nan"), 0.0, 0.0]},
        {"mode": "L", "mean": [0.5, 0.5, 0.5]},
        {"formats": []},
        {"grid": [0, 3]},
    ],
)
def test_rules_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ImageInput(**wrong)


def test_a_crop_larger_than_the_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as caught:
        opened(write_set(tmp_path, {"a.png": picture(1)}), {"crop": 9})
    assert caught.value.code == "DLA346"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as caught:
        opened(write_set(tmp_path, {"a.png": picture(1)}), root=str(tmp_path / "none"))
    assert caught.value.code == "DLA341"


def test_without_pillow_the_command_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import builtins

    path = write_set(tmp_path, {"a.png": picture(1)})
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "PIL" or name.startswith("PIL."):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"pip install 'dlaudit\[image\]'"):
        opened(path)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
