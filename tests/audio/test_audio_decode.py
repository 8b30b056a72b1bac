"""Sound files decoded within limits: every fault of code 348, hostile names, and files with flipped bytes."""

import io
import resource
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlaudit.data.audio import audio_columns, audio_inputs
from dlaudit.data.audio_decode import decoded
from dlaudit.data.audio_faults import ClipFault
from dlaudit.data.audio_waves import brought
from dlaudit.data.encoded import Encoded, Inputs
from dlaudit.data.modalities import Making
from dlaudit.data.open import open_data
from dlaudit.errors import DataRefused, UsageError
from dlaudit.spec import AudioInput, AuditSpec
from dlaudit.tensors import ndarray_of

soundfile = pytest.importorskip("soundfile", reason="needs the extra `audio`")
pytest.importorskip("soxr", reason="needs the extra `audio`")
RATE = 16_000


def tone(seconds: float = 0.5, rate: int = RATE, hertz: float = 440.0) -> np.ndarray[Any, Any]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def written(samples: Any, rate: int = RATE, kind: str = "WAV", subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


ASKED = AudioInput(seconds=0.5, max_seconds=2.0)


@pytest.mark.parametrize(
    ("kind", "subtype", "off"), [("WAV", "PCM_16", 1e-4), ("FLAC", None, 1e-4), ("WAV", "FLOAT", 0)]
)
def test_samples_come_back_as_they_were_written(kind: str, subtype: str | None, off: float) -> None:
    clip = decoded(written(tone(), kind=kind, subtype=subtype), ASKED)
    np.testing.assert_allclose(clip.samples, tone(), atol=off)
    assert (clip.rate, clip.channels) == (RATE, 1)


def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


def streamed(data: bytes) -> bytes:
    at = data.index(b"data") + 4
    return data[:at] + struct.pack("<I", 0xFFFFFFFF) + data[at + 4 :]


WAV, FLAC = written(tone(), subtype="PCM_16"), written(tone(), kind="FLAC")
NOISE = np.random.default_rng(1).normal(0, 0.1, 8_000)


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "DLA348", "empty"),
        (b"<html>not a sound</html>", "DLA344", "no sound file"),
        (written(tone(), kind="OGG"), "DLA344", "ogg"),
        (written(tone()[:0]), "DLA348", "no samples"),
        (written(tone(3.0)), "DLA348", "3 s long"),
        (cut_off(WAV), "DLA348", "claims"),
        (streamed(WAV), "DLA348", "does not say"),
        (cut_off(FLAC), "DLA342", "decoded|ends after"),
        (written(np.where(np.arange(8_000) == 5, np.nan, 0.0), subtype="FLOAT"), "DLA348", "1 of 8,000"),
        (written(tone(rate=500), rate=500), "DLA348", "500 samples a second"),
    ],
)
def test_clips_that_cannot_be_used_are_refused_by_name(data: bytes, code: str, words: str) -> None:
    with pytest.raises(ClipFault, match=words) as caught:
        decoded(data, ASKED)
    assert caught.value.code == code


def test_rate_and_channels_may_be_refused() -> None:
    with pytest.raises(ClipFault, match="8,000"):
        decoded(written(tone(rate=8_000), rate=8_000), ASKED.model_copy(update={"rate": "error"}))
    stereo = written(np.stack([tone(), tone()], axis=1))
    with pytest.raises(ClipFault, match="2 channels"):
        decoded(stereo, ASKED.model_copy(update={"mono": False}))
    assert decoded(stereo, ASKED).channels == 2


