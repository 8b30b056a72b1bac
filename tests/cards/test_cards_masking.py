"""What a value, a word, a picture and a sound become on a card, one by one and in hostile files."""

import base64
import io
import wave
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tiny_audits import FAST, ROWS, image, people

import dlaudit
from dlaudit.data.image import ImageInputs
from dlaudit.data.image_faults import ImageFault
from dlaudit.data.shown_cells import one_digit, written
from dlaudit.data.shown_pictures import pictures_shown
from dlaudit.data.shown_pixels import block_means, picture_png, png, sound_png
from dlaudit.data.shown_sound import clip_of, drawn_by
from dlaudit.outputs.html import render_html
from dlaudit.spec import AudioInput


def decoded(encoded):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))


@settings(max_examples=200, deadline=None)
@given(st.floats(min_value=1e-30, max_value=1e30), st.booleans())
def test_numbers_become_the_nearest_of_one_digit(size, negative):
    value = -size if negative else size
    code = int(one_digit(np.array([value]))[0])
    exact = Decimal(value)
    wanted = exact.quantize(Decimal(1).scaleb(exact.adjusted()), rounding=ROUND_HALF_EVEN)
    told = Decimal(written(code).removeprefix("≈ "))
    assert abs(told - exact) <= abs(wanted - exact) * (1 + Decimal("1e-9")) + abs(exact) * Decimal("1e-9")
    assert len(told.normalize().as_tuple().digits) == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.0, "≈ 0"), (43_212.0, "≈ 40000"), (9.7, "≈ 10"), (-0.037, "≈ -0.04"), (99.9, "≈ 100"), (1e-7, "≈ 1e-07")],
)
def test_some_numbers_as_they_are_told(value, told):
    assert written(int(one_digit(np.array([value]))[0])) == told


def test_a_picture_of_few_colours_loses_nothing():
    pixels = np.random.default_rng(0).choice(np.array([0, 90, 255], dtype=np.uint8), (9, 7, 3))
    encoded, width, height = picture_png(pixels, masked=False)
    assert (width, height) == (7, 9) and (decoded(encoded) == pixels).all()


def test_a_photograph_becomes_small_and_stays_recognisable():
    down, across = np.mgrid[0:300, 0:400]
    waves = [np.sin(down / 40 + at) * np.cos(across / (30 + at)) * 80 + 128 for at in range(3)]
    pixels = np.stack(waves, axis=2).astype(np.uint8)
    encoded, width, height = picture_png(pixels, masked=False)
    assert (width, height) == (128, 96) and len(encoded) < 16_000
    small = np.asarray(Image.fromarray(pixels).resize((128, 96), Image.Resampling.BOX)).astype(float)
    assert np.abs(decoded(encoded) - small).mean() < 8


def test_a_masked_picture_keeps_means_of_squares_alone():
    pixels = np.random.default_rng(1).integers(0, 255, (64, 48, 3), dtype=np.uint8)
    encoded, width, height = picture_png(pixels, masked=True)
    assert (width, height) == (6, 8)
    means = pixels.reshape(8, 8, 6, 8, 3).mean(axis=(1, 3))
    assert np.abs(decoded(encoded) - means).max() <= 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 1), (900, 1, 3), (2, 2, 1)])
def test_odd_pictures_become_pictures(shape):
    encoded, width, height = picture_png(np.full(shape, 7, dtype=np.uint8), masked=False)
    assert decoded(encoded).shape == (height, width, 3) and max(width, height) <= 128


def test_the_same_indices_make_the_same_bytes():
    palette = np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8)
    assert png(np.eye(3, dtype=np.uint8), palette) == png(np.eye(3, dtype=np.uint8), palette)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(1, 50))
def test_means_of_spans_keep_the_sum(parts, length):
    values = np.random.default_rng(length).random(length)
    means = block_means(values, parts, 0)
    starts = np.arange(min(parts, length)) * length // min(parts, length)
    sizes = np.diff([*starts, length])
    assert len(means) == min(parts, length) and np.isclose((means * sizes).sum(), values.sum())


