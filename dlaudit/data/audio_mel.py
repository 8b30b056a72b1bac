"""Log-mel spectrograms in NumPy: the numbers of torch.stft and of torchaudio's mel filters, checked against them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from dlaudit.spec import SoundFeatures

_LINEAR_HZ, _LINEAR_MEL = 1_000.0, 15.0
_STEP = 200.0 / 3
"""Hz of one mel below 1 kHz on Slaney's scale."""
_LOG_STEP = np.log(6.4) / 27
"""Natural logarithm of the ratio of one mel above it."""
MOST_FRAMES_AT_ONCE = 4_096


@dataclass(frozen=True, kw_only=True)
class MelSpectrum:
    """How samples become bands."""

    asked: SoundFeatures
    """Windows, bands and scale."""
    filters: Float32[np.ndarray, "bands frequencies"]
    """Weight of every frequency in every band."""
    window: Float32[np.ndarray, " n_fft"]
    """Hann window in the middle of `n_fft` samples."""

    def frames(self, samples: int) -> int:
        """Frames of a clip of so many samples."""
        padded = samples + 2 * (self.asked.n_fft // 2) if self.asked.center else samples
        return 1 + (padded - self.asked.n_fft) // self.asked.hop

    def of(self, samples: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, "bands frames"]:
        """The spectrogram of one clip."""
        whole = samples
        if self.asked.center:
            whole = np.pad(samples, self.asked.n_fft // 2, mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(whole, self.asked.n_fft)[:: self.asked.hop]
        parts = []
        for at in range(0, len(windows), MOST_FRAMES_AT_ONCE):
            size = np.abs(np.fft.rfft(windows[at : at + MOST_FRAMES_AT_ONCE] * self.window, axis=1))
            parts.append(self.filters @ (size if self.asked.power == 1 else size**2).T)
        bands = self._logged(np.concatenate(parts, axis=1))
        return np.asarray((bands - self.asked.mean) / self.asked.std, dtype=np.float32)

    def _logged(self, bands: Float[np.ndarray, "bands frames"]) -> Float[np.ndarray, "bands frames"]:
        floor, kind = self.asked.floor, self.asked.log
        if kind == "none":
            return bands
        if kind == "db":
            logged = (10 if self.asked.power == 2 else 20) * np.log10(np.maximum(bands, floor))
        else:
            logged = np.log(bands + floor) if kind == "natural" else np.log10(bands + floor)
        return np.asarray(logged)


def mel_spectrum(asked: SoundFeatures, rate: int) -> MelSpectrum:
    """The spectrogram that `features` asks for at this sample rate.

    Raises:
        ValueError: Its numbers do not fit one another; the text says which.
    """
    top = asked.f_max if asked.f_max is not None else rate / 2
    width = asked.win if asked.win is not None else asked.n_fft
    if width > asked.n_fft:
        raise ValueError(f"win is {width} and n_fft {asked.n_fft}: the window must fit in")
    if not asked.f_min < top <= rate / 2:
        raise ValueError(f"the bands go from {asked.f_min:g} to {top:g} Hz, the sound to {rate / 2:g} Hz")
    edges = band_edges(asked, top)
    before = (asked.n_fft - width) // 2
    window = np.zeros(asked.n_fft)
    window[before : before + width] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width)
    return MelSpectrum(
        asked=asked, filters=_filters(edges, asked, rate).astype(np.float32), window=window.astype(np.float32)
    )


def band_edges(asked: SoundFeatures, top: float) -> Float[np.ndarray, " bands+2"]:
    """Hz of the lower ends, the middles and the upper ends of the bands: band i goes from entry i to entry i + 2."""
    low, high = _mel(np.array([asked.f_min, top]), asked.mel)
    return _hertz(np.linspace(low, high, asked.n_mels + 2), asked.mel)


def _filters(
    edges: Float[np.ndarray, " bands+2"], asked: SoundFeatures, rate: int
) -> Float[np.ndarray, "bands frequencies"]:
    """Triangles over the frequencies of the transform (torchaudio.functional.melscale_fbanks)."""
    hertz = np.linspace(0, rate // 2, asked.n_fft // 2 + 1)
    rise = (hertz[None] - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - hertz[None]) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rise, fall))
    widths = (edges[2:] - edges[:-2])[:, None]
    return np.asarray(triangles * 2.0 / widths if asked.norm == "slaney" else triangles)


def _mel(hertz: Float[np.ndarray, " n"], scale: str) -> Float[np.ndarray, " n"]:
    if scale == "htk":
        return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0))
    above = _LINEAR_MEL + np.log(np.maximum(hertz, _LINEAR_HZ) / _LINEAR_HZ) / _LOG_STEP
    return np.where(hertz < _LINEAR_HZ, hertz / _STEP, above)


def _hertz(mel: Float[np.ndarray, " n"], scale: str) -> Float[np.ndarray, " n"]:
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    above = _LINEAR_HZ * np.exp(_LOG_STEP * (mel - _LINEAR_MEL))
    return np.where(mel < _LINEAR_MEL, mel * _STEP, above)