def test_ten_hours_are_refused_before_they_are_decoded() -> None:
    header = bytearray(written(np.zeros(8), rate=8_000, subtype="PCM_U8"))
    size = 36_000 * 8_000
    struct.pack_into("<I", header, header.index(b"data") + 4, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ClipFault, match="claims 288,000,000 bytes"):
        decoded(bytes(header), ASKED)
    silent = bytearray(written(np.zeros(36_000 * 40), rate=8_000, kind="FLAC"))  # 180 s in a few kB
    with pytest.raises(ClipFault, match="180 s long"):
        decoded(bytes(silent), ASKED)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_resampling_keeps_a_tone_and_is_counted() -> None:
    wave = brought(decoded(written(tone(rate=44_100), rate=44_100), ASKED), ASKED)
    assert wave.done == ("resampled to 16000 Hz",)
    assert len(wave.samples) == 8_000
    peak = int(np.abs(np.fft.rfft(wave.samples)).argmax()) * RATE / 8_000
    assert abs(peak - 440) <= 2


def test_what_a_lower_rate_cannot_hold_is_filtered_not_folded() -> None:
    high = written(tone(rate=44_100, hertz=12_000.0), rate=44_100)
    assert np.abs(brought(decoded(high, ASKED), ASKED).samples[100:-100]).max() < 0.01


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"keep": "start"}, [0, 1]),
        ({"keep": "middle"}, [2, 3]),
        ({"keep": "end"}, [4, 5]),
    ],
)
def test_longer_clips_are_cut_where_said(update: dict[str, Any], expected: list[int]) -> None:
    asked = AudioInput(sample_rate=1_000, seconds=0.002, **update)
    samples = np.arange(6, dtype=np.float32) / 10
    wave = brought(decoded(written(samples, rate=1_000, subtype="FLOAT"), asked), asked)
    np.testing.assert_allclose(wave.samples * 10, expected, rtol=1e-6)
    assert wave.done == ("cut to 0.002 s",)


@pytest.mark.parametrize(
    ("short", "expected", "done"),
    [
        ("pad", [1, 2, 0, 0, 0], "padded to 0.005 s"),
        ("centre", [0, 1, 2, 0, 0], "padded to 0.005 s"),
        ("repeat", [1, 2, 1, 2, 1], "repeated to 0.005 s"),
    ],
)
def test_shorter_clips_are_lengthened_as_said(short: Any, expected: list[int], done: str) -> None:
    asked = AudioInput(sample_rate=1_000, seconds=0.005, short=short)
    data = written(np.array([0.1, 0.2], dtype=np.float32), rate=1_000, subtype="FLOAT")
    wave = brought(decoded(data, asked), asked)
    np.testing.assert_allclose(wave.samples * 10, expected, rtol=1e-6)
    assert wave.done == (done,)
    with pytest.raises(ClipFault, match="at least|0.00 s"):
        brought(decoded(data, asked), asked.model_copy(update={"short": "error"}))


def test_levels_are_made_equal_where_asked_and_silence_stays() -> None:
    asked = ASKED.model_copy(update={"level": "peak"})
    assert np.abs(brought(decoded(WAV, asked), asked).samples).max() == pytest.approx(1)
    asked = ASKED.model_copy(update={"level": "rms"})
    assert np.sqrt((brought(decoded(WAV, asked), asked).samples ** 2).mean()) == pytest.approx(0.1, rel=1e-3)
    assert not brought(decoded(written(np.zeros(800)), asked), asked).samples.any()


def test_two_hundred_damaged_files_are_read_or_refused() -> None:
    generator = np.random.default_rng(0)
    plain = [written(NOISE, subtype="PCM_16"), written(NOISE, kind="FLAC"), written(NOISE, subtype="FLOAT")]
    codes = []
    for number in range(200):
        data = bytearray(plain[number % 3])
        most = len(data) if number % 2 else 60
        for at in generator.integers(0, most, 4):
            data[at] = generator.integers(0, 256)
        try:
            brought(decoded(bytes(data), ASKED), ASKED)
            codes.append("read")
        except ClipFault as fault:
            codes.append(fault.code)
    assert set(codes) <= {"read", "DLA342", "DLA344", "DLA348"}
    assert codes.count("read") < 180


