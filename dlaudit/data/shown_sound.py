"""Sounds of single rows: a picture of their frequencies, and in full a short clip that can be played."""

import base64
import struct

import numpy as np
from jaxtyping import Float32

from dlaudit.data.audio_mel import MelSpectrum, mel_spectrum
from dlaudit.data.audio_waves import resampled
from dlaudit.data.showing import Showing
from dlaudit.data.shown_pixels import sound_png
from dlaudit.record import Content, Raster, SoundClip
from dlaudit.spec import AudioInput, SoundFeatures

RATE, MOST_SECONDS = 8_000, 4.0
"""Of a clip: 8 bits a sample, so 8 kB a second."""
_LOUDEST = 0.9
_SHORTEST_WINDOW = 64


def sound_shown(
    samples: Float32[np.ndarray, " n"], asked: AudioInput, column: str, moved: list[float], how: Showing
) -> Content:
    """A sound as the model is given it.

    Args:
        samples: At `asked.sample_rate`.
        asked: How sounds are decoded.
        column: Column of file names.
        moved: What each part of its grid moved the score by; empty where that is not known.
        how: What is asked.
    """
    drawn = np.pad(samples, (0, max(0, 2 * _SHORTEST_WINDOW - len(samples))))
    encoded, width, height = sound_png(drawn_by(asked, len(drawn)).of(drawn), masked=how.masked)
    strip = Raster(
        name=column, of="sound", png=encoded, width=width, height=height, input=asked.name, contributions=moved
    )
    return Content(rasters=[strip], clips=[] if how.masked else [clip_of(samples, asked.sample_rate, column)])


def drawn_by(asked: AudioInput, samples: int) -> MelSpectrum:
    """The spectrogram that is drawn: 40 bands in dB, in windows of 25 ms or shorter ones of a very short sound."""
    window = max(_SHORTEST_WINDOW, min(round(0.025 * asked.sample_rate), samples // 2))
    features = SoundFeatures(kind="logmel", n_fft=window, hop=max(1, window // 2), n_mels=40, log="db", floor=1e-10)
    return mel_spectrum(features, asked.sample_rate)


def clip_of(samples: Float32[np.ndarray, " n"], rate: int, name: str) -> SoundClip:
    """The first seconds of a sound as a WAV of 8 bits, at one loudness."""
    kept = samples[: round(MOST_SECONDS * rate)]
    low = kept if rate == RATE else resampled(kept, rate, RATE)
    loudest = float(np.abs(low).max(initial=0.0))
    level = low * (_LOUDEST / loudest) if loudest > 0 else low
    data = np.clip(np.rint(level * 127 + 128), 0, 255).astype(np.uint8).tobytes()
    body = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE, 1, 8) + b"data" + struct.pack("<I", len(data))
    body += data + b"\0" * (len(data) % 2)
    wav = b"RIFF" + struct.pack("<I", len(body)) + body
    return SoundClip(
        name=name,
        wav=base64.b64encode(wav).decode("ascii"),
        seconds=len(data) / RATE,
        left_out=(len(samples) - len(kept)) / rate,
        rate=RATE,
    )
