"""Hostile sound: headers that lie, files cut off, and samples that no model can be given."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("soundfile", reason="needs the extra `audio`")
pytest.importorskip("soxr", reason="needs the extra `audio`")
import soundfile

from dlaudit.data.audio import AudioInputs
from dlaudit.data.audio_decode import decoded
from dlaudit.data.audio_faults import ClipFault
from dlaudit.data.audio_mel import mel_spectrum
from dlaudit.data.media_files import MediaFolder
from dlaudit.spec import AudioInput

ASKED = AudioInput(seconds=0.5, max_seconds=20.0, formats=["wav", "flac", "ogg", "mp3", "aiff"])
NOISE = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)


def written(samples: Any, kind: str, rate: int = 16_000, subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "FLAC", "OGG", "MP3"])
def test_a_recording_that_was_cut_off_does_not_pass_for_a_short_one(kind: str) -> None:
    whole = written(NOISE, kind)
    assert len(decoded(whole, ASKED).samples) == len(NOISE)
    for share in (0.3, 0.6, 0.95):
        with pytest.raises(ClipFault) as caught:
            decoded(whole[: int(share * len(whole))], ASKED)
        assert caught.value.code in ("DLA342", "DLA348")


def test_what_a_decoder_says_names_no_address_in_memory() -> None:
    for data in (written(NOISE, "FLAC")[:60], written(NOISE, "OGG")[:60], b"ID3" + bytes(1_000)):
        with pytest.raises(ClipFault) as caught:
            decoded(data, ASKED)
        assert "0x" not in caught.value.what


def test_a_flac_that_does_not_say_its_length_is_told_as_one() -> None:
    data = bytearray(written(NOISE[:8_000], "FLAC"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    with pytest.raises(ClipFault, match="does not say how long") as caught:
        decoded(bytes(data), ASKED)
    assert caught.value.code == "DLA348"


@pytest.mark.parametrize("rate", [0, 1, 999, 768_001, 4_000_000_000])
def test_a_rate_that_no_recorder_has_is_refused(rate: int) -> None:
    data = bytearray(written(NOISE[:8_000], "WAV"))
    struct.pack_into("<I", data, data.index(b"fmt ") + 12, rate)
    with pytest.raises(ClipFault) as caught:
        decoded(bytes(data), ASKED)
    assert caught.value.code in ("DLA342", "DLA348")


def heard(tmp_path: Path, data: bytes, asked: AudioInput) -> Any:
    (tmp_path / "a.wav").write_bytes(data)
    spectrum = mel_spectrum(asked.features, asked.sample_rate) if asked.features.kind == "logmel" else None
    folder = MediaFolder(root=tmp_path, column="file")
    return AudioInputs(folder=folder, asked=asked, spectrum=spectrum, rejects=False)._heard("a.wav")


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize("size", [1e19, 3e38])
def test_samples_too_large_to_compute_with_are_no_input(rate: int, size: float, tmp_path: Path) -> None:
    tone = (np.sin(np.arange(rate) / 5) * size).astype(np.float32)
    asked = AudioInput.model_validate({"seconds": 0.5, "features": {"kind": "logmel"}})
    with pytest.raises(ClipFault, match="not finite") as caught:
        heard(tmp_path, written(tone, "WAV", rate, "FLOAT"), asked)
    assert caught.value.code == "DLA348"
    assert np.isfinite(heard(tmp_path, written(NOISE[:rate], "WAV", rate, "FLOAT"), asked).values).all()


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_clip_of_a_few_samples_is_padded(count: int, tmp_path: Path) -> None:
    for rate in (16_000, 44_100, 768_000):
        assert np.isfinite(heard(tmp_path, written(NOISE[:count], "WAV", rate), ASKED).values).all()


def test_eight_channels_of_96_khz_are_one_clip(tmp_path: Path) -> None:
    many = heard(tmp_path, written(NOISE[:96_000].reshape(-1, 8), "WAV", 96_000), ASKED)
    assert many.values.shape == (8_000,) and "channels averaged" in many.done