def clips(folder: Path, names: list[str], on_bad: str = "error", **asked: Any) -> tuple[Inputs, Any]:
    (folder / "rows.csv").write_text("file\n" + "".join(f"{name}\n" for name in names))
    data = {"path": str(folder / "rows.csv"), "audio": "file", "on_bad": on_bad}
    spec = AuditSpec.model_validate({"data": data, "input": {"audio": {"seconds": 0.5, **asked}}})
    raw = open_data(spec.data)
    return audio_inputs(Making(raw=raw, features=["file"], spec=spec)), raw


def encoded(folder: Path, names: list[str], on_bad: str = "error", **asked: Any) -> Encoded:
    made, raw = clips(folder, names, on_bad, **asked)
    batch = next(raw.batches(100, ["file"]))
    return made.encode({"file": batch.column(0)}, 1, raw)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.wav").write_bytes(WAV)
    (tmp_path / "b.flac").write_bytes(written(tone(0.2), kind="FLAC"))
    (tmp_path / "long.wav").write_bytes(written(tone(1.0)))
    (tmp_path / "bad.wav").write_bytes(cut_off(WAV))
    return tmp_path


def test_files_become_waves_or_spectrograms(folder: Path) -> None:
    waves = encoded(folder, ["a.wav", "b.flac", "a.wav"])
    assert ndarray_of(waves.inputs, "audio").shape == (3, 8_000)
    assert waves.altered["padded to 0.5 s"].tolist() == [False, True, False]
    assert waves.digest is not None
    assert waves.digest[0] == waves.digest[2] != waves.digest[1]
    kind = {"kind": "logmel", "n_mels": 20}
    assert ndarray_of(encoded(folder, ["a.wav"], features=kind).inputs, "audio").shape == (1, 20, 51)
    turned = encoded(folder, ["a.wav"], features={**kind, "axes": "time-mel"}, channel_axis=True)
    assert ndarray_of(turned.inputs, "audio").shape == (1, 1, 51, 20)


def test_bad_clips_are_refused_with_their_row_or_counted(folder: Path) -> None:
    names = ["a.wav", "bad.wav", "gone.wav"]
    with pytest.raises(DataRefused, match=r"gone\.wav") as caught:
        encoded(folder, names)
    assert caught.value.code == "DLA341"
    with pytest.raises(DataRefused, match=r"bad\.wav.*claims") as caught:
        encoded(folder, names[:2])
    assert (caught.value.code, caught.value.place.row, caught.value.place.column) == ("DLA348", 2, "file")
    bad = encoded(folder, names, "reject").bad
    assert {reason.split(" ")[-1]: rows.tolist() for reason, rows in bad.items()} == {
        "wrong": [False, True, False],
        "missing": [False, False, True],
    }


@pytest.mark.parametrize("name", ["../a.wav", "/etc/passwd", "C:\\a.wav", "link.wav"])
def test_no_file_outside_the_folder_is_read(name: str, folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "link.wav").symlink_to(folder / "a.wav")
    with pytest.raises(DataRefused) as caught:
        encoded(folder / "in", [name], "reject")
    assert caught.value.code == "DLA340"


def test_players_are_bands_by_time(folder: Path) -> None:
    made, _ = clips(folder, ["a.wav"], features={"kind": "logmel", "n_mels": 8}, grid=[2, 2])
    (grid,) = made.grids
    assert len(grid.names) == 4
    assert grid.names[0].endswith("0.00-0.25 s")
    assert grid.owner(3).shape == (1, 8, 51)
    assert grid.owner(3)[0, 7, 50] == 3
    wave, _ = clips(folder, ["a.wav"], grid=[2, 2])
    assert wave.grids[0].names == ("0.00-0.25 s", "0.25-0.50 s")


def test_features_that_cannot_be_are_told(folder: Path) -> None:
    with pytest.raises(UsageError, match="window") as caught:
        clips(folder, ["a.wav"], features={"kind": "logmel", "n_fft": 16_000})
    assert caught.value.code == "DLA107"


def test_settings_of_sound_without_a_column_are_told() -> None:
    with pytest.raises(UsageError, match="no column of sound files"):
        audio_columns(AuditSpec.model_validate({"input": {"audio": {"seconds": 1.0}}}))
