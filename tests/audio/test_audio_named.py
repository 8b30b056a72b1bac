"""MP3, Ogg and AIFF where they are allowed, and parts of a clip named by seconds and Hz."""

import io

import numpy as np
import pytest

from dlaudit.data.audio_decode import decoded
from dlaudit.data.audio_faults import ClipFault
from dlaudit.data.audio_players import Extent, clip_grid
from dlaudit.spec import AudioInput

soundfile = pytest.importorskip("soundfile", reason="needs the extra `audio`")
RATE = 16_000
KINDS = ("mp3", "ogg", "aiff")


def written(kind: str, seconds: float = 1.0) -> tuple[np.ndarray, bytes]:
    samples = (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=kind.upper())
    return samples, file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_are_decoded_where_they_are_allowed(kind: str) -> None:
    samples, data = written(kind)
    clip = decoded(data, AudioInput(formats=[kind]))
    assert (clip.rate, clip.channels) == (RATE, 1)
    assert abs(len(clip.samples) - len(samples)) <= 2400  # MP3 pads to whole frames
    spectrum = np.abs(np.fft.rfft(clip.samples[4000:12_000]))
    assert int(np.argmax(spectrum)) * RATE / 8000 == pytest.approx(440, abs=3)


@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_are_refused_where_they_are_not(kind: str) -> None:
    with pytest.raises(ClipFault, match=f"content is {kind}"):
        decoded(written(kind)[1], AudioInput())


@pytest.mark.parametrize("kind", KINDS)
def test_longer_clips_of_other_kinds_are_refused_within_limits(kind: str) -> None:
    with pytest.raises(ClipFault, match="long|longer"):
        decoded(written(kind, 3.0)[1], AudioInput(formats=[kind], max_seconds=2.0))


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_of_other_kinds_are_read_or_refused(kind: str) -> None:
    generator, data = np.random.default_rng(0), written(kind)[1]
    for _ in range(40):
        damaged = bytearray(data)
        for at in generator.integers(0, len(data), 12):
            damaged[at] = generator.integers(256)
        try:
            clip = decoded(bytes(damaged[: generator.integers(1, len(data))]), AudioInput(formats=[kind]))
        except ClipFault as fault:
            assert fault.code in {"DLA342", "DLA344", "DLA348"}
        else:
            assert np.isfinite(clip.samples).all()


def test_places_of_a_spectrogram_are_named_by_hz_and_seconds() -> None:
    asked = AudioInput(seconds=1.0, features={"kind": "logmel", "n_mels": 8})
    grid = clip_grid(asked, Extent(time=100, bands=8), (2, 4))
    assert grid.titles == ("band", "time")
    bands, times = grid.marks
    assert times == ("0.00-0.25 s", "0.25-0.50 s", "0.50-0.75 s", "0.75-1.00 s")
    assert bands[0].startswith("0-") and bands[-1].endswith("-8000 Hz")
    assert grid.names == tuple(f"{band}, {time}" for band in bands for time in times)


def test_places_of_a_spectrogram_with_time_first_are_named_in_their_order() -> None:
    asked = AudioInput(seconds=1.0, features={"kind": "logmel", "n_mels": 8, "axes": "time-mel"})
    grid = clip_grid(asked, Extent(time=100, bands=8), (2, 4))
    assert grid.titles == ("time", "band")
    assert [len(one) for one in grid.marks] == [4, 2] == list(grid.shape)


def test_spans_of_a_short_clip_are_told_apart() -> None:
    grid = clip_grid(AudioInput(seconds=0.1), Extent(time=1600, bands=None), (32, 64))
    assert grid.marks == (grid.names,)
    assert len(set(grid.names)) == 64
