"""Waves brought to one rate, one length and, where asked for, one level; what was done is told."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from dlaudit.data.audio_decode import Clip
from dlaudit.data.audio_faults import ClipFault
from dlaudit.spec import AudioInput

RMS = 0.1
"""Root mean square of a clip under `level = "rms"`."""


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Samples as the features are computed from."""

    samples: Float32[np.ndarray, " samples"]
    """Samples at the rate that was asked for."""
    done: tuple[str, ...]
    """What was done to the clip."""


def samples_of(asked: AudioInput) -> int:
    """Samples of every clip."""
    return max(1, round(asked.seconds * asked.sample_rate))


def brought(clip: Clip, asked: AudioInput) -> Wave:
    """The clip at the rate, length and level that were asked for.

    Raises:
        ClipFault: It is too short and that is an error (DLA348).
    """
    done = []
    samples = clip.samples
    if clip.channels > 1:
        done.append("channels averaged")
    if clip.rate != asked.sample_rate:
        samples = resampled(samples, clip.rate, asked.sample_rate)
        done.append(f"resampled to {asked.sample_rate} Hz")
    length = samples_of(asked)
    if len(samples) > length:
        first = {"start": 0, "middle": (len(samples) - length) // 2, "end": len(samples) - length}[asked.keep]
        samples = samples[first : first + length]
        done.append(f"cut to {asked.seconds:g} s")
    elif len(samples) < length:
        samples = lengthened(samples, length, asked)
        done.append(f"{'repeated' if asked.short == 'repeat' else 'padded'} to {asked.seconds:g} s")
    return Wave(samples=levelled(samples, asked), done=tuple(done))


def resampled(samples: Float32[np.ndarray, " n"], rate: int, wanted: int) -> Float32[np.ndarray, " m"]:
    """The samples at another rate, by soxr's high quality, which filters what the lower rate cannot hold."""
    import soxr

    return np.asarray(soxr.resample(samples, rate, wanted), dtype=np.float32)


def lengthened(samples: Float32[np.ndarray, " n"], length: int, asked: AudioInput) -> Float32[np.ndarray, " length"]:
    """The samples with silence, or themselves again, until the clip is long enough.

    Raises:
        ClipFault: A short clip is an error (DLA348).
    """
    if asked.short == "error":
        raise ClipFault(
            "DLA348",
            f"the clip is {len(samples) / asked.sample_rate:.2f} s long",
            expected=f"at least {asked.seconds:g} s",
            fix='Say what a short clip becomes: [input.audio] short = "pad".',
        )
    if asked.short == "repeat" and len(samples):
        return np.resize(samples, length)
    before = (length - len(samples)) // 2 if asked.short == "centre" else 0
    return np.pad(samples, (before, length - len(samples) - before))


def levelled(samples: Float32[np.ndarray, " n"], asked: AudioInput) -> Float32[np.ndarray, " n"]:
    """The samples at one loudness; silence stays silence."""
    size = 0.0
    if asked.level == "peak":
        size = float(np.abs(samples).max())
    elif asked.level == "rms":
        size = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) / RMS
    return np.asarray(samples / size, dtype=np.float32) if size > 0 else samples
