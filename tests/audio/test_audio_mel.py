"""Log-mel spectrograms against torch.stft and the mel filters of transformers, and what their edges mean."""

import numpy as np
import pytest
import torch

from dlaudit.data.audio_mel import band_edges, mel_spectrum
from dlaudit.spec import SoundFeatures

KINDS = [
    {"n_fft": 400, "hop": 160, "n_mels": 40},
    {"n_fft": 512, "win": 400, "n_mels": 64, "mel": "slaney", "norm": "slaney"},
    {"n_fft": 400, "hop": 100, "n_mels": 20, "center": False, "log": "db"},
    {"n_fft": 256, "n_mels": 20, "power": 1, "f_min": 50.0, "f_max": 7_600.0, "log": "log10"},
]
SAMPLES = np.random.default_rng(0).normal(0, 0.1, 8_000).astype(np.float32)


def by_torch(asked: SoundFeatures, filters: np.ndarray) -> np.ndarray:
    width = asked.win or asked.n_fft
    made = torch.stft(
        torch.from_numpy(SAMPLES), asked.n_fft, asked.hop, width, torch.hann_window(width),
        center=asked.center, pad_mode="reflect", return_complex=True,
    )  # fmt: skip
    bands = filters @ (made.abs().numpy() ** asked.power)
    if asked.log == "db":
        return 10 * np.log10(np.maximum(bands, asked.floor))
    return (np.log if asked.log == "natural" else np.log10)(bands + asked.floor)


@pytest.mark.parametrize("kind", KINDS)
def test_spectrograms_equal_those_of_torch(kind: dict) -> None:
    asked = SoundFeatures(kind="logmel", **kind)
    spectrum = mel_spectrum(asked, 16_000)
    made = spectrum.of(SAMPLES)
    assert made.dtype == np.float32
    assert made.shape == (asked.n_mels, spectrum.frames(len(SAMPLES)))
    np.testing.assert_allclose(made, by_torch(asked, spectrum.filters), atol=1e-4)


def test_another_window_would_be_seen() -> None:
    asked = SoundFeatures(kind="logmel", **KINDS[0])
    spectrum = mel_spectrum(asked, 16_000)
    other = mel_spectrum(asked.model_copy(update={"win": 300}), 16_000)
    assert np.abs(other.of(SAMPLES) - by_torch(asked, spectrum.filters)).max() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_mel_filters_equal_those_of_transformers(kind: dict) -> None:
    audio_utils = pytest.importorskip("transformers.audio_utils", reason="needs the extra `text`")
    asked = SoundFeatures(kind="logmel", **kind)
    known = audio_utils.mel_filter_bank(
        asked.n_fft // 2 + 1, asked.n_mels, asked.f_min, asked.f_max or 8_000.0, 16_000,
        norm="slaney" if asked.norm == "slaney" else None, mel_scale=asked.mel,
    )  # fmt: skip
    np.testing.assert_allclose(mel_spectrum(asked, 16_000).filters, known.T, atol=1e-6)


def test_a_tone_lies_in_the_band_around_its_frequency() -> None:
    asked = SoundFeatures(kind="logmel", n_mels=40)
    tone = np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000).astype(np.float32)
    loudest = int(mel_spectrum(asked, 16_000).of(tone).mean(axis=1).argmax())
    edges = band_edges(asked, 8_000.0)
    assert edges[loudest] < 1_000 < edges[loudest + 2]


@pytest.mark.parametrize(
    ("kind", "words"),
    [({"win": 500, "n_fft": 400}, "fit in"), ({"f_max": 9_000.0}, "8000"), ({"f_min": 8_000.0}, "Hz")],
)
def test_numbers_that_do_not_fit_one_another_are_told(kind: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mel_spectrum(SoundFeatures(kind="logmel", **kind), 16_000)
