"""The parts of a clip: spans of time, by bands of frequency for a spectrogram."""

from dataclasses import dataclass

from dlaudit.data.audio_mel import band_edges
from dlaudit.data.grid import Grid, cut, spans
from dlaudit.spec import AudioInput

SHOWN = (32, 64)
"""Bands and spans of time on maps at most."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Lengths of the axes."""

    time: int
    """Samples, or frames."""
    bands: int | None
    """Mel bands; None for a waveform."""


def clip_grid(asked: AudioInput, extent: Extent, parts: tuple[int, int]) -> Grid:
    """Parts of a clip: `parts` bands and spans of time at most."""
    first = 2 if asked.channel_axis else 1
    time = cut(extent.time, parts[1])
    moments = [_moment(asked, extent, one) for one in spans(time)]
    if extent.bands is None:
        return Grid(input=asked.name, names=tuple(moments), axes={first: time}, titles=("time",), aligned=asked.aligned)
    mel = cut(extent.bands, parts[0])
    bands = [_band(asked, one) for one in spans(mel)]
    across = asked.features.axes == "mel-time"
    axes = {first: mel, first + 1: time} if across else {first: time, first + 1: mel}
    if across:
        names = [f"{band}, {moment}" for band in bands for moment in moments]
    else:
        names = [f"{band}, {moment}" for moment in moments for band in bands]
    titles = ("band", "time") if across else ("time", "band")
    return Grid(input=asked.name, names=tuple(names), axes=axes, titles=titles, aligned=asked.aligned)


def _moment(asked: AudioInput, extent: Extent, span: tuple[int, int]) -> str:
    """Seconds from the start to the end of a span."""
    each = asked.seconds / extent.time
    return f"{span[0] * each:.2f}-{(span[1] + 1) * each:.2f} s"


def _band(asked: AudioInput, span: tuple[int, int]) -> str:
    """Hz between the middles of the bands on either side of a span of bands."""
    features = asked.features
    edges = band_edges(features, features.f_max if features.f_max is not None else asked.sample_rate / 2)
    return f"{edges[span[0]]:.0f}-{edges[span[1] + 2]:.0f} Hz"
