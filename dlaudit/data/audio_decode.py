"""Sound files as samples: one channel of float32 at the file's own rate, decoded block by block within limits."""

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from dlaudit.data.audio_faults import ClipFault
from dlaudit.data.audio_kinds import check_aiff, check_ogg, check_wav, kind_of
from dlaudit.errors import UsageError, shown
from dlaudit.spec import AudioInput

_BLOCK = 65_536
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000
MOST_CHANNELS = 64
_NOT_SAID = 2**62
"""Frames from which on libsndfile means that it does not know."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A decoded file."""

    samples: Float32[np.ndarray, " frames"]
    """The mean of its channels, from -1 to 1 for formats of whole numbers."""
    rate: int
    """Samples a second."""
    channels: int
    """Channels in the file."""


def decoded(data: bytes, asked: AudioInput) -> Clip:
    """The sound in a file's bytes.

    Raises:
        ClipFault: It is of a kind that is not allowed (DLA344), cannot be decoded (DLA342), or is empty, too long,
            not finite, or its header wrong (DLA348).
        UsageError: soundfile is not installed (DLA706).
    """
    import soundfile

    _check_kind(data, asked)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _check_header(file, asked)
            samples = _samples(file, int(asked.max_seconds * file.samplerate))
            clip = Clip(samples=samples, rate=int(file.samplerate), channels=int(file.channels))
    except (soundfile.SoundFileError, RuntimeError, ValueError, OverflowError) as error:
        # an address in memory would differ from run to run
        said = re.sub(r"^Error opening <[^>]*>: ", "", str(error).partition("\n")[0])
        raise ClipFault(
            "DLA342",
            f"the clip cannot be decoded: {shown(said, limit=100)}",
            fix="Fetch or convert it again.",
        ) from error
    _check_samples(clip)
    return clip


def extras() -> None:
    """Nothing, where soundfile and soxr are installed.

    Raises:
        UsageError: One is not (DLA706).
    """
    try:
        import soundfile
        import soxr

        assert soundfile and soxr
    except (ImportError, OSError) as error:
        raise UsageError(
            "DLA706",
            "sound files need the packages soundfile and soxr",
            fix="Install them: pip install 'dlaudit[audio]'.",
        ) from error


def _check_kind(data: bytes, asked: AudioInput) -> None:
    if len(data) > asked.max_bytes:
        raise ClipFault(
            "DLA348",
            f"the file has more than {asked.max_bytes:,} bytes",
            fix="Shorten it; or raise [input.audio] max_bytes.",
        )
    if not data:
        raise ClipFault("DLA348", "the file is empty", fix="Fetch it again.")
    kind = kind_of(data)
    if kind not in asked.formats:
        raise ClipFault(
            "DLA344",
            f"the content is {kind}" if kind else "the content is no sound file that is known",
            expected=" or ".join(asked.formats),
            fix="Convert it; or add its kind to [input.audio] formats.",
        )
    checks = {"wav": check_wav, "aiff": check_aiff, "ogg": check_ogg}
    if kind in checks:
        checks[kind](data)


def _check_header(file: Any, asked: AudioInput) -> None:
    rate, channels, frames = int(file.samplerate), int(file.channels), int(file.frames)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE or not 1 <= channels <= MOST_CHANNELS:
        raise ClipFault(
            "DLA348",
            f"the header says {rate:,} samples a second in {channels} channels",
            expected=f"{LOWEST_RATE:,} to {HIGHEST_RATE:,} samples a second, at most {MOST_CHANNELS} channels",
            fix="Convert it.",
        )
    if frames >= _NOT_SAID:
        raise ClipFault(
            "DLA348",
            "the header does not say how long the clip is, as of a file that was written to a pipe",
            fix="Write the file again with a program that completes the header.",
        )
    if frames > asked.max_seconds * rate:
        raise too_long(frames / rate, asked)
    if asked.rate == "error" and rate != asked.sample_rate:
        raise ClipFault(
            "DLA348",
            f"the clip has {rate:,} samples a second",
            expected=f"{asked.sample_rate:,}",
            fix='Convert it, or allow it: [input.audio] rate = "resample".',
        )
    if channels > 1 and not asked.mono:
        raise ClipFault(
            "DLA348",
            f"the clip has {channels} channels",
            expected="one channel",
            fix="Convert it, or let channels be averaged: [input.audio] mono = true.",
        )


def too_long(seconds: float, asked: AudioInput) -> ClipFault:
    """The refusal of a clip that is longer than allowed."""
    return ClipFault(
        "DLA348",
        f"the clip is {seconds:,.0f} s long" if seconds < 1e9 else "the clip is too long",
        expected=f"at most {asked.max_seconds:g} s",
        fix="Cut it; or raise [input.audio] max_seconds.",
    )


def _samples(file: Any, most: int) -> Float32[np.ndarray, " frames"]:
    """At most `most` frames and as many as the header claims, with channels averaged."""
    claimed, parts, count = int(file.frames), [], 0
    while count <= most:
        block = file.read(_BLOCK, dtype="float32", always_2d=True)
        if not len(block):
            break
        with np.errstate(invalid="ignore", over="ignore"):
            parts.append(block[:, 0].copy() if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32))
        count += len(block)
    if count < claimed:
        raise ClipFault(
            "DLA342",
            f"the clip ends after {count:,} of {claimed:,} samples",
            fix="Fetch it again: it is cut off or damaged.",
        )
    if count > most:
        raise ClipFault(
            "DLA348",
            "the clip is longer than its header says and than is allowed",
            fix="Cut it; or raise [input.audio] max_seconds.",
        )
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _check_samples(clip: Clip) -> None:
    if not len(clip.samples):
        raise ClipFault("DLA348", "the clip has no samples", fix="Record or fetch it again.")
    wrong = int((~np.isfinite(clip.samples)).sum())
    if wrong:
        raise ClipFault(
            "DLA348",
            f"{wrong:,} of {len(clip.samples):,} samples are not finite",
            expected="finite samples",
            fix="Write the file again.",
        )