def test_low_frequencies_stand_at_the_bottom_and_loud_ones_are_bright():
    bands = np.full((40, 120), -90.0)
    bands[3] = -5.0
    pixels = decoded(sound_png(bands, masked=False)[0]).sum(axis=2)
    assert pixels[40 - 1 - 3].min() > 400 > pixels[:30].max()


@pytest.mark.parametrize("samples", [1, 10, 129, 4_000, 80_000])
@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_sounds_of_any_length_are_drawn_and_cut(samples, rate):
    sound = np.sin(np.arange(samples) / 9).astype(np.float32)
    clip = clip_of(sound, rate, "a")
    with wave.open(io.BytesIO(base64.b64decode(clip.wav))) as file:
        assert file.getnframes() / 8_000 == pytest.approx(clip.seconds)
    assert clip.seconds <= 4.01 and clip.left_out == pytest.approx(max(0.0, samples / rate - 4.0), abs=1e-3)
    assert np.isfinite(drawn_by(AudioInput(sample_rate=rate), max(samples, 128)).of(np.zeros(128, np.float32))).all()


def test_silence_is_a_sound_too():
    clip = clip_of(np.zeros(800, dtype=np.float32), 8_000, "a")
    assert set(base64.b64decode(clip.wav)[44:]) == {128}


def test_a_cell_of_a_megabyte_and_very_many_columns_are_cut(tmp_path):
    rows = people()
    rows["note"] = ["lorem <b> " + "x" * 900_000 if at < 2 else "short" for at in range(ROWS)]
    rows.loc[[0, 1], "y"] = 0
    wide = pd.DataFrame(0.5, index=rows.index, columns=[f"c{at}" for at in range(1_500)])
    frame = pd.concat([rows, wide, pd.Series(np.where(rows.index < 2, 1.0, 0.4), name="p")], axis=1)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    given = {**FAST, "report.examples": "full", "data.id": "who"}
    audit = dlaudit.audit(None, str(tmp_path / "rows.csv"), scores="p", target="y", sensitive=["sex"], settings=given)
    found = audit.examples
    assert len(found.model_dump_json()) < 60_000
    assert {card.content.columns for card in found.cards} == {1_500}
    html = render_html(audit, None)
    assert "1\u202f492 more columns" in html and "<b> xxx" not in html
    long = [card.content.passages[0] for card in found.cards if card.content.passages[0].left_out]
    assert len(long) == 2 and {one.left_out for one in long} == {900_010 - 600}


def test_a_picture_that_cannot_be_shown_is_told_on_its_card(tmp_path, monkeypatch):
    whole, shown = ImageInputs.picture, []

    def failing(self, cell):
        if shown:
            raise ImageFault("DLA342", "the image cannot be decoded", fix="Fetch it again.")
        return whole(self, cell)

    def noted(inputs, cells, how):
        shown.append(True)
        return pictures_shown(inputs, cells, how)

    monkeypatch.setattr(ImageInputs, "picture", failing)
    monkeypatch.setattr("dlaudit.data.image.pictures_shown", noted)
    audit = image(tmp_path, "full", **{"explain.enabled": False})
    contents = [card.content for card in audit.examples.cards]
    assert contents and all(one.rasters == [] for one in contents)
    assert {one for each in contents for one in each.failed} == {
        "the picture cannot be shown: the image cannot be decoded"
    }
    assert "the picture cannot be shown" in render_html(audit, None)


def test_directions_and_blanks_in_texts_have_no_effect(tmp_path):
    rows = people()
    rows["note"] = [f"a\u202eevil\u2066\u200b\n\t line {at} <i>{{{{7*7}}}}</i> " + "word " * 30 for at in range(ROWS)]
    rows["p"] = np.random.default_rng(0).random(ROWS).round(2)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    given = {**FAST, "report.examples": "full", "data.id": "who"}
    audit = dlaudit.audit(None, str(tmp_path / "rows.csv"), scores="p", target="y", sensitive=["sex"], settings=given)
    html = render_html(audit, None)
    ours = html[html.index('id="examples"') :]
    assert "\u202e" not in ours and "⟨U+202E⟩" in ours and "&lt;i&gt;{{7*7}}" in ours and "<i>{{" not in ours
