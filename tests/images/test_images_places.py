"""Players and maps: patches about square, every pixel in exactly one, masks laid over the same places."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_sets import opened, picture, tables, write_set

from dlaudit.data.image_masks import inside_column
from dlaudit.data.image_players import default_grid, patches, places
from dlaudit.errors import DataRefused
from dlaudit.spec import ImageInput
from dlaudit.tensors import for_the_model, ndarray_of


@given(st.integers(1, 400), st.integers(1, 400))
def test_patches_cover_every_pixel_once_and_are_about_square(height: int, width: int) -> None:
    grid = patches(ImageInput(), (height, width))
    owner = np.broadcast_to(grid.owner(4)[0, 0], (height, width))
    counts = np.bincount(owner.ravel(), minlength=len(grid.names))
    assert counts.min() >= 1
    assert counts.sum() == height * width
    down, right = default_grid((height, width))
    assert down * right == len(grid.names) <= 64
    if min(height, width) >= 8 and max(height, width) <= 2 * min(height, width):
        assert 2 / 3 <= (height / down) / (width / right) <= 3 / 2


def test_patches_are_named_by_their_rows_and_columns() -> None:
    grid = patches(ImageInput(grid=[2, 3]), (28, 3))
    assert grid.names[:2] == ("rows 1-14 × column 1", "rows 1-14 × column 2")
    assert grid.titles == ("row", "column")


def test_maps_are_pixels_of_small_pictures_and_blocks_of_large_ones() -> None:
    assert places(ImageInput(), (28, 28)).shape == (28, 28)
    assert places(ImageInput(), (224, 64)).shape == (32, 32)


def test_a_mask_says_how_much_of_each_place_is_inside(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), dtype=np.uint8)
    mask[:, :31] = 255
    path = write_set(tmp_path, {"a.png": picture(1, (64, 64)), "b.png": picture(2, (64, 64))}, mask=["m.png", "m.png"])
    from PIL import Image

    Image.fromarray(mask).save(tmp_path / "m.png")
    (table,) = tables(opened(path, mask="mask"))
    inside = ndarray_of(table, inside_column("image")).reshape(2, 32, 32)
    assert np.array_equal(inside[0, 0], [255] * 15 + [128] + [0] * 16)
    assert for_the_model(table).column_names == ["image"]


def test_masks_go_the_way_of_their_pictures(tmp_path: Path) -> None:
    from PIL import Image

    wide = np.zeros((40, 80), dtype=np.uint8)
    wide[:, 40:] = 255
    path = write_set(tmp_path, {"a.png": picture(1, (40, 80)), "b.png": picture(2, (40, 80))}, mask=["m.png"] * 2)
    Image.fromarray(wide).save(tmp_path / "m.png")
    (table,) = tables(opened(path, {"resize": 20, "crop": [20, 20]}, mask="mask"))
    inside = ndarray_of(table, inside_column("image")).reshape(2, 20, 20)
    assert np.array_equal(inside[0, 0], [0] * 10 + [255] * 10)


def test_a_mask_of_another_size_is_refused_and_can_be_left_out(tmp_path: Path) -> None:
    from PIL import Image

    path = write_set(tmp_path, {f"{at}.png": picture(at) for at in range(3)}, mask=["m.png", "small.png", "m.png"])
    Image.fromarray(picture(1, channels=1)).save(tmp_path / "m.png")
    Image.fromarray(picture(1, (3, 3), 1)).save(tmp_path / "small.png")
    with pytest.raises(DataRefused) as caught:
        tables(opened(path, mask="mask"))
    assert (caught.value.code, caught.value.place.column, caught.value.place.row) == ("DLA346", "mask", 2)
    rows = opened(path, mask="mask", on_bad="reject")
    assert sum(len(one) for one in tables(rows)) == 2
    assert rows.rejected()[0].reason == "mask: its image has another size"
