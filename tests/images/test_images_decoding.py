"""Pictures become the numbers that a torchvision pipeline would give, and every decision on the way is counted."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_sets import opened, picture, pixels, tables, write_set
from PIL import Image

from dlaudit.data.image_decode import decode, pillow
from dlaudit.data.image_sizes import cropped_box, resized_size
from dlaudit.spec import ImageInput

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def as_bytes(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def decoded(image: Image.Image, kind: str = "PNG", options: dict[str, Any] | None = None, **asked: Any) -> Any:
    rules = ImageInput(**asked)
    with pillow(rules):
        return decode(as_bytes(image, kind, **(options or {})), rules)


def test_pixels_are_those_of_to_tensor_and_normalize_to_the_last_bit(tmp_path: Path) -> None:
    known = {f"{at}.png": picture(at) for at in range(4)}
    rows = opened(write_set(tmp_path, known), {"mean": MEAN, "std": STD})
    plain = np.stack(list(known.values())).transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    mean, std = (np.array(one, dtype=np.float32)[:, None, None] for one in (MEAN, STD))
    assert np.array_equal(pixels(rows), (plain - mean) / std)
    assert pixels(rows).dtype == np.float32


def test_the_range_can_be_that_of_the_file(tmp_path: Path) -> None:
    rows = opened(write_set(tmp_path, {"a.png": picture(1), "b.png": picture(2)}), {"scale": "0-255"})
    assert np.array_equal(pixels(rows)[0], picture(1).transpose(2, 0, 1))


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos"])
def test_resize_and_crop_are_those_of_torchvision_on_pillow_images(interpolation: Any) -> None:
    image = Image.fromarray(picture(3, (61, 97)))
    found = decoded(image, resize=32, crop=[30, 28], interpolation=interpolation).pixels
    # torchvision.transforms: Resize(32) makes 32 x int(32 * 97 / 61) = 50, CenterCrop rounds (50 - 28) / 2 and 1
    resized = image.resize((50, 32), Image.Resampling[interpolation.upper()])
    assert np.array_equal(found, np.asarray(resized.crop((11, 1, 39, 31))))


def test_an_average_without_antialiasing_would_be_another_one() -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::8] = 255  # an eighth of the columns
    found = decoded(Image.fromarray(stripes), resize=8).pixels.astype(float)
    assert abs(found.mean() - 255 / 8) < 2
    assert abs(stripes[4::8, 4::8].astype(float).mean() - 255 / 8) > 20


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 300))
def test_the_shorter_side_becomes_what_is_asked_and_the_longer_follows(width: int, height: int, side: int) -> None:
    wide, high = resized_size(width, height, side)
    assert min(wide, high) == side or width == height
    assert abs(wide * height - high * width) <= max(width, height)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 30), st.integers(0, 30))
def test_the_middle_is_cropped(width: int, height: int, more: int, over: int) -> None:
    left, top, right, bottom = cropped_box(width + more, height + over, [height, width])
    assert (right - left, bottom - top) == (width, height)
    assert abs(left - (width + more - right)) <= 1
    assert abs(top - (height + over - bottom)) <= 1


def test_a_turn_that_the_camera_noted_is_carried_out_or_not_and_counted(tmp_path: Path) -> None:
    upright = picture(5, (8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be seen upright, turn the stored picture by 90 degrees to the right
    stored = Image.fromarray(upright).transpose(Image.Transpose.ROTATE_90)
    turned = decoded(stored, options={"exif": exif})
    assert np.array_equal(turned.pixels, upright)
    assert turned.notes == ("turned as its camera noted",)
    left = decoded(stored, options={"exif": exif}, exif="ignore")
    assert np.array_equal(left.pixels, np.asarray(stored))
    assert left.notes == ("left as it lies although its camera noted a turn",)
    path = write_set(tmp_path, {"a.png": as_bytes(stored, exif=exif), "b.png": upright})
    rows = opened(path)
    tables(rows)
    (note,) = rows.altered()
    assert (note.what, note.rows, note.by_slice) == ("turned as its camera noted", 1, {"sex=F": 1})


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_turns_are_those_of_pillow(orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(picture(6, (5, 9)))
    with Image.open(io.BytesIO(as_bytes(image, exif=exif))) as known:
        expected = np.asarray(ImageOps.exif_transpose(known))
    assert np.array_equal(decoded(image, options={"exif": exif}).pixels, expected)


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    deep = np.array([[0, 256, 40_000, 65_535]], dtype=np.uint16)
    found = decoded(Image.fromarray(deep), mode="L", deep="scale")
    assert found.pixels[0, :, 0].tolist() == [0, 1, 156, 255]
    assert found.notes == ("16 bits scaled to 8",)
    # Pillow's own conversion clips: what a first loader would have seen
    assert np.asarray(Image.fromarray(deep).convert("L"))[0].tolist() != [0, 1, 156, 255]


@pytest.mark.parametrize(("alpha", "expected"), [("white", 155), ("black", 28), ("drop", 56)])
def test_transparency_is_laid_over_what_is_said(alpha: Any, expected: int) -> None:
    half = Image.fromarray(np.full((2, 2, 4), [56, 56, 56, 128], dtype=np.uint8), "RGBA")
    found = decoded(half, alpha=alpha)
    assert abs(int(found.pixels[0, 0, 0]) - expected) <= 1
    assert len(found.notes) == 1


def test_an_alpha_channel_that_hides_nothing_needs_no_decision() -> None:
    opaque = np.concatenate([picture(7), np.full((8, 10, 1), 255, np.uint8)], axis=2)
    found = decoded(Image.fromarray(opaque))
    assert np.array_equal(found.pixels, picture(7))
    assert found.notes == ()


def test_palettes_and_grey_become_colours_and_say_so() -> None:
    colours = Image.fromarray(picture(8)).quantize(16)
    assert decoded(colours).notes == ("palette replaced by its colours",)
    assert np.array_equal(decoded(colours).pixels, np.asarray(colours.convert("RGB")))
    grey = decoded(Image.fromarray(picture(9, channels=1)))
    assert grey.notes == ("grey turned into three equal channels",)
    assert np.array_equal(grey.pixels[:, :, 0], grey.pixels[:, :, 2])
    assert decoded(Image.fromarray(picture(8)), mode="L").notes == ("colour turned into grey",)


def test_a_picture_that_is_enlarged_says_so() -> None:
    assert decoded(Image.fromarray(picture(1)), resize=[20, 20]).notes == ("enlarged",)
    assert decoded(Image.fromarray(picture(1)), resize=[4, 4]).notes == ()


def test_the_first_of_several_pictures_is_taken_where_that_is_said() -> None:
    frames = [Image.fromarray(picture(at)).quantize(8) for at in range(3)]
    options = {"save_all": True, "append_images": frames[1:], "duration": 50}
    found = decoded(frames[0], "GIF", options, formats=["gif"], animated="first")
    assert "first of several pictures taken" in found.notes
    assert np.array_equal(found.pixels, np.asarray(frames[0].convert("RGB")))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "WEBP"])
def test_further_kinds_are_read_where_they_are_allowed(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    found = decoded(Image.fromarray(picture(2)), kind, options, formats=[kind.lower()])
    assert np.array_equal(found.pixels, picture(2))


def test_batches_of_any_size_give_the_same_pixels(tmp_path: Path) -> None:
    rows = opened(write_set(tmp_path, {f"{at}.png": picture(at) for at in range(7)}))
    whole = pixels(rows)
    parts = [one.column("image").combine_chunks().to_numpy_ndarray() for one in tables(rows, 2)]
    assert np.array_equal(whole, np.concatenate(parts))
    assert rows.at_once == 1024


def test_an_array_of_pictures_is_read_by_number(tmp_path: Path) -> None:
    stored = np.stack([picture(at, (28, 28), 1) for at in range(5)])
    np.save(tmp_path / "pictures.npy", stored)
    path = write_set(tmp_path, {"4": None, "0": None, "2": None, "2 ": None}, file=[4, 0, 2, 2])
    rows = opened(path, {"mode": "L", "array": str(tmp_path / "pictures.npy"), "scale": "0-255"})
    assert np.array_equal(pixels(rows)[:, 0], stored[[4, 0, 2, 2]])
    assert rows.modality == "image"
    colour = np.stack([picture(at) for at in range(5)])
    np.save(tmp_path / "colours.npy", colour)
    rows = opened(path, {"array": str(tmp_path / "colours.npy"), "scale": "0-255"})
    assert np.array_equal(pixels(rows), colour[[4, 0, 2, 2]].transpose(0, 3, 1, 2))


def test_a_tiff_is_turned_as_noted_or_refused_since_pillow_always_turns_it() -> None:
    from dlaudit.data.image_faults import ImageFault

    exif = Image.Exif()
    exif[0x0112] = 6
    upright = picture(5, (6, 9))
    stored = Image.fromarray(upright).transpose(Image.Transpose.ROTATE_90)
    found = decoded(stored, "TIFF", {"exif": exif}, formats=["tiff"])
    assert np.array_equal(found.pixels, upright)
    assert found.notes == ("turned as its camera noted",)
    with pytest.raises(ImageFault, match="always carries out"):
        decoded(stored, "TIFF", {"exif": exif}, formats=["tiff"], exif="ignore")


def test_a_photograph_with_a_second_picture_for_depth_is_its_first() -> None:
    frames = [Image.fromarray(picture(at, (16, 16))) for at in range(2)]
    file = io.BytesIO()
    frames[0].save(file, "MPO", save_all=True, append_images=frames[1:])
    rules = ImageInput()
    with pillow(rules):
        found = decode(file.getvalue(), rules)
    assert found.notes == ()
    assert np.abs(found.pixels.astype(int) - picture(0, (16, 16))).mean() < 60
